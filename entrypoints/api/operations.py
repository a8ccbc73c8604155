"""
Declaring a route once: for Flask, for validation, for idempotency and for OpenAPI.
"""

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from attrs import field, frozen
from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field

from application.identity.authentication import Authenticate
from application.shared.access import Actor
from application.shared.ports import Clock
from application.shared.request_memory import RememberedAnswer, RequestMemory
from domain.identity.session import NotSignedIn
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.ids import MalformedIdentifier, from_wire
from entrypoints.api.callers import bearer_token

UseCase = TypeVar("UseCase")
BodyModel = TypeVar("BodyModel", bound="Body | None")
MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST_KEY = 255


class Body(BaseModel):
    """What a caller sends: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=20_000)


class Resource(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Listing(Resource):
    """One page of a list."""

    next_cursor: str | None = Field(
        default=None, description="Pass it as `cursor` for the next page; null on the last one."
    )


class BadIdempotencyKey(InvalidInput):
    """The key is empty or too long."""


class NothingHere(NotFound):
    """The address names nothing."""


class Resolver(Protocol):
    """What makes use cases: the container, seen from here."""

    def resolve(self, kind: type[UseCase]) -> UseCase: ...


@frozen(kw_only=True)
class Call(Generic[BodyModel]):
    """One request to an operation."""

    actor: Actor
    body: BodyModel
    resolver: Resolver
    query: Mapping[str, str]

    def use(self, kind: type[UseCase]) -> UseCase:
        """Make a use case for this request."""
        return self.resolver.resolve(kind)

    def page(self) -> dict[str, Any]:
        """The `limit` (1 to 100, else 20) and `cursor` of a list."""
        limit = self.query.get("limit", "20")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise InvalidInput("limit lies between 1 and 100.", field="limit")
        return {"limit": int(limit), "cursor": self.query.get("cursor")}


@frozen(kw_only=True)
class Operation:
    """
    A route with all that is known of it.

    Args:
        path: With ids as `{consultation_id}`; the handler gets them as UUIDs.
        public: Whether it may be called without signing in.
        query: Names of query parameters with their meaning, besides those of a page.
        paged: Whether `limit` and `cursor` apply.
    """

    method: str
    path: str
    tag: str
    summary: str
    description: str
    handler: Callable[..., Any]
    body: type[Body] | None = None
    returns: type[Resource] | None = None
    status: HTTPStatus = HTTPStatus.OK
    public: bool = False
    paged: bool = False
    query: Mapping[str, str] = field(factory=dict)

    @property
    def name(self) -> str:
        """Unique: the handler's name."""
        return self.handler.__name__

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    body: type[Body] | None = None,
    returns: type[Resource] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    public: bool = False,
    paged: bool = False,
    query: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a route. The handler's docstring becomes its documentation."""

    def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
        summary, _, description = (inspect.getdoc(handler) or "").partition("\n")
        OPERATIONS.append(
            Operation(
                method=method,
                path=path,
                tag=tag,
                summary=summary.rstrip("."),
                description=description.strip(),
                handler=handler,
                body=body,
                returns=returns,
                status=status,
                public=public,
                paged=paged,
                query=query or {},
            )
        )
        return handler

    return declare


def install(app: Flask, resolver: Resolver, *, prefix: str) -> None:
    """Give every declared operation its URL."""
    for declared in OPERATIONS:
        app.add_url_rule(
            prefix + re.sub(r"{(\w+)}", r"<\1>", declared.path),
            endpoint=declared.name,
            view_func=_view(declared, resolver),
            methods=[declared.method],
        )


def _view(declared: Operation, resolver: Resolver) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        actor = _actor(resolver, public=declared.public)
        arguments = {name: _identifier(name, text) for name, text in path.items()}
        if declared.method not in MUTATING or "Idempotency-Key" not in request.headers:
            return _answer(declared, resolver, actor, arguments)
        return _answer_once(declared, resolver, actor, arguments)

    return view


def _actor(resolver: Resolver, *, public: bool) -> Actor:
    token = bearer_token(request)
    if token is None:
        if public:
            return Actor(label="visitor")
        raise NotSignedIn("Sign in, and send the token as `Authorization: Bearer …`.")
    return resolver.resolve(Authenticate)(token=token)


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
    body = None
    if declared.body is not None:
        sent = request.get_json() if request.get_data() else {}
        body = declared.body.model_validate(sent)
    call: Call[Any] = Call(actor=actor, body=body, resolver=resolver, query=request.args)
    result = declared.handler(call, **arguments)
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=int(HTTPStatus.NO_CONTENT))
    return Response(
        result.model_dump_json(), status=int(declared.status), content_type="application/json"
    )


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
    caller = actor.reference
    remembered = memory.begin(actor=caller, key=key, request_hash=_request_hash(), now=now)
    if remembered is not None:
        replay = Response(remembered.body, status=remembered.status, headers=remembered.headers)
        replay.headers["Idempotent-Replayed"] = "true"
        return replay
    try:
        response = _answer(declared, resolver, actor, arguments)
    except Exception:
        # A refusal changed nothing, so the same key may be used once it is mended.
        memory.forget(actor=caller, key=key)
        raise
    memory.finish(
        actor=caller,
        key=key,
        answer=RememberedAnswer(
            status=response.status_code,
            headers={"Content-Type": response.content_type or "application/json"},
            body=response.get_data(),
        ),
    )
    return response


def _request_hash() -> bytes:
    asked = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(asked + request.get_data()).digest()
