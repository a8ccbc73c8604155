"""
A dispute: a cardholder's bank wants a payment back.

    needs_response ──> under_review ──> won <──> lost      a decision can be overturned
          └───────────────────┴───────> withdrawn

The processor takes the money when the dispute is opened and may move it again at any time:
each movement is followed once. What stays away when the dispute is lost is given back by
those who earned it, and is theirs again when the decision is overturned.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define, frozen

from domain.payments.events import (
    DisputeAnswered,
    DisputeDeadlineNear,
    DisputeFundsMoved,
    DisputeLost,
    DisputeNeedsReview,
    DisputeOpened,
    DisputeWithdrawn,
    DisputeWon,
)
from domain.payments.payment import NothingToReview
from domain.payments.refund import Shares
from domain.shared.errors import Conflict, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, DisputeId, PaymentId, UserId
from domain.shared.money import Money, total


class DisputeNotFound(NotFound):
    """No such dispute, or none that this actor may know of."""


class DisputeMoved(Conflict):
    """It does not wait for us any more."""


class EvidenceTooLate(Conflict):
    """The bank takes no more evidence."""


class DisputeStatus(StrEnum):
    """Whose turn it is, or how it ended."""

    NEEDS_RESPONSE = "needs_response"  # ours
    UNDER_REVIEW = "under_review"  # the bank's
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"  # the bank let it drop


class DisputeFinding(StrEnum):
    """What the processor reports of a dispute, in our words."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    UNRECOGNISED = "unrecognised"


_S = DisputeStatus
_OPEN = frozenset({_S.NEEDS_RESPONSE, _S.UNDER_REVIEW})
_ENDS = frozenset({_S.WON, _S.LOST, _S.WITHDRAWN})
_NEXT = {
    _S.NEEDS_RESPONSE: _ENDS | {_S.UNDER_REVIEW},
    _S.UNDER_REVIEW: _ENDS,
    _S.WON: frozenset({_S.LOST}),
    _S.LOST: frozenset({_S.WON}),
    _S.WITHDRAWN: frozenset[DisputeStatus](),
}
REMINDERS = (timedelta(days=3), timedelta(days=1), timedelta(0))
"""How long before the bank's time limit its owner is reminded. The last is that it was missed."""
_ESCALATES_FROM = 2


@frozen(kw_only=True)
class Movement:
    """
    Money that the processor took or gave back for a dispute.

    Args:
        reference: The processor's identifier of it.
        amount: Negative when it was taken.
        fee: What it cost beside; negative when a fee was given back.
    """

    reference: str
    amount: Money
    fee: Money


@frozen(kw_only=True)
class DisputeReport:
    """
    The processor's present view of a dispute.

    Args:
        inquiry: The bank only asks; no money moves.
        evidence_sent: Whether evidence was given, by us or at the processor by hand.
        movements: All of them, in the order in which they happened.
    """

    finding: DisputeFinding
    amount: Money
    reason: str
    inquiry: bool
    evidence_due_at: datetime | None
    evidence_sent: bool
    movements: tuple[Movement, ...]


class DisputeStep(StrEnum):
    """A change of a dispute that the books have to follow."""

    LOSS_UNDONE = "loss_undone"
    MOVED = "moved"
    LOST = "lost"


