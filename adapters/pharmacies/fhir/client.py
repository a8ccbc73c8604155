"""
A FHIR R4 server over HTTP (https://hl7.org/fhir/R4/http.html).
"""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import field, frozen

from adapters.pharmacies.transport import content, unanswered
from application.orders.ports import PharmacyUnreachable

_FHIR_JSON = "application/fhir+json"


class FhirRefused(Exception):
    """
    The server answered, and says no.

    Args:
        details: Codes of the OperationOutcome's details.
    """

    def __init__(self, status: int, details: frozenset[str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.details = details


@frozen(kw_only=True)
class FhirServer:
    """Where the server is, and what lets us in."""

    url: str
    token: str = field(repr=False)


class FhirClient:
    """Reads, searches and carries out transactions."""

    def __init__(self, http: httpx.Client, server: FhirServer) -> None:
        self._http = http
        self._server = server

    def transaction(self, bundle: Mapping[str, Any], *, changes: bool = True) -> dict[str, Any]:
        """
        Carry out all of a bundle, or nothing.

        Args:
            changes: Something would be made that must not be made twice.

        Raises:
            FhirRefused: Nothing was carried out.
            PharmacyUnreachable: Nothing was carried out; ask again.
            PharmacyOutcomeUnknown: No answer.
        """
        return self._ask("POST", "", changes=changes, body=bundle)

    def search(self, kind: str, **criteria: str) -> list[dict[str, Any]]:
        """
        Find resources, all pages of them.

        Raises:
            PharmacyUnreachable: No answer.
        """
        try:
            page = self._ask("GET", kind, changes=False, parameters=criteria)
            found = _resources(page)
            while next_url := _next_page(page):
                page = self._ask("GET", next_url, changes=False)
                found.extend(_resources(page))
        except FhirRefused as refusal:
            raise PharmacyUnreachable("The pharmacy refused a look-up.") from refusal
        return found

    def read(self, reference: str) -> dict[str, Any] | None:
        """
        Read a resource by `Type/id`; None when there is none.

        Raises:
            PharmacyUnreachable: No answer.
        """
        try:
            return self._ask("GET", reference, changes=False)
        except FhirRefused as refusal:
            if refusal.status in {404, 410}:
                return None
            raise PharmacyUnreachable("The pharmacy refused a look-up.") from refusal

    def _ask(
        self,
        method: str,
        path: str,
        *,
        changes: bool,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        url = path if path.startswith("http") else f"{self._server.url}/{path}".rstrip("/")
        if not url.startswith(self._server.url):
            # A page elsewhere would be sent our token.
            raise PharmacyUnreachable("The pharmacy sends us to another server.")
        response = self._request(method, url, changes, parameters, body)
        if response.status_code == 401:
            response = self._request(method, url, changes, parameters, body)
        if response.status_code == 401:
            raise PharmacyUnreachable("The pharmacy does not accept our token.")
        answer = content(response, changes=changes)
        if response.status_code >= 400:
            raise FhirRefused(response.status_code, _details(answer))
        return answer

    def _request(
        self,
        method: str,
        url: str,
        changes: bool,  # noqa: FBT001 - private, and spelled out where it is called
        parameters: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> httpx.Response:
        headers = {"Accept": _FHIR_JSON, "Authorization": f"Bearer {self._server.token}"}
        if body is not None:
            headers["Content-Type"] = _FHIR_JSON
        try:
            return self._http.request(method, url, params=parameters, json=body, headers=headers)
        except httpx.TransportError as silence:
            raise unanswered(silence, changes=changes) from None


def _resources(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in page.get("entry", [])]


def _next_page(page: Mapping[str, Any]) -> str | None:
    for link in page.get("link", []):
        if link.get("relation") == "next":
            return str(link["url"])
    return None


def _details(outcome: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        str(coding["code"])
        for issue in outcome.get("issue", [])
        for coding in (issue.get("details") or {}).get("coding", [])
        if "code" in coding
    )
