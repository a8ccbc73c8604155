"""
Everything that reconciliation keeps, in memory, and sources that tell what a test says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from application.reconciliation.ports import (
    Added,
    AlreadyMatched,
    BookEntry,
    CsvLayout,
    FeedPosition,
    FeedReading,
    FeedSilent,
    ItemNotFound,
    MatchNotFound,
    StoredMatch,
)
from domain.reconciliation.breaks import Break, BreakNotFound, BreakStatus
from domain.reconciliation.items import Item, Source, sorted_items
from domain.reconciliation.periods import AccountingPeriod, PeriodNotFound, PeriodsOverlap
from domain.reconciliation.statements import BankStatement, StatedBalance, UnreadableStatement
from domain.shared.ids import (
    AccountingPeriodId,
    BreakId,
    JournalEntryId,
    ReconciliationMatchId,
    to_wire,
)
from domain.shared.money import Money, total
from tests.fakes.aggregates import Aggregates

if TYPE_CHECKING:
    from tests.fakes.unit_of_work import FakeUnitOfWork

# Which accounts of ours others can tell of.
WATCHED = {
    "processor_clearing:stripe",
    "payout_float:airwallex",
    "payouts_in_transit",
    "bank:operating",
}


@define(eq=False)
class InMemoryBookEntries:
    _uow: FakeUnitOfWork
    told: set[JournalEntryId] = field(factory=set)

    def untold(self) -> tuple[BookEntry, ...]:
        return tuple(
            BookEntry(
                id=written.id,
                reason=written.draft.reason.value,
                occurred_at=written.draft.occurred_at,
                postings=written.draft.postings,
                references=self._references(written.draft.cause),
            )
            for written in self._uow.journal.entries
            if written.id not in self.told
            and any(
                WATCHED & {posting.debit.code, posting.credit.code}
                for posting in written.draft.postings
            )
        )

    def note_told(self, entry_ids: Iterable[JournalEntryId]) -> None:
        self.told |= set(entry_ids)

    def _references(self, cause: str) -> frozenset[str]:
        named = [
            *((to_wire("payment", each.id), each.reference) for each in self._uow.payments.all()),
            *((to_wire("refund", each.id), each.reference) for each in self._uow.refunds.all()),
            *((to_wire("payout", each.id), each.reference) for each in self._uow.payouts.all()),
        ]
        return frozenset({cause} | {theirs for ours, theirs in named if ours == cause and theirs})

    def snapshot(self) -> Any:
        return set(self.told)

    def restore(self, snapshot: Any) -> None:
        self.told = snapshot


@define(eq=False)
class InMemoryReconciledItems:
    _uow: FakeUnitOfWork
    rows: dict[str, tuple[Item, date]] = field(factory=dict)

    def add_new(self, items: Mapping[Item, date]) -> Added:
        new, changed = [], []
        for item, day in items.items():
            known = self.rows.get(item.key)
            if known is None:
                self.rows[item.key] = (evolve(item, batch=None), day)
                new.append(item)
            elif known[0].amount != item.amount:
                changed.append(item)
        return Added(new=tuple(new), changed=tuple(changed))

    def get(self, keys: Iterable[str]) -> tuple[Item, ...]:
        wanted = set(keys)
        if not wanted <= self.rows.keys():
            raise ItemNotFound("There is no such item.")
        return tuple(item for item in self._all() if item.key in wanted)

    def unmatched(self) -> tuple[Item, ...]:
        matched = self._uow.reconciliation_matches.matched
        return tuple(item for item in self._all() if item.key not in matched)

    def matched_as(self, references: frozenset[str]) -> tuple[Item, ...]:
        matched = self._uow.reconciliation_matches.matched
        return tuple(
            item for item in self._all() if item.key in matched and item.references & references
        )

    def crossing(self, *, since: datetime) -> tuple[Item, ...]:
        return tuple(item for item in self._all() if item.kind.crosses_sources and item.at >= since)

    def of_batches(self, batches: Iterable[str]) -> tuple[Item, ...]:
        wanted = set(batches)
        return tuple(item for item in self._all() if item.batch in wanted and not item.is_ours)

    def batches_that_do_not_add_up(self) -> tuple[str, ...]:
        sums: dict[str, int] = {}
        for item in self._all():
            if item.batch is not None:
                sums[item.batch] = sums.get(item.batch, 0) + item.amount.minor
        return tuple(sorted(batch for batch, minor in sums.items() if minor))

    def counted_on(self, keys: Iterable[str]) -> tuple[date, ...]:
        return tuple(self.rows[key][1] for key in keys)

    def sums_for(self, balances: Iterable[StatedBalance]) -> dict[StatedBalance, Money]:
        return {balance: self._sum(balance) for balance in balances}

    def _sum(self, balance: StatedBalance) -> Money:
        openings = [
            each
            for each in self._uow.feeds.balances
            if each.is_opening and each.place == balance.place
        ]
        opening = min(openings, key=lambda each: each.at, default=None)
        before = Money.zero(balance.amount.currency) if opening is None else opening.amount
        return before + total(
            [
                item.amount
                for item in self._all()
                if not item.is_ours
                and (item.source, item.amount.currency) == balance.place
                and item.at <= balance.at
                and (opening is None or item.at >= opening.at)
            ],
            balance.amount.currency,
        )

    def _all(self) -> list[Item]:
        batches = self._uow.feeds.batches
        return [
            item if item.is_ours else evolve(
                item, batch=batches.get((item.source, item.external_id))
            )
            for item in sorted_items(item for item, _ in self.rows.values())
        ]  # fmt: skip

    def snapshot(self) -> Any:
        return dict(self.rows)

    def restore(self, snapshot: Any) -> None:
        self.rows = snapshot


@define(eq=False)
class InMemoryMatches:
    rows: dict[ReconciliationMatchId, StoredMatch] = field(factory=dict)

    @property
    def matched(self) -> set[str]:
        return {item.key for row in self.standing() for item in row.match.items}

    def standing(self) -> list[StoredMatch]:
        return [row for row in self.rows.values() if not row.is_undone]

    def add(self, match: StoredMatch) -> None:
        if self.matched & {item.key for item in match.match.items}:
            raise AlreadyMatched("One of these is matched already.")
        self.rows[match.id] = match

    def get(self, match_id: ReconciliationMatchId) -> StoredMatch:
        if match_id not in self.rows:
            raise MatchNotFound("There is no such match.")
        return self.rows[match_id]

    def undo(self, match_id: ReconciliationMatchId, *, now: datetime) -> None:
        self.rows[match_id] = evolve(self.rows[match_id], is_undone=True)

    def undone(self, keys: Iterable[str]) -> frozenset[frozenset[str]]:
        wanted = set(keys)
        sets = [
            frozenset(item.key for item in row.match.items)
            for row in self.rows.values()
            if row.is_undone
        ]
        return frozenset(each for each in sets if each & wanted)

    def snapshot(self) -> Any:
        return dict(self.rows)

    def restore(self, snapshot: Any) -> None:
        self.rows = snapshot


@define(eq=False)
class InMemoryBreaks:
    _uow: FakeUnitOfWork
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, found: Break) -> None:
        self._store.put(found.id, found)

    def get(self, break_id: BreakId) -> Break:
        found: Break | None = self._store.find(break_id)
        if found is None:
            raise BreakNotFound("There is no such break.")
        return found

    def save(self, changed: Break) -> None:
        self._store.put(changed.id, changed)

    def unanswered(self) -> tuple[Break, ...]:
        return tuple(each for each in self.all() if each.is_unanswered)

    def about(self, *, items: frozenset[str], subjects: frozenset[str]) -> tuple[Break, ...]:
        return tuple(
            each
            for each in self.all()
            if each.status in (BreakStatus.EXPLAINED, BreakStatus.HEALED)
            and (items.intersection(each.items) or each.subject in subjects)
        )

    def all(self) -> list[Break]:
        return sorted(self._store.all(), key=lambda each: each.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryPeriods:
    _uow: FakeUnitOfWork
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, period: AccountingPeriod) -> None:
        for other in self.all():
            if other.starts_on <= period.ends_on and period.starts_on <= other.ends_on:
                raise PeriodsOverlap("A day of it belongs to another period.")
        self._store.put(period.id, period)

    def get(self, period_id: AccountingPeriodId) -> AccountingPeriod:
        found: AccountingPeriod | None = self._store.find(period_id)
        if found is None:
            raise PeriodNotFound("There is no such period.")
        return found

    def save(self, period: AccountingPeriod) -> None:
        self._store.put(period.id, period)

    def all(self) -> tuple[AccountingPeriod, ...]:
        return tuple(sorted(self._store.all(), key=lambda each: each.starts_on))

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryFeeds:
    read_to: dict[Source, FeedPosition] = field(factory=dict)
    batches: dict[tuple[Source, str], str] = field(factory=dict)
    balances: set[StatedBalance] = field(factory=set)
    files: set[bytes] = field(factory=set)
    run_at: datetime | None = None

    def take_turn(self) -> None:
        """
        Nobody else is here.
        """

    def positions(self) -> Mapping[Source, FeedPosition]:
        return dict(self.read_to)

    def note_position(self, source: Source, position: FeedPosition) -> None:
        self.read_to[source] = position

    def note_batches(self, source: Source, batches: Mapping[str, frozenset[str]]) -> None:
        for batch, members in batches.items():
            for external_id in members:
                self.batches.setdefault((source, external_id), batch)

    def note_balances(self, balances: Iterable[StatedBalance]) -> None:
        self.balances |= set(balances)

    def latest_balances(self) -> tuple[StatedBalance, ...]:
        latest: dict[Any, StatedBalance] = {}
        for each in sorted(self.balances, key=lambda each: each.at):
            if not each.is_opening:
                latest[(each.place, each.stated_by)] = each
        return tuple(latest.values())

    def has_opening(self, source: Source, currency: str) -> bool:
        return any(
            each.is_opening and each.source is source and each.amount.currency.code == currency
            for each in self.balances
        )

    def note_file(self, digest: bytes, *, now: datetime) -> bool:
        known = digest in self.files
        self.files.add(digest)
        return not known

    def last_run_at(self) -> datetime | None:
        return self.run_at

    def note_run(self, now: datetime) -> None:
        self.run_at = now

    def snapshot(self) -> Any:
        return deepcopy((self.read_to, self.batches, self.balances, self.files, self.run_at))

    def restore(self, snapshot: Any) -> None:
        self.read_to, self.batches, self.balances, self.files, self.run_at = snapshot


@define(eq=False)
class ToldFeed:
    """Tells what a test says; remembers from where it was asked to go on."""

    items: list[Item] = field(factory=list)
    batches: dict[str, frozenset[str]] = field(factory=dict)
    balances: list[StatedBalance] = field(factory=list)
    covers_until: datetime | None = None
    silent: bool = False
    asked_since: list[str | None] = field(factory=list)

    def read(self, *, since: str | None) -> FeedReading:
        self.asked_since.append(since)
        if self.silent:
            raise FeedSilent("The vendor does not answer.")
        assert self.covers_until is not None, "say how far it tells"
        return FeedReading(
            items=tuple(self.items),
            batches=self.batches,
            balances=tuple(self.balances),
            position=f"after {len(self.items)}",
            covers_until=self.covers_until,
        )


@define(eq=False)
class ToldStatements:
    """Files by their content."""

    files: dict[bytes, tuple[BankStatement, ...]] = field(factory=dict)

    def read(self, content: bytes, *, layout: CsvLayout | None) -> tuple[BankStatement, ...]:
        if content not in self.files:
            raise UnreadableStatement("This is no statement.", field="content")
        return self.files[content]
