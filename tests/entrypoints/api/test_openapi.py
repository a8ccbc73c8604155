"""
The OpenAPI document is valid, and describes every operation.
"""

from typing import Any

import pytest
from openapi_spec_validator import validate

from domain.shared.ids import WIRE_PREFIXES
from entrypoints.api import app  # noqa: F401 - declares the operations
from entrypoints.api.openapi import document
from entrypoints.api.operations import MUTATING, OPERATIONS, Operation

DOCUMENT: dict[str, Any] = document("http://api.test")


def described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"]["/v1" + operation.path][operation.method.lower()]
    return found


def test_is_valid() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    validate(DOCUMENT)


def test_names_are_unique() -> None:
    names = [operation.name for operation in OPERATIONS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
class TestOperation:
    def test_is_described(self, operation: Operation) -> None:
        found = described(operation)

        assert found["summary"]
        assert found["tags"] == [operation.tag]
        assert found["operationId"] == operation.name
        assert ("requestBody" in found) == (operation.body is not None)

    def test_says_what_it_answers(self, operation: Operation) -> None:
        answers = described(operation)["responses"]

        assert "application/problem+json" in answers["default"]["content"]
        assert any(code.startswith("2") for code in answers)

    def test_says_who_may_call_it(self, operation: Operation) -> None:
        assert (described(operation).get("security") == []) == operation.public

    def test_offers_a_key_on_every_write_without_a_secret(self, operation: Operation) -> None:
        headers = [
            one["name"] for one in described(operation)["parameters"] if one["in"] == "header"
        ]

        assert ("Idempotency-Key" in headers) == (
            operation.method in MUTATING and not operation.secret
        )

    def test_its_identifiers_are_of_known_kinds(self, operation: Operation) -> None:
        kinds = {name.removesuffix("_id") for name in operation.parameters if name.endswith("_id")}

        assert kinds <= set(WIRE_PREFIXES)
