"""
Commission plans in PostgreSQL, every version for good.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError

from adapters.postgres.rows import StaleAggregate
from adapters.postgres.scope import Scope
from adapters.postgres.tables.commission import commission_plan
from adapters.postgres.tables.physicians import physician, physician_contract
from domain.commission.choice import FrozenPlan
from domain.commission.plan import (
    CommissionPlan,
    DraftExists,
    PlanCodeTaken,
    PlanContent,
    PlanNotFound,
    PlanStatus,
)
from domain.commission.scope import PlanScope
from domain.commission.terms import Terms
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import CommissionPlanId, PhysicianId

_EARLY = "It was the plan for every service at the booking."
_DEFAULT_LOCK = 7_041_302_266
_ORDER = (commission_plan.c.code, commission_plan.c.number)


class PostgresCommissionPlans:
    """Commission plans."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: CommissionPlan) -> None:
        try:
            self._scope.connection.execute(insert(commission_plan).values(**_row(new), version=1))
        except IntegrityError as error:
            if new.number == 1:
                raise PlanCodeTaken("Another plan has this code.") from error
            raise DraftExists("A draft of this plan is waiting already.") from error
        new.version = 1
        self._scope.collect(new)

    def get(self, plan_id: CommissionPlanId, number: int) -> CommissionPlan:
        statement = (
            select(commission_plan)
            .where(commission_plan.c.id == plan_id, commission_plan.c.number == number)
            .with_for_update()
        )
        found = self._load(statement)
        if not found:
            raise PlanNotFound("There is no such commission plan.")
        return found[0]

    def save(self, changed: CommissionPlan) -> None:
        statement = (
            update(commission_plan)
            .where(
                commission_plan.c.id == changed.id,
                commission_plan.c.number == changed.number,
                commission_plan.c.version == changed.version,
            )
            .values(**_row(changed), version=changed.version + 1)
        )
        if self._scope.connection.execute(statement).rowcount != 1:
            raise StaleAggregate("This was changed in the meantime. Look at it again and repeat.")
        changed.version += 1
        self._scope.collect(changed)

    def versions_of(self, plan_id: CommissionPlanId) -> tuple[CommissionPlan, ...]:
        return self._where(commission_plan.c.id == plan_id)

    def all(self) -> tuple[CommissionPlan, ...]:
        return self._where()

    def in_force(self, at: datetime) -> tuple[CommissionPlan, ...]:
        ends_at = commission_plan.c.ends_at
        return self._where(
            commission_plan.c.status != PlanStatus.DRAFT.value,
            commission_plan.c.effective_from <= at,
            ends_at.is_(None) | (ends_at > at),
        )

    def lock_default(self) -> None:
        self._scope.connection.execute(select(func.pg_advisory_xact_lock(_DEFAULT_LOCK)))

    def bound_to(self, plan_id: CommissionPlanId) -> tuple[PhysicianId, ...]:
        signed = _contracts_in_force().subquery()
        return self._physicians(
            select(signed.c.physician_id).where(signed.c.commission_plan_id == plan_id)
        )

    def under_contract(self) -> tuple[PhysicianId, ...]:
        return self._physicians(select(_contracts_in_force().subquery().c.physician_id))

    def _physicians(self, statement: Select[Any]) -> tuple[PhysicianId, ...]:
        found = self._scope.connection.execute(statement).scalars()
        return tuple(PhysicianId(each) for each in sorted(found))

    def _where(self, *conditions: ColumnElement[bool]) -> tuple[CommissionPlan, ...]:
        return tuple(self._load(select(commission_plan).where(*conditions).order_by(*_ORDER)))

    def _load(self, statement: Select[Any]) -> list[CommissionPlan]:
        rows = self._scope.connection.execute(statement).mappings()
        return [_plan(row) for row in rows]


def _contracts_in_force() -> Select[Any]:
    return (
        select(physician_contract.c.physician_id, physician_contract.c.commission_plan_id)
        .join(physician, physician.c.id == physician_contract.c.physician_id)
        .where(
            physician_contract.c.signed_at.is_not(None),
            physician.c.status != PhysicianStatus.REJECTED.value,
        )
        .ext(distinct_on(physician_contract.c.physician_id))
        .order_by(physician_contract.c.physician_id, physician_contract.c.signed_at.desc())
    )


def _row(plan: CommissionPlan) -> dict[str, Any]:
    currency = plan.terms.currency
    return {
        "id": plan.id,
        "number": plan.number,
        "code": plan.code,
        "name": plan.name,
        "level": plan.scope.level.value,
        "scope": plan.scope.data(),
        "currency": currency.code if currency else None,
        "rules": plan.terms.data(),
        "status": plan.status.value,
        "revision": plan.revision,
        "wished_from": plan.content.effective_from,
        "drafted_by": plan.drafted_by,
        "drafted_at": plan.drafted_at,
        "published_by": plan.published_by,
        "published_at": plan.published_at,
        "effective_from": plan.effective_from,
        "withdrawn_by": plan.withdrawn_by,
        "withdrawn_at": plan.withdrawn_at,
        "withdrawal_reason": plan.withdrawal_reason,
        "ends_at": plan.ends_at,
    }


def _plan(row: RowMapping) -> CommissionPlan:
    return CommissionPlan(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        code=row["code"],
        content=PlanContent(
            name=row["name"],
            scope=PlanScope.from_data(row["level"], row["scope"]),
            terms=Terms.from_data(row["rules"], currency=row["currency"]),
            effective_from=row["wished_from"],
        ),
        status=PlanStatus(row["status"]),
        revision=row["revision"],
        drafted_by=row["drafted_by"],
        drafted_at=row["drafted_at"],
        published_by=row["published_by"],
        published_at=row["published_at"],
        effective_from=row["effective_from"],
        withdrawn_by=row["withdrawn_by"],
        withdrawn_at=row["withdrawn_at"],
        withdrawal_reason=row["withdrawal_reason"],
        ends_at=row["ends_at"],
    )


def frozen_plan(connection: Connection, row: RowMapping) -> FrozenPlan:
    """The plan that a consultation was booked under; early ones name it and hold no copy."""
    if row["commission"] is not None:
        return FrozenPlan.from_data(row["commission"])
    named = select(commission_plan).where(
        commission_plan.c.id == row["commission_plan_id"],
        commission_plan.c.number == row["commission_plan_version"],
    )
    plan = _plan(connection.execute(named).mappings().one())
    return FrozenPlan(
        plan_id=plan.id,
        version=plan.number,
        code=plan.code,
        name=plan.name,
        level=plan.scope.level,
        terms=plan.terms,
        why=_EARLY,
    )
