"""
A price is shared to the cent, whatever the plan, the price and the currency.
"""

from typing import Any

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from application.payments.ports import BilledConsultation
from domain.commission.terms import FACTS, CommissionFacts, MonthStanding, Terms
from domain.payments.commission import Split, scale, split
from domain.shared.errors import InvariantError
from domain.shared.money import Currency, Money, total
from tests.fakes.money import AUD, dollars

CURRENCIES = st.sampled_from([Currency("JPY"), AUD, Currency("KWD")])
"""No, two and three decimal places."""


@st.composite
def any_rule(draw: st.DrawFn) -> dict[str, Any]:
    measure = draw(st.sampled_from(["from_count", "from_volume_minor"]))
    thresholds = draw(st.lists(st.integers(1, 10**6), unique=True, max_size=4))
    return {
        "percent_bp": draw(st.integers(0, 10_000)),
        "fixed_minor": draw(st.integers(0, 10**6)),
        "minimum_minor": draw(st.integers(0, 10**6)),
        "tiers": [
            {measure: threshold, "percent_bp": draw(st.integers(0, 10_000))}
            for threshold in thresholds
        ],
    }


@st.composite
def any_terms(draw: st.DrawFn, currency: Currency = AUD) -> Terms:
    rules = draw(st.lists(any_rule(), min_size=1, max_size=3))
    for rule in rules[:-1]:
        rule["when"] = {"mode": [draw(st.sampled_from(["video", "async"]))]}
    return Terms.from_data(rules, currency=currency.code)


def shared(rule: dict[str, Any], price: Money, *, standing: MonthStanding | None = None) -> Split:
    return split(
        Terms.from_data([rule], currency=price.currency.code),
        price=price,
        tax=Money(0, price.currency),
        platform_fee=Money(0, price.currency),
        facts=CommissionFacts(values={}, standing=standing or MonthStanding()),
    )


@given(
    data=st.data(),
    currency=CURRENCIES,
    price=st.integers(1, 10**9),
    cuts=st.tuples(st.integers(0, 5000), st.integers(0, 5000)),
    before=st.tuples(st.integers(0, 2000), st.integers(0, 10**8)),
    mode=st.sampled_from(["video", "async", "phone"]),
)
def test_the_parts_add_up_and_none_is_negative(  # noqa: PLR0917 - named by hypothesis
    data: st.DataObject,
    currency: Currency,
    price: int,
    cuts: tuple[int, int],
    before: tuple[int, int],
    mode: str,
) -> None:
    parts = split(
        data.draw(any_terms(currency)),
        price=Money(price, currency),
        tax=Money(price * cuts[0] // 10_000, currency),
        platform_fee=Money(price * cuts[1] // 10_000, currency),
        facts=CommissionFacts(
            values={"mode": mode},
            standing=MonthStanding(count=before[0], volume_minor=before[1]),
        ),
    )

    assert total(parts.parts, currency) == Money(price, currency)
    assert all(part.minor >= 0 for part in parts.parts)


@given(to=st.integers(0, 10_000))
def test_the_same_shares_of_less_add_up_too(to: int) -> None:
    parts = shared({"percent_bp": 1850}, dollars(100))

    assert total(scale(parts, to=Money(to, AUD)).parts, AUD) == Money(to, AUD)


@given(tiers=st.lists(st.integers(1, 500), unique=True, min_size=1, max_size=5), before=st.data())
def test_a_tier_holds_from_its_threshold_on_and_not_before(
    tiers: list[int], before: st.DataObject
) -> None:
    """Tier number k keeps k percent, so that the commission tells which tier was applied."""
    ordered = sorted(tiers)
    rule = {
        "percent_bp": 0,
        "tiers": [
            {"from_count": threshold, "percent_bp": 100 * (place + 1)}
            for place, threshold in enumerate(ordered)
        ],
    }
    near = [edge for threshold in ordered for edge in (threshold - 1, threshold, threshold + 1)]
    count = before.draw(st.sampled_from(near))

    kept = shared(rule, dollars(100), standing=MonthStanding(count=count)).commission

    assert kept == dollars(sum(threshold <= count for threshold in ordered))


@pytest.mark.parametrize(("volume", "percent"), [(0, 30), (99_999, 30), (100_000, 20)])
def test_a_tier_can_go_by_what_patients_paid(volume: int, percent: int) -> None:
    rule = {"percent_bp": 3000, "tiers": [{"from_volume_minor": 100_000, "percent_bp": 2000}]}

    kept = shared(rule, dollars(100), standing=MonthStanding(volume_minor=volume)).commission

    assert kept == dollars(percent)


def test_a_cent_that_cannot_be_split_is_the_physicians() -> None:
    parts = shared({"percent_bp": 5000}, Money(101, AUD))

    assert (parts.earning.minor, parts.commission.minor) == (51, 50)


def test_fixed_and_minimum_amounts() -> None:
    assert shared({"fixed_minor": 700}, dollars(100)).commission == dollars(7)
    assert shared({"minimum_minor": 900}, dollars(100)).commission == dollars(9)
    assert shared({"minimum_minor": 900}, dollars(5)).commission == dollars(5)


def test_what_money_may_know_of_a_consultation_holds_nothing_clinical() -> None:
    known = {field.name for field in fields(BilledConsultation)} | FACTS

    assert not known & {
        "outcome",
        "note",
        "notes",
        "intake",
        "answers",
        "prescription",
        "prescriptions",
        "medication",
        "diagnosis",
        "follow_up",
    }


def test_fees_cannot_exceed_the_price() -> None:
    with pytest.raises(InvariantError):
        split(
            Terms.from_data([{"percent_bp": 0}]),
            price=dollars(5),
            tax=dollars(3),
            platform_fee=dollars(3),
            facts=CommissionFacts(values={}),
        )
