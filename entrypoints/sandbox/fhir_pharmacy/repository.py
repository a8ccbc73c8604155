"""
The resources that are kept, with versions, conditions and references that must exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.fhir_pharmacy import searching
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError
from entrypoints.sandbox.fhir_pharmacy.resources import TYPES, validated

VENDOR_NAME = "fhir_pharmacy"
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class Repository:
    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    def read(self, kind: str, id: str) -> Document:
        known_type(kind)
        found = self._ctx.store.get(VENDOR_NAME, kind, id)
        if found is None:
            raise FhirError(404, "not-found", f"There is no {kind}/{id}.")
        return found

    def search(self, kind: str, criteria: searching.Criteria) -> list[Document]:
        known_type(kind)
        return searching.select(kind, self._ctx.store.all(VENDOR_NAME, kind), criteria)

    def one(self, kind: str, query: str) -> Document | None:
        """
        The only resource that matches, or none.

        Raises:
            FhirError: 412 when several match, or when nothing is asked.
        """
        criteria = searching.parse(query)
        if not criteria:
            raise FhirError(412, "invalid", "A condition needs a search parameter.")
        found = self.search(kind, criteria)
        if len(found) > 1:
            raise FhirError(412, "multiple-matches", f"{len(found)} {kind} match {query}.")
        return found[0] if found else None

    def create(self, resource: Document, id: str | None = None) -> Document:
        """
        Keep a new resource under an id of ours.
        """
        return self._keep({**validated(resource), "id": id or uuid4().hex}, 1)

    def update(self, kind: str, id: str, resource: Document, if_match: str | None) -> Document:
        """
        Keep a new version under a known id.

        Raises:
            FhirError: 400 for another id, 412 for another version than `if_match`.
        """
        if validated(resource, kind).get("id") != id or not _ID.fullmatch(id):
            raise FhirError(400, "invalid", f"The resource's id must be {id}.")
        present = self._ctx.store.get(VENDOR_NAME, kind, id)
        version = int(present["meta"]["versionId"]) if present else 0
        if if_match is not None and if_match.strip() != f'W/"{version}"':
            raise FhirError(412, "conflict", f"{kind}/{id} is at version {version}.")
        return self._keep(resource, version + 1)

    def put(self, resource: Document) -> Document:
        """
        Keep a new version of a resource that the pharmacy itself changed.
        """
        return self._keep(resource, int(resource["meta"]["versionId"]) + 1)

    def exists(self, reference: str) -> bool:
        kind, _, id = reference.partition("/")
        return self._ctx.store.get(VENDOR_NAME, kind, id) is not None

    def _keep(self, resource: Document, version: int) -> Document:
        for reference in references(resource):
            self._check(reference)
        kept = {
            **resource,
            "meta": {
                **(resource.get("meta") or {}),
                "versionId": str(version),
                "lastUpdated": instant(self._ctx.clock.now()),
            },
        }
        self._ctx.store.put(VENDOR_NAME, kept["resourceType"], kept["id"], kept)
        return kept

    def _check(self, holder: Document) -> None:
        reference = holder["reference"]
        if reference.startswith("urn:"):
            raise FhirError(422, "not-found", f"{reference} is not in this bundle.")
        if reference.startswith("#") or reference.partition("/")[0] not in TYPES:
            return
        if not self.exists(reference):
            raise FhirError(422, "not-found", f"{reference} does not exist.")


def known_type(kind: str) -> None:
    if kind not in TYPES:
        raise FhirError(404, "not-supported", f"This server keeps no {kind}.")


def references(value: Any) -> Iterator[Document]:
    """
    Every Reference in a resource that names something.
    """
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def etag(resource: Document) -> str:
    return f'W/"{resource["meta"]["versionId"]}"'
