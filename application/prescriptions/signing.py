"""
Signing exactly what was shown, and answering for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from application.prescriptions.drafting import require_open_for_prescribing
from application.prescriptions.ports import PrescriptionsUnitOfWork, RulePacks
from application.prescriptions.screening import screen_now
from application.shared.access import AccessDenied, Actor, require_person, require_system
from application.shared.ports import Clock
from domain.consultations.assignment import check_may_practise
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import (
    NotThePrescriber,
    OverrideReason,
    Prescription,
    PrescriptionStatus,
)
from domain.shared.errors import NotPermitted
from domain.shared.ids import PhysicianId, PrescriptionId, to_wire

STEP_UP_LASTS = timedelta(minutes=5)


class SecondFactorNeeded(NotPermitted):
    """A controlled medicine is signed only right after a second factor."""


@frozen
class SignPrescription:
    """
    Sign what `ScreenPrescription` showed. A program's credentials can never sign.
    """

    _uow: PrescriptionsUnitOfWork
    _rule_packs: RulePacks
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        prescription_id: PrescriptionId,
        content_hash: str,
        overrides: Mapping[str, OverrideReason] | None = None,
        acknowledged: Sequence[str] = (),
    ) -> None:
        """
        Sign it; the same signature again changes nothing.

        Args:
            content_hash: Of what was shown.
            overrides: A coded reason by finding, for every contraindication.
            acknowledged: The warnings that were read.

        Raises:
            AccessDenied: A program asks.
            NotThePrescriber: Not the treating physician.
            ConsultationMoved: The consultation was cancelled or completed since.
            PhysicianNotActive, NotLicensedHere: Not allowed to treat the patient any more.
            SecondFactorNeeded: It holds a controlled medicine.
            ContentChanged: The prescription, the patient's record or the rules changed since.
            FindingsOpen: A finding has no answer.
            CannotScreen: No rule pack is in force.
        """
        require_person(actor)
        now = self._clock.now()
        if actor.physician_id is None or actor.user_id is None:
            raise AccessDenied("Only a physician can sign a prescription.")
        with self._uow as uow:
            prescription = uow.prescriptions.get(prescription_id)
            if prescription.prescriber_id != actor.physician_id:
                raise NotThePrescriber("Only the prescribing physician can sign this.")
            if _is_signed_so(prescription, content_hash):
                return
            _require_still_treating(uow, prescription, actor.physician_id, now)
            _require_step_up(prescription, actor, now)
            prescription.sign(
                physician_id=actor.physician_id,
                user_id=actor.user_id,
                shown_hash=content_hash,
                screen=screen_now(uow, self._rule_packs, self._clock, prescription),
                overrides=overrides or {},
                acknowledged=acknowledged,
                now=now,
            )
            uow.prescriptions.save(prescription)
            _withdraw_replaced(uow, prescription, now)
            uow.audit.record(
                actor=actor,
                action="prescription.signed",
                subject=to_wire("prescription", prescription.id),
                patient_id=prescription.patient_id,
            )
            uow.commit()


@frozen
class RecordSupply:
    """
    Note that the patient has been supplied: without repeats, that completes it.
    """

    _uow: PrescriptionsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, prescription_id: PrescriptionId) -> None:
        require_system(actor)
        with self._uow as uow:
            prescription = uow.prescriptions.get(prescription_id)
            prescription.supplied(now=self._clock.now())
            uow.prescriptions.save(prescription)
            uow.commit()


def _is_signed_so(prescription: Prescription, content_hash: str) -> bool:
    signature = prescription.signature
    return signature is not None and signature.content_hash == content_hash


def _require_still_treating(
    uow: PrescriptionsUnitOfWork,
    prescription: Prescription,
    physician_id: PhysicianId,
    now: datetime,
) -> None:
    # Locked, so that it is not cancelled or handed over in the same moment.
    consultation = uow.consultations.get(prescription.consultation_id)
    if not consultation.is_treated_by(physician_id):
        raise NotThePrescriber("This consultation was handed to another physician.")
    require_open_for_prescribing(consultation, replacing=prescription.replaces is not None)
    check_may_practise(uow.physicians.read(physician_id), place=consultation.place, now=now)


def _require_step_up(prescription: Prescription, actor: Actor, now: datetime) -> None:
    if not prescription.has_controlled:
        return
    if actor.stepped_up_at is None or now - actor.stepped_up_at > STEP_UP_LASTS:
        raise SecondFactorNeeded("Confirm with your second factor before you sign this medicine.")


def _withdraw_replaced(
    uow: PrescriptionsUnitOfWork, prescription: Prescription, now: datetime
) -> None:
    if prescription.replaces is None:
        return
    replaced = uow.prescriptions.get(prescription.replaces)
    if replaced.status is PrescriptionStatus.SIGNED:
        replaced.cancel(reason=PrescriptionCancelReason.REPLACED, now=now)
        uow.prescriptions.save(replaced)
