"""
What happens to a patient's money.
"""

from datetime import datetime

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, DisputeId, PatientId, PaymentId, RefundId, UserId
from domain.shared.money import Money


@frozen(kw_only=True)
class PaymentStarted(DomainEvent):
    """A payment was prepared; the patient has not paid yet."""

    payment_id: PaymentId
    consultation_id: ConsultationId
    patient_id: PatientId
    amount: Money


@frozen(kw_only=True)
class PaymentAuthorised(DomainEvent):
    """The patient's bank set the amount aside for us."""

    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class PaymentCaptured(DomainEvent):
    """The amount that was set aside became ours to pass on."""

    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class PaymentCancelled(DomainEvent):
    """Nothing was taken, and what was set aside was let go."""

    payment_id: PaymentId
    consultation_id: ConsultationId


@frozen(kw_only=True)
class PaymentFailed(DomainEvent):
    """An attempt to pay was declined; the patient may try again."""

    payment_id: PaymentId
    consultation_id: ConsultationId
    failure_code: str


@frozen(kw_only=True)
class PaymentNeedsReview(DomainEvent):
    """The processor reports what our own record does not allow; a person has to look."""

    payment_id: PaymentId
    consultation_id: ConsultationId
    finding: str


@frozen(kw_only=True)
class RefundRequested(DomainEvent):
    """Money was set aside to go back to the patient."""

    refund_id: RefundId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class RefundSucceeded(DomainEvent):
    """The money went back to the patient."""

    refund_id: RefundId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class RefundFailed(DomainEvent):
    """The money did not reach the patient, or came back; our books say so again."""

    refund_id: RefundId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class DisputeOpened(DomainEvent):
    """A cardholder's bank wants a payment back, or asks about it."""

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money
    reason: str


@frozen(kw_only=True)
class DisputeAnswered(DomainEvent):
    """Our evidence went to the bank."""

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId


@frozen(kw_only=True)
class DisputeFundsMoved(DomainEvent):
    """
    The processor took money for a dispute, or gave it back.

    Args:
        amount: Negative when it was taken.
        fee: What it cost beside.
    """

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money
    fee: Money


@frozen(kw_only=True)
class DisputeDeadlineNear(DomainEvent):
    """
    The bank's time limit for evidence comes closer, and nothing was sent yet.

    Args:
        escalates: Others than the owner have to know as well.
    """

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    owner_id: UserId | None
    due_at: datetime
    is_missed: bool
    escalates: bool


@frozen(kw_only=True)
class DisputeWon(DomainEvent):
    """The bank decided for us."""

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class DisputeLost(DomainEvent):
    """The bank decided against us; those who earned the money give it back."""

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class DisputeWithdrawn(DomainEvent):
    """The bank let it drop."""

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class DisputeNeedsReview(DomainEvent):
    """The processor reports what our own record does not allow; a person has to look."""

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    finding: str
