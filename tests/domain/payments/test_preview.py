"""
A previewed month is what a month pays.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commission.terms import CommissionFacts, MonthStanding, Terms
from domain.payments.commission import split
from domain.payments.preview import MonthPreview, TooMany, preview_month
from domain.shared.money import Money, total
from tests.builders.commission import terms
from tests.domain.payments.test_split import any_terms
from tests.fakes.money import AUD, dollars

TIERED = terms({"percent_bp": 2000, "tiers": [{"from_count": 3, "percent_bp": 1000}]})


def month(
    said: Terms = TIERED, *, consultations: int = 5, price: Money | None = None
) -> MonthPreview:
    return preview_month(
        said,
        price=price or dollars(100),
        tax=dollars(0),
        platform_fee=dollars(0),
        values={"mode": "video"},
        consultations=consultations,
    )


def test_steps_show_where_a_tier_begins() -> None:
    found = month()

    assert [(step.first, step.last, step.percent_bp) for step in found.steps] == [
        (1, 3, 2000),
        (4, 5, 1000),
    ]
    assert found.gross == dollars(500)
    assert found.totals.earning == dollars(3 * 80 + 2 * 90)


@given(said=any_terms(), consultations=st.integers(1, 60), price=st.integers(1, 10**6))
def test_it_is_what_one_after_the_other_would_pay(
    said: Terms, consultations: int, price: int
) -> None:
    found = month(said, consultations=consultations, price=Money(price, AUD))
    one_by_one = [
        split(
            said,
            price=Money(price, AUD),
            tax=dollars(0),
            platform_fee=dollars(0),
            facts=CommissionFacts(
                values={"mode": "video"},
                standing=MonthStanding(count=before, volume_minor=before * price),
            ),
        )
        for before in range(consultations)
    ]

    assert found.consultations == consultations
    assert total(found.totals.parts, AUD) == found.gross
    assert found.totals.earning == total([each.earning for each in one_by_one], AUD)
    assert [
        step.each for step in found.steps for _ in range(step.last - step.first + 1)
    ] == one_by_one


@pytest.mark.parametrize("consultations", [-1, 0, 1_001])
def test_a_month_has_room_for_so_many(consultations: int) -> None:
    with pytest.raises(TooMany):
        month(consultations=consultations)
