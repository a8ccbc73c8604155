"""
Looking up commission plans.
"""

from attrs import frozen

from application.payments.plans import PublishedPlan
from application.payments.ports import PaymentsUnitOfWork
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock
from domain.shared.ids import ServiceId


@frozen
class ViewPlanOfService:
    """
    Say under which plan a service is sold now, such as to offer a contract by it.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, service_id: ServiceId) -> PublishedPlan:
        """
        Give the version in force.

        Raises:
            AccessDenied: Not staff.
            PlanNotFound: No plan was published yet.
        """
        require_role(actor, Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR)
        with self._uow as uow:
            plan = uow.commission_plans.current_for(service_id=service_id, on=self._clock.now())
        return PublishedPlan(plan_id=plan.id, number=plan.number)
