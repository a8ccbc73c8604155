"""
Reconciliation as finance sees it, straight from the tables.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    RowMapping,
    Select,
    func,
    select,
    text,
    tuple_,
)

from adapters.postgres.queries.cursors import (
    page_of,
    read_cursor,
    read_id_cursor,
    write_cursor,
)
from adapters.postgres.repositories.reconciliation import items_with_batch, read_item
from adapters.postgres.repositories.reconciliation_breaks import read_break
from adapters.postgres.tables.reconciliation import (
    reconciliation_break,
    reconciliation_feed,
    reconciliation_item,
    reconciliation_match,
    reconciliation_match_item,
    reconciliation_run,
)
from application.reconciliation.queries import BreakFilter
from application.reconciliation.views import (
    CurrencyView,
    ItemView,
    PeriodView,
    PlaceView,
    ReconciliationView,
    SourceView,
    Unmatched,
)
from application.shared.pages import Page
from domain.ledger.chart import SUSPENSE
from domain.reconciliation.book_lines import SOURCES
from domain.reconciliation.breaks import Break
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Source, Whose
from domain.reconciliation.matching import Rule
from domain.reconciliation.periods import PeriodStatus
from domain.shared.ids import BreakId
from domain.shared.money import Money

_I, _X, _B = reconciliation_item.c, reconciliation_match_item.c, reconciliation_break.c

# What we own grows on the debit side; what we owe is taken off.
_JOURNAL = text("""
    select a.code, a.currency,
        sum(case when a.normal_side = 'debit' then b.amount else -b.amount end) as minor
    from ledger.account a join ledger.balance b on b.account_id = a.id
    where a.code = any(:codes) group by a.code, a.currency
""")
_TOLD = text("""
    with opening as (
        select distinct on (source, currency) source, currency, at, amount_minor
        from stated_balance where is_opening order by source, currency, at
    ), moved as (
        select i.source, i.currency, sum(i.amount_minor) as minor
        from reconciliation_item i left join opening o using (source, currency)
        where i.whose = 'theirs' and i.at >= coalesce(o.at, '-infinity')
        group by i.source, i.currency
    )
    select source, currency, coalesce(o.amount_minor, 0) + coalesce(m.minor, 0) as minor
    from opening o full join moved m using (source, currency)
""")
_STATED = text("""
    select distinct on (source, currency) source, currency, at, amount_minor as minor
    from stated_balance where not is_opening order by source, currency, at desc, stated_by
""")
_UNMATCHED = text("""
    select i.source, i.currency, i.whose, count(*) as times, sum(i.amount_minor) as minor
    from reconciliation_item i
    where not exists (
        select from reconciliation_match_item x where x.item_key = i.key and not x.undone
    )
    group by i.source, i.currency, i.whose
""")
_UNANSWERED = text("""
    select kind, count(*) as times from reconciliation_break
    where status in ('open', 'proposed') group by kind
""")
_PERIODS = text("""
    select p.*, (
        select count(*) from reconciliation_break b
        where b.status in ('open', 'proposed') and b.kind <> :timing
        and b.since < (p.ends_on + 1)::timestamp at time zone 'UTC'
    ) as barring
    from accounting_period p order by p.starts_on desc
""")

_Place = tuple[Source, str]


class PostgresReconciliationQueries:
    """Breaks, items, periods, and the three sides in one snapshot."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def breaks(self, wanted: BreakFilter, *, limit: int, cursor: str | None) -> Page[Break]:
        statement = select(reconciliation_break).where(*_filter(wanted))
        before = read_id_cursor(cursor)
        if before is not None:
            statement = statement.where(_B.id < before)
        with self._engine.connect() as connection:
            rows = connection.execute(statement.order_by(_B.id.desc()).limit(limit + 1)).mappings()
            return page_of(
                rows.all(),
                limit=limit,
                view=read_break,
                cursor=lambda row: write_cursor(row["id"]),
            )

    def find_break(self, break_id: BreakId) -> tuple[Break, tuple[ItemView, ...]] | None:
        with self._engine.connect() as connection:
            row = (
                connection.execute(select(reconciliation_break).where(_B.id == break_id))
                .mappings()
                .one_or_none()
            )
            if row is None:
                return None
            found = read_break(row)
            items = connection.execute(
                _items_with_match().where(_I.key.in_(found.items)).order_by(_I.at, _I.key)
            ).mappings()
            return found, tuple(_item(item) for item in items)

    def items(
        self,
        *,
        source: Source | None,
        whose: Whose | None,
        unmatched: bool,
        limit: int,
        cursor: str | None,
    ) -> Page[ItemView]:
        statement = _items_with_match()
        if source is not None:
            statement = statement.where(_I.source == source.value)
        if whose is not None:
            statement = statement.where(_I.whose == whose.value)
        if unmatched:
            statement = statement.where(_X.match_id.is_(None))
        before = _read_place(cursor)
        if before is not None:
            statement = statement.where(tuple_(_I.at, _I.key) < tuple_(*before))
        statement = statement.order_by(_I.at.desc(), _I.key.desc()).limit(limit + 1)
        with self._engine.connect() as connection:
            return page_of(
                connection.execute(statement).mappings().all(),
                limit=limit,
                view=_item,
                cursor=lambda row: write_cursor(row["at"], row["key"]),
            )

    def summary(self) -> ReconciliationView:
        with self._engine.connect() as opened:
            connection = opened.execution_options(isolation_level="REPEATABLE READ")
            return ReconciliationView(
                last_run_at=connection.scalar(select(func.max(reconciliation_run.c.at))),
                sources=tuple(
                    SourceView(
                        source=Source(row.source),
                        covers_until=row.covers_until,
                        read_at=row.read_at,
                    )
                    for row in connection.execute(
                        select(reconciliation_feed).order_by(reconciliation_feed.c.source)
                    )
                ),
                currencies=_currencies(connection),
                breaks={BreakKind(row.kind): row.times for row in connection.execute(_UNANSWERED)},
            )

    def periods(self) -> Sequence[PeriodView]:
        with self._engine.connect() as connection:
            rows = connection.execute(_PERIODS, {"timing": BreakKind.TIMING.value}).all()
        return [
            PeriodView(
                period_id=row.id,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                status=PeriodStatus(row.status),
                closed_at=row.closed_at,
                closed_by=row.closed_by,
                barring=0 if row.status == PeriodStatus.CLOSED.value else row.barring,
            )
            for row in rows
        ]


