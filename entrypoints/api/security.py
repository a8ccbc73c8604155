"""
Headers on every answer, a request id, and a limit on what is taken in.
"""

import re
import uuid

import structlog
from flask import Flask, Response, g, request

LARGEST_BODY = 25 * 1024 * 1024

# Swagger's page sets styles from scripts; everything else is refused outright.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def install_security(app: Flask) -> None:
    """Guard every request and answer of the app."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY

    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def add_headers(response: Response) -> Response:
        page = request.path.startswith("/docs")
        policy = _PAGE_POLICY if page else _DATA_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if not page:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
