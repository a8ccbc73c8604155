"""
Many patients at once, on a real PostgreSQL.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Barrier
from uuid import UUID

import pytest
from attrs import evolve
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from adapters.postgres.engine import build_engine
from domain.scheduling.appointment import Appointment, AppointmentStatus
from domain.scheduling.availability import BookingLimits, SlotNotOffered, SlotTaken
from domain.scheduling.booking_policy import BookingPolicy
from domain.shared.errors import Conflict
from domain.shared.ids import AppointmentId
from domain.shared.period import Period
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import PHYSICIAN
from tests.builders.scheduling import (
    TUESDAY_NINE,
    Clinic,
    a_clinic,
    confirm,
    consultation_id,
    hold,
    patient_id,
)
from tests.fakes.clock import MONDAY_NOON as NOW
from tests.fakes.clock import SequentialIds

CALLERS = 50
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    return a_clinic(unit_of_work(engine, ids=SequentialIds(last=10**9)))


def seen_by(clinic: Clinic, engine: Engine, number: int) -> Clinic:
    """The same clinic through a connection and identifiers of one's own."""
    uow = unit_of_work(engine, clock=clinic.clock, ids=SequentialIds(last=10**6 * number))
    return evolve(clinic, uow=uow, ids=SequentialIds(last=10**6 * number + 10**5))


def at_once(deed: Callable[[int], object]) -> list[object]:
    """Let all callers run into it together; a refusal is a result."""
    barrier = Barrier(CALLERS)

    def run(number: int) -> object:
        barrier.wait(timeout=30)
        try:
            return deed(number)
        except Conflict as refusal:
            return type(refusal)

    with ThreadPoolExecutor(CALLERS) as threads:
        return list(threads.map(run, range(1, CALLERS + 1)))


def blocking(engine: Engine) -> list[tuple[datetime, datetime]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select start_at, end_at from appointment"
                " where status in ('held', 'booked') order by start_at"
            )
        )
        return [(row.start_at, row.end_at) for row in rows]


class TestManyPatients:
    @pytest.fixture(autouse=True)
    def _drafts(self, clinic: Clinic) -> None:
        for number in range(1, CALLERS + 1):
            clinic.draft(number)

    def test_on_one_slot_leave_one_winner(self, clinic: Clinic, engine: Engine) -> None:
        outcomes = at_once(lambda number: hold(seen_by(clinic, engine, number), number))

        assert Counter(outcomes)[SlotTaken] == CALLERS - 1
        assert blocking(engine) == [(TUESDAY_NINE, TUESDAY_NINE + HALF_HOUR)]

    def test_on_a_run_out_hold_leave_one_winner(self, clinic: Clinic, engine: Engine) -> None:
        clinic.draft(CALLERS + 1)
        hold(clinic, CALLERS + 1)
        clinic.clock.pass_by(timedelta(minutes=10))

        outcomes = at_once(lambda number: hold(seen_by(clinic, engine, number), number))

        assert Counter(outcomes)[SlotTaken] == CALLERS - 1
        with clinic.uow as uow:
            run_out = uow.appointments.read_latest_of(consultation_id(CALLERS + 1))
        assert run_out.status is AppointmentStatus.RELEASED

    def test_on_overlapping_slots_never_overlap(self, clinic: Clinic, engine: Engine) -> None:
        def grab(number: int) -> object:
            start_at = TUESDAY_NINE + timedelta(minutes=15 * (number % 7))
            return hold(seen_by(clinic, engine, number), number, at=start_at)

        at_once(grab)

        taken = blocking(engine)
        assert 2 <= len(taken) <= 4
        for (_, end), (start, _) in pairwise(taken):
            assert end <= start

    def test_never_exceed_the_daily_cap(self, clinic: Clinic, engine: Engine) -> None:
        clinic.open(limits=BookingLimits(daily_cap=3))

        def grab(number: int) -> object:
            start_at = TUESDAY_NINE + HALF_HOUR * (number % 16)
            return hold(seen_by(clinic, engine, number), number, at=start_at)

        outcomes = Counter(at_once(grab))

        assert len(blocking(engine)) == 3
        assert outcomes[SlotNotOffered] + outcomes[SlotTaken] == CALLERS - 3


def test_one_consultation_confirmed_many_times_is_booked_once(
    clinic: Clinic, engine: Engine
) -> None:
    clinic.draft()
    held = hold(clinic)

    outcomes = at_once(lambda number: confirm(seen_by(clinic, engine, number)))

    assert outcomes == [held] * CALLERS
    with engine.connect() as connection:
        told = connection.scalar(
            text("select count(*) from event where type = 'AppointmentBooked'")
        )
    assert told == 1


class TestConstraints:
    def appointment(self, number: int, *, consultation: int, start_at: datetime) -> Appointment:
        return Appointment.hold(
            id=AppointmentId(UUID(int=number)),
            physician_id=PHYSICIAN,
            patient_id=patient_id(number),
            consultation_id=consultation_id(consultation),
            during=Period(start_at, start_at + HALF_HOUR),
            policy=BookingPolicy(),
            now=NOW,
        )

    def test_keep_a_consultation_to_one_time(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            uow.appointments.add(self.appointment(1, consultation=1, start_at=TUESDAY_NINE))
            with pytest.raises(IntegrityError):
                uow.appointments.add(
                    self.appointment(2, consultation=1, start_at=TUESDAY_NINE + HALF_HOUR)
                )
