"""
What happens to the service catalogue.
"""

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import ServiceId


@frozen(kw_only=True)
class ServicePublished(DomainEvent):
    """A service, or a new version of one, can be booked from now on."""

    service_id: ServiceId
    service_version: int


@frozen(kw_only=True)
class ServiceRetired(DomainEvent):
    """A service can no longer be booked; what was booked goes on."""

    service_id: ServiceId
