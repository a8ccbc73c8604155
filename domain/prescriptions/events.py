"""
What happens to a prescription. Which medicines it holds is never among the facts.
"""

from enum import StrEnum

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, PatientId, PhysicianId, PrescriptionId


class PrescriptionCancelReason(StrEnum):
    """Why a prescription was withdrawn."""

    REPLACED = "replaced"  # another one stands in its place
    PRESCRIBING_ERROR = "prescribing_error"
    PATIENT_REQUEST = "patient_request"
    CLINICAL_CHANGE = "clinical_change"  # no longer the right treatment
    NOT_AVAILABLE = "not_available"  # no pharmacy could supply it


@frozen(kw_only=True)
class PrescriptionSigned(DomainEvent):
    """The prescriber signed exactly what was shown."""

    prescription_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId
    replaces: PrescriptionId | None = None


@frozen(kw_only=True)
class PrescriptionCancelled(DomainEvent):
    """It may not be dispensed any more; its orders have to be called back."""

    prescription_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId
    reason: PrescriptionCancelReason


@frozen(kw_only=True)
class PrescriptionCompleted(DomainEvent):
    """Everything on it was dispensed."""

    prescription_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
