"""
A consultation is one patient's way through one service, from the first answer to the outcome.

    draft ──> awaiting_payment ──> waiting ──> claimed ──> in_progress ──> completed
      │              │                │  ^        │  │           │
      └─> stopped    │                │  └────────┘  │           │
      └──────────────┴────────────────┴──────────────┴───────────┴──> cancelled
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from attrs import define, evolve, field

from domain.commission.choice import FrozenPlan
from domain.consultations.clinical_note import ClinicalNote, NoteNotSigned
from domain.consultations.events import (
    ConsultationCancelled,
    ConsultationClaimed,
    ConsultationCompleted,
    ConsultationOpened,
    ConsultationQueued,
    ConsultationReassigned,
    ConsultationReturned,
    ConsultationStarted,
    IntakeStopped,
    IntakeSubmitted,
    NoteSigned,
    PromiseBroken,
)
from domain.consultations.intake import Intake, IntakeClosed, RedFlag
from domain.consultations.outcome import CancellationReason, ConsultationOutcome, StopReason
from domain.consultations.policy import CarePolicy
from domain.consultations.promise import Promise
from domain.shared.errors import Conflict, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import AppointmentId, ConsultationId, PatientId, PhysicianId, ServiceId
from domain.shared.jurisdiction import Jurisdiction


class ConsultationStatus(StrEnum):
    """Where a consultation is."""

    DRAFT = "draft"  # the patient is answering
    STOPPED = "stopped"  # the answers call for another kind of care
    AWAITING_PAYMENT = "awaiting_payment"
    WAITING = "waiting"  # for a physician to take it
    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ConsultationNotFound(NotFound):
    """No such consultation, or none that this actor may know of."""


class ConsultationMoved(Conflict):
    """It is not at the stage at which this could be done."""


class AlreadyClaimed(Conflict):
    """Another physician was faster."""


class OutcomeStands(Conflict):
    """It was completed with another outcome."""


_Status = ConsultationStatus
_NEXT = {
    _Status.DRAFT: {_Status.STOPPED, _Status.AWAITING_PAYMENT, _Status.CANCELLED},
    _Status.AWAITING_PAYMENT: {_Status.WAITING, _Status.CANCELLED},
    _Status.WAITING: {_Status.CLAIMED, _Status.CANCELLED},
    _Status.CLAIMED: {_Status.WAITING, _Status.IN_PROGRESS, _Status.CANCELLED},
    _Status.IN_PROGRESS: {_Status.WAITING, _Status.COMPLETED, _Status.CANCELLED},
}
_TREATED = (_Status.CLAIMED, _Status.IN_PROGRESS, _Status.COMPLETED)


@define(eq=False, kw_only=True)
class Consultation(Aggregate):
    """
    Answers, flags and notes are PHI: they are stored sealed.

    `service_version` is that of the questionnaire that is being answered; `policy`
    is frozen at submission; `place` is where the patient is.
    """

    id: ConsultationId
    patient_id: PatientId
    service_id: ServiceId
    service_version: int
    place: Jurisdiction
    started_at: datetime
    status: ConsultationStatus = ConsultationStatus.DRAFT
    intake: Intake = field(factory=Intake)
    policy: CarePolicy | None = None
    appointment_id: AppointmentId | None = None
    physician_id: PhysicianId | None = None
    promise: Promise | None = None
    note: ClinicalNote = field(factory=ClinicalNote)
    outcome: ConsultationOutcome | None = None
    queued_at: datetime | None = None
    claimed_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    stop_reason: StopReason | None = None
    cancellation: CancellationReason | None = None

    @classmethod
    def start(
        cls,
        *,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        service_id: ServiceId,
        service_version: int,
        place: Jurisdiction,
        now: datetime,
    ) -> Self:
        """Begin with an empty intake."""
        consultation = cls(
            id=consultation_id,
            patient_id=patient_id,
            service_id=service_id,
            service_version=service_version,
            place=place,
            started_at=now,
        )
        consultation.record(
            ConsultationStarted(
                consultation_id=consultation_id,
                patient_id=patient_id,
                service_id=service_id,
                occurred_at=now,
            )
        )
        return consultation

    @property
    def frozen_policy(self) -> CarePolicy:
        """The policy, of a consultation that was submitted."""
        if self.policy is None:
            raise InvariantError("a consultation that was not submitted has no policy")
        return self.policy

    @property
    def has_ended(self) -> bool:
        """Whether nothing moves any more."""
        return self.status not in _NEXT

    def is_treated_by(self, physician_id: PhysicianId | None) -> bool:
        """Whether this is the physician who took it."""
        return physician_id is not None and self.physician_id == physician_id

    def use_version(self, number: int, *, keep: frozenset[str]) -> None:
        """Go on with a newer questionnaire, and the answers to the questions it still asks."""
        if self.status is not _Status.DRAFT:
            raise IntakeClosed("Your answers were submitted and cannot be changed.")
        kept = {link: answer for link, answer in self.intake.answers.items() if link in keep}
        self.intake = evolve(self.intake, answers=kept)
        self.service_version = number

    def save_answers(self, answers: Mapping[str, Any], *, now: datetime) -> None:
        """
        Keep what was answered so far.

        Raises:
            IntakeClosed: It was submitted.
        """
        if self.status is not _Status.DRAFT:
            raise IntakeClosed("Your answers were submitted and cannot be changed.")
        self.intake = evolve(self.intake, answers=dict(answers), saved_at=now)

    def submit(
        self,
        *,
        policy: CarePolicy,
        red_flags: tuple[RedFlag, ...],
        appointment_id: AppointmentId | None,
        now: datetime,
    ) -> None:
        """
        Freeze the answers and the terms.

        Raises:
            ConsultationMoved: It is not a draft any more.
        """
        self._move_to(_Status.AWAITING_PAYMENT)
        self.intake = evolve(self.intake, red_flags=red_flags, submitted_at=now)
        self.policy = policy
        self.appointment_id = appointment_id
        self.record(
            IntakeSubmitted(
                consultation_id=self.id,
                patient_id=self.patient_id,
                service_id=self.service_id,
                occurred_at=now,
            )
        )

    def stop_for_urgent_care(self, *, red_flags: tuple[RedFlag, ...], now: datetime) -> None:
        """Direct the patient to urgent care; nothing is charged."""
        self._move_to(_Status.STOPPED)
        self.intake = evolve(self.intake, red_flags=red_flags, submitted_at=now)
        self.stop_reason = StopReason.RED_FLAG
        self.ended_at = now
        self.record(
            IntakeStopped(
                consultation_id=self.id,
                patient_id=self.patient_id,
                reason=StopReason.RED_FLAG,
                occurred_at=now,
            )
        )

    def queue(self, *, now: datetime) -> None:
        """Payment is secured: the promise starts to run."""
        self._move_to(_Status.WAITING)
        self.queued_at = now
        terms = self.frozen_policy.terms
        if not terms.mode.is_booked and terms.promised_response is not None:
            self.promise = Promise.made(now=now, within=terms.promised_response)
        self.record(
            ConsultationQueued(
                consultation_id=self.id,
                patient_id=self.patient_id,
                service_id=self.service_id,
                appointment_id=self.appointment_id,
                promised_by=self.promise.promised_by if self.promise else None,
                occurred_at=now,
            )
        )

    def claim(self, *, physician_id: PhysicianId, now: datetime) -> None:
        """
        Take it from the queue. Taking one's own again changes nothing.

        Raises:
            AlreadyClaimed: Another physician has it.
            ConsultationMoved: It is not waiting.
        """
        if self.status in _TREATED and self.physician_id is not None:
            if self.physician_id != physician_id:
                raise AlreadyClaimed("Another physician has taken this consultation.")
            return
        self._move_to(_Status.CLAIMED)
        self.physician_id = physician_id
        self.claimed_at = now
        self.record(
            ConsultationClaimed(
                consultation_id=self.id,
                patient_id=self.patient_id,
                physician_id=physician_id,
                occurred_at=now,
            )
        )

    def reassign(self, *, physician_id: PhysicianId, now: datetime) -> None:
        """
        Hand it to another physician, begun or not.

        Raises:
            ConsultationMoved: Nobody has it, or it is over.
        """
        previous = self.physician_id
        if self.status not in (_Status.CLAIMED, _Status.IN_PROGRESS) or previous is None:
            raise ConsultationMoved("Only a consultation that a physician has can be handed over.")
        if previous == physician_id:
            return
        self.physician_id = physician_id
        self.record(
            ConsultationReassigned(
                consultation_id=self.id,
                patient_id=self.patient_id,
                from_physician_id=previous,
                physician_id=physician_id,
                occurred_at=now,
            )
        )

    def settle_pay(self, plan: FrozenPlan) -> None:
        """
        Note the plan of the physician who takes it, as things stood at the booking.

        Raises:
            ConsultationMoved: Nobody has it, or it is over.
        """
        if self.status not in (_Status.CLAIMED, _Status.IN_PROGRESS):
            raise ConsultationMoved("Pay is settled with the physician who has the consultation.")
        self.policy = evolve(self.frozen_policy, commission_plan=plan)

    def put_back(self, *, now: datetime) -> None:
        """
        Return it to the queue before it was begun. The promise keeps running.

        Raises:
            ConsultationMoved: It was begun, or nobody has it.
        """
        if self.status is _Status.IN_PROGRESS:
            raise ConsultationMoved("It was begun: hand it to another physician.")
        self.take_away(now=now)

    def take_away(self, *, now: datetime) -> None:
        """
        Return it to the queue, begun or not: its physician may not see patients any more.

        What was written stays for whoever takes it next.

        Raises:
            ConsultationMoved: It is over, or nobody has it.
        """
        physician_id = self._physician()
        self._move_to(_Status.WAITING)
        self.physician_id = self.claimed_at = self.opened_at = None
        self.record(
            ConsultationReturned(
                consultation_id=self.id,
                patient_id=self.patient_id,
                physician_id=physician_id,
                occurred_at=now,
            )
        )

    def open(self, *, now: datetime) -> None:
        """Begin the work. Opening again changes nothing."""
        if self.status is _Status.IN_PROGRESS:
            return
        self._move_to(_Status.IN_PROGRESS)
        self.opened_at = now
        self.record(
            ConsultationOpened(
                consultation_id=self.id,
                patient_id=self.patient_id,
                physician_id=self._physician(),
                occurred_at=now,
            )
        )

    def write_note(self, *, subjective: str, objective: str, assessment: str, plan: str) -> None:
        """
        Replace the text of the note.

        Raises:
            ConsultationMoved: It was not opened, or is over.
            NoteAlreadySigned: The note is final.
        """
        self._require_open()
        self.note = self.note.rewrite(
            subjective=subjective, objective=objective, assessment=assessment, plan=plan
        )

    def sign_note(self, *, now: datetime) -> None:
        """
        Make the note final. Signing again changes nothing.

        Raises:
            ConsultationMoved: It was not opened, or is over.
            NoteEmpty: Assessment or plan is missing.
        """
        if self.note.is_signed:
            return
        self._require_open()
        physician_id = self._physician()
        self.note = self.note.sign(physician_id=physician_id, now=now)
        self.record(
            NoteSigned(
                consultation_id=self.id,
                patient_id=self.patient_id,
                physician_id=physician_id,
                occurred_at=now,
            )
        )

    def add_addendum(self, *, text: str, now: datetime) -> None:
        """
        Say more after the note was signed.

        Raises:
            NoteNotSigned: The note itself can still be changed.
            NoteEmpty: Nothing was written.
        """
        self.note = self.note.add(text=text, physician_id=self._physician(), now=now)

    def complete(self, *, outcome: ConsultationOutcome, now: datetime) -> None:
        """
        Close it. The same outcome again changes nothing.

        Raises:
            OutcomeStands: It was closed with another one.
            NoteNotSigned: The note is not final.
            ConsultationMoved: It was not opened.
        """
        if self.status is _Status.COMPLETED:
            if self.outcome is not outcome:
                raise OutcomeStands("This consultation was completed with another outcome.")
            return
        self._require_open()
        if not self.note.is_signed:
            raise NoteNotSigned("Sign the note before you complete the consultation.")
        self._move_to(_Status.COMPLETED)
        self.outcome = outcome
        self.ended_at = now
        self.record(
            ConsultationCompleted(
                consultation_id=self.id,
                patient_id=self.patient_id,
                physician_id=self._physician(),
                outcome=outcome,
                occurred_at=now,
            )
        )

    def cancel(self, *, reason: CancellationReason, now: datetime) -> None:
        """
        End it without an outcome. Cancelling again changes nothing.

        Raises:
            ConsultationMoved: It has ended otherwise.
        """
        if self.status is _Status.CANCELLED:
            return
        self._move_to(_Status.CANCELLED)
        self.cancellation = reason
        self.ended_at = now
        self.record(
            ConsultationCancelled(
                consultation_id=self.id,
                patient_id=self.patient_id,
                physician_id=self.physician_id,
                reason=reason,
                occurred_at=now,
            )
        )

    def check_promise(self, *, now: datetime) -> None:
        """Note, once, that the promised time passed before a physician began."""
        promise = self.promise
        if promise is None or promise.broken_at is not None or not promise.is_overdue(now):
            return
        if self.status not in (_Status.WAITING, _Status.CLAIMED):
            return
        self.promise = evolve(promise, broken_at=now)
        self.record(
            PromiseBroken(
                consultation_id=self.id,
                patient_id=self.patient_id,
                promised_by=promise.promised_by,
                occurred_at=now,
            )
        )

    def _physician(self) -> PhysicianId:
        if self.physician_id is None:
            raise ConsultationMoved("No physician has taken this consultation.")
        return self.physician_id

    def _require_open(self) -> None:
        if self.status is not _Status.IN_PROGRESS:
            raise ConsultationMoved("This consultation is not open.")

    def _move_to(self, status: ConsultationStatus) -> None:
        if status not in _NEXT.get(self.status, set()):
            raise ConsultationMoved(f"A consultation that is {self.status} cannot become {status}.")
        self.status = status


_CLOCKS_DIFFER = timedelta(minutes=2)


def moment_of_end(*, now: datetime, last: datetime | None) -> datetime:
    """
    When a consultation ends, so that of two of one physician one is always the earlier.

    Args:
        last: When the physician's last one ended, perhaps by a clock that is ahead of ours. One
            that is further ahead than clocks differ was wrong, and is not followed.
    """
    if last is None or last < now or last - now > _CLOCKS_DIFFER:
        return now
    return last + timedelta(microseconds=1)
