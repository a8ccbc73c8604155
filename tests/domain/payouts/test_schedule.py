"""
Days on which money goes out by itself: in months of every length, in every time zone.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payouts.events import PayoutScheduleChosen, PayoutSkipped
from domain.payouts.schedule import (
    Cadence,
    Due,
    MalformedRhythm,
    PayoutSchedule,
    Rhythm,
    SkipReason,
)
from domain.shared.ids import PayoutId, PayoutScheduleId, PhysicianId
from domain.shared.money import Currency, Money

SYDNEY = ZoneInfo("Australia/Sydney")
SUNDAY = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)  # two in the afternoon in Sydney
MONDAYS = Rhythm(cadence=Cadence.WEEKLY, weekday=0)
LASTS = Rhythm(cadence=Cadence.MONTHLY, day_of_month=31)
AUD = Currency("AUD")
SOME = Money(5_000, AUD)
PAYOUT = PayoutId(UUID(int=9))


def a_schedule(rhythm: Rhythm, *, now: datetime = SUNDAY) -> PayoutSchedule:
    schedule = PayoutSchedule.keep(
        id=PayoutScheduleId(UUID(int=1)),
        physician_id=PhysicianId(UUID(int=2)),
        currency=AUD,
        now=now,
    )
    schedule.choose(rhythm, zone=SYDNEY, now=now)
    return schedule


def period(schedule: PayoutSchedule, now: datetime, *, available: Money = SOME) -> str | None:
    due = schedule.due(available=available, zone=SYDNEY, now=now)
    return None if due is None else due.period


class TestRhythm:
    @pytest.mark.parametrize(
        ("day_of_month", "after", "first"),
        [
            (31, date(2026, 1, 31), date(2026, 2, 28)),
            (31, date(2028, 1, 31), date(2028, 2, 29)),
            (31, date(2026, 2, 28), date(2026, 3, 31)),
            (30, date(2026, 2, 27), date(2026, 2, 28)),
            (31, date(2026, 4, 29), date(2026, 4, 30)),
            (1, date(2026, 12, 31), date(2027, 1, 1)),
            (15, date(2026, 3, 14), date(2026, 3, 15)),
        ],
    )
    def test_in_a_short_month_the_last_day_counts(
        self, day_of_month: int, after: date, first: date
    ) -> None:
        rhythm = Rhythm(cadence=Cadence.MONTHLY, day_of_month=day_of_month)

        assert rhythm.first_after(after) == first
        assert rhythm.latest_until(first) == first
        assert rhythm.latest_until(first - timedelta(days=1)) != first

    @given(
        st.one_of(
            st.integers(0, 6).map(lambda day: Rhythm(cadence=Cadence.WEEKLY, weekday=day)),
            st.integers(1, 31).map(lambda day: Rhythm(cadence=Cadence.MONTHLY, day_of_month=day)),
        ),
        st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    )
    def test_no_period_is_left_out_and_none_comes_twice(self, rhythm: Rhythm, day: date) -> None:
        first = rhythm.first_after(day)
        assert first is not None
        assert day < first <= day + timedelta(days=31)
        assert rhythm.latest_until(first) == first
        latest = rhythm.latest_until(first - timedelta(days=1))
        assert latest is not None
        assert latest <= day
        assert rhythm.first_after(latest) == first

    @pytest.mark.parametrize(
        "parts",
        [
            {"cadence": Cadence.WEEKLY},
            {"cadence": Cadence.WEEKLY, "weekday": 7},
            {"cadence": Cadence.MONTHLY, "day_of_month": 0},
            {"cadence": Cadence.MONTHLY, "day_of_month": 32},
            {"cadence": Cadence.MONTHLY, "day_of_month": 1, "weekday": 1},
            {"cadence": Cadence.MANUAL, "weekday": 1},
            {"cadence": Cadence.MINIMUM},
            {"cadence": Cadence.MINIMUM, "minimum": Money(0, AUD)},
        ],
    )
    def test_what_no_calendar_could_follow_is_refused(self, parts: dict[str, object]) -> None:
        with pytest.raises(MalformedRhythm):
            Rhythm(**parts)  # type: ignore[arg-type]


class TestPeriods:
    def test_a_period_begins_with_the_day_where_the_physician_is(self) -> None:
        schedule = a_schedule(MONDAYS)
        midnight_in_sydney = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)

        assert schedule.next_at == midnight_in_sydney
        assert period(schedule, midnight_in_sydney - timedelta(seconds=1)) is None
        assert period(schedule, midnight_in_sydney) == "2026-03-02"

    def test_the_day_on_which_it_is_chosen_does_not_count(self) -> None:
        monday = SUNDAY + timedelta(days=1)

        assert a_schedule(MONDAYS, now=monday).next_on() == date(2026, 3, 9)

    def test_one_is_served_once(self) -> None:
        schedule = a_schedule(MONDAYS)
        monday = SUNDAY + timedelta(days=1)
        due = schedule.due(available=SOME, zone=SYDNEY, now=monday)
        assert due is not None

        schedule.pay(due, PAYOUT, SOME, zone=SYDNEY, now=monday)

        assert period(schedule, monday + timedelta(hours=1)) is None
        assert period(schedule, monday + timedelta(days=7)) == "2026-03-09"

    def test_those_that_passed_unseen_are_served_together(self) -> None:
        schedule = a_schedule(MONDAYS)
        three_weeks_later = SUNDAY + timedelta(days=17)
        due = schedule.due(available=SOME, zone=SYDNEY, now=three_weeks_later)
        assert due is not None
        assert due.period == "2026-03-16"

        schedule.skip(due, SkipReason.BELOW_SMALLEST, zone=SYDNEY, now=three_weeks_later)

        assert period(schedule, three_weeks_later) is None
        assert schedule.next_on() == date(2026, 3, 23)

    def test_clocks_that_change_move_no_day(self) -> None:
        october = datetime(2026, 10, 3, 3, 0, tzinfo=UTC)  # clocks go forward on the 4th
        schedule = a_schedule(MONDAYS, now=october)

        assert schedule.next_at == datetime(2026, 10, 4, 13, 0, tzinfo=UTC)

    def test_who_moves_to_the_west_waits_for_their_own_day(self) -> None:
        schedule = a_schedule(MONDAYS)
        assert schedule.next_at is not None
        perth = ZoneInfo("Australia/Perth")

        due = schedule.due(available=SOME, zone=perth, now=schedule.next_at)
        schedule.look_again(zone=perth, now=schedule.next_at)

        assert due is None
        assert schedule.next_at == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)

    def test_by_hand_nothing_is_ever_due(self) -> None:
        schedule = a_schedule(MONDAYS)
        schedule.choose(Rhythm(), zone=SYDNEY, now=SUNDAY)

        assert (schedule.next_at, schedule.next_on()) == (None, None)
        assert period(schedule, SUNDAY + timedelta(days=400)) is None

    def test_every_month_ends(self) -> None:
        schedule = a_schedule(LASTS)

        assert schedule.next_on() == date(2026, 3, 31)


class TestMinimum:
    RHYTHM = Rhythm(cadence=Cadence.MINIMUM, minimum=SOME)

    def test_waits_for_the_amount_and_not_a_cent_less(self) -> None:
        schedule = a_schedule(self.RHYTHM)

        assert period(schedule, SUNDAY, available=Money(4_999, AUD)) is None
        assert period(schedule, SUNDAY) == "minimum 1"

    def test_each_time_has_a_number_of_its_own(self) -> None:
        schedule = a_schedule(self.RHYTHM)
        due = schedule.due(available=SOME, zone=SYDNEY, now=SUNDAY)
        assert due is not None

        schedule.pay(due, PAYOUT, SOME, zone=SYDNEY, now=SUNDAY)

        assert period(schedule, SUNDAY) == "minimum 2"

    def test_what_could_not_be_paid_is_tried_again_later_and_told_once(self) -> None:
        schedule = a_schedule(self.RHYTHM)
        due = Due(period="minimum 1", occasion="x")
        for hour in range(3):
            at = SUNDAY + timedelta(hours=hour)
            assert period(schedule, at) == "minimum 1"
            schedule.skip(due, SkipReason.COOLING_OFF, zone=SYDNEY, now=at)
            assert period(schedule, at) is None

        told = [each for each in schedule.pull_events() if isinstance(each, PayoutSkipped)]
        assert [each.reason for each in told] == ["cooling_off"]

    def test_is_in_the_currency_of_the_wallet(self) -> None:
        with pytest.raises(MalformedRhythm):
            a_schedule(Rhythm(cadence=Cadence.MINIMUM, minimum=Money.of(100, "USD")))


def test_choosing_the_same_again_changes_nothing() -> None:
    schedule = a_schedule(MONDAYS)

    schedule.choose(MONDAYS, zone=SYDNEY, now=SUNDAY + timedelta(days=1))

    assert schedule.next_on() == date(2026, 3, 2)
    assert [type(each) for each in schedule.pull_events()] == [PayoutScheduleChosen]
