"""
The registry of health care providers of the United States, NPPES.

It lists the states in which a physician is licensed:
https://npiregistry.cms.hhs.gov/api-page, version 2.1.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from application.physicians.ports import LicenceRegistryUnavailable
from domain.physicians.licence import LicenceKind, RegistryRecord
from domain.shared.errors import InvariantError

_INDIVIDUAL = "NPI-1"
_ACTIVE = "A"
_OUT_OF_SERVICE = "14"


class NppesRegistry:
    """
    Looks numbers up in NPPES.

    Args:
        client: With the registry's base URL and a time limit.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def find(self, *, kind: LicenceKind, number: str) -> RegistryRecord | None:
        if kind is not LicenceKind.NPI:
            raise InvariantError(f"NPPES knows nothing of {kind.value} numbers")
        try:
            response = self._client.get("api/", params={"version": "2.1", "number": number})
            response.raise_for_status()
            return _read(response.json(), number)
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as failure:
            raise LicenceRegistryUnavailable(
                "The licence registry does not answer just now."
            ) from failure


def _read(answer: Mapping[str, Any], number: str) -> RegistryRecord | None:
    # NPPES reports mistakes with status 200, and a number out of service as one of them.
    if any(error["number"] == _OUT_OF_SERVICE for error in answer.get("Errors", ())):
        return RegistryRecord(given="", family="", active=False)
    for found in answer["results"]:
        if str(found["number"]) == number and found["enumeration_type"] == _INDIVIDUAL:
            return _record(found)
    return None


def _record(found: Mapping[str, Any]) -> RegistryRecord:
    basic = found["basic"]
    return RegistryRecord(
        given=basic["first_name"],
        family=basic["last_name"],
        active=basic["status"] == _ACTIVE,
        licences={
            f"US-{one['state']}": one["license"]
            for one in found["taxonomies"]
            if one.get("state") and one.get("license")
        },
    )
