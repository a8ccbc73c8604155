"""
Lists with cursors and filters, and the expansion of ids into objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe.desk import Desk
from entrypoints.sandbox.stripe.errors import StripeError, invalid
from entrypoints.sandbox.stripe.parameters import Params

PAGING = ("limit", "starting_after", "ending_before")
_COMPARISONS = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def page(documents: Sequence[Document], params: Params) -> Document:
    """
    One page of documents that are in order of creation, newest first.
    """
    newest_first = list(documents)[::-1]
    limit = params.integer("limit")
    if limit is None:
        limit = 10
    if not 1 <= limit <= 100:
        raise invalid("limit", "Limit must be between 1 and 100", "parameter_invalid_integer")
    after, before = params.text("starting_after"), params.text("ending_before")
    if after and before:
        raise invalid("starting_after", "Use either starting_after or ending_before, not both.")
    if after:
        newest_first = newest_first[_position(newest_first, after, "starting_after") + 1 :]
        chosen = newest_first[:limit]
    elif before:
        newest_first = newest_first[: _position(newest_first, before, "ending_before")]
        chosen = newest_first[-limit:]
    else:
        chosen = newest_first[:limit]
    url = request.path.removeprefix("/stripe")
    return {
        "object": "list",
        "data": chosen,
        "has_more": len(newest_first) > limit,
        "url": url,
    }


def created_within(
    documents: list[Document], params: Params, field: str = "created"
) -> list[Document]:
    """
    Those whose time fits ``created=…`` or ``created[gte]=…`` and its like.
    """
    given = params.values.get(field)
    if given in (None, ""):
        return documents
    if isinstance(given, str):
        exact = params.integer(field)
        return [document for document in documents if document[field] == exact]
    bounds = params.mapping(field)
    bounds.only(_COMPARISONS)
    for name, holds in _COMPARISONS.items():
        bound = bounds.integer(name)
        if bound is not None:
            documents = [document for document in documents if holds(document[field], bound)]
    return documents


def expand(desk: Desk, document: Document, paths: list[Any]) -> Document:
    """
    Put objects in the place of their ids, along each dotted path.
    """
    for path in paths:
        if not isinstance(path, str) or not path:
            raise invalid("expand", "Invalid expand path")
        if path.count(".") > 3:
            raise invalid("expand", "You cannot expand more than 4 levels of a property.")
        _expand(desk, document, path.split("."), path)
    return document


def _expand(desk: Desk, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(desk, item, steps, path)
        return
    if node is None or not steps:
        return
    if not isinstance(node, dict):
        raise _not_expandable(path)
    step, *rest = steps
    if step not in node:
        node[step] = _included_on_request(desk, node, step, path)
    value = node[step]
    if isinstance(value, str):
        found = desk.lookup(value)
        if found is None:
            raise _not_expandable(path)
        node[step] = value = found
    _expand(desk, value, rest, path)


def _included_on_request(desk: Desk, node: Document, step: str, path: str) -> Any:
    """
    Fields that are left out unless asked for.
    """
    if f"_{step}" in node:
        return node[f"_{step}"]
    if node.get("object") == "charge" and step == "refunds":
        refunds = desk.find("refund", charge=node["id"])[::-1]
        return {
            "object": "list",
            "data": refunds[:10],
            "has_more": len(refunds) > 10,
            "url": f"/v1/charges/{node['id']}/refunds",
        }
    raise _not_expandable(path)


def _position(documents: list[Document], id: str, param: str) -> int:
    for index, document in enumerate(documents):
        if document["id"] == id:
            return index
    raise StripeError(
        400, f"No such object: '{id}'", code="resource_missing", param=param, remembered=False
    )


def _not_expandable(path: str) -> StripeError:
    return StripeError(
        400, f"This property cannot be expanded ({path}).", param="expand", remembered=False
    )
