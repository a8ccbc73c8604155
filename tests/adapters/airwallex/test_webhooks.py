"""
Airwallex's messages are believed only with a fresh signature over time and very bytes.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.airwallex.webhooks import AirwallexWebhooks
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent
from tests.entrypoints.sandbox.airwallex_api import PERSON, Api
from tests.entrypoints.sandbox.airwallex_api import signed_in as open_api
from tests.fakes.clock import MONDAY_NOON, FixedClock

SECRET = "whsec_airwallex"


def signed(body: bytes, *, secret: str = SECRET, at: datetime = MONDAY_NOON) -> dict[str, str]:
    stamp = str(int(at.timestamp() * 1000))
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": stamp, "X-Signature": digest}


def message(**fields: Any) -> bytes:
    event = {
        "id": "evt_1",
        "name": "payout.transfer.paid",
        "account_id": "acct_1",
        "data": {"id": "tr_1"},
    }
    return json.dumps({**event, **fields}).encode()


def verify(body: bytes, headers: dict[str, str]) -> VerifiedEvent:
    return AirwallexWebhooks((SECRET,), FixedClock()).verify(headers=headers, body=body, url="")


def test_a_genuine_message_names_what_to_look_up() -> None:
    event = verify(message(), signed(message()))

    assert (event.event_id, event.kind, event.reference) == (
        "evt_1",
        "payout.transfer.paid",
        "tr_1",
    )


def test_the_object_may_be_wrapped() -> None:
    body = message(data={"object": {"id": "tr_2"}})

    assert verify(body, signed(body)).reference == "tr_2"


def test_camel_case_is_understood() -> None:
    body = json.dumps(
        {"id": "evt_1", "name": "account.active", "accountId": "acct_9", "data": {}}
    ).encode()

    assert verify(body, signed(body)).reference == "acct_9"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_that_is_not_recent_is_refused(seconds: int) -> None:
    with pytest.raises(ForgedWebhook):
        verify(message(), signed(message(), at=MONDAY_NOON + timedelta(seconds=seconds)))


def test_another_secret_is_refused() -> None:
    with pytest.raises(ForgedWebhook):
        verify(message(), signed(message(), secret="other"))


def test_another_time_than_the_signed_one_is_refused() -> None:
    headers = signed(message()) | {"X-Timestamp": str(int(MONDAY_NOON.timestamp() * 1000) + 1)}

    with pytest.raises(ForgedWebhook):
        verify(message(), headers)


@pytest.mark.parametrize("headers", [{}, {"x-timestamp": "soon", "x-signature": "ab"}])
def test_an_unsigned_message_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ForgedWebhook):
        verify(message(), headers)


@pytest.mark.parametrize(
    "body", [b"[]", b"nonsense", b'{"id": "evt_1"}', b'{"id":1,"name":"x","data":[1]}']
)
def test_a_genuine_message_in_an_unknown_shape_is_told_apart(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        verify(body, signed(body))


@pytest.fixture
def played() -> Iterator[Api]:
    with open_api() as one:
        yield one


def test_what_the_played_airwallex_sends_is_believed(played: Api) -> None:
    account = played.done("accounts/create", PERSON)
    played.world.run_due()
    health = played.world.http.get(f"{played.world.url}/_sandbox/health").json()
    webhooks = AirwallexWebhooks(
        ("whsec_airwallex_scripted",), FixedClock(datetime.fromisoformat(health["now"]))
    )

    events = [
        webhooks.verify(headers=each.headers, body=each.raw, url=each.path)
        for each in played.world.ear.heard
    ]

    assert {event.reference for event in events} == {account["id"]}
