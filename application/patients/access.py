"""
Who may open a patient's record, and on what ground.
"""

from datetime import timedelta
from enum import StrEnum

from attrs import frozen

from application.patients.ports import Relationships
from application.shared.access import Actor, Role
from application.shared.ports import AuditTrail, Clock
from domain.identity.locale import in_one_line
from domain.patients.patient import PatientNotFound
from domain.shared.errors import NotPermitted
from domain.shared.ids import PatientId, to_wire

# A physician still answers questions for a while after the visit.
AFTERCARE = timedelta(days=90)
_SHORTEST_REASON = 5
_LONGEST_REASON = 300


class PurposeRequired(NotPermitted):
    """Staff say why before they open a record; the patient is shown it."""


class Ground(StrEnum):
    """What entitles somebody to open a record."""

    SELF = "self"
    TREATMENT = "treatment"
    OPERATIONS = "operations"  # staff, for a stated reason
    SYSTEM = "system"


@frozen(kw_only=True)
class Admission:
    """The ground on which a record is opened, and the reason that goes with it."""

    patient_id: PatientId
    ground: Ground
    reason: str | None = None

    def note(self, audit: AuditTrail, *, actor: Actor, action: str, subject: str = "") -> None:
        """Write the access down."""
        audit.record(
            actor=actor,
            action=action,
            subject=subject or to_wire("patient", self.patient_id),
            patient_id=self.patient_id,
            reason=self.reason or self.ground.value,
            details={"ground": self.ground.value},
        )


@frozen
class RecordAccess:
    """
    Decides on the role and the relationship, the same for every front end.
    """

    _relationships: Relationships
    _clock: Clock

    def admit(self, *, actor: Actor, patient_id: PatientId, reason: str | None = None) -> Admission:
        """
        Let the patient, the treating physician, staff with a reason, and the system pass.

        Raises:
            PatientNotFound: Anybody else, who may not know that the record exists.
            PurposeRequired: Staff that give no reason.
        """
        if actor.is_system:
            return Admission(patient_id=patient_id, ground=Ground.SYSTEM, reason=reason)
        if actor.patient_id == patient_id:
            return Admission(patient_id=patient_id, ground=Ground.SELF)
        if actor.physician_id is not None and self._relationships.is_treating(
            physician_id=actor.physician_id, patient_id=patient_id, now=self._clock.now()
        ):
            return Admission(patient_id=patient_id, ground=Ground.TREATMENT, reason=reason)
        if actor.roles & {Role.OPERATIONS, Role.ADMINISTRATOR}:
            return Admission(
                patient_id=patient_id, ground=Ground.OPERATIONS, reason=stated_reason(reason)
            )
        raise PatientNotFound("There is no such patient.")


def stated_reason(reason: str | None) -> str:
    """
    Let a reason pass that says something.

    Raises:
        PurposeRequired: None was given, or hardly any.
    """
    stated = in_one_line(reason or "")
    if len(stated) < _SHORTEST_REASON:
        raise PurposeRequired("Say why you open this record; the patient will see it.")
    return stated[:_LONGEST_REASON]
