"""
Text messages by Twilio (https://www.twilio.com/docs/messaging/api/message-resource).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import requests
from attrs import field, frozen
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from application.notifications.ports import DeliveryRefused, DeliveryUnavailable
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent
from domain.notifications import NotificationStatus
from domain.shared.contact import PhoneNumber

_STATUSES = {
    "delivered": NotificationStatus.DELIVERED,
    "undelivered": NotificationStatus.UNDELIVERED,
    "failed": NotificationStatus.UNDELIVERED,
}


@frozen(kw_only=True)
class TwilioAccount:
    """
    Whose account, at which address.

    Args:
        sender: The number that messages come from.
        callback_url: Where Twilio reports what became of a message; empty for its own default.
    """

    sid: str
    auth_token: str = field(repr=False)
    base_url: str
    sender: str
    callback_url: str = ""
    timeout_seconds: float = 10.0


class TwilioSms:
    """Sends text messages, and asks what became of them."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        http = _RedirectedClient(account.base_url, timeout=account.timeout_seconds)
        self._client = Client(account.sid, account.auth_token, http_client=http)

    def send(self, *, to: PhoneNumber, text: str) -> str:
        extra = (
            {"status_callback": self._account.callback_url} if self._account.callback_url else {}
        )
        message = _answer(
            lambda: self._client.messages.create(
                to=to.value, from_=self._account.sender, body=text, **extra
            )
        )
        return str(message.sid)

    def status(self, reference: str) -> NotificationStatus:
        message = _answer(lambda: self._client.messages(reference).fetch())
        return _STATUSES.get(str(message.status), NotificationStatus.SENT)


class TwilioWebhooks:
    """
    Checks that Twilio sent a status callback (https://www.twilio.com/docs/usage/security).

    `X-Twilio-Signature` is the base 64 of an HMAC-SHA1 over the URL and the sorted fields.

    Args:
        tokens: The account's secret, and the one before it during a replacement.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tuple(tokens)

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("x-twilio-signature", "")
        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as unreadable:
            raise ForgedWebhook("The signature does not hold.") from unreadable
        signed = url + "".join(name + fields[name] for name in sorted(fields))
        if not any(_signs(token, signed, signature) for token in self._tokens):
            raise ForgedWebhook("The signature does not hold.")
        try:
            reference, status = fields["MessageSid"], fields["MessageStatus"]
        except KeyError as missing:
            raise MalformedWebhook("This is not a status callback.") from missing
        return VerifiedEvent(
            event_id=f"{reference}:{status}",
            kind=f"message.{status}",
            reference=reference,
            facts={"error_code": fields["ErrorCode"]} if "ErrorCode" in fields else {},
        )


class _RedirectedClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own client, speaking to another address, such as the sandbox's."""

    def __init__(self, base_url: str, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base_url)

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Response:
        asked = urlsplit(url)
        path = self._base.path.rstrip("/") + asked.path
        target = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
        return super().request(method, target, *rest, **more)


def _signs(token: str, signed: str, signature: str) -> bool:
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())


def _answer(ask: Any) -> Any:
    try:
        return ask()
    except TwilioRestException as refusal:
        if refusal.status == 400:
            raise DeliveryRefused("This number cannot be reached.") from None
        raise DeliveryUnavailable("The text message service asks to try later.") from None
    except (TwilioException, requests.RequestException, OSError, ValueError):
        # The vendor's error may quote the number or the text.
        raise DeliveryUnavailable("The text message service does not answer.") from None
