"""
What patients change by themselves: the time of a visit, and their details.
"""

import asyncio
from typing import Any

import pytest

from application.consultations.viewing import ViewConsultation
from application.patients.record import ChangePatientDetails
from application.scheduling.booking import RescheduleAppointment
from application.scheduling.queries import FindSlots
from domain.consultations.consultation import ConsultationStatus
from domain.patients.patient import PersonName
from domain.scheduling.availability import SlotTaken
from domain.shared.contact import PhoneNumber
from domain.shared.ids import to_wire
from entrypoints.portal.pages.patient.consultation import ConsultationState
from entrypoints.portal.pages.patient.details import DetailsState
from entrypoints.portal.pages.patient.move import MoveState
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import (
    CONSULTATION,
    appointment_view,
    consultation_summary,
    consultation_view,
)
from tests.entrypoints.portal.patient_clinic import prepare_for_patient
from tests.entrypoints.portal.tabs import Clinic, open_state

_ADDRESS = f"/x?consultation_id={to_wire('consultation', CONSULTATION)}"
_FORM = {
    "given": "Ada",
    "family": "Moreau",
    "sex": "female",
    "phone": "+61 412 345 678",
    "line": "",
    "city": "",
    "postal_code": "",
    "place": "AU-VIC",
    "time_zone": "Australia/Melbourne",
    "locale": "en",
}


@pytest.fixture(autouse=True)
def prepared(clinic: Clinic) -> Clinic:
    prepare_for_patient(clinic)
    return clinic


def after(state_class: Any, *deeds: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    """The page after these handlers were called, and what they answered."""

    async def scene() -> tuple[Any, list[Any]]:
        state = await open_state(state_class, "patient-token", address=_ADDRESS)
        await state.load()
        answers = [await getattr(state, name)(*arguments) for name, *arguments in deeds]
        return state, answers

    return asyncio.run(scene())


class TestMovingAVisit:
    def test_is_offered_while_a_visit_is_booked(self, clinic: Clinic) -> None:
        def at(status: ConsultationStatus) -> bool:
            booked = consultation_summary(status=status, appointment_at=NOON)
            clinic.answer(ViewConsultation, consultation_view(summary=booked))
            return bool(after(ConsultationState)[0].may_move)

        assert at(ConsultationStatus.CLAIMED)
        assert not at(ConsultationStatus.IN_PROGRESS)
        assert not at(ConsultationStatus.COMPLETED)

    def test_shows_what_is_booked_and_times_of_the_same_physician(self, clinic: Clinic) -> None:
        state, _ = after(MoveState)

        assert state.now_words.startswith("Your visit is ")
        assert state.days != []
        asked = clinic.arguments_of(FindSlots)[0]
        assert asked["physician_id"] == appointment_view().physician_id

    def test_moves_to_the_chosen_time(self, clinic: Clinic) -> None:
        first, _ = after(MoveState)
        key = first.days[0].times[0].key

        _, (_, redirect) = after(MoveState, ("choose", key), ("move",))

        (asked,) = clinic.arguments_of(RescheduleAppointment)
        assert asked["start_at"].isoformat() == key.partition("@")[2]
        assert redirect is not None

    def test_a_time_that_has_gone_meanwhile_is_said(self, clinic: Clinic) -> None:
        clinic.answer(RescheduleAppointment, SlotTaken("Somebody else was faster."))
        first, _ = after(MoveState)

        state, _ = after(MoveState, ("choose", first.days[0].times[0].key), ("move",))

        assert state.trouble == "Somebody else was faster."
        assert state.chosen == ""

    def test_looks_no_further_back_than_now(self) -> None:
        state, _ = after(MoveState, ("turn", 1), ("turn", -1), ("turn", -1))

        assert state.week == 0


class TestDetails:
    def test_are_replaced_together(self, clinic: Clinic) -> None:
        after(DetailsState, ("save", _FORM))

        (asked,) = clinic.arguments_of(ChangePatientDetails)
        assert asked["name"] == PersonName(given="Ada", family="Moreau")
        assert asked["phone"] == PhoneNumber("+61412345678")
        assert (asked["place"].code, asked["time_zone"]) == ("AU-VIC", "Australia/Melbourne")
        assert asked["address"] is None

    @pytest.mark.parametrize(
        "changes",
        [{"line": "1 High Street"}, {"sex": "?"}, {"place": "?"}, {"phone": "x"}, {"given": ""}],
    )
    def test_what_is_wrong_is_said_and_nothing_is_saved(
        self, clinic: Clinic, changes: dict[str, str]
    ) -> None:
        state, _ = after(DetailsState, ("save", _FORM | changes))

        assert state.trouble != ""
        assert clinic.arguments_of(ChangePatientDetails) == []
