"""
Statements: balances before and after a period, the entries between, and what paid what.

The balances are sums over the journal of their own, so that a statement can be held against
them: they do not follow from its lines.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text

from application.wallets.statements import Bookings, Holder, PaidPayout, Withdrawal
from domain.ledger.chart import account_of
from domain.ledger.journal import Posting, Postings
from domain.payouts.payout import PayoutStatus
from domain.physicians.name import PhysicianName
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import (
    ConsultationId,
    JournalEntryId,
    PayoutId,
    PhysicianId,
    from_wire,
    to_wire,
)
from domain.shared.money import Currency, Money
from domain.shared.period import Period
from domain.wallets.money_state import WalletBalances
from domain.wallets.statement import Movement, PayoutPart, Statement, read_movement

_HOLDER = text("select given_name, family_name, title, time_zone from physician where id = :id")

# The accounts are looked up first, so that the planner knows how few postings touch them.
_ACCOUNTS = text("select id from ledger.account where code in (:pending, :available, :held, :debt)")

_MINE = """
    mine as (
        select id, currency, normal_side, split_part(code, ':', 1) as kind from ledger.account
        where id = any(:mine)
    )
"""

_BOOKINGS = text(f"""
    with {_MINE}, entries as (
        select m.currency, p.entry_id from mine m
        join ledger.posting p on p.debit_account_id = m.id and p.debit_account_id = any(:mine)
        union
        select m.currency, p.entry_id from mine m
        join ledger.posting p on p.credit_account_id = m.id and p.credit_account_id = any(:mine)
    )
    select x.currency, min(e.recorded_at) as first_at, max(e.recorded_at) as last_at
    from entries x join ledger.journal_entry e on e.id = x.entry_id
    group by x.currency order by x.currency
""")  # noqa: S608 - a constant

# In transit is what left the wallet for a payout and had come to no end by then.
_BALANCES = text(f"""
    with {_MINE}, legs as (
        select m.kind, p.entry_id,
            case m.normal_side when 'debit' then p.amount else -p.amount end as minor
        from mine m join ledger.posting p on p.debit_account_id = m.id and p.debit_account_id = any(:mine)
        where m.currency = :currency
        union all
        select m.kind, p.entry_id,
            case m.normal_side when 'credit' then p.amount else -p.amount end
        from mine m join ledger.posting p on p.credit_account_id = m.id and p.credit_account_id = any(:mine)
        where m.currency = :currency
    )
    select l.kind,
        sum(l.minor) filter (where e.recorded_at < :start_at) as opening,
        sum(l.minor) filter (where e.recorded_at < :end_at) as closing
    from legs l join ledger.journal_entry e on e.id = l.entry_id
    group by l.kind
    union all
    select 'in_transit',
        sum(p.amount) filter (where e.recorded_at < :start_at
            and (later.id is null or later.recorded_at >= :start_at)),
        sum(p.amount) filter (where e.recorded_at < :end_at
            and (later.id is null or later.recorded_at >= :end_at))
    from mine m
    join ledger.posting p on p.debit_account_id = m.id and p.debit_account_id = any(:mine)
    join ledger.journal_entry e on e.id = p.entry_id
    left join ledger.journal_entry later on later.resolves = e.id
    where m.kind = 'wallet_held' and m.currency = :currency and e.reason = 'payout_submitted'
""")  # noqa: S608 - a constant

# The entry of a payout's arrival touches no account of the physician: it resolves the one that
# took the money out of the wallet.
_ENTRIES = text(f"""
    with {_MINE}, own as (
        select p.entry_id from mine m join ledger.posting p on p.debit_account_id = m.id and p.debit_account_id = any(:mine)
        where m.currency = :currency
        union
        select p.entry_id from mine m join ledger.posting p on p.credit_account_id = m.id and p.credit_account_id = any(:mine)
        where m.currency = :currency
    ), wanted as (
        select entry_id from own
        union
        select later.id from own
        join ledger.journal_entry e on e.id = own.entry_id and e.reason = 'payout_submitted'
        join ledger.journal_entry later on later.resolves = e.id and later.reason = 'payout_paid'
    )
    select e.id, e.reason, e.cause, e.occurred_at, e.recorded_at,
        d.code as debit, c.code as credit, p.amount, p.currency
    from wanted w
    join ledger.journal_entry e on e.id = w.entry_id
    join ledger.posting p on p.entry_id = e.id
    join ledger.account d on d.id = p.debit_account_id
    join ledger.account c on c.id = p.credit_account_id
    where e.recorded_at >= :start_at and e.recorded_at < :end_at
    order by e.recorded_at, e.id, p.sequence
