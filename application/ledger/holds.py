"""
Setting part of a wallet aside while somebody looks into it.
"""

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock, Ids
from domain.ledger import posting_rules
from domain.ledger.hold import Hold, HoldReason
from domain.ledger.journal import JournalDraft, Reason, key_of
from domain.ledger.lot import take_oldest_first
from domain.shared.errors import Conflict
from domain.shared.ids import HoldId, PhysicianId, to_wire
from domain.shared.money import Money


class HoldBelongsToPayout(Conflict):
    """This hold ends with its payout, not by hand."""


@frozen
class PlaceHold:
    """
    Set an amount aside for review. The physician sees it, and that it is our turn.
    """

    _uow: LedgerUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, amount: Money, reason: str
    ) -> HoldId:
        """
        Returns the hold.

        Raises:
            AccessDenied: Not finance staff.
            InsufficientFunds: The wallet does not hold that much.
        """
        require_role(actor, Role.FINANCE)
        now = self._clock.now()
        hold_id = HoldId(self._ids.new())
        wire_id = to_wire("hold", hold_id)
        with self._uow as uow:
            lots = uow.lots.available(physician_id, amount.currency)
            for lot in take_oldest_first(lots, amount, by=wire_id, now=now):
                uow.lots.save(lot)
            uow.holds.add(
                Hold(
                    id=hold_id,
                    physician_id=physician_id,
                    amount=amount,
                    reason=HoldReason.REVIEW,
                    cause=wire_id,
                    placed_at=now,
                )
            )
            uow.journal.post(
                JournalDraft(
                    reason=Reason.HOLD_PLACED,
                    cause=wire_id,
                    occurred_at=now,
                    postings=posting_rules.hold_placed(physician_id, amount),
                )
            )
            uow.audit.record(actor=actor, action="hold.placed", subject=wire_id, reason=reason)
            uow.commit()
        return hold_id


@frozen
class ReleaseHold:
    """
    Give back what was set aside for review.
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
        """
        require_role(actor, Role.FINANCE)
        now = self._clock.now()
        wire_id = to_wire("hold", hold_id)
        with self._uow as uow:
            hold = uow.holds.get(hold_id)
            if hold.reason is not HoldReason.REVIEW:
                raise HoldBelongsToPayout("This money is held for a payout. Cancel the payout.")
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
            uow.audit.record(actor=actor, action="hold.released", subject=wire_id, reason=reason)
            uow.commit()
