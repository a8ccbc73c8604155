"""
A pharmacy that speaks FHIR R4: prescriptions and Tasks in, dispenses out.
"""

from __future__ import annotations

from datetime import datetime

from entrypoints.sandbox.core.vendor import Sandbox, Vendor
from entrypoints.sandbox.fhir_pharmacy.actions import ACTIONS
from entrypoints.sandbox.fhir_pharmacy.notices import DEFAULT_WEBHOOK_SECRET, signature_headers
from entrypoints.sandbox.fhir_pharmacy.repository import VENDOR_NAME
from entrypoints.sandbox.fhir_pharmacy.server import blueprint, open_pharmacy, stock


def _start(ctx: Sandbox) -> None:
    stock(open_pharmacy(ctx))
    secret = ctx.settings.secret("FHIR_PHARMACY_WEBHOOK_SECRET", DEFAULT_WEBHOOK_SECRET)

    @ctx.webhooks.signer(VENDOR_NAME)
    def sign(body: bytes, at: datetime, url: str) -> dict[str, str]:
        del url
        return signature_headers(secret, body, at)


VENDOR = Vendor(
    name=VENDOR_NAME,
    title="FHIR pharmacy",
    blueprint=blueprint,
    start=_start,
    actions=ACTIONS,
    describe=lambda: [
        ("Task", ["id", "status", "intent", "authoredOn"]),
        ("MedicationRequest", ["id", "status", "authoredOn"]),
        ("MedicationDispense", ["id", "status", "whenHandedOver"]),
        ("Patient", ["id", "birthDate"]),
        ("Organization", ["id", "name"]),
    ],
    faults={
        "order_rejected": "The pharmacy rejects the Task (`reason`).",
        "cancel_not_permitted": "Refuse the next cancellation with 403, outcome not-permitted.",
    },
)
