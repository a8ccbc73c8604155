"""
Who works now, by the hours that were published.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.scheduling import PostgresSchedulingQueries
from domain.physicians.events import SuspensionReason
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import PHYSICIAN
from tests.builders.scheduling import TUESDAY_NINE, Clinic, a_clinic

HOURS = timedelta(hours=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    return a_clinic(unit_of_work(engine))


def on_duty(engine: Engine, now: datetime) -> list[Any]:
    return list(PostgresSchedulingQueries(engine).on_duty(now=now))


@pytest.mark.parametrize(("after", "works"), [(-1, []), (0, [PHYSICIAN]), (7, [PHYSICIAN])])
def test_hours_are_those_of_the_physicians_own_day(
    engine: Engine, clinic: Clinic, after: int, works: list[Any]
) -> None:
    del clinic  # works nine to five in Sydney

    assert on_duty(engine, TUESDAY_NINE + after * HOURS) == works


def test_in_the_evening_nobody_works(engine: Engine, clinic: Clinic) -> None:
    del clinic

    assert on_duty(engine, TUESDAY_NINE + 8 * HOURS) == []


def test_who_is_suspended_is_off_duty(engine: Engine, clinic: Clinic) -> None:
    with clinic.uow as uow:
        physician = uow.physicians.get(PHYSICIAN)
        physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=clinic.clock.now())
        uow.physicians.save(physician)
        uow.commit()

    assert on_duty(engine, TUESDAY_NINE) == []
