"""
A payment is a patient's money on its way in.

    created ──> pending ──> authorised ──> captured ──> partially_refunded ──> refunded
       │           │ ^           │             ^                 │                │
       │           v │           │             └─────────────────┴────────────────┘
       │         failed          │                 a refund that came to nothing
       └───────────┴─────────────┴──> cancelled

What the processor reports is looked up, never taken from a message, and it only ever
moves a payment forward: an old report that comes late changes nothing.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import define, field, frozen

from domain.commission.terms import MonthStanding
from domain.payments.commission import Split
from domain.payments.events import (
    PaymentAuthorised,
    PaymentCancelled,
    PaymentCaptured,
    PaymentFailed,
    PaymentNeedsReview,
    PaymentStarted,
)
from domain.shared.errors import Conflict, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import CommissionPlanId, ConsultationId, PatientId, PaymentId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money


class PaymentStatus(StrEnum):
    """Where the money is."""

    CREATED = "created"  # we mean to ask for it
    PENDING = "pending"  # the patient was asked
    FAILED = "failed"  # the last attempt was declined; another may follow
    AUTHORISED = "authorised"  # set aside by the patient's bank
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class PaymentNotFound(NotFound):
    """No such payment, or none that this actor may know of."""


class PaymentMoved(Conflict):
    """It is not at the stage at which this could be done."""


class NothingToPay(Conflict):
    """This consultation does not wait for a payment."""


class PaymentUnderWay(Conflict):
    """Another payment for this consultation has just been started."""


class NothingToReview(Conflict):
    """No person has to look into it, or one has already."""


class RefundExceedsPayment(Conflict):
    """More than was captured and not given back yet."""


_S = PaymentStatus
_NEXT = {
    _S.CREATED: {_S.PENDING, _S.FAILED, _S.AUTHORISED, _S.CAPTURED, _S.CANCELLED},
    _S.PENDING: {_S.FAILED, _S.AUTHORISED, _S.CAPTURED, _S.CANCELLED},
    _S.FAILED: {_S.PENDING, _S.AUTHORISED, _S.CAPTURED, _S.CANCELLED},
    _S.AUTHORISED: {_S.CAPTURED, _S.CANCELLED},
    _S.CAPTURED: {_S.PARTIALLY_REFUNDED, _S.REFUNDED},
    _S.PARTIALLY_REFUNDED: {_S.CAPTURED, _S.REFUNDED},
    _S.REFUNDED: {_S.CAPTURED, _S.PARTIALLY_REFUNDED},
    _S.CANCELLED: set(),
}
_TAKEN = frozenset({_S.CAPTURED, _S.PARTIALLY_REFUNDED, _S.REFUNDED})


class Finding(StrEnum):
    """What the processor reports of a payment, in our words."""

    UNPAID = "unpaid"
    DECLINED = "declined"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    UNRECOGNISED = "unrecognised"


@frozen(kw_only=True)
class ProcessorReport:
    """
    The processor's present view of a payment.

    Args:
        amount: What was asked for; with `CAPTURED`, what was taken.
    """

    finding: Finding
    amount: Money
    failure_code: str = "declined"


@frozen(kw_only=True)
class Delivery:
    """
    Who got what when the service was delivered, where, by whom and by which plan.

    Args:
        standing: What the physician had delivered before in the month, which decides the tier.
    """

    physician_id: PhysicianId
    place: Jurisdiction
    plan_id: CommissionPlanId
    plan_version: int
    split: Split
    standing: MonthStanding = field(factory=MonthStanding)


@define(eq=False, kw_only=True)
class Payment(Aggregate):
    """
    One patient's payment for one consultation.

    Args:
        reference: The processor's identifier, once it is known.
        reserved: Refunds that are under way or done, and lost disputes; they can never exceed
            the amount.
        refunded: Refunds that are done.
        disputed: What undecided disputes claim; it cannot be refunded meanwhile.
        review: What a person has to look into.
        checked_at: When the processor was last asked.
    """

    id: PaymentId
    consultation_id: ConsultationId
    patient_id: PatientId
    amount: Money
    created_at: datetime
    status: PaymentStatus = PaymentStatus.CREATED
    reference: str | None = None
    failure_code: str | None = None
    captured_at: datetime | None = None
    delivery: Delivery | None = None
    reserved: Money = field()
    refunded: Money = field()
    disputed: Money = field()
    review: str | None = None
    checked_at: datetime | None = None

    @reserved.default
    def _nothing_reserved(self) -> Money:
        return Money.zero(self.amount.currency)

    @refunded.default
    def _nothing_refunded(self) -> Money:
        return Money.zero(self.amount.currency)

    @disputed.default
    def _nothing_disputed(self) -> Money:
        return Money.zero(self.amount.currency)

    @classmethod
    def start(
        cls,
        *,
        id: PaymentId,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        amount: Money,
        now: datetime,
    ) -> Self:
        """Note that we are about to ask the patient for an amount."""
        payment = cls(
            id=id,
            consultation_id=consultation_id,
            patient_id=patient_id,
            amount=amount,
            created_at=now,
        )
        payment.record(
            PaymentStarted(
                payment_id=id,
                consultation_id=consultation_id,
                patient_id=patient_id,
                amount=amount,
                occurred_at=now,
            )
        )
        return payment

    @property
    def is_taken(self) -> bool:
        """Whether the money reached us, whatever became of it later."""
        return self.status in _TAKEN

    @property
    def kept(self) -> Money:
        """What was neither given back nor lost."""
        return self.amount - self.reserved if self.is_taken else Money.zero(self.amount.currency)

    @property
    def refundable(self) -> Money:
        """What can still be given back: nothing that a bank is about to take back already."""
        return max(Money.zero(self.amount.currency), self.kept - self.disputed)

    def link(self, reference: str) -> None:
        """
        Note what the processor calls it.

        Raises:
            InvariantError: It is called something else already.
        """
        if self.reference not in (None, reference):
            raise InvariantError(f"payment {self.id} has another reference already")
        self.reference = reference
        if self.status is _S.CREATED:
            self._move_to(_S.PENDING)

    def observe(self, report: ProcessorReport, *, now: datetime) -> bool:
        """
        Follow what the processor says; tells whether the money has just been captured.

        What our record does not allow is kept for a person and moves nothing.
        """
        self.checked_at = now
        if report.amount != self.amount and report.finding in (
            Finding.AUTHORISED,
            Finding.CAPTURED,
        ):
            self.need_review("amount_differs", now=now)
            return False
        match report.finding:
            case Finding.UNPAID:
                return False
            case Finding.DECLINED:
                self._decline(report.failure_code, now)
            case Finding.AUTHORISED:
                self._authorise(now)
            case Finding.CAPTURED:
                return self._capture(now)
            case Finding.CANCELLED:
                self._cancel(now)
            case Finding.UNRECOGNISED:
                self.need_review("unrecognised_status", now=now)
        return False

    def cancel_unasked(self, *, now: datetime) -> None:
        """
        Drop a payment that the processor never heard of.

        Raises:
            PaymentMoved: The processor knows it.
        """
        if self.reference is not None:
            raise PaymentMoved("The processor has to cancel this payment.")
        self._cancel(now)

    def need_review(self, finding: str, *, now: datetime) -> None:
        """Leave it to a person, once for each finding."""
        if self.review == finding:
            return
        self.review = finding
        self.record(
            PaymentNeedsReview(
                payment_id=self.id,
                consultation_id=self.consultation_id,
                finding=finding,
                occurred_at=now,
            )
        )

    def end_review(self) -> str:
        """
        A person has looked into it; tells what it was.

        Raises:
            NothingToReview: There was nothing to look into.
        """
        if self.review is None:
            raise NothingToReview("There is nothing to look into here.")
        finding, self.review = self.review, None
        return finding

    def deliver(self, delivery: Delivery) -> None:
        """
        Note how the money was shared when the service was delivered.

        Raises:
            PaymentMoved: It was not captured, or was shared before.
        """
        if not self.is_taken or self.delivery is not None:
            raise PaymentMoved("Only a captured payment is shared, and only once.")
        self.delivery = delivery

    def reserve_refund(self, amount: Money) -> None:
        """
        Set an amount aside to be given back.

        Raises:
            RefundExceedsPayment: There is not that much left.
        """
        if amount.minor <= 0 or amount > self.refundable:
            raise RefundExceedsPayment("This is more than can still be refunded.")
        self.reserved += amount

    def accept_refund(self, amount: Money) -> None:
        """
        Set an amount aside that the processor gave back without our asking.

        That a bank disputes the payment does not undo it.

        Raises:
            PaymentMoved: Our own record of the payment is behind.
            RefundExceedsPayment: There was not that much left by our books.
        """
        if not self.is_taken:
            raise PaymentMoved("This payment is not captured in our books yet.")
        if amount > self.kept:
            raise RefundExceedsPayment("More was given back than our books have left.")
        self.reserved += amount

    def finish_refund(self, amount: Money) -> None:
        """An amount that was set aside reached the patient."""
        self.refunded += amount
        self._move_to(self._refund_status())

    def undo_refund(self, amount: Money, *, was_finished: bool) -> None:
        """An amount that was set aside, or had reached the patient, is ours again."""
        self.reserved -= amount
        if was_finished:
            self.refunded -= amount
            self._move_to(self._refund_status())

    def change_claim(self, *, before: Money, after: Money) -> None:
        """A dispute claims another amount than before."""
        self.disputed += after - before

    def lose(self, amount: Money) -> Money:
        """A dispute took an amount for good; tells how much of it was still here to be taken."""
        lost = min(amount, self.kept)
        self.reserved += lost
        return lost

    def undo_loss(self, amount: Money) -> None:
        """What a dispute had taken for good is ours again."""
        self.reserved -= amount

    def _refund_status(self) -> PaymentStatus:
        if not self.refunded:
            return _S.CAPTURED
        return _S.REFUNDED if self.refunded == self.amount else _S.PARTIALLY_REFUNDED

    def _decline(self, code: str, now: datetime) -> None:
        if self.status in (_S.CREATED, _S.PENDING) or (
            self.status is _S.FAILED and self.failure_code != code
        ):
            self._move_to(_S.FAILED)
            self.failure_code = code
            self.record(
                PaymentFailed(
                    payment_id=self.id,
                    consultation_id=self.consultation_id,
                    failure_code=code,
                    occurred_at=now,
                )
            )

    def _authorise(self, now: datetime) -> None:
        if self.status is _S.CANCELLED:
            self.need_review("authorised_after_cancellation", now=now)
        elif _S.AUTHORISED in _NEXT[self.status]:
            self._move_to(_S.AUTHORISED)
            self.failure_code = None
            self.record(
                PaymentAuthorised(
                    payment_id=self.id,
                    consultation_id=self.consultation_id,
                    amount=self.amount,
                    occurred_at=now,
                )
            )

    def _capture(self, now: datetime) -> bool:
        if self.is_taken:
            return False
        if self.status is _S.CANCELLED:
            self.need_review("captured_after_cancellation", now=now)
            return False
        self._authorise(now)
        self._move_to(_S.CAPTURED)
        self.captured_at = now
        self.record(
            PaymentCaptured(
                payment_id=self.id,
                consultation_id=self.consultation_id,
                amount=self.amount,
                occurred_at=now,
            )
        )
        return True

    def _cancel(self, now: datetime) -> None:
        if self.status is _S.CANCELLED:
            return
        if self.is_taken:
            self.need_review("cancelled_after_capture", now=now)
            return
        self._move_to(_S.CANCELLED)
        self.record(
            PaymentCancelled(
                payment_id=self.id, consultation_id=self.consultation_id, occurred_at=now
            )
        )

    def _move_to(self, status: PaymentStatus) -> None:
        if status is not self.status and status not in _NEXT[self.status]:
            raise PaymentMoved(f"A payment that is {self.status} cannot become {status}.")
        self.status = status
