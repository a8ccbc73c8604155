"""
The OpenAPI 3.1 document, made from the declared operations.
"""

import re
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from entrypoints.api.operations import MUTATING, OPERATIONS, Operation

VERSION = "2026-11-01"

_DESCRIPTION = """
Scripted's API: consultations, prescriptions, orders, payments, wallets and payouts.

**Sign in** with `POST /v1/sessions` and send the token as `Authorization: Bearer …`.
**Repeat safely**: send an `Idempotency-Key` with every write; the first answer is kept for a day.
**Lists** come in pages: pass `next_cursor` as `cursor`. **Errors** are problem+json (RFC 9457).
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
    references, definitions = models_json_schema(
        models, ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for declared in OPERATIONS:
        paths.setdefault("/v1" + declared.path, {})[declared.method.lower()] = _operation(
            declared, references
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Scripted", "version": VERSION, "description": _DESCRIPTION.strip()},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
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
    if declared.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[declared.body, "validation"]}},
        }
    return described


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
    if declared.method in MUTATING:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "1 to 255 characters; a repeat gets the first answer.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        )
    return found


def _responses(declared: Operation, references: Any) -> dict[str, Any]:
    if declared.returns is None:
        answers: dict[str, Any] = {str(int(HTTPStatus.NO_CONTENT)): {"description": "Done."}}
    else:
        schema = references[declared.returns, "serialization"]
        answers = {
            str(int(declared.status)): {
                "description": declared.status.phrase,
                "content": {"application/json": {"schema": schema}},
            }
        }
    answers["default"] = {
        "description": "Refused; see `code`.",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    return answers
