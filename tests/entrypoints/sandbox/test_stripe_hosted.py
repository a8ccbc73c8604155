from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import DAY, Shop

BACK = "https://portal.test/payments/done?order=7"
CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123"}


def intent_of(shop: Shop, **params: Any) -> Any:
    return shop.v1.payment_intents.create(
        params={"amount": 123456, "currency": "usd", "capture_method": "manual", **params}
    )


def type_card(shop: Shop, intent: Any, **fields: str) -> httpx.Response:
    return shop.world.http.post(
        f"{shop.world.url}/stripe/pay/{intent.id}",
        data={**CARD, "client_secret": intent.client_secret, "return_url": BACK, **fields},
    )


class TestPayPage:
    def test_shows_the_amount_to_whoever_holds_the_secret_only(self, shop: Shop) -> None:
        intent = intent_of(shop)
        page = f"{shop.world.url}/stripe/pay/{intent.id}"

        shown = shop.world.http.get(page, params={"client_secret": intent.client_secret})
        assert "1,234.56 USD" in shown.text
        assert "<script" not in shown.text
        assert shop.world.http.get(page, params={"client_secret": "guess"}).status_code == 400
        assert shop.world.http.get(page).status_code == 400

    def test_takes_a_card_and_leads_back(self, shop: Shop) -> None:
        intent = intent_of(shop)
        left = type_card(shop, intent)

        assert left.status_code == 303
        query = parse_qs(urlsplit(left.headers["Location"]).query)
        assert left.headers["Location"].startswith("https://portal.test/payments/done?order=7&")
        assert query["redirect_status"] == ["succeeded"]
        assert query["payment_intent"] == [intent.id]
        assert shop.v1.payment_intents.retrieve(intent.id).status == "requires_capture"

    def test_sent_twice_charges_once(self, shop: Shop) -> None:
        intent = intent_of(shop)

        assert [type_card(shop, intent).status_code for _ in range(2)] == [303, 303]
        assert len(shop.v1.charges.list().data) == 1

    def test_says_that_a_card_was_declined_and_lets_another_one_pay(self, shop: Shop) -> None:
        intent = intent_of(shop)
        declined = type_card(shop, intent, number="4000000000000002")

        assert declined.status_code == 402
        assert "Your card was declined." in declined.text
        assert type_card(shop, intent).status_code == 303

    @pytest.mark.parametrize(
        "fields",
        [
            {"number": "4242424242424241"},
            {"number": "4111111111111111"},
            {"number": "four"},
            {"expiry": "01 / 20"},
            {"expiry": "soon"},
            {"cvc": "12"},
        ],
    )
    def test_refuses_what_is_no_test_card(self, shop: Shop, fields: dict[str, str]) -> None:
        intent = intent_of(shop)

        assert type_card(shop, intent, **fields).status_code == 402
        assert shop.v1.charges.list().data == []

    def test_keeps_no_card_number(self, shop: Shop) -> None:
        type_card(shop, intent_of(shop))

        state = shop.world.http.get(f"{shop.world.url}/_sandbox/state/stripe").text
        assert "4242424242424242" not in state

    def test_leads_nowhere_but_to_the_web(self, shop: Shop) -> None:
        refused = type_card(shop, intent_of(shop), return_url="javascript:alert(1)")

        assert refused.status_code == 400

    def test_of_a_canceled_payment_takes_nothing(self, shop: Shop) -> None:
        intent = intent_of(shop)
        shop.v1.payment_intents.cancel(intent.id)

        shown = shop.world.http.get(
            f"{shop.world.url}/stripe/pay/{intent.id}",
            params={"client_secret": intent.client_secret},
        )
        assert shown.status_code == 400
        assert type_card(shop, intent).status_code == 400

    @pytest.mark.parametrize(
        ("answer", "outcome", "status"),
        [
            ("approve", "succeeded", "requires_capture"),
            ("decline", "failed", "requires_payment_method"),
        ],
    )
    def test_asks_the_bank(self, shop: Shop, answer: str, outcome: str, status: str) -> None:
        intent = intent_of(shop)
        asked = type_card(shop, intent, number="4000002500003155").headers["Location"]
        assert "Is this payment yours?" in shop.world.http.get(asked).text

        back = shop.world.http.post(asked, data={"answer": answer}).headers["Location"]

        assert parse_qs(urlsplit(back).query)["redirect_status"] == [outcome]
        assert shop.v1.payment_intents.retrieve(intent.id).status == status


class TestCheckout:
    @staticmethod
    def open(shop: Shop, **params: Any) -> Any:
        return shop.v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "line_items": [
                    {
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": 2500,
                            "product_data": {"name": "Follow-up"},
                        },
                        "quantity": 2,
                    }
                ],
                "success_url": "https://portal.test/done?session={CHECKOUT_SESSION_ID}",
                "payment_intent_data": {"metadata": {"payment_id": "pay_9"}},
                **params,
            }
        )

    def test_takes_the_payment_on_its_page(self, shop: Shop) -> None:
        session = self.open(shop)
        assert "Follow-up" in shop.world.http.get(session.url).text

        left = shop.world.http.post(session.url, data=CARD)

        assert left.headers["Location"] == f"https://portal.test/done?session={session.id}"
        done = shop.v1.checkout.sessions.retrieve(
            session.id, params={"expand": ["payment_intent", "line_items"]}
        )
        assert (done.status, done.payment_status) == ("complete", "paid")
        assert done.payment_intent.amount_received == 5000
        assert done.payment_intent.metadata["payment_id"] == "pay_9"
        assert done.line_items.data[0].quantity == 2
        assert shop.told()[-1] == "checkout.session.completed"

    def test_declined_stays_open(self, shop: Shop) -> None:
        session = self.open(shop)

        refused = shop.world.http.post(session.url, data={**CARD, "number": "4000000000000002"})
        assert refused.status_code == 402
        assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"

    def test_goes_through_the_bank(self, shop: Shop) -> None:
        session = self.open(shop)
        asked = shop.world.http.post(session.url, data={**CARD, "number": "4000002500003155"})
        shop.world.http.post(asked.headers["Location"], data={"answer": "approve"})

        assert shop.v1.checkout.sessions.retrieve(session.id).status == "complete"

    def test_expires_by_call_and_after_a_day(self, shop: Shop) -> None:
        by_call, by_time = self.open(shop), self.open(shop)

        assert shop.v1.checkout.sessions.expire(by_call.id).status == "expired"
        shop.world.pass_time(DAY + 1)
        assert shop.v1.checkout.sessions.retrieve(by_time.id).status == "expired"
        assert shop.told().count("checkout.session.expired") == 2
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.checkout.sessions.expire(by_call.id)

    def test_expired_takes_no_payment(self, shop: Shop) -> None:
        session = self.open(shop)
        shop.v1.checkout.sessions.expire(session.id)

        assert shop.world.http.post(session.url, data=CARD).status_code == 400
        assert shop.v1.charges.list().data == []
