from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import DAY, WEBHOOK_SECRET, Shop
from tests.entrypoints.sandbox.vendor_world import Heard


def verified(heard: Heard, secret: str = WEBHOOK_SECRET, tolerance: int = 300) -> Any:
    return stripe.Webhook.construct_event(
        heard.raw, heard.headers["stripe-signature"], secret, tolerance=tolerance
    )


def heard_by(shop: Shop) -> list[Heard]:
    shop.world.run_due()
    return shop.world.ear.heard


def deliveries(shop: Shop) -> list[dict[str, Any]]:
    rows = shop.world.http.get(f"{shop.world.url}/_sandbox/deliveries").json()["data"]
    return list(rows[::-1])


class TestDelivery:
    def test_is_signed_and_tells_what_happened(self, shop: Shop) -> None:
        shop.v1.customers.create(params={"name": "A"})
        (heard,) = heard_by(shop)

        event = verified(heard)
        assert (event.type, event.livemode) == ("customer.created", False)
        assert event.data.object.name == "A"
        assert event.id == shop.v1.events.list().data[0].id
        assert heard.path == "/webhooks/stripe"

    def test_names_the_request_that_caused_it(self, shop: Shop) -> None:
        answer = shop.v1.customers.create(options={"idempotency_key": "k1"})
        event = verified(heard_by(shop)[0])

        assert event.request.idempotency_key == "k1"
        assert event.request.id == answer.last_response.request_id

    def test_is_repeated_until_acknowledged_with_the_same_id_and_a_fresh_signature(
        self, shop: Shop
    ) -> None:
        shop.world.ear.status = 503
        shop.v1.customers.create()
        shop.world.run_due()
        shop.world.run_due()
        assert len(shop.world.ear.heard) == 1

        shop.world.pass_time(2)
        shop.world.ear.status = 204
        shop.world.pass_time(10)
        shop.world.pass_time(100)

        first, second, third = shop.world.ear.heard
        assert first.raw == second.raw == third.raw
        assert first.headers["stripe-signature"] != third.headers["stripe-signature"]
        assert deliveries(shop)[0]["status"] == "delivered"
        assert deliveries(shop)[0]["attempts"] == 3

    def test_is_given_up_after_three_days_and_can_be_resent_by_hand(self, shop: Shop) -> None:
        shop.world.ear.status = 500
        shop.v1.customers.create()
        for _ in range(40):
            shop.world.pass_time(DAY / 8)
        (given_up,) = deliveries(shop)
        assert (given_up["status"], given_up["last_status"]) == ("failed", 500)

        shop.world.ear.status = 200
        resent = shop.world.control(f"deliveries/{given_up['id']}/resend")

        assert resent == {"acknowledged": True}
        assert deliveries(shop)[0]["status"] == "delivered"

    def test_goes_to_every_endpoint_that_wants_it_with_its_own_secret(self, shop: Shop) -> None:
        endpoint = shop.v1.webhook_endpoints.create(
            params={"url": f"{shop.world.ear.url}/mine", "enabled_events": ["customer.created"]}
        )
        shop.v1.customers.create()
        shop.pay()

        mine = [heard for heard in heard_by(shop) if heard.path == "/mine"]
        assert [verified(heard, endpoint.secret).type for heard in mine] == ["customer.created"]
        assert "secret" not in shop.v1.webhook_endpoints.retrieve(endpoint.id)
        shop.v1.webhook_endpoints.delete(endpoint.id)
        shop.v1.customers.create()
        assert [h.path for h in heard_by(shop)].count("/mine") == 1

    def test_is_signed_with_both_secrets_while_one_replaces_the_other(self, shop: Shop) -> None:
        shop.control("rotate_webhook_secret", secret="whsec_new", overlap_seconds=60)
        shop.v1.customers.create()
        during = heard_by(shop)[-1]
        assert verified(during, "whsec_new").id == verified(during, WEBHOOK_SECRET).id

        shop.world.pass_time(61)
        shop.v1.customers.create()
        after = heard_by(shop)[-1]
        assert verified(after, "whsec_new")
        with pytest.raises(stripe.SignatureVerificationError):
            verified(after, WEBHOOK_SECRET)

    def test_of_an_old_event_may_come_again_late(self, shop: Shop) -> None:
        intent = shop.pay(5000)
        first = shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 1000})
        shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 1500})
        shop.world.run_due()
        late = next(row for row in deliveries(shop) if row["event_type"] == "charge.refunded")
        shop.world.control(f"deliveries/{late['id']}/resend")

        event = verified(shop.world.ear.heard[-1])
        assert (event.type, event.data.object.amount_refunded) == ("charge.refunded", 1000)
        assert first.status == "succeeded"


