"""
The books in memory, as strict as the real ones.
"""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from attrs import define, field, frozen

from application.ledger.ports import EntryNotFound, HoldNotFound, JournalEntry, LotNotFound
from domain.ledger.chart import LedgerAccount, Side
from domain.ledger.hold import Hold
from domain.ledger.journal import (
    InsufficientFunds,
    JournalDraft,
    Posting,
    ResolvesWrongly,
    SameKeyOtherEntry,
)
from domain.ledger.lot import Lot, LotStatus
from domain.shared.ids import ConsultationId, HoldId, JournalEntryId, LotId, PhysicianId
from domain.shared.money import Currency, Money
from tests.fakes.aggregates import Aggregates, Collector


@frozen
class Written:
    id: JournalEntryId
    draft: JournalDraft
    recorded_at: datetime


@define(eq=False)
class InMemoryJournal:
    entries: list[Written] = field(factory=list)

    def post(self, draft: JournalDraft) -> JournalEntryId:
        return self.post_many([draft])[0]

    def post_many(self, drafts: Sequence[JournalDraft]) -> tuple[JournalEntryId, ...]:
        before = list(self.entries)
        try:
            posted = tuple(self._write(draft) for draft in drafts)
            for draft in drafts:
                self._check_floors(draft)
        except (SameKeyOtherEntry, ResolvesWrongly, InsufficientFunds):
            self.entries[:] = before
            raise
        return posted

    def balance(
        self, account: LedgerAccount, currency: Currency, *, as_of: datetime | None = None
    ) -> Money:
        grows_on_debit = account.kind.type.normal_side is Side.DEBIT
        minor = sum(
            _effect(posting, account, grows_on_debit=grows_on_debit)
            for entry in self.entries
            if as_of is None or entry.draft.occurred_at <= as_of
            for posting in entry.draft.postings
            if posting.amount.currency == currency
        )
        return Money(minor, currency)

    def entry(self, idempotency_key: str) -> JournalEntry:
        found = self.find(idempotency_key)
        if found is None:
            raise EntryNotFound(f"nothing was posted as {idempotency_key}")
        draft = found.draft
        return JournalEntry(
            id=found.id,
            idempotency_key=idempotency_key,
            reason=draft.reason,
            cause=draft.cause,
            occurred_at=draft.occurred_at,
            recorded_at=found.recorded_at,
            postings=draft.postings,
        )

    def find(self, idempotency_key: str) -> Written | None:
        for entry in self.entries:
            if entry.draft.idempotency_key == idempotency_key:
                return entry
        return None

    def keys(self) -> list[str]:
        return [entry.draft.idempotency_key for entry in self.entries]

    def snapshot(self) -> Any:
        return list(self.entries)

    def restore(self, snapshot: Any) -> None:
        self.entries = snapshot

    def _write(self, draft: JournalDraft) -> JournalEntryId:
        earlier = self.find(draft.idempotency_key)
        if earlier is not None:
            if earlier.draft.fingerprint != draft.fingerprint:
                raise SameKeyOtherEntry(f"{draft.idempotency_key} was posted differently")
            return earlier.id
        self._check_resolves(draft)
        # Time goes forward in the books, whenever things are said to have happened.
        written_last = self.entries[-1].recorded_at if self.entries else draft.occurred_at
        recorded_at = max(written_last, draft.occurred_at)
        entry = Written(JournalEntryId(uuid4()), draft, recorded_at)
        self.entries.append(entry)
        return entry.id

    def _check_resolves(self, draft: JournalDraft) -> None:
        if draft.resolves is None:
            return
        target = self.find(draft.resolves)
        resolved = [entry.draft.resolves for entry in self.entries]
        if target is None or draft.resolves in resolved:
            raise ResolvesWrongly(f"{draft.resolves} is not there to be resolved")
        left, taken = target.draft.postings[0], draft.postings[0]
        if (left.credit, left.amount) != (taken.debit, taken.amount):
            raise ResolvesWrongly(f"{draft.resolves} left something else")

    def _check_floors(self, draft: JournalDraft) -> None:
        for posting in draft.postings:
            for account in (posting.debit, posting.credit):
                if account.kind.never_negative:
                    self._check_floor(account, posting.amount.currency)

    def _check_floor(self, account: LedgerAccount, currency: Currency) -> None:
        if self.balance(account, currency).minor < 0:
            raise InsufficientFunds("The wallet does not hold that much.")


def _effect(posting: Posting, account: LedgerAccount, *, grows_on_debit: bool) -> int:
    sign = 1 if grows_on_debit else -1
    if posting.debit == account:
        return sign * posting.amount.minor
    if posting.credit == account:
        return -sign * posting.amount.minor
    return 0


@define(eq=False)
class InMemoryLots:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, lot: Lot) -> None:
        assert self.of_consultation(lot.consultation_id) is None, "one lot for each consultation"
        self._store.put(lot.id, lot)

    def get(self, lot_id: LotId) -> Lot:
        found: Lot | None = self._store.find(lot_id)
        if found is None:
            raise LotNotFound("There is no such earning.")
        return found

    def of_consultation(self, consultation_id: ConsultationId) -> Lot | None:
        return next((lot for lot in self.all() if lot.consultation_id == consultation_id), None)

    def available(self, physician_id: PhysicianId, currency: Currency) -> tuple[Lot, ...]:
        return tuple(
            lot
            for lot in self.all()
            if lot.physician_id == physician_id
            and lot.amount.currency == currency
            and lot.status is LotStatus.AVAILABLE
            and lot.remaining
        )

    def taken_by(self, cause: str) -> tuple[Lot, ...]:
        return tuple(
            lot
            for lot in self.all()
            if any(use.taken_by == cause and use.returned_at is None for use in lot.uses)
        )

    def recovered_from(self, physician_id: PhysicianId, currency: Currency) -> tuple[Lot, ...]:
        return tuple(
            lot
            for lot in self.all()
            if lot.physician_id == physician_id
            and lot.amount.currency == currency
            and any(use.taken_by == lot.recovery and not use.returned_at for use in lot.uses)
        )

    def save(self, lot: Lot) -> None:
        self._store.put(lot.id, lot)

    def due(self, *, now: datetime, limit: int) -> tuple[LotId, ...]:
        due = [x.id for x in self.all() if x.status is LotStatus.PENDING and x.matures_at <= now]
        return tuple(due[:limit])

    def all(self) -> list[Lot]:
        return sorted(self._store.all(), key=lambda lot: (lot.matures_at, lot.id))

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryHolds:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, hold: Hold) -> None:
        self._store.put(hold.id, hold)

    def get(self, hold_id: HoldId) -> Hold:
        found: Hold | None = self._store.find(hold_id)
        if found is None:
            raise HoldNotFound("There is no such hold.")
        return found

    def save(self, hold: Hold) -> None:
        self._store.put(hold.id, hold)

    def due(self, *, now: datetime, limit: int) -> tuple[HoldId, ...]:
        return tuple(each.id for each in self.all().values() if each.is_over(now))[:limit]

    def all(self) -> dict[UUID, Hold]:
        return deepcopy(self._store.rows)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)
