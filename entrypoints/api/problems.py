"""
Errors as problem+json (RFC 9457). Says what a caller may know, never what is inside.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from application.shared.access import AccessDenied
from domain.identity.lockout import SignInLocked
from domain.identity.session import AuthenticationFailed
from domain.shared.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    NotFound,
    NotPermitted,
    Unavailable,
)

log = structlog.get_logger(__name__)

# The first kind that fits decides; the particular stand before the general.
STATUS_BY_KIND: Sequence[tuple[type[DomainError], HTTPStatus]] = (
    (AuthenticationFailed, HTTPStatus.UNAUTHORIZED),
    (SignInLocked, HTTPStatus.TOO_MANY_REQUESTS),
    (AccessDenied, HTTPStatus.FORBIDDEN),
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


def status_of(refusal: type[DomainError]) -> HTTPStatus | None:
    """The HTTP status for a refusal, or None if nobody decided it."""
    for kind, status in STATUS_BY_KIND:
        if issubclass(refusal, kind):
            return status
    return None


def problem(
    status: HTTPStatus, code: str, detail: str, errors: Sequence[dict[str, str]] = ()
) -> Response:
    """
    Build the answer.

    Args:
        code: Stable and for programs; `type` links to its page in the documentation.
        errors: `{"field", "message"}` each, for input that cannot be right.
    """
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": int(status),
        "detail": detail,
        "code": code,
        "request_id": g.get("request_id", ""),
    }
    if errors:
        body["errors"] = list(errors)
    response = Response(
        json.dumps(body), status=int(status), content_type="application/problem+json"
    )
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="scripted"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    return response


def install_error_handlers(app: Flask) -> None:
    """Answer every error, foreseen or not, as a problem."""
    app.register_error_handler(DomainError, _refusal)
    app.register_error_handler(ValidationError, _invalid_body)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _refusal(error: DomainError) -> Response:
    status = status_of(type(error)) or HTTPStatus.CONFLICT
    field = getattr(error, "field", None)
    errors = [{"field": field, "message": str(error)}] if field else []
    return problem(status, error.code, str(error), errors)


def _invalid_body(error: ValidationError) -> Response:
    # What was sent is never repeated: it may be PHI.
    errors = [
        {"field": ".".join(str(part) for part in found["loc"]), "message": found["msg"]}
        for found in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_body",
        "Some of what was sent is not right.",
        errors,
    )


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    code = status.phrase.lower().replace(" ", "_").replace("-", "_").replace("'", "")
    response = problem(status, code, status.description or status.phrase)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    log.error("unforeseen error", kind=type(error).__name__, exc_info=_without_values(error))
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong here. The request id helps us to find it.",
    )


def _without_values(error: Exception) -> tuple[Any, Any, Any]:
    # The traceback says where; the message may hold what somebody typed.
    return type(error), type(error)(), error.__traceback__