@define(eq=False, kw_only=True)
class Dispute(Aggregate):
    """
    One dispute of one payment.

    Args:
        reference: The processor's identifier.
        reason: The processor's code for what the cardholder says.
        owner_id: The member of staff who answers it.
        shares: Who gave back what of it, while it is lost.
        beyond: What it took on top of what was left of the payment, while it is lost.
        losses: How often it was lost, for a decision can be overturned.
        reminders: How many of the reminders before the present time limit were given.
        review: What a person has to look into.
    """

    id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    reference: str
    amount: Money
    reason: str
    opened_at: datetime
    status: DisputeStatus = DisputeStatus.NEEDS_RESPONSE
    inquiry: bool = False
    movements: tuple[Movement, ...] = ()
    evidence_due_at: datetime | None = None
    evidence_sent_at: datetime | None = None
    owner_id: UserId | None = None
    shares: Shares | None = None
    beyond: Money | None = None
    losses: int = 0
    reminders: int = 0
    review: str | None = None
    checked_at: datetime | None = None
    ended_at: datetime | None = None

    @classmethod
    def open(
        cls,
        *,
        id: DisputeId,
        payment_id: PaymentId,
        consultation_id: ConsultationId,
        reference: str,
        report: DisputeReport,
        now: datetime,
    ) -> Self:
        """Take note of a dispute; what it does is told by `observe`."""
        dispute = cls(
            id=id,
            payment_id=payment_id,
            consultation_id=consultation_id,
            reference=reference,
            amount=report.amount,
            reason=report.reason,
            inquiry=report.inquiry,
            opened_at=now,
        )
        dispute.record(
            DisputeOpened(
                dispute_id=id,
                payment_id=payment_id,
                consultation_id=consultation_id,
                amount=report.amount,
                reason=report.reason,
                occurred_at=now,
            )
        )
        return dispute

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet."""
        return self.status in _OPEN

    @property
    def fee(self) -> Money:
        """What it cost so far beside the amount, in its own currency."""
        fees = [m.fee for m in self.movements if m.fee.currency == self.amount.currency]
        return total(fees, self.amount.currency)

    @property
    def away(self) -> Money:
        """How much of our money the processor holds back for it."""
        return -total([movement.amount for movement in self.movements], self.amount.currency)

    @property
    def claim(self) -> Money:
        """What may not be refunded because of it, beside what it took for good."""
        if self.beyond is not None:
            return self.beyond
        if self.is_open and not self.inquiry:
            return max(self.amount, self.away)
        return max(Money.zero(self.amount.currency), self.away)

    def observe(self, report: DisputeReport, *, now: datetime) -> tuple[DisputeStep, ...]:
        """
        Follow what the processor says; tells which steps the books must follow, in order.

        An old report, which knows less than we do, changes nothing.
        """
        self.checked_at = now
        known = {movement.reference for movement in self.movements}
        if not known <= {movement.reference for movement in report.movements}:
            return ()
        if any(m.amount.currency != self.amount.currency for m in report.movements):
            self.need_review("currency_differs", now=now)
            return ()
        if self.evidence_due_at != report.evidence_due_at:
            self.evidence_due_at, self.reminders = report.evidence_due_at, 0
        moved = len(known) < len(report.movements)
        if report.evidence_sent:
            self._answered(now)
        self._follow_status(report, now)
        self._follow_movements(report, now)
        if self.away.minor < 0:
            self.need_review("more_given_back_than_taken", now=now)
        return tuple(self._steps(moved=moved))

    def lose(self, shares: Shares | None, beyond: Money) -> None:
        """
        Note who bears what of a lost dispute.

        Raises:
            InvariantError: It was noted before, or is not what stays away.
        """
        borne = beyond if shares is None else shares.amount + beyond
        if self.beyond is not None or borne != self.away:
            raise InvariantError(f"dispute {self.id} has {self.away} away, not {borne}")
        self.shares, self.beyond = shares, beyond
        self.losses += 1

    def undo_loss(self) -> None:
        """The decision was overturned, or the money moved once more."""
        self.shares, self.beyond = None, None

    def assign(self, owner_id: UserId) -> None:
        """
        Say who answers it.

        Raises:
            DisputeMoved: It is decided.
        """
        if not self.is_open:
            raise DisputeMoved("This dispute is decided.")
        self.owner_id = owner_id

    def remind(self, *, now: datetime) -> bool:
        """
        Remind of the time limit, once for each step towards it; tells whether it was due.

        From a day before, and while nobody has taken it on, others are told as well.
        """
        due_at = self.evidence_due_at
        if self.status is not _S.NEEDS_RESPONSE or due_at is None:
            return False
        reached = sum(now >= due_at - before for before in REMINDERS)
        if reached <= self.reminders:
            return False
        self.reminders = reached
        self.record(
            DisputeDeadlineNear(
                dispute_id=self.id,
                payment_id=self.payment_id,
                consultation_id=self.consultation_id,
                owner_id=self.owner_id,
                due_at=due_at,
                is_missed=reached == len(REMINDERS),
                escalates=self.owner_id is None or reached >= _ESCALATES_FROM,
                occurred_at=now,
            )
        )
        return True

    def check_answerable(self, now: datetime) -> None:
        """
        Whether evidence can be sent.

        Raises:
            DisputeMoved: It does not wait for us.
            EvidenceTooLate: The bank's time limit has passed.
        """
        if self.status is not _S.NEEDS_RESPONSE:
            raise DisputeMoved("This dispute does not wait for evidence.")
        if self.evidence_due_at is not None and now >= self.evidence_due_at:
            raise EvidenceTooLate("The time to send evidence is over.")

    def need_review(self, finding: str, *, now: datetime) -> None:
        """Leave it to a person, once for each finding."""
        if self.review == finding:
            return
        self.review = finding
        self.record(
            DisputeNeedsReview(
                dispute_id=self.id,
                payment_id=self.payment_id,
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

    def _steps(self, *, moved: bool) -> list[DisputeStep]:
        steps: list[DisputeStep] = []
        posted = self.beyond is not None
        if posted and (moved or self.status is not _S.LOST):
            steps.append(DisputeStep.LOSS_UNDONE)
            posted = False
        if moved:
            steps.append(DisputeStep.MOVED)
        if self.status is _S.LOST and self.away.minor > 0 and not posted:
            steps.append(DisputeStep.LOST)
        return steps

    def _answered(self, now: datetime) -> None:
        if self.evidence_sent_at is not None:
            return
        self.evidence_sent_at = now
        self.record(
            DisputeAnswered(
                dispute_id=self.id,
                payment_id=self.payment_id,
                consultation_id=self.consultation_id,
                occurred_at=now,
            )
        )

    def _follow_movements(self, report: DisputeReport, now: datetime) -> None:
        for movement in report.movements[len(self.movements) :]:
            self.record(
                DisputeFundsMoved(
                    dispute_id=self.id,
                    payment_id=self.payment_id,
                    consultation_id=self.consultation_id,
                    amount=movement.amount,
                    fee=movement.fee,
                    occurred_at=now,
                )
            )
        self.movements = report.movements

    def _follow_status(self, report: DisputeReport, now: datetime) -> None:
        if report.finding is DisputeFinding.UNRECOGNISED:
            self.need_review("unrecognised_status", now=now)
            return
        reached = DisputeStatus(report.finding.value)
        escalated = self.inquiry and not report.inquiry
        if reached is not self.status and (escalated or reached in _NEXT[self.status]):
            self.status = reached
            self.ended_at = None if self.is_open else now
            self._report(now)
        self.inquiry = self.inquiry and report.inquiry

    def _report(self, now: datetime) -> None:
        kinds = {_S.WON: DisputeWon, _S.LOST: DisputeLost, _S.WITHDRAWN: DisputeWithdrawn}
        kind = kinds.get(self.status)
        if kind is not None:
            self.record(
                kind(
                    dispute_id=self.id,
                    payment_id=self.payment_id,
                    consultation_id=self.consultation_id,
                    amount=self.amount,
                    occurred_at=now,
                )
            )
