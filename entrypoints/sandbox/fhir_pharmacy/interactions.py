"""
The RESTful interactions, alone or in a Bundle: what HTTP asks, told to repository and dispensary.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from entrypoints.sandbox.core.store import Document, Store
from entrypoints.sandbox.fhir_pharmacy import searching
from entrypoints.sandbox.fhir_pharmacy.dispensary import Dispensary
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError
from entrypoints.sandbox.fhir_pharmacy.repository import (
    Repository,
    etag,
    known_type,
    references,
)
from entrypoints.sandbox.fhir_pharmacy.resources import validated

_DEFAULT_COUNT = 50
_LARGEST_COUNT = 500
_ORDER = ("POST", "PUT", "GET")
_REASONS = {200: "OK", 201: "Created"}


@frozen(kw_only=True)
class Result:
    """
    What an interaction led to.

    Args:
        status: 201 when something new was kept, 200 otherwise.
    """

    status: int
    resource: Document

    @property
    def location(self) -> str:
        kept = self.resource
        return f"{kept['resourceType']}/{kept['id']}/_history/{kept['meta']['versionId']}"


class Interactions:
    def __init__(self, store: Store, repository: Repository, dispensary: Dispensary) -> None:
        self._store = store
        self._repository = repository
        self._dispensary = dispensary

    def create(self, kind: str, body: Any, if_none_exist: str | None) -> Result:
        """
        Keep something new, unless the condition finds it there already.
        """
        with self._store.transaction():
            known_type(kind)
            resource = validated(body, kind)
            if if_none_exist is not None:
                present = self._repository.one(kind, if_none_exist.lstrip("?"))
                if present is not None:
                    return Result(status=200, resource=present)
            return self._new(resource)

    def update(self, kind: str, id: str, body: Any, if_match: str | None) -> Result:
        with self._store.transaction():
            known_type(kind)
            after = validated(body, kind)
            if not self._repository.exists(f"{kind}/{id}"):
                self._dispensary.admit(after)
                kept = self._repository.update(kind, id, after, if_match)
                self._dispensary.took(kept)
                self._dispensary.report(kept)
                return Result(status=201, resource=kept)
            before = self._repository.read(kind, id)
            allowed = self._dispensary.allow_change(before, after)
            kept = self._repository.update(kind, id, allowed, if_match)
            if before.get("status") == "draft":
                self._dispensary.took(kept)
            self._dispensary.report(kept)
            return Result(status=200, resource=kept)

    def update_matching(self, kind: str, query: str, body: Any, if_match: str | None) -> Result:
        """
        Conditional update: change the one that matches, or keep a new one.
        """
        with self._store.transaction():
            resource = validated(body, kind)
            present = self._repository.one(kind, query)
            if present is None:
                return self._new(resource)
            return self.update(kind, present["id"], {**resource, "id": present["id"]}, if_match)

    def bundle(self, body: Any) -> Document:
        """
        Carry out a transaction (all or nothing) or a batch (each on its own).
        """
        if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
            raise FhirError(400, "structure", "The body is not a Bundle.")
        entries = body.get("entry") or []
        if body.get("type") == "transaction":
            with self._store.transaction():
                responses = self._transaction(entries)
        elif body.get("type") == "batch":
            responses = [self._alone(entry) for entry in entries]
        else:
            raise FhirError(400, "invalid", "The Bundle must be a transaction or a batch.")
        return {
            "resourceType": "Bundle",
            "type": f"{body['type']}-response",
            "entry": responses,
        }

    def search(self, kind: str, query: str, base: str) -> Document:
        """
        A searchset; ``_count`` (50) and ``_offset`` page through it.
        """
        criteria = searching.parse(query)
        found = self._repository.search(kind, criteria)
        count = min(_number(criteria, "_count", _DEFAULT_COUNT), _LARGEST_COUNT)
        offset = _number(criteria, "_offset", 0)
        links = [{"relation": "self", "url": f"{base}/{kind}?{query}"}]
        if offset + count < len(found):
            rest = "&".join(f"{name}={value}" for name, value in criteria if name != "_offset")
            links.append(
                {"relation": "next", "url": f"{base}/{kind}?{rest}&_offset={offset + count}"}
            )
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": links,
            "entry": [
                {
                    "fullUrl": f"{base}/{kind}/{each['id']}",
                    "resource": each,
                    "search": {"mode": "match"},
                }
                for each in found[offset : offset + count]
            ],
        }

    def _new(self, resource: Document) -> Result:
        self._dispensary.admit(resource)
        kept = self._repository.create(resource)
        self._dispensary.took(kept)
        self._dispensary.report(kept)
        return Result(status=201, resource=kept)

    def _transaction(self, entries: list[Any]) -> list[Document]:
        """
        Creations first, then updates, then reads (FHIR R4, 3.1.0.11.2), answered in given order.
        """
        answers: dict[int, Document] = {}
        resolved: dict[str, str] = {}
        waiting = sorted(enumerate(entries), key=lambda pair: _ORDER.index(_method(pair[1])))
        while waiting:
            ready = next(
                (pair for pair in waiting if _unresolved(pair[1], resolved, waiting) is None),
                waiting[0],
            )
            waiting.remove(ready)
            position, entry = ready
            _resolve(entry.get("resource"), resolved, self._repository)
            result = self._carry_out(entry)
            answers[position] = _answered(result)
            if entry.get("fullUrl") and result.resource.get("id"):
                kept = result.resource
                resolved[entry["fullUrl"]] = f"{kept['resourceType']}/{kept['id']}"
        return [answers[position] for position in range(len(entries))]

    def _alone(self, entry: Any) -> Document:
        try:
            return _answered(self._carry_out(entry))
        except FhirError as error:
            return {"response": {"status": str(error.status), "outcome": error.outcome()}}

    def _carry_out(self, entry: Document) -> Result:
        request = entry["request"]
        method, url = _method(entry), str(request.get("url", "")).strip("/")
        path, _, query = url.partition("?")
        kind, _, id = path.partition("/")
        if method == "POST":
            return self.create(kind, entry.get("resource"), request.get("ifNoneExist"))
        if method == "PUT" and id:
            return self.update(kind, id, entry.get("resource"), request.get("ifMatch"))
        if method == "PUT":
            return self.update_matching(kind, query, entry.get("resource"), request.get("ifMatch"))
        if id:
            return Result(status=200, resource=self._repository.read(kind, id))
        return Result(status=200, resource=self.search(kind, query, ""))


def _answered(result: Result) -> Document:
    response: Document = {"status": f"{result.status} {_REASONS[result.status]}"}
    if "meta" in result.resource:
        response |= {
            "location": result.location,
            "etag": etag(result.resource),
            "lastModified": result.resource["meta"]["lastUpdated"],
        }
    return {"resource": result.resource, "response": response}


def _method(entry: Any) -> str:
    request = entry.get("request") if isinstance(entry, dict) else None
    method = request.get("method") if isinstance(request, dict) else None
    if method not in _ORDER:
        raise FhirError(422, "not-supported", f"A Bundle's entry cannot ask for {method}.")
    return str(method)


def _unresolved(
    entry: Document, resolved: dict[str, str], waiting: list[tuple[int, Any]]
) -> str | None:
    """
    A reference to another entry that has not been carried out yet.
    """
    to_come = {other.get("fullUrl") for _, other in waiting if other is not entry}
    for holder in references(entry.get("resource")):
        if holder["reference"] in to_come and holder["reference"] not in resolved:
            return str(holder["reference"])
    return None


def _resolve(resource: Any, resolved: dict[str, str], repository: Repository) -> None:
    for holder in references(resource):
        reference = holder["reference"]
        if reference in resolved:
            holder["reference"] = resolved[reference]
        elif "?" in reference:
            kind, _, query = reference.partition("?")
            found = repository.one(kind, query)
            if found is None:
                raise FhirError(412, "not-found", f"Nothing matches {reference}.")
            holder["reference"] = f"{kind}/{found['id']}"


def _number(criteria: searching.Criteria, name: str, default: int) -> int:
    for key, value in criteria:
        if key == name:
            if not value.isdigit():
                raise FhirError(400, "invalid", f"{name} must be a whole number.")
            return int(value)
    return default
