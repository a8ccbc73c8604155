"""
What is asked of who sends e-mail and text messages: in memory, and over SMTP and HTTP.

SMTP is an independent server (aiosmtpd), Twilio is the sandbox's.
"""

import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from attrs import define, field

from adapters.email.smtp import MailServer, SmtpEmail
from adapters.sms.twilio import TwilioAccount, TwilioSms, TwilioWebhooks
from application.notifications.ports import (
    DeliveryRefused,
    DeliveryUnavailable,
    RenderedMessage,
)
from application.webhooks.ports import ForgedWebhook, MalformedWebhook
from domain.notifications import NotificationStatus
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import NotificationId
from tests.entrypoints.sandbox.vendor_world import World, world

NOAH = EmailAddress("noah@example.com")
TELEPHONE = PhoneNumber("+61412345678")
NOTIFICATION = NotificationId(UUID(int=5))
LETTER = RenderedMessage(
    subject="Il y a du nouveau pour vous.",
    text="Votre médecin a terminé.",
    html="<p>Votre médecin a terminé.</p>",
)


@define
class Postmaster:
    """Answers RCPT with `answer`, and keeps what it takes."""

    answer: str = "250 OK"
    taken: list[Any] = field(factory=list)

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
def smtp_port(postmaster: Postmaster) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(postmaster, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def mail(port: int) -> SmtpEmail:
    return SmtpEmail(
        MailServer(host="127.0.0.1", port=port, sender="Scripted <care@scripted.example>")
    )


class TestSmtp:
    def test_a_letter_arrives_in_both_forms(self, smtp_port: int, postmaster: Postmaster) -> None:
        reference = mail(smtp_port).send(to=NOAH, message=LETTER, notification_id=NOTIFICATION)

        (letter,) = postmaster.taken
        assert letter["Subject"] == LETTER.subject
        assert letter["To"] == "noah@example.com"
        assert letter["Message-ID"] == reference == f"<{NOTIFICATION}@scripted.example>"
        assert letter.get_body(("plain",)).get_content().strip() == LETTER.text
        assert letter.get_body(("html",)).get_content().strip() == LETTER.html

    def test_an_address_that_is_refused(self, smtp_port: int, postmaster: Postmaster) -> None:
        postmaster.answer = "550 no such mailbox"

        with pytest.raises(DeliveryRefused):
            mail(smtp_port).send(to=NOAH, message=LETTER, notification_id=NOTIFICATION)

    def test_a_mailbox_that_is_full_for_now(self, smtp_port: int, postmaster: Postmaster) -> None:
        postmaster.answer = "452 try later"

        with pytest.raises(DeliveryUnavailable):
            mail(smtp_port).send(to=NOAH, message=LETTER, notification_id=NOTIFICATION)

    def test_a_server_that_is_not_there(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]

        with pytest.raises(DeliveryUnavailable):
            mail(port).send(to=NOAH, message=LETTER, notification_id=NOTIFICATION)


@pytest.fixture
def sandbox() -> Iterator[World]:
    with world() as opened:
        yield opened


@pytest.fixture
def sms(sandbox: World) -> TwilioSms:
    return TwilioSms(
        TwilioAccount(
            sid="AC00000000000000000000000000000001",
            auth_token="scripted_twilio_token",
            base_url=f"{sandbox.url}/twilio",
            sender="+15005550006",
        )
    )


class TestTwilio:
    @pytest.mark.parametrize(
        ("reported", "status"),
        [
            (["sent"], NotificationStatus.SENT),
            (["sent", "delivered"], NotificationStatus.DELIVERED),
            (["sent", "undelivered"], NotificationStatus.UNDELIVERED),
            (["failed"], NotificationStatus.UNDELIVERED),
        ],
    )
    def test_tells_what_became_of_a_message(
        self, sms: TwilioSms, sandbox: World, reported: list[str], status: NotificationStatus
    ) -> None:
        reference = sms.send(to=TELEPHONE, text="There is something new for you.")
        for one in reported:
            sandbox.control("twilio/set_status", sid=reference, status=one)

        assert sms.status(reference) is status

    def test_a_number_that_said_stop_is_refused(self, sms: TwilioSms, sandbox: World) -> None:
        sandbox.control("twilio/unsubscribe", number=TELEPHONE.value)

        with pytest.raises(DeliveryRefused):
            sms.send(to=TELEPHONE, text="Hello")

    @pytest.mark.parametrize("fault", ["respond_429", "respond_500_before", "token_expired"])
    def test_a_vendor_in_trouble_is_tried_later(
        self, sms: TwilioSms, sandbox: World, fault: str
    ) -> None:
        sandbox.fault("twilio", fault)

        with pytest.raises(DeliveryUnavailable):
            sms.send(to=TELEPHONE, text="Hello")

    def test_a_vendor_that_is_not_there(self, sms: TwilioSms, sandbox: World) -> None:
        sandbox.server.stop()

        with pytest.raises(DeliveryUnavailable) as silence:
            sms.send(to=TELEPHONE, text="Hello")
        assert TELEPHONE.value not in str(silence.value)

    def test_its_callbacks_are_verified(self, sms: TwilioSms, sandbox: World) -> None:
        verifier = TwilioWebhooks(["older", "scripted_twilio_token"])
        reference = sms.send(to=TELEPHONE, text="Hello")
        sandbox.control("twilio/set_status", sid=reference, status="sent")
        sandbox.control("twilio/set_status", sid=reference, status="undelivered")
        sandbox.run_due()
        url = f"{sandbox.ear.url}/webhooks/twilio"

        events = [
            verifier.verify(headers=one.headers, body=one.raw, url=url) for one in sandbox.ear.heard
        ]

        assert {event.reference for event in events} == {reference}
        assert {event.kind for event in events} == {"message.sent", "message.undelivered"}
        with pytest.raises(ForgedWebhook):
            verifier.verify(
                headers=sandbox.ear.heard[0].headers,
                body=sandbox.ear.heard[0].raw,
                url="https://elsewhere.test/webhooks/twilio",
            )

    def test_a_changed_callback_is_forged(self) -> None:
        body = urlencode({"MessageSid": "SM1", "MessageStatus": "sent"}).encode()
        headers = {"X-Twilio-Signature": signature("token", "https://x.test", body)}
        verifier = TwilioWebhooks(["token"])

        assert verifier.verify(headers=headers, body=body, url="https://x.test").reference == "SM1"
        for forged in (body + b"&To=1", b"", b"\xff\xfe"):
            with pytest.raises(ForgedWebhook):
                verifier.verify(headers=headers, body=forged, url="https://x.test")

    def test_a_genuine_callback_in_an_unknown_shape(self) -> None:
        body = b"Weather=fine"

        with pytest.raises(MalformedWebhook):
            TwilioWebhooks(["token"]).verify(
                headers={"x-twilio-signature": signature("token", "https://x.test", body)},
                body=body,
                url="https://x.test",
            )


def signature(token: str, url: str, body: bytes) -> str:
    fields = sorted(parse_qsl(body.decode()))
    signed = url + "".join(name + value for name, value in fields)
    return base64.b64encode(
        hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    ).decode()
