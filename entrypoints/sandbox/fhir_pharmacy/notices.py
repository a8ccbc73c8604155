"""
Notices to the subscriber, in the shape of the Subscriptions R5 Backport for R4.

``X-Pharmacy-Signature`` is ``hex(HMAC-SHA256(secret, timestamp + "." + raw body))``;
``X-Pharmacy-Timestamp`` is in seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from uuid import uuid4

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.fhir_pharmacy.outcome import FHIR_JSON
from entrypoints.sandbox.fhir_pharmacy.repository import VENDOR_NAME, instant

DEFAULT_WEBHOOK_SECRET = "whsec_fhir_pharmacy_scripted"  # noqa: S105 - every sandbox has this one
SUBSCRIPTION = "Subscription/platform"
TOPIC = "https://pharmacy.sandbox.test/SubscriptionTopic/fulfilment"


def signature_headers(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signed = stamp.encode() + b"." + body
    return {
        "X-Pharmacy-Timestamp": stamp,
        "X-Pharmacy-Signature": hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(),
    }


class Notices:
    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    def changed(self, resource: Document) -> None:
        """
        Tell of a new version; the resource comes with the notice.
        """
        path = f"{resource['resourceType']}/{resource['id']}"
        status = resource.get("status", "")
        event_type = f"{resource['resourceType']}.{status}"
        base, subscription = f"{self._ctx.vendor_url(VENDOR_NAME)}/fhir", SUBSCRIPTION
        if self._ctx.faults.take(VENDOR_NAME, "webhook_wrong_account", event=event_type):
            base, subscription = "https://another.pharmacy.test/fhir", "Subscription/another"
        number = str(self._ctx.store.next_number(VENDOR_NAME, "notice"))
        created = resource["meta"]["versionId"] == "1"
        event_id = str(uuid4())
        body = {
            "resourceType": "Bundle",
            "id": event_id,
            "type": "history",
            "timestamp": instant(self._ctx.clock.now()),
            "entry": [
                {
                    "fullUrl": f"urn:uuid:{uuid4()}",
                    "resource": _status(subscription, number, path),
                    "request": {"method": "GET", "url": f"{subscription}/$status"},
                    "response": {"status": "200"},
                },
                {
                    "fullUrl": f"{base}/{path}",
                    "resource": resource,
                    "request": {
                        "method": "POST" if created else "PUT",
                        "url": resource["resourceType"] if created else path,
                    },
                    "response": {"status": "201" if created else "200"},
                },
            ],
        }
        self._ctx.webhooks.enqueue(
            VENDOR_NAME,
            self._ctx.settings.webhook_url(VENDOR_NAME),
            event_id,
            json.dumps(body).encode(),
            event_type=event_type,
            content_type=FHIR_JSON,
        )


def _status(subscription: str, number: str, focus: str) -> Document:
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": subscription}},
            {"name": "topic", "valueCanonical": TOPIC},
            {"name": "status", "valueCode": "active"},
            {"name": "type", "valueCode": "event-notification"},
            {"name": "events-since-subscription-start", "valueString": number},
            {
                "name": "notification-event",
                "part": [
                    {"name": "event-number", "valueString": number},
                    {"name": "focus", "valueReference": {"reference": focus}},
                ],
            },
        ],
    }
