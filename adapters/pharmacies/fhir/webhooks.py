"""
Notices of a FHIR pharmacy, in the shape of the Subscriptions R5 Backport for R4.

`X-Pharmacy-Signature` is the hex HMAC-SHA256 of `timestamp.body`, `X-Pharmacy-Timestamp`
the time in seconds.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from application.shared.ports import Clock
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, VerifiedEvent

TOLERANCE_SECONDS = 300
_KINDS = frozenset({"Task", "MedicationRequest", "MedicationDispense"})


class FhirPharmacyWebhooks:
    """
    Checks that the pharmacy sent a notice, and recently.

    Args:
        secrets: The signing secret, and the one before it during a replacement.
        subscription: Which one is ours, such as `Subscription/1`: others' notices are refused.
    """

    def __init__(
        self, secrets: Sequence[str], clock: Clock, *, subscription: str | None = None
    ) -> None:
        self._secrets = tuple(secrets)
        self._clock = clock
        self._subscription = subscription

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        del url  # The pharmacy does not sign it
        given = {name.lower(): value for name, value in headers.items()}
        self._check_signature(given, body)
        try:
            bundle = json.loads(body)
            resource = _about(bundle)
            kind = str(resource["resourceType"])
            reference = f"{kind}/{resource['id']}"
            verified = VerifiedEvent(
                event_id=str(bundle["id"]),
                kind=f"{kind}.{resource.get('status', '')}",
                reference=reference,
                facts={},
            )
        except (KeyError, TypeError, ValueError, StopIteration) as unreadable:
            raise MalformedWebhook("This is not a notice as we know them.") from unreadable
        if self._subscription is not None and self._subscription not in _subscriptions(bundle):
            raise ForgedWebhook("The notice is for another subscription.")
        return verified

    def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        stamp = headers.get("x-pharmacy-timestamp", "")
        signature = headers.get("x-pharmacy-signature", "").encode()
        if not stamp.isdigit():
            raise ForgedWebhook("The notice is not signed.")
        signed = stamp.encode() + b"." + body
        if not any(_signs(secret, signed, signature) for secret in self._secrets):
            raise ForgedWebhook("The signature does not hold.")
        if abs(self._clock.now().timestamp() - int(stamp)) > TOLERANCE_SECONDS:
            raise ForgedWebhook("The notice is too old.")


def _about(bundle: Mapping[str, Any]) -> Mapping[str, Any]:
    resource: Mapping[str, Any] = next(
        entry["resource"]
        for entry in bundle["entry"]
        if (entry.get("resource") or {}).get("resourceType") in _KINDS
    )
    return resource


def _subscriptions(bundle: Mapping[str, Any]) -> list[str]:
    return [
        str(parameter["valueReference"]["reference"])
        for entry in bundle["entry"]
        for parameter in (entry.get("resource") or {}).get("parameter", [])
        if parameter.get("name") == "subscription"
    ]


def _signs(secret: str, signed: bytes, signature: bytes) -> bool:
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest.encode(), signature)
