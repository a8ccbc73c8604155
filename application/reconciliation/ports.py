"""
What reconciliation needs of the outside: what others tell, and where it is kept.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from application.identity.ports import UserRepository
from application.ledger.ports import LedgerUnitOfWork
from domain.ledger.journal import Postings
from domain.reconciliation.breaks import Break
from domain.reconciliation.items import Item, Source
from domain.reconciliation.matching import Match
from domain.reconciliation.periods import AccountingPeriod
from domain.reconciliation.statements import BankStatement, StatedBalance
from domain.shared.errors import Conflict, InvalidInput, NotFound, Unavailable
from domain.shared.ids import AccountingPeriodId, BreakId, JournalEntryId, ReconciliationMatchId
from domain.shared.money import Money


class FeedSilent(Unavailable):
    """The vendor does not tell its transactions just now."""


class ItemNotFound(NotFound):
    """No such item."""


class MatchNotFound(NotFound):
    """No such match."""


class AlreadyMatched(Conflict):
    """An item is in one match at most."""


class LayoutMissing(InvalidInput):
    """Which column of this file says what has to be declared."""


@frozen(kw_only=True)
class FeedReading:
    """
    What a vendor told since the last time, and what was told before and may be told again.

    Args:
        batches: By settlement, the identifiers of the items that it is made of.
        position: Where to go on the next time.
        covers_until: Everything that counted before then was told.
    """

    items: tuple[Item, ...]
    batches: Mapping[str, frozenset[str]]
    balances: tuple[StatedBalance, ...]
    position: str
    covers_until: datetime


class TransactionFeed(Protocol):
    """A vendor's own list of what it did with our money."""

    def read(self, *, since: str | None) -> FeedReading:
        """
        Everything after a position, or from the beginning.

        Raises:
            FeedSilent: No answer, or none that could be read; ask later.
        """
        ...


class ProcessorFeed(TransactionFeed, Protocol):
    """What the card processor tells."""


class PayoutVendorFeed(TransactionFeed, Protocol):
    """What the payout vendor tells."""


@frozen(kw_only=True)
class CsvLayout:
    """
    Which column of a bank's CSV file says what, by its heading.

    Args:
        amount: Signed, or see `credit` and `debit`.
        identifier: The bank's own of the line, if it has one.
        references: Columns with references; only what looks like one is kept of them.
        balance: The balance after the line.
        date_format: As in strptime.
        newest_first: Whether the last line of the file is the oldest.
    """

    account: str
    currency: str
    booked_on: str
    amount: str | None = None
    credit: str | None = None
    debit: str | None = None
    identifier: str | None = None
    references: tuple[str, ...] = ()
    balance: str | None = None
    date_format: str = "%Y-%m-%d"
    delimiter: str = ","
    decimal_point: str = "."
    newest_first: bool = False


class StatementReader(Protocol):
    """Reads a bank's files."""

    def read(self, content: bytes, *, layout: CsvLayout | None) -> tuple[BankStatement, ...]:
        """
        The statements in a file, in its order.

        Args:
            layout: Declares a CSV file; without it the file has to explain itself.

        Raises:
            UnreadableStatement: It is not what it should be.
            LayoutMissing: It is a CSV file.
        """
        ...


@frozen(kw_only=True)
class BookEntry:
    """
    An entry of the journal that was not compared yet.

    Args:
        references: The cause, and what vendors call it.
    """

    id: JournalEntryId
    reason: str
    occurred_at: datetime
    postings: Postings
    references: frozenset[str]


class BookEntries(Protocol):
    """Our side: the journal."""

    def untold(self) -> tuple[BookEntry, ...]:
        """Entries that moved what others hold for us and were not taken in."""
        ...

    def note_told(self, entry_ids: Iterable[JournalEntryId]) -> None:
        """They were taken in."""
        ...


@frozen(kw_only=True)
class Added:
    """
    What became of items that were to be stored.

    Args:
        changed: Known by their identifier, and then with another amount or currency.
    """

    new: tuple[Item, ...]
    changed: tuple[Item, ...]


class ReconciledItemRepository(Protocol):
    """All items of both sides. They are never changed and never removed."""

    def add_new(self, items: Mapping[Item, date]) -> Added:
        """Store those that are not known, each with the day on which it counts."""
        ...

    def get(self, keys: Iterable[str]) -> tuple[Item, ...]:
        """
        Items by key.

        Raises:
            ItemNotFound: There is no such item.
        """
        ...

    def unmatched(self) -> tuple[Item, ...]:
        """Those that are in no match."""
        ...

    def matched_as(self, references: frozenset[str]) -> tuple[Item, ...]:
        """Matched ones with one of these references."""
        ...

    def crossing(self, *, since: datetime) -> tuple[Item, ...]:
        """Ends of transfers between sources, matched or not."""
        ...

    def of_batches(self, batches: Iterable[str]) -> tuple[Item, ...]:
        """What settlements are made of, with the settlements themselves."""
        ...

    def batches_that_do_not_add_up(self) -> tuple[str, ...]:
        """Settlements that are not the sum of their parts."""
        ...

    def counted_on(self, keys: Iterable[str]) -> tuple[date, ...]:
        """The days on which items count."""
        ...

    def sums_for(self, balances: Iterable[StatedBalance]) -> dict[StatedBalance, Money]:
        """What was there before the first item, and the sum of their items up to each."""
        ...


