"""
Idempotency by refusal: a ``request_id`` that was used in the last seven days is not taken again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from entrypoints.sandbox.airwallex.wire import VENDOR_NAME, ApiError, text_field
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

WINDOW = timedelta(days=7)


def claim(ctx: Sandbox, kind: str, owner: str, body: Document) -> str:
    """
    Use a request id up, within the caller's transaction.

    Raises:
        ApiError: ``request_id_duplicate``, for a week after the id was first used.
    """
    request_id = text_field(body, "request_id", longest=50)
    key = f"{kind}:{owner}:{request_id}"
    used = ctx.store.get(VENDOR_NAME, "request_id", key)
    now = ctx.clock.now()
    if used and datetime.fromisoformat(used["used_at"]) > now - WINDOW:
        raise ApiError(
            400,
            "request_id_duplicate",
            "The request_id was used within the last 7 days.",
            "request_id",
        )
    ctx.store.put(VENDOR_NAME, "request_id", key, {"used_at": now.isoformat()})
    return request_id