class TestFaults:
    def test_before_response_delivers_while_the_call_is_still_running(self, shop: Shop) -> None:
        fetched: list[int] = []

        class Curious(list[Heard]):
            def append(self, heard: Heard) -> None:
                id = heard.json["data"]["object"]["id"]
                answer = httpx.get(
                    f"{shop.world.url}/stripe/v1/customers/{id}",
                    auth=("sk_test_scripted", ""),
                    trust_env=False,
                )
                fetched.append(answer.status_code)
                super().append(heard)

        shop.world.ear.heard = Curious()
        shop.fault("webhook_before_response", match={"event": "customer.*"})
        shop.v1.customers.create()

        assert len(shop.world.ear.heard) == 1
        assert fetched == [200]
        assert len(heard_by(shop)) == 1

    def test_duplicate_delivers_the_same_event_twice(self, shop: Shop) -> None:
        shop.fault("webhook_duplicate")
        shop.v1.customers.create()

        first, second = heard_by(shop)
        assert first.raw == second.raw

    def test_new_id_same_fact_tells_it_again_under_another_id(self, shop: Shop) -> None:
        shop.fault("webhook_new_id_same_fact")
        shop.v1.customers.create()

        first, second = (verified(heard) for heard in heard_by(shop))
        assert first.id != second.id
        assert first.data.object.id == second.data.object.id
        assert shop.v1.events.retrieve(second.id).type == "customer.created"

    def test_delay_holds_the_event_back(self, shop: Shop) -> None:
        shop.fault("webhook_delay", seconds=600)
        shop.v1.customers.create()
        assert heard_by(shop) == []

        shop.world.pass_time(601)
        assert len(shop.world.ear.heard) == 1

    def test_drop_never_delivers_though_the_event_exists(self, shop: Shop) -> None:
        shop.fault("webhook_drop")
        shop.v1.customers.create()
        shop.world.pass_time(5 * DAY)

        assert shop.world.ear.heard == []
        assert shop.told() == ["customer.created"]
        assert deliveries(shop)[0]["status"] == "dropped"

    def test_shuffle_releases_the_last_first(self, shop: Shop) -> None:
        shop.fault("webhook_shuffle", times=3, seconds=10)
        made = [shop.v1.customers.create().id for _ in range(3)]
        shop.world.pass_time(60)

        assert [h.json["data"]["object"]["id"] for h in shop.world.ear.heard] == made[::-1]

    @pytest.mark.parametrize(
        "name", ["webhook_bad_signature", "webhook_old_timestamp", "webhook_reserialised_body"]
    )
    def test_of_the_signature_are_found_by_verification(self, shop: Shop, name: str) -> None:
        shop.fault(name)
        shop.v1.customers.create()
        shop.v1.customers.create()

        spoilt, good = heard_by(shop)
        with pytest.raises(stripe.SignatureVerificationError):
            verified(spoilt)
        assert verified(good)

    def test_reserialised_body_says_the_same_in_other_bytes(self, shop: Shop) -> None:
        shop.fault("webhook_reserialised_body")
        shop.v1.customers.create()

        (heard,) = heard_by(shop)
        told = shop.v1.events.list().data[0].to_dict()
        assert json.loads(heard.raw)["id"] == told["id"]

    def test_unknown_event_comes_before_the_true_one(self, shop: Shop) -> None:
        shop.fault("webhook_unknown_event")
        shop.v1.customers.create()

        assert [verified(heard).type for heard in heard_by(shop)] == [
            "sandbox.never_heard_of",
            "customer.created",
        ]

    def test_camel_case_spells_fields_otherwise(self, shop: Shop) -> None:
        shop.fault("webhook_camel_case", match={"event": "payment_intent.succeeded"})
        shop.pay()

        told = next(h.json for h in heard_by(shop) if h.json["type"] == "payment_intent.succeeded")
        assert "latestCharge" in told["data"]["object"]
        assert "latest_charge" not in told["data"]["object"]

    def test_missing_amount_leaves_it_out(self, shop: Shop) -> None:
        shop.fault("webhook_missing_amount", match={"event": "refund.created"})
        refund = shop.v1.refunds.create(params={"payment_intent": shop.pay().id})

        told = next(h.json for h in heard_by(shop) if h.json["type"] == "refund.created")
        assert "amount" not in told["data"]["object"]
        assert shop.v1.refunds.retrieve(refund.id).amount == 5000

    def test_wrong_account_and_wrong_environment_are_marked(self, shop: Shop) -> None:
        shop.fault("webhook_wrong_account", account="acct_other")
        shop.fault("webhook_wrong_environment")
        shop.v1.customers.create()

        told = heard_by(shop)[0].json
        assert (told["account"], told["livemode"]) == ("acct_other", True)

    def test_stale_status_contradicts_the_object(self, shop: Shop) -> None:
        shop.fault(
            "webhook_stale_status",
            match={"event": "payment_intent.succeeded"},
            status="requires_capture",
        )
        intent = shop.pay()

        told = next(h.json for h in heard_by(shop) if h.json["type"] == "payment_intent.succeeded")
        assert told["data"]["object"]["status"] == "requires_capture"
        assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"
