"""
Which plan a booking is shared by, and why.

Of the plans in force when it was booked and meant for it, a campaign goes before the
physician's contract, the contract before a plan for the service, and that before the
default plan. Of two of the same kind the one that took effect later goes first, then the
one whose code comes first in the alphabet. Nothing else enters, so that the choice can be
made again from the same data with the same result.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from attrs import frozen

from domain.commission.plan import CommissionPlan, PlanNotFound, in_force
from domain.commission.scope import Booking, PlanLevel
from domain.commission.terms import Terms
from domain.shared.ids import CommissionPlanId

_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_PRECEDENCE = "A campaign goes before a contract, a contract before a service, that before default."


@frozen(kw_only=True)
class FrozenPlan:
    """
    The version that was chosen for a booking, kept with it for good.

    Args:
        why: Why this one, in a sentence for people.
    """

    plan_id: CommissionPlanId
    version: int
    code: str
    name: str
    level: PlanLevel
    terms: Terms
    why: str

    def data(self) -> dict[str, Any]:
        """As plain values, for storage."""
        currency = self.terms.currency
        return {
            "plan_id": str(self.plan_id),
            "version": self.version,
            "code": self.code,
            "name": self.name,
            "level": self.level.value,
            "currency": currency.code if currency else None,
            "rules": self.terms.data(),
            "why": self.why,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `data` wrote."""
        return cls(
            plan_id=CommissionPlanId(UUID(data["plan_id"])),
            version=data["version"],
            code=data["code"],
            name=data["name"],
            level=PlanLevel(data["level"]),
            terms=Terms.from_data(data["rules"], currency=data["currency"]),
            why=data["why"],
        )


@frozen(kw_only=True)
class Considered:
    """A plan that was in force, and why it was chosen or not."""

    code: str
    version: int
    level: PlanLevel
    chosen: bool
    because: str


@frozen(kw_only=True)
class PlanChoice:
    """The chosen plan, and all that were looked at, in the order of precedence."""

    plan: FrozenPlan
    considered: tuple[Considered, ...]


def choose(versions: Iterable[CommissionPlan], booking: Booking) -> PlanChoice:
    """
    Choose the plan of a booking.

    Raises:
        PlanNotFound: None is meant for it.
    """
    plans = sorted(in_force(versions, at=booking.booked_at), key=_precedence)
    misses = {plan.id: _misses(plan, booking) for plan in plans}
    fitting = [plan for plan in plans if misses[plan.id] is None]
    if not fitting:
        raise PlanNotFound("No commission plan applies to this booking.")
    chosen = fitting[0]
    return PlanChoice(
        plan=_frozen(chosen),
        considered=tuple(
            Considered(
                code=plan.code,
                version=plan.number,
                level=plan.scope.level,
                chosen=plan is chosen,
                because=misses[plan.id] or _beaten(plan, chosen),
            )
            for plan in plans
        ),
    )


def _precedence(plan: CommissionPlan) -> tuple[Any, ...]:
    return plan.scope.level.rank, _FAR - (plan.effective_from or _FAR), plan.code


def _misses(plan: CommissionPlan, booking: Booking) -> str | None:
    if not plan.terms.suits(booking.currency):
        return "It is for another currency."
    return plan.scope.misses(booking, plan.id)


def _beaten(plan: CommissionPlan, chosen: CommissionPlan) -> str:
    if plan is chosen:
        return _why(chosen)
    if plan.scope.level is chosen.scope.level:
        return f"{chosen.code} is of the same kind and took effect later, or comes first by code."
    return f"{chosen.code} is a {chosen.scope.level.value} plan and goes before it."


def _frozen(plan: CommissionPlan) -> FrozenPlan:
    return FrozenPlan(
        plan_id=plan.id,
        version=plan.number,
        code=plan.code,
        name=plan.name,
        level=plan.scope.level,
        terms=plan.terms,
        why=_why(plan),
    )


def _why(plan: CommissionPlan) -> str:
    reasons = {
        PlanLevel.CAMPAIGN: f"The campaign “{plan.name}” covered this booking.",
        PlanLevel.CONTRACT: f"The physician's contract at the booking names “{plan.name}”.",
        PlanLevel.SERVICE: f"“{plan.name}” is the plan for this service.",
        PlanLevel.DEFAULT: f"No more particular plan applied, so “{plan.name}” does.",
    }
    return f"{reasons[plan.scope.level]} {_PRECEDENCE}"
