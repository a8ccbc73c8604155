"""
The slot search in SQL against the plain search in memory, on clinics made up by Hypothesis.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.scheduling import PostgresSchedulingQueries
from application.scheduling.hours import SetAvailability
from application.scheduling.queries import SlotSearch
from application.shared.access import SYSTEM
from domain.physicians.events import SuspensionReason
from domain.scheduling.appointment import Appointment
from domain.scheduling.availability import GRID, BookingLimits, SlotTaken
from domain.scheduling.booking_policy import BookingPolicy
from domain.scheduling.working_hours import DayHours, ScheduleException, WeeklyHours
from domain.shared.ids import AppointmentId
from domain.shared.period import Period
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import an_active_physician
from tests.builders.scheduling import add_physician, consultation_id, patient_id
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.scheduling import InMemorySchedulingQueries
from tests.fakes.unit_of_work import FakeUnitOfWork

# Clocks change in Sydney on 5 April and in Paris on 29 March.
STARTS = [datetime(2026, 3, 27, 13, tzinfo=UTC), datetime(2026, 4, 3, 20, tzinfo=UTC)]
ZONES = ["Australia/Sydney", "Europe/Paris", "Asia/Kathmandu", "America/Los_Angeles"]

IDS = SequentialIds()

quarter_hours = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def day_hours(draw: st.DrawFn) -> DayHours:
    start = draw(quarter_hours)
    return DayHours(start, min(1440, start + draw(st.sampled_from([45, 120, 480, 1440]))))


@frozen
class Clinician:
    zone: str
    hours: DayHours
    lunch: DayHours | None
    leave_after: int
    limits: BookingLimits
    place: str
    languages: frozenset[str]
    suspended: bool
    expires_after: int


@st.composite
def clinicians(draw: st.DrawFn) -> Clinician:
    return Clinician(
        zone=draw(st.sampled_from(ZONES)),
        hours=draw(day_hours()),
        lunch=draw(st.none() | day_hours()),
        leave_after=draw(st.integers(0, 6)),
        limits=BookingLimits(
            buffer=timedelta(minutes=draw(st.sampled_from([0, 0, 5, 15, 40]))),
            minimum_notice=timedelta(minutes=draw(st.sampled_from([0, 95, 1500]))),
            daily_cap=draw(st.none() | st.integers(1, 3)),
        ),
        place=draw(st.sampled_from(["AU", "AU", "AU-NSW", "NZ"])),
        languages=draw(st.sampled_from([frozenset({"en"}), frozenset({"en", "fr"})])),
        suspended=draw(st.sampled_from([False, False, False, True])),
        expires_after=draw(st.sampled_from([1, 3, 400])),
    )


visits = st.tuples(
    st.integers(0, 2),  # which physician
    st.integers(0, 400),  # how many quarters of an hour from the start
    st.sampled_from([15, 30, 60]),
    st.sampled_from(["held", "run out", "booked", "released"]),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


def fill(uow: Any, now: datetime, clinicians: list[Clinician], booked: list[Any]) -> None:
    for number, clinician in enumerate(clinicians):
        fill_physician(uow, now, number, clinician)
    for number, (index, quarters, minutes, state) in enumerate(booked):
        start = datetime(now.year, now.month, now.day, now.hour, tzinfo=UTC) + quarters * GRID
        visit = Appointment.hold(
            id=AppointmentId(UUID(int=number + 1)),
            physician_id=an_active_physician(
                physician_id=UUID(int=(44 << 32) + index % len(clinicians))
            ).id,
            patient_id=patient_id(number),
            consultation_id=consultation_id(number),
            during=Period(start, start + timedelta(minutes=minutes)),
            policy=BookingPolicy(),
            now=now - timedelta(hours=1 if state == "run out" else 0),
        )
        if state == "booked":
            visit.book(now=now)
        elif state == "released":
            visit.release(now=now)
        # Some of the visits that Hypothesis makes up overlap: the later one is left out.
        with suppress(SlotTaken), uow:
            uow.appointments.add(visit)
            uow.commit()


def fill_physician(uow: Any, now: datetime, number: int, clinician: Clinician) -> None:
    physician = an_active_physician(
        physician_id=UUID(int=(44 << 32) + number),
        user_id=UUID(int=(43 << 32) + number),
        place=clinician.place,
        languages=clinician.languages,
        time_zone=clinician.zone,
        expires_on=(now + timedelta(days=clinician.expires_after)).date(),
        now=now,
    )
    if clinician.suspended:
        physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=now)
    add_physician(uow, physician, email=f"physician{number}@clinic.test")
    leave_on = (now + timedelta(days=clinician.leave_after)).date()
    SetAvailability(uow, FixedClock(now))(
        actor=SYSTEM,
        physician_id=physician.id,
        time_zone=clinician.zone,
        weekly=[WeeklyHours(day, clinician.hours) for day in (0, 1, 2, 3, 4, 5)],
        exceptions=(
            ScheduleException(
                first_on=leave_on,
                last_on=leave_on,
                hours=(clinician.lunch,) if clinician.lunch else (),
            ),
        ),
        limits=clinician.limits,
    )


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    now=st.sampled_from(STARTS),
    clinicians=st.lists(clinicians(), min_size=1, max_size=3),
    booked=st.lists(visits, max_size=12),
    duration=st.sampled_from([15, 30, 50]),
    days=st.sampled_from([1, 3, 6]),
    language=st.sampled_from([None, None, "fr"]),
    limit=st.sampled_from([1, 20, 500]),
)
def test_sql_finds_what_the_plain_search_finds(
    *,
    engine: Engine,
    now: datetime,
    clinicians: list[Clinician],
    booked: list[Any],
    duration: int,
    days: int,
    language: str | None,
    limit: int,
) -> None:
    with engine.begin() as connection:
        connection.execute(text("truncate app_user, physician, appointment cascade"))
    real, fake = unit_of_work(engine, ids=IDS), FakeUnitOfWork()
    fill(real, now, clinicians, booked)
    fill(fake, now, clinicians, booked)
    search = SlotSearch(
        within=Period(now, now + timedelta(days=days)),
        now=now,
        duration=timedelta(minutes=duration),
        grid=GRID,
        place="AU-NSW",
        specialties=("general_practice",),
        physician_id=None,
        language=language,
        limit=limit,
    )

    plain = InMemorySchedulingQueries(fake.physicians, fake.availability, fake.appointments)
    expected = plain.free_slots(search)

    assert PostgresSchedulingQueries(engine).free_slots(search) == expected
    if expected:
        one = evolve(search, physician_id=expected[0].physician_id)
        assert PostgresSchedulingQueries(engine).free_slots(one) == plain.free_slots(one)
