"""
The correlation is stated with its n, or not at all.
"""

from fractions import Fraction

import pytest

from domain.commission.independence import correlation


def points(*pairs: tuple[int, int]) -> list[tuple[Fraction, Fraction]]:
    return [(Fraction(x), Fraction(y)) for x, y in pairs]


def test_perfect_and_opposite() -> None:
    up = correlation(points((1, 10), (2, 20), (3, 30)))
    down = correlation(points((1, 30), (2, 20), (3, 10)))

    assert (up.coefficient, up.n) == (1.0, 3)
    assert down.coefficient == -1.0


def test_a_known_figure() -> None:
    found = correlation(points((1, 2), (2, 1), (3, 4), (4, 3), (5, 5)))

    assert found.coefficient == pytest.approx(0.8)
    assert found.words.startswith("r = +0.80 over n = 5 physicians. With fewer than 10")


def test_none_at_all_is_zero() -> None:
    assert correlation(points((1, 1), (2, 2), (3, 1))).coefficient == 0.0


def test_enough_physicians_come_without_the_caution() -> None:
    found = correlation(points(*((x, x % 3) for x in range(12))))

    assert found.words.endswith("It does not say why.")


@pytest.mark.parametrize(
    "pairs", [(), ((1, 1),), ((1, 1), (2, 2)), ((1, 5), (1, 6), (1, 7)), ((1, 5), (2, 5), (3, 5))]
)
def test_what_cannot_be_worked_out_is_not_made_up(pairs: tuple[tuple[int, int], ...]) -> None:
    found = correlation(points(*pairs))

    assert found.coefficient is None
    assert f"n = {len(pairs)}" in found.words
