"""
Setting part of a wallet aside while somebody looks into it.
"""

from datetime import datetime

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.ledger import posting_rules
from domain.ledger.hold import Hold, HoldCategory, HoldReason
from domain.ledger.journal import JournalDraft, Reason, key_of
from domain.ledger.lot import take_oldest_first
from domain.shared.errors import Conflict, NotPermitted
from domain.shared.ids import HoldId, PhysicianId, to_wire
from domain.shared.money import Money

_BATCH = 200


class HoldBelongsToPayout(Conflict):
    """This hold ends with its payout, not by hand."""


class OwnHold(NotPermitted):
    """Nobody of finance gives back what is held of their own."""


@frozen
class PlaceHold:
    """
    Set an amount aside for review. The physician sees why, until when, and that it is our turn.
    """

    _uow: LedgerUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        amount: Money,
        category: HoldCategory,
        review_until: datetime,
        reason: str,
    ) -> HoldId:
        """
        Returns the hold.

        Args:
            category: What the physician may know of it.
            review_until: When it is given back by itself.
            reason: For the audit trail alone.

        Raises:
            AccessDenied: Not finance staff.
            InsufficientFunds: The wallet does not hold that much.
            UnfitReviewDate: It is over already, or far away.
        """
        require_role(actor, Role.FINANCE)
        now = self._clock.now()
        hold_id = HoldId(self._ids.new())
        wire_id = to_wire("hold", hold_id)
        hold = Hold.for_review(
            id=hold_id,
            physician_id=physician_id,
            amount=amount,
            category=category,
            review_until=review_until,
            cause=wire_id,
            now=now,
        )
        with self._uow as uow:
            lots = uow.lots.available(physician_id, amount.currency)
            for lot in take_oldest_first(lots, amount, by=wire_id, now=now):
                uow.lots.save(lot)
            uow.holds.add(hold)
            uow.journal.post(
                JournalDraft(
                    reason=Reason.HOLD_PLACED,
                    cause=wire_id,
                    occurred_at=now,
                    postings=posting_rules.hold_placed(physician_id, amount),
                )
            )
            uow.audit.record(
                actor=actor,
                action="hold.placed",
                subject=wire_id,
                reason=reason,
                details={"category": category.value, "until": review_until.isoformat()},
            )
            uow.commit()
        return hold_id


@frozen
class ReleaseHold:
    """
    Give back what was set aside for review, before its time.
    """

    _uow: LedgerUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, hold_id: HoldId, reason: str) -> None:
        """
        The money is available at once.

        Raises:
            AccessDenied: Not finance staff.
            HoldNotFound: No such hold.
            HoldBelongsToPayout: It was not placed for review.
            HoldEnded: It was released before.
            OwnHold: The money is the actor's own.
        """
        require_role(actor, Role.FINANCE)
        with self._uow as uow:
            hold = uow.holds.get(hold_id)
            if hold.reason is not HoldReason.REVIEW:
                raise HoldBelongsToPayout("This money is held for a payout. Cancel the payout.")
            if actor.physician_id == hold.physician_id:
                raise OwnHold("Somebody else of finance has to give back what is your own.")
            _give_back(uow, hold, self._clock.now())
            uow.audit.record(
                actor=actor,
                action="hold.released",
                subject=to_wire("hold", hold_id),
                reason=reason,
            )
            uow.commit()


@frozen
class ReleaseDueHolds:
    """
    Give back what was held for a review whose last day has come. Run on a schedule.
    """

    _uow: LedgerUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were due.

        Raises:
            AccessDenied: A person asks.
        """
        require_system(actor)
        with self._uow as uow:
            due = uow.holds.due(now=self._clock.now(), limit=_BATCH)
        return work_through(due, lambda hold_id: self._release(actor, hold_id))

    def _release(self, actor: Actor, hold_id: HoldId) -> None:
        now = self._clock.now()
        with self._uow as uow:
            hold = uow.holds.get(hold_id)
            if not hold.is_over(now):
                return  # Somebody released it in between.
            _give_back(uow, hold, now)
            uow.audit.record(
                actor=actor,
                action="hold.released",
                subject=to_wire("hold", hold_id),
                reason="the review is over",
            )
            uow.commit()


def _give_back(uow: LedgerUnitOfWork, hold: Hold, now: datetime) -> None:
    wire_id = to_wire("hold", hold.id)
    hold.release(now=now)
    uow.holds.save(hold)
    for lot in uow.lots.taken_by(wire_id):
        lot.give_back(by=wire_id, now=now)
        uow.lots.save(lot)
    uow.journal.post(
        JournalDraft(
            reason=Reason.HOLD_RELEASED,
            cause=wire_id,
            occurred_at=now,
            postings=posting_rules.hold_released(hold.physician_id, hold.amount),
            resolves=key_of(Reason.HOLD_PLACED, wire_id),
        )
    )
