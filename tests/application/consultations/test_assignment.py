from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from application.consultations.assignment import (
    AssignConsultation,
    ClaimConsultation,
    QueueConsultation,
    ReassignConsultation,
    ReturnConsultation,
    ReturnConsultationsOf,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.consultations.assignment import (
    NotLicensedHere,
    OwnConsultation,
    PhysicianNotActive,
    SpecialtyMissing,
)
from domain.consultations.consultation import (
    AlreadyClaimed,
    ConsultationMoved,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.events import (
    ConsultationClaimed,
    ConsultationQueued,
    ConsultationReassigned,
    ConsultationReturned,
)
from domain.physicians.events import SuspensionReason
from domain.scheduling.appointment import Appointment
from domain.scheduling.booking_policy import BookingPolicy
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId
from domain.shared.period import Period
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    A_PROGRAM,
    ANOTHER_PHYSICIAN,
    OPERATIONS,
    PATIENT,
    PATIENT_USER,
    SECOND_PHYSICIAN,
    Clinic,
)
from tests.builders.physicians import PHYSICIAN, an_active_physician


class TestQueueConsultation:
    def test_starts_the_promise(self, clinic: Clinic) -> None:
        consultation = clinic.consultation(clinic.waiting())

        assert consultation.status is ConsultationStatus.WAITING
        (queued,) = clinic.uow.events_of(ConsultationQueued)
        assert queued.promised_by == clinic.clock.now() + timedelta(hours=4)

    def test_runs_twice_without_a_second_promise(self, clinic: Clinic) -> None:
        consultation_id = clinic.waiting()
        clinic.clock.pass_by(timedelta(hours=1))

        QueueConsultation(clinic.uow, clinic.clock)(actor=SYSTEM, consultation_id=consultation_id)

        assert len(clinic.uow.events_of(ConsultationQueued)) == 1

    def test_is_the_platforms_alone(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            QueueConsultation(clinic.uow, clinic.clock)(
                actor=A_PATIENT, consultation_id=clinic.submitted()
            )


class TestClaimConsultation:
    def claim(self, clinic: Clinic, consultation_id: ConsultationId) -> None:
        ClaimConsultation(clinic.uow, clinic.clock)(
            actor=A_PHYSICIAN, consultation_id=consultation_id
        )

    def test_gives_it_to_the_physician(self, clinic: Clinic) -> None:
        consultation = clinic.consultation(clinic.claimed())

        assert consultation.status is ConsultationStatus.CLAIMED
        assert consultation.physician_id == PHYSICIAN
        assert len(clinic.uow.events_of(ConsultationClaimed)) == 1

    def test_the_second_physician_is_told_so(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()

        with pytest.raises(AlreadyClaimed):
            ClaimConsultation(clinic.uow, clinic.clock)(
                actor=ANOTHER_PHYSICIAN, consultation_id=consultation_id
            )

    def test_claiming_ones_own_again_changes_nothing(self, clinic: Clinic) -> None:
        self.claim(clinic, clinic.claimed())

        assert len(clinic.uow.events_of(ConsultationClaimed)) == 1

    def test_refuses_a_physician_without_a_licence_there(self, clinic: Clinic) -> None:
        clinic.uow.physicians.restore(({}, {}))
        with clinic.uow as uow:
            uow.physicians.add(an_active_physician(place="US-CA"))
            uow.commit()

        with pytest.raises(NotLicensedHere):
            self.claim(clinic, clinic.waiting())

    def test_a_licence_holds_on_its_last_day_and_not_on_the_next(self, clinic: Clinic) -> None:
        clinic.uow.physicians.restore(({}, {}))
        with clinic.uow as uow:
            uow.physicians.add(an_active_physician(expires_on=date(2026, 3, 3)))
            uow.commit()
        consultation_id = clinic.waiting()

        clinic.clock.at = datetime(2026, 3, 4, 0, 30, tzinfo=ZoneInfo("Australia/Sydney"))
        with pytest.raises(NotLicensedHere):
            self.claim(clinic, consultation_id)
        clinic.clock.at = datetime(2026, 3, 3, 23, 30, tzinfo=ZoneInfo("Australia/Sydney"))
        self.claim(clinic, consultation_id)

        assert clinic.consultation(consultation_id).physician_id == PHYSICIAN

    def test_refuses_a_suspended_physician(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=clinic.clock.now())
            uow.physicians.save(physician)
            uow.commit()

        with pytest.raises(PhysicianNotActive):
            self.claim(clinic, clinic.waiting())

    def test_refuses_another_specialty(self, clinic: Clinic) -> None:
        clinic.uow.physicians.restore(({}, {}))
        with clinic.uow as uow:
            uow.physicians.add(an_active_physician(specialties=frozenset({"dermatology"})))
            uow.commit()

        with pytest.raises(SpecialtyMissing):
            self.claim(clinic, clinic.waiting())

    def test_a_program_cannot_claim(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            ClaimConsultation(clinic.uow, clinic.clock)(
                actor=A_PROGRAM, consultation_id=clinic.waiting()
            )

    def test_refuses_one_that_is_not_paid(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationMoved):
            self.claim(clinic, clinic.submitted())


class TestOwnConsultation:
    """A physician is somebody's patient as well, but never their own."""

    def own_patient(self, clinic: Clinic) -> Actor:
        with clinic.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.user_id = PATIENT_USER
            uow.physicians.save(physician)
            uow.commit()
        return evolve(A_PATIENT, roles={Role.PATIENT, Role.PHYSICIAN}, physician_id=PHYSICIAN)

    def test_cannot_be_claimed(self, clinic: Clinic) -> None:
        with pytest.raises(OwnConsultation):
            ClaimConsultation(clinic.uow, clinic.clock)(
                actor=self.own_patient(clinic), consultation_id=clinic.waiting()
            )

    def test_cannot_be_handed_over_to_them(self, clinic: Clinic) -> None:
        self.own_patient(clinic)

        with pytest.raises(OwnConsultation):
            ReassignConsultation(clinic.uow, clinic.clock)(
                actor=OPERATIONS,
                consultation_id=clinic.waiting(),
                physician_id=PHYSICIAN,
                reason="illness",
            )

    def test_is_passed_over_when_booked(self, clinic: Clinic) -> None:
        self.own_patient(clinic)
        consultation_id = clinic.waiting()
        TestAssignConsultation().booked(clinic, consultation_id, PHYSICIAN)

        AssignConsultation(clinic.uow, clinic.clock)(actor=SYSTEM, consultation_id=consultation_id)

        assert clinic.consultation(consultation_id).status is ConsultationStatus.WAITING


class TestAssignConsultation:
    def booked(
        self, clinic: Clinic, consultation_id: ConsultationId, physician_id: PhysicianId
    ) -> None:
        start = clinic.clock.now() + timedelta(days=1)
        appointment = Appointment.hold(
            id=AppointmentId(UUID(int=71)),
            physician_id=physician_id,
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

    def test_a_booked_one_goes_to_the_physician_of_its_appointment(self, clinic: Clinic) -> None:
        consultation_id = clinic.waiting()
        self.booked(clinic, consultation_id, SECOND_PHYSICIAN)

        AssignConsultation(clinic.uow, clinic.clock)(actor=SYSTEM, consultation_id=consultation_id)

        assert clinic.consultation(consultation_id).physician_id == SECOND_PHYSICIAN

    def test_one_in_writing_stays_in_the_queue(self, clinic: Clinic) -> None:
        consultation_id = clinic.waiting()

        AssignConsultation(clinic.uow, clinic.clock)(actor=SYSTEM, consultation_id=consultation_id)

        assert clinic.consultation(consultation_id).status is ConsultationStatus.WAITING

    def test_a_physician_who_may_not_any_more_is_passed_over(self, clinic: Clinic) -> None:
        consultation_id = clinic.waiting()
        self.booked(clinic, consultation_id, PHYSICIAN)
        with clinic.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=clinic.clock.now())
            uow.physicians.save(physician)
            uow.commit()

        AssignConsultation(clinic.uow, clinic.clock)(actor=SYSTEM, consultation_id=consultation_id)

        assert clinic.consultation(consultation_id).status is ConsultationStatus.WAITING


class TestReassignConsultation:
    def reassign(self, clinic: Clinic, consultation_id: ConsultationId, **changes: object) -> None:
        arguments = {
            "actor": OPERATIONS,
            "consultation_id": consultation_id,
            "physician_id": SECOND_PHYSICIAN,
            "reason": "illness",
            **changes,
        }
        ReassignConsultation(clinic.uow, clinic.clock)(**arguments)  # type: ignore[arg-type]

    def test_staff_hands_it_over_in_the_middle_of_the_work(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()

        self.reassign(clinic, consultation_id)

        consultation = clinic.consultation(consultation_id)
        assert consultation.status is ConsultationStatus.IN_PROGRESS
        assert consultation.physician_id == SECOND_PHYSICIAN
        (handed_over,) = clinic.uow.events_of(ConsultationReassigned)
        assert handed_over.from_physician_id == PHYSICIAN

    def test_twice_is_once(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()

        self.reassign(clinic, consultation_id)
        self.reassign(clinic, consultation_id)

        assert len(clinic.uow.events_of(ConsultationReassigned)) == 1

    def test_staff_assigns_one_that_waits(self, clinic: Clinic) -> None:
        consultation_id = clinic.waiting()

        self.reassign(clinic, consultation_id)

        assert clinic.consultation(consultation_id).physician_id == SECOND_PHYSICIAN

    def test_another_physician_may_not_take_it_away(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationNotFound):
            self.reassign(clinic, clinic.claimed(), actor=ANOTHER_PHYSICIAN)


class TestReturnConsultation:
    def test_puts_it_back_and_the_promise_runs_on(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()
        promise = clinic.consultation(consultation_id).promise

        ReturnConsultation(clinic.uow, clinic.clock)(
            actor=A_PHYSICIAN, consultation_id=consultation_id
        )

        consultation = clinic.consultation(consultation_id)
        assert consultation.status is ConsultationStatus.WAITING
        assert consultation.physician_id is None
        assert consultation.promise == promise
        assert len(clinic.uow.events_of(ConsultationReturned)) == 1

    def test_not_once_it_was_begun(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationMoved):
            ReturnConsultation(clinic.uow, clinic.clock)(
                actor=A_PHYSICIAN, consultation_id=clinic.opened()
            )


class TestReturnConsultationsOf:
    def return_all(self, clinic: Clinic, actor: Actor = SYSTEM) -> None:
        ReturnConsultationsOf(clinic.uow, clinic.clock)(actor=actor, physician_id=PHYSICIAN)

    def test_what_a_suspended_physician_has_waits_for_others(self, clinic: Clinic) -> None:
        begun, claimed = clinic.noted(), clinic.claimed()
        clinic.suspend_physician()

        self.return_all(clinic)
        self.return_all(clinic)

        assert clinic.consultation(claimed).status is ConsultationStatus.WAITING
        assert clinic.consultation(begun).status is ConsultationStatus.WAITING
        returned = clinic.uow.events_of(ConsultationReturned)
        assert [one.consultation_id for one in returned] == [begun, claimed]

    def test_another_physician_goes_on_from_what_was_written(self, clinic: Clinic) -> None:
        begun = clinic.noted()
        clinic.suspend_physician()
        self.return_all(clinic)

        ClaimConsultation(clinic.uow, clinic.clock)(actor=ANOTHER_PHYSICIAN, consultation_id=begun)

        taken = clinic.consultation(begun)
        assert (taken.status, taken.opened_at) == (ConsultationStatus.CLAIMED, None)
        assert taken.note.plan == "Rest and fluids."

    def test_who_was_reinstated_meanwhile_keeps_them(self, clinic: Clinic) -> None:
        claimed = clinic.claimed()

        self.return_all(clinic)

        assert clinic.consultation(claimed).status is ConsultationStatus.CLAIMED

    def test_is_the_platforms_alone(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            self.return_all(clinic, OPERATIONS)
