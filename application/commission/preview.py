"""
What would a month earn? Worked out by the code that shares real payments.
"""

from attrs import frozen

from application.catalogue.ports import ServiceRepository
from application.commission.booking import choose_plan
from application.commission.ports import CommissionUnitOfWork
from application.shared.access import Actor, Role, require_role, require_self_physician
from application.shared.ports import Clock
from domain.catalogue.service import Service
from domain.commission.choice import Considered, FrozenPlan, choose
from domain.commission.plan import CommissionPlan, PlanNotFound
from domain.commission.scope import BookedPhysician, Booking, PlanLevel
from domain.commission.terms import Terms
from domain.commission.words import terms_words
from domain.payments.preview import MonthPreview, preview_month
from domain.shared.ids import CommissionPlanId, PhysicianId, ServiceId

_KNOWN_BEFORE = frozenset({"service_code", "mode", "physician"})


@frozen(kw_only=True)
class EarningsPreview:
    """
    A month of one service for a physician.

    Args:
        sentences: The terms of the plan in words.
        considered: Every plan in force, and why it was chosen or not.
        left_out: What the plan asks about and nobody can know before, such as the weekday;
            rules about these are taken not to apply.
    """

    service_id: ServiceId
    service_code: str
    service_name: str
    plan: FrozenPlan
    sentences: tuple[str, ...]
    considered: tuple[Considered, ...]
    month: MonthPreview
    left_out: tuple[str, ...]


@frozen(kw_only=True)
class DraftComparison:
    """
    A month of one service under a version, and under what is in force for the same bookings.

    Args:
        present: The plan in force; None where there is none.
        difference_minor: What the physician would get more; less if negative.
    """

    service_code: str
    service_name: str
    month: MonthPreview
    present: FrozenPlan | None
    present_month: MonthPreview | None
    difference_minor: int


@frozen
class PreviewEarnings:
    """
    Show a physician what a month would earn, by the plan that a booking would get now.
    """

    _uow: CommissionUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        consultations: int,
        service_id: ServiceId | None = None,
    ) -> tuple[EarningsPreview, ...]:
        """
        Work out every service on its own, each with so many consultations in the month.

        Args:
            service_id: Only this service.

        Raises:
            AccessDenied: Neither the physician nor finance.
            PhysicianNotFound: There is none.
            ServiceNotFound: There is none.
            TooMany: More than a month has room for, or none.
        """
        if not actor.roles & {Role.FINANCE, Role.ADMINISTRATOR}:
            require_self_physician(actor, physician_id)
        with self._uow as uow:
            uow.physicians.read(physician_id)
            return tuple(
                self._one(uow, service, physician_id, consultations)
                for service in _services(uow.services, service_id)
            )

    def _one(
        self,
        uow: CommissionUnitOfWork,
        service: Service,
        physician_id: PhysicianId,
        consultations: int,
    ) -> EarningsPreview:
        choice = choose_plan(
            uow,
            service_code=service.code,
            currency=service.current.terms.price.currency,
            booked_at=self._clock.now(),
            physician_id=physician_id,
        )
        terms = choice.plan.terms
        return EarningsPreview(
            service_id=service.id,
            service_code=service.code,
            service_name=service.current.name,
            plan=choice.plan,
            sentences=terms_words(terms),
            considered=choice.considered,
            month=_month(terms, service, consultations, physician_id=physician_id),
            left_out=left_out(terms),
        )


@frozen
class PreviewPlan:
    """
    Show staff what a version would pay, beside what is in force for the same bookings.
    """

    _uow: CommissionUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, plan_id: CommissionPlanId, number: int, consultations: int
    ) -> tuple[DraftComparison, ...]:
        """
        Compare for every service that the version is meant for.

        Raises:
            AccessDenied: Neither finance nor an administrator.
            PlanNotFound: There is none.
            TooMany: More than a month has room for, or none.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        with self._uow as uow:
            plan = next(
                (one for one in uow.commission_plans.versions_of(plan_id) if one.number == number),
                None,
            )
            if plan is None:
                raise PlanNotFound("There is no such commission plan.")
            return tuple(
                self._compare(uow, plan, service, consultations)
                for service in _services(uow.services, None)
                if (not plan.scope.services or service.code in plan.scope.services)
                and plan.terms.suits(service.current.terms.price.currency)
            )

    def _compare(
        self, uow: CommissionUnitOfWork, plan: CommissionPlan, service: Service, consultations: int
    ) -> DraftComparison:
        month = _month(plan.terms, service, consultations)
        present = self._present(uow, plan, service)
        present_month = None if present is None else _month(present.terms, service, consultations)
        before = present_month.totals.earning.minor if present_month else 0
        return DraftComparison(
            service_code=service.code,
            service_name=service.current.name,
            month=month,
            present=present,
            present_month=present_month,
            difference_minor=month.totals.earning.minor - before if present_month else 0,
        )

    def _present(
        self, uow: CommissionUnitOfWork, plan: CommissionPlan, service: Service
    ) -> FrozenPlan | None:
        now = self._clock.now()
        booking = Booking(
            service_code=service.code,
            currency=service.current.terms.price.currency,
            booked_at=now,
            physician=BookedPhysician(plan_id=plan.id)
            if plan.scope.level is PlanLevel.CONTRACT
            else None,
        )
        try:
            return choose(uow.commission_plans.in_force(now), booking).plan
        except PlanNotFound:
            return None


def left_out(terms: Terms) -> tuple[str, ...]:
    """What a plan asks about that is known only when a consultation is delivered."""
    return tuple(sorted(terms.asks_about - _KNOWN_BEFORE))


def _services(services: ServiceRepository, service_id: ServiceId | None) -> tuple[Service, ...]:
    if service_id is not None:
        return (services.read(service_id),)
    return services.offered()


def _month(
    terms: Terms,
    service: Service,
    consultations: int,
    *,
    physician_id: PhysicianId | None = None,
) -> MonthPreview:
    sold = service.current.terms
    values = {"service_code": service.code, "mode": sold.mode.value}
    if physician_id is not None:
        values["physician"] = str(physician_id)
    return preview_month(
        terms,
        price=sold.price,
        tax=sold.tax,
        platform_fee=sold.platform_fee,
        values=values,
        consultations=consultations,
    )
