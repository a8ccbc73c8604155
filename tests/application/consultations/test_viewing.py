from datetime import timedelta

import pytest

from application.consultations.cancellation import CancelConsultation
from application.consultations.care import CompleteConsultation
from application.consultations.conversation import SendMessage
from application.consultations.queries import ListMyConsultations, ViewQueue, ViewTimeline
from application.consultations.viewing import ViewConsultation, ViewWorkspace
from application.shared.access import AccessDenied, Actor
from domain.catalogue.conditions import RedFlagEffect
from domain.consultations.consultation import ConsultationNotFound, ConsultationStatus
from domain.consultations.outcome import ConsultationOutcome
from domain.physicians.events import SuspensionReason
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    A_STRANGER,
    ADMINISTRATOR,
    ANOTHER_PHYSICIAN,
    OPERATIONS,
    PATIENT,
    Clinic,
)
from tests.builders.catalogue import QUESTIONNAIRE, WRITTEN, a_service, a_version
from tests.builders.physicians import PHYSICIAN
from tests.fakes.consultations import InMemoryConsultationQueries


@pytest.fixture
def queries(clinic: Clinic) -> InMemoryConsultationQueries:
    return InMemoryConsultationQueries(
        clinic.uow.consultations, clinic.uow.messages, clinic.uow.services
    )


