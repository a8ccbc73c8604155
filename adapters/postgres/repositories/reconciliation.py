"""
What is compared: our journal, and the items of both sides, in PostgreSQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, exists, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Text

from adapters.postgres.scope import Scope
from adapters.postgres.tables.disputes import dispute
from adapters.postgres.tables.payments import payment, refund
from adapters.postgres.tables.payouts import payout, payout_attempt
from adapters.postgres.tables.reconciliation import (
    reconciled_entry,
    reconciliation_item,
    reconciliation_match_item,
    settlement_member,
)
from application.reconciliation.ports import (
    Added,
    BookEntry,
    ItemNotFound,
)
from domain.ledger.chart import account_of
from domain.ledger.journal import Posting
from domain.reconciliation.book_lines import SOURCES
from domain.reconciliation.items import Item, ItemKind, Source, Whose, sorted_items
from domain.reconciliation.statements import StatedBalance
from domain.shared.ids import (
    JournalEntryId,
    MalformedIdentifier,
    from_wire,
)
from domain.shared.money import Money

_I, _M, _X = reconciliation_item.c, settlement_member.c, reconciliation_match_item.c
_MANY = 1_000

_UNTOLD = text("""
    select e.id, e.reason, e.cause, e.occurred_at, d.code as debit, c.code as credit,
        p.currency, p.amount
    from ledger.journal_entry e
    join ledger.posting p on p.entry_id = e.id
    join ledger.account d on d.id = p.debit_account_id
    join ledger.account c on c.id = p.credit_account_id
    where not exists (select from reconciled_entry told where told.entry_id = e.id)
    and exists (
        select from ledger.posting w
        join ledger.account a on a.id in (w.debit_account_id, w.credit_account_id)
        where w.entry_id = e.id and a.code = any(:codes)
    )
    order by e.id, p.sequence
""")
_SUM_UP_TO = text("""
    with opening as (
        select amount_minor, at from stated_balance
        where source = :source and currency = :currency and is_opening order by at limit 1
    )
    select coalesce((select amount_minor from opening), 0) + coalesce(sum(amount_minor), 0)
    from reconciliation_item
    where whose = 'theirs' and source = :source and currency = :currency and at <= :until
    and at >= coalesce((select at from opening), '-infinity')
""")
_UNBALANCED = text("""
    select m.batch from settlement_member m
    join reconciliation_item i
        on i.source = m.source and i.external_id = m.external_id and i.whose = 'theirs'
    group by m.source, m.batch, i.currency having sum(i.amount_minor) <> 0 order by m.batch
""")

Value = TypeVar("Value")


def portions(values: Sequence[Value]) -> Iterable[Sequence[Value]]:
    """Parts of a list that fit into one statement."""
    for start in range(0, len(values), _MANY):
        yield values[start : start + _MANY]


class PostgresBookEntries:
    """The journal, as far as it moves what others hold for us."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def untold(self) -> tuple[BookEntry, ...]:
        codes = [account.code for account in SOURCES]
        rows = self._scope.connection.execute(_UNTOLD, {"codes": codes}).mappings().all()
        entries: dict[UUID, list[RowMapping]] = {}
        for row in rows:
            entries.setdefault(row["id"], []).append(row)
        names = self._names({row["cause"] for row in rows})
        return tuple(_book_entry(parts, names) for parts in entries.values())

    def note_told(self, entry_ids: Iterable[JournalEntryId]) -> None:
        for some in portions([{"entry_id": entry_id} for entry_id in entry_ids]):
            self._scope.connection.execute(insert(reconciled_entry).on_conflict_do_nothing(), some)

    def _names(self, causes: set[str]) -> dict[str, set[str]]:
        """What vendors call the things that entries were caused by."""
        names: dict[str, set[str]] = {}
        for kind, table, column in (
            ("payment", payment.c.id, payment.c.reference),
            ("refund", refund.c.id, refund.c.reference),
            ("dispute", dispute.c.id, dispute.c.reference),
            ("payout", payout.c.id, payout.c.reference),
            ("payout", payout_attempt.c.payout_id, payout_attempt.c.id),
        ):
            caused_by = _own_ids(kind, causes)
            for some in portions(list(caused_by)):
                found = self._scope.connection.execute(
                    select(table, column).where(table.in_(some), column.is_not(None))
                )
                for own_id, name in found:
                    names.setdefault(caused_by[own_id], set()).add(str(name))
        return names


def _own_ids(kind: str, causes: set[str]) -> dict[UUID, str]:
    ids = {}
    for cause in causes:
        try:
            ids[from_wire(kind, cause)] = cause
        except MalformedIdentifier:
            continue
    return ids


def _book_entry(parts: Sequence[RowMapping], names: Mapping[str, set[str]]) -> BookEntry:
    first = parts[0]
    return BookEntry(
        id=JournalEntryId(first["id"]),
        reason=first["reason"],
        occurred_at=first["occurred_at"],
        postings=tuple(
            Posting(
                debit=account_of(part["debit"]),
                credit=account_of(part["credit"]),
                amount=Money.of(part["amount"], part["currency"]),
            )
            for part in parts
        ),
        references=frozenset({first["cause"]} | names.get(first["cause"], set())),
    )


