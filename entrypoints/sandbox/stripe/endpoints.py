"""
Webhook endpoints, their secrets, and the events that were sent to them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe.desk import NAME, Desk, token
from entrypoints.sandbox.stripe.errors import StripeError, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

_DEFAULT_ID = "we_1ScriptedDefault"


def ensure_default(desk: Desk) -> None:
    """
    The endpoint that the settings name exists from the start, with the secret they name.
    """
    settings = desk.ctx.settings
    kept = desk.ctx.store.get(NAME, "webhook_endpoint", _DEFAULT_ID)
    secret = settings.secret("STRIPE_WEBHOOK_SECRET")
    if kept is None:
        kept = _new(desk, _DEFAULT_ID, settings.webhook_url(NAME), ["*"], secret)
    elif kept["_configured_secret"] != secret:
        kept |= {"_secret": secret, "_configured_secret": secret}
    desk.save("webhook_endpoint", kept | {"url": settings.webhook_url(NAME)})


def signature(desk: Desk, body: bytes, at: datetime, url: str) -> dict[str, str]:
    """
    ``t=…,v1=…``, with one ``v1`` for each secret that is valid for the endpoint.
    """
    timestamp = int(at.timestamp())
    secrets = []
    for endpoint in desk.find("webhook_endpoint", url=url):
        secrets.append(endpoint["_secret"])
        if endpoint["_old_secret"] and endpoint["_old_secret_until"] > desk.now():
            secrets.append(endpoint["_old_secret"])
    signatures = [
        hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        for secret in secrets or [desk.ctx.settings.secret("STRIPE_WEBHOOK_SECRET")]
    ]
    values = [f"t={timestamp}", *(f"v1={signature}" for signature in signatures)]
    return {"Stripe-Signature": ",".join(values), "User-Agent": "Stripe/1.0"}


def second_event(desk: Desk, body: bytes) -> tuple[str, bytes]:
    """
    Another event that tells the same fact under its own id.
    """
    event = json.loads(body)
    event["id"] = f"evt_1{token()}"
    desk.save("event", event)
    return event["id"], json.dumps(event, indent=2).encode()


def rotate_secret(desk: Desk, id: str, secret: str, overlap_seconds: int) -> Document:
    """
    Sign with a new secret, and with the old one too until the overlap is over.
    """
    endpoint = desk.load("webhook_endpoint", id)
    endpoint |= {
        "_old_secret": endpoint["_secret"],
        "_old_secret_until": desk.now() + overlap_seconds,
        "_secret": secret,
    }
    return desk.save("webhook_endpoint", endpoint)


def default_id() -> str:
    return _DEFAULT_ID


def mount(gate: Gate, desk: Desk) -> None:
    _mount_events(gate, desk)

    @gate.post("/v1/webhook_endpoints", "url", "enabled_events", "description", "metadata",
               "api_version")  # fmt: skip
    def create(params: Params) -> Document:
        events = params.items("enabled_events")
        if not events:
            raise missing("enabled_events")
        secret = f"whsec_{token(32)}"
        endpoint = _new(desk, f"we_1{token()}", _http_url(params), events, secret)
        endpoint |= {"description": params.text("description"), "metadata": params.metadata()}
        return desk.save("webhook_endpoint", endpoint) | {"secret": secret}

    @gate.get("/v1/webhook_endpoints", *PAGING)
    def list_endpoints(params: Params) -> Document:
        return page(desk.find("webhook_endpoint"), params)

    @gate.get("/v1/webhook_endpoints/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("webhook_endpoint", id)

    @gate.post("/v1/webhook_endpoints/<id>", "url", "enabled_events", "description", "metadata",
               "disabled")  # fmt: skip
    def update(params: Params, id: str) -> Document:
        endpoint = desk.load("webhook_endpoint", id)
        if "url" in params:
            endpoint["url"] = _http_url(params)
        if "enabled_events" in params:
            endpoint["enabled_events"] = params.items("enabled_events")
        if "disabled" in params:
            endpoint["status"] = "disabled" if params.boolean("disabled") else "enabled"
        endpoint["metadata"] = params.metadata(endpoint["metadata"])
        return desk.save("webhook_endpoint", endpoint)

    @gate.delete("/v1/webhook_endpoints/<id>")
    def delete(params: Params, id: str) -> Document:
        del params
        desk.load("webhook_endpoint", id)
        desk.ctx.store.delete(NAME, "webhook_endpoint", id)
        return {"id": id, "object": "webhook_endpoint", "deleted": True}


def _mount_events(gate: Gate, desk: Desk) -> None:
    @gate.get("/v1/events", *PAGING, "created", "type", "types")
    def list_events(params: Params) -> Document:
        kind = params.text("type")
        events = desk.find("event", **({"type": kind} if kind else {}))
        if kinds := params.items("types"):
            events = [event for event in events if event["type"] in kinds]
        return page(created_within(events, params), params)

    @gate.get("/v1/events/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("event", id)


def _http_url(params: Params) -> str:
    url = params.needed("url")
    if not url.startswith(("http://", "https://")):
        raise StripeError(400, "Invalid URL", code="url_invalid", param="url", remembered=False)
    return url


def _new(desk: Desk, id: str, url: str, events: list[str], secret: str) -> Document:
    return {
        "id": id,
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": desk.now(),
        "description": None,
        "enabled_events": events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
        "_secret": secret,
        "_configured_secret": secret,
        "_old_secret": None,
        "_old_secret_until": 0,
    }
