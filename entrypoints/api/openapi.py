"""
The OpenAPI 3.1 document, made from the declared operations.
"""

import re
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from entrypoints.api.operations import JSON, OPERATIONS, Operation
from entrypoints.api.versions import HEADER, VERSION

_DESCRIPTION = """
Scripted's API: consultations, prescriptions, orders, payments, wallets and payouts.

**Sign in** with `POST /v1/sessions` and send the token as `Authorization: Bearer …`.
A program's token needs a scope for each tag below, such as `consultations:read` and `:write`.
**Repeat safely**: send an `Idempotency-Key` with every write; the first answer is kept for a day,
unless it holds a secret.
**Lists** come in pages: pass `next_cursor` as `cursor`. **Errors** are problem+json (RFC 9457).
**Save traffic**: send a resource's `ETag` back as `If-None-Match`. **Pace**: `RateLimit-Remaining`
says how many requests are left, `Retry-After` when to come again.
Amounts are integers in minor units; times are RFC 3339 in UTC.
"""

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def document(server: str) -> dict[str, Any]:
    """
    The whole document.

    Args:
        server: The public address that the paths are below.
    """
    models: list[tuple[type[BaseModel], Any]] = []
    for declared in OPERATIONS:
        if declared.body is not None:
            models.append((declared.body, "validation"))
        if declared.returns is not None:
            models.append((declared.returns, "serialization"))
    references, made = models_json_schema(models, ref_template="#/components/schemas/{model}")
    definitions = made.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for declared in OPERATIONS:
        described = _operation(declared, references)
        if declared.body is not None:
            schema = references[declared.body, "validation"]
            described["requestBody"] = (
                _form(definitions[schema["$ref"].rpartition("/")[2]])
                if declared.form
                else {"required": True, "content": {JSON: {"schema": schema}}}
            )
        paths.setdefault("/v1" + declared.path, {})[declared.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Scripted", "version": VERSION, "description": _DESCRIPTION.strip()},
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in sorted({one.tag for one in OPERATIONS})],
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Problem": _PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _operation(declared: Operation, references: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": declared.name,
        "tags": [declared.tag],
        "summary": declared.summary,
        "parameters": _parameters(declared),
        "responses": _responses(declared, references),
    }
    if declared.description:
        described["description"] = re.sub(r"(?<!\n)\n(?!\n)", " ", declared.description)
    if declared.public:
        described["security"] = []
    return described


def _form(schema: dict[str, Any]) -> dict[str, Any]:
    with_file = schema | {
        "properties": schema["properties"] | {"file": {"type": "string", "format": "binary"}},
        "required": [*schema.get("required", ()), "file"],
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": with_file}}}


def _parameters(declared: Operation) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in declared.parameters
    ]
    query = dict(declared.query)
    if declared.paged:
        query |= {"limit": "How many, 1 to 100; 20 if not given.", "cursor": "Where to go on."}
    found += [
        {"name": name, "in": "query", "required": False, "description": meaning, "schema": text}
        for name, meaning in query.items()
    ]
    if declared.takes_key:
        found.append(
            _header("Idempotency-Key", "1 to 255 characters; a repeat gets the first answer.")
            | {"schema": text | {"minLength": 1, "maxLength": 255}}
        )
    if declared.is_single_read:
        found.append(_header("If-None-Match", "The ETag of what you have; 304 if it still holds."))
    found.append(_header(HEADER, f"The version that you mean; {VERSION} if not given."))
    return found


def _header(name: str, meaning: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": meaning,
        "schema": {"type": "string"},
    }


def _responses(declared: Operation, references: Any) -> dict[str, Any]:
    if declared.produces != JSON:
        answers: dict[str, Any] = {
            str(int(HTTPStatus.OK)): {
                "description": "As a file.",
                "content": {declared.produces: {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    elif declared.returns is None:
        answers = {str(int(HTTPStatus.NO_CONTENT)): {"description": "Done."}}
    else:
        schema = references[declared.returns, "serialization"]
        answers = {
            str(int(declared.status)): {
                "description": declared.status.phrase,
                "content": {JSON: {"schema": schema}},
            }
        }
    if declared.is_single_read:
        answers[str(int(HTTPStatus.NOT_MODIFIED))] = {"description": "As you have it."}
    answers["default"] = {
        "description": "Refused; see `code`.",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    return answers
