"""
Outgoing webhooks: persisted, signed, at least once, with the faults real vendors show.

    pending ──> sending ──> delivered
       ^  └──────> dropped     │
       └───── retried ─────────┴──> failed      after three days of sandbox time
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
from flask import g, has_request_context

from entrypoints.sandbox.core.clock import SandboxClock
from entrypoints.sandbox.core.faults import Faults
from entrypoints.sandbox.core.store import Store

logger = logging.getLogger(__name__)

Signer = Callable[[bytes, datetime, str], dict[str, str]]
"""(body, time of signing, endpoint URL) -> the signature headers."""
Copier = Callable[[bytes], tuple[str, bytes]]
"""body -> (a new event id, the body of a second event that tells the same fact)."""

_GIVE_UP_AFTER = timedelta(days=3).total_seconds()
_LONGEST_WAIT = timedelta(hours=6).total_seconds()
_DELIVERY_COLUMNS = (
    "id, vendor, url, event_id, event_type, content_type, status, flaw, created_at,"
    " next_attempt_at, attempts, attempted_at, last_status, last_error"
)


class WebhookSender:
    """
    Keeps every delivery until its endpoint acknowledges it.

    Args:
        acknowledged: For each vendor, which HTTP statuses end a delivery; any 2xx by default.
        retry_base_seconds: Wait after the first failure; doubles up to six hours.
    """

    def __init__(
        self,
        store: Store,
        clock: SandboxClock,
        faults: Faults,
        *,
        acknowledged: dict[str, Callable[[int], bool]],
        retry_base_seconds: float,
        timeout_seconds: float,
    ) -> None:
        self._store = store
        self._clock = clock
        self._faults = faults
        self._acknowledged = acknowledged
        self._retry_base = retry_base_seconds
        self._signers: dict[str, Signer] = {}
        self._copiers: dict[str, Copier] = {}
        self._client = httpx.Client(timeout=timeout_seconds, trust_env=False)
        self.on_enqueue: Callable[[], None] = lambda: None
        self._store.execute("UPDATE delivery SET status = 'pending' WHERE status = 'sending'")

    def signer(self, vendor: str) -> Callable[[Signer], Signer]:
        """
        Register how a vendor signs. Called for each attempt, so a signature is always fresh.
        """

        def register(fn: Signer) -> Signer:
            self._signers[vendor] = fn
            return fn

        return register

    def signs_for(self, vendor: str) -> bool:
        return vendor in self._signers

    def copier(self, vendor: str) -> Callable[[Copier], Copier]:
        """
        Register how a vendor makes a second event of the same fact (`webhook_new_id_same_fact`).
        """

        def register(fn: Copier) -> Copier:
            self._copiers[vendor] = fn
            return fn

        return register

    def enqueue(
        self,
        vendor: str,
        endpoint_url: str,
        event_id: str,
        body: bytes,
        *,
        event_type: str = "",
        content_type: str = "application/json",
        delay_seconds: float = 0.0,
    ) -> int:
        """
        Keep an event for delivery, in the caller's transaction; scripted faults are applied here.

        Returns:
            The number of the delivery.
        """
        facts = {"event": event_type, "event_id": event_id, "url": endpoint_url}

        def keep(event_id: str, body: bytes, event_type: str, wait: float, **flaws: Any) -> int:
            return self._insert(
                event_id,
                body,
                vendor=vendor,
                url=endpoint_url,
                event_type=event_type,
                content_type=content_type,
                wait=wait,
                **flaws,
            )

        if self._faults.take(vendor, "webhook_unknown_event", **facts):
            keep(*_unknown(event_id, body), delay_seconds)
        wait = delay_seconds
        if delay := self._faults.take(vendor, "webhook_delay", **facts):
            wait += delay.seconds(60)
        if shuffle := self._faults.take(vendor, "webhook_shuffle", **facts):
            wait += shuffle.seconds(1) * shuffle.remaining
        status = "dropped" if self._faults.take(vendor, "webhook_drop", **facts) else "pending"
        number = keep(
            event_id, body, event_type, wait, status=status, flaw=self._flaw(vendor, facts)
        )
        if self._faults.take(vendor, "webhook_duplicate", **facts):
            keep(event_id, body, event_type, wait)
        if self._faults.take(vendor, "webhook_new_id_same_fact", **facts):
            copy = self._copiers.get(vendor, _with_other_id)
            keep(*copy(body), event_type, wait)
        if has_request_context() and self._faults.take(vendor, "webhook_before_response", **facts):
            g.setdefault("deliver_before_response", []).append(number)
        self.on_enqueue()
        return number

    def deliver_due(
        self, *, everything: bool = False, pool: ThreadPoolExecutor | None = None
    ) -> int:
        """
        Send what is due, in the order in which it became due; failures wait for their retry.

        Args:
            everything: Send also what is not due yet, once each.
            pool: Send concurrently; without it one after the other.

        Returns:
            How many attempts were made.
        """
        if everything:
            waiting = self._store.execute(
                "SELECT id FROM delivery WHERE status = 'pending' ORDER BY next_attempt_at, id"
            )
            for row in waiting:
                self.deliver(row["id"])
            return len(waiting)
        attempts = 0
        while batch := self._claim(8 if pool else 1):
            attempts += len(batch)
            if pool is None:
                self._attempt(batch[0])
            else:
                list(pool.map(self._attempt, batch))
        return attempts

    def deliver(self, number: int) -> bool:
        """
        Send one delivery now, whatever became of it before.

        Returns:
            Whether the endpoint acknowledged; ``False`` too when there is no such delivery.
        """
        with self._store.transaction():
            rows = self._store.execute("SELECT * FROM delivery WHERE id = ?", (number,))
            if not rows:
                return False
            self._store.execute("UPDATE delivery SET status = 'sending' WHERE id = ?", (number,))
        return self._attempt(dict(rows[0]))

    def deliveries(self, vendor: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """
        The delivery log, newest first.
        """
        where = "WHERE vendor = ?" if vendor else ""
        rows = self._store.execute(
            f"SELECT {_DELIVERY_COLUMNS} FROM delivery {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
            ([vendor] if vendor else []) + [limit],
        )
        return [dict(row) for row in rows]

    def due(self, *, within_seconds: float) -> int:
        """
        How many deliveries are under way or will be tried within this time.
        """
        rows = self._store.execute(
            "SELECT count(*) AS n FROM delivery WHERE status = 'sending'"
            " OR (status = 'pending' AND next_attempt_at <= ?)",
            (self._clock.timestamp() + within_seconds,),
        )
        return int(rows[0]["n"])

    def close(self) -> None:
        self._client.close()

    def _flaw(self, vendor: str, facts: dict[str, Any]) -> str | None:
        flaws: dict[str, float | bool] = {}
        if self._faults.take(vendor, "webhook_bad_signature", **facts):
            flaws["bad_signature"] = True
        if old := self._faults.take(vendor, "webhook_old_timestamp", **facts):
            flaws["signed_seconds_ago"] = old.seconds(3600)
        if self._faults.take(vendor, "webhook_reserialised_body", **facts):
            flaws["reserialised_body"] = True
        return json.dumps(flaws) if flaws else None

    def _insert(
        self,
        event_id: str,
        body: bytes,
        *,
        vendor: str,
        url: str,
        event_type: str,
        content_type: str,
        wait: float,
        status: str = "pending",
        flaw: str | None = None,
    ) -> int:
        now = self._clock.timestamp()
        return self._store.insert(
            "INSERT INTO delivery (vendor, url, event_id, event_type, body, content_type, status,"
            " flaw, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (vendor, url, event_id, event_type, body, content_type, status, flaw, now, now + wait),
        )

    def _claim(self, size: int) -> list[dict[str, Any]]:
        with self._store.transaction():
            rows = self._store.execute(
                "SELECT * FROM delivery WHERE status = 'pending' AND next_attempt_at <= ?"
                " ORDER BY next_attempt_at, id LIMIT ?",
                (self._clock.timestamp(), size),
            )
            for row in rows:
                self._store.execute(
                    "UPDATE delivery SET status = 'sending' WHERE id = ?", (row["id"],)
                )
            return [dict(row) for row in rows]

    def _attempt(self, row: dict[str, Any]) -> bool:
        status, error = self._send(row)
        done = status is not None and self._acknowledges(row["vendor"], status)
        now = self._clock.timestamp()
        attempts = row["attempts"] + 1
        wait = min(self._retry_base * 2 ** (attempts - 1), _LONGEST_WAIT)
        if done:
            outcome = "delivered"
        else:
            outcome = "failed" if now + wait > row["created_at"] + _GIVE_UP_AFTER else "pending"
        self._store.execute(
            "UPDATE delivery SET status = ?, attempts = ?, attempted_at = ?, next_attempt_at = ?,"
            " last_status = ?, last_error = ? WHERE id = ?",
            (outcome, attempts, now, now + wait, status, error, row["id"]),
        )
        return done

    def _send(self, row: dict[str, Any]) -> tuple[int | None, str | None]:
        flaws = json.loads(row["flaw"]) if row["flaw"] else {}
        body: bytes = row["body"]
        at = self._clock.now() - timedelta(seconds=flaws.get("signed_seconds_ago", 0))
        signed = body + b"!" if flaws.get("bad_signature") else body
        headers = {"Content-Type": row["content_type"]}
        if signer := self._signers.get(row["vendor"]):
            headers |= signer(signed, at, row["url"])
        sent = _reserialised(body) if flaws.get("reserialised_body") else body
        try:
            response = self._client.post(row["url"], content=sent, headers=headers)
        except httpx.HTTPError as error:
            return None, type(error).__name__
        return response.status_code, None

    def _acknowledges(self, vendor: str, status: int) -> bool:
        return self._acknowledged.get(vendor, any_2xx)(status)


def any_2xx(status: int) -> bool:
    return 200 <= status < 300


def _with_other_id(body: bytes) -> tuple[str, bytes]:
    event = json.loads(body)
    event["id"] = f"{event['id']}_again"
    return event["id"], json.dumps(event).encode()


def _unknown(event_id: str, body: bytes) -> tuple[str, bytes, str]:
    event = json.loads(body)
    event["id"] = f"{event_id}_unknown"
    event_type = "sandbox.never_heard_of"
    for field in ("type", "name", "event_type"):
        if isinstance(event.get(field), str):
            event[field] = event_type
            break
    return event["id"], json.dumps(event).encode(), event_type


def _reserialised(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(" , ", " : "), sort_keys=True).encode()
