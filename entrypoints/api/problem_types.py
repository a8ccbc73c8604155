"""
What the `type` of a problem leads to: its meaning and its status, at `/problems/<code>`.
"""

import inspect
from collections.abc import Iterator
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from domain.shared.errors import DomainError
from entrypoints.api.problems import code_of, problem, status_of

_OWN = {
    "malformed_json": (HTTPStatus.BAD_REQUEST, "What was sent is not JSON."),
    "invalid_body": (HTTPStatus.UNPROCESSABLE_ENTITY, "`errors` names each field that is wrong."),
    "temporarily_unavailable": (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database cannot be reached. Send it again, with the same Idempotency-Key.",
    ),
    "internal_error": (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "A mistake of ours. The request id helps us to find it.",
    ),
}


def blueprint() -> Blueprint:
    """Routes for `/problems/<code>`, and for the front door."""
    pages = Blueprint("problem_types", __name__)

    @pages.get("/")
    def front_door() -> AnyResponse:
        return redirect("/docs/")

    @pages.get("/problems/<code>")
    def problem_type(code: str) -> Response:
        found = _meaning(code)
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, "not_found", "There is no problem of this type.")
        status, meaning = found
        return jsonify(code=code, status=int(status), meaning=meaning)

    return pages


def _meaning(code: str) -> tuple[HTTPStatus, str] | None:
    if code in _OWN:
        return _OWN[code]
    for refusal in _refusals(DomainError):
        status = status_of(refusal) if refusal.code == code else None
        if status is not None:
            return status, inspect.cleandoc(refusal.__doc__ or "").partition("\n\n")[0]
    for status in HTTPStatus:
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and (
            code_of(status) == code
        ):
            return status, status.description or status.phrase
    return None


def _refusals(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for refusal in kind.__subclasses__():
        yield refusal
        yield from _refusals(refusal)
