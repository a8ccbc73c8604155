"""
Terms of pay in sentences, for those who are paid by them.
"""

from decimal import Decimal

from domain.commission.terms import CommissionRule, Terms, Tier
from domain.shared.money import Currency, Money

_FACT_WORDS = {
    "service_code": "the service is",
    "mode": "the mode is",
    "jurisdiction": "the patient is in",
    "physician": "the physician is",
    "weekday": "the day is",
}


def percent_words(basis_points: int) -> str:
    """Such as 17.5 %."""
    return f"{(Decimal(basis_points) / 100).normalize():f} %"


def terms_words(terms: Terms) -> tuple[str, ...]:
    """A sentence for every rule, in the order in which they are tried."""
    return tuple(_rule_words(rule, terms.currency) for rule in terms.rules)


def _rule_words(rule: CommissionRule, currency: Currency | None) -> str:
    kept = [f"{percent_words(rule.percent_bp)} of the price after tax and platform fee"]
    kept += [_tier_words(tier, currency) for tier in rule.tiers]
    if rule.fixed_minor:
        kept.append(f"plus {_amount(rule.fixed_minor, currency)}")
    if rule.minimum_minor:
        kept.append(f"at least {_amount(rule.minimum_minor, currency)}")
    condition = " and ".join(
        f"{_FACT_WORDS[fact]} {' or '.join(sorted(values))}"
        for fact, values in sorted(rule.when.items())
    )
    opening = f"If {condition}, the platform keeps " if condition else "The platform keeps "
    return f"{opening}{', '.join(kept)}."


def _tier_words(tier: Tier, currency: Currency | None) -> str:
    if tier.by_volume:
        before = f"{_amount(tier.threshold, currency)} of consultations"
    else:
        before = f"{tier.threshold} consultation{'s' if tier.threshold > 1 else ''}"
    return f"{percent_words(tier.percent_bp)} after {before} in the calendar month"


def _amount(minor: int, currency: Currency | None) -> str:
    return str(Money(minor, currency)) if currency else f"{minor} minor units"
