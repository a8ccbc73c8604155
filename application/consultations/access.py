"""
Who may see and do what with a consultation: its patient, its physician, staff.
"""

from datetime import datetime

from application.patients.access import AFTERCARE
from application.shared.access import Actor, Role
from domain.consultations.consultation import (
    Consultation,
    ConsultationNotFound,
    ConsultationStatus,
)


def require_its_patient(actor: Actor, consultation: Consultation) -> None:
    """
    Let the system and the patient pass.

    Raises:
        ConsultationNotFound: Somebody else, who may not know of it.
    """
    if not actor.is_system and actor.patient_id != consultation.patient_id:
        raise ConsultationNotFound("There is no such consultation.")


def require_its_physician(actor: Actor, consultation: Consultation) -> None:
    """
    Let the system and the treating physician pass.

    Raises:
        ConsultationNotFound: Somebody else, who may not know of it.
    """
    if not actor.is_system and not consultation.is_treated_by(actor.physician_id):
        raise ConsultationNotFound("There is no such consultation.")


def is_in_care(consultation: Consultation, *, now: datetime) -> bool:
    """Whether it entitles its physician to the patient's record as it is now."""
    if consultation.status is ConsultationStatus.COMPLETED:
        return consultation.ended_at is not None and consultation.ended_at > now - AFTERCARE
    return consultation.status in (ConsultationStatus.CLAIMED, ConsultationStatus.IN_PROGRESS)


def is_operations(actor: Actor) -> bool:
    """Whether the actor moves stuck work along."""
    return actor.is_system or bool(actor.roles & {Role.OPERATIONS, Role.ADMINISTRATOR})
