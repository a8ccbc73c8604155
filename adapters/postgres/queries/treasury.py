"""
What our books say of the balance at the payout vendor, and of what it has to cover.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Engine, RowMapping, select, text

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.tables.treasury import float_funding, funding_request
from application.shared.pages import Page
from application.treasury.ports import FloatBooks
from application.treasury.queries import FloatFundingView, FundingRequestView
from domain.shared.money import Currency, Money
from domain.treasury.float_position import Due, DueKind
from domain.treasury.funding import FundingRequestStatus

_BALANCES = text("""
    select a.currency, sum(
        case when a.code = 'payouts_in_transit' then -b.amount else b.amount end)::bigint as minor
    from ledger.account a join ledger.balance b on b.account_id = a.id
    where a.code in ('payout_float:airwallex', 'payouts_in_transit')
    group by a.currency
""")

_SENT = text("""
    select currency, sum(amount_minor)::bigint as minor from float_funding
    where reversed_at is null and occurred_at > :sent_since
    group by currency
""")

# What waits at the vendor for our money has left our books, and not the vendor's balance.
_DUES = text("""
    select 'payouts_to_send' as kind, currency, cast(:today as date) as due_on,
        sum(amount_minor)::bigint as minor
    from payout where status in ('awaiting_approval', 'requested', 'sending', 'unknown') group by currency
    union all
    select 'payouts_unfunded', currency, :today, sum(amount_minor)::bigint
    from payout where status = 'submitted' and failure = 'float_too_low' group by currency
    union all
    select 'withdrawable', currency, :today, sum(remaining_minor)::bigint
    from lot where status = 'available' and remaining_minor > 0 group by currency
    union all
    select 'maturing', currency, greatest(matures_at::date, :today), sum(remaining_minor)::bigint
    from lot where status = 'pending' and remaining_minor > 0
    and matures_at < cast(:until as date) + 1
    group by currency, greatest(matures_at::date, :today)
    order by due_on, kind
""")


class PostgresFloatForecast:
    """One snapshot of balances and dues."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def by_currency(
        self, *, today: date, until: date, sent_since: datetime
    ) -> Mapping[Currency, FloatBooks]:
        with self._engine.connect() as opened:
            connection = opened.execution_options(isolation_level="REPEATABLE READ")
            balances = {row.currency: row.minor for row in connection.execute(_BALANCES)}
            sent = {
                row.currency: row.minor
                for row in connection.execute(_SENT, {"sent_since": sent_since})
            }
            dues = connection.execute(_DUES, {"today": today, "until": until}).all()
        due_in: dict[str, list[Due]] = {}
        for row in dues:
            due_in.setdefault(row.currency, []).append(
                Due(
                    kind=DueKind(row.kind),
                    amount=Money.of(row.minor, row.currency),
                    on=row.due_on,
                )
            )
        return {
            Currency(code): FloatBooks(
                ours=Money.of(balances.get(code, 0), code),
                on_the_way=Money.of(sent.get(code, 0), code),
                dues=tuple(due_in.get(code, ())),
            )
            for code in sorted(balances.keys() | sent.keys() | due_in.keys())
        }


class PostgresTreasuryQueries:
    """What was asked for, and what was sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def requests(
        self, *, only_open: bool, limit: int, cursor: str | None
    ) -> Page[FundingRequestView]:
        conditions: list[ColumnElement[bool]] = []
        if only_open:
            conditions.append(funding_request.c.status == FundingRequestStatus.OPEN.value)
        if last := read_id_cursor(cursor):
            conditions.append(funding_request.c.id < last)
        statement = (
            select(funding_request)
            .where(*conditions)
            .order_by(funding_request.c.id.desc())
            .limit(limit + 1)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(
            rows, limit=limit, view=_request, cursor=lambda row: write_cursor(str(row["id"]))
        )

    def fundings(self, *, limit: int) -> Sequence[FloatFundingView]:
        statement = (
            select(float_funding)
            .order_by(float_funding.c.occurred_at.desc(), float_funding.c.id.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return [
            FloatFundingView(
                float_funding_id=row["id"],
                reference=row["reference"],
                amount=Money.of(row["amount_minor"], row["currency"]),
                occurred_at=row["occurred_at"],
                reversed_at=row["reversed_at"],
            )
            for row in rows
        ]


def _request(row: RowMapping) -> FundingRequestView:
    status = FundingRequestStatus(row["status"])
    missing = row["amount_minor"] - row["received_minor"]
    return FundingRequestView(
        funding_request_id=row["id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        received=Money.of(row["received_minor"], row["currency"]),
        missing=Money.of(
            max(0, missing) if status is FundingRequestStatus.OPEN else 0, row["currency"]
        ),
        due_on=row["due_on"],
        status=status,
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
    )
