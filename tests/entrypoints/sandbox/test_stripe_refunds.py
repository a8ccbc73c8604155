from __future__ import annotations

import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import Shop


class TestRefund:
    def test_of_everything_leaves_the_charge_refunded(self, shop: Shop) -> None:
        intent = shop.pay(5000)
        refund = shop.v1.refunds.create(
            params={"payment_intent": intent.id, "expand": ["balance_transaction"]}
        )

        assert (refund.amount, refund.status) == (5000, "succeeded")
        assert (refund.balance_transaction.amount, refund.balance_transaction.fee) == (-5000, 0)
        assert shop.charge(intent).refunded
        assert shop.told()[-2:] == ["refund.created", "charge.refunded"]

    def test_may_be_made_in_several_parts_but_not_beyond_what_is_left(self, shop: Shop) -> None:
        intent = shop.pay(5000)
        for amount in (1000, 1500):
            shop.v1.refunds.create(params={"charge": intent.latest_charge, "amount": amount})

        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
            shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 2501})
        shop.v1.refunds.create(params={"payment_intent": intent.id})
        with pytest.raises(stripe.InvalidRequestError) as nothing_left:
            shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 1})

        assert nothing_left.value.code == "charge_already_refunded"
        listed = shop.v1.refunds.list(params={"payment_intent": intent.id}).data
        assert sorted(refund.amount for refund in listed) == [1000, 1500, 2500]

    def test_after_a_partial_capture_gives_back_no_more_than_was_captured(self, shop: Shop) -> None:
        intent = shop.authorise(5000)
        shop.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 3000})

        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 3001})
        assert shop.v1.refunds.create(params={"payment_intent": intent.id}).amount == 3000

    def test_of_an_authorisation_is_refused(self, shop: Shop) -> None:
        intent = shop.authorise()

        with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
            shop.v1.refunds.create(params={"payment_intent": intent.id})

    def test_may_begin_as_pending(self, shop: Shop) -> None:
        intent = shop.pay(card="pm_card_pendingRefund")
        refund = shop.v1.refunds.create(params={"payment_intent": intent.id})
        assert refund.status == "pending"

        shop.control("settle_refund", id=refund.id)

        assert shop.v1.refunds.retrieve(refund.id).status == "succeeded"
        assert shop.told()[-1] == "refund.updated"

    def test_may_fail_after_it_succeeded_and_can_then_be_made_anew(self, shop: Shop) -> None:
        intent = shop.pay(5000)
        refund = shop.v1.refunds.create(params={"payment_intent": intent.id})
        shop.control("fail_refund", id=refund.id, reason="lost_or_stolen_card")

        failed = shop.v1.refunds.retrieve(
            refund.id, params={"expand": ["failure_balance_transaction"]}
        )
        assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
        assert failed.failure_balance_transaction.amount == 5000
        assert shop.charge(intent).amount_refunded == 0
        assert "refund.failed" in shop.told()
        assert shop.v1.refunds.create(params={"payment_intent": intent.id}).amount == 5000

    def test_fails_once(self, shop: Shop) -> None:
        refund = shop.v1.refunds.create(params={"payment_intent": shop.pay().id})
        shop.control("fail_refund", id=refund.id)

        again = shop.world.http.post(
            f"{shop.world.url}/_sandbox/stripe/fail_refund", json={"id": refund.id}
        )
        assert again.status_code == 400
        assert len(shop.entries(type="refund_failure")) == 1

    def test_is_canceled_only_while_it_waits_for_the_customer(self, shop: Shop) -> None:
        refund = shop.v1.refunds.create(params={"payment_intent": shop.pay().id})

        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.refunds.cancel(refund.id)
        shop.control("require_refund_action", id=refund.id)
        assert shop.v1.refunds.cancel(refund.id).status == "canceled"

    def test_made_at_the_dashboard_is_told_of_like_any_other(self, shop: Shop) -> None:
        intent = shop.pay(5000)
        made = shop.control("refund", payment_intent=intent.id, amount=700)

        assert shop.v1.refunds.retrieve(made["id"]).amount == 700
        assert shop.told()[-2:] == ["refund.created", "charge.refunded"]

    def test_metadata_can_be_changed(self, shop: Shop) -> None:
        refund = shop.v1.refunds.create(params={"payment_intent": shop.pay().id})

        updated = shop.v1.refunds.update(refund.id, params={"metadata": {"why": "late"}})
        assert updated.metadata.to_dict() == {"why": "late"}


def test_under_autopilot_refunds_settle_and_fail_by_themselves() -> None:
    from tests.entrypoints.sandbox.stripe_world import shop as open_shop

    with open_shop(autopilot=True) as shop:
        pending, failing = (
            shop.v1.refunds.create(params={"payment_intent": shop.pay(card=card).id})
            for card in ("pm_card_pendingRefund", "pm_card_refundFail")
        )
        shop.world.pass_time(10)

        assert shop.v1.refunds.retrieve(pending.id).status == "succeeded"
        assert shop.v1.refunds.retrieve(failing.id).status == "failed"
