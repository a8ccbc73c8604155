"""
What the catalogue needs of the outside.
"""

from typing import Protocol

from application.shared.ports import UnitOfWork
from domain.catalogue.service import Service, ServiceVersion
from domain.shared.ids import ServiceId


class ServiceRepository(Protocol):
    """Services, with every version that was ever published."""

    def add(self, service: Service) -> None:
        """Store a new service."""
        ...

    def get(self, service_id: ServiceId) -> Service:
        """
        A service, locked.

        Raises:
            ServiceNotFound: There is none.
        """
        ...

    def find_by_code(self, code: str) -> Service | None:
        """The service of a code, locked."""
        ...

    def read(self, service_id: ServiceId) -> Service:
        """
        A service to look at, not locked and not to be saved.

        Raises:
            ServiceNotFound: There is none.
        """
        ...

    def offered(self) -> tuple[Service, ...]:
        """All that are offered now, by code, to look at."""
        ...

    def version_of(self, service_id: ServiceId, number: int) -> ServiceVersion:
        """
        One version, published now or earlier.

        Raises:
            ServiceNotFound: There is none.
        """
        ...

    def save(self, service: Service) -> None:
        """Store a changed service, and its version if that is new."""
        ...


class CatalogueUnitOfWork(UnitOfWork, Protocol):
    """A transaction over the catalogue."""

    @property
    def services(self) -> ServiceRepository:
        """The services."""
        ...
