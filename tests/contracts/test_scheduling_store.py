"""
What is asked of the store of hours and appointments, of the fake and of PostgreSQL alike.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from sqlalchemy import Engine, select

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.scheduling import PostgresSchedulingQueries
from adapters.postgres.tables.scheduling import opening
from application.scheduling.queries import SchedulingQueries
from domain.scheduling.appointment import Appointment, AppointmentStatus
from domain.scheduling.availability import (
    Availability,
    AvailabilityNotFound,
    BookingLimits,
    SlotTaken,
)
from domain.scheduling.booking_policy import BookingPolicy
from domain.scheduling.working_hours import DayHours, ScheduleException
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId
from domain.shared.period import Period
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import PHYSICIAN, PHYSICIAN_USER, an_active_physician
from tests.builders.scheduling import (
    NINE_TO_FIVE,
    SYDNEY,
    TUESDAY,
    TUESDAY_NINE,
    add_physician,
    consultation_id,
    patient_id,
)
from tests.fakes.clock import MONDAY_NOON as NOW
from tests.fakes.scheduling import InMemorySchedulingQueries
from tests.fakes.unit_of_work import FakeUnitOfWork

OTHER = PhysicianId(UUID(int=91))
HALF_HOUR = timedelta(minutes=30)


@frozen
class Store:
    uow: Any
    queries: SchedulingQueries

    def add(self, *appointments: Appointment) -> None:
        with self.uow as uow:
            for appointment in appointments:
                uow.appointments.add(appointment)
            uow.commit()

    def latest(self, number: int = 1) -> Appointment:
        with self.uow as uow:
            found: Appointment | None = uow.appointments.latest_of(consultation_id(number))
        assert found is not None
        return found

    def save(self, appointment: Appointment) -> None:
        with self.uow as uow:
            uow.appointments.save(appointment)
            uow.commit()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        fake = FakeUnitOfWork()
        queries = InMemorySchedulingQueries(fake.physicians, fake.availability, fake.appointments)
        store = Store(fake, queries)
    else:
        engine: Engine = request.getfixturevalue("engine")
        store = Store(unit_of_work(engine), PostgresSchedulingQueries(engine))
    for physician_id, user_id in ((PHYSICIAN, PHYSICIAN_USER), (OTHER, UUID(int=92))):
        add_physician(
            store.uow,
            an_active_physician(physician_id=physician_id, user_id=user_id),
            email=f"{user_id.hex}@clinic.test",
        )
    return store


def held(
    number: int = 1,
    *,
    at: datetime = TUESDAY_NINE,
    physician_id: PhysicianId = PHYSICIAN,
    consultation: ConsultationId | None = None,
    now: datetime = NOW,
) -> Appointment:
    return Appointment.hold(
        id=AppointmentId(UUID(int=(46 << 32) + number)),
        physician_id=physician_id,
        patient_id=patient_id(number),
        consultation_id=consultation or consultation_id(number),
        during=Period(at, at + HALF_HOUR),
        policy=BookingPolicy(),
        now=now,
    )


def booked(number: int, **details: Any) -> Appointment:
    appointment = held(number, **details)
    appointment.book(now=NOW)
    return appointment


def parts(appointment: Appointment) -> tuple[object, ...]:
    return (
        appointment.id,
        appointment.physician_id,
        appointment.patient_id,
        appointment.consultation_id,
        appointment.during,
        appointment.status,
        appointment.hold_expires_at,
        appointment.lost,
        appointment.moved,
    )


class TestAppointments:
    def test_come_back_as_they_were(self, store: Store) -> None:
        appointment = held()
        store.add(appointment)
        assert parts(store.latest()) == parts(appointment)

        appointment = store.latest()
        appointment.book(now=NOW)
        later = Period(TUESDAY_NINE + HALF_HOUR, TUESDAY_NINE + 2 * HALF_HOUR)
        appointment.move(to=later, physician_id=OTHER, by_patient=True, now=NOW)
        store.save(appointment)
        assert parts(store.latest()) == parts(appointment)

    @pytest.mark.parametrize("minutes", [-15, 0, 15])
    def test_of_one_physician_never_overlap(self, store: Store, minutes: int) -> None:
        store.add(held(1))

        with pytest.raises(SlotTaken):
            store.add(held(2, at=TUESDAY_NINE + timedelta(minutes=minutes)))

        store.add(held(3, at=TUESDAY_NINE + HALF_HOUR), held(4, physician_id=OTHER))

    def test_cannot_be_moved_onto_another(self, store: Store) -> None:
        store.add(booked(1), booked(2, at=TUESDAY_NINE + HALF_HOUR))
        appointment = store.latest(2)
        appointment.move(
            to=Period(TUESDAY_NINE, TUESDAY_NINE + HALF_HOUR),
            physician_id=PHYSICIAN,
            by_patient=False,
            now=NOW,
        )

        with pytest.raises(SlotTaken):
            store.save(appointment)

    def test_leave_their_time_when_they_are_released(self, store: Store) -> None:
        store.add(booked(1))
        appointment = store.latest(1)
        appointment.release(now=NOW)
        store.save(appointment)

        store.add(held(2))

        assert store.latest(1).status is AppointmentStatus.CANCELLED

    def test_of_a_consultation_the_latest_counts(self, store: Store) -> None:
        first = held(1)
        first.release(now=NOW)
        store.add(first)
        store.add(held(2, consultation=consultation_id(1)))

        assert store.latest(1).id.int == (46 << 32) + 2
        with store.uow as uow:
            assert uow.appointments.read_latest_of(consultation_id(9)) is None

    def test_of_a_physician_are_those_that_block_and_overlap(self, store: Store) -> None:
        released = held(1)
        released.release(now=NOW)
        store.add(
            released,
            held(2, at=TUESDAY_NINE + HALF_HOUR),
            booked(3, at=TUESDAY_NINE - HALF_HOUR),
            booked(4, physician_id=OTHER),
        )

        with store.uow as uow:
            found = uow.appointments.of_physician(
                PHYSICIAN, within=Period(TUESDAY_NINE - HALF_HOUR, TUESDAY_NINE + HALF_HOUR)
            )
            wider = uow.appointments.of_physician(
                PHYSICIAN, within=Period(TUESDAY_NINE - HALF_HOUR, TUESDAY_NINE + 2 * HALF_HOUR)
            )

        assert [one.patient_id for one in found] == [patient_id(3)]
        assert [one.patient_id for one in wider] == [patient_id(3), patient_id(2)]

    def test_those_that_begin_soon_are_the_firm_ones(self, store: Store) -> None:
        store.add(
            booked(1),
            held(2, at=TUESDAY_NINE + HALF_HOUR),
            booked(3, at=TUESDAY_NINE + 2 * HALF_HOUR),
            booked(4, at=TUESDAY_NINE + 3 * HALF_HOUR),
        )

        with store.uow as uow:
            found = uow.appointments.booked_to_start(
                Period(TUESDAY_NINE, TUESDAY_NINE + 3 * HALF_HOUR), limit=9
            )
            first = uow.appointments.booked_to_start(
                Period(TUESDAY_NINE - HALF_HOUR, TUESDAY_NINE + 3 * HALF_HOUR), limit=1
            )

        assert [one.patient_id for one in found] == [patient_id(3), patient_id(4)]
        assert [one.patient_id for one in first] == [patient_id(1)]

    def test_run_out(self, store: Store) -> None:
        store.add(
            held(1),
            held(2, at=TUESDAY_NINE + HALF_HOUR, now=NOW + timedelta(minutes=5)),
            booked(3, at=TUESDAY_NINE + 2 * HALF_HOUR),
        )

        def run_out(minutes: int) -> list[object]:
            with store.uow as uow:
                found = uow.appointments.run_out(now=NOW + timedelta(minutes=minutes), limit=9)
            return [one.patient_id for one in found]

        assert run_out(9) == []
        assert run_out(10) == [patient_id(1)]
        assert run_out(15) == [patient_id(1), patient_id(2)]

    def test_are_listed_for_their_people(self, store: Store) -> None:
        store.add(
            booked(1),
            held(2, at=TUESDAY_NINE + HALF_HOUR),
            booked(3, at=TUESDAY_NINE + timedelta(days=30)),
        )
        week = Period(NOW, NOW + timedelta(days=7))
        soon, late = NOW + timedelta(minutes=9), NOW + timedelta(minutes=10)

        def of_physician(now: datetime) -> list[object]:
            found = store.queries.of_physician(PHYSICIAN, within=week, now=now)
            return [view.patient_id for view in found]

        assert of_physician(soon) == [patient_id(1), patient_id(2)]
        assert of_physician(late) == [patient_id(1)]
        (view,) = store.queries.of_patient(patient_id(1), within=week, now=late)
        assert view.physician_name == "Dr Amelia Moreau"
        assert view.time_zone == SYDNEY
        assert view.start_at == TUESDAY_NINE
        assert store.queries.appointment(consultation_id(1)) == view
        assert store.queries.appointment(consultation_id(9)) is None


class TestAvailability:
    def test_comes_back_as_it_was(self, store: Store) -> None:
        availability = Availability(physician_id=PHYSICIAN, time_zone=SYDNEY)
        availability.change(
            time_zone="Europe/Paris",
            weekly=NINE_TO_FIVE,
            exceptions=(
                ScheduleException(first_on=TUESDAY, last_on=TUESDAY + timedelta(days=2)),
                ScheduleException(
                    first_on=TUESDAY,
                    last_on=TUESDAY,
                    hours=(DayHours.parse("20:00", "24:00"),),
                ),
            ),
            limits=BookingLimits(
                buffer=timedelta(minutes=5),
                minimum_notice=timedelta(minutes=90),
                daily_cap=12,
            ),
            now=NOW,
        )
        with store.uow as uow:
            uow.availability.add(availability)
            uow.commit()

        with store.uow as uow:
            found = uow.availability.get(PHYSICIAN)
            uow.availability.save(found)
            uow.commit()

        assert (found.time_zone, found.weekly, found.exceptions, found.limits) == (
            availability.time_zone,
            availability.weekly,
            availability.exceptions,
            availability.limits,
        )

    def test_is_not_there_before_it_was_said(self, store: Store) -> None:
        with store.uow as uow:
            assert uow.availability.find(PHYSICIAN) is None
            assert uow.availability.read(PHYSICIAN) is None
            with pytest.raises(AvailabilityNotFound):
                uow.availability.get(PHYSICIAN)

    def test_says_who_does_not_reach_far_enough(self, store: Store) -> None:
        for physician_id, days in ((PHYSICIAN, 5), (OTHER, 3)):
            with store.uow as uow:
                uow.availability.add(Availability(physician_id=physician_id, time_zone=SYDNEY))
                uow.availability.open_days(
                    physician_id, first=TUESDAY, last=TUESDAY + timedelta(days=days), openings=()
                )
                uow.commit()

        def behind(days: int) -> tuple[PhysicianId, ...]:
            with store.uow as uow:
                found: tuple[PhysicianId, ...] = uow.availability.reaching_less_than(
                    TUESDAY + timedelta(days=days), limit=9
                )
            return found

        assert behind(3) == ()
        assert behind(4) == (OTHER,)
        assert behind(9) == (OTHER, PHYSICIAN)


def test_days_that_were_opened_are_replaced_from_a_day_on(engine: Engine) -> None:
    uow = unit_of_work(engine)
    add_physician(uow, an_active_physician(), email="amelia@clinic.test")
    availability = Availability(physician_id=PHYSICIAN, time_zone=SYDNEY, weekly=NINE_TO_FIVE)
    friday = TUESDAY + timedelta(days=3)
    with uow:
        uow.availability.add(availability)
        uow.availability.open_days(
            PHYSICIAN,
            first=TUESDAY,
            last=friday,
            openings=availability.openings(first=TUESDAY, last=friday),
        )
        uow.availability.open_days(
            PHYSICIAN, first=TUESDAY + timedelta(days=2), last=friday, openings=()
        )
        uow.commit()

    with engine.connect() as connection:
        rows = connection.execute(select(opening).order_by(opening.c.day)).all()

    assert [row.day for row in rows] == [date(2026, 3, 3), date(2026, 3, 4)]
    assert rows[0].hours[0].lower == TUESDAY_NINE
