"""
Opening and closing periods.
"""

from datetime import date

from attrs import frozen

from application.reconciliation.ports import ReconciliationUnitOfWork
from application.shared.access import Actor, Role, require_person, require_role
from application.shared.ports import Clock, Ids
from domain.reconciliation.items import Source
from domain.reconciliation.periods import (
    AccountingPeriod,
    BreaksUnexplained,
    NotReconciledYet,
    PeriodStatus,
)
from domain.shared.ids import AccountingPeriodId, to_wire


@frozen
class OpenPeriod:
    """
    Begin a period.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, starts_on: date, ends_on: date) -> AccountingPeriodId:
        """
        Returns the period; one with just these days is found, not made again.

        Raises:
            AccessDenied: Not finance staff.
            PeriodMisdated: It ends before it begins.
            PeriodsOverlap: A day of it belongs to another.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        with self._uow as uow:
            uow.feeds.take_turn()
            for earlier in uow.accounting_periods.all():
                if (earlier.starts_on, earlier.ends_on) == (starts_on, ends_on):
                    return earlier.id
            period = AccountingPeriod.open(
                id=AccountingPeriodId(self._ids.new()),
                starts_on=starts_on,
                ends_on=ends_on,
                now=self._clock.now(),
            )
            uow.accounting_periods.add(period)
            _audit(uow, actor, "period_opened", period)
            uow.commit()
        return period.id


@frozen
class ClosePeriod:
    """
    Close a period whose every difference is explained.

    Shut first, then check, then close: nothing comes in between. If the process dies halfway,
    the same call goes on.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, period_id: AccountingPeriodId) -> None:
        """
        One that is closed stays closed.

        Raises:
            AccessDenied: Not finance staff, or not a person.
            PeriodNotFound: No such period.
            NotReconciledYet: It has not ended, or was not compared to its end in every source.
            BreaksUnexplained: Somebody has to answer for a break first.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        require_person(actor)
        with self._uow as uow:
            uow.feeds.take_turn()
            period = uow.accounting_periods.get(period_id)
            if period.status is PeriodStatus.CLOSED:
                return
            if period.status is PeriodStatus.OPEN:
                _require_reconciled(uow, period)
                _require_explained(uow, period)
                period.begin_closing()
                uow.accounting_periods.save(period)
                _audit(uow, actor, "period_closing", period)
                uow.commit()
        self._close(actor, period_id)

    def _close(self, actor: Actor, period_id: AccountingPeriodId) -> None:
        with self._uow as uow:
            uow.feeds.take_turn()
            period = uow.accounting_periods.get(period_id)
            if period.status is PeriodStatus.CLOSED:
                return
            try:
                _require_explained(uow, period)
            except BreaksUnexplained:
                period.reopen()
                uow.accounting_periods.save(period)
                _audit(uow, actor, "period_reopened", period)
                uow.commit()
                raise
            period.close(by=actor.user_id, now=self._clock.now())
            uow.accounting_periods.save(period)
            _audit(uow, actor, "period_closed", period)
            uow.commit()


def _require_reconciled(uow: ReconciliationUnitOfWork, period: AccountingPeriod) -> None:
    positions = uow.feeds.positions()
    behind = sorted(
        source.value.replace("_", " ")
        for source in Source
        if source not in positions or positions[source].covers_until < period.ends_at
    )
    if behind:
        raise NotReconciledYet(f"Not told to the end of the period: {', '.join(behind)}.")
    last_read = max(position.read_at for position in positions.values())
    last_run = uow.feeds.last_run_at()
    if last_run is None or last_run < last_read:
        raise NotReconciledYet("What was imported last has not been compared yet.")


def _require_explained(uow: ReconciliationUnitOfWork, period: AccountingPeriod) -> None:
    barring = [
        each
        for each in uow.breaks.unanswered()
        if each.bars_closing and each.since < period.ends_at
    ]
    if barring:
        raise BreaksUnexplained(
            f"{len(barring)} breaks of this period or earlier are neither repaired nor explained."
        )


def _audit(
    uow: ReconciliationUnitOfWork, actor: Actor, action: str, period: AccountingPeriod
) -> None:
    uow.audit.record(
        actor=actor,
        action=f"reconciliation.{action}",
        subject=to_wire("accounting_period", period.id),
        details={
            "starts_on": period.starts_on.isoformat(),
            "ends_on": period.ends_on.isoformat(),
        },
    )
