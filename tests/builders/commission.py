"""
Commission plans, drafts and published ones.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from application.commission.drafting import DraftCommissionPlan
from application.commission.publication import PublishCommissionPlan, SettledPlan
from application.shared.access import Actor, Role
from domain.commission.choice import FrozenPlan
from domain.commission.plan import CommissionPlan, PlanContent, PlanPolicy
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import Terms
from domain.shared.ids import CommissionPlanId, UserId

STANDARD = CommissionPlanId(UUID(int=39))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AUTHOR = UserId(UUID(int=13))
APPROVER = UserId(UUID(int=14))
FINANCE = Actor(user_id=AUTHOR, roles=[Role.FINANCE])
SECOND_FINANCE = Actor(user_id=APPROVER, roles=[Role.FINANCE])


def terms(*rules: dict[str, Any], currency: str | None = None) -> Terms:
    return Terms.from_data(rules or ({"percent_bp": 2000},), currency=currency)


def content(
    *rules: dict[str, Any],
    name: str = "Standard",
    level: PlanLevel = PlanLevel.DEFAULT,
    currency: str | None = None,
    effective_from: datetime | None = None,
    **scope: Any,
) -> PlanContent:
    return PlanContent(
        name=name,
        scope=PlanScope(level=level, **scope),
        terms=terms(*rules, currency=currency),
        effective_from=effective_from,
    )


def a_plan(
    *rules: dict[str, Any],
    plan_id: CommissionPlanId = STANDARD,
    code: str = "standard",
    number: int = 1,
    since: datetime = LONG_AGO,
    **said: Any,
) -> CommissionPlan:
    """A version that is in force since an instant."""
    plan = CommissionPlan.draft(
        id=plan_id, code=code, number=number, content=content(*rules, **said), by=AUTHOR, now=since
    )
    plan.publish(by=APPROVER, revision=1, earliest=since, now=since)
    plan.pull_events()
    return plan


def a_frozen_plan(
    *rules: dict[str, Any], plan_id: CommissionPlanId = STANDARD, currency: str | None = None
) -> FrozenPlan:
    return FrozenPlan(
        plan_id=plan_id,
        version=1,
        code="standard",
        name="Standard",
        level=PlanLevel.DEFAULT,
        terms=terms(*rules, currency=currency),
        why="It is the only one.",
    )


def publish_plan(
    uow: Any, clock: Any, ids: Any, said: PlanContent, *, code: str = "standard", **drafted: Any
) -> SettledPlan:
    """Draft it as one person, and publish it as another."""
    draft = DraftCommissionPlan(uow, clock, ids)(actor=FINANCE, content=said, code=code, **drafted)
    return PublishCommissionPlan(uow, clock, PlanPolicy())(
        actor=SECOND_FINANCE, plan_id=draft.plan_id, number=draft.number, revision=draft.revision
    )
