"""
How a price is shared between physician and platform, to the cent.
"""

from attrs import evolve, frozen

from domain.commission.terms import CommissionFacts, Terms
from domain.shared.errors import InvariantError
from domain.shared.money import Money


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


def split(
    terms: Terms,
    *,
    price: Money,
    tax: Money,
    platform_fee: Money,
    facts: CommissionFacts,
) -> Split:
    """
    Share a price. Tax and platform fee come off first, the plan's terms share the rest.

    Raises:
        InvariantError: Tax and fee exceed the price.
    """
    base = price - tax - platform_fee
    if base.minor < 0:
        raise InvariantError("tax and platform fee exceed the price")
    commission = terms.rule_for(facts).commission(base, facts)
    return Split(
        earning=base - commission, commission=commission, platform_fee=platform_fee, tax=tax
    )


def scale(parts: Split, *, to: Money) -> Split:
    """The same shares of a smaller amount, exactly."""
    commission, platform_fee, tax, earning = to.allocate([part.minor for part in parts.parts])
    return evolve(parts, commission=commission, platform_fee=platform_fee, tax=tax, earning=earning)
