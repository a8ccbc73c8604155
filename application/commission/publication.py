"""
A second person approves a version, and those whose pay it changes are told in time.
"""

from datetime import datetime

from attrs import frozen

from application.commission.drafting import require_finance_person
from application.commission.ports import CommissionUnitOfWork
from application.shared.access import Actor
from application.shared.ports import Clock
from domain.commission.plan import (
    CommissionPlan,
    PlanPolicy,
    PlanStatus,
    in_force,
    require_another_default,
)
from domain.commission.scope import PlanLevel
from domain.shared.ids import CommissionPlanId, PhysicianId, to_wire


@frozen(kw_only=True)
class SettledPlan:
    """
    A version that was published or withdrawn.

    Args:
        changes_at: The first booking that it changes anything for; None for a discarded draft.
        told: How many physicians are told.
    """

    plan_id: CommissionPlanId
    number: int
    status: PlanStatus
    changes_at: datetime | None
    told: int


@frozen
class PublishCommissionPlan:
    """
    Approve a draft that somebody else wrote.

    It applies to bookings from a later instant on, never to earlier ones. Whose pay it
    changes is told, the notice ahead.
    """

    _uow: CommissionUnitOfWork
    _clock: Clock
    _policy: PlanPolicy

    def __call__(
        self, *, actor: Actor, plan_id: CommissionPlanId, number: int, revision: int
    ) -> SettledPlan:
        """
        Publish it; doing so again changes nothing.

        Args:
            revision: The one that was read.

        Raises:
            AccessDenied: Not a person of finance or an administrator.
            PlanNotFound: There is none.
            SecondPersonNeeded: By the one who wrote it.
            DraftChanged: It was changed after it was read.
            NoticeTooShort: It was to take effect earlier than people can be told.
            PlanSettled: It was withdrawn.
        """
        approver = require_finance_person(actor)
        now = self._clock.now()
        with self._uow as uow:
            plan = uow.commission_plans.get(plan_id, number)
            was_draft = plan.status is PlanStatus.DRAFT
            concerned = concerned_by(uow, plan, now=now)
            earliest = now + self._policy.notice if concerned else now
            plan.publish(by=approver, revision=revision, earliest=earliest, now=now)
            if not was_draft:
                return _settled(plan, concerned)
            plan.announce(concerned, now=now)
            uow.commission_plans.save(plan)
            uow.audit.record(
                actor=actor,
                action="commission_plan.published",
                subject=to_wire("commission_plan", plan_id),
                details=_details(plan, concerned) | {"author": _person(plan)},
            )
            uow.commit()
        return _settled(plan, concerned)


@frozen
class WithdrawCommissionPlan:
    """
    Apply a version to no further booking, or drop a draft.
    """

    _uow: CommissionUnitOfWork
    _clock: Clock
    _policy: PlanPolicy

    def __call__(
        self, *, actor: Actor, plan_id: CommissionPlanId, number: int, reason: str
    ) -> SettledPlan:
        """
        Withdraw it; doing so again changes nothing.

        What has not begun to apply goes at once; whose pay changes otherwise is told first.

        Raises:
            AccessDenied: Not a person of finance or an administrator.
            PlanNotFound: There is none.
            LastPlan: Some bookings would have no plan.
            MalformedPlan: No reason is given.
        """
        who = require_finance_person(actor)
        now = self._clock.now()
        with self._uow as uow:
            uow.commission_plans.lock_default()
            plan = uow.commission_plans.get(plan_id, number)
            if plan.status is PlanStatus.WITHDRAWN:
                return _settled(plan, ())
            published = plan.status is PlanStatus.PUBLISHED
            concerned = concerned_by(uow, plan, now=now) if published else ()
            earliest = now + self._policy.notice if concerned else now
            if plan.is_in_force(now):
                require_another_default(plan, uow.commission_plans.all(), from_=earliest)
            plan.withdraw(by=who, reason=reason, earliest=earliest, now=now)
            plan.announce(concerned, now=now)
            uow.commission_plans.save(plan)
            uow.audit.record(
                actor=actor,
                action="commission_plan.withdrawn",
                subject=to_wire("commission_plan", plan_id),
                reason=reason,
                details=_details(plan, concerned),
            )
            uow.commit()
        return _settled(plan, concerned)


def concerned_by(
    uow: CommissionUnitOfWork, plan: CommissionPlan, *, now: datetime
) -> tuple[PhysicianId, ...]:
    """
    Physicians under contract whose pay a version changes.

    A contract's plan concerns those who signed it; a campaign everybody; every other plan
    all but those whose contract names a plan of its own, which goes before it.
    """
    level = plan.scope.level
    if level is PlanLevel.CONTRACT:
        return uow.commission_plans.bound_to(plan.id)
    everybody = uow.commission_plans.under_contract()
    if level is PlanLevel.CAMPAIGN:
        return everybody
    special = {
        physician_id
        for one in in_force(uow.commission_plans.in_force(now), at=now)
        if one.scope.level is PlanLevel.CONTRACT and not one.scope.services
        for physician_id in uow.commission_plans.bound_to(one.id)
    }
    return tuple(one for one in everybody if one not in special)


def _details(plan: CommissionPlan, told: tuple[PhysicianId, ...]) -> dict[str, str]:
    change = plan.ends_at or plan.effective_from
    return {
        "version": str(plan.number),
        "revision": str(plan.revision),
        "changes_at": change.isoformat() if change else "",
        "told": str(len(told)),
    }


def _person(plan: CommissionPlan) -> str:
    return to_wire("user", plan.drafted_by) if plan.drafted_by else ""


def _settled(plan: CommissionPlan, told: tuple[PhysicianId, ...]) -> SettledPlan:
    return SettledPlan(
        plan_id=plan.id,
        number=plan.number,
        status=plan.status,
        changes_at=plan.ends_at or plan.effective_from,
        told=len(told),
    )
