"""
What comes back to a patient who cancels.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.refund_policy import (
    MalformedRefundPolicy,
    RefundFacts,
    RefundPolicy,
)
from domain.shared.money import Money
from tests.fakes.clock import MONDAY_NOON as NOW

POLICY = RefundPolicy.from_data(
    [
        {"applies_when": "before_claim", "refund_percent": 100},
        {"applies_when": "hours_before_appointment", "hours": 24, "refund_percent": 80},
        {"applies_when": "before_open", "refund_percent": 30},
        {"applies_when": "after_completion", "refund_percent": 5},
    ]
)


def facts(**known: Any) -> RefundFacts:
    return RefundFacts(now=NOW, **known)


class TestRefundPolicy:
    @pytest.mark.parametrize(
        ("known", "percent"),
        [
            (facts(), 100),
            (facts(claimed=True), 30),
            (facts(claimed=True, appointment_at=NOW + timedelta(hours=24)), 80),
            (facts(claimed=True, appointment_at=NOW + timedelta(hours=23, minutes=59)), 30),
            (facts(claimed=True, opened=True), 0),
            (facts(claimed=True, opened=True, appointment_at=NOW + timedelta(days=9)), 0),
            (facts(claimed=True, opened=True, completed=True), 5),
        ],
    )
    def test_takes_the_most_generous_rule_that_holds(
        self, known: RefundFacts, percent: int
    ) -> None:
        assert POLICY.percent(known) == percent

    def test_gives_nothing_where_no_rule_holds(self) -> None:
        assert RefundPolicy(()).refund(Money.of(4900, "AUD"), facts()) == Money.of(0, "AUD")

    @given(price=st.integers(1, 10**9), percent=st.integers(0, 100))
    def test_never_gives_more_than_was_paid_nor_less_than_the_share_rounded_down(
        self, price: int, percent: int
    ) -> None:
        policy = RefundPolicy.from_data(
            [{"applies_when": "before_claim", "refund_percent": percent}]
        )

        back = policy.refund(Money.of(price, "AUD"), facts()).minor

        assert price * percent // 100 <= back <= min(price, -(-price * percent // 100))

    def test_survives_being_written_and_read(self) -> None:
        assert RefundPolicy.from_data(POLICY.data()) == POLICY

    @pytest.mark.parametrize(
        "rule",
        [
            {"applies_when": "before_claim", "refund_percent": 101},
            {"applies_when": "before_claim", "refund_percent": -1},
            {"applies_when": "before_claim", "refund_percent": 12.5},
            {"applies_when": "before_claim", "refund_percent": 50, "hours": 2},
            {"applies_when": "hours_before_appointment", "refund_percent": 50},
            {"applies_when": "whenever", "refund_percent": 50},
            {"refund_percent": 50},
        ],
    )
    def test_refuses_rules_that_make_no_sense(self, rule: dict[str, Any]) -> None:
        with pytest.raises(MalformedRefundPolicy):
            RefundPolicy.from_data([rule])
