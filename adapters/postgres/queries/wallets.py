"""
Wallets: balances from the books, explained by lots, holds and payouts.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from application.shared.pages import Page
from application.wallets.queries import CauseKind, MoneyMap, StatementLine, WalletView
from domain.payouts.failure import ACCOUNT_PAUSED, PayoutFailure, WhoActs
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import PayoutAccountStatus
from domain.shared.ids import PhysicianId, from_wire, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.money_state import MoneyLine, MoneyRule, MoneyState, WalletBalances

_CAUSES = {
    "co": CauseKind.CONSULTATION,
    "po": CauseKind.PAYOUT,
    "re": CauseKind.REFUND,
    "di": CauseKind.DISPUTE,
    "ho": CauseKind.HOLD,
    "lo": CauseKind.EARNING,
}

_BALANCES = text("""
    select a.currency, split_part(a.code, ':', 1) as kind, sum(b.amount) as minor
    from ledger.account a join ledger.balance b on b.account_id = a.id
    where a.code in (:pending, :available, :held, :debt)
    group by a.currency, a.code
    union all
    -- Money in transit is in an account of all physicians together: theirs is what left their
    -- wallet for it and came to no end yet.
    select p.currency, 'in_transit', sum(p.amount)
    from ledger.posting p
    join ledger.journal_entry e on e.id = p.entry_id
    join ledger.account d on d.id = p.debit_account_id
    where d.code = :held and e.reason = 'payout_submitted'
    and not exists (select from ledger.journal_entry later where later.resolves = e.id)
    group by p.currency
    order by currency
""")

_SUMS = text("""
    select currency, sum(amount_minor) as paid_out, null::timestamptz as next_clears_on
    from payout where physician_id = :physician_id and status = 'paid' group by currency
    union all
    select currency, 0, min(matures_at) from lot
    where physician_id = :physician_id and status = 'pending' and remaining_minor > 0
    group by currency
""")

_LOTS = text("""
    select currency, status, remaining_minor, matures_at, consultation_id from lot
    where physician_id = :physician_id and remaining_minor > 0
    order by matures_at, id
""")

_HOLDS = text("""
    select h.currency, h.amount_minor, h.id as hold_id, p.id as payout_id, p.status, p.review,
        p.retry_at, p.failure, p.expected_at, a.status as account_status,
        h.category, h.review_until
    from hold h left join payout p on p.hold_id = h.id
    left join payout_account a on a.physician_id = h.physician_id
    where h.physician_id = :physician_id and h.status = 'placed'
    order by h.placed_at, h.id
""")

_IN_TRANSIT = text("""
    select id, currency, amount_minor, vendor_status, expected_at, review, failure from payout
    where physician_id = :physician_id and status = 'submitted'
    order by id
""")

_STATEMENT = text("""
    with mine as (
        select id, split_part(code, ':', 1) as kind from ledger.account
        where code in (:pending, :available, :held) and currency = :currency
    ), legs as (
        select p.entry_id, m.kind, -p.amount as minor
        from ledger.posting p join mine m on m.id = p.debit_account_id
        union all
        select p.entry_id, m.kind, p.amount
        from ledger.posting p join mine m on m.id = p.credit_account_id
    ), lines as (
        select e.id, e.reason, e.cause, e.occurred_at, e.recorded_at,
            coalesce(sum(l.minor) filter (where l.kind = 'wallet_pending'), 0) as pending,
            coalesce(sum(l.minor) filter (where l.kind = 'wallet_available'), 0) as available,
            coalesce(sum(l.minor) filter (where l.kind = 'wallet_held'), 0) as held
        from legs l join ledger.journal_entry e on e.id = l.entry_id
        group by e.id
    ), running as (
        select *, sum(pending + available + held) over (order by recorded_at, id) as balance
        from lines
    )
    select * from running
    where :first or (recorded_at, id) < (:recorded_at, :id)
    order by recorded_at desc, id desc limit :limit
""")

_CONSULTATIONS = text("""
    select 'lo' as kind, id, consultation_id from lot where id = any(:ids)
    union all
    select 're', id, consultation_id from refund where id = any(:ids)
    union all
    select 'di', id, consultation_id from dispute where id = any(:ids)
