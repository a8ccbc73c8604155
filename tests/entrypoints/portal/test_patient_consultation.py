"""
What a patient's own consultation says of its money and its course.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.payments.queries import RefundView, ViewPayment
from domain.payments.payment import PaymentNotFound, PaymentStatus
from domain.payments.refund import RefundStatus
from domain.shared.ids import ConsultationId, RefundId, to_wire
from domain.shared.money import Money
from entrypoints.portal.pages.patient.consultation import ConsultationState
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import CONSULTATION, FINISHED, payment_view
from tests.entrypoints.portal.patient_clinic import prepare_for_patient
from tests.entrypoints.portal.tabs import Clinic, open_state


@pytest.fixture(autouse=True)
def patients_clinic(clinic: Clinic) -> Clinic:
    prepare_for_patient(clinic)
    return clinic


def shown(consultation_id: ConsultationId = CONSULTATION) -> Any:
    wire = to_wire("consultation", consultation_id)

    async def scene() -> Any:
        state = await open_state(
            ConsultationState, "patient-token", address=f"/consultations/x?consultation_id={wire}"
        )
        await state.load()
        return state

    return asyncio.run(scene())


def test_shows_what_was_charged_and_what_came_back(clinic: Clinic) -> None:
    def refund(status: RefundStatus, succeeded_at: datetime | None) -> RefundView:
        return RefundView(
            refund_id=RefundId(UUID(int=7)),
            amount=Money.of(1000, "AUD"),
            status=status,
            requested_at=NOON,
            succeeded_at=succeeded_at,
        )

    refunds = (
        refund(RefundStatus.SUCCEEDED, NOON + timedelta(hours=1)),
        refund(RefundStatus.PENDING, None),
        refund(RefundStatus.FAILED, None),
    )
    clinic.answer(
        ViewPayment,
        payment_view(status=PaymentStatus.PARTIALLY_REFUNDED, captured_at=NOON, refunds=refunds),
    )

    state = shown()

    assert [(one.words, one.amount) for one in state.movements] == [
        ("Charged", "A$49.00"),
        ("Given back", "-A$10.00"),
        ("On its way back to you", "-A$10.00"),
    ]


def test_says_that_an_amount_is_only_reserved() -> None:
    (one,) = shown().movements

    assert (one.words, one.amount) == ("Reserved, not charged yet", "A$49.00")


@pytest.mark.parametrize(
    "answer",
    [PaymentNotFound("None."), payment_view(status=PaymentStatus.FAILED)],
    ids=["none", "failed"],
)
def test_says_nothing_of_money_that_never_moved(clinic: Clinic, answer: Any) -> None:
    clinic.answer(ViewPayment, answer)

    state = shown()

    assert (state.phase, state.movements) == ("ready", [])


def test_tells_when_a_physician_took_the_case() -> None:
    happenings = shown().happenings

    (taken,) = [one for one in happenings if "took your case" in one.title]
    assert taken.when


def test_shows_a_prescription_only_where_there_is_one() -> None:
    assert [len(shown(one).prescriptions) for one in (CONSULTATION, FINISHED)] == [1, 0]
