"""
Payout schedules in PostgreSQL, each with what became of its periods.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.payouts import payout_schedule, payout_schedule_run
from adapters.postgres.tables.physicians import physician
from domain.payouts.schedule import (
    Cadence,
    PayoutSchedule,
    PayoutScheduleNotFound,
    Rhythm,
    Run,
    SkipReason,
)
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import PayoutScheduleId, PhysicianId
from domain.shared.money import Currency, Money

_DUE = text("""
    select s.id from payout_schedule s
    where s.next_at <= :now and (
        s.minimum_minor is null
        or s.minimum_minor <= (
            select sum(b.amount) from ledger.account a
            join ledger.balance b on b.account_id = a.id
            where a.code = 'wallet_available:' || s.physician_id and a.currency = s.currency
        )
    )
    order by s.next_at, s.id limit :limit
""")


class PostgresPayoutSchedules:
    """When money goes out by itself."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: PayoutSchedule) -> None:
        insert_row(self._scope, payout_schedule, new, _row(new))

    def get(self, schedule_id: PayoutScheduleId) -> PayoutSchedule:
        found = self._find(payout_schedule.c.id == schedule_id)
        if found is None:
            raise PayoutScheduleNotFound("There is no such schedule.")
        return found

    def of(self, physician_id: PhysicianId, currency: Currency) -> PayoutSchedule | None:
        return self._find(
            (payout_schedule.c.physician_id == physician_id)
            & (payout_schedule.c.currency == currency.code)
        )

    def save(self, changed: PayoutSchedule) -> None:
        update_row(self._scope, payout_schedule, changed, changed.id, _row(changed))
        if changed.last_run is None:
            return
        written = insert(payout_schedule_run).values(_run_row(changed.id, changed.last_run))
        self._scope.connection.execute(
            written.on_conflict_do_update(
                index_elements=["schedule_id", "period"],
                set_={
                    name: getattr(written.excluded, name)
                    for name in ("ran_at", "payout_id", "amount_minor", "reason")
                },
            )
        )

    def due(self, *, now: datetime, limit: int) -> tuple[PayoutScheduleId, ...]:
        rows = self._scope.connection.execute(_DUE, {"now": now, "limit": limit})
        return tuple(PayoutScheduleId(row.id) for row in rows)

    def zone_of(self, physician_id: PhysicianId) -> ZoneInfo:
        statement = select(physician.c.time_zone).where(physician.c.id == physician_id)
        name = self._scope.connection.execute(statement).scalar_one_or_none()
        if name is None:
            raise PhysicianNotFound("There is no such physician.")
        return ZoneInfo(name)

    def _find(self, condition: ColumnElement[bool]) -> PayoutSchedule | None:
        row = (
            self._scope.connection.execute(
                select(payout_schedule).where(condition).with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            return None
        latest = (
            select(payout_schedule_run)
            .where(payout_schedule_run.c.schedule_id == row["id"])
            .order_by(payout_schedule_run.c.ran_at.desc())
            .limit(1)
        )
        return _schedule(row, self._scope.connection.execute(latest).mappings().one_or_none())


def rhythm_of(row: RowMapping) -> Rhythm:
    """What a physician chose, from a row of the schedule."""
    minimum = row["minimum_minor"]
    return Rhythm(
        cadence=Cadence(row["cadence"]),
        weekday=row["weekday"],
        day_of_month=row["day_of_month"],
        minimum=None if minimum is None else Money.of(minimum, row["currency"]),
    )


def run_of(row: RowMapping, currency: str) -> Run:
    """What became of a period, from its row."""
    amount = row["amount_minor"]
    return Run(
        period=row["period"],
        at=row["ran_at"],
        payout_id=row["payout_id"],
        amount=None if amount is None else Money.of(amount, currency),
        reason=None if row["reason"] is None else SkipReason(row["reason"]),
    )


def _schedule(row: RowMapping, latest: RowMapping | None) -> PayoutSchedule:
    return PayoutSchedule(
        id=row["id"],
        version=row["version"],
        physician_id=row["physician_id"],
        currency=Currency(row["currency"]),
        rhythm=rhythm_of(row),
        chosen_at=row["chosen_at"],
        served_until=row["served_until"],
        reached=row["reached"],
        next_at=row["next_at"],
        last_run=None if latest is None else run_of(latest, row["currency"]),
    )


def _row(each: PayoutSchedule) -> dict[str, Any]:
    rhythm = each.rhythm
    return {
        "id": each.id,
        "physician_id": each.physician_id,
        "currency": each.currency.code,
        "cadence": rhythm.cadence.value,
        "weekday": rhythm.weekday,
        "day_of_month": rhythm.day_of_month,
        "minimum_minor": None if rhythm.minimum is None else rhythm.minimum.minor,
        "chosen_at": each.chosen_at,
        "served_until": each.served_until,
        "reached": each.reached,
        "next_at": each.next_at,
    }


def _run_row(schedule_id: PayoutScheduleId, run: Run) -> dict[str, Any]:
    return {
        "schedule_id": schedule_id,
        "period": run.period,
        "ran_at": run.at,
        "payout_id": run.payout_id,
        "amount_minor": None if run.amount is None else run.amount.minor,
        "reason": None if run.reason is None else run.reason.value,
    }
