"""
The journal for people: searched, paged, streamed, and summed at any past instant.

A balance of the past is what is stored now without all that came later, so that the recent
past, which people ask for, costs little.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from adapters.postgres.queries.names import owner_names, owners_called
from adapters.postgres.queries.statements import consultations_of, postings_of
from adapters.postgres.tables.ledger import account, journal_entry, posting
from application.ledger.books import Basis
from application.ledger.journal_search import (
    AccountLine,
    EntryView,
    JournalFilter,
    Span,
    change_of_account,
)
from application.shared.pages import Page
from domain.ledger.chart import LedgerAccount
from domain.shared.ids import JournalEntryId
from domain.shared.money import Currency, Money

_E, _P, _A = journal_entry.c, posting.c, account.c
_MOVED = posting.alias("moved").c
_DEBIT, _CREDIT, _LATER = account.alias("debit"), account.alias("credit"), journal_entry.alias()
_PLACE = (_E.recorded_at, _E.id)
_AT_ONCE = 500
"""How many entries are in memory while all are sent."""

_STORED = text("""
    select coalesce(sum(b.amount), 0) from ledger.account a
    join ledger.balance b on b.account_id = a.id
    where a.code = :code and a.currency = :currency
""")
_AFTER = """
    select coalesce(sum(case when (p.debit_account_id = a.id) = (a.normal_side = 'debit')
        then p.amount else -p.amount end), 0)
    from ledger.account a
    join ledger.posting p on a.id in (p.debit_account_id, p.credit_account_id)
    join ledger.journal_entry e on e.id = p.entry_id
    where a.code = :code and a.currency = :currency and
"""
_NOT_BEFORE = {by: text(f"{_AFTER} e.{by.value} >= :at") for by in Basis}
_LATER_THAN = text(f"{_AFTER} (e.recorded_at, e.id) > (:at, :id)")


class PostgresJournalQueries:
    """Each answer comes from one snapshot of the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def entries(self, wanted: JournalFilter, *, limit: int, cursor: str | None) -> Page[EntryView]:
        with self._snapshot() as connection:
            rows = _page(connection, wanted, limit, cursor)
            return _seen(connection, rows, limit)

    def every_entry(self, wanted: JournalFilter) -> Iterator[EntryView]:
        with self._snapshot() as connection:
            found = _with_postings().where(*_conditions(connection, wanted))
            ordered = found.order_by(*_PLACE, _P.sequence)
            streamed = ordered.execution_options(stream_results=True, yield_per=_AT_ONCE)
            rows = connection.execute(streamed).mappings()
            views = (_view(legs) for _, legs in groupby(rows, key=lambda row: row["id"]))
            while some := list(islice(views, _AT_ONCE)):
                yield from _with_owners(connection, some)

    def entry(self, entry_id: JournalEntryId) -> EntryView | None:
        statement = _with_postings().where(_E.id == entry_id).order_by(_P.sequence)
        with self._snapshot() as connection:
            rows = connection.execute(statement).mappings().all()
            if not rows:
                return None
            cause = rows[0]["cause"]
            view = _view(rows, consultations_of(connection, [cause]).get(cause))
            return _with_owners(connection, [view])[0]

    def owner_name(self, account: LedgerAccount) -> str | None:
        with self._snapshot() as connection:
            return owner_names(connection, [account]).get(account.code)

    def owners_called(self, words: str, *, limit: int) -> tuple[str, ...]:
        with self._snapshot() as connection:
            return owners_called(connection, words, limit=limit)

    def balance(
        self,
        account: LedgerAccount,
        currency: Currency,
        *,
        before: datetime | None,
        by: Basis,
    ) -> Money:
        values = {"code": account.code, "currency": currency.code}
        with self._snapshot() as connection:
            minor = int(connection.execute(_STORED, values).scalar_one())
            if before is not None:
                later = connection.execute(_NOT_BEFORE[by], values | {"at": before}).scalar_one()
                minor -= int(later)
        return Money(minor, currency)

    def account_lines(
        self,
        account: LedgerAccount,
        currency: Currency,
        span: Span,
        *,
        limit: int,
        cursor: str | None,
    ) -> Page[AccountLine]:
        wanted = JournalFilter(
            account=account.code,
            currency=currency,
            recorded_from=span.start_at,
            recorded_until=span.end_at,
        )
        with self._snapshot() as connection:
            rows = _page(connection, wanted, limit, cursor)
            page = _seen(connection, rows, limit)
            balance = Money.zero(currency)
            if page.items:
                balance = _balance_after(connection, account, currency, page.items[0])
        lines: list[AccountLine] = []
        for entry in page.items:
            change = change_of_account(account, currency, entry.postings)
            lines.append(AccountLine(entry=entry, change=change, balance=balance))
            balance -= change
        return Page(tuple(lines), page.next_cursor)

    def _snapshot(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="REPEATABLE READ")


def entries_caused_by(connection: Connection, causes: Sequence[str]) -> tuple[EntryView, ...]:
    """All entries with one of some causes, in the order of booking."""
    found = _with_postings().where(_E.cause.in_(causes)).order_by(*_PLACE, _P.sequence)
    rows = connection.execute(found).mappings().all()
    views = [_view(own) for _, own in groupby(rows, key=lambda row: row["id"])]
    return tuple(_with_owners(connection, views))


