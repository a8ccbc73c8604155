"""
Where commission plans are used.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, func, select

from adapters.postgres.tables.consultations import consultation
from adapters.postgres.tables.physicians import physician_contract
from application.commission.ports import PlanUse
from domain.shared.ids import CommissionPlanId


class PostgresPlanUses:
    """Bookings and contracts by version."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, plan_ids: Sequence[CommissionPlanId]) -> tuple[PlanUse, ...]:
        with self._engine.connect() as connection:
            counts = [
                {
                    (row.commission_plan_id, row.commission_plan_version): row.uses
                    for row in connection.execute(
                        select(
                            table.c.commission_plan_id,
                            table.c.commission_plan_version,
                            func.count().label("uses"),
                        )
                        .where(table.c.commission_plan_id.in_(plan_ids))
                        .group_by(table.c.commission_plan_id, table.c.commission_plan_version)
                    )
                }
                for table in (consultation, physician_contract)
            ]
        bookings, contracts = counts
        return tuple(
            PlanUse(
                plan_id=key[0],
                version=key[1],
                bookings=bookings.get(key, 0),
                contracts=contracts.get(key, 0),
            )
            for key in sorted({*bookings, *contracts})
        )
