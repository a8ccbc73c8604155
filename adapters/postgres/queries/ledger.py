"""
The books, checked against themselves and against what they are about.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from adapters.postgres.queries.ledger_facts import compare_facts, compare_payouts_with_lots
from adapters.postgres.queries.names import owner_names
from application.ledger.books import (
    Basis,
    Break,
    Check,
    CheckResult,
    FactKind,
    SharedFact,
    TrialBalanceLine,
    TrialBalanceView,
)
from domain.ledger.chart import Side, account_of
from domain.shared.money import Currency, Money, total

# Each statement returns rows of subject, expected, found; all rows were looked at, and those
# that differ are breaks.
_BY_STATEMENT = {
    Check.DEBITS_EQUAL_CREDITS: """
        select a.currency as subject,
            sum(b.amount) filter (where a.normal_side = 'debit') as expected,
            sum(b.amount) filter (where a.normal_side = 'credit') as found
        from ledger.account a join ledger.balance b on b.account_id = a.id
        group by a.currency
    """,
    Check.STORED_EQUALS_RECOMPUTED: """
        with legs as (
            select debit_account_id as account_id, 'debit' as side, amount from ledger.posting
            union all
            select credit_account_id, 'credit', amount from ledger.posting
        ), recomputed as (
            select a.id, coalesce(sum(
                case when l.side = a.normal_side then l.amount else -l.amount end), 0) as amount
            from ledger.account a left join legs l on l.account_id = a.id group by a.id
        ), stored as (
            select account_id as id, sum(amount) as amount from ledger.balance group by account_id
        )
        select a.code || ' ' || a.currency as subject, r.amount as expected, s.amount as found
        from ledger.account a join recomputed r using (id) join stored s using (id)
    """,
    # What is stored now, rolled back over all that came after an instant, is what had been
    # posted up to it: at instants spread over the whole history.
    Check.PAST_EQUALS_RECOMPUTED: """
        with instants as (
            select distinct unnest(percentile_disc(array[0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1])
                within group (order by recorded_at)) as at from ledger.journal_entry
        ), legs as (
            select p.debit_account_id as account_id, 'debit' as side, p.amount, e.recorded_at
            from ledger.posting p join ledger.journal_entry e on e.id = p.entry_id
            union all
            select p.credit_account_id, 'credit', p.amount, e.recorded_at
            from ledger.posting p join ledger.journal_entry e on e.id = p.entry_id
        ), moves as (
            select l.account_id, l.recorded_at,
                case when l.side = a.normal_side then l.amount else -l.amount end as amount
            from legs l join ledger.account a on a.id = l.account_id
        ), stored as (
            select account_id, sum(amount) as amount from ledger.balance group by account_id
        )
        select a.code || ' ' || a.currency || ' at ' || i.at as subject,
            coalesce(sum(m.amount) filter (where m.recorded_at <= i.at), 0) as expected,
            s.amount - coalesce(sum(m.amount) filter (where m.recorded_at > i.at), 0) as found
        from instants i cross join ledger.account a
        join stored s on s.account_id = a.id left join moves m on m.account_id = a.id
        group by i.at, a.id, s.amount
    """,
    Check.WALLETS_NEVER_NEGATIVE: """
        with legs as (
            select debit_account_id as account_id, 'debit' as side, amount, entry_id
            from ledger.posting
            union all
            select credit_account_id, 'credit', amount, entry_id from ledger.posting
        ), steps as (
            select a.id, e.recorded_at, e.id as entry_id, sum(
                case when l.side = a.normal_side then l.amount else -l.amount end) as amount
            from legs l join ledger.account a on a.id = l.account_id and a.floor = 0
            join ledger.journal_entry e on e.id = l.entry_id
            group by a.id, e.id
        ), running as (
            select id, sum(amount) over (partition by id order by recorded_at, entry_id) as amount
            from steps
        )
        select a.code || ' ' || a.currency as subject, 0 as expected, least(min(r.amount), 0) as found
        from running r join ledger.account a using (id) group by a.id
    """,
    Check.CLEARING_ACCOUNTS_DRAIN: """
        with expected as (
            select 'patient_funds' as code, p.currency, sum(
                p.amount_minor
                - coalesce((select sum((r.shares->>'patient_funds')::bigint) from refund r
                    where r.payment_id = p.id and r.status <> 'failed'), 0)
                - coalesce((select sum((d.shares->>'patient_funds')::bigint) from dispute d
                    where d.payment_id = p.id), 0)
                - coalesce((select sum(value::bigint)
                    from jsonb_each_text(p.delivery->'split')), 0)) as amount
            from payment p where p.captured_at is not null group by p.currency
            union all
            select 'disputed_funds', d.currency, -sum(m.amount_minor)
            from dispute d join dispute_movement m on m.dispute_id = d.id
            where d.beyond_minor is null group by d.currency
            union all
            select 'payouts_in_transit', currency, sum(amount_minor) from payout
            where status = 'submitted' group by currency
            union all
            select 'wallet_held', currency, sum(amount_minor) from hold
            where status = 'placed' group by currency
        ), found as (
            select case when a.code like 'wallet_held:%' then 'wallet_held' else a.code end as code,
                a.currency, sum(b.amount) as amount
            from ledger.account a join ledger.balance b on b.account_id = a.id
            where a.code in ('patient_funds', 'payouts_in_transit', 'disputed_funds') or a.code like 'wallet_held:%'
            group by 1, 2
        )
        select code || ' ' || currency as subject, coalesce(e.amount, 0) as expected,
            coalesce(f.amount, 0) as found
        from expected e full join found f using (code, currency)
    """,
    Check.ONE_CREDIT_PER_CONSULTATION: """
        with credits as (
            select e.cause, count(*) as times, sum(p.amount) as amount
            from ledger.journal_entry e
            join ledger.posting p on p.entry_id = e.id
            join ledger.account a on a.id = p.credit_account_id
            where a.code like 'wallet_pending:%' and e.reason = 'service_delivered'
            group by e.cause
        )
        select cause as subject, 1 as expected, times as found from credits
        union all
        select 'completed and paid, not shared: ' || c.id, 0, 1
        from consultation c join payment p on p.consultation_id = c.id
        where c.status = 'completed' and c.ended_at < now() - interval '1 hour'
        and p.captured_at is not null and p.reserved_minor < p.amount_minor
        and p.delivery is null
        union all
        select 'lots and wallet credits', (select count(*) from lot), (select count(*) from credits)
    """,
}

_LOTS_BY_WALLET = """
    with expected as (
        select case status when 'pending' then 'wallet_pending:' else 'wallet_available:' end
            || physician_id as code, currency, sum(remaining_minor) as amount
        from lot group by 1, 2
    ), found as (
        select a.code, a.currency, sum(b.amount) as amount
        from ledger.account a join ledger.balance b on b.account_id = a.id
        where a.code like 'wallet_pending:%' or a.code like 'wallet_available:%'
        group by 1, 2
    ), kept as (
        select 'lot ' || l.id as code, l.currency, l.remaining_minor as amount,
            l.amount_minor - coalesce((select sum(u.amount_minor) from lot_use u
                where u.lot_id = l.id and u.returned_at is null), 0) as recomputed
        from lot l
    )
    select code || ' ' || currency as subject, coalesce(e.amount, 0) as expected,
        coalesce(f.amount, 0) as found
    from expected e full join found f using (code, currency)
    union all
    select code, recomputed, amount from kept
