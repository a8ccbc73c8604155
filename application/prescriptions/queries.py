"""
Looking at prescriptions. They are PHI: each look is in the audit trail.
"""

from attrs import frozen

from application.prescriptions.ports import PrescriptionsUnitOfWork
from application.prescriptions.views import PrescriptionView, prescription_view
from application.shared.access import AccessDenied, Actor
from domain.prescriptions.prescription import (
    Prescription,
    PrescriptionNotFound,
    PrescriptionStatus,
)
from domain.shared.ids import ConsultationId, PrescriptionId, to_wire

_FOR_PATIENTS = frozenset(
    {PrescriptionStatus.SIGNED, PrescriptionStatus.COMPLETED, PrescriptionStatus.CANCELLED}
)


@frozen
class ListMyPrescriptions:
    """
    A patient's prescriptions, latest first.
    """

    _uow: PrescriptionsUnitOfWork

    def __call__(self, *, actor: Actor) -> tuple[PrescriptionView, ...]:
        """
        List them; drafts are the physician's.

        Raises:
            AccessDenied: Not a patient.
        """
        if actor.patient_id is None:
            raise AccessDenied("There are no prescriptions of yours.")
        with self._uow as uow:
            found = uow.prescriptions.of_patient(actor.patient_id)
            uow.audit.record(
                actor=actor,
                action="prescription.listed",
                subject=to_wire("patient", actor.patient_id),
                patient_id=actor.patient_id,
            )
            uow.commit()
        return tuple(prescription_view(one) for one in found if one.status in _FOR_PATIENTS)


@frozen
class ListPrescriptionsOfConsultation:
    """
    What was drafted and signed in a consultation, for its physician.
    """

    _uow: PrescriptionsUnitOfWork

    def __call__(
        self, *, actor: Actor, consultation_id: ConsultationId
    ) -> tuple[PrescriptionView, ...]:
        """
        List it, oldest first; the patient sees what was signed.

        Raises:
            PrescriptionNotFound: Neither the patient nor the physician of the consultation.
        """
        with self._uow as uow:
            consultation = uow.consultations.read(consultation_id)
            treating = consultation.is_treated_by(actor.physician_id)
            if not treating and actor.patient_id != consultation.patient_id:
                raise PrescriptionNotFound("There is no such consultation.")
            found = uow.prescriptions.of_consultation(consultation_id)
            uow.audit.record(
                actor=actor,
                action="prescription.listed",
                subject=to_wire("consultation", consultation_id),
                patient_id=consultation.patient_id,
            )
            uow.commit()
        return tuple(
            prescription_view(one) for one in found if treating or one.status in _FOR_PATIENTS
        )


@frozen
class ViewPrescription:
    """
    One prescription: for its patient once signed, for its prescriber always.
    """

    _uow: PrescriptionsUnitOfWork

    def __call__(self, *, actor: Actor, prescription_id: PrescriptionId) -> PrescriptionView:
        """
        Show it.

        Raises:
            PrescriptionNotFound: None that this actor may know of.
        """
        with self._uow as uow:
            prescription = uow.prescriptions.read(prescription_id)
            if not _may_see(actor, prescription):
                raise PrescriptionNotFound("There is no such prescription.")
            uow.audit.record(
                actor=actor,
                action="prescription.read",
                subject=to_wire("prescription", prescription_id),
                patient_id=prescription.patient_id,
            )
            uow.commit()
        return prescription_view(prescription)


def _may_see(actor: Actor, prescription: Prescription) -> bool:
    if actor.physician_id is not None and actor.physician_id == prescription.prescriber_id:
        return True
    own = actor.patient_id is not None and actor.patient_id == prescription.patient_id
    return own and prescription.status in _FOR_PATIENTS
