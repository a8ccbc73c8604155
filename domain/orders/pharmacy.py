"""
A pharmacy that orders can be sent to, and the network through which it is reached.
"""

from enum import StrEnum

from attrs import field, frozen

from domain.shared.errors import InvalidInput, NotFound
from domain.shared.ids import PharmacyId
from domain.shared.jurisdiction import Jurisdiction


class PharmacyNotFound(NotFound):
    """No such pharmacy."""


class PharmacyUnfit(InvalidInput):
    """This pharmacy cannot supply this order."""


class Network(StrEnum):
    """The protocol by which a pharmacy is spoken to."""

    PHOTON = "photon"
    FHIR = "fhir"


@frozen(kw_only=True)
class Pharmacy:
    """
    A pharmacy. `network_reference` is what its network calls it.
    """

    id: PharmacyId
    name: str
    network: Network
    network_reference: str
    place: Jurisdiction
    address: str
    phone: str = ""
    delivers: bool = False
    active: bool = True
    preference: int = field(default=100)

    def serves(self, place: Jurisdiction) -> bool:
        """Whether it supplies patients who are there."""
        near = self.place.covers(place) or place.covers(self.place)
        same_country = self.place.country == place.country
        return self.active and same_country and (self.delivers or near)
