"""
How a price is shared between physician and platform.

A plan is versioned data. Its language knows when, where and which service was
delivered and by whom: it has no word for what was prescribed, so that no plan can
make a physician's pay depend on it. A plan that tries is refused.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from attrs import define, evolve, field, frozen

from domain.shared.errors import InvalidInput, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import CommissionPlanId
from domain.shared.money import Money

WHOLE = 10_000
"""Basis points in one."""


class MalformedPlan(InvalidInput):
    """A commission plan that cannot be applied."""


class PlanKnowsTooMuch(InvalidInput):
    """Pay may not depend on this fact; prescriptions above all."""


class PlanNotFound(NotFound):
    """No such commission plan, or no such version of it."""


FACTS = frozenset(
    {"service_code", "mode", "jurisdiction", "physician", "campaign", "weekday", "specialty"}
)
"""All that a rule may ask about."""


@frozen(kw_only=True)
class CommissionFacts:
    """
    What a plan may know of a consultation.

    Args:
        values: A value for some of `FACTS`.
        delivered_this_month: How many consultations the physician completed in the month before.
    """

    values: Mapping[str, str]
    delivered_this_month: int = 0


@frozen(kw_only=True)
class Tier:
    """From so many consultations in a month, so much of each further one."""

    from_count: int
    percent_bp: int


@frozen(kw_only=True)
class CommissionRule:
    """
    What the platform keeps when all conditions hold.

    Args:
        when: For a fact, the values that it may have; no condition always holds.
        percent_bp: The share, in basis points of the price after tax and platform fee.
        fixed_minor: Kept on top of the share.
        minimum_minor: Kept at least.
        tiers: Other shares from a number of consultations on.
    """

    percent_bp: int = 0
    fixed_minor: int = 0
    minimum_minor: int = 0
    when: Mapping[str, frozenset[str]] = field(factory=dict)
    tiers: tuple[Tier, ...] = ()

    def __attrs_post_init__(self) -> None:
        for fact in self.when:
            if fact not in FACTS:
                raise PlanKnowsTooMuch(
                    f"A commission plan may not ask about {fact}.", field=f"when.{fact}"
                )
        shares = (self.percent_bp, *(tier.percent_bp for tier in self.tiers))
        if not all(0 <= share <= WHOLE for share in shares):
            raise MalformedPlan("A share lies between 0 and 10,000 basis points.", field="percent")
        if self.fixed_minor < 0 or self.minimum_minor < 0:
            raise MalformedPlan("A commission is never negative.", field="fixed")

    def applies(self, facts: CommissionFacts) -> bool:
        """Whether every condition holds."""
        return all(facts.values.get(fact) in values for fact, values in self.when.items())

    def commission(self, base: Money, facts: CommissionFacts) -> Money:
        """What the platform keeps of a base; never more than all of it."""
        reached = [tier for tier in self.tiers if facts.delivered_this_month >= tier.from_count]
        share = max(reached, key=lambda tier: tier.from_count).percent_bp if reached else None
        percent_bp = self.percent_bp if share is None else share
        # The physician comes first, so that a cent that cannot be split is theirs.
        _, percent = base.allocate((WHOLE - percent_bp, percent_bp))
        wanted = max(percent.minor + self.fixed_minor, self.minimum_minor)
        return Money(min(wanted, base.minor), base.currency)


@frozen(kw_only=True)
class Split:
    """Who gets what of a price; the parts add up to it."""

    earning: Money
    commission: Money
    platform_fee: Money
    tax: Money

    @property
    def parts(self) -> tuple[Money, Money, Money, Money]:
        """Commission, platform fee, tax and earning, in this order."""
        return (self.commission, self.platform_fee, self.tax, self.earning)


@define(eq=False, kw_only=True)
class CommissionPlan(Aggregate):
    """One version of a plan. The first rule that applies decides; the last has no condition."""

    id: CommissionPlanId
    number: int
    name: str
    rules: tuple[CommissionRule, ...] = field()
    published_at: datetime

    @rules.validator
    def _check(self, _: object, rules: tuple[CommissionRule, ...]) -> None:
        if not rules or rules[-1].when:
            raise MalformedPlan("The last rule of a plan has no condition.", field="rules")

    @classmethod
    def from_data(
        cls,
        *,
        id: CommissionPlanId,
        number: int,
        name: str,
        rules: Sequence[Mapping[str, Any]],
        published_at: datetime,
    ) -> Self:
        """
        Read a plan that was written as plain values.

        Raises:
            MalformedPlan: A part is missing or of the wrong kind.
            PlanKnowsTooMuch: A condition is about something that pay may not depend on.
        """
        return cls(
            id=id,
            number=number,
            name=name,
            rules=tuple(_rule(rule) for rule in rules),
            published_at=published_at,
        )

    def data(self) -> list[dict[str, Any]]:
        """The rules as plain values, for storage and for the outside."""
        return [
            {
                "percent_bp": rule.percent_bp,
                "fixed_minor": rule.fixed_minor,
                "minimum_minor": rule.minimum_minor,
                "when": {fact: sorted(values) for fact, values in rule.when.items()},
                "tiers": [
                    {"from_count": tier.from_count, "percent_bp": tier.percent_bp}
                    for tier in rule.tiers
                ],
            }
            for rule in self.rules
        ]


def split(
    plan: CommissionPlan,
    *,
    price: Money,
    tax: Money,
    platform_fee: Money,
    facts: CommissionFacts,
) -> Split:
    """
    Share a price. Tax and platform fee come off first, the plan shares the rest.

    Raises:
        InvariantError: Tax and fee exceed the price.
    """
    base = price - tax - platform_fee
    if base.minor < 0:
        raise InvariantError("tax and platform fee exceed the price")
    rule = next(rule for rule in plan.rules if rule.applies(facts))
    commission = rule.commission(base, facts)
    return Split(
        earning=base - commission, commission=commission, platform_fee=platform_fee, tax=tax
    )


def scale(parts: Split, *, to: Money) -> Split:
    """The same shares of a smaller amount, exactly."""
    commission, platform_fee, tax, earning = to.allocate([part.minor for part in parts.parts])
    return evolve(parts, commission=commission, platform_fee=platform_fee, tax=tax, earning=earning)


_KEYS = frozenset({"percent_bp", "fixed_minor", "minimum_minor", "when", "tiers"})


def _rule(data: Mapping[str, Any]) -> CommissionRule:
    if unknown := set(data) - _KEYS:
        raise PlanKnowsTooMuch(f"A commission plan has no word for {min(unknown)}.", field="rules")
    try:
        return CommissionRule(
            percent_bp=int(data.get("percent_bp", 0)),
            fixed_minor=int(data.get("fixed_minor", 0)),
            minimum_minor=int(data.get("minimum_minor", 0)),
            when={
                str(fact): frozenset(str(value) for value in values)
                for fact, values in data.get("when", {}).items()
            },
            tiers=tuple(
                Tier(from_count=int(tier["from_count"]), percent_bp=int(tier["percent_bp"]))
                for tier in data.get("tiers", ())
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as unreadable:
        raise MalformedPlan("This rule cannot be read.", field="rules") from unreadable
