"""
Text messages and what becomes of them.

    queued ──> sent ──> delivered
       │         └────> undelivered      the carrier reports it after it was sent
       └──────────────> failed
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

VENDOR_NAME = "twilio"
API_VERSION = "2010-04-01"
STEP_SECONDS = 1.0
_GSM_SEGMENT = 153
_SINGLE_SEGMENT = 160
_MOVES = {
    "queued": frozenset({"sent", "failed"}),
    "sent": frozenset({"delivered", "undelivered"}),
}
ERROR_TEXTS = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
}


class MessageNotMoved(Exception):
    """
    There is no such message, or it cannot take this step.
    """


class Messages:
    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    def send(self, *, to: str, sender: str, body: str, callback: str | None) -> Document:
        now = self._ctx.clock.now()
        message: Document = {
            "sid": f"SM{uuid4().hex}",
            "to": to,
            "sender": sender,
            "body": body,
            "status": "queued",
            "status_callback": callback or self._ctx.settings.webhook_url(VENDOR_NAME),
            "error_code": None,
            "date_created": now.isoformat(),
            "date_sent": None,
            "date_updated": now.isoformat(),
        }
        with self._ctx.store.transaction():
            self._save(message)
            self._continue_later(message)
        return message

    def get(self, sid: str) -> Document | None:
        return self._ctx.store.get(VENDOR_NAME, "message", sid)

    def all(self, **equals: Any) -> list[Document]:
        """
        Newest first.
        """
        return self._ctx.store.find(VENDOR_NAME, "message", **equals)[::-1]

    def redact(self, sid: str) -> None:
        with self._ctx.store.transaction():
            message = self._ctx.store.get(VENDOR_NAME, "message", sid)
            if message is not None:
                self._save({**message, "body": ""})

    def delete(self, sid: str) -> None:
        self._ctx.store.delete(VENDOR_NAME, "message", sid)

    def advance(self, sid: str) -> Document:
        """
        The next step of a message, which a scripted fault may make the wrong one.
        """
        message = self.get(sid)
        if message is None:
            raise MessageNotMoved(f"no message {sid}")
        if message["status"] == "queued":
            return self.move(sid, "sent")
        fault = self._ctx.faults.take(VENDOR_NAME, "undelivered", to=message["to"])
        if fault:
            return self.move(sid, "undelivered", int(fault.params.get("error_code", 30003)))
        return self.move(sid, "delivered")

    def move(self, sid: str, status: str, error_code: int | None = None) -> Document:
        """
        Change what became of a message, and report it.

        Raises:
            MessageNotMoved: The message is unknown, or its status does not lead there.
        """
        with self._ctx.store.transaction():
            message = self.get(sid)
            if message is None or status not in _MOVES.get(message["status"], frozenset()):
                raise MessageNotMoved(f"{sid} cannot become {status}")
            now = self._ctx.clock.now().isoformat()
            message.update(status=status, error_code=error_code, date_updated=now)
            if status == "sent":
                message["date_sent"] = now
            self._save(message)
            self._call_back(message)
            self._continue_later(message)
        return message

    def _call_back(self, message: Document) -> None:
        fields = {
            "ApiVersion": API_VERSION,
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": message["status"],
            "SmsStatus": message["status"],
            "To": message["to"],
            "From": message["sender"],
            "AccountSid": account_sid(self._ctx),
        }
        if message["error_code"]:
            fields["ErrorCode"] = str(message["error_code"])
        self._ctx.webhooks.enqueue(
            VENDOR_NAME,
            message["status_callback"],
            f"{message['sid']}:{message['status']}",
            urlencode(fields).encode(),
            event_type=f"message.{message['status']}",
            content_type="application/x-www-form-urlencoded",
        )

    def _continue_later(self, message: Document) -> None:
        if self._ctx.settings.autopilot and message["status"] in _MOVES:
            self._ctx.scheduler.by_itself(
                STEP_SECONDS, VENDOR_NAME, "advance_message", {"sid": message["sid"]}
            )

    def _save(self, message: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "message", message["sid"], message)


DEFAULT_ACCOUNT_SID = "AC00000000000000000000000000000001"


def account_sid(ctx: Sandbox) -> str:
    return ctx.settings.secret("TWILIO_ACCOUNT_SID", DEFAULT_ACCOUNT_SID)


def render(ctx: Sandbox, message: Document) -> Document:
    account = account_sid(ctx)
    path = f"/{API_VERSION}/Accounts/{account}/Messages/{message['sid']}"
    code = message["error_code"]
    length = len(message["body"])
    segments = 1 if length <= _SINGLE_SEGMENT else -(-length // _GSM_SEGMENT)
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": message["body"],
        "date_created": _date(message["date_created"]),
        "date_sent": _date(message["date_sent"]),
        "date_updated": _date(message["date_updated"]),
        "direction": "outbound-api",
        "error_code": code,
        "error_message": ERROR_TEXTS.get(code, "Unknown error") if code else None,
        "from": message["sender"],
        "messaging_service_sid": message["sender"] if message["sender"][:2] == "MG" else None,
        "num_media": "0",
        "num_segments": str(segments),
        "price": None,
        "price_unit": "USD",
        "sid": message["sid"],
        "status": message["status"],
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message["to"],
        "uri": f"{path}.json",
    }


def _date(moment: str | None) -> str | None:
    return format_datetime(datetime.fromisoformat(moment)) if moment else None
