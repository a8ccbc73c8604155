"""
For which bookings a plan is meant.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from attrs import frozen

from domain.commission.terms import MalformedPlan
from domain.shared.ids import CommissionPlanId
from domain.shared.money import Currency


class PlanLevel(StrEnum):
    """What a plan is for; of those that fit, the first in this order goes before the others."""

    CAMPAIGN = "campaign"  # between two dates
    CONTRACT = "contract"  # for physicians whose contract names it
    SERVICE = "service"  # for some services
    DEFAULT = "default"  # for everything else

    @property
    def rank(self) -> int:
        """0 goes before 1."""
        return list(PlanLevel).index(self)


@frozen(kw_only=True)
class BookedPhysician:
    """
    Under which terms of pay a physician worked at a booking.

    Args:
        joined_at: When they signed their first contract.
        plan_id: The plan that the contract in force then names.
    """

    joined_at: datetime | None = None
    plan_id: CommissionPlanId | None = None


@frozen(kw_only=True)
class Booking:
    """
    What decides which plan a consultation is shared by.

    Args:
        physician: None while nobody has taken it.
    """

    service_code: str
    currency: Currency
    booked_at: datetime
    physician: BookedPhysician | None = None


@frozen(kw_only=True)
class PlanScope:
    """
    The bookings that a plan is for.

    Args:
        services: Codes; none means all services.
        starts_at: Of a campaign: the first instant.
        ends_at: Of a campaign: the first instant after it.
        joined_within_days: Of a campaign: only for physicians who joined that shortly before.
    """

    level: PlanLevel = PlanLevel.DEFAULT
    services: frozenset[str] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    joined_within_days: int | None = None

    def __attrs_post_init__(self) -> None:
        level = self.level
        if level is PlanLevel.SERVICE and not self.services:
            raise MalformedPlan("Name the services that this plan is for.", field="services")
        if level is PlanLevel.DEFAULT and self.services:
            raise MalformedPlan("The default plan is for every service.", field="services")
        if level is PlanLevel.CAMPAIGN:
            if self.starts_at is None or self.ends_at is None or self.ends_at <= self.starts_at:
                raise MalformedPlan("A campaign has a first and a last day.", field="ends_at")
        elif self.starts_at or self.ends_at or self.joined_within_days is not None:
            raise MalformedPlan(
                "Only a campaign has dates, or is for new physicians alone.", field="level"
            )
        if self.joined_within_days is not None and self.joined_within_days < 1:
            raise MalformedPlan("New physicians joined 1 or more days ago.", field="joined_within")

    def misses(self, booking: Booking, plan_id: CommissionPlanId) -> str | None:
        """Why a booking is not meant; None if it is."""
        if self.services and booking.service_code not in self.services:
            return "It is for other services."
        if self.starts_at is not None and booking.booked_at < self.starts_at:
            return "It had not begun at the booking."
        if self.ends_at is not None and booking.booked_at >= self.ends_at:
            return "It was over at the booking."
        if self.level is PlanLevel.CONTRACT or self.joined_within_days is not None:
            return self._misses_physician(booking, plan_id)
        return None

    def data(self) -> dict[str, Any]:
        """As plain values, for storage."""
        return {
            "services": sorted(self.services),
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
            "joined_within_days": self.joined_within_days,
        }

    @classmethod
    def from_data(cls, level: str, data: Mapping[str, Any]) -> Self:
        """Read what `data` wrote."""
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        return cls(
            level=PlanLevel(level),
            services=frozenset(data.get("services", ())),
            starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
            ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
            joined_within_days=data.get("joined_within_days"),
        )

    def _misses_physician(self, booking: Booking, plan_id: CommissionPlanId) -> str | None:
        physician = booking.physician
        if physician is None:
            return "It depends on the physician, and nobody has taken the consultation yet."
        if self.level is PlanLevel.CONTRACT and physician.plan_id != plan_id:
            return "The physician's contract at the booking does not name it."
        if self.joined_within_days is not None:
            since = booking.booked_at - timedelta(days=self.joined_within_days)
            if physician.joined_at is None or physician.joined_at < since:
                return f"It is for physicians who joined within {self.joined_within_days} days."
        return None
