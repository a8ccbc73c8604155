"""
The CapabilityStatement at ``/metadata``: what this server can do, told from what it does.
"""

from __future__ import annotations

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.fhir_pharmacy.outcome import FHIR_JSON
from entrypoints.sandbox.fhir_pharmacy.resources import TYPES, WRITABLE
from entrypoints.sandbox.fhir_pharmacy.searching import parameters

_TYPE_OF = {"_lastUpdated": "date", "birthdate": "date", "authoredon": "date"}
_REFERENCES = frozenset(
    {"subject", "patient", "focus", "owner", "requester", "prescription", "performer"}
)
_TEXTS = frozenset({"family", "given", "name", "address-state"})


def statement(base: str, date: str) -> Document:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Pharmacy sandbox"},
        "implementation": {"description": "A pharmacy for development and tests", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Bearer token in the Authorization header"},
                "resource": [_resource(kind) for kind in TYPES],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(kind: str) -> Document:
    codes = ["read", "search-type", *(["create", "update"] if kind in WRITABLE else [])]
    return {
        "type": kind,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update",
        "conditionalCreate": kind in WRITABLE,
        "conditionalUpdate": kind in WRITABLE,
        "searchParam": [
            {"name": name, "type": _search_type(name)} for name in sorted(parameters(kind))
        ],
    }


def _search_type(name: str) -> str:
    if name in _REFERENCES:
        return "reference"
    if name in _TEXTS:
        return "string"
    return _TYPE_OF.get(name, "date" if name.startswith("when") else "token")
