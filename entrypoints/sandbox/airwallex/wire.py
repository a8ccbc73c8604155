"""
How this vendor writes things down: errors, amounts, times and pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, jsonify, request

from entrypoints.sandbox.core.store import Document

VENDOR_NAME = "airwallex"
ZERO = Decimal(0)
CENT = Decimal("0.01")
_MOST = Decimal(999_999_999)
_ZERO_DECIMAL_CURRENCIES = frozenset({"JPY", "KRW", "VND", "IDR", "HUF", "CLP"})
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 2000


class ApiError(Exception):
    """
    A refusal as the vendor spells it: ``{code, message, source, details}``.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        source: str | None = None,
        details: Any = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.source = source
        self.details = details

    def response(self) -> tuple[Response, int]:
        body: Document = {"code": self.code, "message": self.message}
        if self.source is not None:
            body["source"] = self.source
        if self.details is not None:
            body["details"] = self.details
        return jsonify(body), self.status


def invalid(source: str, message: str) -> ApiError:
    return ApiError(400, "invalid_argument", message, source)


def validation_failed(problems: Sequence[tuple[str, str]]) -> ApiError:
    return ApiError(
        400,
        "validation_failed",
        "Validation failed for one or more fields.",
        problems[0][0],
        [{"source": source, "message": message} for source, message in problems],
    )


def not_found(kind: str, id: str) -> ApiError:
    return ApiError(404, "resource_not_found", f"{kind} {id} does not exist.")


def json_object() -> Document:
    """
    The request's JSON object, numbers kept exact.
    """
    if not request.get_data(cache=True):
        return {}
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ApiError(400, "malformed_request", "The request body is not a JSON object.")
    return body


def text_field(body: Document, name: str, longest: int | None = None) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ApiError(400, "field_required", f"{name} is required.", name)
    if longest is not None and len(value) > longest:
        raise invalid(name, f"{name} must be at most {longest} characters.")
    return value


def exponent(currency: str) -> Decimal:
    return Decimal(1) if currency in _ZERO_DECIMAL_CURRENCIES else CENT


def amount_field(body: Document, name: str, currency: str) -> Decimal:
    """
    An amount in major units; documented as a string, a JSON number is taken too.
    """
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ApiError(400, "field_required", f"{name} is required.", name)
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise invalid(name, f"{name} is not a decimal number.") from None
    if not amount.is_finite() or not 0 < amount <= _MOST:
        raise invalid(name, f"{name} must be greater than zero and at most {_MOST}.")
    if amount != amount.quantize(exponent(currency)):
        raise invalid(name, f"{name} has more decimal places than {currency} allows.")
    return amount


def currency_field(body: Document, name: str) -> str:
    value = text_field(body, name)
    if len(value) != 3 or not value.isalpha() or not value.isupper():
        raise invalid(name, f"{name} must be a three-letter ISO 4217 code.")
    return value


def number(amount: Decimal | str) -> int | float:
    """
    A JSON number, which is what this vendor answers with.

    The shortest text of a float is the two decimal places that it was made from, so nothing
    is lost on the wire.
    """
    value = Decimal(amount)
    return int(value) if value == value.to_integral_value() else float(value)


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")


def parse_time(value: str, source: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        raise invalid(source, f"{source} is not an ISO 8601 time.") from None
    if moment.tzinfo is None:
        return moment.astimezone()
    return moment


def integer_argument(name: str, default: int) -> int:
    raw = request.args.get(name)
    if raw is None or raw == "":
        return default
    if not raw.isdigit():
        raise invalid(name, f"{name} must be a whole number.")
    return int(raw)


def page_size() -> int:
    size = integer_argument("page_size", DEFAULT_PAGE_SIZE)
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise invalid("page_size", f"page_size must be between 1 and {MAX_PAGE_SIZE}.")
    return size


def numbered_page(
    documents: Sequence[Document], render: Callable[[Document], Document] = lambda doc: doc
) -> Document:
    """
    ``{items, has_more}`` for ``page_num`` (from 0) and ``page_size``.
    """
    size = page_size()
    start = integer_argument("page_num", 0) * size
    return {
        "items": [render(doc) for doc in documents[start : start + size]],
        "has_more": start + size < len(documents),
    }


def cursor_page(
    documents: Sequence[Document], render: Callable[[Document], Document] = lambda doc: doc
) -> Document:
    """
    ``{items, page_after, page_before}`` for ``page``, a cursor naming the first item of a page.

    A caller that counts pages with ``page_num`` is served too.
    """
    size = page_size()
    start = integer_argument("page_num", 0) * size
    cursor = request.args.get("page")
    if cursor:
        ids = [doc["id"] for doc in documents]
        if cursor not in ids:
            raise invalid("page", "page is not a cursor of this list.")
        start = ids.index(cursor)
    page: Document = {
        "items": [render(doc) for doc in documents[start : start + size]],
        "has_more": start + size < len(documents),
    }
    if start + size < len(documents):
        page["page_after"] = documents[start + size]["id"]
    if start > 0:
        page["page_before"] = documents[max(0, start - size)]["id"]
    return page


def created_between(
    documents: Sequence[Document],
    from_name: str = "from_created_at",
    to_name: str = "to_created_at",
    field: str = "created_at",
) -> list[Document]:
    kept = list(documents)
    if request.args.get(from_name):
        start = parse_time(request.args[from_name], from_name)
        kept = [doc for doc in kept if parse_time(doc[field], field) >= start]
    if request.args.get(to_name):
        end = parse_time(request.args[to_name], to_name)
        kept = [doc for doc in kept if parse_time(doc[field], field) <= end]
    return kept


def matching(documents: Sequence[Document], *names: str) -> list[Document]:
    """
    The documents whose fields equal the query arguments of the same names, where given.
    """
    kept = list(documents)
    for name in names:
        wanted = request.args.get(name)
        if wanted:
            kept = [doc for doc in kept if str(doc.get(name)) == wanted]
    return kept
