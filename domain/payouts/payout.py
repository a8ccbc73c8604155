"""
A payout moves a physician's available balance to their bank account.

    awaiting_approval ──> declined     two people decide; the money is in the wallet again
        │
        v
    requested <──> sending ──> submitted ──> paid ──> returned
        │           │  ^           │                     the bank sent it back
        │           v  │           v
        │        unknown        failed                   the money is in the wallet again
        └─────────> cancelled

A large one begins as awaiting approval. What needs review waits for people too, at whatever
stage it is; `domain.payouts.approval` says when one is not enough.

Each attempt to send has an identifier of its own, stored before the vendor is called.
When the vendor does not answer, nobody knows whether the transfer exists: the attempt is
looked up by that identifier before anything else is done.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define, evolve

from domain.payouts.approval import (
    AMOUNT_DIFFERS,
    PAID_AFTER_FAILURE,
    TOO_OLD_TO_RESEND,
    TRANSFER_NOT_EXPECTED,
    Signature,
    SignedBefore,
    Signer,
    people_wanted,
)
from domain.payouts.events import (
    PayoutApproved,
    PayoutCancelled,
    PayoutDeclined,
    PayoutFailed,
    PayoutNeedsReview,
    PayoutPaid,
    PayoutRequested,
    PayoutReturned,
    PayoutSigned,
    PayoutSubmitted,
    PayoutWaitsForFunding,
)
from domain.payouts.failure import ACCOUNT_PAUSED, EQUAL_FAILURES, PayoutFailure, Remedy, repeats
from domain.payouts.transfer import (
    AttemptStatus,
    PayoutAttempt,
    TransferFinding,
    TransferReport,
)
from domain.shared.errors import Conflict, InvariantError, NotFound
from domain.shared.events import Aggregate, DomainEvent
from domain.shared.ids import HoldId, PayoutAttemptId, PayoutId, PhysicianId
from domain.shared.money import Money

FUNDED_WITHIN = timedelta(days=5)
"""What physicians are told when a payout waits for our money: three days for it to reach the
vendor, two for the payout to reach them."""

_ASK_AGAIN = timedelta(minutes=5)

RESEND_WINDOW = timedelta(days=6)
"""The vendor refuses an identifier that it has seen for seven days; a day is our margin."""


class PayoutStatus(StrEnum):
    """Where the money is."""

    AWAITING_APPROVAL = "awaiting_approval"  # set aside; two people have to agree
    REQUESTED = "requested"  # set aside, not sent
    SENDING = "sending"  # an attempt was stored; the vendor is being called
    UNKNOWN = "unknown"  # the vendor did not answer
    SUBMITTED = "submitted"  # the vendor has it
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    RETURNED = "returned"


class PayoutNotFound(NotFound):
    """No such payout, or none that this actor may know of."""


class PayoutMoved(Conflict):
    """It is not at the stage at which this could be done."""


class PayoutTooSmall(Conflict):
    """Less than the smallest amount that is paid out."""


_VENDOR_SAYS = "vendor_says_"
_S = PayoutStatus
_NEXT = {
    _S.AWAITING_APPROVAL: {_S.REQUESTED, _S.CANCELLED, _S.DECLINED},
    _S.REQUESTED: {_S.SENDING, _S.CANCELLED},
    _S.SENDING: {_S.REQUESTED, _S.UNKNOWN, _S.SUBMITTED, _S.FAILED},
    _S.UNKNOWN: {_S.SENDING, _S.SUBMITTED, _S.REQUESTED, _S.FAILED},
    _S.SUBMITTED: {_S.PAID, _S.FAILED},
    _S.PAID: {_S.RETURNED},
    _S.FAILED: set(),
    _S.CANCELLED: set(),
    _S.DECLINED: set(),
    _S.RETURNED: set(),
}
_UNSENT = frozenset({_S.AWAITING_APPROVAL, _S.REQUESTED, _S.CANCELLED, _S.DECLINED})


class Step(StrEnum):
    """A change of a payout that the books have to follow."""

    SUBMITTED = "submitted"
    PAID = "paid"
    FAILED_IN_TRANSIT = "failed_in_transit"
    FAILED_BEFORE_SENDING = "failed_before_sending"
    RETURNED = "returned"


@define(eq=False, kw_only=True)
class Payout(Aggregate):
    """
    One amount on its way from a wallet to a bank account.

    Args:
        beneficiary: The vendor's identifier of the bank account that it goes to.
        hold_id: What set the money aside.
        retry_at: Not to be sent before, because the vendor could not take it.
        review: What a person of ours has to look into; nothing is sent until then.
        above_limit: Whether it is one of those on which no person decides alone.
        occasion: What asked for it by itself, such as a schedule's period; there is one for each.
        question: The number of the question that is put to people now, or next.
        signatures: Who said yes to this question and to earlier ones.
        declined_because: What the physician is told.
    """

    id: PayoutId
    physician_id: PhysicianId
    amount: Money
    beneficiary: str
    hold_id: HoldId
    requested_at: datetime
    status: PayoutStatus = PayoutStatus.REQUESTED
    attempts: tuple[PayoutAttempt, ...] = ()
    reference: str | None = None
    vendor_status: str | None = None
    fee: Money | None = None
    failure: PayoutFailure | None = None
    retry_at: datetime | None = None
    expected_at: datetime | None = None
    checked_at: datetime | None = None
    ended_at: datetime | None = None
    review: str | None = None
    above_limit: bool = False
    occasion: str | None = None
    question: int = 0
    signatures: tuple[Signature, ...] = ()
    declined_because: str | None = None

    @classmethod
    def request(
        cls,
        *,
        id: PayoutId,
        physician_id: PhysicianId,
        amount: Money,
        beneficiary: str,
        hold_id: HoldId,
        now: datetime,
        above_limit: bool = False,
        occasion: str | None = None,
    ) -> Self:
        """Note that an amount was set aside to be paid, once two people agree if it is large."""
        payout = cls(
            id=id,
            physician_id=physician_id,
            amount=amount,
            beneficiary=beneficiary,
            hold_id=hold_id,
            requested_at=now,
            status=_S.AWAITING_APPROVAL if above_limit else _S.REQUESTED,
            above_limit=above_limit,
            occasion=occasion,
        )
        payout._tell(PayoutRequested, now, amount=amount)
        return payout

    @property
    def attempt(self) -> PayoutAttempt:
        """The latest attempt to send."""
        if not self.attempts:
            raise InvariantError(f"payout {self.id} was never sent")
        return self.attempts[-1]

    def may_be_sent(self, now: datetime) -> bool:
        """Whether an attempt may begin now."""
        waits = self.retry_at is not None and now < self.retry_at
        return self.status is _S.REQUESTED and self.review is None and not waits

    @property
    def waits_for_funding(self) -> bool:
        """Whether it goes on as soon as our own balance covers it."""
        return self.status is _S.REQUESTED and self.failure is PayoutFailure.FLOAT_TOO_LOW

    def wait_for_funding(self, *, now: datetime) -> None:
        """
        Leave it set aside until our own balance covers it. That is never a failure of the payout.

        Raises:
            PayoutMoved: It is being sent, was sent, or has ended.
        """
        if self.status is not _S.REQUESTED:
            raise PayoutMoved("Only a payout that was not sent can wait.")
        waited_before = self.retry_at is not None and self.failure is PayoutFailure.FLOAT_TOO_LOW
        self.failure = PayoutFailure.FLOAT_TOO_LOW
        self.retry_at = now + _ASK_AGAIN
        self._expect_funding(now, waited_before=waited_before)

    def resume_by_itself(self) -> None:
        """What it waited for has come: our own money, or the vendor's word for the physician."""
        if self.review is not None and self.review.startswith(ACCOUNT_PAUSED):
            self.review = None
            self.question += 1
        if self.review is None:
            self.retry_at = None

    def begin_attempt(self, attempt_id: PayoutAttemptId, *, now: datetime) -> None:
        """
        Store what the vendor is about to be asked with.

        Raises:
            PayoutMoved: It is being sent, was sent, or has ended.
        """
        self._move_to(_S.SENDING)
        self.attempts = (*self.attempts, PayoutAttempt(id=attempt_id, started_at=now))
        self.retry_at = None

    def lose_track(self, *, now: datetime) -> None:
        """The vendor did not answer: the transfer may exist or not."""
        self._move_to(_S.UNKNOWN)
        self.checked_at = now

    def send_again(self, *, now: datetime) -> bool:
        """
        Take up the same attempt after the vendor said that it does not know it.

        Returns:
            False when that is not safe any more; then a person has to decide.
        """
        if now - self.attempt.started_at > RESEND_WINDOW:
            self.need_review(TOO_OLD_TO_RESEND, now=now)
            return False
        if self.status is not _S.SENDING:
            self._move_to(_S.SENDING)
        return True

    def reject(self, failure: PayoutFailure, *, now: datetime) -> Step | None:
        """
        The vendor refused the instruction; no transfer exists.

        Returns:
            What the books must follow; None if it stays set aside and is tried again.
        """
        if self.status not in (_S.SENDING, _S.UNKNOWN):
            return None
        self._close_attempt(AttemptStatus.REJECTED, failure)
        self.failure = failure
        if failure.remedy is Remedy.NEEDS_FLOAT:
            self._move_to(_S.REQUESTED)
            self.wait_for_funding(now=now)
            return None
        if failure.remedy is Remedy.RETRY_LATER:
            self._wait(now)
            return None
        if failure.remedy is Remedy.NEEDS_REVIEW:
            self._move_to(_S.REQUESTED)
            self.need_review(failure.value, now=now)
            return None
        self._fail(failure, now)
        return Step.FAILED_BEFORE_SENDING

    def observe(self, report: TransferReport, *, now: datetime) -> tuple[Step, ...]:
        """
        Follow what the vendor says; tells which steps the books must follow, in order.

        What our record does not allow is kept for a person and moves nothing.
        """
        self.checked_at = now
        waited_before = self.vendor_status == report.vendor_status
        self.vendor_status = report.vendor_status
        if report.finding is not TransferFinding.UNFUNDED:
            self.expected_at = report.expected_at
        if report.amount != self.amount:
            self.need_review(AMOUNT_DIFFERS, now=now)
            return ()
        if self._is_unexpected(report):
            # Beside it another one must not be sent: the money would go twice.
            self.need_review(TRANSFER_NOT_EXPECTED, now=now)
            return ()
        if report.attempt_id != str(self.attempt.id):
            return ()
        steps = self._submitted(report, now)
        if report.finding is TransferFinding.UNFUNDED:
            self.failure = PayoutFailure.FLOAT_TOO_LOW
            self._expect_funding(now, waited_before=waited_before)
        elif self.failure is PayoutFailure.FLOAT_TOO_LOW and self.ended_at is None:
            self.failure = None
        if report.finding is TransferFinding.STUCK:
            self.need_review(f"{_VENDOR_SAYS}{report.vendor_status.lower()}", now=now)
        elif self.review is not None and self.review.startswith(_VENDOR_SAYS):
            self.review = None
        if report.finding is TransferFinding.PAID:
            return (*steps, *self._paid(report, now))
        if report.finding is TransferFinding.FAILED:
            return (*steps, *self._failed(report, now))
        return steps

    def cancel(self, *, now: datetime) -> None:
        """
        Withdraw it before it is sent.

        Raises:
            PayoutMoved: It is being sent, or has ended.
        """
        self._move_to(_S.CANCELLED)
        self.ended_at = now
        self._tell(PayoutCancelled, now, amount=self.amount)

    def need_review(self, finding: str, *, now: datetime) -> None:
        """Leave it to a person, once for each finding."""
        if self.review == finding:
            return
        self.review = finding
        self.question += 1
        self._tell(PayoutNeedsReview, now, finding=finding)

    @property
    def signatures_missing(self) -> int:
        """How many people still have to say yes to what is asked now."""
        wanted = people_wanted(
            review=self.review,
            awaits_approval=self.status is _S.AWAITING_APPROVAL,
            above_limit=self.above_limit,
        )
        return max(0, wanted - len(self._answers))

    def approve(self, signer: Signer, *, note: str | None, now: datetime) -> int:
        """
        Say yes to a large one; with the second yes it may be sent. Tells how many are missing.

        Raises:
            PayoutMoved: It does not wait for that.
            OwnPayout: It goes to the signer.
            SignedBefore: The signer has said yes already.
        """
        if self.status is not _S.AWAITING_APPROVAL:
            raise PayoutMoved("This payout does not wait for approval.")
        self._sign(signer, note, now)
        missing = self.signatures_missing
        if not missing:
            self._move_to(_S.REQUESTED)
            self.question += 1
            self._tell(PayoutApproved, now, amount=self.amount)
        return missing

    def decline(self, signer: Signer, *, reason: str, now: datetime) -> None:
        """
        Say no to a large one. One person is enough: the money goes nowhere.

        Raises:
            PayoutMoved: It does not wait for that.
            OwnPayout: It goes to the signer.
        """
        signer.check_not_own(self.physician_id)
        self._move_to(_S.DECLINED)
        self.declined_because = reason
        self.ended_at = now
        self._tell(PayoutDeclined, now, amount=self.amount)

    def resume(self, signer: Signer, *, note: str, now: datetime) -> int:
        """
        Let it go on that people have looked into. Tells how many still have to agree.

        Raises:
            PayoutMoved: There is nothing to look into.
            OwnPayout: It goes to the signer.
            SignedBefore: The signer has said yes already.
        """
        if self.review is None:
            raise PayoutMoved("There is nothing to look into in this payout.")
        self._sign(signer, note, now)
        missing = self.signatures_missing
        if missing:
            return missing
        if self.review == TOO_OLD_TO_RESEND:
            # They have found that it never existed; the vendor's memory of it is over.
            self._close_attempt(AttemptStatus.REJECTED, PayoutFailure.VENDOR_UNAVAILABLE)
            self._move_to(_S.REQUESTED)
        self.review, self.retry_at = None, None
        self.question += 1
        return 0

    @property
    def _answers(self) -> tuple[Signature, ...]:
        return tuple(each for each in self.signatures if each.question == self.question)

    def _sign(self, signer: Signer, note: str | None, now: datetime) -> None:
        signer.check_not_own(self.physician_id)
        if any(each.by == signer.user_id for each in self._answers):
            raise SignedBefore("You have agreed already. A second person has to.")
        signature = Signature(question=self.question, by=signer.user_id, at=now, note=note)
        self.signatures = (*self.signatures, signature)
        self._tell(PayoutSigned, now, user_id=signer.user_id)

    def _is_unexpected(self, report: TransferReport) -> bool:
        """Whether money moves by an attempt that was refused, or by one of several."""
        if report.finding is TransferFinding.FAILED:
            return False
        nothing_was_sent = self.status in _UNSENT
        return nothing_was_sent or report.attempt_id != str(self.attempt.id)

    def _submitted(self, report: TransferReport, now: datetime) -> tuple[Step, ...]:
        if self.status not in (_S.SENDING, _S.UNKNOWN):
            return ()
        self._move_to(_S.SUBMITTED)
        self._close_attempt(AttemptStatus.ACCEPTED, None)
        self.reference = report.reference
        self.fee = report.fee
        self._tell(PayoutSubmitted, now, attempt_id=self.attempt.id, amount=self.amount)
        return (Step.SUBMITTED,)

    def _paid(self, report: TransferReport, now: datetime) -> tuple[Step, ...]:
        if self.status in (_S.FAILED, _S.RETURNED):
            self.need_review(PAID_AFTER_FAILURE, now=now)
            return ()
        if self.status is not _S.SUBMITTED:
            return ()
        self._move_to(_S.PAID)
        self.fee = report.fee
        self.failure = None
        self.ended_at = now
        self._tell(PayoutPaid, now, amount=self.amount)
        return (Step.PAID,)

    def _failed(self, report: TransferReport, now: datetime) -> tuple[Step, ...]:
        if self.status is _S.PAID:
            self._move_to(_S.RETURNED)
            self.failure = report.failure
            self.ended_at = now
            self._tell(PayoutReturned, now, amount=self.amount)
            return (Step.RETURNED,)
        if self.status is not _S.SUBMITTED:
            return ()
        self._fail(report.failure, now)
        return (Step.FAILED_IN_TRANSIT,)

    def _expect_funding(self, now: datetime, *, waited_before: bool) -> None:
        """Name a date once and keep it, and tell of the wait once."""
        if not waited_before or self.expected_at is None or self.expected_at <= now:
            self.expected_at = now + FUNDED_WITHIN
        if not waited_before:
            self._tell(PayoutWaitsForFunding, now, amount=self.amount)

    def _wait(self, now: datetime) -> None:
        """Leave it set aside, and try again later; or not, if it keeps failing alike."""
        self._move_to(_S.REQUESTED)
        failures = [a.failure for a in reversed(self.attempts) if a.failure is not None]
        if repeats(failures, limit=EQUAL_FAILURES):
            self.need_review(f"failed_alike_{EQUAL_FAILURES}_times", now=now)
            return
        self.retry_at = now + timedelta(minutes=5) * 2 ** len(failures)

    def _fail(self, failure: PayoutFailure, now: datetime) -> None:
        self._move_to(_S.FAILED)
        self.failure = failure
        self.ended_at = now
        self._tell(PayoutFailed, now, amount=self.amount, reason=failure)

    def _close_attempt(self, status: AttemptStatus, failure: PayoutFailure | None) -> None:
        self.attempts = (
            *self.attempts[:-1],
            evolve(self.attempt, status=status, failure=failure),
        )

    def _tell(self, kind: Callable[..., DomainEvent], now: datetime, **facts: object) -> None:
        self.record(
            kind(payout_id=self.id, physician_id=self.physician_id, occurred_at=now, **facts)
        )

    def _move_to(self, status: PayoutStatus) -> None:
        if status not in _NEXT[self.status]:
            raise PayoutMoved(f"A payout that is {self.status} cannot become {status}.")
        self.status = status
