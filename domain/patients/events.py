"""
What happens to patients' records.
"""

from attrs import frozen

from domain.patients.consent import ConsentKind
from domain.shared.events import DomainEvent
from domain.shared.ids import PatientId


@frozen(kw_only=True)
class PatientRegistered(DomainEvent):
    """Somebody has a record of their own."""

    patient_id: PatientId


@frozen(kw_only=True)
class PatientErased(DomainEvent):
    """The key of a record was destroyed."""

    patient_id: PatientId


@frozen(kw_only=True)
class ConsentGiven(DomainEvent):
    """A patient agreed to a text."""

    patient_id: PatientId
    kind: ConsentKind


@frozen(kw_only=True)
class ConsentWithdrawn(DomainEvent):
    """A patient no longer agrees."""

    patient_id: PatientId
    kind: ConsentKind


@frozen(kw_only=True)
class HealthProfileUpdated(DomainEvent):
    """A patient's allergies, conditions or medication were written down anew."""

    patient_id: PatientId
