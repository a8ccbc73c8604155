"""
A prescription says which medicines a patient may be supplied with, and how to take them.

    draft ──> signed ──> completed
      │          └─────> cancelled
      └─> discarded

A prescription that replaces another one shares its lineage; the first one is cancelled
in the same act, so that there are never two that can be dispensed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from attrs import define, field, frozen

from domain.prescriptions.dosage import Dosage
from domain.prescriptions.events import (
    PrescriptionCancelled,
    PrescriptionCancelReason,
    PrescriptionCompleted,
    PrescriptionSigned,
)
from domain.prescriptions.medication import Medication
from domain.prescriptions.rule_pack import Severity
from domain.prescriptions.safety_screen import SafetyScreen, ScreenedItem
from domain.shared.errors import Conflict, InvalidInput, NotFound, NotPermitted
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, PatientId, PhysicianId, PrescriptionId, UserId

_MOST_ITEMS = 10
_MOST_UNITS = 1_000


class PrescriptionStatus(StrEnum):
    """Where a prescription is."""

    DRAFT = "draft"
    SIGNED = "signed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"  # a draft that was thrown away


class OverrideReason(StrEnum):
    """Why a prescriber signs in spite of a contraindication."""

    BENEFIT_OUTWEIGHS_RISK = "benefit_outweighs_risk"
    TOLERATED_BEFORE = "tolerated_before"
    WILL_MONITOR = "will_monitor"
    NO_ALTERNATIVE = "no_alternative"
    RECORD_IS_WRONG = "record_is_wrong"  # e.g. the allergy was ruled out


class PrescriptionNotFound(NotFound):
    """No such prescription, or none that this actor may know of."""


class PrescriptionUnfit(InvalidInput):
    """Nothing on it, too much of it, or more repeats than the medicine allows."""


class PrescriptionFinal(Conflict):
    """It is not a draft any more."""


class NotSigned(Conflict):
    """Only a signed prescription can be cancelled or completed."""


class NotThePrescriber(NotPermitted):
    """Only the physician who prescribes can sign."""


class ContentChanged(Conflict):
    """What would be signed is not what was shown. Look at it again."""


class FindingsOpen(Conflict):
    """
    A contraindication has no coded reason, or a warning was not acknowledged.

    Args:
        codes: The findings that are open.
    """

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__("Some safety findings have not been answered.")
        self.codes = codes


@frozen(kw_only=True)
class PrescriptionItem:
    """
    One medicine: how to take it, how much is supplied, how often again.

    `quantity` counts units of the form; `repeats` the supplies after the first.
    """

    medication: Medication
    dosage: Dosage
    quantity: int
    repeats: int = 0
    substitution_allowed: bool = True

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.quantity <= _MOST_UNITS:
            raise PrescriptionUnfit("A quantity lies between 1 and 1000.", field="items.quantity")
        if not 0 <= self.repeats <= self.medication.max_repeats:
            raise PrescriptionUnfit(
                f"{self.medication.title} allows at most {self.medication.max_repeats} repeats.",
                field="items.repeats",
            )

    @property
    def instructions(self) -> str:
        """How to take it, in plain words."""
        return self.dosage.in_words(
            dose_unit=self.medication.dose_unit, route=self.medication.route
        )

    @property
    def screened(self) -> ScreenedItem:
        """What the safety screen looks at."""
        return ScreenedItem(medication=self.medication, dosage=self.dosage)


@frozen(kw_only=True)
class Signature:
    """Who signed what, and what they answered to each finding."""

    physician_id: PhysicianId
    user_id: UserId
    signed_at: datetime
    content_hash: str
    screen: SafetyScreen = field(repr=False)
    overrides: Mapping[str, OverrideReason] = field(repr=False)
    acknowledged: tuple[str, ...] = field(repr=False)


@define(eq=False, kw_only=True)
class Prescription(Aggregate):
    """The medicines are PHI: they are stored sealed."""

    id: PrescriptionId
    lineage_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
    prescriber_id: PhysicianId
    items: tuple[PrescriptionItem, ...] = field(repr=False)
    created_at: datetime
    status: PrescriptionStatus = PrescriptionStatus.DRAFT
    replaces: PrescriptionId | None = None
    signature: Signature | None = None
    cancel_reason: PrescriptionCancelReason | None = None
    ended_at: datetime | None = None

    @classmethod
    def draft(
        cls,
        *,
        prescription_id: PrescriptionId,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        prescriber_id: PhysicianId,
        items: Iterable[PrescriptionItem],
        now: datetime,
        replaced: "Prescription | None" = None,
    ) -> Self:
        """
        Prepare one, perhaps in another's place.

        Raises:
            PrescriptionUnfit: No medicine, or too many.
            NotSigned: The one to be replaced is not in force.
        """
        if replaced is not None and replaced.status is not PrescriptionStatus.SIGNED:
            raise NotSigned("Only a signed prescription can be replaced.")
        return cls(
            id=prescription_id,
            lineage_id=replaced.lineage_id if replaced else prescription_id,
            replaces=replaced.id if replaced else None,
            consultation_id=consultation_id,
            patient_id=patient_id,
            prescriber_id=prescriber_id,
            items=_checked(items),
            created_at=now,
        )

    @property
    def has_controlled(self) -> bool:
        """Whether signing needs a second factor."""
        return any(item.medication.controlled for item in self.items)

    @property
    def screened_items(self) -> tuple[ScreenedItem, ...]:
        """What the safety screen looks at."""
        return tuple(item.screened for item in self.items)

    def rewrite(self, items: Iterable[PrescriptionItem]) -> None:
        """
        Replace what is on a draft.

        Raises:
            PrescriptionFinal: It is not a draft.
        """
        self._require_draft()
        self.items = _checked(items)

    def discard(self, *, now: datetime) -> None:
        """Throw a draft away. Doing so again changes nothing."""
        if self.status is PrescriptionStatus.DISCARDED:
            return
        self._require_draft()
        self.status = PrescriptionStatus.DISCARDED
        self.ended_at = now

    def sign(
        self,
        *,
        physician_id: PhysicianId,
        user_id: UserId,
        shown_hash: str,
        screen: SafetyScreen,
        overrides: Mapping[str, OverrideReason],
        acknowledged: Iterable[str],
        now: datetime,
    ) -> None:
        """
        Sign exactly what was shown. The same signature again changes nothing.

        Raises:
            NotThePrescriber: Another physician.
            PrescriptionFinal: It is not a draft.
            ContentChanged: The content, the findings or the rules differ from what was shown.
            FindingsOpen: A finding has no answer.
        """
        if physician_id != self.prescriber_id:
            raise NotThePrescriber("Only the prescribing physician can sign this.")
        if self.signature is not None and self.signature.content_hash == shown_hash:
            return
        self._require_draft()
        if content_hash(self, screen) != shown_hash:
            raise ContentChanged("This is not what was shown to you. Check it again.")
        seen = frozenset(acknowledged)
        _require_answers(screen, overrides, seen)
        self.signature = Signature(
            physician_id=physician_id,
            user_id=user_id,
            signed_at=now,
            content_hash=shown_hash,
            screen=screen,
            overrides=dict(overrides),
            acknowledged=tuple(sorted(seen)),
        )
        self.status = PrescriptionStatus.SIGNED
        self.record(
            PrescriptionSigned(
                prescription_id=self.id,
                consultation_id=self.consultation_id,
                patient_id=self.patient_id,
                physician_id=physician_id,
                replaces=self.replaces,
                occurred_at=now,
            )
        )

    def cancel(self, *, reason: PrescriptionCancelReason, now: datetime) -> None:
        """
        Withdraw it. Doing so again changes nothing.

        Raises:
            NotSigned: It is a draft, or has been dispensed completely.
        """
        if self.status is PrescriptionStatus.CANCELLED:
            return
        if self.status is not PrescriptionStatus.SIGNED:
            raise NotSigned(f"A prescription that is {self.status} cannot be cancelled.")
        self.status = PrescriptionStatus.CANCELLED
        self.cancel_reason = reason
        self.ended_at = now
        self.record(
            PrescriptionCancelled(
                prescription_id=self.id,
                consultation_id=self.consultation_id,
                patient_id=self.patient_id,
                physician_id=self.prescriber_id,
                reason=reason,
                occurred_at=now,
            )
        )

    def supplied(self, *, now: datetime) -> None:
        """The patient has a supply. Without repeats that completes it."""
        if self.status is not PrescriptionStatus.SIGNED:
            return
        if any(item.repeats for item in self.items):
            return
        self.status = PrescriptionStatus.COMPLETED
        self.ended_at = now
        self.record(
            PrescriptionCompleted(
                prescription_id=self.id,
                consultation_id=self.consultation_id,
                patient_id=self.patient_id,
                occurred_at=now,
            )
        )

    def _require_draft(self) -> None:
        if self.status is not PrescriptionStatus.DRAFT:
            raise PrescriptionFinal(f"This prescription is {self.status} and cannot be changed.")


def shown_content(prescription: Prescription, screen: SafetyScreen) -> dict[str, Any]:
    """What a prescriber is shown before the signature, as plain JSON values."""
    return {
        "prescription": str(prescription.id),
        "replaces": str(prescription.replaces) if prescription.replaces else None,
        "patient": str(prescription.patient_id),
        "prescriber": str(prescription.prescriber_id),
        "items": [
            {
                "code": item.medication.code,
                "title": item.medication.title,
                "instructions": item.instructions,
                "quantity": item.quantity,
                "unit": item.medication.dose_unit,
                "repeats": item.repeats,
                "substitution_allowed": item.substitution_allowed,
            }
            for item in prescription.items
        ],
        "rule_pack": screen.rule_pack,
        "findings": [
            [finding.code, finding.severity.value, finding.message] for finding in screen.findings
        ],
        "not_checked": [gap.value for gap in screen.not_checked],
    }


def content_hash(prescription: Prescription, screen: SafetyScreen) -> str:
    """SHA-256, in hex, over the canonical JSON of what is shown."""
    canonical = json.dumps(
        shown_content(prescription, screen),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _checked(items: Iterable[PrescriptionItem]) -> tuple[PrescriptionItem, ...]:
    listed = tuple(items)
    if not 1 <= len(listed) <= _MOST_ITEMS:
        raise PrescriptionUnfit("A prescription holds 1 to 10 medicines.", field="items")
    return listed


def _require_answers(
    screen: SafetyScreen, overrides: Mapping[str, OverrideReason], acknowledged: frozenset[str]
) -> None:
    unanswered = tuple(
        finding.code
        for finding in screen.findings
        if finding.code not in overrides
        and (finding.severity is Severity.CONTRAINDICATED or finding.code not in acknowledged)
    )
    if unanswered:
        raise FindingsOpen(unanswered)
