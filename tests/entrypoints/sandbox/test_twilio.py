from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.entrypoints.sandbox.vendor_world import World, world

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "scripted_twilio_token"
MESSAGE = {"To": "+14155550101", "From": "+14155550100", "Body": "Your visit starts at 10:00."}


class ToSandbox(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """
    Sends the SDK's requests to another base address.
    """

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        asked = urlsplit(url)
        query = f"?{asked.query}" if asked.query else ""
        return super().request(method, f"{self._base}{asked.path}{query}", *args, **kwargs)


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def autopilot() -> Iterator[World]:
    with world(autopilot=True) as made:
        yield made


def send(here: World, **change: str) -> httpx.Response:
    return here.http.post(
        f"{here.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data=MESSAGE | change,
        auth=(ACCOUNT, TOKEN),
    )


def status(here: World, sid: str) -> dict[str, Any]:
    url = f"{here.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"
    return dict(here.http.get(url, auth=(ACCOUNT, TOKEN)).json())


class TestSending:
    def test_queues_a_message(self, here: World) -> None:
        answer = send(here)

        assert answer.status_code == 201
        assert answer.json()["status"] == "queued"
        assert answer.json()["sid"].startswith("SM")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"To": ""}, 21604),
            ({"To": "0155"}, 21211),
            ({"From": ""}, 21603),
            ({"Body": ""}, 21602),
            ({"Body": "x" * 1601}, 21617),
        ],
    )
    def test_refuses_an_impossible_message(
        self, here: World, change: dict[str, str], code: int
    ) -> None:
        answer = send(here, **change)

        assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_refuses_wrong_credentials(self, here: World) -> None:
        url = f"{here.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

        answer = here.http.post(url, data=MESSAGE, auth=(ACCOUNT, "wrong"))

        assert (answer.status_code, answer.json()["code"]) == (401, 20003)

    def test_refuses_who_has_unsubscribed(self, here: World) -> None:
        here.control("twilio/unsubscribe", number="+14155550101")

        assert send(here).json()["code"] == 21610

    def test_shows_an_outbox(self, here: World) -> None:
        send(here)

        assert MESSAGE["Body"] in here.http.get(f"{here.url}/twilio/outbox").text
        found = here.http.get(f"{here.url}/twilio/api/outbox", params={"to": MESSAGE["To"]}).json()
        assert len(found["messages"]) == 1


class TestFate:
    def test_is_delivered_on_autopilot(self, autopilot: World) -> None:
        sid = send(autopilot).json()["sid"]

        autopilot.pass_time(1)
        autopilot.pass_time(1)

        assert status(autopilot, sid)["status"] == "delivered"
        heard = [each.form["MessageStatus"] for each in autopilot.ear.heard]
        assert heard == ["sent", "delivered"]

    def test_can_be_undelivered_after_it_was_sent(self, autopilot: World) -> None:
        autopilot.fault("twilio", "undelivered", match={"to": "+14155550101"}, error_code=30005)
        sid = send(autopilot).json()["sid"]

        autopilot.pass_time(1)
        sent = status(autopilot, sid)["status"]
        autopilot.pass_time(1)

        assert sent == "sent"
        assert status(autopilot, sid)["status"] == "undelivered"
        assert autopilot.ear.heard[-1].form["ErrorCode"] == "30005"

    def test_calls_back_where_it_was_told_with_a_signature(self, here: World) -> None:
        address = f"{here.ear.url}/sms?token=7"
        sid = send(here, StatusCallback=address).json()["sid"]
        here.control("twilio/set_status", sid=sid, status="sent")
        here.run_due()

        heard = here.ear.heard[0]

        assert heard.path == "/sms?token=7"
        assert RequestValidator(TOKEN).validate(
            address, heard.form, heard.headers["x-twilio-signature"]
        )

    def test_a_signature_can_be_wrong(self, here: World) -> None:
        here.fault("twilio", "webhook_bad_signature")
        sid = send(here).json()["sid"]
        here.control("twilio/advance_message", sid=sid)
        here.run_due()

        heard = here.ear.heard[0]

        assert not RequestValidator(TOKEN).validate(
            f"{here.ear.url}/webhooks/twilio", heard.form, heard.headers["x-twilio-signature"]
        )


class TestItsSdk:
    def test_sends_fetches_and_lists(self, here: World) -> None:
        client = Client(ACCOUNT, TOKEN, http_client=ToSandbox(f"{here.url}/twilio"))

        sent = client.messages.create(to="+14155550101", from_="+14155550100", body="Hello")
        for _ in range(2):
            client.messages.create(to="+14155550102", from_="+14155550100", body="Hello")

        assert client.messages(sent.sid).fetch().status == "queued"
        assert len(client.messages.list(page_size=2)) == 3
        assert [each.sid for each in client.messages.list(to="+14155550101")] == [sent.sid]

    def test_understands_a_refusal(self, here: World) -> None:
        client = Client(ACCOUNT, TOKEN, http_client=ToSandbox(f"{here.url}/twilio"))

        with pytest.raises(TwilioRestException) as refusal:
            client.messages.create(to="12", from_="+14155550100", body="Hello")

        assert refusal.value.code == 21211

    def test_redacts_and_deletes(self, here: World) -> None:
        client = Client(ACCOUNT, TOKEN, http_client=ToSandbox(f"{here.url}/twilio"))
        sent = client.messages.create(to="+14155550101", from_="+14155550100", body="Hello")

        assert client.messages(sent.sid).update(body="").body == ""
        assert client.messages(sent.sid).delete()
        assert client.messages.list() == []
