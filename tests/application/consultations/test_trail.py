"""
What people do in a consultation stands in the audit trail of its patient.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from application.consultations.assignment import ReturnConsultation
from application.consultations.conversation import SendMessage
from application.consultations.deadlines import ScheduleFollowUp
from application.prescriptions.drafting import DiscardDraft
from domain.consultations.follow_up import FollowUpPlan
from tests.builders.care import A_PATIENT, A_PHYSICIAN, PATIENT, Clinic


def submit(clinic: Clinic) -> None:
    clinic.submitted()


def start(clinic: Clinic) -> None:
    clinic.draft()


def answer(clinic: Clinic) -> None:
    clinic.answered()


def give_back(clinic: Clinic) -> None:
    ReturnConsultation(clinic.uow, clinic.clock)(
        actor=A_PHYSICIAN, consultation_id=clinic.claimed()
    )


def write(clinic: Clinic) -> None:
    SendMessage(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PATIENT, consultation_id=clinic.waiting(), body="Hello?"
    )


def plan(clinic: Clinic) -> None:
    due_at = clinic.clock.now() + timedelta(days=7)
    ScheduleFollowUp(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PHYSICIAN,
        consultation_id=clinic.opened(),
        plan=FollowUpPlan(due_at=due_at, instructions="Come again."),
    )


def discard(clinic: Clinic) -> None:
    throw_away = DiscardDraft(clinic.uow, clinic.clock)
    prescription_id = clinic.drafted()
    for _ in range(2):
        throw_away(actor=A_PHYSICIAN, prescription_id=prescription_id)


@pytest.mark.parametrize(
    ("deed", "action"),
    [
        (start, "consultation.started"),
        (answer, "consultation.answers_saved"),
        (submit, "consultation.submitted"),
        (give_back, "consultation.returned"),
        (write, "consultation.message_sent"),
        (plan, "consultation.follow_up_planned"),
        (discard, "prescription.discarded"),
    ],
)
def test_each_deed_is_noted_once(
    clinic: Clinic, deed: Callable[[Clinic], None], action: str
) -> None:
    deed(clinic)

    noted = [entry for entry in clinic.uow.audit.records if entry.action == action]
    assert [entry.patient_id for entry in noted] == [PATIENT]