"""

_TRIAL_BALANCE = {
    by: text(f"""
        with legs as (
            select p.debit_account_id as account_id, 'debit' as side, p.amount
            from ledger.posting p join ledger.journal_entry e on e.id = p.entry_id
            where e.{by.value} <= :as_of
            union all
            select p.credit_account_id, 'credit', p.amount
            from ledger.posting p join ledger.journal_entry e on e.id = p.entry_id
            where e.{by.value} <= :as_of
        )
        select a.code, a.currency,
            sum(case when l.side = a.normal_side then l.amount else -l.amount end) as minor
        from legs l join ledger.account a on a.id = l.account_id
        group by a.id order by a.currency, a.code
    """)  # noqa: S608 - one of two columns
    for by in Basis
}

_FACTS = text("""
    select 'payment' as kind, reference, amount_minor, currency from payment
    where captured_at is not null
    union all
    select 'refund', reference, amount_minor, currency from refund
    where reference is not null and status in ('requested', 'pending', 'succeeded')
    union all
    select 'dispute', m.reference, m.amount_minor, d.currency
    from dispute_movement m join dispute d on d.id = m.dispute_id
    union all
    select 'transfer', reference, amount_minor, currency from payout
    where status in ('submitted', 'paid')
""")


class PostgresBooks:
    """Every check reads one snapshot of the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def verify(self, check: Check) -> CheckResult:
        with self._snapshot() as connection:
            found = _compare(connection, check)
        return CheckResult(
            check=check,
            looked_at=len(found),
            breaks=tuple(
                Break(check=check, subject=subject, expected=str(expected), found=str(found_))
                for subject, expected, found_ in found
                if expected != found_
            ),
        )

    def facts(self) -> Sequence[SharedFact]:
        with self._snapshot() as connection:
            rows = connection.execute(_FACTS).all()
        return [
            SharedFact(
                kind=FactKind(row.kind),
                reference=row.reference,
                amount=Money.of(row.amount_minor, row.currency),
            )
            for row in rows
        ]

    def trial_balance(self, *, as_of: datetime, by: Basis) -> Sequence[TrialBalanceView]:
        with self._snapshot() as connection:
            rows = connection.execute(_TRIAL_BALANCE[by], {"as_of": as_of}).all()
            names = owner_names(connection, (account_of(row.code) for row in rows))
        lines = [_trial_line(row, names) for row in rows]
        currencies = sorted({line.balance.currency.code for line in lines})
        return [_trial_balance(Currency(code), as_of, lines) for code in currencies]

    def _snapshot(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _compare(connection: Connection, check: Check) -> list[tuple[str, Any, Any]]:
    in_code: dict[Check, Callable[[Connection], list[tuple[str, Any, Any]]]] = {
        Check.EVERY_FACT_POSTED_ONCE: compare_facts,
        Check.LOTS_EQUAL_WITHDRAWALS: lambda snapshot: [
            *_rows(snapshot, _LOTS_BY_WALLET),
            *compare_payouts_with_lots(snapshot),
        ],
    }
    if check in in_code:
        return in_code[check](connection)
    return _rows(connection, _BY_STATEMENT[check])


def _rows(connection: Connection, statement: str) -> list[tuple[str, Any, Any]]:
    return [
        (row.subject, int(row.expected or 0), int(row.found or 0))
        for row in connection.execute(text(statement))
    ]


def _trial_line(row: Any, names: Mapping[str, str]) -> TrialBalanceLine:
    return TrialBalanceLine(
        account=row.code,
        type=account_of(row.code).kind.type,
        balance=Money.of(int(row.minor), row.currency),
        owner_name=names.get(row.code),
    )


def _trial_balance(
    currency: Currency, as_of: datetime, lines: Sequence[TrialBalanceLine]
) -> TrialBalanceView:
    own = tuple(line for line in lines if line.balance.currency == currency)

    def side(wanted: Side) -> Money:
        return total([line.balance for line in own if line.type.normal_side is wanted], currency)

    return TrialBalanceView(
        currency=currency.code,
        as_of=as_of,
        lines=own,
        debits=side(Side.DEBIT),
        credits=side(Side.CREDIT),
    )
