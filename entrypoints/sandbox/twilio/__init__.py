"""
Twilio: text messages, their fate, and the calls that report it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import ActionRefused, Sandbox, Vendor
from entrypoints.sandbox.twilio.messages import VENDOR_NAME, MessageNotMoved, Messages
from entrypoints.sandbox.twilio.routes import DEFAULT_AUTH_TOKEN, blueprint


def signature(token: str, url: str, body: bytes) -> str:
    """
    Base64 of HMAC-SHA1 over the address and the sorted form fields, names and values in a row.
    """
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    signed = url + "".join(name + value for name, value in fields)
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _start(ctx: Sandbox) -> None:
    messages = Messages(ctx)
    token = ctx.settings.secret("TWILIO_AUTH_TOKEN", DEFAULT_AUTH_TOKEN)

    @ctx.scheduler.handler(VENDOR_NAME, "advance_message")
    def advance_message(payload: dict[str, Any]) -> None:
        message = messages.get(payload["sid"])
        if message is not None and message["status"] in {"queued", "sent"}:
            messages.advance(payload["sid"])

    @ctx.webhooks.signer(VENDOR_NAME)
    def sign(body: bytes, at: datetime, url: str) -> dict[str, str]:
        del at
        return {"X-Twilio-Signature": signature(token, url, body)}

    @ctx.webhooks.copier(VENDOR_NAME)
    def copy(body: bytes) -> tuple[str, bytes]:
        # A callback carries no event id: a second one of the same fact is the same text.
        fields = dict(parse_qsl(body.decode()))
        return f"{fields['MessageSid']}:{fields['MessageStatus']}:again", body


def advance_message(ctx: Sandbox, body: dict[str, Any]) -> Document:
    """
    ``{sid}``: queued becomes sent, sent becomes delivered.
    """
    try:
        return Messages(ctx).advance(str(body.get("sid")))
    except MessageNotMoved as error:
        raise ActionRefused(str(error)) from error


def set_status(ctx: Sandbox, body: dict[str, Any]) -> Document:
    """
    ``{sid, status, error_code?}``: sent, delivered, undelivered or failed.
    """
    code = body.get("error_code")
    try:
        return Messages(ctx).move(
            str(body.get("sid")), str(body.get("status")), int(code) if code else None
        )
    except MessageNotMoved as error:
        raise ActionRefused(str(error)) from error


def unsubscribe(ctx: Sandbox, body: dict[str, Any]) -> Document:
    """
    ``{number}``: its owner answered STOP; messages to it are refused from now on.
    """
    number = str(body.get("number", ""))
    if not number:
        raise ActionRefused("number is needed")
    ctx.store.put(VENDOR_NAME, "unsubscribed", number, {"number": number})
    return {"number": number}


VENDOR = Vendor(
    name=VENDOR_NAME,
    title="Twilio",
    blueprint=blueprint,
    start=_start,
    actions={
        "advance_message": advance_message,
        "set_status": set_status,
        "unsubscribe": unsubscribe,
    },
    describe=lambda: [("message", ["date_created", "to", "status", "error_code"])],
    faults={"undelivered": "After sent the carrier reports undelivered (`error_code` 30003)."},
    pages=(("Outbox", "/outbox"),),
)
