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
        found = self._look_up(number)
        return None if found is None else _record(found)

    def _look_up(self, number: str) -> Mapping[str, Any] | None:
        try:
            response = self._client.get("api/", params={"version": "2.1", "number": number})
            response.raise_for_status()
            answer = response.json()
            results = answer["results"]
            individuals = [one for one in results if one["enumeration_type"] == _INDIVIDUAL]
            return next((one for one in individuals if str(one["number"]) == number), None)
        # NPPES reports mistakes with status 200 and `Errors` in place of `results`.
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as failure:
            raise _unavailable() from failure


def _record(found: Mapping[str, Any]) -> RegistryRecord:
    try:
        basic = found["basic"]
        return RegistryRecord(
            given=basic.get("first_name", ""),
            family=basic.get("last_name", ""),
            active=basic.get("status") == _ACTIVE,
            licences={
                f"US-{one['state']}": one["license"]
                for one in found["taxonomies"]
                if one.get("state") and one.get("license")
            },
        )
    except (LookupError, TypeError, AttributeError) as unreadable:
        raise _unavailable() from unreadable


def _unavailable() -> LicenceRegistryUnavailable:
    return LicenceRegistryUnavailable("The licence registry does not answer just now.")
