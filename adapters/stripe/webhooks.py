"""
Stripe's webhooks (https://docs.stripe.com/webhooks/signature).

`Stripe-Signature: t=<unix seconds>,v1=<hex>`; a signature is the HMAC-SHA256 of `t.body`.
Several are present while a secret is being replaced.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from application.shared.ports import Clock
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent

TOLERANCE_SECONDS = 300

# Whatever happens to a charge, it is the payment that is looked up again.
_ABOUT_A_PAYMENT = ("charge.", "checkout.session.")
_ABOUT_A_DISPUTE = "charge.dispute."


class StripeWebhooks:
    """
    Checks that Stripe sent a message, and recently.

    Args:
        secrets: The endpoint's signing secret, and the one before it during a replacement.
        live: Whether we work with real money; messages about the other environment are strays.
    """

    def __init__(self, secrets: Sequence[str], clock: Clock, *, live: bool = False) -> None:
        self._secrets = tuple(secrets)
        self._clock = clock
        self._live = live

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        del url  # Stripe does not sign it
        given = {name.lower(): value for name, value in headers.items()}
        self._check_signature(given.get("stripe-signature", ""), body)
        try:
            message = json.loads(body)
            kind, thing = str(message["type"]), message["data"]["object"]
            return VerifiedEvent(
                event_id=str(message["id"]),
                kind=kind,
                reference=_reference(kind, thing),
                facts=self._facts(message),
            )
        except (KeyError, TypeError, ValueError) as unreadable:
            raise MalformedWebhook("This is not an event as Stripe writes them.") from unreadable

    def _facts(self, message: Mapping[str, Any]) -> dict[str, str]:
        # Only events of connected accounts name one, and we have none there.
        if message.get("account"):
            return {"stray": "account"}
        return {} if bool(message.get("livemode")) is self._live else {"stray": "environment"}

    def _check_signature(self, header: str, body: bytes) -> None:
        parts = [part.partition("=") for part in header.split(",")]
        times = [value for name, _, value in parts if name == "t"]
        signatures = [value for name, _, value in parts if name == "v1"]
        if len(times) != 1 or not times[0].isdigit() or not signatures:
            raise ForgedWebhook("The message is not signed.")
        signed = times[0].encode() + b"." + body
        expected = [
            hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
            for secret in self._secrets
        ]
        if not any(
            hmac.compare_digest(one.encode(), other.encode())
            for one in expected
            for other in signatures
        ):
            raise ForgedWebhook("The signature does not hold.")
        if abs(self._clock.now().timestamp() - int(times[0])) > TOLERANCE_SECONDS:
            raise ForgedWebhook("The message is too old.")


def _reference(kind: str, thing: Mapping[str, Any]) -> str | None:
    if kind.startswith(_ABOUT_A_PAYMENT) and not kind.startswith(_ABOUT_A_DISPUTE):
        payment = thing.get("payment_intent") or thing.get("paymentIntent")
        return None if payment is None else str(payment)
    return str(thing["id"])
