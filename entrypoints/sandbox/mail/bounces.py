"""
Bounces: a message that was taken, and came back later; told by webhook as Postmark tells it.

``X-Mail-Signature`` is ``hex(HMAC-SHA256(secret, raw body))``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import ActionRefused, Sandbox
from entrypoints.sandbox.mail.inbox import VENDOR_NAME

DEFAULT_WEBHOOK_SECRET = "whsec_mail_scripted"  # noqa: S105 - every sandbox has this one
TYPES = {"HardBounce": 1, "SoftBounce": 4096, "SpamComplaint": 512}


def signature_headers(secret: str, body: bytes) -> dict[str, str]:
    return {"X-Mail-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def send(ctx: Sandbox, message_id: str, address: str, kind: str) -> None:
    """
    Report that a message to an address came back.
    """
    message = ctx.store.get(VENDOR_NAME, "message", message_id) or {}
    number = ctx.store.next_number(VENDOR_NAME, "bounce")
    complaint = kind == "SpamComplaint"
    event = {
        "id": str(number),
        "ID": number,
        "RecordType": "SpamComplaint" if complaint else "Bounce",
        "Type": kind,
        "TypeCode": TYPES.get(kind, 1),
        "Email": address,
        "From": message.get("mail_from", ""),
        "Subject": message.get("subject", ""),
        "MessageID": message.get("message_id", ""),
        "BouncedAt": ctx.clock.now().isoformat(),
        "Description": "The server was unable to deliver the message.",
        "Inactive": kind == "HardBounce",
    }
    ctx.webhooks.enqueue(
        VENDOR_NAME,
        ctx.settings.webhook_url(VENDOR_NAME),
        str(number),
        json.dumps(event).encode(),
        event_type=f"{event['RecordType']}.{kind}",
    )


def bounce(ctx: Sandbox, body: dict[str, Any]) -> Document:
    """
    ``{message_id | to, type?}``: the newest message to that address comes back.
    """
    found = [
        each
        for each in ctx.store.all(VENDOR_NAME, "message")
        if each["id"] == body.get("message_id") or body.get("to") in each["rcpt_to"]
    ]
    kind = str(body.get("type", "HardBounce"))
    if not found or kind not in TYPES:
        raise ActionRefused(f"message_id or to must be known, type one of {sorted(TYPES)}")
    address = str(body.get("to") or found[-1]["rcpt_to"][0])
    with ctx.store.transaction():
        send(ctx, found[-1]["id"], address, kind)
    return {"message_id": found[-1]["id"], "to": address}
