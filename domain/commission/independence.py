"""
Whether pay goes with prescribing: what a governance committee looks at.

No plan can ask about prescriptions. This looks at the outcome all the same: over the
physicians of a period, whether those who prescribe more are paid more for a consultation.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

from attrs import frozen

FEWEST = 3
"""Physicians below which a correlation says nothing at all."""
FEW = 10
"""Physicians below which it is not to be relied on."""


@frozen(kw_only=True)
class Correlation:
    """
    Pearson's coefficient over physicians.

    Args:
        n: How many physicians entered.
        coefficient: Between -1 and 1; None where it is not defined.
        words: The result and how far it goes, in a sentence.
    """

    n: int
    coefficient: float | None
    words: str


def correlation(points: Sequence[tuple[Fraction, Fraction]]) -> Correlation:
    """
    Correlate prescribing rate with pay per consultation.

    Args:
        points: For every physician the two, in this order.
    """
    n = len(points)
    if n < FEWEST:
        return Correlation(
            n=n,
            coefficient=None,
            words=f"n = {n}: no correlation is worked out for fewer than {FEWEST} physicians.",
        )
    coefficient = _pearson(points)
    if coefficient is None:
        return Correlation(
            n=n,
            coefficient=None,
            words=f"n = {n}: all prescribe or are paid alike, so there is no correlation to state.",
        )
    caution = (
        f"With fewer than {FEW} physicians chance alone can produce this."
        if n < FEW
        else "It does not say why."
    )
    return Correlation(
        n=n,
        coefficient=coefficient,
        words=f"r = {coefficient:+.2f} over n = {n} physicians. {caution}",
    )


def _pearson(points: Sequence[tuple[Fraction, Fraction]]) -> float | None:
    n = len(points)
    mean_x = sum((x for x, _ in points), Fraction(0)) / n
    mean_y = sum((y for _, y in points), Fraction(0)) / n
    together = sum(((x - mean_x) * (y - mean_y) for x, y in points), Fraction(0))
    spread_x = sum(((x - mean_x) ** 2 for x, _ in points), Fraction(0))
    spread_y = sum(((y - mean_y) ** 2 for _, y in points), Fraction(0))
    if not spread_x or not spread_y:
        return None
    squared = together**2 / (spread_x * spread_y)
    return (1 if together > 0 else -1) * min(1.0, sqrt(squared)) if together else 0.0