@frozen(kw_only=True)
class StoredMatch:
    """
    A match as it stands.

    Args:
        made_by: A person as a wire identifier, or `system`.
    """

    id: ReconciliationMatchId
    match: Match
    made_at: datetime
    made_by: str
    break_id: BreakId | None = None
    is_undone: bool = False


class MatchRepository(Protocol):
    """Matches. One that is undone stays on record."""

    def add(self, match: StoredMatch) -> None:
        """
        Store a new one.

        Raises:
            AlreadyMatched: An item of it is in another.
        """
        ...

    def get(self, match_id: ReconciliationMatchId) -> StoredMatch:
        """
        One match.

        Raises:
            MatchNotFound: There is none.
        """
        ...

    def undo(self, match_id: ReconciliationMatchId, *, now: datetime) -> None:
        """Set its items free."""
        ...

    def undone(self, keys: Iterable[str]) -> frozenset[frozenset[str]]:
        """Sets of items that a person has taken apart, of those that name one of these."""
        ...


class BreakRepository(Protocol):
    """Breaks; all that is handed out is locked until the end of the transaction."""

    def add(self, found: Break) -> None:
        """Store a new one."""
        ...

    def get(self, break_id: BreakId) -> Break:
        """
        One break.

        Raises:
            BreakNotFound: There is none.
        """
        ...

    def save(self, changed: Break) -> None:
        """Store a changed one."""
        ...

    def unanswered(self) -> tuple[Break, ...]:
        """Those that somebody still has to answer for."""
        ...

    def about(self, *, items: frozenset[str], subjects: frozenset[str]) -> tuple[Break, ...]:
        """Explained and healed ones about these items or subjects."""
        ...


class AccountingPeriodRepository(Protocol):
    """Periods; all that is handed out by `get` is locked until the end of the transaction."""

    def add(self, period: AccountingPeriod) -> None:
        """
        Store a new one.

        Raises:
            PeriodsOverlap: A day of it belongs to another.
        """
        ...

    def get(self, period_id: AccountingPeriodId) -> AccountingPeriod:
        """
        One period.

        Raises:
            PeriodNotFound: There is none.
        """
        ...

    def save(self, period: AccountingPeriod) -> None:
        """Store a changed one."""
        ...

    def all(self) -> tuple[AccountingPeriod, ...]:
        """Every period, in order."""
        ...


@frozen(kw_only=True)
class FeedPosition:
    """How far a source was read."""

    position: str
    covers_until: datetime
    read_at: datetime


class FeedRepository(Protocol):
    """How far each source was read, and what it said besides its items."""

    def take_turn(self) -> None:
        """Wait until nobody else imports, compares or closes, and keep them out until the end."""
        ...

    def positions(self) -> Mapping[Source, FeedPosition]:
        """Where each source stands; those never read are left out."""
        ...

    def note_position(self, source: Source, position: FeedPosition) -> None:
        """It was read up to here."""
        ...

    def note_batches(self, source: Source, batches: Mapping[str, frozenset[str]]) -> None:
        """Say which settlement items belong to."""
        ...

    def note_balances(self, balances: Iterable[StatedBalance]) -> None:
        """Keep what they say we have; the same again changes nothing."""
        ...

    def latest_balances(self) -> tuple[StatedBalance, ...]:
        """The last one of each source, currency and paper, openings left out."""
        ...

    def has_opening(self, source: Source, currency: str) -> bool:
        """Whether it is known what was there before the first item."""
        ...

    def note_file(self, digest: bytes, *, now: datetime) -> bool:
        """Remember a file; False if it was there before."""
        ...

    def last_run_at(self) -> datetime | None:
        """When the sides were last compared."""
        ...

    def note_run(self, now: datetime) -> None:
        """The sides were compared."""
        ...


class ReconciliationUnitOfWork(LedgerUnitOfWork, Protocol):
    """A transaction over reconciliation and the books."""

    @property
    def users(self) -> UserRepository:
        """Accounts."""
        ...

    @property
    def book_entries(self) -> BookEntries:
        """Our side."""
        ...

    @property
    def reconciled_items(self) -> ReconciledItemRepository:
        """Items of both sides."""
        ...

    @property
    def reconciliation_matches(self) -> MatchRepository:
        """Matches."""
        ...

    @property
    def breaks(self) -> BreakRepository:
        """Breaks."""
        ...

    @property
    def accounting_periods(self) -> AccountingPeriodRepository:
        """Periods."""
        ...

    @property
    def feeds(self) -> FeedRepository:
        """What the sources said besides items."""
        ...
