"""
Commission plans in memory.
"""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from attrs import define, field

from application.commission.ports import PlanUse
from domain.commission.plan import (
    CommissionPlan,
    DraftExists,
    PlanCodeTaken,
    PlanNotFound,
    PlanStatus,
)
from domain.physicians.physician import PhysicianStatus
from domain.shared.events import Aggregate
from domain.shared.ids import CommissionPlanId, PhysicianId
from tests.fakes.physicians import InMemoryPhysicians


class _Uow(Protocol):
    physicians: InMemoryPhysicians

    def collect(self, aggregate: Aggregate) -> None: ...


@define(eq=False)
class InMemoryCommissionPlans:
    _uow: _Uow
    _plans: dict[tuple[UUID, int], CommissionPlan] = field(factory=dict, init=False)

    def add(self, plan: CommissionPlan) -> None:
        for other in self._plans.values():
            if other.id == plan.id and other.status is plan.status is PlanStatus.DRAFT:
                raise DraftExists("A draft of this plan is waiting already.")
            if other.id != plan.id and other.code == plan.code:
                raise PlanCodeTaken("Another plan has this code.")
        self.save(plan)

    def get(self, plan_id: CommissionPlanId, number: int) -> CommissionPlan:
        if (plan_id, number) not in self._plans:
            raise PlanNotFound("There is no such commission plan.")
        return deepcopy(self._plans[plan_id, number])

    def save(self, plan: CommissionPlan) -> None:
        self._uow.collect(plan)
        plan.version += 1
        self._plans[plan.id, plan.number] = deepcopy(plan)

    def versions_of(self, plan_id: CommissionPlanId) -> tuple[CommissionPlan, ...]:
        return tuple(plan for plan in self.all() if plan.id == plan_id)

    def all(self) -> tuple[CommissionPlan, ...]:
        plans = sorted(self._plans.values(), key=lambda plan: (plan.code, plan.number))
        return tuple(deepcopy(plans))

    def in_force(self, at: datetime) -> tuple[CommissionPlan, ...]:
        return tuple(plan for plan in self.all() if plan.is_in_force(at))

    def lock_default(self) -> None:
        pass

    def bound_to(self, plan_id: CommissionPlanId) -> tuple[PhysicianId, ...]:
        return tuple(
            physician_id for physician_id, signed in self._contracts().items() if signed == plan_id
        )

    def under_contract(self) -> tuple[PhysicianId, ...]:
        return tuple(self._contracts())

    def snapshot(self) -> Any:
        return dict(self._plans)

    def restore(self, snapshot: Any) -> None:
        self._plans = snapshot

    def _contracts(self) -> dict[PhysicianId, CommissionPlanId]:
        return {
            physician.id: physician.contract.commission_plan_id
            for physician in sorted(self._uow.physicians.all(), key=lambda one: one.id)
            if physician.contract is not None and physician.status is not PhysicianStatus.REJECTED
        }


@define(eq=False)
class KnownPlanUses:
    """Where plans are used, as a test says."""

    uses: list[PlanUse] = field(factory=list)

    def of(self, plan_ids: Sequence[CommissionPlanId]) -> tuple[PlanUse, ...]:
        return tuple(use for use in self.uses if use.plan_id in plan_ids)
