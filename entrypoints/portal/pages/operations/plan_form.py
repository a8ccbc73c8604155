"""
A version of a commission plan as a form: what is typed becomes a plan, and the other way.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from application.commission.queries import PlanVersionView
from domain.commission.plan import PlanContent
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import MalformedPlan, Terms, Tier
from domain.shared.money import Currency, Money
from entrypoints.portal.words import zone_of

_TIER = re.compile(r"after\s+([0-9.]+)\s*:\s*([0-9.]+)\s*%?")
_HUNDRED = 100


@dataclass(frozen=True)
class PlanFields:
    """What stands in the form. Every field is text, as browsers have it."""

    name: str = ""
    level: str = PlanLevel.DEFAULT.value
    services: str = ""
    first_day: str = ""
    last_day: str = ""
    joined_within_days: str = ""
    currency: str = ""
    percent: str = ""
    fixed: str = ""
    minimum: str = ""
    measure: str = "count"
    tiers: str = ""
    effective_on: str = ""


def read_plan(form: Mapping[str, Any], zone: str) -> PlanContent:
    """
    Read the form. Days begin and end where the author is.

    Raises:
        MalformedPlan: Something in it cannot be read, or makes no plan.
    """
    said = {name: str(form.get(name, "")).strip() for name in PlanFields.__annotations__}
    level = _level(said["level"])
    campaign = level is PlanLevel.CAMPAIGN
    last = _day(said["last_day"], "last_day") if campaign else None
    return PlanContent(
        name=said["name"],
        scope=PlanScope(
            level=level,
            services=frozenset(re.split(r"[\s,]+", said["services"])) - {""},
            starts_at=_midnight(_day(said["first_day"], "first_day"), zone) if campaign else None,
            ends_at=_midnight(last + timedelta(days=1) if last else None, zone),
            joined_within_days=_count(said["joined_within_days"]) if campaign else None,
        ),
        terms=Terms.from_data([_rule(said)], currency=said["currency"].upper() or None),
        effective_from=None
        if campaign
        else _midnight(_day(said["effective_on"], "effective_on"), zone),
    )


def written(version: PlanVersionView, zone: str) -> PlanFields | None:
    """The form of a version; None for one with several rules, which is written over the API."""
    if len(version.terms.rules) != 1:
        return None
    (rule,), currency, scope = version.terms.rules, version.terms.currency, version.scope
    by_volume = any(tier.by_volume for tier in rule.tiers)
    last = scope.ends_at - timedelta(microseconds=1) if scope.ends_at else None
    return PlanFields(
        name=version.name,
        level=scope.level.value,
        services=", ".join(sorted(scope.services)),
        first_day=_on(scope.starts_at, zone),
        last_day=_on(last, zone),
        joined_within_days=str(scope.joined_within_days or ""),
        currency=currency.code if currency else "",
        percent=_percent(rule.percent_bp),
        fixed=_major(rule.fixed_minor, currency),
        minimum=_major(rule.minimum_minor, currency),
        measure="volume" if by_volume else "count",
        tiers="\n".join(_tier_line(tier, currency) for tier in rule.tiers),
        effective_on=_on(version.wished_from, zone),
    )


def _rule(said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "percent_bp": _basis_points(said["percent"]),
        "fixed_minor": _minor(said["fixed"], said["currency"], "fixed"),
        "minimum_minor": _minor(said["minimum"], said["currency"], "minimum"),
        "tiers": [
            _tier(line, said["measure"], said["currency"])
            for line in said["tiers"].splitlines()
            if line.strip()
        ],
    }


def _tier(line: str, measure: str, currency: str) -> dict[str, int]:
    found = _TIER.fullmatch(line.strip())
    if found is None:
        raise MalformedPlan("Write each tier such as “after 20: 17.5”.", field="tiers")
    share = {"percent_bp": _basis_points(found[2])}
    if measure == "volume":
        return share | {"from_volume_minor": _minor(found[1], currency, "tiers")}
    if not found[1].isdecimal():
        raise MalformedPlan("A number of consultations is a whole number.", field="tiers")
    return share | {"from_count": int(found[1])}


def _tier_line(tier: Tier, currency: Currency | None) -> str:
    begins = _major(tier.threshold, currency) if tier.by_volume else str(tier.threshold)
    return f"after {begins}: {_percent(tier.percent_bp)}"


def _level(text: str) -> PlanLevel:
    if text not in set(PlanLevel):
        raise MalformedPlan("Choose the kind of plan.", field="level")
    return PlanLevel(text)


def _basis_points(text: str) -> int:
    points = _decimal(text or "0", "percent") * _HUNDRED
    if points != points.to_integral_value():
        raise MalformedPlan("A percentage has at most two places.", field="percent")
    return int(points)


def _minor(text: str, currency: str, name: str) -> int:
    if not text:
        return 0
    if not currency:
        raise MalformedPlan("Name the currency of amounts, such as AUD.", field="currency")
    return Money.from_major(_decimal(text, name), currency.upper()).minor


def _decimal(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise MalformedPlan("Write a number, such as 17.5.", field=name)
    return number


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise MalformedPlan("Write the days as a number.", field="joined_within_days")
    return int(text)


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise MalformedPlan("Write the day such as 2026-03-01.", field=name) from None


def _midnight(on: date | None, zone: str) -> datetime | None:
    if on is None:
        return None
    return datetime.combine(on, time(), zone_of(zone)).astimezone(UTC)


def _on(at: datetime | None, zone: str) -> str:
    return at.astimezone(zone_of(zone)).date().isoformat() if at else ""


def _percent(basis_points: int) -> str:
    return f"{(Decimal(basis_points) / _HUNDRED).normalize():f}"


def _major(minor: int, currency: Currency | None) -> str:
    if not minor or currency is None:
        return ""
    return f"{Money(minor, currency).major:f}"
