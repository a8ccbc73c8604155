"""
Photon's webhooks: CloudEvents 1.0, signed over the raw body.

`X-Photon-Signature` is the hex HMAC-SHA256 of the body. A timestamp is sent beside it but not
signed, so that an old message cannot be told from a new one; it is only a hint in any case.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent

_ABOUT_ORDERS = "photon:order:"


class PhotonWebhooks:
    """
    Checks that Photon sent a message.

    Args:
        secrets: The signing secret, and the one before it during a replacement.
        organisation: Whose events are ours; None takes every one that is signed for us.
    """

    def __init__(self, secrets: Sequence[str], *, organisation: str | None = None) -> None:
        self._secrets = tuple(secrets)
        self._organisation = organisation

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        del url  # Photon does not sign it
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("x-photon-signature", "").encode()
        if not any(_signs(secret, body, signature) for secret in self._secrets):
            raise ForgedWebhook("The signature does not hold.")
        try:
            event = json.loads(body)
            kind, source, data = str(event["type"]), str(event["source"]), event["data"]
            verified = VerifiedEvent(
                event_id=str(event["id"]),
                kind=kind,
                reference=str(data["id"]) if kind.startswith(_ABOUT_ORDERS) else None,
                facts={},
            )
        except (KeyError, TypeError, ValueError) as unreadable:
            raise MalformedWebhook("This is not an event as Photon writes them.") from unreadable
        if self._organisation is not None and source != f"org:{self._organisation}":
            raise ForgedWebhook("The message is about another organisation.")
        return verified


def _signs(secret: str, body: bytes, signature: bytes) -> bool:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest.encode(), signature)
