"""
Prescriptions in PostgreSQL; the medicines and the signature are sealed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.prescriptions import prescription
from adapters.security.encryption import PatientVault
from domain.prescriptions.dosage import Dosage, Timing
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.medication import Ingredient, Medication
from domain.prescriptions.prescription import (
    OverrideReason,
    Prescription,
    PrescriptionItem,
    PrescriptionNotFound,
    PrescriptionStatus,
    Signature,
)
from domain.prescriptions.rule_pack import Severity
from domain.prescriptions.safety_screen import Finding, FindingKind, NotChecked, SafetyScreen
from domain.shared.ids import ConsultationId, PatientId, PhysicianId, PrescriptionId, UserId

_IN_FORCE = [PrescriptionStatus.SIGNED.value, PrescriptionStatus.COMPLETED.value]


class PostgresPrescriptions:
    """Prescriptions."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Prescription) -> None:
        insert_row(self._scope, prescription, new, _row(new, self._scope.vault))

    def get(self, prescription_id: PrescriptionId) -> Prescription:
        return self._one(_by_id(prescription_id).with_for_update())

    def read(self, prescription_id: PrescriptionId) -> Prescription:
        return self._one(_by_id(prescription_id))

    def save(self, changed: Prescription) -> None:
        update_row(self._scope, prescription, changed, changed.id, _row(changed, self._scope.vault))

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[Prescription]:
        return self._all(
            select(prescription)
            .where(prescription.c.consultation_id == consultation_id)
            .order_by(prescription.c.id)
        )

    def of_patient(self, patient_id: PatientId) -> Sequence[Prescription]:
        return self._all(
            select(prescription)
            .where(prescription.c.patient_id == patient_id)
            .order_by(prescription.c.id.desc())
        )

    def signed_in(self, consultation_id: ConsultationId) -> Sequence[PrescriptionId]:
        statement = (
            select(prescription.c.id)
            .where(
                prescription.c.consultation_id == consultation_id,
                prescription.c.status.in_(_IN_FORCE),
            )
            .order_by(prescription.c.id)
        )
        return [PrescriptionId(one) for one in self._scope.connection.scalars(statement)]

    def _one(self, statement: Select[Any]) -> Prescription:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise PrescriptionNotFound("There is no such prescription.")
        return _prescription(row, self._scope.vault)

    def _all(self, statement: Select[Any]) -> list[Prescription]:
        rows = self._scope.connection.execute(statement).mappings()
        return [_prescription(row, self._scope.vault) for row in rows]


def _by_id(prescription_id: PrescriptionId) -> Select[Any]:
    return select(prescription).where(prescription.c.id == prescription_id)


def _row(stored: Prescription, vault: PatientVault) -> dict[str, Any]:
    signature = stored.signature
    return {
        "id": stored.id,
        "lineage_id": stored.lineage_id,
        "consultation_id": stored.consultation_id,
        "patient_id": stored.patient_id,
        "prescriber_id": stored.prescriber_id,
        "status": stored.status.value,
        "replaces": stored.replaces,
        "items": vault.seal(
            stored.patient_id,
            "prescription.items",
            [_item_data(item) for item in stored.items],
            row=stored.id,
        ),
        "signature": vault.seal(
            stored.patient_id, "prescription.signature", _signature_data(signature), row=stored.id
        )
        if signature
        else None,
        "rule_pack": signature.screen.rule_pack if signature else None,
        "signed_by": signature.user_id if signature else None,
        "signed_at": signature.signed_at if signature else None,
        "cancel_reason": stored.cancel_reason.value if stored.cancel_reason else None,
        "created_at": stored.created_at,
        "ended_at": stored.ended_at,
    }


def _prescription(row: RowMapping, vault: PatientVault) -> Prescription:
    def opened(column: str) -> Any:
        name = f"prescription.{column}"
        return vault.open(row["patient_id"], name, row[column], row=row["id"])

    reason = row["cancel_reason"]
    return Prescription(
        id=row["id"],
        version=row["version"],
        lineage_id=row["lineage_id"],
        consultation_id=row["consultation_id"],
        patient_id=row["patient_id"],
        prescriber_id=row["prescriber_id"],
        status=PrescriptionStatus(row["status"]),
        replaces=row["replaces"],
        items=tuple(_item(data) for data in opened("items")),
        signature=_signature(opened("signature")) if row["signature"] is not None else None,
        cancel_reason=PrescriptionCancelReason(reason) if reason else None,
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )


