"""
What the network reports by webhook: CloudEvents 1.0, signed over the raw body alone.

``x-photon-signature`` is ``hex(HMAC-SHA256(secret, raw body))``; ``x-photon-timestamp`` (seconds)
is sent beside it and is not signed. Most 4xx answers are not tried again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

VENDOR_NAME = "photon"
ORGANISATION = "org_scripted0001"
DEFAULT_WEBHOOK_SECRET = "whsec_photon_scripted"  # noqa: S105 - every sandbox has this one
_RETRIED_4XX = frozenset({408, 425, 429})


def signature_headers(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    return {
        "X-Photon-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        "X-Photon-Timestamp": str(int(at.timestamp())),
    }


def ends_delivery(status: int) -> bool:
    """
    Whether the sender stops trying: it was taken, or was refused in a way that will not change.
    """
    return 200 <= status < 300 or (400 <= status < 500 and status not in _RETRIED_4XX)


class Events:
    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    def order(self, name: str, order: Document, **more: Any) -> None:
        """
        ``photon:order:<name>``; the order's and the patient's ids are always there.
        """
        data = {
            "id": order["id"],
            "externalId": order.get("externalId"),
            "patient": self._both_ids("patient", order["patientId"]),
            **more,
        }
        self._send(f"photon:order:{name}", order["id"], data)

    def prescription(self, name: str, prescription: Document) -> None:
        data = {
            "id": prescription["id"],
            "externalId": prescription.get("externalId"),
            "patient": self._both_ids("patient", prescription["patientId"]),
            "prescriberId": "usr_sandboxPrescriber",
            "state": prescription["state"],
        }
        self._send(f"photon:prescription:{name}", prescription["id"], data)

    def fills(self, order: Document) -> list[Document]:
        return [
            {
                "id": fill["id"],
                "prescription": self._both_ids("prescription", fill["prescriptionId"]),
            }
            for fill in order["fills"]
        ]

    def _both_ids(self, kind: str, id: str | None) -> Document:
        found = self._ctx.store.get(VENDOR_NAME, kind, id) if id else None
        return {"id": id, "externalId": found.get("externalId") if found else None}

    def _send(self, type_: str, subject: str, data: Document) -> None:
        source = f"org:{ORGANISATION}"
        if self._ctx.faults.take(VENDOR_NAME, "webhook_wrong_account", event=type_):
            source = "org:org_somebodyElses0001"
        event_id = uuid4().hex[:26].upper()
        at = self._ctx.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {
            "id": event_id,
            "type": type_,
            "specversion": "1.0",
            "datacontenttype": "application/json",
            "time": at,
            "subject": subject,
            "source": source,
            "data": data,
        }
        self._ctx.webhooks.enqueue(
            VENDOR_NAME,
            self._ctx.settings.webhook_url(VENDOR_NAME),
            event_id,
            json.dumps(event).encode(),
            event_type=type_,
        )