def _filter(wanted: BreakFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.status is not None:
        conditions.append(_B.status == wanted.status.value)
    if wanted.kind is not None:
        conditions.append(_B.kind == wanted.kind.value)
    if wanted.owner_id is not None:
        conditions.append(_B.owner_id == wanted.owner_id)
    return conditions


def _items_with_match() -> Select[Any]:
    statement = items_with_batch()
    joined = (
        statement.get_final_froms()[0]
        .outerjoin(reconciliation_match_item, (_X.item_key == _I.key) & ~_X.undone)
        .outerjoin(reconciliation_match, reconciliation_match.c.id == _X.match_id)
    )
    return statement.add_columns(
        _X.match_id, reconciliation_match.c.rule, reconciliation_match.c.explanation
    ).select_from(joined)


def _item(row: RowMapping) -> ItemView:
    item = read_item(row)
    return ItemView(
        key=item.key,
        source=item.source,
        whose=item.whose,
        kind=item.kind.value,
        amount=item.amount,
        at=item.at,
        counts_on=row["counts_on"],
        references=tuple(sorted(item.references)),
        batch=item.batch,
        match_id=row["match_id"],
        rule=None if row["rule"] is None else Rule(row["rule"]),
        explanation=row["explanation"],
    )


def _read_place(cursor: str | None) -> tuple[datetime, str] | None:
    place = read_cursor(cursor, datetime, str)
    return None if place is None else (place[0], place[1])


def _currencies(connection: Connection) -> tuple[CurrencyView, ...]:
    journal, suspense = _journal(connection)
    told = {_place(row): int(row.minor) for row in connection.execute(_TOLD)}
    stated = {_place(row): row for row in connection.execute(_STATED)}
    unmatched = {(_place(row), Whose(row.whose)): row for row in connection.execute(_UNMATCHED)}
    places = journal.keys() | told.keys() | stated.keys()

    def view(place: _Place) -> PlaceView:
        currency = place[1]
        said = stated.get(place)
        return PlaceView(
            source=place[0],
            journal=Money.of(journal.get(place, 0), currency),
            stated=None if said is None else Money.of(said.minor, currency),
            stated_at=None if said is None else said.at,
            told=Money.of(told.get(place, 0), currency),
            was_told=place in told or said is not None,
            ours_unmatched=_unmatched(unmatched.get((place, Whose.OURS)), currency),
            theirs_unmatched=_unmatched(unmatched.get((place, Whose.THEIRS)), currency),
        )

    return tuple(
        CurrencyView(
            currency=currency,
            places=tuple(
                view((source, currency)) for source in Source if (source, currency) in places
            ),
            suspense=Money.of(suspense.get(currency, 0), currency),
        )
        for currency in sorted({currency for _, currency in places})
    )


def _journal(connection: Connection) -> tuple[dict[_Place, int], dict[str, int]]:
    """What our books hold at each place, and what is in suspense, which we owe."""
    sources = {account.code: source for account, source in SOURCES.items()}
    places: dict[_Place, int] = {}
    suspense: dict[str, int] = {}
    for row in connection.execute(_JOURNAL, {"codes": [*sources, SUSPENSE.code]}):
        if row.code == SUSPENSE.code:
            suspense[row.currency] = -int(row.minor)
            continue
        place = (sources[row.code], row.currency)
        places[place] = places.get(place, 0) + int(row.minor)
    return places, suspense


def _place(row: Row[Any]) -> _Place:
    return Source(row.source), row.currency


def _unmatched(row: Row[Any] | None, currency: str) -> Unmatched:
    if row is None:
        return Unmatched(count=0, amount=Money.of(0, currency))
    return Unmatched(count=row.times, amount=Money.of(int(row.minor), currency))
