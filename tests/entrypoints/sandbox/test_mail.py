from __future__ import annotations

import hashlib
import hmac
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from tests.entrypoints.sandbox.vendor_world import World, world


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


def letter(to: str = "nora@example.test", **parts: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "care@scripted.test"
    message["To"] = to
    message["Subject"] = parts.get("subject", "Your visit — tomorrow")
    message.set_content(parts.get("text", "See https://portal.test/visit?id=1&x=2."))
    if "html" in parts:
        message.add_alternative(parts["html"], subtype="html")
    return message


def server(here: World) -> tuple[str, int]:
    address = here.http.get(f"{here.url}/mail/api/server").json()
    return str(address["host"]), int(address["port"])


def send(here: World, message: EmailMessage) -> None:
    host, port = server(here)
    with smtplib.SMTP(host, port) as smtp:
        smtp.send_message(message)


def messages(here: World, **params: str) -> list[dict[str, Any]]:
    answer = here.http.get(f"{here.url}/mail/api/messages", params=params)
    return list(answer.json()["messages"])


class TestReceiving:
    def test_keeps_what_was_sent(self, here: World) -> None:
        send(here, letter())

        kept = messages(here, to="NORA@example.test")[0]

        assert kept["subject"] == "Your visit — tomorrow"
        assert kept["rcpt_to"] == ["nora@example.test"]
        assert kept["text"].startswith("See https://")
        assert kept["links"] == ["https://portal.test/visit?id=1&x=2"]

    def test_filters_by_recipient(self, here: World) -> None:
        send(here, letter())
        send(here, letter("omar@example.test"))

        assert len(messages(here)) == 2
        assert [each["to"] for each in messages(here, to="omar@example.test")] == [
            "omar@example.test"
        ]

    def test_names_attachments(self, here: World) -> None:
        message = letter()
        message.add_attachment(b"1234", maintype="application", subtype="pdf", filename="a.pdf")

        send(here, message)

        assert messages(here)[0]["attachments"] == [
            {"filename": "a.pdf", "content_type": "application/pdf", "size": 4}
        ]

    def test_rejects_a_mailbox_when_told_to(self, here: World) -> None:
        here.fault("mail", "mail_reject", match={"to": "nora@*"})

        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(here, letter())

        assert refusal.value.recipients["nora@example.test"][0] == 550
        send(here, letter())
        assert len(messages(here)) == 1

    def test_is_emptied(self, here: World) -> None:
        send(here, letter())

        here.http.delete(f"{here.url}/mail/api/messages")

        assert messages(here) == []

    def test_stops_with_the_sandbox(self) -> None:
        with world() as here:
            address = server(here)

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=5).close()

    def test_listens_again_after_a_reset(self, here: World) -> None:
        send(here, letter())

        here.control("reset")

        send(here, letter())
        assert len(messages(here)) == 1


class TestBouncing:
    def test_a_message_comes_back_later(self, here: World) -> None:
        here.fault("mail", "mail_bounce", match={"to": "nora@*"})
        send(here, letter())

        here.pass_time(2)

        heard = here.ear.heard[0]
        digest = hmac.new(b"whsec_mail_scripted", heard.raw, hashlib.sha256).hexdigest()
        assert heard.path == "/webhooks/mail"
        assert heard.headers["x-mail-signature"] == digest
        assert (heard.json["RecordType"], heard.json["Email"]) == ("Bounce", "nora@example.test")

    def test_a_bounce_can_be_made_by_hand(self, here: World) -> None:
        send(here, letter())

        here.control("mail/bounce", to="nora@example.test", type="SoftBounce")
        here.run_due()

        assert here.ear.heard[0].json["Type"] == "SoftBounce"


class TestPages:
    def test_lists_and_shows_messages(self, here: World) -> None:
        send(here, letter(html="<p>Hello <b>Nora</b></p><script>alert(1)</script>"))
        id = messages(here)[0]["id"]

        listing = here.http.get(f"{here.url}/mail/").text
        page = here.http.get(f"{here.url}/mail/messages/{id}")
        body = here.http.get(f"{here.url}/mail/messages/{id}/html")

        assert "Your visit — tomorrow" in listing
        assert "<script" not in page.text
        assert 'href="https://portal.test/visit?id=1&amp;x=2"' in page.text
        assert body.headers["content-security-policy"].startswith("sandbox;")

    def test_escapes_what_a_sender_writes(self, here: World) -> None:
        send(here, letter(subject="<img src=x onerror=alert(1)>", text="<script>1</script>"))
        id = messages(here)[0]["id"]

        assert "<img src=x" not in here.http.get(f"{here.url}/mail/").text
        assert "<script" not in here.http.get(f"{here.url}/mail/messages/{id}").text

    def test_says_when_there_is_nothing(self, here: World) -> None:
        assert "No message has been sent yet" in here.http.get(f"{here.url}/mail/").text
        assert here.http.get(f"{here.url}/mail/messages/none").status_code == 404
