"""
When a physician can be booked, in zones whose clocks change.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scheduling.availability import (
    GRID,
    HORIZON,
    Availability,
    BookingLimits,
    SlotNotOffered,
    SlotTaken,
)
from domain.scheduling.events import AvailabilityChanged
from domain.scheduling.working_hours import (
    DayHours,
    MalformedHours,
    ScheduleException,
    WeeklyHours,
)
from domain.shared.ids import PhysicianId
from domain.shared.period import Period

PHYSICIAN = PhysicianId(UUID(int=1))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NINE_TO_FIVE = DayHours.parse("09:00", "17:00")


def availability(
    zone: str = "Australia/Sydney",
    *,
    hours: DayHours = NINE_TO_FIVE,
    exceptions: tuple[ScheduleException, ...] = (),
    limits: BookingLimits | None = None,
) -> Availability:
    made = Availability(physician_id=PHYSICIAN, time_zone=zone)
    made.change(
        time_zone=zone,
        weekly=[WeeklyHours(day, hours) for day in range(7)],
        exceptions=exceptions,
        limits=limits or BookingLimits(minimum_notice=timedelta(0)),
        now=NOW,
    )
    return made


def hours_on(made: Availability, day: date) -> list[tuple[str, str]]:
    opening = made.opening(day)
    return [
        (f"{period.start_at:%d %H:%M}", f"{period.end_at:%d %H:%M}")
        for period in (opening.hours if opening else ())
    ]


def half_hour(at: datetime) -> Period:
    return Period(at, at + timedelta(minutes=30))


class TestHours:
    def test_stay_at_nine_when_the_clocks_change(self) -> None:
        made = availability()

        assert hours_on(made, date(2026, 4, 4)) == [("03 22:00", "04 06:00")]
        assert hours_on(made, date(2026, 4, 6)) == [("05 23:00", "06 07:00")]

    def test_of_a_night_when_the_clocks_skip_an_hour_lose_it(self) -> None:
        night = availability("Europe/Paris", hours=DayHours.parse("01:00", "04:00"))

        assert hours_on(night, date(2026, 3, 29)) == [("29 00:00", "29 02:00")]

    def test_that_begin_in_the_skipped_hour_begin_at_the_change(self) -> None:
        late = availability("Europe/Paris", hours=DayHours.parse("02:30", "04:00"))

        assert hours_on(late, date(2026, 3, 29)) == [("29 01:00", "29 02:00")]

    def test_that_lie_wholly_in_the_skipped_hour_are_none(self) -> None:
        gone = availability("Europe/Paris", hours=DayHours.parse("02:10", "02:50"))

        assert gone.opening(date(2026, 3, 29)) is None
        assert gone.opening(date(2026, 3, 30)) is not None

    def test_of_a_night_when_an_hour_comes_twice_gain_it(self) -> None:
        night = availability("Europe/Paris", hours=DayHours.parse("01:00", "03:00"))

        assert hours_on(night, date(2026, 10, 25)) == [("24 23:00", "25 02:00")]

    def test_may_reach_to_midnight(self) -> None:
        late = availability("UTC", hours=DayHours.parse("20:00", "24:00"))

        assert hours_on(late, date(2026, 3, 2)) == [("02 20:00", "03 00:00")]

    @given(
        zone=st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
        day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        start=st.integers(0, 1438),
        length=st.integers(1, 1440),
    )
    def test_lie_within_their_day_in_every_zone(
        self, zone: str, day: date, start: int, length: int
    ) -> None:
        made = availability(zone, hours=DayHours(start, min(start + length, 1440)))

        opening = made.opening(day)

        if opening is not None:
            whole = opening.whole
            assert whole.length in (timedelta(hours=hours) for hours in (23, 23.5, 24, 24.5, 25))
            for period in opening.hours:
                assert whole.start_at <= period.start_at < period.end_at <= whole.end_at
                assert period.start_at.astimezone(ZoneInfo(zone)).date() == day

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            ("17:00", "09:00"),
            ("09:00", "09:00"),
            ("9", "10"),
            ("09:60", "10:00"),
            ("20:00", "24:01"),
        ],
    )
    def test_refuse_times_that_are_none(self, start: str, end: str) -> None:
        with pytest.raises(MalformedHours):
            DayHours.parse(start, end)

    @given(st.integers(0, 1439), st.integers(1, 1440))
    def test_survive_being_written_and_read(self, start: int, end: int) -> None:
        if start < end:
            hours = DayHours(start, end)
            assert DayHours.parse(*hours.texts) == hours


class TestChange:
    def test_is_told_only_when_something_changes(self) -> None:
        made = availability()
        made.pull_events()
        same = (made.time_zone, made.weekly, made.exceptions, made.limits)

        made.change(time_zone=same[0], weekly=same[1], exceptions=same[2], limits=same[3], now=NOW)
        assert made.pull_events() == ()

        made.change(time_zone="UTC", weekly=same[1], exceptions=(), limits=same[3], now=NOW)
        assert made.pull_events() == (AvailabilityChanged(physician_id=PHYSICIAN, occurred_at=NOW),)

    def test_refuses_hours_that_overlap(self) -> None:
        overlapping = [
            WeeklyHours(0, DayHours.parse("09:00", "12:00")),
            WeeklyHours(0, DayHours.parse("11:59", "15:00")),
        ]
        with pytest.raises(MalformedHours):
            availability().change(
                time_zone="UTC",
                weekly=overlapping,
                exceptions=(),
                limits=BookingLimits(),
                now=NOW,
            )

    def test_refuses_an_unknown_zone(self) -> None:
        with pytest.raises(MalformedHours):
            availability("Mars/Olympus")


class TestExceptions:
    def test_leave_closes_days_and_the_latest_exception_decides(self) -> None:
        leave = ScheduleException(first_on=date(2026, 3, 9), last_on=date(2026, 3, 13))
        morning = ScheduleException(
            first_on=date(2026, 3, 11),
            last_on=date(2026, 3, 11),
            hours=(DayHours.parse("09:00", "10:00"),),
        )

        made = availability("UTC", exceptions=(leave, morning))

        assert hours_on(made, date(2026, 3, 8)) != []
        assert hours_on(made, date(2026, 3, 9)) == []
        assert hours_on(made, date(2026, 3, 11)) == [("11 09:00", "11 10:00")]
        assert hours_on(made, date(2026, 3, 13)) == []
        assert hours_on(made, date(2026, 3, 14)) != []


class TestRequireBookable:
    NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def test_lets_a_visit_within_the_hours_pass(self) -> None:
        made = availability("UTC")

        made.require_bookable(half_hour(self.NINE), busy=(), now=NOW)
        made.require_bookable(half_hour(self.NINE + timedelta(hours=7.5)), busy=(), now=NOW)

    @pytest.mark.parametrize(
        "start_at",
        [
            NINE - GRID,
            NINE + timedelta(hours=7, minutes=45),
            NINE + timedelta(minutes=5),
            NINE + HORIZON,
            NOW - timedelta(hours=14),
        ],
    )
    def test_refuses_a_visit_outside_of_them(self, start_at: datetime) -> None:
        with pytest.raises(SlotNotOffered):
            availability("UTC").require_bookable(half_hour(start_at), busy=(), now=NOW)

    def test_keeps_to_the_notice(self) -> None:
        made = availability("UTC", limits=BookingLimits(minimum_notice=timedelta(hours=2)))

        made.require_bookable(half_hour(self.NINE), busy=(), now=self.NINE - timedelta(hours=2))
        with pytest.raises(SlotNotOffered):
            made.require_bookable(
                half_hour(self.NINE), busy=(), now=self.NINE - timedelta(minutes=119)
            )

    def test_keeps_the_buffer_on_both_sides(self) -> None:
        limits = BookingLimits(buffer=timedelta(minutes=15), minimum_notice=timedelta(0))
        made = availability("UTC", limits=limits)
        ten = self.NINE + timedelta(hours=1)
        busy = (half_hour(ten),)

        for offset in (-30, -15, 0, 15, 30):
            with pytest.raises(SlotTaken):
                made.require_bookable(
                    half_hour(ten + timedelta(minutes=offset)), busy=busy, now=NOW
                )
        for offset in (-45, 45):
            made.require_bookable(half_hour(ten + timedelta(minutes=offset)), busy=busy, now=NOW)

    def test_keeps_to_the_daily_cap_of_the_physicians_own_day(self) -> None:
        limits = BookingLimits(daily_cap=1, minimum_notice=timedelta(0))
        made = availability("UTC", limits=limits)
        yesterday = (half_hour(self.NINE - timedelta(days=1)),)
        today = (half_hour(self.NINE + timedelta(hours=2)),)

        made.require_bookable(half_hour(self.NINE), busy=yesterday, now=NOW)
        with pytest.raises(SlotNotOffered):
            made.require_bookable(half_hour(self.NINE), busy=today, now=NOW)