class TestViewConsultation:
    def test_a_patient_sees_where_they_are_in_the_queue(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        first = clinic.waiting()
        second = clinic.waiting()
        view = ViewConsultation(queries, clinic.uow)

        assert view(actor=A_PATIENT, consultation_id=first).position == 1
        assert view(actor=A_PATIENT, consultation_id=second).position == 2

    def test_others_may_not_know_of_it(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.claimed()

        for actor in (A_STRANGER, A_PHYSICIAN, OPERATIONS):
            with pytest.raises(ConsultationNotFound):
                ViewConsultation(queries, clinic.uow)(actor=actor, consultation_id=consultation_id)

    def test_the_look_is_in_the_audit_trail(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.waiting()
        ViewConsultation(queries, clinic.uow)(actor=A_PATIENT, consultation_id=consultation_id)

        entry = clinic.uow.audit.records[-1]
        assert (entry.action, entry.patient_id) == ("consultation.read", PATIENT)


class TestViewWorkspace:
    def workspace(self, clinic: Clinic, queries: InMemoryConsultationQueries) -> ViewWorkspace:
        return ViewWorkspace(queries, clinic.uow, clinic.clock)

    def test_shows_answers_as_the_patient_read_them(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.claimed()

        view = self.workspace(clinic, queries)(actor=A_PHYSICIAN, consultation_id=consultation_id)

        assert [(one.question, one.answer) for one in view.answers] == [
            ("How did it begin?", "Over hours"),
            ("Did you see flashes before?", "No"),
            ("What else should we know?", "Since Sunday."),
        ]
        assert view.patient.name == "Noah Tremblay"
        assert view.patient.allergies is None

    def test_shows_red_flags_that_do_not_stop(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        cautious = {
            **QUESTIONNAIRE,
            "red_flags": [
                {
                    "code": "aura",
                    "message": "Ask about contraception.",
                    "effect": RedFlagEffect.WARN.value,
                    "when": {"question": "aura", "operator": "=", "value": False},
                }
            ],
        }
        with clinic.uow as uow:
            service = uow.services.get(a_service().id)
            service.revise(
                to=a_version({**WRITTEN, "questionnaire": cautious}), now=clinic.clock.now()
            )
            uow.services.save(service)
            uow.commit()

        view = self.workspace(clinic, queries)(actor=A_PHYSICIAN, consultation_id=clinic.claimed())

        assert [flag.code for flag in view.red_flags] == ["aura"]

    def test_counts_the_letters_that_were_not_read(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.claimed()
        SendMessage(clinic.uow, clinic.clock, clinic.ids)(
            actor=A_PATIENT, consultation_id=consultation_id, body="Hello?"
        )

        view = self.workspace(clinic, queries)(actor=A_PHYSICIAN, consultation_id=consultation_id)

        assert view.summary.unread == 1

    @pytest.mark.parametrize("actor", [ANOTHER_PHYSICIAN, A_PATIENT, OPERATIONS, ADMINISTRATOR])
    def test_is_for_the_treating_physician(
        self, clinic: Clinic, queries: InMemoryConsultationQueries, actor: Actor
    ) -> None:
        with pytest.raises(ConsultationNotFound):
            self.workspace(clinic, queries)(actor=actor, consultation_id=clinic.claimed())

    @pytest.mark.parametrize(("days", "sees"), [(89, True), (91, False)])
    def test_the_living_record_closes_when_aftercare_ends(
        self, clinic: Clinic, queries: InMemoryConsultationQueries, days: int, *, sees: bool
    ) -> None:
        """What was written in the consultation stays theirs; what came later never was."""
        consultation_id = clinic.noted()
        CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
            actor=A_PHYSICIAN,
            consultation_id=consultation_id,
            outcome=ConsultationOutcome.TREATED,
        )
        clinic.draft()
        clinic.records(allergies=("penicillins",))
        clinic.clock.pass_by(timedelta(days=days))

        view = self.workspace(clinic, queries)(actor=A_PHYSICIAN, consultation_id=consultation_id)

        assert view.note.plan == "Rest and fluids."
        assert (view.patient.allergies == ("penicillins",)) is sees
        assert bool(view.history) is sees

    def test_the_living_record_closes_with_a_cancellation(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        clinic.records(allergies=("penicillins",))
        consultation_id = clinic.claimed()
        CancelConsultation(clinic.uow, clinic.clock)(
            actor=A_PATIENT, consultation_id=consultation_id
        )

        view = self.workspace(clinic, queries)(actor=A_PHYSICIAN, consultation_id=consultation_id)

        assert view.patient.allergies is None

    def test_an_administrator_may_break_the_glass_with_a_reason(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.claimed()

        self.workspace(clinic, queries)(
            actor=ADMINISTRATOR, consultation_id=consultation_id, reason="complaint 17"
        )

        entry = clinic.uow.audit.records[-1]
        assert (entry.action, entry.reason) == ("consultation.glass_broken", "complaint 17")


class TestViewQueue:
    def queue(self, clinic: Clinic, queries: InMemoryConsultationQueries) -> ViewQueue:
        return ViewQueue(queries, clinic.uow, clinic.clock)

    def test_lists_what_the_physician_may_take(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.waiting()

        page = self.queue(clinic, queries)(actor=A_PHYSICIAN)

        assert [item.consultation_id for item in page.items] == [consultation_id]

    def test_is_empty_for_one_who_is_suspended(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        clinic.waiting()
        with clinic.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=clinic.clock.now())
            uow.physicians.save(physician)
            uow.commit()

        assert self.queue(clinic, queries)(actor=A_PHYSICIAN).items == ()

    def test_is_not_for_patients(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        with pytest.raises(AccessDenied):
            self.queue(clinic, queries)(actor=A_PATIENT)


class TestListMyConsultations:
    def test_each_sees_their_own(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        consultation_id = clinic.claimed()
        mine = ListMyConsultations(queries, clinic.uow)

        assert mine(actor=A_PATIENT).items[0].consultation_id == consultation_id
        assert mine(actor=A_STRANGER).items == ()
        assert len(mine(actor=A_PHYSICIAN, as_physician=True).items) == 1
        assert (
            mine(
                actor=A_PHYSICIAN, as_physician=True, statuses=[ConsultationStatus.COMPLETED]
            ).items
            == ()
        )

    def test_whom_a_physician_saw_in_the_list_stands_in_the_trail(
        self, clinic: Clinic, queries: InMemoryConsultationQueries
    ) -> None:
        clinic.claimed()
        clinic.claimed()
        mine = ListMyConsultations(queries, clinic.uow)

        mine(actor=A_PATIENT)
        mine(actor=A_PHYSICIAN, as_physician=True)

        listed = [one for one in clinic.uow.audit.records if one.action == "patient.listed"]
        assert [one.patient_id for one in listed] == [PATIENT]

    def test_others_have_none(self, clinic: Clinic, queries: InMemoryConsultationQueries) -> None:
        with pytest.raises(AccessDenied):
            ListMyConsultations(queries, clinic.uow)(actor=OPERATIONS)


def test_the_timeline_is_for_staff(clinic: Clinic, queries: InMemoryConsultationQueries) -> None:
    consultation_id = clinic.waiting()

    with pytest.raises(AccessDenied):
        ViewTimeline(queries, clinic.uow)(actor=A_PATIENT, consultation_id=consultation_id)
    assert (
        ViewTimeline(queries, clinic.uow)(actor=OPERATIONS, consultation_id=consultation_id).items
        == ()
    )
