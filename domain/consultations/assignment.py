"""
Which physician may take which consultation.
"""

from collections.abc import Iterable
from datetime import date

from attrs import frozen

from domain.shared.errors import NotPermitted
from domain.shared.ids import PhysicianId
from domain.shared.jurisdiction import Jurisdiction


class PhysicianNotActive(NotPermitted):
    """Only an active physician sees patients."""


class NotLicensedHere(NotPermitted):
    """No licence is in force today for the place where the patient is."""


class SpecialtyMissing(NotPermitted):
    """The service asks for a specialty that this physician does not have."""


@frozen(kw_only=True)
class LicenceInForce:
    """A verified licence, and the last day on which it holds."""

    jurisdiction: Jurisdiction
    expires_on: date


@frozen(kw_only=True)
class Standing:
    """What decides whether a physician may see a patient."""

    physician_id: PhysicianId
    is_active: bool
    specialties: frozenset[str]
    licences: tuple[LicenceInForce, ...]

    def licensed_for(self, place: Jurisdiction, *, on: date) -> bool:
        """Whether a licence covers the place on that day."""
        return any(
            licence.jurisdiction.covers(place) and on <= licence.expires_on
            for licence in self.licences
        )


def check_may_take(
    standing: Standing, *, place: Jurisdiction, specialties: Iterable[str], on: date
) -> None:
    """
    Let a physician pass who may see a patient in that place on that day.

    Raises:
        PhysicianNotActive: Not onboarded, or suspended.
        NotLicensedHere: No verified licence covers the place on the day.
        SpecialtyMissing: The service needs another specialty.
    """
    needed = frozenset(specialties)
    if not standing.is_active:
        raise PhysicianNotActive("Your account is not active.")
    if not standing.licensed_for(place, on=on):
        raise NotLicensedHere(f"You hold no licence in force for {place}.")
    if needed and not needed & standing.specialties:
        raise SpecialtyMissing("This service needs another specialty.")
