"""
Looking at commission plans.
"""

from datetime import datetime

from attrs import evolve, frozen

from application.commission.ports import CommissionUnitOfWork, PlanUses
from application.commission.publication import concerned_by
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock
from domain.commission.plan import (
    CommissionPlan,
    NoticeTooShort,
    PlanNotFound,
    PlanPolicy,
    PlanStatus,
    in_force,
)
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import Terms
from domain.commission.words import terms_words
from domain.shared.ids import CommissionPlanId, UserId

READERS = (Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR)


@frozen(kw_only=True)
class PlanVersionView:
    """
    A version, what it says, whose work it is, and where it is used.

    Args:
        sentences: The terms in words, a sentence for every rule.
        in_force: Whether it applies to bookings made now.
        may_start_at: Of a draft: the first booking that it would apply to, published now; None
            if it cannot be published as it is.
        hindrance: Of a draft: why it cannot be.
        concerns: Of a draft: how many physicians under contract would be told.
    """

    plan_id: CommissionPlanId
    code: str
    number: int
    name: str
    status: PlanStatus
    scope: PlanScope
    terms: Terms
    sentences: tuple[str, ...]
    revision: int
    wished_from: datetime | None
    drafted_by: UserId | None
    drafted_at: datetime
    published_by: UserId | None
    published_at: datetime | None
    effective_from: datetime | None
    withdrawn_by: UserId | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    ends_at: datetime | None
    in_force: bool
    bookings: int = 0
    contracts: int = 0
    may_start_at: datetime | None = None
    hindrance: str = ""
    concerns: int = 0


@frozen(kw_only=True)
class PlanView:
    """A plan with all its versions, the latest first."""

    plan_id: CommissionPlanId
    code: str
    level: PlanLevel
    versions: tuple[PlanVersionView, ...]


@frozen
class ListCommissionPlans:
    """
    Every plan with every version.
    """

    _uow: CommissionUnitOfWork
    _uses: PlanUses
    _clock: Clock
    _policy: PlanPolicy

    def __call__(self, *, actor: Actor) -> tuple[PlanView, ...]:
        """
        List them by precedence, then by code.

        Raises:
            AccessDenied: Not staff.
        """
        require_role(actor, *READERS)
        with self._uow as uow:
            found = _views(uow, self._uses, uow.commission_plans.all(), self._policy, self._clock)
        return tuple(sorted(found, key=lambda plan: (plan.level.rank, plan.code)))


@frozen
class ViewCommissionPlan:
    """
    One plan with every version.
    """

    _uow: CommissionUnitOfWork
    _uses: PlanUses
    _clock: Clock
    _policy: PlanPolicy

    def __call__(self, *, actor: Actor, plan_id: CommissionPlanId) -> PlanView:
        """
        Give it.

        Raises:
            AccessDenied: Not staff.
            PlanNotFound: There is none.
        """
        require_role(actor, *READERS)
        with self._uow as uow:
            versions = uow.commission_plans.versions_of(plan_id)
            if not versions:
                raise PlanNotFound("There is no such commission plan.")
            (found,) = _views(uow, self._uses, versions, self._policy, self._clock)
        return found


def _views(
    uow: CommissionUnitOfWork,
    uses: PlanUses,
    versions: tuple[CommissionPlan, ...],
    policy: PlanPolicy,
    clock: Clock,
) -> list[PlanView]:
    now = clock.now()
    current = {(plan.id, plan.number) for plan in in_force(versions, at=now)}
    ids = tuple(dict.fromkeys(plan.id for plan in versions))
    used = {(use.plan_id, use.version): use for use in uses.of(ids)}
    views: dict[CommissionPlanId, list[PlanVersionView]] = {plan_id: [] for plan_id in ids}
    for plan in sorted(versions, key=lambda plan: -plan.number):
        view = _version(plan, is_current=(plan.id, plan.number) in current)
        use = used.get((plan.id, plan.number))
        if use is not None:
            view = evolve(view, bookings=use.bookings, contracts=use.contracts)
        if plan.status is PlanStatus.DRAFT:
            view = _with_start(uow, plan, view, policy, now)
        views[plan.id].append(view)
    return [
        PlanView(
            plan_id=plan_id,
            code=found[0].code,
            level=found[0].scope.level,
            versions=tuple(found),
        )
        for plan_id, found in views.items()
    ]


def _version(plan: CommissionPlan, *, is_current: bool) -> PlanVersionView:
    return PlanVersionView(
        plan_id=plan.id,
        code=plan.code,
        number=plan.number,
        name=plan.name,
        status=plan.status,
        scope=plan.scope,
        terms=plan.terms,
        sentences=terms_words(plan.terms),
        revision=plan.revision,
        wished_from=plan.content.effective_from,
        drafted_by=plan.drafted_by,
        drafted_at=plan.drafted_at,
        published_by=plan.published_by,
        published_at=plan.published_at,
        effective_from=plan.effective_from,
        withdrawn_by=plan.withdrawn_by,
        withdrawn_at=plan.withdrawn_at,
        withdrawal_reason=plan.withdrawal_reason,
        ends_at=plan.ends_at,
        in_force=is_current,
    )


def _with_start(
    uow: CommissionUnitOfWork,
    plan: CommissionPlan,
    view: PlanVersionView,
    policy: PlanPolicy,
    now: datetime,
) -> PlanVersionView:
    concerned = concerned_by(uow, plan, now=now)
    try:
        start = plan.starts(earliest=now + policy.notice if concerned else now)
    except NoticeTooShort as too_short:
        return evolve(view, concerns=len(concerned), hindrance=str(too_short))
    return evolve(view, concerns=len(concerned), may_start_at=start)
