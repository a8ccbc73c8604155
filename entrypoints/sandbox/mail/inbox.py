"""
An SMTP server that takes every message and keeps it.
"""

from __future__ import annotations

import re
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

VENDOR_NAME = "mail"
LARGEST_MESSAGE = 20 * 1024 * 1024
_LINK = re.compile(r"https?://[^\s<>\"'\])]+")


class Catcher:
    """
    Answers the SMTP dialogue.
    """

    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        del server, session
        if self._ctx.faults.take(VENDOR_NAME, "mail_reject", to=address):
            return "550 5.1.1 The mailbox does not exist"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        keep(self._ctx, str(envelope.mail_from or ""), list(envelope.rcpt_tos), raw)
        return "250 OK"


class Receiver(Controller):
    """
    Listens on a port of its own; port 0 takes a free one, and ``port`` tells which.
    """

    def __init__(self, ctx: Sandbox) -> None:
        self._listening = socket.create_server((ctx.settings.host, ctx.settings.smtp_port))
        super().__init__(
            Catcher(ctx),
            hostname=ctx.settings.host,
            port=self._listening.getsockname()[1],
            data_size_limit=LARGEST_MESSAGE,
            enable_SMTPUTF8=True,
        )

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


def keep(ctx: Sandbox, mail_from: str, rcpt_to: list[str], raw: bytes) -> Document:
    """
    Store a message, and let it bounce later if that is scripted.
    """
    parsed = message_from_bytes(raw, policy=policy.default)
    text, html = _body(parsed, "plain"), _body(parsed, "html")
    id = f"mail_{ctx.store.next_number(VENDOR_NAME, 'message'):06}"
    message: Document = {
        "id": id,
        "received_at": ctx.clock.now().isoformat(),
        "mail_from": mail_from,
        "rcpt_to": rcpt_to,
        "message_id": str(parsed.get("Message-ID", "")),
        "from": str(parsed.get("From", mail_from)),
        "to": str(parsed.get("To", ", ".join(rcpt_to))),
        "reply_to": str(parsed.get("Reply-To", "")),
        "subject": str(parsed.get("Subject", "")),
        "headers": [[name, str(value)] for name, value in parsed.items()],
        "text": text,
        "html": html,
        "links": _links(text, html),
        "attachments": [
            {
                "filename": part.get_filename() or "attachment",
                "content_type": part.get_content_type(),
                "size": len(part.get_payload(decode=True) or b""),
            }
            for part in parsed.iter_attachments()
        ],
    }
    with ctx.store.transaction():
        ctx.store.put(VENDOR_NAME, "message", id, message)
        for address in rcpt_to:
            fault = ctx.faults.take(VENDOR_NAME, "mail_bounce", to=address)
            if fault:
                ctx.scheduler.after(
                    fault.seconds(1),
                    VENDOR_NAME,
                    "bounce",
                    {"id": id, "address": address, "type": fault.params.get("type", "HardBounce")},
                )
    return message


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeDecodeError):
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _links(text: str, html: str) -> list[str]:
    """
    Every web address of the message, once, in order.
    """
    found = _LINK.findall(text) + [link.replace("&amp;", "&") for link in _LINK.findall(html)]
    return list(dict.fromkeys(link.rstrip(".,;") for link in found))
