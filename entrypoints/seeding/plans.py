"""
The commission plans of the demo clinic: what everybody has, and what is particular.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.commission.plan import PlanContent
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import Terms
from entrypoints.seeding import cast

STANDARD = "standard"
PARTNER = "partner"


def _plan(
    name: str, *rules: Mapping[str, Any], currency: str | None = None, **scope: Any
) -> PlanContent:
    return PlanContent(
        name=name, scope=PlanScope(**scope), terms=Terms.from_data(rules, currency=currency)
    )


PUBLISHED: Mapping[str, PlanContent] = {
    STANDARD: _plan("Standard 2026", {"percent_bp": 2000}),
    PARTNER: _plan(
        "Partner physicians 2026",
        {
            "percent_bp": 2000,
            "tiers": [
                {"from_count": 20, "percent_bp": 1750},
                {"from_count": 60, "percent_bp": 1500},
            ],
        },
        level=PlanLevel.CONTRACT,
    ),
    "repeat-prescriptions": _plan(
        "Repeat prescriptions 2026",
        {"percent_bp": 2500, "minimum_minor": 300},
        currency="AUD",
        level=PlanLevel.SERVICE,
        services=frozenset({"repeat-prescription"}),
    ),
}
"""By code, in the order in which they are published."""

CONTRACTS: Mapping[str, str] = {cast.OKAFOR.email: PARTNER}
"""Whose contract names a plan of its own."""

PROPOSED = "welcome"


def welcome(now: datetime) -> PlanContent:
    """A campaign for newcomers, which waits for a second person's approval."""
    first_day = (now + timedelta(days=40)).replace(hour=0, minute=0, second=0, microsecond=0)
    return _plan(
        "Welcome, new physicians",
        {"percent_bp": 1000},
        level=PlanLevel.CAMPAIGN,
        starts_at=first_day,
        ends_at=first_day + timedelta(days=61),
        joined_within_days=90,
    )
