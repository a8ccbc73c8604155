"""
Which tab hears of which change, and that a page forgets when it is left.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import reflex as rx
from reflex.event import Event

from application.consultations.viewing import ViewConsultation
from application.shared.changes import Change
from domain.consultations.consultation import ConsultationNotFound
from domain.shared.ids import to_wire
from entrypoints.portal.app import app
from entrypoints.portal.gate import Gate, recognise
from entrypoints.portal.pages.patient.consultation import ConsultationState
from entrypoints.portal.states import live
from entrypoints.portal.states.live import Herald, Interest
from entrypoints.portal.states.page import refill
from tests.entrypoints.portal.patient_answers import CONSULTATION
from tests.entrypoints.portal.patient_clinic import prepare_for_patient
from tests.entrypoints.portal.tabs import Clinic, move, new_tab, open_state

_OTHER = UUID(int=0xFFF)
_ADDRESS = f"/consultations/x?consultation_id={to_wire('consultation', CONSULTATION)}"
_PAGE_LOADS = "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal"


def change(consultation_id: UUID | None) -> Change:
    return Change(
        kind="ConsultationClaimed",
        consultation_id=consultation_id,
        patient_id=None,
        physician_id=None,
    )


class TestInterest:
    @pytest.mark.parametrize(
        ("heard", "met"),
        [(change(CONSULTATION), True), (change(_OTHER), False), (None, True)],
    )
    def test_concerns_the_subjects_of_the_page(
        self,
        heard: Change | None,
        met: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        interest = Interest(rx.State, frozenset({CONSULTATION}))

        assert interest.is_met_by(heard) is met

    def test_concerns_everybody_who_names_nobody(self) -> None:
        assert Interest(rx.State, frozenset()).is_met_by(change(_OTHER))


class TestHerald:
    def test_tells_each_tab_once_of_several_changes(self) -> None:
        told: list[str] = []
        live.follow("tab-1", ConsultationState, frozenset({CONSULTATION}))
        live.follow("tab-2", ConsultationState, frozenset({_OTHER}))

        class Feed:
            async def changes(self) -> AsyncIterator[Change | None]:
                yield change(CONSULTATION)
                yield change(CONSULTATION)

        async def note(tab: str, page: type[rx.State]) -> None:
            told.append(tab)

        async def scene() -> None:
            herald = Herald(Feed(), note)
            await herald.run()
            await asyncio.gather(*herald._tasks)

        asyncio.run(scene())
        live.stop_following("tab-1")
        live.stop_following("tab-2")

        assert told == ["tab-1"]

    def test_goes_on_when_one_tab_fails(self) -> None:
        told: list[str] = []
        live.follow("bad", ConsultationState, frozenset())
        live.follow("good", ConsultationState, frozenset())

        async def note(tab: str, page: type[rx.State]) -> None:
            if tab == "bad":
                raise RuntimeError("the tab has gone")
            told.append(tab)

        class Feed:
            async def changes(self) -> AsyncIterator[Change | None]:
                yield None

        async def scene() -> None:
            herald = Herald(Feed(), note)
            await herald.run()
            await asyncio.gather(*herald._tasks)

        asyncio.run(scene())
        live.stop_following("bad")
        live.stop_following("good")

        assert told == ["good"]


class TestRefill:
    def test_shows_what_changed(self, clinic: Clinic) -> None:
        prepare_for_patient(clinic)

        async def scene() -> ConsultationState:
            state = await open_state(ConsultationState, "patient-token", address=_ADDRESS)
            await refill(state)
            return state

        assert asyncio.run(scene()).service == "Migraine treatment"

    def test_leaves_the_page_as_it_was_when_it_cannot_be_read(self, clinic: Clinic) -> None:
        prepare_for_patient(clinic)

        async def scene() -> ConsultationState:
            state = await open_state(ConsultationState, "patient-token", address=_ADDRESS)
            await refill(state)
            clinic.answer(ViewConsultation, ConsultationNotFound("Gone."))
            await refill(state)
            return state

        assert asyncio.run(scene()).service == "Migraine treatment"


class TestLeaving:
    def test_a_page_forgets_when_another_one_is_opened(self, clinic: Clinic) -> None:
        assert asyncio.run(_service_after(clinic, "/profile")) == ""

    def test_a_page_stays_when_the_tab_connects_anew(self, clinic: Clinic) -> None:
        assert asyncio.run(_service_after(clinic, _ADDRESS)) == "Migraine treatment"


async def _service_after(clinic: Clinic, address: str) -> str:
    prepare_for_patient(clinic)
    root = new_tab("patient-token", address=_ADDRESS)
    await recognise(root)
    state = await root.get_state(ConsultationState)
    await state.load()
    move(root, "patient-token", address=address)
    await Gate().preprocess(app, root, Event(name=_PAGE_LOADS, payload={}))
    return str(state.service)
