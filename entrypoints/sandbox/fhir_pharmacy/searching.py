"""
Search: the parameters of each resource, and whether a resource matches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError

Matcher = Callable[[Document, str], bool]
Criteria = Sequence[tuple[str, str]]
PAGING = frozenset({"_count", "_offset", "_format", "_sort", "_total", "_summary"})


def _token(*path: str) -> Matcher:
    """
    ``code``, ``system|code`` or ``|code`` against codes, Codings and Identifiers.
    """

    def matches(resource: Document, wanted: str) -> bool:
        system, bar, code = wanted.rpartition("|")
        for value in _values(resource, path):
            if isinstance(value, dict):
                given = value.get("code", value.get("value"))
                if (not bar or value.get("system", "") == system) and code in {given, ""}:
                    return True
            elif value == code:
                return True
        return False

    return matches


def _reference(*path: str, to: str | None = None) -> Matcher:
    """
    ``Type/id``, an absolute address, or ``id`` when the type is clear.
    """

    def matches(resource: Document, wanted: str) -> bool:
        short = "/".join(wanted.rstrip("/").split("/")[-2:])
        for value in _values(resource, path):
            given = str(value.get("reference", "")) if isinstance(value, dict) else ""
            if given == short or (to and given == f"{to}/{wanted}"):
                return True
            if "/" not in wanted and given.rpartition("/")[2] == wanted:
                return True
        return False

    return matches


def _text(*path: str) -> Matcher:
    def matches(resource: Document, wanted: str) -> bool:
        return any(
            str(value).casefold().startswith(wanted.casefold()) for value in _values(resource, path)
        )

    return matches


def _date(*path: str) -> Matcher:
    """
    A date or instant with one of the prefixes eq, ge, gt, le, lt.
    """

    def matches(resource: Document, wanted: str) -> bool:
        prefix, limit = (wanted[:2], wanted[2:]) if wanted[:2].isalpha() else ("eq", wanted)
        comparisons: dict[str, Callable[[str], bool]] = {
            "eq": lambda value: value.startswith(limit),
            "ge": lambda value: value >= limit or value.startswith(limit),
            "gt": lambda value: value > limit and not value.startswith(limit),
            "le": lambda value: value <= limit or value.startswith(limit),
            "lt": lambda value: value < limit and not value.startswith(limit),
        }
        if prefix not in comparisons:
            raise FhirError(400, "invalid", f"{prefix} is not a prefix that can be searched by.")
        return any(comparisons[prefix](str(value)) for value in _values(resource, path))

    return matches


_EVERYWHERE: dict[str, Matcher] = {
    "_id": _token("id"),
    "_lastUpdated": _date("meta", "lastUpdated"),
    "identifier": _token("identifier"),
}
PARAMETERS: dict[str, dict[str, Matcher]] = {
    "Patient": {
        "family": _text("name", "family"),
        "given": _text("name", "given"),
        "birthdate": _date("birthDate"),
    },
    "Practitioner": {"family": _text("name", "family"), "given": _text("name", "given")},
    "Organization": {"name": _text("name"), "address-state": _text("address", "state")},
    "MedicationRequest": {
        "status": _token("status"),
        "intent": _token("intent"),
        "subject": _reference("subject", to="Patient"),
        "patient": _reference("subject", to="Patient"),
        "requester": _reference("requester"),
        "authoredon": _date("authoredOn"),
        "code": _token("medicationCodeableConcept", "coding"),
        "group-identifier": _token("groupIdentifier"),
    },
    "Task": {
        "status": _token("status"),
        "intent": _token("intent"),
        "focus": _reference("focus", to="MedicationRequest"),
        "subject": _reference("for", to="Patient"),
        "patient": _reference("for", to="Patient"),
        "owner": _reference("owner"),
        "requester": _reference("requester"),
        "business-status": _token("businessStatus", "coding"),
        "group-identifier": _token("groupIdentifier"),
    },
    "MedicationDispense": {
        "status": _token("status"),
        "subject": _reference("subject", to="Patient"),
        "patient": _reference("subject", to="Patient"),
        "prescription": _reference("authorizingPrescription", to="MedicationRequest"),
        "performer": _reference("performer", "actor"),
        "whenhandedover": _date("whenHandedOver"),
    },
}


def parameters(kind: str) -> dict[str, Matcher]:
    return {**_EVERYWHERE, **PARAMETERS[kind]}


def parse(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=False)


def select(kind: str, resources: Iterable[Document], criteria: Criteria) -> list[Document]:
    """
    What matches every criterion; values separated by commas are alternatives.

    Raises:
        FhirError: 400 for a parameter that this server does not know.
    """
    known = parameters(kind)
    kept = list(resources)
    for name, value in criteria:
        if name in PAGING:
            continue
        plain = name.partition(":")[0]
        if plain not in known or name != plain:
            raise FhirError(400, "not-supported", f"{kind} cannot be searched by {name}.")
        matches = known[plain]
        kept = [each for each in kept if any(matches(each, one) for one in value.split(","))]
    return kept


def _values(resource: Any, path: Sequence[str]) -> list[Any]:
    found = [resource]
    for name in path:
        deeper = [each.get(name) for each in found if isinstance(each, dict)]
        found = []
        for value in deeper:
            found += value if isinstance(value, list) else [value]
    return [value for value in found if value is not None]
