"""
What commission plans need of the outside.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from application.catalogue.ports import ServiceRepository
from application.physicians.ports import PhysicianRepository
from application.shared.ports import UnitOfWork
from domain.commission.plan import CommissionPlan
from domain.shared.ids import CommissionPlanId, PhysicianId
from domain.shared.money import Money


class CommissionPlanRepository(Protocol):
    """Every version of every commission plan."""

    def add(self, plan: CommissionPlan) -> None:
        """
        Store a new version.

        Raises:
            DraftExists: There is a draft of this plan already.
            PlanCodeTaken: Another plan has this code.
        """
        ...

    def get(self, plan_id: CommissionPlanId, number: int) -> CommissionPlan:
        """
        One version, locked.

        Raises:
            PlanNotFound: There is none.
        """
        ...

    def save(self, plan: CommissionPlan) -> None:
        """Store a changed version. What was published can only be withdrawn."""
        ...

    def versions_of(self, plan_id: CommissionPlanId) -> tuple[CommissionPlan, ...]:
        """All versions of a plan, the first one first; none for an unknown plan. Unlocked."""
        ...

    def all(self) -> tuple[CommissionPlan, ...]:
        """Every version of every plan, by code and number. Unlocked."""
        ...

    def in_force(self, at: datetime) -> tuple[CommissionPlan, ...]:
        """All versions that can apply to a booking made then, by code and number. Unlocked."""
        ...

    def lock_default(self) -> None:
        """Let nobody else withdraw a default plan until the end of the transaction."""
        ...

    def bound_to(self, plan_id: CommissionPlanId) -> tuple[PhysicianId, ...]:
        """Physicians whose contract in force names this plan, in a stable order."""
        ...

    def under_contract(self) -> tuple[PhysicianId, ...]:
        """All physicians who have signed a contract, in a stable order."""
        ...


class CommissionUnitOfWork(UnitOfWork, Protocol):
    """A transaction over commission plans and what they look at."""

    @property
    def commission_plans(self) -> CommissionPlanRepository:
        """The plans."""
        ...

    @property
    def physicians(self) -> PhysicianRepository:
        """The physicians, for their contracts."""
        ...

    @property
    def services(self) -> ServiceRepository:
        """The services that plans name."""
        ...


class ChoosingUnitOfWork(Protocol):
    """As much of a transaction as choosing a plan takes."""

    @property
    def commission_plans(self) -> CommissionPlanRepository: ...

    @property
    def physicians(self) -> PhysicianRepository: ...


@frozen(kw_only=True)
class PlanUse:
    """How often a version was booked under, and by how many contracts it is named."""

    plan_id: CommissionPlanId
    version: int
    bookings: int
    contracts: int


class PlanUses(Protocol):
    """Where plans are used."""

    def of(self, plan_ids: Sequence[CommissionPlanId]) -> tuple[PlanUse, ...]:
        """Of all versions of some plans that are used at all."""
        ...


@frozen(kw_only=True)
class PlanInUse:
    """A version under which somebody was paid."""

    code: str
    version: int
    terms: tuple[str, ...]


@frozen(kw_only=True)
class PayAndPrescribing:
    """
    One physician in one currency, over a period. No patient is in it.

    Args:
        finished: Consultations that the physician completed.
        shared: Those of them whose payment was shared; pay is counted over these.
        pay: What the physician earned by them when they were delivered.
        prescriptions: Prescriptions that were signed in the finished ones.
    """

    physician_id: PhysicianId
    name: str
    finished: int
    shared: int
    pay: Money
    prescriptions: int
    plans: tuple[PlanInUse, ...]


class PayReports(Protocol):
    """The one place where pay and prescriptions are looked at side by side; it pays nobody."""

    def pay_and_prescribing(self, *, since: date, until: date) -> tuple[PayAndPrescribing, ...]:
        """Of consultations that ended on the days from `since` up to `until`, in UTC."""
        ...
