"""
Declaring a route once: for Flask, for validation, for idempotency and for OpenAPI.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar

from attrs import field, frozen
from pydantic import BaseModel, ConfigDict, Field

from application.shared.access import Actor
from domain.shared.errors import InvalidInput

UseCase = TypeVar("UseCase")
BodyModel = TypeVar("BodyModel", bound="Body | None")
MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
JSON = "application/json"
LARGEST_PAGE = 100
_USUAL_PAGE = 20


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


class Resolver(Protocol):
    """What makes use cases: the container, seen from here."""

    def resolve(self, kind: type[UseCase]) -> UseCase: ...


@frozen(kw_only=True)
class Upload:
    """A file that came with a form."""

    filename: str = field(repr=False)
    content: bytes = field(repr=False)


@frozen(kw_only=True)
class Call(Generic[BodyModel]):
    """One request to an operation."""

    actor: Actor
    body: BodyModel
    resolver: Resolver
    query: Mapping[str, str]
    file: Upload | None = None

    def use(self, kind: type[UseCase]) -> UseCase:
        """Make a use case for this request."""
        return self.resolver.resolve(kind)

    def page(self) -> dict[str, Any]:
        """The `limit` (1 to 100, else 20) and `cursor` of a list."""
        limit = self.query.get("limit", str(_USUAL_PAGE))
        if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= LARGEST_PAGE:
            raise InvalidInput("limit lies between 1 and 100.", field="limit")
        return {"limit": int(limit), "cursor": self.query.get("cursor")}

    @property
    def upload(self) -> Upload:
        """
        The file of a form.

        Raises:
            InvalidInput: There is none.
        """
        if self.file is None:
            raise InvalidInput("Send the file as the form's field `file`.", field="file")
        return self.file


@frozen(kw_only=True)
class Operation:
    """
    A route with all that is known of it.

    Args:
        path: With ids as `{consultation_id}`; the handler gets them as UUIDs.
        form: Whether the body comes as a form with a file rather than as JSON.
        produces: The media type of what is answered, where that is not JSON.
        public: Whether it may be called without signing in.
        secret: Whether the answer holds a secret: it is never remembered, a repeat runs again.
        query: Names of query parameters with their meaning, besides those of a page.
        paged: Whether `limit` and `cursor` apply.
        once: Whether doing it again would do it twice, such as to pay twice.
    """

    method: str
    path: str
    tag: str
    summary: str
    description: str
    handler: Callable[..., Any]
    body: type[Body] | None = None
    form: bool = False
    returns: type[Resource] | None = None
    produces: str = JSON
    status: HTTPStatus = HTTPStatus.OK
    public: bool = False
    secret: bool = False
    paged: bool = False
    once: bool = False
    query: Mapping[str, str] = field(factory=dict)

    @property
    def scope(self) -> str:
        """What a program's token must allow, such as `consultations:read`."""
        return f"{self.tag.lower()}:{'write' if self.method in MUTATING else 'read'}"

    @property
    def takes_key(self) -> bool:
        """Whether an `Idempotency-Key` makes a repeat get the first answer."""
        return self.method in MUTATING and not self.secret

    @property
    def name(self) -> str:
        """Unique: the handler's name."""
        return self.handler.__name__

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def is_single_read(self) -> bool:
        """Whether it shows one thing, which may be unchanged since the caller last saw it."""
        return self.method == "GET" and not self.paged and self.produces == JSON


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    body: type[Body] | None = None,
    form: bool = False,
    returns: type[Resource] | None = None,
    produces: str = JSON,
    status: HTTPStatus = HTTPStatus.OK,
    public: bool = False,
    secret: bool = False,
    paged: bool = False,
    once: bool = False,
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
                form=form,
                returns=returns,
                produces=produces,
                status=status,
                public=public,
                secret=secret,
                paged=paged,
                once=once,
                query=query or {},
            )
        )
        return handler

    return declare
