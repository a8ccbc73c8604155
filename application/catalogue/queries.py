"""
Looking at the catalogue, which everybody may.

What is retired is listed for staff, and found by those who booked it by its version.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from attrs import frozen

from application.shared.access import Actor
from application.shared.pages import Page
from domain.catalogue.service import CaptureOn, Mode
from domain.shared.ids import ServiceId
from domain.shared.money import Money

MOST_AT_ONCE = 100


@frozen(kw_only=True)
class ServiceSummary:
    """
    A line of the catalogue.

    Args:
        jurisdictions: ISO 3166 codes of where it is offered.
    """

    service_id: ServiceId
    code: str
    version: int
    name: str
    summary: str
    mode: Mode
    price: Money
    promised_response: timedelta | None
    duration: timedelta | None
    jurisdictions: tuple[str, ...]
    specialties: tuple[str, ...]
    active: bool


@frozen(kw_only=True)
class ServiceView:
    """
    A service with all that a patient may know before they begin.

    Args:
        refund_policy: Plain rules, as `RefundPolicy.data` writes them.
        eligibility: Plain limits, as `Eligibility.data` writes them.
        questionnaire: Plain values, as `questionnaire_data` writes them.
    """

    summary: ServiceSummary
    tax: Money
    platform_fee: Money
    capture_on: CaptureOn
    refund_policy: tuple[Mapping[str, Any], ...]
    eligibility: Mapping[str, Any]
    questionnaire: Mapping[str, Any]


class CatalogueQueries(Protocol):
    """The catalogue, straight from storage."""

    def services(
        self, *, place: str | None, include_retired: bool, limit: int, cursor: str | None
    ) -> Page[ServiceSummary]:
        """
        Services by name.

        Args:
            place: Only those offered to a patient there.
        """
        ...

    def service(self, service_id: UUID, *, version: int | None) -> ServiceView:
        """
        One service, at a version or the current one.

        Raises:
            ServiceNotFound: There is none.
        """
        ...


@frozen
class ListServices:
    """
    What patients can choose from.
    """

    _queries: CatalogueQueries

    def __call__(
        self,
        *,
        actor: Actor,
        place: str | None = None,
        include_retired: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[ServiceSummary]:
        """List by name; retired ones only for staff."""
        return self._queries.services(
            place=place,
            include_retired=include_retired and (actor.is_staff or actor.is_system),
            limit=max(1, min(limit, MOST_AT_ONCE)),
            cursor=cursor,
        )


@frozen
class ViewService:
    """
    One service with its questionnaire.
    """

    _queries: CatalogueQueries

    def __call__(
        self, *, actor: Actor, service_id: ServiceId, version: int | None = None
    ) -> ServiceView:
        """
        Look at a service, at a version or the current one.

        Raises:
            ServiceNotFound: There is none.
        """
        del actor  # the catalogue is public
        return self._queries.service(service_id, version=version)
