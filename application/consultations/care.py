"""
The physician's work: open, note, sign, complete.
"""

from datetime import datetime

from attrs import frozen

from application.consultations.access import require_its_physician
from application.consultations.ports import ConsultationsUnitOfWork
from application.shared.access import Actor, require_person
from application.shared.ports import Clock, Ids, UnitOfWork
from domain.consultations.assignment import check_is_active, check_may_practise
from domain.consultations.consultation import (
    Consultation,
    ConsultationStatus,
    moment_of_end,
)
from domain.consultations.follow_up import FollowUp, FollowUpPlan
from domain.consultations.outcome import ConsultationOutcome
from domain.shared.errors import Conflict
from domain.shared.ids import ConsultationId, FollowUpId, to_wire


class NothingPrescribed(Conflict):
    """The outcome says prescribed, but no prescription was signed."""


@frozen
class OpenConsultation:
    """
    Begin the work on a claimed consultation.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Open it; opening it again changes nothing.

        Raises:
            ConsultationMoved: It is over.
            PhysicianNotActive, NotLicensedHere: Not allowed to see the patient any more.
        """
        require_person(actor)
        now = self._clock.now()
        with self._uow as uow:
            consultation = _treated(uow, actor, consultation_id)
            if consultation.status is ConsultationStatus.IN_PROGRESS:
                return
            if actor.physician_id is not None:
                physician = uow.physicians.read(actor.physician_id)
                check_may_practise(physician, place=consultation.place, now=now)
            consultation.open(now=now)
            uow.consultations.save(consultation)
            _note_deed(uow, actor, consultation, "consultation.opened")
            uow.commit()


@frozen
class WriteNote:
    """
    Keep the clinical note as far as it is written.
    """

    _uow: ConsultationsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        subjective: str,
        objective: str,
        assessment: str,
        plan: str,
    ) -> None:
        """
        Replace the text.

        Raises:
            ConsultationMoved: It is not open.
            PhysicianNotActive: Suspended meanwhile.
            NoteAlreadySigned: The note is final.
        """
        require_person(actor)
        with self._uow as uow:
            consultation = _treated(uow, actor, consultation_id)
            _require_active(uow, actor)
            consultation.write_note(
                subjective=subjective, objective=objective, assessment=assessment, plan=plan
            )
            uow.consultations.save(consultation)
            _note_deed(uow, actor, consultation, "consultation.note_written")
            uow.commit()


@frozen
class SignNote:
    """
    Make the clinical note final. A program can never sign.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Sign it; signing it again changes nothing.

        Raises:
            AccessDenied: A program asks.
            PhysicianNotActive: Suspended meanwhile.
            NoteEmpty: Assessment or plan is missing.
        """
        require_person(actor)
        with self._uow as uow:
            consultation = _treated(uow, actor, consultation_id)
            if consultation.note.is_signed:
                return
            _require_active(uow, actor)
            consultation.sign_note(now=self._clock.now())
            uow.consultations.save(consultation)
            _note_deed(uow, actor, consultation, "consultation.note_signed")
            uow.commit()


@frozen
class AddAddendum:
    """
    Say more after the note was signed.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId, text: str) -> None:
        """
        Append it. The same text by the same physician is appended once.

        Raises:
            NoteNotSigned: The note itself can still be changed.
        """
        require_person(actor)
        with self._uow as uow:
            consultation = _treated(uow, actor, consultation_id)
            if any(addendum.text == text for addendum in consultation.note.addenda):
                return
            consultation.add_addendum(text=text, now=self._clock.now())
            uow.consultations.save(consultation)
            _note_deed(uow, actor, consultation, "consultation.addendum_written")
            uow.commit()


@frozen
class CompleteConsultation:
    """
    Close a consultation with its outcome, and plan the follow-up.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        outcome: ConsultationOutcome,
        follow_up: FollowUpPlan | None = None,
    ) -> None:
        """
        Complete it; the same outcome again changes nothing.

        Raises:
            NoteNotSigned: The note is not final.
            NothingPrescribed: No prescription was signed in it.
            PhysicianNotActive: Suspended meanwhile.
            OutcomeStands: It was completed with another outcome.
        """
        require_person(actor)
        with self._uow as uow:
            consultation = _treated(uow, actor, consultation_id)
            was_over = consultation.has_ended
            if not was_over:
                _require_active(uow, actor)
            if outcome is ConsultationOutcome.PRESCRIBED and not uow.prescriptions.signed_in(
                consultation_id
            ):
                raise NothingPrescribed("Sign a prescription first, or choose another outcome.")
            now = self._moment_of_end(uow, consultation)
            consultation.complete(outcome=outcome, now=now)
            if was_over:
                return
            uow.consultations.save(consultation)
            if follow_up is not None:
                uow.follow_ups.add(_planned(self._ids, consultation, follow_up, now))
            _note_deed(uow, actor, consultation, "consultation.completed")
            uow.commit()

    def _moment_of_end(self, uow: ConsultationsUnitOfWork, consultation: Consultation) -> datetime:
        # A tier counts what ended earlier in the month: what has ended must be stored in order.
        physician_id = consultation.physician_id
        last = None if physician_id is None else uow.consultations.last_end_of(physician_id)
        return moment_of_end(now=self._clock.now(), last=last)


def _planned(ids: Ids, consultation: Consultation, plan: FollowUpPlan, now: datetime) -> FollowUp:
    return FollowUp.schedule(
        follow_up_id=FollowUpId(ids.new()),
        consultation_id=consultation.id,
        patient_id=consultation.patient_id,
        due_at=plan.due_at,
        instructions=plan.instructions,
        now=now,
    )


def _treated(
    uow: ConsultationsUnitOfWork, actor: Actor, consultation_id: ConsultationId
) -> Consultation:
    consultation = uow.consultations.get(consultation_id)
    require_its_physician(actor, consultation)
    return consultation


def _require_active(uow: ConsultationsUnitOfWork, actor: Actor) -> None:
    if actor.physician_id is not None:
        check_is_active(uow.physicians.read(actor.physician_id))


def _note_deed(uow: UnitOfWork, actor: Actor, consultation: Consultation, action: str) -> None:
    uow.audit.record(
        actor=actor,
        action=action,
        subject=to_wire("consultation", consultation.id),
        patient_id=consultation.patient_id,
    )
