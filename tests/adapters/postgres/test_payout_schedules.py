"""
Schedules over a real database: once for each period, whoever runs them, however often.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.payout_schedules import PostgresPayoutScheduleQueries
from application.payouts.schedule_queries import ViewPayoutSchedules
from application.shared.access import SYSTEM, AccessDenied
from domain.payouts.schedule import Cadence, Rhythm, SkipReason
from tests.adapters.postgres.money_desk import assert_books_hold, open_desk
from tests.builders.physicians import a_physician_user, an_active_physician
from tests.fakes.money import (
    A_PATIENT,
    A_PHYSICIAN,
    AUD,
    FINANCE,
    PHYSICIAN,
    MoneyDesk,
    a_bank,
    dollars,
)

MONDAYS = Rhythm(cadence=Cadence.WEEKLY, weekday=0)
LASTS = Rhythm(cadence=Cadence.MONTHLY, day_of_month=31)
NEXT_MONDAY = datetime(2026, 3, 8, 13, 0, tzinfo=UTC)  # in Sydney
WORKERS = 12


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=25)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    """A Wednesday, with 76 dollars in the wallet of somebody in Sydney."""
    desk = open_desk(engine)
    with desk.uow as uow:
        uow.users.add(a_physician_user())
        uow.physicians.add(an_active_physician(physician_id=PHYSICIAN))
        uow.commit()
    desk.earn()
    desk.be_payable()
    return desk


def choose(desk: MoneyDesk, rhythm: Rhythm = MONDAYS) -> None:
    desk.choose_schedule(actor=A_PHYSICIAN, physician_id=PHYSICIAN, currency=AUD, rhythm=rhythm)


def run_in_all_workers(engine: Engine, desk: MoneyDesk) -> None:
    with ThreadPoolExecutor(WORKERS) as threads:
        list(
            threads.map(
                lambda _: open_desk(engine, like=desk).run_schedules(actor=SYSTEM), range(WORKERS)
            )
        )


def payouts(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select amount_minor, status from payout order by id"))
        return [(int(minor), str(status)) for minor, status in rows]


def runs(engine: Engine) -> list[tuple[str, str | None]]:
    query = "select period, reason from payout_schedule_run order by ran_at"
    with engine.connect() as connection:
        return [(row.period, row.reason) for row in connection.execute(text(query))]


def test_of_many_workers_at_once_one_makes_the_payout(engine: Engine, desk: MoneyDesk) -> None:
    choose(desk)
    desk.clock.at = NEXT_MONDAY

    run_in_all_workers(engine, desk)
    run_in_all_workers(engine, desk)

    assert payouts(engine) == [(7_600, "requested")]
    assert runs(engine) == [("2026-03-09", None)]
    assert_books_hold(engine, desk)


def test_a_minimum_is_paid_once_each_time_it_is_reached(engine: Engine, desk: MoneyDesk) -> None:
    choose(desk, Rhythm(cadence=Cadence.MINIMUM, minimum=dollars(100)))
    run_in_all_workers(engine, desk)
    assert payouts(engine) == []

    desk.earn(4)
    run_in_all_workers(engine, desk)
    run_in_all_workers(engine, desk)

    assert payouts(engine) == [(15_200, "requested")]
    assert runs(engine) == [("minimum 1", None)]
    assert_books_hold(engine, desk)


def test_a_worker_that_died_between_payout_and_note_leaves_one_payout(
    engine: Engine, desk: MoneyDesk
) -> None:
    choose(desk)
    desk.clock.at = NEXT_MONDAY
    with desk.uow as uow:
        schedule = uow.payout_schedules.of(PHYSICIAN, AUD)
        assert schedule is not None
        zone = uow.payout_schedules.zone_of(PHYSICIAN)
    due = schedule.due(available=dollars(76), zone=zone, now=NEXT_MONDAY)
    assert due is not None
    desk.request_payout(
        actor=SYSTEM, physician_id=PHYSICIAN, amount=dollars(76), occasion=due.occasion
    )
    desk.earn(4)

    run_in_all_workers(engine, desk)

    assert payouts(engine) == [(7_600, "requested")]
    assert runs(engine) == [(due.period, None)]


def test_the_database_itself_refuses_a_second_payout_of_a_period(
    engine: Engine, desk: MoneyDesk
) -> None:
    desk.earn(4)
    for whole in (10, 20):
        desk.request(dollars(whole))

    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("update payout set occasion = 'ps_1 2026-03-09'"))


def test_what_hinders_is_noted_and_a_minimum_is_noted_anew_when_it_is_paid(
    engine: Engine, desk: MoneyDesk
) -> None:
    choose(desk, Rhythm(cadence=Cadence.MINIMUM, minimum=dollars(50)))
    desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))
    desk.run_schedules(actor=SYSTEM)
    assert runs(engine) == [("minimum 1", "cooling_off")]

    desk.clock.pass_by(timedelta(days=3))
    desk.run_schedules(actor=SYSTEM)

    assert payouts(engine) == [(7_600, "requested")]
    assert runs(engine) == [("minimum 1", None)]


def test_a_payout_that_somebody_looks_into_comes_first(engine: Engine, desk: MoneyDesk) -> None:
    choose(desk)
    payout_id = desk.request(dollars(10))
    with desk.uow as uow:
        payout = uow.payouts.get(payout_id)
        payout.need_review("unrecognised", now=desk.clock.now())
        uow.payouts.save(payout)
        uow.commit()
    desk.clock.at = NEXT_MONDAY

    desk.run_schedules(actor=SYSTEM)

    assert runs(engine) == [("2026-03-09", "under_review")]


class TestView:
    def test_shows_the_next_payout_with_what_clears_until_then(
        self, engine: Engine, desk: MoneyDesk
    ) -> None:
        choose(desk, LASTS)
        desk.deliver(4)

        (seen,) = ViewPayoutSchedules(PostgresPayoutScheduleQueries(engine))(
            actor=A_PHYSICIAN, physician_id=PHYSICIAN
        )

        assert (seen.rhythm, seen.time_zone) == (LASTS, "Australia/Sydney")
        assert (seen.next_on, seen.expected) == (date(2026, 3, 31), dollars(152))
        assert seen.next_at == datetime(2026, 3, 30, 13, 0, tzinfo=UTC)

    def test_leaves_out_what_clears_later(self, engine: Engine, desk: MoneyDesk) -> None:
        choose(desk)
        desk.clock.at = NEXT_MONDAY - timedelta(days=1)
        desk.deliver(4)

        (seen,) = ViewPayoutSchedules(PostgresPayoutScheduleQueries(engine))(
            actor=FINANCE, physician_id=PHYSICIAN
        )

        assert seen.expected == dollars(76)

    def test_tells_what_became_of_the_latest_periods(self, engine: Engine, desk: MoneyDesk) -> None:
        choose(desk)
        for week in range(7):
            desk.clock.at = NEXT_MONDAY + timedelta(weeks=week, hours=2)  # clocks change in April
            desk.run_schedules(actor=SYSTEM)

        (seen,) = ViewPayoutSchedules(PostgresPayoutScheduleQueries(engine))(
            actor=A_PHYSICIAN, physician_id=PHYSICIAN
        )

        assert [run.period for run in seen.runs] == [
            "2026-04-20",
            "2026-04-13",
            "2026-04-06",
            "2026-03-30",
            "2026-03-23",
        ]
        assert {run.reason for run in seen.runs} == {SkipReason.BELOW_SMALLEST}

    def test_is_for_the_physician_and_for_finance(self, engine: Engine) -> None:
        with pytest.raises(AccessDenied):
            ViewPayoutSchedules(PostgresPayoutScheduleQueries(engine))(
                actor=A_PATIENT, physician_id=PHYSICIAN
            )
