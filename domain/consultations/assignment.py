"""
Which physician may take which consultation.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.patients.patient import Patient
from domain.physicians.physician import Physician, PhysicianStatus
from domain.shared.errors import NotPermitted
from domain.shared.jurisdiction import Jurisdiction


class PhysicianNotActive(NotPermitted):
    """Only an active physician sees patients."""


class NotLicensedHere(NotPermitted):
    """No licence is in force today for the place where the patient is."""


class SpecialtyMissing(NotPermitted):
    """The service asks for a specialty that this physician does not have."""


class OwnConsultation(NotPermitted):
    """Nobody treats themselves."""


def check_may_take(
    physician: Physician,
    *,
    patient: Patient,
    place: Jurisdiction,
    specialties: Iterable[str],
    now: datetime,
) -> None:
    """
    Let a physician pass who may see this patient in that place today.

    Raises:
        OwnConsultation: The patient is the physician.
        PhysicianNotActive: Not onboarded, or suspended.
        NotLicensedHere: No verified licence covers the place.
        SpecialtyMissing: The service needs another specialty.
    """
    needed = frozenset(specialties)
    if physician.user_id == patient.user_id:
        raise OwnConsultation("Nobody treats themselves: another physician has to.")
    check_may_practise(physician, place=place, now=now)
    if needed and not needed & physician.specialties:
        raise SpecialtyMissing("This service needs another specialty.")


def check_may_practise(physician: Physician, *, place: Jurisdiction, now: datetime) -> None:
    """
    Let a physician pass who may see patients in that place today.

    Raises:
        PhysicianNotActive: Not onboarded, or suspended.
        NotLicensedHere: No verified licence covers the place.
    """
    check_is_active(physician)
    if not physician.is_licensed_for(place, on=physician.today(now)):
        raise NotLicensedHere(f"This physician holds no licence in force for {place}.")


def check_is_active(physician: Physician) -> None:
    """
    Let a physician pass who may work at all.

    Raises:
        PhysicianNotActive: Not onboarded, or suspended.
    """
    if physician.status is not PhysicianStatus.ACTIVE:
        raise PhysicianNotActive("This physician's account is not active.")


def may_take(
    physician: Physician,
    *,
    patient: Patient,
    place: Jurisdiction,
    specialties: Iterable[str],
    now: datetime,
) -> bool:
    """Whether `check_may_take` lets the physician pass."""
    try:
        check_may_take(physician, patient=patient, place=place, specialties=specialties, now=now)
    except NotPermitted:
        return False
    return True
