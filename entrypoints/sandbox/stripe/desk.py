"""
One played Stripe account: its objects, their ids, and the events that tell of them.
"""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from flask import g, has_request_context

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.stripe.errors import no_such

NAME = "stripe"
API_VERSION = "2026-10-28.endive"
_ALPHABET = string.ascii_letters + string.digits

KINDS_BY_PREFIX = {
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "txn": "balance_transaction",
    "cus": "customer",
    "pm": "payment_method",
    "po": "payout",
    "du": "dispute",
    "vs": "verification_session",
    "vr": "verification_report",
    "cs": "checkout_session",
    "evt": "event",
    "we": "webhook_endpoint",
}


def token(length: int = 24) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class Desk:
    """
    Where every Stripe resource reads and writes.

    Fields whose names begin with ``_`` are ours: they are stored, and never shown.
    """

    def __init__(self, ctx: Sandbox) -> None:
        self.ctx = ctx

    def now(self) -> int:
        return int(self.ctx.clock.timestamp())

    def url(self, path: str) -> str:
        return f"{self.ctx.vendor_url(NAME)}{path}"

    def load(self, kind: str, id: str, param: str = "id") -> Document:
        """
        The object of an id.

        Raises:
            StripeError: 404 for the object asked for, 400 for one named in a parameter.
        """
        document = self.ctx.store.get(NAME, kind, id)
        if document is None:
            raise no_such(kind, id, param)
        return document

    def lookup(self, id: str) -> Document | None:
        """
        Any object by its id alone.
        """
        kind = KINDS_BY_PREFIX.get(id.split("_", maxsplit=1)[0])
        return self.ctx.store.get(NAME, kind, id) if kind else None

    def find(self, kind: str, **equals: Any) -> list[Document]:
        return self.ctx.store.find(NAME, kind, **equals)

    def save(self, kind: str, document: Document) -> Document:
        self.ctx.store.put(NAME, kind, document["id"], document)
        return document

    def later(self, seconds: float, action: str, **payload: Any) -> None:
        self.ctx.scheduler.after(seconds, NAME, action, payload)

    def by_itself(self, seconds: float, action: str, **payload: Any) -> None:
        """
        Schedule only where states advance by themselves; elsewhere a control action does it.
        """
        if self.ctx.settings.autopilot:
            self.ctx.scheduler.by_itself(seconds, NAME, action, payload)

    def strikes(self, fault: str, **facts: Any) -> dict[str, Any] | None:
        """
        The parameters of a scripted fault that strikes here, ``None`` when none does.
        """
        taken = self.ctx.faults.take(NAME, fault, **facts)
        return None if taken is None else taken.params

    def emit(self, event_type: str, subject: Document, previous: Document | None = None) -> None:
        """
        Record an event about an object as it now is, and send it to every endpoint.
        """
        data: Document = {"object": shown(subject, self.now())}
        if previous:
            data["previous_attributes"] = previous
        event: Document = {
            "id": f"evt_1{token()}",
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": _originating_request(),
            "type": event_type,
        }
        endpoints = [
            endpoint
            for endpoint in self.ctx.store.all(NAME, "webhook_endpoint")
            if endpoint["status"] == "enabled"
            and ("*" in endpoint["enabled_events"] or event_type in endpoint["enabled_events"])
        ]
        event["pending_webhooks"] = len(endpoints)
        self.save("event", event)
        for endpoint in endpoints:
            self.ctx.webhooks.enqueue(
                NAME,
                endpoint["url"],
                event["id"],
                json.dumps(self._as_sent(event), indent=2).encode(),
                event_type=event_type,
            )

    def _as_sent(self, event: Document) -> Document:
        """
        The event, spoilt where a fault says so; what is stored stays right.
        """
        sent: Document = json.loads(json.dumps(event))
        facts = {"event": event["type"], "object": event["data"]["object"]["id"]}
        if self.strikes("webhook_missing_amount", **facts) is not None:
            sent["data"]["object"].pop("amount", None)
        if self.strikes("webhook_camel_case", **facts) is not None:
            sent["data"]["object"] = _camel_case(sent["data"]["object"])
        if (wrong := self.strikes("webhook_wrong_account", **facts)) is not None:
            sent["account"] = wrong.get("account", "acct_1SomebodyElse")
        if self.strikes("webhook_wrong_environment", **facts) is not None:
            sent["livemode"] = True
            sent["data"]["object"]["livemode"] = True
        if (stale := self.strikes("webhook_stale_status", **facts)) is not None:
            sent["data"]["object"]["status"] = stale.get("status", "processing")
        return sent


def shown(value: Any, now: int) -> Any:
    """
    An object as a caller sees it.
    """
    if isinstance(value, list):
        return [shown(item, now) for item in value]
    if not isinstance(value, dict):
        return value
    visible = {
        key: item if key == "metadata" else shown(item, now)
        for key, item in value.items()
        if not key.startswith("_")
    }
    if value.get("object") == "balance_transaction":
        visible["status"] = "available" if value["available_on"] <= now else "pending"
    return visible


def _originating_request() -> Document:
    if not has_request_context():
        return {"id": None, "idempotency_key": None}
    return {
        "id": g.get("stripe_request_id"),
        "idempotency_key": g.get("stripe_idempotency_key"),
    }


def _camel_case(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_camel(key): _camel_case(item) for key, item in value.items()}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
