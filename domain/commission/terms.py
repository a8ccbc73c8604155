"""
The language in which commission plans are written.

It knows when, where and which service was delivered, by whom, and how much they delivered
earlier in the month. It has no word for what was prescribed or found, so that no plan can
make a physician's pay depend on it. A plan that tries is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from attrs import field, frozen

from domain.shared.errors import InvalidInput
from domain.shared.money import Currency, Money

WHOLE = 10_000
"""Basis points in one."""

FACTS = frozenset({"service_code", "mode", "jurisdiction", "physician", "weekday"})
"""All that a rule may ask about. What is not in this list cannot reach a plan."""

_KEYS = frozenset({"percent_bp", "fixed_minor", "minimum_minor", "when", "tiers"})
_TIER_KEYS = frozenset({"from_count", "from_volume_minor", "percent_bp"})
_MOST_RULES = 50


class MalformedPlan(InvalidInput):
    """A commission plan that cannot be applied."""


class PlanKnowsTooMuch(InvalidInput):
    """Pay may not depend on this fact; prescriptions above all."""


@frozen(kw_only=True)
class MonthStanding:
    """
    What a physician delivered earlier in the same calendar month.

    It is read when the share of a consultation is worked out, by the consultations of that
    month that ended before it, so that it can be counted again at any later time.

    Args:
        volume_minor: What patients paid for them, in the currency of the consultation.
        month: Such as 2026-11, where the physician is.
        time_zone: Where that is.
    """

    count: int = 0
    volume_minor: int = 0
    month: str = ""
    time_zone: str = ""


@frozen(kw_only=True)
class CommissionFacts:
    """
    What a plan may know of a consultation.

    Args:
        values: A value for some of `FACTS`.
    """

    values: Mapping[str, str]
    standing: MonthStanding = field(factory=MonthStanding)


@frozen(kw_only=True)
class Tier:
    """
    Another share, once the physician has delivered so much earlier in the month.

    Exactly one of the two measures is given.
    """

    percent_bp: int
    from_count: int | None = None
    from_volume_minor: int | None = None

    def __attrs_post_init__(self) -> None:
        if (self.from_count is None) is (self.from_volume_minor is None):
            raise MalformedPlan(
                "A tier begins at a number of consultations or at a volume.", field="tiers"
            )
        if self.threshold < 1:
            raise MalformedPlan("A tier begins at 1 or more.", field="tiers")

    @property
    def threshold(self) -> int:
        """Where it begins, in its own measure."""
        return self.from_count or self.from_volume_minor or 0

    @property
    def by_volume(self) -> bool:
        """Whether it goes by what patients paid, not by how many there were."""
        return self.from_volume_minor is not None

    def reached(self, standing: MonthStanding) -> bool:
        """Whether so much was delivered before."""
        before = standing.volume_minor if self.by_volume else standing.count
        return before >= self.threshold


def _lowest_first(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
    return tuple(sorted(tiers, key=lambda tier: tier.threshold))


@frozen(kw_only=True)
class CommissionRule:
    """
    What the platform keeps when all conditions hold.

    Args:
        when: For a fact, the values that it may have; no condition always holds.
        percent_bp: The share, in basis points of the price after tax and platform fee.
        fixed_minor: Kept on top of the share.
        minimum_minor: Kept at least.
        tiers: Other shares from a number or a volume of consultations on, lowest first.
    """

    percent_bp: int = 0
    fixed_minor: int = 0
    minimum_minor: int = 0
    when: Mapping[str, frozenset[str]] = field(factory=dict)
    tiers: tuple[Tier, ...] = field(default=(), converter=_lowest_first)

    def __attrs_post_init__(self) -> None:
        for fact, values in self.when.items():
            _require_known(fact)
            if not values:
                raise MalformedPlan(f"Name a value of {fact}.", field=f"when.{fact}")
        shares = (self.percent_bp, *(tier.percent_bp for tier in self.tiers))
        if not all(0 <= share <= WHOLE for share in shares):
            raise MalformedPlan("A share lies between 0 and 10,000 basis points.", field="percent")
        if self.fixed_minor < 0 or self.minimum_minor < 0:
            raise MalformedPlan("A commission is never negative.", field="fixed")
        if len({tier.by_volume for tier in self.tiers}) > 1:
            raise MalformedPlan("All tiers of a rule go by the same measure.", field="tiers")
        if len({tier.threshold for tier in self.tiers}) != len(self.tiers):
            raise MalformedPlan("No two tiers begin at the same point.", field="tiers")

    def applies(self, facts: CommissionFacts) -> bool:
        """Whether every condition holds."""
        return all(facts.values.get(fact) in values for fact, values in self.when.items())

    def share_bp(self, standing: MonthStanding) -> int:
        """The share that holds after what was delivered before."""
        reached = [tier.percent_bp for tier in self.tiers if tier.reached(standing)]
        return reached[-1] if reached else self.percent_bp

    def commission(self, base: Money, facts: CommissionFacts) -> Money:
        """What the platform keeps of a base; never more than all of it."""
        percent_bp = self.share_bp(facts.standing)
        # The physician comes first, so that a cent that cannot be split is theirs.
        _, percent = base.allocate((WHOLE - percent_bp, percent_bp))
        wanted = max(percent.minor + self.fixed_minor, self.minimum_minor)
        return Money(min(wanted, base.minor), base.currency)


@frozen(kw_only=True)
class Terms:
    """
    The rules of a plan. The first that applies decides; the last has no condition.

    Args:
        currency: Of fixed amounts, minimums and volumes; a plan without those needs none, and
            is then good for every currency.
    """

    rules: tuple[CommissionRule, ...] = field()
    currency: Currency | None = None

    @rules.validator
    def _check(self, _: object, rules: tuple[CommissionRule, ...]) -> None:
        if not rules or rules[-1].when:
            raise MalformedPlan("The last rule of a plan has no condition.", field="rules")
        if len(rules) > _MOST_RULES:
            raise MalformedPlan(f"A plan has at most {_MOST_RULES} rules.", field="rules")

    @classmethod
    def from_data(cls, rules: Sequence[Mapping[str, Any]], *, currency: str | None = None) -> Self:
        """
        Read terms that were written as plain values.

        Raises:
            MalformedPlan: A part is missing or of the wrong kind.
            PlanKnowsTooMuch: A condition is about something that pay may not depend on.
        """
        return cls(
            rules=tuple(_rule(rule) for rule in rules),
            currency=Currency(currency) if currency else None,
        )

    def data(self) -> list[dict[str, Any]]:
        """The rules as plain values, for storage and for the outside."""
        return [
            {
                "percent_bp": rule.percent_bp,
                "fixed_minor": rule.fixed_minor,
                "minimum_minor": rule.minimum_minor,
                "when": {fact: sorted(values) for fact, values in rule.when.items()},
                "tiers": [_tier_data(tier) for tier in rule.tiers],
            }
            for rule in self.rules
        ]

    def rule_for(self, facts: CommissionFacts) -> CommissionRule:
        """The rule that decides."""
        return next(rule for rule in self.rules if rule.applies(facts))

    def suits(self, currency: Currency) -> bool:
        """Whether prices in this currency can be shared by it."""
        return self.currency in (None, currency)

    def require_currency(self) -> None:
        """
        Refuse amounts of nobody knows what.

        Raises:
            MalformedPlan: There are amounts and no currency.
        """
        amounts = any(
            rule.fixed_minor or rule.minimum_minor or any(tier.by_volume for tier in rule.tiers)
            for rule in self.rules
        )
        if amounts and self.currency is None:
            raise MalformedPlan(
                "Name the currency of fixed amounts, minimums and volumes.", field="currency"
            )

    @property
    def asks_about(self) -> frozenset[str]:
        """All facts that some rule asks about."""
        return frozenset(fact for rule in self.rules for fact in rule.when)


def _require_known(fact: str) -> None:
    if fact not in FACTS:
        raise PlanKnowsTooMuch(
            f"A commission plan may not ask about {fact}. It can know: {', '.join(sorted(FACTS))}.",
            field=f"when.{fact}",
        )


def _rule(data: Mapping[str, Any]) -> CommissionRule:
    try:
        _require_words(data, _KEYS)
        return CommissionRule(
            percent_bp=_whole(data.get("percent_bp", 0)),
            fixed_minor=_whole(data.get("fixed_minor", 0)),
            minimum_minor=_whole(data.get("minimum_minor", 0)),
            when={
                str(fact): frozenset(_texts(values))
                for fact, values in data.get("when", {}).items()
            },
            tiers=tuple(_tier(tier) for tier in data.get("tiers", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as unreadable:
        raise MalformedPlan("This rule cannot be read.", field="rules") from unreadable


def _tier(data: Mapping[str, Any]) -> Tier:
    _require_words(data, _TIER_KEYS)
    count, volume = data.get("from_count"), data.get("from_volume_minor")
    return Tier(
        percent_bp=_whole(data["percent_bp"]),
        from_count=None if count is None else _whole(count),
        from_volume_minor=None if volume is None else _whole(volume),
    )


def _tier_data(tier: Tier) -> dict[str, Any]:
    measure = "from_volume_minor" if tier.by_volume else "from_count"
    return {measure: tier.threshold, "percent_bp": tier.percent_bp}


def _require_words(data: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := set(data) - known:
        raise PlanKnowsTooMuch(
            f"A commission plan has no word for {min(unknown)}. It has: {', '.join(sorted(known))}.",
            field="rules",
        )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    return value


def _texts(values: object) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Sequence | frozenset | set):
        raise TypeError("not a list")
    return [str(value) for value in values]
