"""
What the vendor reports by webhook, and how it signs it.

``x-signature`` is ``hex(HMAC-SHA256(secret, x-timestamp + raw body))`` without a separator;
``x-timestamp`` is in milliseconds. Only 200 acknowledges.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import Any
from uuid import uuid4

from entrypoints.sandbox.airwallex.wallets import ORGANISATION, PLATFORM_ACCOUNT
from entrypoints.sandbox.airwallex.wire import VENDOR_NAME, timestamp
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

API_VERSION = "2026-05-29"
DEFAULT_WEBHOOK_SECRET = "whsec_airwallex_scripted"  # noqa: S105 - every sandbox has this one
_SOMEBODY_ELSE = "acct_somebodyElses00001"
_AMOUNT_FIELDS = frozenset(
    {
        "amount",
        "source_amount",
        "transfer_amount",
        "amount_payer_pays",
        "amount_beneficiary_receives",
    }
)


def signature_headers(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp() * 1000))
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": stamp, "x-signature": digest}


class Events:
    """
    Writes events; scripted faults distort what they say.
    """

    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    def account(self, account: Document, name: str, created_at: str | None = None) -> None:
        """
        ``account.<name>``; ``data`` is the account as it is read by id.
        """
        shown = {key: value for key, value in account.items() if value is not None}
        shown.pop("missing", None)
        self._send(f"account.{name}", account["id"], shown, created_at)

    def transfer(self, rendered: Document, account_id: str, created_at: str | None = None) -> None:
        """
        ``payout.transfer.<status>``; ``data`` is the transfer as it is read by id.
        """
        name = f"payout.transfer.{rendered['status'].lower()}"
        self._send(name, account_id, rendered, created_at)

    def funding(self, rendered: Document, account_id: str) -> None:
        status = rendered["funding"]["status"].lower()
        self._send(f"payout.transfer.funding.{status}", account_id, rendered)

    def moved(self, kind: str, rendered: Document) -> None:
        """
        ``connected_account_transfer.<status>`` or ``charge.<status>``.
        """
        self._send(f"{kind}.{rendered['status'].lower()}", PLATFORM_ACCOUNT, rendered)

    def deposit(self, rendered: Document, account_id: str) -> None:
        self._send(f"deposit.{rendered['status'].lower()}", account_id, rendered)

    def _send(
        self, name: str, account_id: str, data: Document, created_at: str | None = None
    ) -> None:
        event: Document = {
            "id": f"evt_{uuid4().hex}",
            "name": name,
            "account_id": account_id,
            "org_id": ORGANISATION,
            "data": data,
            "created_at": created_at or timestamp(self._ctx.clock.now()),
            "version": API_VERSION,
        }
        event = self._distorted(event, {"event": name, "account_id": account_id})
        self._ctx.webhooks.enqueue(
            VENDOR_NAME,
            self._ctx.settings.webhook_url(VENDOR_NAME),
            event["id"],
            json.dumps(event).encode(),
            event_type=name,
        )

    def _distorted(self, event: Document, facts: dict[str, str]) -> Document:
        take = self._ctx.faults.take
        if take(VENDOR_NAME, "webhook_missing_amount", **facts):
            event["data"] = {
                key: value for key, value in event["data"].items() if key not in _AMOUNT_FIELDS
            }
        if take(VENDOR_NAME, "webhook_wrong_account", **facts):
            event["account_id"] = _SOMEBODY_ELSE
            event["org_id"] = "org_somebodyElses0001"
        if take(VENDOR_NAME, "webhook_data_object", **facts):
            event["data"] = {"object": event["data"]}
        if take(VENDOR_NAME, "webhook_camel_case", **facts):
            event = _camel_cased(event)
        return event


def _camel_cased(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel(key): _camel_cased(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_camel_cased(inner) for inner in value]
    return value


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
