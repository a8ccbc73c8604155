"""
Giving the declared operations their URLs: who calls, what was sent, what is answered.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from contextvars import copy_context
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from application.identity.authentication import Authenticate
from application.shared.access import AccessDenied, Actor, ActorKind
from application.shared.ports import Clock
from application.shared.request_memory import RememberedAnswer, RequestMemory
from domain.identity.session import AuthenticationFailed, NotSignedIn
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.ids import MalformedIdentifier, from_wire
from entrypoints.api.callers import bearer_token
from entrypoints.api.operations import (
    JSON,
    OPERATIONS,
    Body,
    Call,
    Operation,
    Resolver,
    Upload,
)
from entrypoints.api.problems import InvalidBody
from entrypoints.api.rates import RateLimiter

LONGEST_KEY = 255
VISITOR = Actor(label="visitor")
# Who one is, and signing out: about the program itself.
_NEEDS_NO_SCOPE = "Identity"


class BadIdempotencyKey(InvalidInput):
    """The key is empty or too long."""


class UnfitText(InvalidInput):
    """A character that no text has."""


class ScopeMissing(AccessDenied):
    """The program's token does not allow this, whatever its roles do."""


class NothingHere(NotFound):
    """The address names nothing."""


def install(app: Flask, resolver: Resolver, limiter: RateLimiter, *, prefix: str) -> None:
    """Give every declared operation its URL."""
    for declared in OPERATIONS:
        app.add_url_rule(
            prefix + re.sub(r"{(\w+)}", r"<\1>", declared.path),
            endpoint=declared.name,
            view_func=_view(declared, resolver, limiter),
            methods=[declared.method],
        )


def _view(declared: Operation, resolver: Resolver, limiter: RateLimiter) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        actor = _actor(resolver, limiter, public=declared.public)
        _require_scope(actor, declared)
        arguments = {name: _identifier(name, text) for name, text in path.items()}
        if not declared.takes_key or "Idempotency-Key" not in request.headers:
            return _answer(declared, resolver, actor, arguments)
        # What the memory notes of this request ends with it, however it ends.
        return copy_context().run(_answer_once, declared, resolver, actor, arguments)

    return view


def _actor(resolver: Resolver, limiter: RateLimiter, *, public: bool) -> Actor:
    token = bearer_token(request)
    try:
        if token is not None:
            actor = resolver.resolve(Authenticate)(token=token)
            limiter.take(actor.reference)
            return actor
        if not public:
            raise NotSignedIn("Sign in, and send the token as `Authorization: Bearer …`.")
    except AuthenticationFailed:
        # Trying tokens counts against the address that they come from.
        limiter.take(_address())
        raise
    limiter.take(_address())
    return VISITOR


def _require_scope(actor: Actor, declared: Operation) -> None:
    if actor.kind is not ActorKind.MACHINE or declared.public:
        return
    if declared.tag != _NEEDS_NO_SCOPE and declared.scope not in actor.scopes:
        raise ScopeMissing(f"This token lacks the scope {declared.scope}.")


def _address() -> str:
    return request.remote_addr or "unknown"


def _identifier(name: str, text: str) -> UUID | str:
    kind = name.removesuffix("_id")
    if kind == name:
        return text
    try:
        return from_wire(kind, text)
    except MalformedIdentifier as error:
        raise NothingHere("There is nothing at this address.") from error


def _answer(
    declared: Operation, resolver: Resolver, actor: Actor, arguments: Mapping[str, Any]
) -> Response:
    if "\0" in request.full_path:
        raise UnfitText("A NUL character cannot be part of an address.")
    body, file = _sent(declared)
    call: Call[Any] = Call(actor=actor, body=body, resolver=resolver, query=request.args, file=file)
    result = declared.handler(call, **arguments)
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=int(HTTPStatus.NO_CONTENT))
    response = Response(result.model_dump_json(), status=int(declared.status), content_type=JSON)
    if declared.is_single_read:
        response.add_etag()
        response.make_conditional(request)
    return response


def _sent(declared: Operation) -> tuple[Body | None, Upload | None]:
    if declared.body is None:
        return None, None
    data = request.get_data()
    try:
        if declared.form:
            return declared.body.model_validate(request.form.to_dict()), _file()
        if not data:
            return declared.body.model_validate({}), None
        if not request.is_json:
            raise UnsupportedMediaType("Send JSON, and say so: `Content-Type: application/json`.")
        if b"\0" in data or b"\\u0000" in data:
            raise UnfitText("A NUL character cannot be part of a text.")
        return declared.body.model_validate_json(data, strict=True), None
    except ValidationError as error:
        raise InvalidBody(error) from error


def _file() -> Upload | None:
    file = request.files.get("file")
    if file is None:
        return None
    return Upload(filename=file.filename or "", content=file.read())


def _answer_once(
    declared: Operation, resolver: Resolver, actor: Actor, arguments: Mapping[str, Any]
) -> Response:
    key = request.headers["Idempotency-Key"]
    if not key.strip() or len(key) > LONGEST_KEY:
        raise BadIdempotencyKey(
            f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.", field="Idempotency-Key"
        )
    memory: RequestMemory = resolver.resolve(RequestMemory)
    now = resolver.resolve(Clock).now()
    request_hash = _request_hash()
    # Visitors cannot be told apart: each has the keys of exactly what was sent.
    caller = f"visitor-{request_hash.hex()}" if actor is VISITOR else actor.reference
    remembered = memory.begin(
        actor=caller, key=key, request_hash=request_hash, now=now, once=declared.once
    )
    if remembered is not None:
        replay = Response(remembered.body, status=remembered.status, headers=remembered.headers)
        replay.headers["Idempotent-Replayed"] = "true"
        return replay
    try:
        response = _answer(declared, resolver, actor, arguments)
    except Exception:
        # What was refused changed nothing, so the same key may be used once it is mended.
        memory.forget(actor=caller, key=key)
        raise
    memory.finish(
        actor=caller,
        key=key,
        answer=RememberedAnswer(
            status=response.status_code,
            headers={"Content-Type": response.content_type or JSON},
            body=response.get_data(),
        ),
    )
    return response


def _request_hash() -> bytes:
    asked = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    sent = request.get_data()
    if request.mimetype != "multipart/form-data":
        asked.update(sent)
        return asked.digest()
    # The parts and not their envelope: each client draws a new boundary for every sending.
    for name, text in sorted(request.form.items(multi=True)):
        asked.update(f"{name}={text}\n".encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        content = hashlib.sha256(file.read()).hexdigest()
        file.seek(0)
        asked.update(f"{name}={file.filename}:{content}\n".encode())
    return asked.digest()
