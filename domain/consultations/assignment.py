"""
Which physician may take which consultation.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.physicians.physician import Physician, PhysicianStatus
from domain.shared.errors import NotPermitted
from domain.shared.jurisdiction import Jurisdiction


class PhysicianNotActive(NotPermitted):
    """Only an active physician sees patients."""


class NotLicensedHere(NotPermitted):
    """No licence is in force today for the place where the patient is."""


class SpecialtyMissing(NotPermitted):
    """The service asks for a specialty that this physician does not have."""


def check_may_take(
    physician: Physician, *, place: Jurisdiction, specialties: Iterable[str], now: datetime
) -> None:
    """
    Let a physician pass who may see a patient in that place today.

    Raises:
        PhysicianNotActive: Not onboarded, or suspended.
        NotLicensedHere: No verified licence covers the place.
        SpecialtyMissing: The service needs another specialty.
    """
    needed = frozenset(specialties)
    if physician.status is not PhysicianStatus.ACTIVE:
        raise PhysicianNotActive("This physician's account is not active.")
    if not physician.is_licensed_for(place, on=physician.today(now)):
        raise NotLicensedHere(f"This physician holds no licence in force for {place}.")
    if needed and not needed & physician.specialties:
        raise SpecialtyMissing("This service needs another specialty.")


def may_take(
    physician: Physician, *, place: Jurisdiction, specialties: Iterable[str], now: datetime
) -> bool:
    """Whether `check_may_take` lets the physician pass."""
    try:
        check_may_take(physician, place=place, specialties=specialties, now=now)
    except NotPermitted:
        return False
    return True
