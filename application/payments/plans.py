"""
Commission plans are published, version by version, and never changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from application.payments.ports import PaymentsUnitOfWork
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock, Ids
from domain.payments.commission import CommissionPlan
from domain.shared.ids import CommissionPlanId, to_wire


@frozen(kw_only=True)
class PublishedPlan:
    """Which version of which plan was made."""

    plan_id: CommissionPlanId
    number: int


@frozen
class PublishCommissionPlan:
    """
    Offer a plan, or a new version of one, to consultations that are booked from now on.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        name: str,
        rules: Sequence[Mapping[str, Any]],
        plan_id: CommissionPlanId | None = None,
    ) -> PublishedPlan:
        """
        Returns the new version.

        Args:
            rules: As plain values; see `CommissionRule`.
            plan_id: The plan to revise; a new one if None.

        Raises:
            AccessDenied: Not finance staff.
            MalformedPlan: A rule cannot be read, or the last one has a condition.
            PlanKnowsTooMuch: A rule asks about something that pay may not depend on.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        known_id = plan_id or CommissionPlanId(self._ids.new())
        with self._uow as uow:
            plan = CommissionPlan.from_data(
                id=known_id,
                number=uow.commission_plans.latest_number(known_id) + 1,
                name=name,
                rules=rules,
                published_at=self._clock.now(),
            )
            uow.commission_plans.add(plan)
            uow.audit.record(
                actor=actor,
                action="commission_plan.published",
                subject=to_wire("commission_plan", known_id),
                details={"version": str(plan.number)},
            )
            uow.commit()
        return PublishedPlan(plan_id=known_id, number=plan.number)
