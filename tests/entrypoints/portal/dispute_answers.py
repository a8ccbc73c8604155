"""
What the use cases of disputes and refunds answer in these tests.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from application.payments.dispute_queries import (
    DisputeChange,
    DisputeView,
    ListDisputes,
    ListUndecidedDisputes,
    ViewDispute,
    ViewDisputeHistory,
)
from application.payments.disputes import AssignDispute, SubmitEvidence
from application.payments.evidence import DraftEvidence
from application.payments.queries import PaymentView, RefundView, ViewPayment
from application.payments.review import EndDisputeReview, EndPaymentReview
from application.shared.access import Actor
from application.shared.pages import Page
from domain.payments.dispute import DisputeStatus
from domain.payments.evidence import Evidence
from domain.payments.payment import PaymentStatus
from domain.payments.refund import RefundStatus
from domain.shared.ids import DisputeId, PaymentId, RefundId
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import CONSULTATION, payment_view
from tests.entrypoints.portal.physician_answers import aud
from tests.entrypoints.portal.tabs import Clinic

DISPUTE = DisputeId(UUID(int=0x401))


def dispute_view(**changes: Any) -> DisputeView:
    """A dispute that waits for evidence for two more days, unless changed."""
    values: dict[str, Any] = {
        "dispute_id": DISPUTE,
        "payment_id": PaymentId(UUID(int=0xA1)),
        "consultation_id": CONSULTATION,
        "reference": "du_1Nv0FG2eZvKYlo2C",
        "amount": aud(4_900),
        "away": aud(4_900),
        "reason": "fraudulent",
        "status": DisputeStatus.NEEDS_RESPONSE,
        "inquiry": False,
        "opened_at": NOON - timedelta(days=5),
        "evidence_due_at": datetime.now(UTC) + timedelta(days=2, hours=1),
        "evidence_sent_at": None,
        "ended_at": None,
        "owner_id": None,
        "shares": None,
        "beyond": None,
        "review": None,
    }
    return DisputeView(**(values | changes))


def draft() -> Evidence:
    """What would be sent."""
    return Evidence(
        explanation="The cardholder asked for a consultation and paid for it.",
        service_on="2026-11-20",
        product="A consultation with a licensed physician, held at a distance.",
        receipt="Payment pa_1: 49.00 AUD, taken 20 November 2026, 09:30 UTC.",
        refund_policy="100% of the price comes back before a physician takes the request on.\n"
        "Otherwise a patient who cancels gets nothing back.",
        activity="20 November 2026, 09:00 UTC: The patient handed the request in.\n"
        "20 November 2026, 09:30 UTC: The physician completed the consultation.",
    )


def history() -> tuple[DisputeChange, ...]:
    """It was opened, and the money was taken."""
    return (
        DisputeChange(kind="DisputeOpened", at=NOON - timedelta(days=5)),
        DisputeChange(
            kind="DisputeFundsMoved",
            at=NOON - timedelta(days=5),
            amount=-aud(4_900),
            fee=aud(1_500),
        ),
        DisputeChange(kind="DisputeDeadlineNear", at=NOON - timedelta(hours=3)),
    )


def refund_views() -> tuple[RefundView, ...]:
    """One that reached the patient, and one that came back."""
    return tuple(
        RefundView(
            refund_id=RefundId(UUID(int=0x500 + number)),
            amount=aud(minor),
            status=status,
            requested_at=NOON - timedelta(days=2),
            succeeded_at=NOON - timedelta(days=1) if number == 0 else None,
        )
        for number, (minor, status) in enumerate(
            ((1_000, RefundStatus.SUCCEEDED), (500, RefundStatus.FAILED))
        )
    )


def refunded_payment(**changes: Any) -> PaymentView:
    """A payment of which a part was given back, unless changed."""
    values: dict[str, Any] = {
        "status": PaymentStatus.PARTIALLY_REFUNDED,
        "captured_at": NOON,
        "refunded": aud(1_000),
        "refunds": refund_views(),
        "review": "refunded_at_the_processor",
    }
    return payment_view(**(values | changes))


def prepare_for_disputes(clinic: Clinic) -> None:
    """Let the clinic answer all that the pages of disputes and refunds ask."""
    clinic.answer(ListUndecidedDisputes, Page((dispute_view(),)))
    clinic.answer(
        ListDisputes, Page((dispute_view(), dispute_view(status=DisputeStatus.WON, away=aud(0))))
    )
    clinic.answer(ViewDispute, dispute_view())
    clinic.answer(ViewDisputeHistory, history())
    clinic.answer(DraftEvidence, draft())
    for_patient = clinic.answers.get(ViewPayment)

    def payment(*, actor: Actor, **arguments: Any) -> PaymentView:
        if for_patient is not None and not actor.is_staff:
            answer: PaymentView = for_patient(actor=actor, **arguments)
            return answer
        return refunded_payment()

    clinic.answer(ViewPayment, payment)
    for use_case in (AssignDispute, SubmitEvidence, EndDisputeReview, EndPaymentReview):
        clinic.answer(use_case, None)
