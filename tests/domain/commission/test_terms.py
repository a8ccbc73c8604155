"""
The language of plans says what it can, refuses what it must not, and reads back as written.
"""

from typing import Any

import pytest

from domain.commission.terms import (
    CommissionFacts,
    MalformedPlan,
    MonthStanding,
    PlanKnowsTooMuch,
    Terms,
)
from domain.commission.words import terms_words
from domain.shared.money import Currency
from tests.builders.commission import terms
from tests.fakes.money import dollars

TIERED = {
    "percent_bp": 2000,
    "fixed_minor": 100,
    "minimum_minor": 500,
    "tiers": [
        {"from_count": 50, "percent_bp": 1000},
        {"from_count": 10, "percent_bp": 1750},
    ],
}


def share(said: Terms, **values: str) -> int:
    facts = CommissionFacts(values=values)
    return said.rule_for(facts).commission(dollars(100), facts).minor


def test_the_first_rule_that_applies_decides() -> None:
    said = terms(
        {"when": {"service_code": ["skin"], "mode": ["video"]}, "percent_bp": 1000},
        {"percent_bp": 3000},
    )

    assert share(said, service_code="skin", mode="video") == 1000
    assert share(said, service_code="skin", mode="async") == 3000


def test_tiers_are_tried_in_order_however_they_are_written() -> None:
    (rule,) = terms(TIERED, currency="AUD").rules

    shares = [rule.share_bp(MonthStanding(count=count)) for count in (9, 10, 49, 50)]

    assert shares == [2000, 1750, 1750, 1000]


def test_terms_read_back_as_they_were_written() -> None:
    said = terms(
        {"when": {"weekday": ["sunday"]}, "percent_bp": 5, "tiers": []},
        {"percent_bp": 10, "tiers": [{"from_volume_minor": 7, "percent_bp": 1}]},
        currency="KWD",
    )

    assert Terms.from_data(said.data(), currency="KWD") == said


def test_terms_are_told_in_sentences() -> None:
    said = terms({"when": {"mode": ["video"]}, "percent_bp": 1500}, TIERED, currency="AUD")

    assert terms_words(said) == (
        "If the mode is video, the platform keeps 15 % of the price after tax and platform fee.",
        "The platform keeps 20 % of the price after tax and platform fee, "  # noqa: ISC004
        "17.5 % after 10 consultations in the calendar month, "
        "10 % after 50 consultations in the calendar month, plus AUD 1.00, at least AUD 5.00.",
    )


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"when": {"mode": ["video"]}, "percent_bp": 1}],
        [{"when": {"mode": []}, "percent_bp": 1}, {"percent_bp": 1}],
        [{"when": {"mode": "video"}, "percent_bp": 1}, {"percent_bp": 1}],
        [{"percent_bp": 10_001}],
        [{"percent_bp": -1}],
        [{"percent_bp": 12.5}],
        [{"percent_bp": True}],
        [{"percent_bp": "much"}],
        [{"fixed_minor": -1}],
        [{"tiers": [{"from_count": 1}]}],
        [{"tiers": [{"percent_bp": 1}]}],
        [{"tiers": [{"from_count": 0, "percent_bp": 1}]}],
        [{"tiers": [{"from_count": 1, "from_volume_minor": 1, "percent_bp": 1}]}],
        [{"tiers": [{"from_count": 3, "percent_bp": 1}, {"from_count": 3, "percent_bp": 2}]}],
        [
            {
                "tiers": [
                    {"from_count": 3, "percent_bp": 1},
                    {"from_volume_minor": 5, "percent_bp": 2},
                ]
            }
        ],
        [{"percent_bp": 1}] * 51,
    ],
)
def test_terms_that_cannot_be_applied_are_refused(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(MalformedPlan):
        Terms.from_data(rules)


@pytest.mark.parametrize(
    "rule", [{"fixed_minor": 1}, {"minimum_minor": 1}, {"tiers": [{"from_volume_minor": 1, "percent_bp": 1}]}]
)  # fmt: skip
def test_amounts_need_a_currency(rule: dict[str, Any]) -> None:
    terms(rule, currency="AUD").require_currency()
    with pytest.raises(MalformedPlan, match="currency"):
        terms(rule).require_currency()


def test_a_plan_with_amounts_suits_one_currency_and_one_without_suits_all() -> None:
    assert terms().suits(Currency("KWD"))
    assert not terms(currency="AUD").suits(Currency("KWD"))


class TestPayIndependence:
    @pytest.mark.parametrize(
        "fact",
        ["prescriptions", "prescribed", "outcome", "medication", "referral", "diagnosis", "notes"],
    )
    def test_no_rule_may_ask_about_care(self, fact: str) -> None:
        with pytest.raises(PlanKnowsTooMuch, match=f"may not ask about {fact}") as refused:
            terms({"when": {fact: ["x"]}, "percent_bp": 1}, {"percent_bp": 1})

        assert refused.value.field == f"when.{fact}"
        assert "It can know: jurisdiction, mode, physician, service_code, weekday" in str(
            refused.value
        )

    @pytest.mark.parametrize(
        "rule",
        [
            {"percent_bp": 1, "per_prescription_minor": 500},
            {"percent_bp": 1, "tiers": [{"from_prescriptions": 3, "percent_bp": 1}]},
        ],
    )
    def test_no_rule_may_pay_for_what_the_language_has_no_word_for(
        self, rule: dict[str, Any]
    ) -> None:
        with pytest.raises(PlanKnowsTooMuch, match="has no word for"):
            terms(rule)
