from __future__ import annotations

import time

import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import DAY, Shop, error_of, sdk

KEY = {"idempotency_key": "payment-1"}


def payments(shop: Shop) -> int:
    return len(shop.v1.payment_intents.list().data)


class TestTransport:
    def test_respond_429_does_nothing_and_names_no_delay(self, shop: Shop) -> None:
        shop.fault("respond_429")

        with pytest.raises(stripe.RateLimitError) as refused:
            shop.pay()
        assert refused.value.headers is not None
        assert "Retry-After" not in refused.value.headers
        assert payments(shop) == 0

    def test_respond_500_before_does_nothing(self, shop: Shop) -> None:
        shop.fault("respond_500_before")

        with pytest.raises(stripe.APIError):
            shop.pay(options=KEY)
        assert payments(shop) == 0

    def test_respond_500_after_commit_does_the_work_which_a_retry_finds(self, shop: Shop) -> None:
        shop.fault("respond_500_after_commit", match={"path": "/v1/payment_intents"})

        with pytest.raises(stripe.APIError):
            shop.pay(options=KEY)
        assert payments(shop) == 1
        assert shop.pay(options=KEY).status == "succeeded"
        assert payments(shop) == 1

    def test_timeout_after_commit_breaks_the_connection_off(self, shop: Shop) -> None:
        shop.fault("timeout_after_commit", seconds=0)

        with pytest.raises(stripe.APIConnectionError):
            shop.pay(options=KEY)
        assert payments(shop) == 1
        assert shop.pay(options=KEY).status == "succeeded"
        assert payments(shop) == 1

    def test_timeout_after_commit_and_a_retry_after_the_key_died_pays_twice(
        self, shop: Shop
    ) -> None:
        shop.fault("timeout_after_commit", seconds=0)
        with pytest.raises(stripe.APIConnectionError):
            shop.pay(options=KEY)

        shop.world.pass_time(DAY + 60)
        shop.pay(options=KEY)
        assert payments(shop) == 2

    def test_slow_answers_rightly_after_a_while(self, shop: Shop) -> None:
        shop.fault("slow", seconds=0.3)
        started = time.monotonic()

        assert shop.pay().status == "succeeded"
        assert time.monotonic() - started >= 0.3

    def test_truncated_body_does_the_work_and_sends_half_the_answer(self, shop: Shop) -> None:
        shop.fault("truncated_body")

        with pytest.raises(stripe.StripeError):
            shop.pay(options=KEY)
        assert payments(shop) == 1

    def test_token_expired_refuses_once(self, shop: Shop) -> None:
        shop.fault("token_expired")

        with pytest.raises(stripe.AuthenticationError):
            shop.pay()
        assert shop.pay().status == "succeeded"

    def test_the_sdk_overcomes_what_passes(self, shop: Shop) -> None:
        shop.fault("respond_500_after_commit")
        shop.fault("timeout_after_commit", seconds=0)

        with sdk(shop.world.url, retries=3) as patient:
            assert Shop(shop.world, patient).pay().status == "succeeded"
        assert payments(shop) == 1

    def test_match_by_path_and_method(self, shop: Shop) -> None:
        shop.fault("respond_429", match={"method": "POST", "path": "/v1/refunds"})
        intent = shop.pay()

        with pytest.raises(stripe.RateLimitError):
            shop.v1.refunds.create(params={"payment_intent": intent.id})


class TestMoney:
    def test_decline_strikes_a_good_card(self, shop: Shop) -> None:
        shop.fault("decline", decline_code="insufficient_funds")

        with pytest.raises(stripe.CardError) as declined:
            shop.pay()
        assert error_of(declined).decline_code == "insufficient_funds"
        assert shop.pay().status == "succeeded"

    def test_capture_refused_leaves_the_authorisation(self, shop: Shop) -> None:
        intent = shop.authorise()
        shop.fault("capture_refused", match={"payment_intent": intent.id})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.payment_intents.capture(intent.id)
        assert refused.value.code == "charge_expired_for_capture"
        assert shop.entries() == []

    def test_fee_differs_from_the_published_one(self, shop: Shop) -> None:
        shop.fault("fee_differs", fee_minor=222)
        shop.pay(5000)

        assert [(entry.fee, entry.net) for entry in shop.entries()] == [(222, 4778)]

    def test_refund_pending_lets_any_refund_wait(self, shop: Shop) -> None:
        shop.fault("refund_pending")

        refund = shop.v1.refunds.create(params={"payment_intent": shop.pay().id})
        assert (refund.status, refund.pending_reason) == ("pending", "processing")
