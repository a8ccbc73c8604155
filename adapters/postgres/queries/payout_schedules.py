"""
Payout schedules, with what the next payout would be.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text

from adapters.postgres.repositories.payout_schedules import rhythm_of, run_of
from application.payouts.schedule_queries import PayoutScheduleView
from domain.payouts.schedule import Cadence, Run
from domain.shared.ids import PhysicianId
from domain.shared.money import Money

_SHOWN = 5

# A payout takes what is available when its day begins: what is now, and what clears until then.
_SCHEDULES = text("""
    select s.*, p.time_zone, coalesce(sum(l.remaining_minor) filter (
        where l.status = 'available' or l.matures_at <= s.next_at
    ), 0) as expected_minor
    from payout_schedule s
    join physician p on p.id = s.physician_id
    left join lot l on l.physician_id = s.physician_id and l.currency = s.currency
        and l.remaining_minor > 0
    where s.physician_id = :physician_id
    group by s.id, p.time_zone order by s.currency
""")
_RUNS = text("""
    select * from (
        select r.*, row_number() over (partition by schedule_id order by ran_at desc) as place
        from payout_schedule_run r where schedule_id = any(:ids)
    ) ranked where place <= :shown order by ran_at desc
""")


class PostgresPayoutScheduleQueries:
    """Each answer comes from one snapshot of the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, physician_id: PhysicianId) -> tuple[PayoutScheduleView, ...]:
        snapshot = self._engine.connect().execution_options(isolation_level="REPEATABLE READ")
        with snapshot as connection:
            found = connection.execute(_SCHEDULES, {"physician_id": physician_id}).mappings()
            rows = found.all()
            runs = _runs(connection, rows)
        return tuple(_view(row, runs.get(row["id"], ())) for row in rows)


def _runs(
    connection: Connection, schedules: Sequence[RowMapping]
) -> Mapping[UUID, tuple[Run, ...]]:
    currencies = {row["id"]: row["currency"] for row in schedules}
    values: dict[str, Any] = {"ids": list(currencies), "shown": _SHOWN}
    found: dict[UUID, tuple[Run, ...]] = {}
    for row in connection.execute(_RUNS, values).mappings():
        key = row["schedule_id"]
        found[key] = (*found.get(key, ()), run_of(row, currencies[key]))
    return found


def _view(row: RowMapping, runs: tuple[Run, ...]) -> PayoutScheduleView:
    rhythm = rhythm_of(row)
    by_the_calendar = rhythm.cadence in (Cadence.WEEKLY, Cadence.MONTHLY)
    return PayoutScheduleView(
        physician_id=row["physician_id"],
        currency=row["currency"],
        rhythm=rhythm,
        time_zone=row["time_zone"],
        next_on=rhythm.first_after(row["served_until"]),
        next_at=row["next_at"] if by_the_calendar else None,
        expected=Money.of(int(row["expected_minor"]), row["currency"]) if by_the_calendar else None,
        runs=runs,
    )