class PostgresReconciledItems:
    """Items of both sides, each once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add_new(self, items: Mapping[Item, date]) -> Added:
        known = self._amounts([item.key for item in items])
        new = {item.key: (item, day) for item, day in items.items() if item.key not in known}
        changed = [
            item
            for item in items
            if known.get(item.key, (item.amount.minor, item.amount.currency.code))
            != (item.amount.minor, item.amount.currency.code)
        ]
        now = self._scope.clock.now()
        rows = [_item_row(item, day) | {"imported_at": now} for item, day in new.values()]
        for some in portions(rows):
            self._scope.connection.execute(insert(reconciliation_item), some)
        return Added(new=tuple(item for item, _ in new.values()), changed=tuple(changed))

    def get(self, keys: Iterable[str]) -> tuple[Item, ...]:
        wanted = sorted(set(keys))
        found = self._items(_I.key.in_(wanted))
        if len(found) != len(wanted):
            raise ItemNotFound("There is no such item.")
        return found

    def unmatched(self) -> tuple[Item, ...]:
        return self._items(~_matched())

    def matched_as(self, references: frozenset[str]) -> tuple[Item, ...]:
        if not references:
            return ()
        return self._items(_known_as(references) & _matched())

    def crossing(self, *, since: datetime) -> tuple[Item, ...]:
        kinds = [kind.value for kind in ItemKind if kind.crosses_sources]
        return self._items(_I.kind.in_(kinds) & (_I.at >= since))

    def of_batches(self, batches: Iterable[str]) -> tuple[Item, ...]:
        wanted = sorted(set(batches))
        return self._items(_M.batch.in_(wanted)) if wanted else ()

    def batches_that_do_not_add_up(self) -> tuple[str, ...]:
        return tuple(row.batch for row in self._scope.connection.execute(_UNBALANCED))

    def counted_on(self, keys: Iterable[str]) -> tuple[date, ...]:
        statement = select(_I.counts_on).where(_I.key.in_(list(keys)))
        return tuple(self._scope.connection.scalars(statement))

    def sums_for(self, balances: Iterable[StatedBalance]) -> dict[StatedBalance, Money]:
        return {balance: self._sum_up_to(balance) for balance in balances}

    def _sum_up_to(self, balance: StatedBalance) -> Money:
        currency = balance.amount.currency
        values = {"source": balance.source, "currency": currency.code, "until": balance.at}
        return Money(int(self._scope.connection.execute(_SUM_UP_TO, values).scalar_one()), currency)

    def _amounts(self, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for some in portions(keys):
            statement = select(_I.key, _I.amount_minor, _I.currency).where(_I.key.in_(some))
            for row in self._scope.connection.execute(statement):
                found[row.key] = (row.amount_minor, row.currency)
        return found

    def _items(self, condition: ColumnElement[bool]) -> tuple[Item, ...]:
        rows = self._scope.connection.execute(items_with_batch().where(condition)).mappings()
        return sorted_items(read_item(row) for row in rows)


def items_with_batch() -> Select[Any]:
    """Every item, with the settlement that it is part of."""
    return select(reconciliation_item, _M.batch).select_from(
        reconciliation_item.outerjoin(
            settlement_member,
            (_M.source == _I.source)
            & (_M.external_id == _I.external_id)
            & (_I.whose == Whose.THEIRS.value),
        )
    )


def read_item(row: RowMapping) -> Item:
    """An item from its row with batch."""
    converted = row["converted_minor"]
    return Item(
        source=Source(row["source"]),
        whose=Whose(row["whose"]),
        kind=ItemKind(row["kind"]),
        external_id=row["external_id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        at=row["at"],
        references=row["known_as"],
        batch=row["batch"],
        converted_from=None
        if converted is None
        else Money.of(converted, row["converted_currency"]),
        entry_id=row["entry_id"],
    )


def _item_row(item: Item, counts_on: date) -> dict[str, Any]:
    before = item.converted_from
    return {
        "key": item.key,
        "source": item.source.value,
        "whose": item.whose.value,
        "kind": item.kind.value,
        "external_id": item.external_id,
        "amount_minor": item.amount.minor,
        "currency": item.amount.currency.code,
        "at": item.at,
        "counts_on": counts_on,
        "known_as": sorted(item.references),
        "converted_minor": None if before is None else before.minor,
        "converted_currency": None if before is None else before.currency.code,
        "entry_id": item.entry_id,
    }


def _matched() -> ColumnElement[bool]:
    return exists().where(_X.item_key == _I.key, ~_X.undone)


def _known_as(references: frozenset[str]) -> ColumnElement[bool]:
    return _I.known_as.bool_op("&&")(literal(sorted(references), ARRAY(Text)))
