"""
Errors as problem+json (RFC 9457). Says what a caller may know, never what is inside.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from flask import Flask, Response, g
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from application.notifications.ports import DeliveryRefused
from application.orders.ports import PharmacyRefused
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

# No connection, none free, a lock or a statement that took too long, a deadlock.
_DATABASE_IS_AWAY = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}|[0-9]+|Idempotency-Key")

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
    # A partner's plain no: asking again the same way will not help.
    (PharmacyRefused, HTTPStatus.CONFLICT),
    (DeliveryRefused, HTTPStatus.CONFLICT),
)


def status_of(refusal: type[DomainError]) -> HTTPStatus | None:
    """The HTTP status for a refusal, or None if nobody decided it."""
    for kind, status in STATUS_BY_KIND:
        if issubclass(refusal, kind):
            return status
    return None


def code_of(status: HTTPStatus) -> str:
    """The code of a problem that is known by its status alone."""
    return status.phrase.lower().replace(" ", "_").replace("-", "_").replace("'", "")


def problem(
    status: HTTPStatus, code: str, detail: str, errors: Sequence[dict[str, str]] = ()
) -> Response:
    """
    Build the answer.

    Args:
        code: Stable and for programs; `type` leads to its meaning.
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


class InvalidBody(Exception):
    """What was sent does not fit what the operation takes."""

    def __init__(self, found: ValidationError) -> None:
        super().__init__("invalid body")
        self.found = found


class Unforeseen(Exception):
    """Stands in the log for an error whose own message may hold what somebody typed."""


def install_error_handlers(app: Flask, now: Callable[[], datetime]) -> None:
    """
    Answer every error, foreseen or not, as a problem.

    Args:
        now: The present, to say in how many seconds to come again.
    """

    def locked(error: SignInLocked) -> Response:
        response = _refusal(error)
        wait = math.ceil((error.retry_at - now()).total_seconds())
        response.headers["Retry-After"] = str(max(wait, 1))
        return response

    app.register_error_handler(SignInLocked, locked)
    app.register_error_handler(DomainError, _refusal)
    app.register_error_handler(InvalidBody, _invalid_body)
    app.register_error_handler(HTTPException, _http)
    for kind in _DATABASE_IS_AWAY:
        app.register_error_handler(kind, _database_is_away)
    app.register_error_handler(Exception, _unforeseen)


def _refusal(error: DomainError) -> Response:
    status = status_of(type(error))
    if status is None:
        return _unforeseen(error)
    field = getattr(error, "field", None)
    errors = [{"field": _place(field.split(".")), "message": str(error)}] if field else []
    return problem(status, error.code, str(error), errors)


def _invalid_body(error: InvalidBody) -> Response:
    # What was sent is never repeated: it may be PHI.
    found = error.found.errors(include_input=False, include_url=False, include_context=False)
    if any(one["type"] == "json_invalid" for one in found):
        return problem(HTTPStatus.BAD_REQUEST, "malformed_json", "What was sent is not JSON.")
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_body",
        "Some of what was sent is not right.",
        [{"field": _place(one["loc"]), "message": _without_prefix(one["msg"])} for one in found],
    )


def _place(parts: Iterable[int | str]) -> str:
    # A name that the caller made up may be PHI as well, if it does not look like a name.
    return ".".join(name if _NAME.fullmatch(name) else "?" for name in map(str, parts))


def _without_prefix(message: str) -> str:
    return message.removeprefix("Value error, ")


def _http(error: HTTPException) -> Response:
    if error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        redirect: Response = error.get_response()  # type: ignore[assignment] # Flask's own class
        return redirect
    status = HTTPStatus(error.code or 500)
    detail = error.description or status.description or status.phrase
    if status is HTTPStatus.NOT_FOUND:
        # Werkzeug's own words are for people who type addresses into a browser.
        detail = "There is nothing at this address. `/docs/` lists what there is."
    response = problem(status, code_of(status), detail)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _database_is_away(error: Exception) -> Response:
    log.warning("database is away", kind=type(error).__name__, cause=_cause(error))
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "temporarily_unavailable",
        "This cannot be answered now. Send it again in a moment.",
    )


def _cause(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _unforeseen(error: Exception) -> Response:
    # The traceback says where. The message is left out: it may hold what somebody typed.
    nameless = (Unforeseen, Unforeseen(type(error).__name__), error.__traceback__)
    log.error("unforeseen error", kind=type(error).__name__, exc_info=nameless)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong here. The request id helps us to find it.",
    )
