from datetime import timedelta
from uuid import UUID

import pytest

from application.consultations.cancellation import CancelConsultation, VisitNotMissed
from application.consultations.care import (
    AddAddendum,
    CompleteConsultation,
    NothingPrescribed,
    OpenConsultation,
    SignNote,
    WriteNote,
)
from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.deadlines import CheckPromises, RaiseDueFollowUps
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.consultations.assignment import PhysicianNotActive
from domain.consultations.clinical_note import NoteAlreadySigned, NoteEmpty, NoteNotSigned
from domain.consultations.consultation import (
    ConsultationMoved,
    ConsultationNotFound,
    ConsultationStatus,
    OutcomeStands,
)
from domain.consultations.events import (
    ConsultationCancelled,
    ConsultationCompleted,
    ConsultationOpened,
    FollowUpDue,
    FollowUpScheduled,
    MessageSent,
    NoteSigned,
    PromiseBroken,
)
from domain.consultations.follow_up import FollowUpInThePast, FollowUpPlan
from domain.consultations.message import ConversationClosed, MessageUnfit
from domain.consultations.outcome import (
    CancellationReason,
    ConsultationOutcome,
    MessageSender,
)
from domain.scheduling.appointment import Appointment
from domain.scheduling.booking_policy import BookingPolicy
from domain.shared.ids import AppointmentId, ConsultationId
from domain.shared.period import Period
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    A_PROGRAM,
    A_STRANGER,
    ANOTHER_PHYSICIAN,
    OPERATIONS,
    PATIENT,
    Clinic,
)
from tests.builders.physicians import PHYSICIAN


def complete(
    clinic: Clinic,
    consultation_id: ConsultationId,
    outcome: ConsultationOutcome = ConsultationOutcome.TREATED,
    follow_up: FollowUpPlan | None = None,
) -> None:
    CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PHYSICIAN,
        consultation_id=consultation_id,
        outcome=outcome,
        follow_up=follow_up,
    )