def _item_data(item: PrescriptionItem) -> dict[str, Any]:
    dosage = item.dosage
    return {
        "medication": _medication_data(item.medication),
        "dosage": {
            "dose": str(dosage.dose),
            "times_per_day": dosage.times_per_day,
            "days": dosage.days,
            "as_needed": dosage.as_needed,
            "timing": dosage.timing.value,
            "note": dosage.note,
        },
        "quantity": item.quantity,
        "repeats": item.repeats,
        "substitution_allowed": item.substitution_allowed,
    }


def _item(data: Mapping[str, Any]) -> PrescriptionItem:
    dosage = data["dosage"]
    return PrescriptionItem(
        medication=_medication(data["medication"]),
        dosage=Dosage(
            dose=Decimal(dosage["dose"]),
            times_per_day=dosage["times_per_day"],
            days=dosage["days"],
            as_needed=dosage["as_needed"],
            timing=Timing(dosage["timing"]),
            note=dosage["note"],
        ),
        quantity=data["quantity"],
        repeats=data["repeats"],
        substitution_allowed=data["substitution_allowed"],
    )


def _medication_data(medication: Medication) -> dict[str, Any]:
    return {
        "code": medication.code,
        "name": medication.name,
        "form": medication.form,
        "strength": medication.strength,
        "route": medication.route,
        "dose_unit": medication.dose_unit,
        "controlled": medication.controlled,
        "max_repeats": medication.max_repeats,
        "ingredients": [
            {
                "code": ingredient.code,
                "name": ingredient.name,
                "amount": str(ingredient.amount),
                "amount_unit": ingredient.amount_unit,
                "rxcui": ingredient.rxcui,
            }
            for ingredient in medication.ingredients
        ],
    }


def _medication(data: Mapping[str, Any]) -> Medication:
    return Medication(
        code=data["code"],
        name=data["name"],
        form=data["form"],
        strength=data["strength"],
        route=data["route"],
        dose_unit=data["dose_unit"],
        controlled=data["controlled"],
        max_repeats=data["max_repeats"],
        ingredients=tuple(
            Ingredient(
                code=one["code"],
                name=one["name"],
                amount=Decimal(one["amount"]),
                amount_unit=one["amount_unit"],
                rxcui=one["rxcui"],
            )
            for one in data["ingredients"]
        ),
    )


def _signature_data(signature: Signature) -> dict[str, Any]:
    return {
        "physician_id": str(signature.physician_id),
        "user_id": str(signature.user_id),
        "signed_at": signature.signed_at.isoformat(),
        "content_hash": signature.content_hash,
        "rule_pack": signature.screen.rule_pack,
        "findings": [
            {
                "code": finding.code,
                "kind": finding.kind.value,
                "severity": finding.severity.value,
                "message": finding.message,
            }
            for finding in signature.screen.findings
        ],
        "not_checked": [gap.value for gap in signature.screen.not_checked],
        "overrides": {code: reason.value for code, reason in signature.overrides.items()},
        "acknowledged": list(signature.acknowledged),
    }


def _signature(data: Mapping[str, Any]) -> Signature:
    return Signature(
        physician_id=PhysicianId(UUID(data["physician_id"])),
        user_id=UserId(UUID(data["user_id"])),
        signed_at=datetime.fromisoformat(data["signed_at"]),
        content_hash=data["content_hash"],
        screen=SafetyScreen(
            rule_pack=data["rule_pack"],
            findings=tuple(
                Finding(
                    code=one["code"],
                    kind=FindingKind(one["kind"]),
                    severity=Severity(one["severity"]),
                    message=one["message"],
                )
                for one in data["findings"]
            ),
            not_checked=tuple(NotChecked(gap) for gap in data["not_checked"]),
        ),
        overrides={code: OverrideReason(reason) for code, reason in data["overrides"].items()},
        acknowledged=tuple(data["acknowledged"]),
    )
