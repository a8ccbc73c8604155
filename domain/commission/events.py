"""
What happens to commission plans.
"""

from datetime import datetime

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import CommissionPlanId, PhysicianId


@frozen(kw_only=True)
class CommissionPlanPublished(DomainEvent):
    """A version of a plan was approved."""

    plan_id: CommissionPlanId
    plan_version: int
    effective_from: datetime


@frozen(kw_only=True)
class CommissionPlanWithdrawn(DomainEvent):
    """A version of a plan will not be applied to bookings from `ends_at` on."""

    plan_id: CommissionPlanId
    plan_version: int
    ends_at: datetime


@frozen(kw_only=True)
class PayTermsWillChange(DomainEvent):
    """A physician has to be told that bookings from an instant on are paid otherwise."""

    physician_id: PhysicianId
    plan_id: CommissionPlanId
    plan_version: int
    effective_from: datetime


@frozen(kw_only=True)
class PayTermsStay(DomainEvent):
    """A change that a physician was told of will not come."""

    physician_id: PhysicianId
    plan_id: CommissionPlanId
    plan_version: int
    effective_from: datetime
