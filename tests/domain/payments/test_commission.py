"""
A price is shared to the cent, by a plan that cannot know what was prescribed.
"""

from typing import Any

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from application.payments.ports import BilledConsultation
from domain.payments.commission import (
    FACTS,
    CommissionFacts,
    CommissionPlan,
    MalformedPlan,
    PlanKnowsTooMuch,
    Split,
    scale,
    split,
)
from domain.shared.errors import InvariantError
from domain.shared.money import Money, total
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, PLAN, dollars


def a_plan(*rules: dict[str, Any]) -> CommissionPlan:
    return CommissionPlan.from_data(
        id=PLAN, number=1, name="plan", rules=rules, published_at=MONDAY_NOON
    )


def shared(plan: CommissionPlan, price: Money, *, delivered: int = 0, **facts: str) -> Split:
    return split(
        plan,
        price=price,
        tax=Money(0, AUD),
        platform_fee=Money(0, AUD),
        facts=CommissionFacts(values=facts, delivered_this_month=delivered),
    )


@given(
    price=st.integers(1, 10**9),
    percent=st.integers(0, 10_000),
    fixed=st.integers(0, 10**6),
    minimum=st.integers(0, 10**6),
    tax_bp=st.integers(0, 5000),
    fee_bp=st.integers(0, 5000),
)
def test_the_parts_add_up_and_none_is_negative(  # noqa: PLR0917 - named by hypothesis
    price: int, percent: int, fixed: int, minimum: int, tax_bp: int, fee_bp: int
) -> None:
    plan = a_plan({"percent_bp": percent, "fixed_minor": fixed, "minimum_minor": minimum})
    parts = split(
        plan,
        price=Money(price, AUD),
        tax=Money(price * tax_bp // 10_000, AUD),
        platform_fee=Money(price * fee_bp // 10_000, AUD),
        facts=CommissionFacts(values={}),
    )

    assert total(parts.parts, AUD) == Money(price, AUD)
    assert all(part.minor >= 0 for part in parts.parts)


@given(to=st.integers(0, 10_000))
def test_the_same_shares_of_less_add_up_too(to: int) -> None:
    parts = shared(a_plan({"percent_bp": 1850}), dollars(100))

    assert total(scale(parts, to=Money(to, AUD)).parts, AUD) == Money(to, AUD)


def test_a_cent_that_cannot_be_split_is_the_physicians() -> None:
    parts = shared(a_plan({"percent_bp": 5000}), Money(101, AUD))

    assert (parts.earning.minor, parts.commission.minor) == (51, 50)


def test_the_first_rule_that_applies_decides() -> None:
    plan = a_plan(
        {"when": {"service_code": ["skin"], "mode": ["video"]}, "percent_bp": 1000},
        {"percent_bp": 3000},
    )

    assert shared(plan, dollars(100), service_code="skin", mode="video").commission == dollars(10)
    assert shared(plan, dollars(100), service_code="skin", mode="async").commission == dollars(30)


@pytest.mark.parametrize(("delivered", "percent"), [(0, 30), (9, 30), (10, 20), (100, 10)])
def test_the_share_falls_with_the_number_delivered(delivered: int, percent: int) -> None:
    plan = a_plan(
        {
            "percent_bp": 3000,
            "tiers": [
                {"from_count": 50, "percent_bp": 1000},
                {"from_count": 10, "percent_bp": 2000},
            ],
        }
    )

    assert shared(plan, dollars(100), delivered=delivered).commission == dollars(percent)


def test_fixed_and_minimum_amounts() -> None:
    assert shared(a_plan({"fixed_minor": 700}), dollars(100)).commission == dollars(7)
    assert shared(a_plan({"minimum_minor": 900}), dollars(100)).commission == dollars(9)
    assert shared(a_plan({"minimum_minor": 900}), dollars(5)).commission == dollars(5)


def test_a_plan_reads_back_as_it_was_written() -> None:
    plan = a_plan(
        {"when": {"campaign": ["spring"]}, "percent_bp": 5, "tiers": []}, {"percent_bp": 10}
    )

    assert a_plan(*plan.data()).rules == plan.rules


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"when": {"mode": ["video"]}, "percent_bp": 1}],
        [{"percent_bp": 10_001}],
        [{"percent_bp": -1}],
        [{"fixed_minor": -1}],
        [{"percent_bp": "much"}],
        [{"tiers": [{"from_count": 1}]}],
    ],
)
def test_a_plan_that_cannot_be_applied_is_refused(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(MalformedPlan):
        a_plan(*rules)


class TestPayIndependence:
    @pytest.mark.parametrize(
        "fact", ["prescriptions", "outcome", "medication", "referral", "diagnosis", "notes"]
    )
    def test_no_rule_may_ask_about_care(self, fact: str) -> None:
        with pytest.raises(PlanKnowsTooMuch):
            a_plan({"when": {fact: ["x"]}, "percent_bp": 1}, {"percent_bp": 1})

    def test_no_rule_may_pay_for_what_the_language_has_no_word_for(self) -> None:
        with pytest.raises(PlanKnowsTooMuch):
            a_plan({"percent_bp": 1, "per_prescription_minor": 500})

    def test_what_money_may_know_of_a_consultation_holds_nothing_clinical(self) -> None:
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
            a_plan({"percent_bp": 0}),
            price=dollars(5),
            tax=dollars(3),
            platform_fee=dollars(3),
            facts=CommissionFacts(values={}),
        )
