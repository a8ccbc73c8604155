from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.reconciliation.periods import (
    AccountingPeriod,
    PeriodMisdated,
    PeriodMoved,
    PeriodStatus,
    day_to_book,
)
from domain.shared.ids import AccountingPeriodId
from tests.fakes.clock import MONDAY_NOON

FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))


def period(starts_on: date, ends_on: date) -> AccountingPeriod:
    return AccountingPeriod.open(
        id=AccountingPeriodId(UUID(int=1)), starts_on=starts_on, ends_on=ends_on, now=MONDAY_NOON
    )


def closed(starts_on: date, ends_on: date) -> AccountingPeriod:
    done = period(starts_on, ends_on)
    done.begin_closing()
    done.close(by=None, now=MONDAY_NOON)
    return done


def test_ends_after_it_begins() -> None:
    with pytest.raises(PeriodMisdated):
        period(date(2026, 2, 2), date(2026, 2, 1))


def test_ends_when_its_last_day_has_passed() -> None:
    assert period(*FEBRUARY).ends_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_closes_by_way_of_closing() -> None:
    february = period(*FEBRUARY)

    with pytest.raises(PeriodMoved):
        february.close(by=None, now=MONDAY_NOON)


def test_what_is_closed_stays_closed() -> None:
    with pytest.raises(PeriodMoved):
        closed(*FEBRUARY).reopen()


def test_what_could_not_be_closed_is_open_again() -> None:
    february = period(*FEBRUARY)
    february.begin_closing()

    february.reopen()

    assert february.status is PeriodStatus.OPEN


def test_what_comes_late_counts_in_the_first_open_period() -> None:
    periods = [
        closed(date(2026, 3, 1), date(2026, 3, 31)),
        closed(*FEBRUARY),
        period(date(2026, 4, 1), date(2026, 4, 30)),
    ]

    assert day_to_book(date(2026, 2, 10), periods) == date(2026, 4, 1)
    assert day_to_book(date(2026, 4, 7), periods) == date(2026, 4, 7)
    assert day_to_book(date(2026, 1, 7), periods) == date(2026, 1, 7)
