"""
Appointments: held, booked, moved, lost and given back.
"""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.scheduling.appointment import (
    Appointment,
    AppointmentStatus,
    AppointmentStatusConflict,
)
from domain.scheduling.booking_policy import BookingPolicy, MovedTooOften, TooLateToMove
from domain.scheduling.calendar_feed import FeedEntry, calendar_feed
from domain.scheduling.events import (
    AppointmentBooked,
    AppointmentLost,
    AppointmentReleased,
    AppointmentRescheduled,
    SlotHeld,
)
from domain.shared.ids import AppointmentId, ConsultationId, PatientId, PhysicianId
from domain.shared.period import Period
from tests.fakes.clock import MONDAY_NOON as NOW

START = NOW + timedelta(days=2)
PHYSICIAN = PhysicianId(UUID(int=2))


def a_period(start_at: datetime = START) -> Period:
    return Period(start_at, start_at + timedelta(minutes=30))


def held() -> Appointment:
    return Appointment.hold(
        id=AppointmentId(UUID(int=1)),
        physician_id=PHYSICIAN,
        patient_id=PatientId(UUID(int=3)),
        consultation_id=ConsultationId(UUID(int=4)),
        during=a_period(),
        policy=BookingPolicy(),
        now=NOW,
    )


def booked() -> Appointment:
    appointment = held()
    appointment.book(now=NOW)
    appointment.pull_events()
    return appointment


class TestAppointment:
    def test_is_held_for_ten_minutes(self) -> None:
        appointment = held()

        (event,) = appointment.pull_events()
        assert isinstance(event, SlotHeld)
        assert event.hold_expires_at == NOW + timedelta(minutes=10)
        assert appointment.blocks_at(NOW + timedelta(minutes=9, seconds=59))
        assert not appointment.blocks_at(NOW + timedelta(minutes=10))

    def test_is_booked_once_and_blocks_from_then_on(self) -> None:
        appointment = held()
        appointment.pull_events()

        appointment.book(now=NOW)
        appointment.book(now=NOW)

        (event,) = appointment.pull_events()
        assert isinstance(event, AppointmentBooked)
        assert appointment.blocks_at(NOW + timedelta(days=1))

    def test_is_released_once_when_it_was_only_held(self) -> None:
        appointment = held()
        appointment.pull_events()

        appointment.release(now=NOW)
        appointment.release(now=NOW)

        assert appointment.status is AppointmentStatus.RELEASED
        (event,) = appointment.pull_events()
        assert isinstance(event, AppointmentReleased)
        assert not event.was_booked

    def test_is_cancelled_when_it_was_booked(self) -> None:
        appointment = booked()

        appointment.release(now=NOW)

        assert appointment.status is AppointmentStatus.CANCELLED
        (event,) = appointment.pull_events()
        assert isinstance(event, AppointmentReleased)
        assert event.was_booked
        with pytest.raises(AppointmentStatusConflict):
            appointment.book(now=NOW)

    def test_may_be_booked_after_its_hold_was_released(self) -> None:
        appointment = held()
        appointment.release(now=NOW)

        appointment.book(now=NOW)

        assert appointment.status is AppointmentStatus.BOOKED

    def test_is_lost_once(self) -> None:
        appointment = held()
        appointment.release(now=NOW)
        appointment.pull_events()

        appointment.lose(now=NOW)
        appointment.lose(now=NOW)

        assert [type(event) for event in appointment.pull_events()] == [AppointmentLost]

    def test_moves_and_counts_only_the_patients_moves(self) -> None:
        appointment = booked()
        other = PhysicianId(UUID(int=9))

        appointment.move(to=a_period(), physician_id=PHYSICIAN, by_patient=True, now=NOW)
        assert appointment.moved == 0
        later = a_period(START + timedelta(hours=1))
        appointment.move(to=later, physician_id=PHYSICIAN, by_patient=True, now=NOW)
        appointment.move(to=later, physician_id=other, by_patient=False, now=NOW)

        assert appointment.moved == 1
        by_patient, by_staff = appointment.pull_events()
        assert isinstance(by_patient, AppointmentRescheduled)
        assert by_patient.start_at == later.start_at
        assert isinstance(by_staff, AppointmentRescheduled)
        assert (by_staff.previous_physician_id, by_staff.physician_id) == (PHYSICIAN, other)

    def test_does_not_move_unless_it_is_booked(self) -> None:
        with pytest.raises(AppointmentStatusConflict):
            held().move(to=a_period(NOW), physician_id=PHYSICIAN, by_patient=True, now=NOW)


class TestBookingPolicy:
    def test_lets_a_patient_move_in_good_time(self) -> None:
        policy = BookingPolicy()
        last_moment = START - policy.move_until

        policy.require_movable(start_at=START, moved=1, now=last_moment)
        with pytest.raises(TooLateToMove):
            policy.require_movable(start_at=START, moved=1, now=last_moment + timedelta(seconds=1))
        with pytest.raises(MovedTooOften):
            policy.require_movable(start_at=START, moved=2, now=last_moment)


class TestCalendarFeed:
    def test_lists_visits_in_utc(self) -> None:
        feed = calendar_feed(
            [
                FeedEntry(
                    appointment_id=AppointmentId(UUID(int=1)),
                    during=a_period(),
                    summary="Visit; a, b",
                    sequence=3,
                )
            ],
            title="Scripted visits",
            now=NOW,
        )

        lines = feed.split("\r\n")
        assert lines[0] == "BEGIN:VCALENDAR"
        assert lines[-2:] == ["END:VCALENDAR", ""]
        assert "DTSTART:20260304T120000Z" in lines
        assert "DTEND:20260304T123000Z" in lines
        assert "SEQUENCE:3" in lines
        assert "SUMMARY:Visit\\; a\\, b" in lines

    def test_folds_long_lines_at_75_bytes_and_never_inside_a_letter(self) -> None:
        title = "Visites à Montréal " * 12

        feed = calendar_feed([], title=title, now=NOW)

        assert all(len(line.encode()) <= 75 for line in feed.split("\r\n"))
        assert f"X-WR-CALNAME:{title}" in feed.replace("\r\n ", "")
