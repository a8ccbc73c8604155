"""
Which resources are kept, and what makes one valid: its structure and its required codes.
"""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError

WRITABLE = ("Patient", "Practitioner", "Organization", "MedicationRequest", "Task")
TYPES = (*WRITABLE, "MedicationDispense")

_INTENTS = frozenset(
    {
        "proposal",
        "plan",
        "order",
        "original-order",
        "reflex-order",
        "filler-order",
        "instance-order",
        "option",
    }
)
_PRIORITIES = frozenset({"routine", "urgent", "asap", "stat"})
_GENDERS = frozenset({"male", "female", "other", "unknown"})
# R4, required bindings: (resource, element) -> the codes of its value set.
REQUIRED_CODES = {
    ("MedicationRequest", "status"): frozenset(
        {
            "active",
            "on-hold",
            "cancelled",
            "completed",
            "entered-in-error",
            "stopped",
            "draft",
            "unknown",
        }
    ),
    ("MedicationRequest", "intent"): _INTENTS,
    ("MedicationRequest", "priority"): _PRIORITIES,
    ("Task", "status"): frozenset(
        {
            "draft",
            "requested",
            "received",
            "accepted",
            "rejected",
            "ready",
            "cancelled",
            "in-progress",
            "on-hold",
            "failed",
            "completed",
            "entered-in-error",
        }
    ),
    ("Task", "intent"): _INTENTS | {"unknown"},
    ("Task", "priority"): _PRIORITIES,
    ("MedicationDispense", "status"): frozenset(
        {
            "preparation",
            "in-progress",
            "cancelled",
            "on-hold",
            "completed",
            "entered-in-error",
            "stopped",
            "declined",
            "unknown",
        }
    ),
    ("Patient", "gender"): _GENDERS,
    ("Practitioner", "gender"): _GENDERS,
}
_IDENTIFIER_USES = frozenset({"usual", "official", "temp", "secondary", "old"})
_NAME_USES = frozenset({"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"})


def validated(resource: Any, expected_type: str | None = None) -> Document:
    """
    The resource, if it is one that this server keeps.

    Raises:
        FhirError: 400 when it is no resource, 404 for a type not kept here, 422 when invalid.
    """
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise FhirError(400, "structure", "The body is not a FHIR resource.")
    kind = resource["resourceType"]
    if kind not in TYPES:
        raise FhirError(404, "not-supported", f"This server keeps no {kind}.")
    if expected_type is not None and kind != expected_type:
        raise FhirError(400, "invalid", f"A {kind} cannot be sent to {expected_type}.")
    try:
        get_fhir_model_class(kind).model_validate(resource)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FhirError(422, "structure", f"{kind}.{where}: {first['msg']}") from error
    _check_codes(kind, resource)
    return resource


def _check_codes(kind: str, resource: Document) -> None:
    for (bound_kind, element), codes in REQUIRED_CODES.items():
        value = resource.get(element)
        if bound_kind == kind and value is not None and value not in codes:
            raise _bad_code(f"{kind}.{element}", value)
    for identifier in resource.get("identifier") or []:
        if identifier.get("use") not in _IDENTIFIER_USES | {None}:
            raise _bad_code(f"{kind}.identifier.use", identifier["use"])
    names = resource.get("name") if kind in {"Patient", "Practitioner"} else None
    for name in names or []:
        if name.get("use") not in _NAME_USES | {None}:
            raise _bad_code(f"{kind}.name.use", name["use"])


def _bad_code(where: str, value: object) -> FhirError:
    return FhirError(422, "code-invalid", f"{where}: '{value}' is not in the required value set.")
