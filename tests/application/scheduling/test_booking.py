"""
Holding, confirming, moving and releasing appointments.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from application.scheduling.booking import (
    ConfirmAppointment,
    ExpireHolds,
    NothingToBook,
    ReleaseAppointment,
    RescheduleAppointment,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.consultations.consultation import Consultation, ConsultationStatus
from domain.consultations.outcome import CancellationReason
from domain.physicians.events import SuspensionReason
from domain.scheduling.appointment import AppointmentNotFound, AppointmentStatus
from domain.scheduling.availability import (
    AvailabilityNotFound,
    BookingLimits,
    SlotNotOffered,
    SlotTaken,
)
from domain.scheduling.booking_policy import MovedTooOften, TooLateToMove
from domain.scheduling.events import (
    AppointmentBooked,
    AppointmentLost,
    AppointmentReleased,
    AppointmentRescheduled,
    SlotHeld,
)
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId
from tests.builders.catalogue import WRITTEN, published
from tests.builders.physicians import PHYSICIAN
from tests.builders.scheduling import (
    TUESDAY_NINE,
    Clinic,
    as_patient,
    confirm,
    consultation_id,
    hold,
)
from tests.fakes.unit_of_work import FakeUnitOfWork

OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))
HALF_HOUR = timedelta(minutes=30)
HOLD = timedelta(minutes=10)


def move(
    clinic: Clinic,
    *,
    to: datetime,
    actor: Actor | None = None,
    physician_id: PhysicianId | None = None,
) -> AppointmentId:
    return RescheduleAppointment(clinic.uow, clinic.clock)(
        actor=actor or as_patient(),
        consultation_id=consultation_id(),
        start_at=to,
        physician_id=physician_id,
    )


def change(
    uow: FakeUnitOfWork, changing: Callable[[Consultation], object], number: int = 1
) -> None:
    with uow:
        consultation = uow.consultations.get(consultation_id(number))
        changing(consultation)
        uow.consultations.save(consultation)
        uow.commit()


def status_of(uow: FakeUnitOfWork, number: int = 1) -> AppointmentStatus:
    appointment = uow.appointments.read_latest_of(consultation_id(number))
    assert appointment is not None
    return appointment.status


class TestHoldSlot:
    def test_keeps_a_time_for_ten_minutes(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft()

        hold(clinic)

        (event,) = uow.events_of(SlotHeld)
        assert event.hold_expires_at == clinic.clock.now() + HOLD

    def test_finds_the_same_hold_again(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft()

        assert hold(clinic) == hold(clinic)
        assert len(uow.events_of(SlotHeld)) == 1

    def test_gives_the_other_time_back(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)

        hold(clinic, 1, at=TUESDAY_NINE + HALF_HOUR)

        assert len(uow.events_of(AppointmentReleased)) == 1
        hold(clinic, 2)

    def test_refuses_what_somebody_else_holds(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)

        for minutes in (0, 15):
            with pytest.raises(SlotTaken):
                hold(clinic, 2, at=TUESDAY_NINE + timedelta(minutes=minutes))
        hold(clinic, 2, at=TUESDAY_NINE + HALF_HOUR)

    def test_gives_a_run_out_hold_to_the_next(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)
        clinic.clock.pass_by(HOLD)

        hold(clinic, 2)

        assert status_of(uow, 1) is AppointmentStatus.RELEASED
        assert status_of(uow, 2) is AppointmentStatus.HELD
        assert len(uow.events_of(AppointmentReleased)) == 1

    @pytest.mark.parametrize(
        "at",
        [
            TUESDAY_NINE - HALF_HOUR,
            TUESDAY_NINE + timedelta(minutes=5),
            TUESDAY_NINE + timedelta(days=4),
            TUESDAY_NINE - timedelta(days=1),
        ],
    )
    def test_keeps_to_the_hours(self, clinic: Clinic, at: datetime) -> None:
        clinic.draft()

        with pytest.raises(SlotNotOffered):
            hold(clinic, at=at)

    def test_keeps_to_the_daily_cap(self, clinic: Clinic) -> None:
        clinic.open(limits=BookingLimits(daily_cap=1))
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)

        with pytest.raises(SlotNotOffered):
            hold(clinic, 2, at=TUESDAY_NINE + timedelta(hours=3))
        hold(clinic, 2, at=TUESDAY_NINE + timedelta(days=1))

    def test_needs_a_physician_who_may_see_this_patient(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        elsewhere = clinic.add_physician(1, place="NZ")
        skin = clinic.add_physician(2, specialties=frozenset({"dermatology"}))
        expiring = clinic.add_physician(3, expires_on=TUESDAY_NINE.date())
        suspended = clinic.add_physician(4)
        with uow:
            physician = uow.physicians.get(suspended.id)
            physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=clinic.clock.now())
            uow.physicians.save(physician)
            uow.commit()
        clinic.draft()

        for physician in (elsewhere, skin, expiring, suspended):
            with pytest.raises(SlotNotOffered):
                hold(clinic, physician_id=physician.id)

    def test_needs_a_physician_with_hours(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        physician = clinic.add_physician(1)
        uow.availability._store.rows.pop(physician.id)
        clinic.draft()

        with pytest.raises(AvailabilityNotFound):
            hold(clinic, physician_id=physician.id)

    def test_is_only_for_services_by_appointment(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        written = published(uow, clinic.clock, clinic.ids, WRITTEN, code="headache")
        clinic.draft()
        change(uow, lambda consultation: setattr(consultation, "service_id", written))

        with pytest.raises(NothingToBook):
            hold(clinic)

    def test_is_too_late_once_it_was_paid_for(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft()
        change(uow, lambda it: setattr(it, "status", ConsultationStatus.WAITING))

        with pytest.raises(NothingToBook):
            hold(clinic)

    def test_who_paid_and_lost_the_time_has_another_one_booked(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)
        clinic.clock.pass_by(HOLD)
        hold(clinic, 2)
        change(uow, lambda it: setattr(it, "status", ConsultationStatus.WAITING))
        assert confirm(clinic, 1) is None

        again = hold(clinic, 1, at=TUESDAY_NINE + HALF_HOUR)

        (booked,) = uow.events_of(AppointmentBooked)
        assert booked.appointment_id == again
        assert booked.start_at == TUESDAY_NINE + HALF_HOUR
        assert confirm(clinic, 1) == again
        with pytest.raises(NothingToBook):
            hold(clinic, 1, at=TUESDAY_NINE + 2 * HALF_HOUR)

    def test_is_for_the_patient_and_operators(self, clinic: Clinic) -> None:
        clinic.draft()

        with pytest.raises(AccessDenied):
            hold(clinic, actor=as_patient(2))
        hold(clinic, actor=OPERATOR)


class TestConfirmAppointment:
    def test_books_what_is_held_once(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft()
        held = hold(clinic)

        assert confirm(clinic) == held
        assert confirm(clinic) == held
        assert len(uow.events_of(AppointmentBooked)) == 1

    @pytest.mark.parametrize("swept", ["swept", "not swept"])
    def test_books_even_after_the_hold_ran_out_if_the_time_is_free(
        self, uow: FakeUnitOfWork, clinic: Clinic, swept: str
    ) -> None:
        clinic.draft()
        hold(clinic)
        clinic.clock.pass_by(HOLD)
        if swept == "swept":
            ExpireHolds(uow, clinic.clock)(actor=SYSTEM)

        assert confirm(clinic) is not None
        assert status_of(uow) is AppointmentStatus.BOOKED

    def test_tells_once_when_the_time_went_to_somebody_else(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)
        clinic.clock.pass_by(HOLD)
        hold(clinic, 2)

        assert confirm(clinic, 1) is None
        assert confirm(clinic, 1) is None

        (event,) = uow.events_of(AppointmentLost)
        assert event.consultation_id == consultation_id(1)
        assert status_of(uow, 2) is AppointmentStatus.HELD

    def test_is_too_late_once_the_visit_should_have_begun(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        clinic.draft()
        hold(clinic)
        clinic.clock.pass_by(TUESDAY_NINE - clinic.clock.now())

        assert confirm(clinic) is None
        assert len(uow.events_of(AppointmentLost)) == 1

    def test_does_nothing_without_an_appointment(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft()

        assert confirm(clinic) is None
        assert uow.events_of(AppointmentLost) == []

    def test_does_nothing_once_the_consultation_has_ended(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        clinic.draft()
        hold(clinic)
        change(
            uow,
            lambda it: it.cancel(
                reason=CancellationReason.PATIENT_CHANGED_MIND, now=clinic.clock.now()
            ),
        )

        assert confirm(clinic) is None
        assert uow.events_of(AppointmentBooked) == []

    def test_is_for_the_system(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            ConfirmAppointment(clinic.uow, clinic.clock)(
                actor=as_patient(), consultation_id=clinic.draft()
            )


class TestReleaseAppointment:
    def release(self, clinic: Clinic, actor: Actor) -> None:
        ReleaseAppointment(clinic.uow, clinic.clock)(actor=actor, consultation_id=consultation_id())

    def test_gives_a_booked_time_back_once(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic)
        confirm(clinic)

        self.release(clinic, SYSTEM)
        self.release(clinic, SYSTEM)

        assert status_of(uow) is AppointmentStatus.CANCELLED
        assert len(uow.events_of(AppointmentReleased)) == 1
        hold(clinic, 2)

    def test_does_nothing_without_an_appointment(self, clinic: Clinic) -> None:
        clinic.draft()

        self.release(clinic, SYSTEM)

    def test_lets_the_patient_give_up_only_a_hold(self, clinic: Clinic) -> None:
        clinic.draft()
        hold(clinic)
        with pytest.raises(AccessDenied):
            self.release(clinic, as_patient(2))
        self.release(clinic, as_patient())

        hold(clinic)
        confirm(clinic)
        with pytest.raises(AccessDenied):
            self.release(clinic, as_patient())


class TestRescheduleAppointment:
    IN_TWO_DAYS = TUESDAY_NINE + timedelta(days=2)

    @pytest.fixture
    def booked(self, uow: FakeUnitOfWork, clinic: Clinic) -> ConsultationId:
        clinic.draft()
        hold(clinic, at=self.IN_TWO_DAYS)
        confirm(clinic)
        self.to_waiting(uow)
        uow.events.clear()
        return consultation_id()

    def to_waiting(self, uow: FakeUnitOfWork) -> None:
        change(uow, lambda it: setattr(it, "status", ConsultationStatus.WAITING))

    @pytest.mark.usefixtures("booked")
    def test_moves_and_frees_the_old_time(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft(2)

        move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR)
        move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR)

        assert len(uow.events_of(AppointmentRescheduled)) == 1
        hold(clinic, 2, at=self.IN_TWO_DAYS)

    @pytest.mark.usefixtures("booked")
    def test_may_overlap_its_own_old_time(self, clinic: Clinic) -> None:
        move(clinic, to=self.IN_TWO_DAYS + timedelta(minutes=15))

    @pytest.mark.usefixtures("booked")
    def test_keeps_to_the_policy_for_patients_but_not_for_operators(self, clinic: Clinic) -> None:
        move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR)
        move(clinic, to=self.IN_TWO_DAYS)
        with pytest.raises(MovedTooOften):
            move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR)
        clinic.clock.pass_by(self.IN_TWO_DAYS - timedelta(hours=11) - clinic.clock.now())
        with pytest.raises(TooLateToMove):
            move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR)

        move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR, actor=OPERATOR)

    @pytest.mark.usefixtures("booked")
    def test_to_another_physician_is_for_operators(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        other = clinic.add_physician(1)
        with pytest.raises(AccessDenied):
            move(clinic, to=self.IN_TWO_DAYS, physician_id=other.id)

        move(clinic, to=self.IN_TWO_DAYS, physician_id=other.id, actor=OPERATOR)

        (event,) = uow.events_of(AppointmentRescheduled)
        assert (event.previous_physician_id, event.physician_id) == (PHYSICIAN, other.id)

    @pytest.mark.usefixtures("booked")
    def test_refuses_a_time_that_is_taken(self, clinic: Clinic) -> None:
        clinic.draft(2)
        hold(clinic, 2, at=self.IN_TWO_DAYS + HALF_HOUR)

        with pytest.raises(SlotTaken):
            move(clinic, to=self.IN_TWO_DAYS + HALF_HOUR)

    def test_needs_something_booked(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        clinic.draft()
        with pytest.raises(NothingToBook):
            move(clinic, to=self.IN_TWO_DAYS)
        self.to_waiting(uow)
        with pytest.raises(AppointmentNotFound):
            move(clinic, to=self.IN_TWO_DAYS)

    @pytest.mark.usefixtures("booked")
    def test_is_for_the_patient_and_operators(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            move(clinic, to=self.IN_TWO_DAYS, actor=as_patient(2))


class TestExpireHolds:
    def test_gives_back_what_ran_out_and_nothing_else(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        for number in (1, 2, 3):
            clinic.draft(number)
        hold(clinic, 1)
        hold(clinic, 2, at=TUESDAY_NINE + HALF_HOUR)
        confirm(clinic, 2)
        clinic.clock.pass_by(HOLD)
        hold(clinic, 3, at=TUESDAY_NINE + 2 * HALF_HOUR)

        expire = ExpireHolds(uow, clinic.clock)
        assert expire(actor=SYSTEM) == 1
        assert expire(actor=SYSTEM) == 0

        assert status_of(uow, 1) is AppointmentStatus.RELEASED
        assert status_of(uow, 2) is AppointmentStatus.BOOKED
        assert status_of(uow, 3) is AppointmentStatus.HELD

    def test_is_for_the_system(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            ExpireHolds(clinic.uow, clinic.clock)(
                actor=Actor(physician_id=PhysicianId(UUID(int=1)))
            )
