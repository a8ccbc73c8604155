"""
Webhooks of a mail service about letters that came back, as Postmark writes them.

`X-Mail-Signature` is the HMAC-SHA256 of the body in hexadecimal. The address that is told is
not kept: the letter's own Message-ID says whose it was.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent


class MailWebhooks:
    """
    Checks that our mail service sent a message.

    Args:
        secrets: The signing secret, and the one before it during a replacement.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secrets)

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        del url  # not signed
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("x-mail-signature", "").encode()
        expected = [
            hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
            for secret in self._secrets
        ]
        if not any(hmac.compare_digest(one, signature) for one in expected):
            raise ForgedWebhook("The signature does not hold.")
        try:
            message = json.loads(body)
            return VerifiedEvent(
                event_id=str(message["ID"]),
                kind=f"{message['RecordType']}.{message['Type']}",
                reference=str(message["MessageID"]),
                facts={},
            )
        except (KeyError, TypeError, ValueError) as unreadable:
            raise MalformedWebhook("This is not a report of a mail service.") from unreadable