""")  # noqa: S608 - a constant

_CONSULTATIONS = text("""
    select id, consultation_id from lot where id = any(:ids)
    union all
    select id, consultation_id from refund where id = any(:ids)
    union all
    select id, consultation_id from dispute where id = any(:ids)
    union all
    select id, consultation_id from payment where id = any(:ids)
""")

_WITHDRAWALS = text("""
    select u.taken_by, u.amount_minor, u.returned_at, l.consultation_id, l.currency
    from lot l join lot_use u on u.lot_id = l.id
    where l.physician_id = :physician_id and l.currency = :currency and u.taken_by like 'po\\_%'
    and (u.taken_by = any(:payouts) or l.consultation_id = any(:consultations))
    order by l.matures_at, l.id, u.sequence
""")

_PAYOUT = text("""
    select id, physician_id, amount_minor, currency, status, requested_at, ended_at
    from payout where id = :id
""")

_PARTS = text("""
    select u.amount_minor, u.returned_at, l.consultation_id, l.currency, l.amount_minor as earned,
        l.earned_at
    from lot_use u join lot l on l.id = u.lot_id
    where u.taken_by = :cause order by l.matures_at, l.id, u.sequence
""")

_DELIVERIES = text("""
    select e.id, e.reason, e.cause, e.occurred_at, e.recorded_at,
        d.code as debit, c.code as credit, p.amount, p.currency
    from ledger.journal_entry e
    join ledger.posting p on p.entry_id = e.id
    join ledger.account d on d.id = p.debit_account_id
    join ledger.account c on c.id = p.credit_account_id
    where e.cause = any(:causes) and e.reason = 'service_delivered'
    order by e.id, p.sequence
