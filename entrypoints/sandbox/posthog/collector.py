"""
Events as the analytics SDKs send them: ``POST /batch/``, plain or gzipped.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, jsonify, request

from entrypoints.sandbox.core.overview import html
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

VENDOR_NAME = "posthog"
_LARGEST_BODY = 20 * 1024 * 1024
_SHOWN = 100


class BadEvents(Exception):
    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "type": "authentication_error" if status == 401 else "validation_error",
            "code": code,
            "detail": detail,
            "attr": None,
        }


def blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("posthog", __name__, template_folder="templates")

    @routes.errorhandler(BadEvents)
    def refused(error: BadEvents) -> tuple[Response, int]:
        return jsonify(error.body), error.status

    @routes.post("/batch", strict_slashes=False)
    @routes.post("/capture", strict_slashes=False)
    @routes.post("/i/v0/e", strict_slashes=False)
    def collect() -> Response:
        body = _body()
        key = body.get("api_key") or body.get("token")
        expected = ctx.settings.secret("POSTHOG_API_KEY")
        if not key or (expected and key != expected):
            raise BadEvents(401, "invalid_api_key", "Project API key invalid.")
        events = body.get("batch", [body])
        if not isinstance(events, list) or not all(_is_event(each) for each in events):
            raise BadEvents(400, "invalid_payload", "Every event needs an event and a distinct_id.")
        with ctx.store.transaction():
            for event in events:
                _keep(ctx, event)
        return jsonify({"status": "Ok"})

    @routes.post("/flags", strict_slashes=False)
    @routes.post("/decide", strict_slashes=False)
    def flags() -> Response:
        return jsonify({"flags": {}, "featureFlags": {}, "errorsWhileComputingFlags": False})

    @routes.get("/api/events")
    def events() -> Response:
        """
        What was collected, newest first; ``event`` and ``distinct_id`` narrow it down.
        """
        return jsonify({"results": _collected(ctx)})

    @routes.get("/events")
    def page() -> Response:
        return html("posthog/events.html", events=_collected(ctx)[:_SHOWN])

    return routes


def _body() -> Document:
    raw = request.get_data()
    if "gzip" in {request.headers.get("Content-Encoding"), request.args.get("compression")}:
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            raise BadEvents(400, "invalid_payload", "The body is not gzip.") from None
    if len(raw) > _LARGEST_BODY:
        raise BadEvents(413, "too_large", "The body is larger than 20 MB.")
    try:
        body = json.loads(raw)
    except ValueError:
        raise BadEvents(400, "invalid_payload", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadEvents(400, "invalid_payload", "The body is not a JSON object.")
    return body


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or not event.get("event"):
        return False
    properties = event.get("properties") or {}
    return bool(event.get("distinct_id") or properties.get("distinct_id"))


def _keep(ctx: Sandbox, event: Document) -> None:
    """
    An event with a uuid that is already known replaces itself: sending again is harmless.
    """
    id = str(event.get("uuid") or uuid4())
    properties = event.get("properties") or {}
    kept = {
        "uuid": id,
        "event": event["event"],
        "distinct_id": event.get("distinct_id") or properties.get("distinct_id"),
        "properties": properties,
        "timestamp": event.get("timestamp") or ctx.clock.now().isoformat(),
    }
    ctx.store.put(VENDOR_NAME, "event", id, kept)


def _collected(ctx: Sandbox) -> list[Document]:
    wanted = {
        name: request.args[name] for name in ("event", "distinct_id") if request.args.get(name)
    }
    return ctx.store.find(VENDOR_NAME, "event", **wanted)[::-1]