class TestOpenConsultation:
    def test_opening_again_changes_nothing(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()

        OpenConsultation(clinic.uow, clinic.clock)(
            actor=A_PHYSICIAN, consultation_id=consultation_id
        )

        assert len(clinic.uow.events_of(ConsultationOpened)) == 1

    def test_is_hidden_from_other_physicians(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationNotFound):
            OpenConsultation(clinic.uow, clinic.clock)(
                actor=ANOTHER_PHYSICIAN, consultation_id=clinic.claimed()
            )

    def test_is_not_gone_on_with_by_one_who_was_suspended_since(self, clinic: Clinic) -> None:
        begun, noted = clinic.opened(), clinic.noted()
        clinic.suspend_physician()

        with pytest.raises(PhysicianNotActive):
            WriteNote(clinic.uow)(
                actor=A_PHYSICIAN,
                consultation_id=begun,
                subjective="",
                objective="",
                assessment="Migraine.",
                plan="Rest.",
            )
        with pytest.raises(PhysicianNotActive):
            SignNote(clinic.uow, clinic.clock)(actor=A_PHYSICIAN, consultation_id=begun)
        with pytest.raises(PhysicianNotActive):
            complete(clinic, noted)

    def test_is_refused_to_one_who_was_suspended_since(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()
        clinic.suspend_physician()

        with pytest.raises(PhysicianNotActive):
            OpenConsultation(clinic.uow, clinic.clock)(
                actor=A_PHYSICIAN, consultation_id=consultation_id
            )


class TestNote:
    def write(self, clinic: Clinic, consultation_id: ConsultationId, plan: str) -> None:
        WriteNote(clinic.uow)(
            actor=A_PHYSICIAN,
            consultation_id=consultation_id,
            subjective="",
            objective="",
            assessment="Tension headache.",
            plan=plan,
        )

    def test_a_signed_note_cannot_be_rewritten(self, clinic: Clinic) -> None:
        with pytest.raises(NoteAlreadySigned):
            self.write(clinic, clinic.noted(), "Something else.")

    def test_an_empty_note_cannot_be_signed(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()
        self.write(clinic, consultation_id, "  ")

        with pytest.raises(NoteEmpty):
            SignNote(clinic.uow, clinic.clock)(actor=A_PHYSICIAN, consultation_id=consultation_id)

    def test_signing_again_changes_nothing(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()

        SignNote(clinic.uow, clinic.clock)(actor=A_PHYSICIAN, consultation_id=consultation_id)

        assert len(clinic.uow.events_of(NoteSigned)) == 1

    def test_a_program_can_never_sign(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()
        self.write(clinic, consultation_id, "Rest.")

        for actor in (A_PROGRAM, SYSTEM):
            with pytest.raises(AccessDenied):
                SignNote(clinic.uow, clinic.clock)(actor=actor, consultation_id=consultation_id)

    def test_an_addendum_is_added_once(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        add = AddAddendum(clinic.uow, clinic.clock)

        add(actor=A_PHYSICIAN, consultation_id=consultation_id, text="Called back.")
        add(actor=A_PHYSICIAN, consultation_id=consultation_id, text="Called back.")

        note = clinic.consultation(consultation_id).note
        assert [addendum.text for addendum in note.addenda] == ["Called back."]


class TestCompleteConsultation:
    def test_closes_it_with_its_outcome(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()

        complete(clinic, consultation_id)

        assert clinic.consultation(consultation_id).status is ConsultationStatus.COMPLETED
        (completed,) = clinic.uow.events_of(ConsultationCompleted)
        assert completed.outcome is ConsultationOutcome.TREATED

    def test_needs_a_signed_note(self, clinic: Clinic) -> None:
        with pytest.raises(NoteNotSigned):
            complete(clinic, clinic.opened())

    def test_completing_again_changes_nothing(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        plan = FollowUpPlan(due_at=clinic.clock.now() + timedelta(days=7))

        complete(clinic, consultation_id, follow_up=plan)
        complete(clinic, consultation_id, follow_up=plan)

        assert len(clinic.uow.events_of(ConsultationCompleted)) == 1
        assert len(clinic.uow.events_of(FollowUpScheduled)) == 1

    def test_another_outcome_is_refused(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        complete(clinic, consultation_id)

        with pytest.raises(OutcomeStands):
            complete(clinic, consultation_id, ConsultationOutcome.REFERRED)

    def test_prescribed_needs_a_signed_prescription(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        with pytest.raises(NothingPrescribed):
            complete(clinic, consultation_id, ConsultationOutcome.PRESCRIBED)

        clinic.signed(consultation_id=consultation_id)
        complete(clinic, consultation_id, ConsultationOutcome.PRESCRIBED)

        assert clinic.consultation(consultation_id).status is ConsultationStatus.COMPLETED

    def test_a_follow_up_lies_ahead(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()

        with pytest.raises(FollowUpInThePast):
            complete(clinic, consultation_id, follow_up=FollowUpPlan(due_at=clinic.clock.now()))

        assert clinic.consultation(consultation_id).status is ConsultationStatus.IN_PROGRESS


class TestCancelConsultation:
    def cancel(
        self,
        clinic: Clinic,
        consultation_id: ConsultationId,
        actor: Actor,
        reason: CancellationReason | None = None,
    ) -> None:
        CancelConsultation(clinic.uow, clinic.clock)(
            actor=actor, consultation_id=consultation_id, reason=reason
        )

    @pytest.mark.parametrize("stage", ["draft", "submitted", "waiting", "claimed"])
    def test_a_patient_may_until_the_physician_has_begun(self, clinic: Clinic, stage: str) -> None:
        consultation_id = getattr(clinic, stage)()

        self.cancel(clinic, consultation_id, A_PATIENT, CancellationReason.PLATFORM)

        (cancelled,) = clinic.uow.events_of(ConsultationCancelled)
        assert cancelled.reason is CancellationReason.PATIENT_CHANGED_MIND

    def test_a_patient_may_not_afterwards_but_staff_may(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()
        with pytest.raises(AccessDenied):
            self.cancel(clinic, consultation_id, A_PATIENT)

        self.cancel(clinic, consultation_id, OPERATIONS)
        self.cancel(clinic, consultation_id, OPERATIONS)

        assert len(clinic.uow.events_of(ConsultationCancelled)) == 1

    def test_its_physician_needs_a_clinical_reason(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()
        with pytest.raises(AccessDenied):
            self.cancel(clinic, consultation_id, A_PHYSICIAN, CancellationReason.PLATFORM)

        self.cancel(clinic, consultation_id, A_PHYSICIAN, CancellationReason.NOT_SUITABLE_ONLINE)

        assert clinic.consultation(consultation_id).status is ConsultationStatus.CANCELLED

    def test_only_a_booked_visit_whose_time_has_come_was_missed(self, clinic: Clinic) -> None:
        """What the policy keeps of a missed visit is pay: nobody may help themselves to it."""
        consultation_id = clinic.opened()
        missed = CancellationReason.PATIENT_NO_SHOW
        with pytest.raises(VisitNotMissed):
            self.cancel(clinic, consultation_id, A_PHYSICIAN, missed)
        start = clinic.clock.now() + timedelta(days=1)
        appointment = Appointment.hold(
            id=AppointmentId(UUID(int=71)),
            physician_id=PHYSICIAN,
            patient_id=PATIENT,
            consultation_id=consultation_id,
            during=Period(start, start + timedelta(minutes=30)),
            policy=BookingPolicy(),
            now=clinic.clock.now(),
        )
        appointment.book(now=clinic.clock.now())
        with clinic.uow as uow:
            uow.appointments.add(appointment)
            uow.commit()
        with pytest.raises(VisitNotMissed):
            self.cancel(clinic, consultation_id, A_PHYSICIAN, missed)

        clinic.clock.pass_by(timedelta(days=1))
        self.cancel(clinic, consultation_id, A_PHYSICIAN, missed)

        assert clinic.consultation(consultation_id).cancellation is missed

    def test_nobody_else_may_know_of_it(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationNotFound):
            self.cancel(clinic, clinic.waiting(), A_STRANGER)

    def test_what_is_completed_stays_so(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        complete(clinic, consultation_id)

        with pytest.raises(ConsultationMoved):
            self.cancel(clinic, consultation_id, OPERATIONS)


class TestConversation:
    def send(self, clinic: Clinic, consultation_id: ConsultationId, actor: Actor) -> None:
        SendMessage(clinic.uow, clinic.clock, clinic.ids)(
            actor=actor, consultation_id=consultation_id, body="  Is it still there?  "
        )

    def test_the_other_side_reads_it_and_the_first_time_counts(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()
        self.send(clinic, consultation_id, A_PHYSICIAN)
        read = ReadMessages(clinic.uow, clinic.clock)

        (own,) = read(actor=A_PHYSICIAN, consultation_id=consultation_id)
        assert own.read_at is None
        (first,) = read(actor=A_PATIENT, consultation_id=consultation_id)
        clinic.clock.pass_by(timedelta(minutes=5))
        (second,) = read(actor=A_PATIENT, consultation_id=consultation_id)

        assert first.body == "Is it still there?"
        assert first.sender is MessageSender.PHYSICIAN
        assert second.read_at == first.read_at is not None

    def test_says_who_wrote_and_to_whom(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()
        self.send(clinic, consultation_id, A_PATIENT)

        (sent,) = clinic.uow.events_of(MessageSent)
        assert sent.sender is MessageSender.PATIENT
        assert sent.physician_id == A_PHYSICIAN.physician_id

    def test_there_is_nobody_to_write_to_before_payment(self, clinic: Clinic) -> None:
        with pytest.raises(ConversationClosed):
            self.send(clinic, clinic.submitted(), A_PATIENT)

    @pytest.mark.parametrize("actor", [A_STRANGER, ANOTHER_PHYSICIAN, OPERATIONS])
    def test_nobody_else_reads_or_writes(self, clinic: Clinic, actor: Actor) -> None:
        consultation_id = clinic.claimed()

        with pytest.raises(ConsultationNotFound):
            self.send(clinic, consultation_id, actor)
        with pytest.raises(ConsultationNotFound):
            ReadMessages(clinic.uow, clinic.clock)(actor=actor, consultation_id=consultation_id)

    def test_an_empty_letter_is_refused(self, clinic: Clinic) -> None:
        with pytest.raises(MessageUnfit):
            SendMessage(clinic.uow, clinic.clock, clinic.ids)(
                actor=A_PATIENT, consultation_id=clinic.waiting(), body=" \n"
            )


class TestDeadlines:
    def test_a_broken_promise_is_noticed_once(self, clinic: Clinic) -> None:
        consultation_id = clinic.waiting()
        check = CheckPromises(clinic.uow, clinic.clock)
        clinic.clock.pass_by(timedelta(hours=3, minutes=59))
        assert check(actor=SYSTEM) == 0

        clinic.clock.pass_by(timedelta(minutes=1))
        assert check(actor=SYSTEM) == 1
        assert check(actor=SYSTEM) == 0

        (broken,) = clinic.uow.events_of(PromiseBroken)
        assert broken.consultation_id == consultation_id

    def test_a_physician_who_began_in_time_kept_the_promise(self, clinic: Clinic) -> None:
        clinic.opened()
        clinic.clock.pass_by(timedelta(days=1))

        assert CheckPromises(clinic.uow, clinic.clock)(actor=SYSTEM) == 0

    def test_a_follow_up_falls_due_once(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        plan = FollowUpPlan(due_at=clinic.clock.now() + timedelta(days=7))
        complete(clinic, consultation_id, follow_up=plan)
        raise_due = RaiseDueFollowUps(clinic.uow, clinic.clock)
        assert raise_due(actor=SYSTEM) == 0

        clinic.clock.pass_by(timedelta(days=7))
        assert raise_due(actor=SYSTEM) == 1
        assert raise_due(actor=SYSTEM) == 0

        assert len(clinic.uow.events_of(FollowUpDue)) == 1
