"""
Finding medicines and preparing a prescription.
"""

from collections.abc import Sequence
from decimal import Decimal

from attrs import field, frozen

from application.prescriptions.ports import Medications, PrescriptionsUnitOfWork, RulePacks
from application.prescriptions.screening import screen_now
from application.prescriptions.views import (
    MedicationView,
    ScreenedPrescription,
    medication_view,
    screened_view,
)
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock, Ids
from domain.consultations.consultation import (
    Consultation,
    ConsultationMoved,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.prescriptions.dosage import Dosage, Timing
from domain.prescriptions.prescription import (
    Prescription,
    PrescriptionItem,
    PrescriptionNotFound,
    PrescriptionStatus,
    PrescriptionUnfit,
)
from domain.shared.ids import ConsultationId, PatientId, PhysicianId, PrescriptionId, to_wire

_PREPARERS = frozenset({Role.OPERATIONS, Role.ADMINISTRATOR})
_MOST_CHOICES = 50


@frozen(kw_only=True)
class PrescriptionLine:
    """A medicine by its code, how to take it, how much of it, how often again."""

    medication_code: str
    dose: Decimal
    times_per_day: int
    quantity: int
    days: int | None = None
    as_needed: bool = False
    timing: Timing = Timing.ANY
    note: str = field(default="", repr=False)
    repeats: int = 0
    substitution_allowed: bool = True


@frozen
class SearchMedications:
    """
    Choices for what a prescriber types; never a guess.
    """

    _medications: Medications

    def __call__(self, *, actor: Actor, words: str, limit: int = 20) -> Sequence[MedicationView]:
        """Give the medicines that fit all words, best first."""
        require_role(actor, Role.PHYSICIAN, *_PREPARERS)
        found = self._medications.search(words, limit=min(limit, _MOST_CHOICES))
        return tuple(medication_view(medication) for medication in found)


@frozen
class DraftPrescription:
    """
    Prepare a prescription, change a draft, or prepare one in another's place.

    Staff and programs may prepare; the prescriber is always the treating physician.
    """

    _uow: PrescriptionsUnitOfWork
    _medications: Medications
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        lines: Sequence[PrescriptionLine],
        prescription_id: PrescriptionId | None = None,
        replaces: PrescriptionId | None = None,
    ) -> PrescriptionId:
        """
        Store the draft.

        Args:
            prescription_id: The draft that is to be changed; None makes a new one.
            replaces: The signed prescription in whose place the new one stands.

        Raises:
            ConsultationMoved: The consultation is not open, and nothing is replaced.
            MedicationUnknown, DosageUnfit, PrescriptionUnfit: A line cannot be.
            PrescriptionFinal: It was signed.
        """
        items = tuple(self._item(line) for line in lines)
        with self._uow as uow:
            consultation = uow.consultations.read(consultation_id)
            prescriber_id = _prescriber(actor, consultation, replacing=replaces is not None)
            if prescription_id is not None:
                prescription = uow.prescriptions.get(prescription_id)
                _require_belongs(prescription, consultation)
                prescription.rewrite(items)
                uow.prescriptions.save(prescription)
            else:
                prescription = self._new(uow, consultation, prescriber_id, items, replaces)
                uow.prescriptions.add(prescription)
            uow.audit.record(
                actor=actor,
                action="prescription.drafted",
                subject=to_wire("prescription", prescription.id),
                patient_id=consultation.patient_id,
            )
            uow.commit()
        return prescription.id

    def _new(
        self,
        uow: PrescriptionsUnitOfWork,
        consultation: Consultation,
        prescriber_id: PhysicianId,
        items: tuple[PrescriptionItem, ...],
        replaces: PrescriptionId | None,
    ) -> Prescription:
        replaced = None
        if replaces is not None:
            replaced = uow.prescriptions.get(replaces)
            _require_same_patient(replaced, consultation.patient_id)
        return Prescription.draft(
            prescription_id=PrescriptionId(self._ids.new()),
            consultation_id=consultation.id,
            patient_id=consultation.patient_id,
            prescriber_id=prescriber_id,
            items=items,
            replaced=replaced,
            now=self._clock.now(),
        )

    def _item(self, line: PrescriptionLine) -> PrescriptionItem:
        return PrescriptionItem(
            medication=self._medications.get(line.medication_code),
            dosage=Dosage(
                dose=line.dose,
                times_per_day=line.times_per_day,
                days=line.days,
                as_needed=line.as_needed,
                timing=line.timing,
                note=line.note,
            ),
            quantity=line.quantity,
            repeats=line.repeats,
            substitution_allowed=line.substitution_allowed,
        )