""")


class PostgresWalletQueries:
    """Each answer comes from one snapshot of the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def wallets(self, physician_id: PhysicianId) -> tuple[WalletView, ...]:
        with self._snapshot() as connection:
            balances = _balances(connection, physician_id)
            sums = connection.execute(_SUMS, {"physician_id": physician_id}).mappings().all()
        return tuple(
            _wallet(physician_id, currency, held, sums) for currency, held in balances.items()
        )

    def statement(
        self, physician_id: PhysicianId, currency: Currency, *, limit: int, cursor: str | None
    ) -> Page[StatementLine]:
        place = read_cursor(cursor, datetime, UUID)
        values = _codes(physician_id) | {
            "currency": currency.code,
            "first": place is None,
            "recorded_at": None if place is None else place[0],
            "id": None if place is None else place[1],
            "limit": limit + 1,
        }
        with self._snapshot() as connection:
            rows = connection.execute(_STATEMENT, values).mappings().all()
            consultations = _consultations(connection, rows)
        return page_of(
            rows,
            limit=limit,
            view=lambda row: _line(row, currency, consultations),
            cursor=lambda row: write_cursor(row["recorded_at"], row["id"]),
        )

    def money_maps(self, physician_id: PhysicianId) -> tuple[MoneyMap, ...]:
        own = {"physician_id": physician_id}
        with self._snapshot() as connection:
            balances = _balances(connection, physician_id)
            lines = [
                *_lot_lines(connection.execute(_LOTS, own).mappings()),
                *map(_hold_line, connection.execute(_HOLDS, own).mappings()),
                *map(_transit_line, connection.execute(_IN_TRANSIT, own).mappings()),
                *(_debt_line(each) for each in balances.values() if each.debt),
            ]
        return tuple(
            MoneyMap(
                physician_id=physician_id,
                currency=currency,
                at=datetime.now(UTC),
                balances=each,
                lines=tuple(line for line in lines if line.amount.currency.code == currency),
            )
            for currency, each in balances.items()
        )

    def _snapshot(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _codes(physician_id: PhysicianId) -> dict[str, Any]:
    return {
        "pending": f"wallet_pending:{physician_id}",
        "available": f"wallet_available:{physician_id}",
        "held": f"wallet_held:{physician_id}",
    }


def _balances(connection: Connection, physician_id: PhysicianId) -> dict[str, WalletBalances]:
    codes = _codes(physician_id) | {"debt": f"physician_debt:{physician_id}"}
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(_BALANCES, codes).mappings():
        found.setdefault(row["currency"], {})[row["kind"]] = int(row["minor"])
    return {
        currency: WalletBalances(
            pending=Money.of(kinds.get("wallet_pending", 0), currency),
            available=Money.of(kinds.get("wallet_available", 0), currency),
            held=Money.of(kinds.get("wallet_held", 0), currency),
            in_transit=Money.of(kinds.get("in_transit", 0), currency),
            debt=Money.of(kinds.get("physician_debt", 0), currency),
        )
        for currency, kinds in sorted(found.items())
    }


def _wallet(
    physician_id: PhysicianId,
    currency: str,
    balances: WalletBalances,
    sums: Sequence[RowMapping],
) -> WalletView:
    own = [row for row in sums if row["currency"] == currency]
    return WalletView(
        physician_id=physician_id,
        currency=currency,
        balances=balances,
        paid_out=Money.of(int(sum(row["paid_out"] for row in own)), currency),
        next_clears_on=next((row["next_clears_on"] for row in own if row["next_clears_on"]), None),
    )


def _lot_lines(rows: Iterable[RowMapping]) -> Iterable[MoneyLine]:
    ready: dict[str, int] = {}
    for row in rows:
        if row["status"] == "available":
            ready[row["currency"]] = ready.get(row["currency"], 0) + row["remaining_minor"]
            continue
        yield MoneyLine(
            state=MoneyState.PENDING,
            rule=MoneyRule.CLEARING_PERIOD,
            amount=Money.of(row["remaining_minor"], row["currency"]),
            who_acts=WhoActs.NOBODY,
            cause=to_wire("consultation", row["consultation_id"]),
            on=row["matures_at"],
        )
    for currency, minor in ready.items():
        yield MoneyLine(
            state=MoneyState.AVAILABLE,
            rule=MoneyRule.READY,
            amount=Money.of(minor, currency),
            who_acts=WhoActs.PHYSICIAN,
        )


def _hold_line(row: RowMapping) -> MoneyLine:
    rule, who_acts = _held_because(row)
    payout_id = row["payout_id"]
    return MoneyLine(
        state=MoneyState.HELD,
        rule=rule,
        amount=Money.of(row["amount_minor"], row["currency"]),
        who_acts=who_acts,
        cause=to_wire("hold", row["hold_id"])
        if payout_id is None
        else to_wire("payout", payout_id),
        on=row["expected_at"]
        if rule is MoneyRule.PAYOUT_WAITS_FOR_FUNDING
        else row["review_until"] or row["retry_at"],
        detail=row["category"] or row["review"] or row["failure"],
    )


def _held_because(row: RowMapping) -> tuple[MoneyRule, WhoActs]:
    if row["payout_id"] is None:
        return MoneyRule.HELD_FOR_REVIEW, WhoActs.PLATFORM
    if (row["review"] or "").startswith(ACCOUNT_PAUSED):
        waits_for_them = row["account_status"] == PayoutAccountStatus.ACTION_REQUIRED.value
        who_acts = WhoActs.PHYSICIAN if waits_for_them else WhoActs.VENDOR
        return MoneyRule.PAYOUT_PAUSED_BY_ACCOUNT, who_acts
    if row["review"] is not None:
        return MoneyRule.UNDER_REVIEW, WhoActs.PLATFORM
    if row["status"] == PayoutStatus.AWAITING_APPROVAL.value:
        return MoneyRule.PAYOUT_AWAITS_APPROVAL, WhoActs.PLATFORM
    if row["status"] == PayoutStatus.UNKNOWN.value:
        return MoneyRule.PAYOUT_BEING_LOOKED_UP, WhoActs.NOBODY
    if row["failure"] == PayoutFailure.FLOAT_TOO_LOW.value:
        return MoneyRule.PAYOUT_WAITS_FOR_FUNDING, WhoActs.PLATFORM
    if row["retry_at"] is not None:
        return MoneyRule.PAYOUT_WAITS_TO_RETRY, PayoutFailure(row["failure"]).who_acts
    return MoneyRule.PAYOUT_QUEUED, WhoActs.NOBODY


def _transit_line(row: RowMapping) -> MoneyLine:
    unfunded = row["failure"] == PayoutFailure.FLOAT_TOO_LOW.value
    return MoneyLine(
        state=MoneyState.IN_TRANSIT,
        rule=MoneyRule.PAYOUT_WAITS_FOR_FUNDING if unfunded else MoneyRule.AT_THE_BANKS,
        amount=Money.of(row["amount_minor"], row["currency"]),
        who_acts=WhoActs.PLATFORM if unfunded or row["review"] is not None else WhoActs.VENDOR,
        cause=to_wire("payout", row["id"]),
        on=row["expected_at"],
        detail=row["vendor_status"],
    )


def _debt_line(balances: WalletBalances) -> MoneyLine:
    return MoneyLine(
        state=MoneyState.DEBT,
        rule=MoneyRule.REFUND_AFTER_PAYOUT,
        amount=balances.debt,
        who_acts=WhoActs.NOBODY,
    )


def _consultations(connection: Connection, rows: Sequence[RowMapping]) -> dict[str, UUID]:
    kinds = {"lo": "lot", "re": "refund", "di": "dispute"}
    wanted = {
        row["cause"]: from_wire(kinds[row["cause"][:2]], row["cause"])
        for row in rows
        if row["cause"][:2] in kinds
    }
    found = connection.execute(_CONSULTATIONS, {"ids": list(wanted.values())}).all()
    return {
        to_wire(kinds[kind], row_id): consultation_id for kind, row_id, consultation_id in found
    }


def _line(row: RowMapping, currency: Currency, consultations: dict[str, UUID]) -> StatementLine:
    cause = row["cause"]
    kind = _CAUSES[cause[:2]]
    consultation_id = consultations.get(cause)
    return StatementLine(
        entry_id=to_wire("journal_entry", row["id"]),
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        reason=row["reason"],
        cause_kind=kind,
        cause=cause,
        consultation=cause
        if kind is CauseKind.CONSULTATION
        else None
        if consultation_id is None
        else to_wire("consultation", consultation_id),
        pending=Money(int(row["pending"]), currency),
        available=Money(int(row["available"]), currency),
        held=Money(int(row["held"]), currency),
        balance=Money(int(row["balance"]), currency),
    )
