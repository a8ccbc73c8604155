"""
A follow-up: the physician wants to hear from the patient again on a day.

    scheduled ──> due ──> done
        └──────────┴────> cancelled
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import define, field, frozen

from domain.consultations.events import FollowUpDue, FollowUpScheduled
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, FollowUpId, PatientId


class FollowUpStatus(StrEnum):
    """Where a follow-up is."""

    SCHEDULED = "scheduled"
    DUE = "due"
    DONE = "done"
    CANCELLED = "cancelled"


class FollowUpNotFound(NotFound):
    """No such follow-up."""


class FollowUpInThePast(InvalidInput):
    """A follow-up lies ahead."""


@frozen(kw_only=True)
class FollowUpPlan:
    """When the patient should come back, and for what."""

    due_at: datetime
    instructions: str = field(default="", repr=False)


@define(eq=False, kw_only=True)
class FollowUp(Aggregate):
    """What to come back for, and when. The text is PHI."""

    id: FollowUpId
    consultation_id: ConsultationId
    patient_id: PatientId
    due_at: datetime
    instructions: str = field(default="", repr=False)
    status: FollowUpStatus = FollowUpStatus.SCHEDULED

    @classmethod
    def schedule(
        cls,
        *,
        follow_up_id: FollowUpId,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        due_at: datetime,
        instructions: str,
        now: datetime,
    ) -> Self:
        """
        Plan it.

        Raises:
            FollowUpInThePast: The day has passed.
        """
        if due_at <= now:
            raise FollowUpInThePast("Choose a time ahead for the follow-up.", field="due_at")
        follow_up = cls(
            id=follow_up_id,
            consultation_id=consultation_id,
            patient_id=patient_id,
            due_at=due_at,
            instructions=instructions,
        )
        follow_up.record(
            FollowUpScheduled(
                consultation_id=consultation_id,
                patient_id=patient_id,
                follow_up_id=follow_up_id,
                due_at=due_at,
                occurred_at=now,
            )
        )
        return follow_up

    def fall_due(self, *, now: datetime) -> None:
        """Say, once, that the time has come."""
        if self.status is not FollowUpStatus.SCHEDULED or now < self.due_at:
            return
        self.status = FollowUpStatus.DUE
        self.record(
            FollowUpDue(
                consultation_id=self.consultation_id,
                patient_id=self.patient_id,
                follow_up_id=self.id,
                occurred_at=now,
            )
        )

    def finish(self) -> None:
        """The patient came back."""
        self.status = FollowUpStatus.DONE
