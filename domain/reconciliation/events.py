"""
What happens to breaks and periods.
"""

from datetime import date

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import AccountingPeriodId, BreakId, JournalEntryId, UserId


@frozen(kw_only=True)
class BreakFound(DomainEvent):
    """Our books and somebody else's differ."""

    break_id: BreakId
    kind: str


@frozen(kw_only=True)
class BreakAssigned(DomainEvent):
    """A person has taken it on."""

    break_id: BreakId
    user_id: UserId


@frozen(kw_only=True)
class RepairProposed(DomainEvent):
    """An entry that closes it waits for a second person."""

    break_id: BreakId
    rule: str


@frozen(kw_only=True)
class RepairRejected(DomainEvent):
    """The second person said no."""

    break_id: BreakId


@frozen(kw_only=True)
class BreakRepaired(DomainEvent):
    """The entry is in the books."""

    break_id: BreakId
    entry_id: JournalEntryId


@frozen(kw_only=True)
class BreakExplained(DomainEvent):
    """It stays, and a person has said why."""

    break_id: BreakId


@frozen(kw_only=True)
class BreakHealed(DomainEvent):
    """The missing side came."""

    break_id: BreakId


@frozen(kw_only=True)
class PeriodOpened(DomainEvent):
    """A stretch of days is to be reconciled."""

    period_id: AccountingPeriodId
    starts_on: date
    ends_on: date


@frozen(kw_only=True)
class PeriodClosed(DomainEvent):
    """Every difference in it is explained; it does not change any more."""

    period_id: AccountingPeriodId
