"""
Airwallex's webhooks (https://www.airwallex.com/docs/developer-tools__listen-for-webhook-events).

`x-signature` is the hex HMAC-SHA256 of `x-timestamp` and the raw body, with nothing between
them; the time is in milliseconds. Some account events have been seen in camelCase.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from application.shared.ports import Clock
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent

TOLERANCE_SECONDS = 300


class AirwallexWebhooks:
    """
    Checks that Airwallex sent a message, and recently.

    Args:
        secrets: The subscription's secret, and the one before it during a replacement.
    """

    def __init__(self, secrets: Sequence[str], clock: Clock) -> None:
        self._secrets = tuple(secrets)
        self._clock = clock

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        del url  # Airwallex does not sign it
        given = {name.lower(): value for name, value in headers.items()}
        self._check_signature(given.get("x-timestamp", ""), given.get("x-signature", ""), body)
        try:
            message = json.loads(body)
            kind, account_id = str(message["name"]), _either(message, "account_id", "accountId")
            return VerifiedEvent(
                event_id=str(message["id"]),
                kind=kind,
                reference=_reference(kind, message, account_id),
                facts={"account_id": str(account_id)},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as unreadable:
            raise MalformedWebhook("This is not an event as Airwallex writes them.") from unreadable

    def _check_signature(self, stamp: str, signature: str, body: bytes) -> None:
        if not stamp.isdigit() or not signature:
            raise ForgedWebhook("The message is not signed.")
        expected = [
            hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
            for secret in self._secrets
        ]
        if not any(hmac.compare_digest(one.encode(), signature.encode()) for one in expected):
            raise ForgedWebhook("The signature does not hold.")
        if abs(self._clock.now().timestamp() - int(stamp) / 1000) > TOLERANCE_SECONDS:
            raise ForgedWebhook("The message is too old.")


def _reference(kind: str, message: Mapping[str, Any], account_id: object) -> str | None:
    data = message.get("data") or {}
    thing = data.get("object") or data
    found = thing.get("id")
    if found is None and kind.startswith("account."):
        found = account_id
    return None if found is None else str(found)


def _either(message: Mapping[str, Any], *names: str) -> object:
    return next((message[name] for name in names if name in message), None)
