"""
A figure: one line of what was measured.
"""

from collections.abc import Iterable, Sequence
from statistics import median

from attrs import frozen

Rounds = Sequence[float]


@frozen(kw_only=True)
class Figure:
    """
    Args:
        name: Begins with the number of the ratio, such as `P1 single spread ratio`.
        goal: The least that is wanted; None for a figure that only explains others.
    """

    name: str
    value: float
    unit: str = ""
    goal: float | None = None

    def __str__(self) -> str:
        line = f"{self.name} {_rounded(self.value)}{self.unit and ' ' + self.unit}"
        if self.goal is None:
            return line
        return f"{line}  (goal {self.goal:g}: {'met' if self.value >= self.goal else 'missed'})"


def ratio(name: str, ours: Rounds, theirs: Rounds, *, goal: float | None = None) -> Figure:
    """The median over the rounds of what was measured side by side within each."""
    shares = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Figure(name=name, value=median(shares), goal=goal)


def middle(name: str, rounds: Rounds, unit: str) -> Figure:
    return Figure(name=name, value=median(rounds), unit=unit)


def show(figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(figure, flush=True)


def _rounded(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"