def _page(
    connection: Connection, wanted: JournalFilter, limit: int, cursor: str | None
) -> Sequence[RowMapping]:
    statement = select(*_PLACE).where(*_conditions(connection, wanted))
    place = read_cursor(cursor, datetime, UUID)
    if place is not None:
        statement = statement.where(tuple_(*_PLACE) < tuple_(*map(literal, place)))
    ordered = statement.order_by(*(column.desc() for column in _PLACE)).limit(limit + 1)
    return connection.execute(ordered).mappings().all()


def _seen(connection: Connection, rows: Sequence[RowMapping], limit: int) -> Page[EntryView]:
    statement = _with_postings().where(_E.id.in_([row["id"] for row in rows[:limit]]))
    legs = connection.execute(statement.order_by(*_PLACE, _P.sequence)).mappings().all()
    found = [_view(own) for _, own in groupby(legs, key=lambda row: row["id"])]
    views = {view.entry_id: view for view in _with_owners(connection, found)}
    return page_of(
        rows,
        limit=limit,
        view=lambda row: views[row["id"]],
        cursor=lambda row: write_cursor(row["recorded_at"], row["id"]),
    )


def _with_owners(connection: Connection, views: Sequence[EntryView]) -> list[EntryView]:
    """Entries with the names of all whose accounts they touch, looked up once for all of them."""
    touched = [
        {account for each in view.postings for account in (each.debit, each.credit)}
        for view in views
    ]
    names = owner_names(connection, set().union(*touched))
    return [
        evolve(
            view,
            owners={own.code: names[own.code] for own in accounts if own.code in names},
        )
        for view, accounts in zip(views, touched, strict=True)
    ]


def _balance_after(
    connection: Connection, account: LedgerAccount, currency: Currency, entry: EntryView
) -> Money:
    values = {"code": account.code, "currency": currency.code}
    place = {"at": entry.recorded_at, "id": entry.entry_id}
    stored = connection.execute(_STORED, values).scalar_one()
    later = connection.execute(_LATER_THAN, values | place).scalar_one()
    return Money(int(stored) - int(later), currency)


def _with_postings() -> Select[Any]:
    return (
        select(
            journal_entry,
            _LATER.c.id.label("resolved_by"),
            _DEBIT.c.code.label("debit"),
            _CREDIT.c.code.label("credit"),
            _P.currency,
            _P.amount,
        )
        .join(posting, _P.entry_id == _E.id)
        .join(_DEBIT, _DEBIT.c.id == _P.debit_account_id)
        .join(_CREDIT, _CREDIT.c.id == _P.credit_account_id)
        .outerjoin(_LATER, _LATER.c.resolves == _E.id)
    )


def _conditions(connection: Connection, wanted: JournalFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.reason is not None:
        conditions.append(_E.reason == wanted.reason)
    if wanted.cause is not None:
        conditions.append(_E.cause == wanted.cause)
    if wanted.text is not None:
        conditions.append(_E.idempotency_key.icontains(wanted.text, autoescape=True))
    if wanted.occurred_from is not None:
        conditions.append(_E.occurred_at >= wanted.occurred_from)
    if wanted.occurred_until is not None:
        conditions.append(_E.occurred_at < wanted.occurred_until)
    if wanted.recorded_from is not None:
        conditions.append(_E.recorded_at >= wanted.recorded_from)
    if wanted.recorded_until is not None:
        conditions.append(_E.recorded_at < wanted.recorded_until)
    moved = _moved(connection, wanted)
    if moved:
        conditions.append(exists().where(_MOVED.entry_id == _E.id, *moved))
    return conditions


def _moved(connection: Connection, wanted: JournalFilter) -> list[ColumnElement[bool]]:
    """What one posting of the entry has to be like."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.amount is not None:
        conditions.append(_MOVED.amount == wanted.amount)
    if wanted.currency is not None:
        conditions.append(_MOVED.currency == wanted.currency.code)
    if wanted.account is not None or wanted.owner is not None:
        # The accounts are looked up first, so that the planner knows how busy they are.
        ids = list(connection.execute(_accounts(wanted)).scalars())
        conditions.append(or_(_MOVED.debit_account_id.in_(ids), _MOVED.credit_account_id.in_(ids)))
    return conditions


def _accounts(wanted: JournalFilter) -> Select[Any]:
    statement = select(_A.id)
    if wanted.account is not None:
        statement = statement.where(_A.code == wanted.account)
    if wanted.owner is not None:
        owners = wanted.owners or (wanted.owner,)
        statement = statement.where(func.split_part(_A.code, ":", 2).in_(owners))
    if wanted.currency is not None:
        statement = statement.where(and_(_A.currency == wanted.currency.code))
    return statement


def _view(rows: Iterable[RowMapping], consultation_id: Any = None) -> EntryView:
    own = list(rows)
    first = own[0]
    return EntryView(
        entry_id=JournalEntryId(first["id"]),
        key=first["idempotency_key"],
        reason=first["reason"],
        cause=first["cause"],
        occurred_at=first["occurred_at"],
        recorded_at=first["recorded_at"],
        postings=postings_of(own),
        resolves=first["resolves"],
        resolved_by=first["resolved_by"],
        consultation_id=consultation_id,
    )
