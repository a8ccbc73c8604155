"""
Photon: a network of pharmacies that takes prescriptions and orders over GraphQL.
"""

from __future__ import annotations

from datetime import datetime

from entrypoints.sandbox.core.vendor import Sandbox, Vendor
from entrypoints.sandbox.photon.actions import ACTIONS
from entrypoints.sandbox.photon.events import (
    DEFAULT_WEBHOOK_SECRET,
    ends_delivery,
    signature_headers,
)
from entrypoints.sandbox.photon.network import blueprint, open_network, stock
from entrypoints.sandbox.photon.records import VENDOR_NAME


def _start(ctx: Sandbox) -> None:
    stock(open_network(ctx))
    secret = ctx.settings.secret("PHOTON_WEBHOOK_SECRET", DEFAULT_WEBHOOK_SECRET)

    @ctx.webhooks.signer(VENDOR_NAME)
    def sign(body: bytes, at: datetime, url: str) -> dict[str, str]:
        del url
        return signature_headers(secret, body, at)


VENDOR = Vendor(
    name=VENDOR_NAME,
    title="Photon",
    blueprint=blueprint,
    start=_start,
    acknowledged=ends_delivery,
    actions=ACTIONS,
    describe=lambda: [
        ("order", ["id", "state", "externalId", "pharmacyId", "createdAt"]),
        ("prescription", ["id", "state", "externalId", "fillsRemaining", "writtenAt"]),
        ("patient", ["id", "externalId", "dateOfBirth"]),
        ("medication", ["id", "name"]),
    ],
    faults={
        "signing_forbidden": "Refuse the next prescription: these credentials may not sign.",
        "prescriber_must_sign": "Keep the next prescription as DRAFT until it is signed.",
        "pharmacy_rejects": "The pharmacy refuses the order (`reason`); it ends in ERROR.",
        "cancel_not_permitted": "Refuse the next cancellation as FORBIDDEN.",
    },
)
