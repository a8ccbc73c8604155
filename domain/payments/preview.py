"""
What a month of consultations would earn, worked out by the code that shares real payments.
"""

from collections.abc import Mapping

from attrs import evolve, frozen

from domain.commission.terms import CommissionFacts, MonthStanding, Terms
from domain.payments.commission import Split, split
from domain.shared.errors import InvalidInput
from domain.shared.money import Money

MOST = 1_000
"""Consultations in a month that are worked out."""


class TooMany(InvalidInput):
    """More consultations than a month has room for."""


@frozen(kw_only=True)
class PreviewStep:
    """
    Consultations in a row that are shared alike.

    Args:
        first: The first of them, counted from 1 in the month.
        percent_bp: The share that the platform keeps, before fixed amounts and minimum.
        each: How one of them is shared.
    """

    first: int
    last: int
    percent_bp: int
    each: Split


@frozen(kw_only=True)
class MonthPreview:
    """
    A month.

    Args:
        price: What a patient pays for one.
        steps: In order; nothing is left out.
    """

    price: Money
    steps: tuple[PreviewStep, ...]

    @property
    def consultations(self) -> int:
        """How many there are."""
        return sum(step.last - step.first + 1 for step in self.steps)

    @property
    def gross(self) -> Money:
        """All that patients pay."""
        return Money(self.price.minor * self.consultations, self.price.currency)

    @property
    def totals(self) -> Split:
        """Who gets what of it."""
        sums = [0, 0, 0, 0]
        for step in self.steps:
            for place, part in enumerate(step.each.parts):
                sums[place] += part.minor * (step.last - step.first + 1)
        commission, platform_fee, tax, earning = (Money(each, self.price.currency) for each in sums)
        return Split(earning=earning, commission=commission, platform_fee=platform_fee, tax=tax)


def preview_month(
    terms: Terms,
    *,
    price: Money,
    tax: Money,
    platform_fee: Money,
    values: Mapping[str, str],
    consultations: int,
) -> MonthPreview:
    """
    Share one consultation after the other, as if each were delivered after those before it.

    Args:
        values: What the plan may know; the same for all of them.

    Raises:
        TooMany: Fewer than 1, or more than a month has room for.
    """
    if not 1 <= consultations <= MOST:
        raise TooMany(f"Choose between 1 and {MOST:,} consultations.", field="consultations")
    steps: list[PreviewStep] = []
    for before in range(consultations):
        standing = MonthStanding(count=before, volume_minor=before * price.minor)
        facts = CommissionFacts(values=values, standing=standing)
        each = split(terms, price=price, tax=tax, platform_fee=platform_fee, facts=facts)
        percent_bp = terms.rule_for(facts).share_bp(standing)
        if steps and (steps[-1].each, steps[-1].percent_bp) == (each, percent_bp):
            steps[-1] = evolve(steps[-1], last=before + 1)
        else:
            steps.append(
                PreviewStep(first=before + 1, last=before + 1, percent_bp=percent_bp, each=each)
            )
    return MonthPreview(price=price, steps=tuple(steps))
