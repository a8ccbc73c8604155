"""
What front ends show of prescriptions.
"""

from datetime import datetime

from attrs import field, frozen

from domain.prescriptions.medication import Medication
from domain.prescriptions.prescription import (
    Prescription,
    PrescriptionItem,
    PrescriptionStatus,
    content_hash,
)
from domain.prescriptions.safety_screen import Finding, NotChecked, SafetyScreen
from domain.shared.ids import ConsultationId, PatientId, PhysicianId, PrescriptionId


@frozen(kw_only=True)
class MedicationView:
    """A choice in the search for a medicine."""

    code: str
    title: str
    name: str
    strength: str
    form: str
    route: str
    dose_unit: str
    controlled: bool
    max_repeats: int


@frozen(kw_only=True)
class PrescriptionItemView:
    """A medicine on a prescription, with how to take it in plain words."""

    code: str
    title: str
    instructions: str
    quantity: int
    unit: str
    repeats: int
    substitution_allowed: bool
    controlled: bool


@frozen(kw_only=True)
class PrescriptionView:
    """
    A prescription.

    Args:
        findings: As they were when it was signed.
    """

    prescription_id: PrescriptionId
    lineage_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
    prescriber_id: PhysicianId
    status: PrescriptionStatus
    items: tuple[PrescriptionItemView, ...] = field(repr=False)
    replaces: PrescriptionId | None
    created_at: datetime
    signed_at: datetime | None
    content_hash: str | None
    findings: tuple[Finding, ...] = field(repr=False)
    overrides: tuple[tuple[str, str], ...] = field(repr=False)


@frozen(kw_only=True)
class ScreenedPrescription:
    """
    A draft as it is shown before the signature.

    `content_hash` is what has to be signed; it covers everything here. What could not be
    checked is said beside the findings.
    """

    prescription: PrescriptionView
    content_hash: str
    rule_pack: str
    findings: tuple[Finding, ...] = field(repr=False)
    not_checked: tuple[NotChecked, ...]
    needs_second_factor: bool


def medication_view(medication: Medication) -> MedicationView:
    """A medicine as a choice."""
    return MedicationView(
        code=medication.code,
        title=medication.title,
        name=medication.name,
        strength=medication.strength,
        form=medication.form,
        route=medication.route,
        dose_unit=medication.dose_unit,
        controlled=medication.controlled,
        max_repeats=medication.max_repeats,
    )


def item_view(item: PrescriptionItem) -> PrescriptionItemView:
    """A line of a prescription."""
    return PrescriptionItemView(
        code=item.medication.code,
        title=item.medication.title,
        instructions=item.instructions,
        quantity=item.quantity,
        unit=item.medication.dose_unit,
        repeats=item.repeats,
        substitution_allowed=item.substitution_allowed,
        controlled=item.medication.controlled,
    )


def prescription_view(prescription: Prescription) -> PrescriptionView:
    """A prescription as it is shown."""
    signature = prescription.signature
    return PrescriptionView(
        prescription_id=prescription.id,
        lineage_id=prescription.lineage_id,
        consultation_id=prescription.consultation_id,
        patient_id=prescription.patient_id,
        prescriber_id=prescription.prescriber_id,
        status=prescription.status,
        items=tuple(item_view(item) for item in prescription.items),
        replaces=prescription.replaces,
        created_at=prescription.created_at,
        signed_at=signature.signed_at if signature else None,
        content_hash=signature.content_hash if signature else None,
        findings=signature.screen.findings if signature else (),
        overrides=tuple(
            sorted((code, reason.value) for code, reason in signature.overrides.items())
        )
        if signature
        else (),
    )


def screened_view(prescription: Prescription, screen: SafetyScreen) -> ScreenedPrescription:
    """A draft with its findings, and the hash of all that."""
    return ScreenedPrescription(
        prescription=prescription_view(prescription),
        content_hash=content_hash(prescription, screen),
        rule_pack=screen.rule_pack,
        findings=screen.findings,
        not_checked=screen.not_checked,
        needs_second_factor=prescription.has_controlled,
    )
