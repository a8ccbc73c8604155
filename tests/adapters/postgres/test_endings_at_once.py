"""
Consultations of one physician that end at the same moment: each tier counts all that ended before.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event

import pytest
from attrs import define, field
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.payments import PostgresConsultationFacts
from adapters.system.ids import RandomIds
from application.consultations.cancellation import CancelConsultation
from application.consultations.care import CompleteConsultation
from application.shared.ports import Clock
from domain.consultations.outcome import CancellationReason, ConsultationOutcome
from domain.shared.ids import ConsultationId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import A_PHYSICIAN, OPERATIONS, Clinic
from tests.fakes.clock import FixedClock
from tests.waiting import eventually

WAITING = "select count(*) from pg_locks where not granted and locktype = 'advisory'"


@define(eq=False)
class HeldClock:
    """Tells the time when a test lets it."""

    at: datetime
    asked: Event = field(factory=Event)
    answer: Event = field(factory=Event)

    def now(self) -> datetime:
        self.asked.set()
        assert self.answer.wait(timeout=60)
        return self.at


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    clock = FixedClock()
    return Clinic(uow=unit_of_work(engine, clock=clock), clock=clock)


def complete(engine: Engine, clinic: Clinic, one: ConsultationId, clock: Clock) -> None:
    CompleteConsultation(unit_of_work(engine, ids=RandomIds()), clock, clinic.ids)(
        actor=A_PHYSICIAN, consultation_id=one, outcome=ConsultationOutcome.TREATED
    )


def earlier(engine: Engine, one: ConsultationId) -> int:
    found = PostgresConsultationFacts(engine).get(one)
    assert found is not None
    return found.facts.standing.count


def stopped(engine: Engine, ending: "Future[int]") -> Callable[[], bool]:
    """Whether the second one waits for the first; or that it did not, and is over."""

    def look() -> bool:
        with engine.connect() as connection:
            return ending.done() or connection.scalar(text(WAITING)) == 1

    return look


def test_the_later_counts_the_earlier_that_is_not_stored_yet(
    engine: Engine, clinic: Clinic
) -> None:
    first, second = clinic.noted(), clinic.noted()
    held = HeldClock(clinic.clock.now())
    later = FixedClock(held.at + timedelta(seconds=1))

    def end_and_count() -> int:
        complete(engine, clinic, second, later)
        return earlier(engine, second)

    with ThreadPoolExecutor(2) as threads:
        ending = threads.submit(complete, engine, clinic, first, held)
        assert held.asked.wait(timeout=60)
        counted = threads.submit(end_and_count)
        eventually(stopped(engine, counted), "the second waits")
        held.answer.set()
        ending.result()

        assert (earlier(engine, first), counted.result()) == (0, 1)


def test_what_the_patient_still_pays_counts_it_too(engine: Engine, clinic: Clinic) -> None:
    first, second = clinic.noted(), clinic.claimed()
    held = HeldClock(clinic.clock.now())
    later = FixedClock(held.at + timedelta(seconds=1))

    def call_off_and_count() -> int:
        CancelConsultation(unit_of_work(engine, ids=RandomIds()), later)(
            actor=OPERATIONS, consultation_id=second, reason=CancellationReason.PATIENT_NO_SHOW
        )
        return earlier(engine, second)

    with ThreadPoolExecutor(2) as threads:
        ending = threads.submit(complete, engine, clinic, first, held)
        assert held.asked.wait(timeout=60)
        counted = threads.submit(call_off_and_count)
        eventually(stopped(engine, counted), "the second waits")
        held.answer.set()
        ending.result()

        assert counted.result() == 1


def test_a_machine_whose_clock_is_behind_ends_it_after_what_has_ended(
    engine: Engine, clinic: Clinic
) -> None:
    first, second = clinic.noted(), clinic.noted()
    complete(engine, clinic, second, clinic.clock)
    behind = FixedClock(clinic.clock.now() - timedelta(minutes=1))

    complete(engine, clinic, first, behind)

    assert (earlier(engine, second), earlier(engine, first)) == (0, 1)
