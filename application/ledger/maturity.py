"""
Earnings leave their clearing period.
"""

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.ledger import posting_rules
from domain.ledger.chart import physician_debt
from domain.ledger.journal import JournalDraft, Reason
from domain.ledger.lot import Lot
from domain.shared.ids import LotId, to_wire
from domain.shared.money import Money
from domain.wallets.wallet import WalletPolicy

_BATCH = 200


@frozen
class MatureEarnings:
    """
    Make what has cleared available, and recover part of a debt from it. Run on a schedule.
    """

    _uow: LedgerUnitOfWork
    _clock: Clock
    _policy: WalletPolicy

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many matured.

        Raises:
            AccessDenied: A person asks.
        """
        require_system(actor)
        with self._uow as uow:
            due = uow.lots.due(now=self._clock.now(), limit=_BATCH)
        return work_through(due, self._mature)

    def _mature(self, lot_id: LotId) -> None:
        # One transaction for each, so that one that fails does not hold up the others.
        now = self._clock.now()
        with self._uow as uow:
            lot = uow.lots.get(lot_id)
            matured = lot.mature(now=now)
            if matured:
                uow.journal.post(
                    JournalDraft(
                        reason=Reason.EARNING_MATURED,
                        cause=to_wire("lot", lot.id),
                        occurred_at=lot.matures_at,
                        postings=posting_rules.earning_matured(lot.physician_id, matured),
                    )
                )
                self._recover_debt(uow, lot, matured)
            uow.lots.save(lot)
            uow.commit()

    def _recover_debt(self, uow: LedgerUnitOfWork, lot: Lot, matured: Money) -> None:
        debt = uow.journal.balance(physician_debt(lot.physician_id), matured.currency)
        recovery = self._policy.recovery(matured, debt)
        if not recovery:
            return
        now = self._clock.now()
        lot.take(recovery, by=lot.recovery, now=now)
        uow.journal.post(
            JournalDraft(
                reason=Reason.DEBT_RECOVERED,
                cause=lot.recovery,
                occurred_at=now,
                postings=posting_rules.debt_recovered(lot.physician_id, recovery),
            )
        )