""")

_TRACED = {"lo": "lot", "re": "refund", "di": "dispute", "pa": "payment"}
_WIRE = re.compile("[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}")


class PostgresStatements:
    """Wallets over time. Each answer comes from one snapshot of the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def holder(self, physician_id: PhysicianId) -> Holder:
        with self._engine.connect() as connection:
            row = connection.execute(_HOLDER, {"id": physician_id}).one_or_none()
        if row is None:
            raise PhysicianNotFound("There is no such physician.")
        name = PhysicianName(given=row.given_name, family=row.family_name, title=row.title)
        return Holder(physician_id=physician_id, name=name.full, time_zone=row.time_zone)

    def bookings(self, physician_id: PhysicianId) -> tuple[Bookings, ...]:
        with self._snapshot() as connection:
            rows = connection.execute(_BOOKINGS, _own(connection, physician_id)).all()
        return tuple(
            Bookings(currency=Currency(row.currency), first_at=row.first_at, last_at=row.last_at)
            for row in rows
        )

    def statement(
        self, physician_id: PhysicianId, currency: Currency, period: Period
    ) -> tuple[Statement, tuple[Withdrawal, ...]]:
        asked = {
            "currency": currency.code,
            "start_at": period.start_at,
            "end_at": period.end_at,
        }
        with self._snapshot() as connection:
            values = asked | _own(connection, physician_id)
            balances = {row.kind: row for row in connection.execute(_BALANCES, values) if row.kind}
            rows = connection.execute(_ENTRIES, values).mappings().all()
            consultations = consultations_of(connection, {row["cause"] for row in rows})
            movements = tuple(_movements(physician_id, currency, rows, consultations))
            withdrawals = _withdrawals(connection, physician_id, currency, movements)
        statement = Statement(
            physician_id=physician_id,
            currency=currency,
            period=period,
            opening=_standing(balances, "opening", currency),
            closing=_standing(balances, "closing", currency),
            movements=movements,
        )
        return statement, withdrawals

    def payout(self, payout_id: PayoutId) -> PaidPayout | None:
        with self._snapshot() as connection:
            row = connection.execute(_PAYOUT, {"id": payout_id}).mappings().one_or_none()
            if row is None:
                return None
            cause = to_wire("payout", payout_id)
            parts = connection.execute(_PARTS, {"cause": cause}).mappings().all()
            deliveries = _deliveries(connection, row["physician_id"], parts)
        return PaidPayout(
            payout_id=payout_id,
            physician_id=row["physician_id"],
            amount=Money.of(row["amount_minor"], row["currency"]),
            status=PayoutStatus(row["status"]),
            requested_at=row["requested_at"],
            ended_at=row["ended_at"],
            parts=tuple(_part(part, deliveries.get(part["consultation_id"])) for part in parts),
        )

    def _snapshot(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _own(connection: Connection, physician_id: PhysicianId) -> dict[str, Any]:
    codes = {
        "pending": f"wallet_pending:{physician_id}",
        "available": f"wallet_available:{physician_id}",
        "held": f"wallet_held:{physician_id}",
        "debt": f"physician_debt:{physician_id}",
    }
    return {"mine": list(connection.execute(_ACCOUNTS, codes).scalars())}


def _standing(balances: Mapping[str, Any], when: str, currency: Currency) -> WalletBalances:
    def of(kind: str) -> Money:
        minor = getattr(balances[kind], when) if kind in balances else 0
        return Money(int(minor or 0), currency)

    return WalletBalances(
        pending=of("wallet_pending"),
        available=of("wallet_available"),
        held=of("wallet_held"),
        in_transit=of("in_transit"),
        debt=of("physician_debt"),
    )


def consultations_of(connection: Connection, causes: Iterable[str]) -> dict[str, ConsultationId]:
    """The consultation behind each cause that has one."""
    wires = [cause for cause in causes if _WIRE.fullmatch(cause)]
    own = {w: ConsultationId(from_wire("consultation", w)) for w in wires if w[:2] == "co"}
    traced = {w: from_wire(_TRACED[w[:2]], w) for w in wires if w[:2] in _TRACED}
    rows = connection.execute(_CONSULTATIONS, {"ids": list(traced.values())}).all()
    found: dict[UUID, UUID] = {row.id: row.consultation_id for row in rows}
    return own | {
        wire: ConsultationId(found[row_id]) for wire, row_id in traced.items() if row_id in found
    }


def _movements(
    physician_id: PhysicianId,
    currency: Currency,
    rows: Iterable[RowMapping],
    consultations: Mapping[str, ConsultationId],
) -> Iterable[Movement]:
    for entry_id, legs in groupby(rows, key=lambda row: row["id"]):
        own = list(legs)
        cause = own[0]["cause"]
        yield read_movement(
            physician_id,
            currency,
            postings_of(own),
            entry_id=JournalEntryId(entry_id),
            reason=own[0]["reason"],
            cause=cause,
            occurred_at=own[0]["occurred_at"],
            recorded_at=own[0]["recorded_at"],
            consultation_id=consultations.get(cause),
        )


def postings_of(rows: Iterable[RowMapping]) -> Postings:
    """The postings of an entry, one a row."""
    return tuple(
        Posting(
            debit=account_of(row["debit"]),
            credit=account_of(row["credit"]),
            amount=Money.of(row["amount"], row["currency"]),
        )
        for row in rows
    )


def _withdrawals(
    connection: Connection,
    physician_id: PhysicianId,
    currency: Currency,
    movements: Iterable[Movement],
) -> tuple[Withdrawal, ...]:
    named = list(movements)
    values = {
        "physician_id": physician_id,
        "currency": currency.code,
        "payouts": [each.cause for each in named if each.cause.startswith("po_")],
        "consultations": list({each.consultation_id for each in named if each.consultation_id}),
    }
    return tuple(
        Withdrawal(
            payout_id=PayoutId(from_wire("payout", row.taken_by)),
            consultation_id=ConsultationId(row.consultation_id),
            amount=Money.of(row.amount_minor, row.currency),
            returned_at=row.returned_at,
        )
        for row in connection.execute(_WITHDRAWALS, values)
    )


def _deliveries(
    connection: Connection, physician_id: PhysicianId, parts: Iterable[RowMapping]
) -> dict[UUID, Movement]:
    own = list(parts)
    if not own:
        return {}
    wires = {to_wire("consultation", part["consultation_id"]): part for part in own}
    rows = connection.execute(_DELIVERIES, {"causes": list(wires)}).mappings().all()
    ids = {wire: ConsultationId(part["consultation_id"]) for wire, part in wires.items()}
    currency = Currency(own[0]["currency"])
    return {
        each.consultation_id: each
        for each in _movements(physician_id, currency, rows, ids)
        if each.consultation_id
    }


def _part(row: RowMapping, delivery: Movement | None) -> PayoutPart:
    earned = Money.of(row["earned"], row["currency"])
    nothing = Money.zero(earned.currency)
    return PayoutPart(
        consultation_id=ConsultationId(row["consultation_id"]),
        delivered_at=row["earned_at"] if delivery is None else delivery.occurred_at,
        gross=earned if delivery is None else delivery.gross,
        commission=nothing if delivery is None else delivery.commission,
        platform_fee=nothing if delivery is None else delivery.platform_fee,
        tax=nothing if delivery is None else delivery.tax,
        earned=earned,
        amount=Money.of(row["amount_minor"], row["currency"]),
        returned_at=row["returned_at"],
    )
