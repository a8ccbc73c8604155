"""
Writing a version of a commission plan, which somebody else has to approve.
"""

from attrs import frozen

from application.commission.ports import CommissionUnitOfWork
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_person,
    require_role,
)
from application.shared.ports import Clock, Ids
from domain.commission.plan import (
    CommissionPlan,
    DraftExists,
    PlanCodeTaken,
    PlanContent,
    PlanNotFound,
    PlanStatus,
)
from domain.commission.terms import MalformedPlan
from domain.shared.ids import CommissionPlanId, UserId, to_wire


@frozen(kw_only=True)
class DraftedPlan:
    """Which version of which plan was written, and how often it was changed."""

    plan_id: CommissionPlanId
    number: int
    revision: int


@frozen
class DraftCommissionPlan:
    """
    Propose a plan, or a new version of one.
    """

    _uow: CommissionUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        content: PlanContent,
        code: str = "",
        plan_id: CommissionPlanId | None = None,
    ) -> DraftedPlan:
        """
        Write the draft.

        Args:
            code: Of a new plan; a new version keeps that of its plan.
            plan_id: The plan to write a new version of; a new plan if None.

        Raises:
            AccessDenied: Not a person of finance or an administrator.
            PlanNotFound: There is no such plan.
            DraftExists: A draft of it is waiting already.
            PlanCodeTaken: Another plan has this code.
            MalformedPlan: It cannot be applied.
        """
        author = require_finance_person(actor)
        with self._uow as uow:
            versions = uow.commission_plans.versions_of(plan_id) if plan_id else ()
            _check_drafting(uow, versions, content, code=code, plan_id=plan_id)
            plan = CommissionPlan.draft(
                id=plan_id or CommissionPlanId(self._ids.new()),
                code=versions[-1].code if versions else code,
                number=versions[-1].number + 1 if versions else 1,
                content=content,
                by=author,
                now=self._clock.now(),
            )
            uow.commission_plans.add(plan)
            _audit(uow, actor, "commission_plan.drafted", plan)
            uow.commit()
        return _drafted(plan)


@frozen
class ReviseCommissionPlan:
    """
    Change a draft.
    """

    _uow: CommissionUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        plan_id: CommissionPlanId,
        number: int,
        content: PlanContent,
    ) -> DraftedPlan:
        """
        Replace all that it says; whoever changes it last is its author.

        Raises:
            AccessDenied: Not a person of finance or an administrator.
            PlanNotFound: There is none.
            PlanSettled: It is no draft any more.
            MalformedPlan: It cannot be applied.
        """
        author = require_finance_person(actor)
        with self._uow as uow:
            plan = uow.commission_plans.get(plan_id, number)
            require_services(uow, content)
            plan.revise(content, by=author, now=self._clock.now())
            uow.commission_plans.save(plan)
            _audit(uow, actor, "commission_plan.revised", plan)
            uow.commit()
        return _drafted(plan)


def require_finance_person(actor: Actor) -> UserId:
    """
    Let only a person through who answers for money, and say who it is.

    Raises:
        AccessDenied: Somebody else, or a program.
    """
    require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
    require_person(actor)
    if actor.user_id is None:
        raise AccessDenied("Sign in before you decide about pay.")
    return actor.user_id


def require_services(uow: CommissionUnitOfWork, content: PlanContent) -> None:
    """
    Let a plan name only services that exist.

    Raises:
        MalformedPlan: One does not.
    """
    for code in sorted(content.scope.services):
        if uow.services.find_by_code(code) is None:
            raise MalformedPlan(f"There is no service {code}.", field="services")


def _check_drafting(
    uow: CommissionUnitOfWork,
    versions: tuple[CommissionPlan, ...],
    content: PlanContent,
    *,
    code: str,
    plan_id: CommissionPlanId | None,
) -> None:
    if plan_id is not None and not versions:
        raise PlanNotFound("There is no such commission plan.")
    if any(one.status is PlanStatus.DRAFT for one in versions):
        raise DraftExists("A draft of this plan is waiting already. Change it, or withdraw it.")
    if versions and versions[-1].scope.level is not content.scope.level:
        raise MalformedPlan("All versions of a plan are of one kind.", field="level")
    if plan_id is None and any(one.code == code for one in uow.commission_plans.all()):
        raise PlanCodeTaken("Another plan has this code.")
    require_services(uow, content)


def _audit(uow: CommissionUnitOfWork, actor: Actor, action: str, plan: CommissionPlan) -> None:
    uow.audit.record(
        actor=actor,
        action=action,
        subject=to_wire("commission_plan", plan.id),
        details={"version": str(plan.number), "revision": str(plan.revision)},
    )


def _drafted(plan: CommissionPlan) -> DraftedPlan:
    return DraftedPlan(plan_id=plan.id, number=plan.number, revision=plan.revision)
