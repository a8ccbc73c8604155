from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import DAY, Shop
from tests.entrypoints.sandbox.stripe_world import shop as open_shop


@pytest.fixture
def dispute(shop: Shop) -> Any:
    made = shop.control("create_dispute", payment_intent=shop.pay(5000).id)
    return shop.v1.disputes.retrieve(made["id"])


class TestDispute:
    def test_takes_the_money_and_a_fee_at_once(self, shop: Shop, dispute: Any) -> None:
        entry = shop.entries(type="adjustment")[0]

        assert (dispute.status, dispute.amount) == ("needs_response", 5000)
        assert (entry.amount, entry.fee, entry.net) == (-5000, 1500, -6500)
        assert [each.id for each in dispute.balance_transactions] == [entry.id]
        assert shop.v1.charges.retrieve(dispute.charge).disputed
        assert shop.told()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]

    def test_keeps_the_charge_from_being_refunded(self, shop: Shop, dispute: Any) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.refunds.create(params={"charge": dispute.charge})

        assert refused.value.code == "charge_disputed"

    def test_with_evidence_is_under_review(self, shop: Shop, dispute: Any) -> None:
        updated = shop.v1.disputes.update(
            dispute.id, params={"evidence": {"uncategorized_text": "The visit took place."}}
        )

        assert updated.status == "under_review"
        assert updated.evidence_details.submission_count == 1

    def test_won_gives_the_money_back_but_not_the_fee(self, shop: Shop, dispute: Any) -> None:
        shop.control("win_dispute", id=dispute.id)

        assert shop.v1.disputes.retrieve(dispute.id).status == "won"
        assert [entry.net for entry in shop.entries(type="adjustment")] == [-6500, 5000]
        assert shop.told()[-2:] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]

    def test_lost_or_given_up_keeps_the_money_away(self, shop: Shop, dispute: Any) -> None:
        closed = shop.v1.disputes.close(dispute.id)

        assert closed.status == "lost"
        assert len(shop.entries(type="adjustment")) == 1
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.disputes.close(dispute.id)

    def test_withdrawn_then_reinstated_and_withdrawn_again_moves_money_each_time(
        self, shop: Shop, dispute: Any
    ) -> None:
        shop.control("withdraw_dispute", id=dispute.id)
        shop.control("withdraw_dispute_funds", id=dispute.id)
        shop.control("reinstate_dispute_funds", id=dispute.id)

        assert [entry.amount for entry in shop.entries(type="adjustment")] == [
            -5000,
            5000,
            -5000,
            5000,
        ]

    def test_that_only_inquires_moves_no_money(self, shop: Shop) -> None:
        made = shop.control("create_dispute", payment_intent=shop.pay().id, inquiry=True)

        assert made["status"] == "warning_needs_response"
        assert shop.entries(type="adjustment") == []
        assert shop.v1.refunds.create(params={"charge": made["charge"]}).status == "succeeded"

    def test_comes_by_itself_with_the_card_that_disputes(self, shop: Shop) -> None:
        intent = shop.pay(card="pm_card_createDispute")
        shop.world.pass_time(2)

        assert shop.v1.disputes.list(params={"payment_intent": intent.id}).data[0].amount == 5000

    def test_is_not_opened_twice_nor_on_an_authorisation(self, shop: Shop, dispute: Any) -> None:
        for subject in (
            {"charge": dispute.charge},
            {"payment_intent": shop.authorise().id},
        ):
            refused = shop.world.http.post(
                f"{shop.world.url}/_sandbox/stripe/create_dispute", json=subject
            )
            assert refused.status_code == 400


class TestPayout:
    def test_takes_what_is_available_and_says_which_entries(self, shop: Shop) -> None:
        shop.pay(5000)
        shop.pay(3000)
        shop.world.pass_time(3 * DAY)
        shop.pay(9000)
        payout = shop.control("create_payout")

        entries = shop.entries(payout=payout["id"])
        assert payout["amount"] == (5000 - 175) + (3000 - 117)
        assert sorted(entry.amount for entry in entries) == [-payout["amount"], 3000, 5000]
        assert sum(entry.net for entry in entries) == 0
        assert shop.v1.balance.retrieve().available[0].amount == 0

    def test_is_paid_and_may_fail_afterwards(self, shop: Shop) -> None:
        shop.pay(5000, card="pm_card_bypassPending")
        payout = shop.control("create_payout")
        shop.control("pay_payout", id=payout["id"])
        assert shop.v1.payouts.retrieve(payout["id"]).status == "paid"

        shop.control("fail_payout", id=payout["id"], failure_code="account_closed")

        failed = shop.v1.payouts.retrieve(payout["id"])
        assert (failed.status, failed.failure_code) == ("failed", "account_closed")
        assert shop.v1.balance.retrieve().available[0].amount == 4825
        assert [kind for kind in shop.told() if kind.startswith("payout.")] == [
            "payout.created",
            "payout.paid",
            "payout.failed",
        ]
        assert shop.control("create_payout")["amount"] == 4825

    def test_of_more_than_there_is_is_refused(self, shop: Shop) -> None:
        shop.pay(5000)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.payouts.create(params={"amount": 100, "currency": "usd"})
        assert refused.value.code == "balance_insufficient"

    def test_made_by_hand_can_be_canceled_while_pending(self, shop: Shop) -> None:
        shop.pay(5000, card="pm_card_bypassPending")
        payout = shop.v1.payouts.create(params={"amount": 1000, "currency": "usd"})

        assert shop.v1.payouts.cancel(payout.id).status == "canceled"
        assert shop.v1.balance.retrieve().available[0].amount == 4825

    def test_happens_daily_under_autopilot(self) -> None:
        with open_shop(autopilot=True) as shop:
            shop.pay(5000)
            for _ in range(4):
                shop.world.pass_time(DAY + 60)

            assert [payout.amount for payout in shop.v1.payouts.list().data] == [4825]
            assert shop.v1.payouts.list().data[0].status == "paid"
