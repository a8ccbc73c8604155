"""
Stripe's messages are believed only with a fresh signature over their very bytes.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe

from adapters.stripe.webhooks import StripeWebhooks
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent
from tests.entrypoints.sandbox.stripe_world import shop as open_shop
from tests.fakes.clock import MONDAY_NOON, FixedClock

SECRET = "whsec_test"


def signed(body: bytes, *, secret: str = SECRET, at: datetime = MONDAY_NOON) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, timestamp=int(at.timestamp())
    )
    return {"Stripe-Signature": header}


def message(kind: str = "payment_intent.succeeded", **thing: Any) -> bytes:
    return json.dumps(
        {"id": "evt_1", "type": kind, "livemode": False, "data": {"object": thing}}
    ).encode()


def verify(
    body: bytes, headers: dict[str, str], *, secrets: tuple[str, ...] = (SECRET,)
) -> VerifiedEvent:
    return StripeWebhooks(secrets, FixedClock()).verify(headers=headers, body=body, url="")


def test_a_genuine_message_names_what_to_look_up() -> None:
    body = message(id="pi_1")

    event = verify(body, signed(body))

    assert (event.event_id, event.kind, event.reference) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
    )


@pytest.mark.parametrize(
    ("given", "live", "stray"),
    [
        ({"livemode": False}, False, None),
        ({"livemode": True}, True, None),
        ({"livemode": True}, False, "environment"),
        ({"livemode": False}, True, "environment"),
        ({"livemode": False, "account": "acct_1"}, False, "account"),
    ],
)
def test_what_is_not_meant_for_us_says_so(
    given: dict[str, Any], *, live: bool, stray: str | None
) -> None:
    body = json.dumps(json.loads(message(id="pi_1")) | given).encode()

    event = StripeWebhooks((SECRET,), FixedClock(), live=live).verify(
        headers=signed(body), body=body, url=""
    )

    assert event.facts.get("stray") == stray


def test_without_a_secret_nobody_is_believed() -> None:
    body = message(id="pi_1")

    with pytest.raises(ForgedWebhook):
        verify(body, signed(body, secret=""), secrets=())


def test_charges_lead_to_their_payment() -> None:
    body = message("charge.refunded", id="ch_1", payment_intent="pi_1")

    assert verify(body, signed(body)).reference == "pi_1"


def test_disputes_are_looked_up_themselves() -> None:
    body = message("charge.dispute.created", id="du_1", payment_intent="pi_1")

    assert verify(body, signed(body)).reference == "du_1"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_that_is_not_recent_is_refused(seconds: int) -> None:
    body = message(id="pi_1")

    with pytest.raises(ForgedWebhook):
        verify(body, signed(body, at=MONDAY_NOON + timedelta(seconds=seconds)))


def test_another_secret_is_refused() -> None:
    body = message(id="pi_1")

    with pytest.raises(ForgedWebhook):
        verify(body, signed(body, secret="whsec_other"))


def test_both_secrets_are_good_while_one_replaces_the_other() -> None:
    body = message(id="pi_1")

    event = verify(body, signed(body, secret="whsec_old"), secrets=("whsec_new", "whsec_old"))

    assert event.reference == "pi_1"


def test_a_body_that_was_written_anew_is_refused() -> None:
    body = message(id="pi_1")

    with pytest.raises(ForgedWebhook):
        verify(body.replace(b", ", b","), signed(body))


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1,t=2,v1=ab", "t=1,v1=\u00e9"]
)
def test_a_malformed_signature_is_refused(header: str) -> None:
    with pytest.raises(ForgedWebhook):
        verify(message(id="pi_1"), {"Stripe-Signature": header})


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'{"id": "evt_1"}'])
def test_a_genuine_message_in_an_unknown_shape_is_told_apart(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        verify(body, signed(body))


def test_what_the_played_stripe_sends_is_believed() -> None:
    with open_shop() as shop:
        intent = shop.authorise()
        shop.world.run_due()
        heard = shop.world.ear.heard

        webhooks = StripeWebhooks(("whsec_scripted",), FixedClock(_now(shop)))
        events = [
            webhooks.verify(headers=each.headers, body=each.raw, url=each.path) for each in heard
        ]

    assert intent.id in {event.reference for event in events}


def _now(shop: Any) -> datetime:
    health = shop.world.http.get(f"{shop.world.url}/_sandbox/health").json()
    return datetime.fromisoformat(health["now"])