@frozen
class DiscardDraft:
    """
    Throw a draft away.
    """

    _uow: PrescriptionsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, prescription_id: PrescriptionId) -> None:
        """
        Discard it; doing so again changes nothing.

        Raises:
            PrescriptionFinal: It was signed.
        """
        with self._uow as uow:
            prescription = uow.prescriptions.get(prescription_id)
            require_may_prepare(actor, prescription)
            if prescription.status is PrescriptionStatus.DISCARDED:
                return
            prescription.discard(now=self._clock.now())
            uow.prescriptions.save(prescription)
            uow.audit.record(
                actor=actor,
                action="prescription.discarded",
                subject=to_wire("prescription", prescription.id),
                patient_id=prescription.patient_id,
            )
            uow.commit()


@frozen
class ScreenPrescription:
    """
    Show a draft with its safety findings, and the hash of exactly that.
    """

    _uow: PrescriptionsUnitOfWork
    _rule_packs: RulePacks
    _clock: Clock

    def __call__(self, *, actor: Actor, prescription_id: PrescriptionId) -> ScreenedPrescription:
        """
        Screen it.

        Raises:
            CannotScreen: No rule pack is in force.
        """
        with self._uow as uow:
            prescription = uow.prescriptions.read(prescription_id)
            require_may_prepare(actor, prescription)
            screen = screen_now(uow, self._rule_packs, self._clock, prescription)
            uow.audit.record(
                actor=actor,
                action="prescription.screened",
                subject=to_wire("prescription", prescription.id),
                patient_id=prescription.patient_id,
            )
            uow.commit()
        return screened_view(prescription, screen)


def require_may_prepare(actor: Actor, prescription: Prescription) -> None:
    """
    Let the prescriber and those who prepare for them pass.

    Raises:
        PrescriptionNotFound: Somebody else, who may not know of it.
    """
    own = actor.physician_id is not None and actor.physician_id == prescription.prescriber_id
    if not own and not actor.roles & _PREPARERS:
        raise PrescriptionNotFound("There is no such prescription.")


def require_open_for_prescribing(consultation: Consultation, *, replacing: bool) -> None:
    """
    Let an open consultation pass; a completed one when a prescription is replaced.

    Raises:
        ConsultationMoved: It was not begun, or is over.
    """
    open_for_it = {ConsultationStatus.IN_PROGRESS} | (
        {ConsultationStatus.COMPLETED} if replacing else set()
    )
    if consultation.status not in open_for_it:
        raise ConsultationMoved("Prescribe while the consultation is open.")


def _prescriber(actor: Actor, consultation: Consultation, *, replacing: bool) -> PhysicianId:
    treating = consultation.is_treated_by(actor.physician_id)
    if not treating and not actor.roles & _PREPARERS:
        raise ConsultationNotFound("There is no such consultation.")
    require_open_for_prescribing(consultation, replacing=replacing)
    if consultation.physician_id is None:
        raise ConsultationMoved("No physician has taken this consultation.")
    return consultation.physician_id


def _require_belongs(prescription: Prescription, consultation: Consultation) -> None:
    if prescription.consultation_id != consultation.id:
        raise PrescriptionNotFound("There is no such prescription in this consultation.")


def _require_same_patient(replaced: Prescription, patient_id: PatientId) -> None:
    if replaced.patient_id != patient_id:
        raise PrescriptionUnfit("It replaces a prescription of another patient.", field="replaces")
