"""
Mail: an SMTP server that delivers nothing, and a mailbox to look into.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from entrypoints.sandbox.core.vendor import Sandbox, Vendor
from entrypoints.sandbox.mail import bounces
from entrypoints.sandbox.mail.inbox import VENDOR_NAME, Receiver
from entrypoints.sandbox.mail.mailbox import blueprint

_receivers: dict[int, Receiver] = {}


def _start(ctx: Sandbox) -> None:
    receiver = Receiver(ctx)
    receiver.start()
    _receivers[id(ctx)] = receiver
    address = {"host": receiver.hostname, "port": receiver.port}
    ctx.store.put(VENDOR_NAME, "server", "smtp", address)
    secret = ctx.settings.secret("MAIL_WEBHOOK_SECRET", bounces.DEFAULT_WEBHOOK_SECRET)

    @ctx.webhooks.signer(VENDOR_NAME)
    def sign(body: bytes, at: datetime, url: str) -> dict[str, str]:
        del at, url
        return bounces.signature_headers(secret, body)

    @ctx.scheduler.handler(VENDOR_NAME, "bounce")
    def bounce(payload: dict[str, Any]) -> None:
        bounces.send(ctx, payload["id"], payload["address"], payload["type"])


def _stop(ctx: Sandbox) -> None:
    receiver = _receivers.pop(id(ctx), None)
    if receiver is not None:
        receiver.stop()


VENDOR = Vendor(
    name=VENDOR_NAME,
    title="Mail",
    blueprint=blueprint,
    start=_start,
    stop=_stop,
    actions={"bounce": bounces.bounce},
    describe=lambda: [
        ("message", ["received_at", "to", "subject"]),
        ("server", ["host", "port"]),
    ],
    faults={
        "mail_reject": "Answer 550 to the next recipient that matches `to`.",
        "mail_bounce": "Take the message to `to`, and report a bounce after `seconds` (1).",
    },
    pages=(("Mailbox", "/"),),
)
