"""
When a physician's money goes to their bank by itself.

A schedule is kept for each physician and currency. Weekly and monthly ones have periods, which
begin with a day in the physician's own time zone; a period is served once, by a payout or by a
noted reason why there was none. Those that passed while nobody looked are served together.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from domain.payouts.events import PayoutScheduleChosen, PayoutSkipped
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import PayoutId, PayoutScheduleId, PhysicianId, to_wire
from domain.shared.money import Currency, Money

ASK_AGAIN_AFTER = timedelta(hours=1)
"""How long a minimum that could not be paid out is left alone."""

_WEEK = 7
_LONGEST_MONTH = 31


class PayoutScheduleNotFound(NotFound):
    """No such schedule, or none that this actor may know of."""


class MalformedRhythm(InvalidInput):
    """Not something that a calendar or a wallet could follow."""


class Cadence(StrEnum):
    """How often."""

    MANUAL = "manual"  # the physician asks each time
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MINIMUM = "minimum"  # as soon as there is so much


@frozen(kw_only=True)
class Rhythm:
    """
    What a physician chose.

    Args:
        weekday: Of a weekly one; 0 is Monday.
        day_of_month: Of a monthly one. In a shorter month it is the last day.
        minimum: Of one that waits for an amount.
    """

    cadence: Cadence = Cadence.MANUAL
    weekday: int | None = field(default=None)
    day_of_month: int | None = field(default=None)
    minimum: Money | None = field(default=None)

    def __attrs_post_init__(self) -> None:
        wanted = {
            Cadence.WEEKLY: ("weekday", self.weekday),
            Cadence.MONTHLY: ("day_of_month", self.day_of_month),
            Cadence.MINIMUM: ("minimum", self.minimum),
        }
        for cadence, (name, value) in wanted.items():
            if (value is not None) is not (cadence is self.cadence):
                raise MalformedRhythm(_ASKS_FOR[cadence], field=name)
        if self.weekday is not None and not 0 <= self.weekday < _WEEK:
            raise MalformedRhythm("A weekday is 0, Monday, to 6, Sunday.", field="weekday")
        if self.day_of_month is not None and not 1 <= self.day_of_month <= _LONGEST_MONTH:
            raise MalformedRhythm("A day of the month is 1 to 31.", field="day_of_month")
        if self.minimum is not None and self.minimum.minor <= 0:
            raise MalformedRhythm("The amount has to be above nothing.", field="minimum")

    def first_after(self, day: date) -> date | None:
        """The first day after this one on which a period begins; None without periods."""
        if self.weekday is not None:
            return day + timedelta(days=(self.weekday - day.weekday() - 1) % _WEEK + 1)
        if self.day_of_month is not None:
            this_month = _in_month(day, self.day_of_month)
            if this_month > day:
                return this_month
            return _in_month(_next_month(day), self.day_of_month)
        return None

    def latest_until(self, day: date) -> date | None:
        """The last day up to this one on which a period begins; None without periods."""
        if self.weekday is not None:
            return day - timedelta(days=(day.weekday() - self.weekday) % _WEEK)
        if self.day_of_month is not None:
            this_month = _in_month(day, self.day_of_month)
            if this_month <= day:
                return this_month
            return _in_month(day.replace(day=1) - timedelta(days=1), self.day_of_month)
        return None


class SkipReason(StrEnum):
    """Why a period brought no payout."""

    ACCOUNT_NOT_READY = "account_not_ready"
    COOLING_OFF = "cooling_off"
    PAUSED = "paused"
    BELOW_SMALLEST = "below_smallest"
    UNDER_REVIEW = "under_review"


@frozen(kw_only=True)
class Run:
    """
    What a schedule did last.

    Args:
        period: The period's first day, or the number of a minimum that was reached.
        reason: Why there was no payout.
    """

    period: str
    at: datetime
    payout_id: PayoutId | None = None
    amount: Money | None = None
    reason: SkipReason | None = None


@frozen(kw_only=True)
class Due:
    """A period to be served; `occasion` is the same for it whenever and by whomever."""

    period: str
    occasion: str


@define(eq=False, kw_only=True)
class PayoutSchedule(Aggregate):
    """
    One physician's wish for one currency.

    Args:
        served_until: Periods that begin on this day or before are over.
        reached: How often its minimum was paid out.
        next_at: Not to be looked at before; None if never.
    """

    id: PayoutScheduleId
    physician_id: PhysicianId
    currency: Currency
    rhythm: Rhythm
    chosen_at: datetime
    served_until: date
    reached: int = 0
    next_at: datetime | None = None
    last_run: Run | None = None

    @classmethod
    def keep(
        cls, *, id: PayoutScheduleId, physician_id: PhysicianId, currency: Currency, now: datetime
    ) -> Self:
        """Begin with what holds for whoever has not chosen: nothing happens by itself."""
        return cls(
            id=id,
            physician_id=physician_id,
            currency=currency,
            rhythm=Rhythm(),
            chosen_at=now,
            served_until=now.date(),
        )

    def choose(self, rhythm: Rhythm, *, zone: ZoneInfo, now: datetime) -> None:
        """
        Follow another rhythm from tomorrow on, in the physician's time zone; a minimum at once.

        Raises:
            MalformedRhythm: The minimum is in another currency.
        """
        if rhythm.minimum is not None and rhythm.minimum.currency != self.currency:
            raise MalformedRhythm(f"Name the amount in {self.currency}.", field="minimum")
        if rhythm == self.rhythm:
            return
        self.rhythm = rhythm
        self.chosen_at = now
        self.served_until = now.astimezone(zone).date()
        self._plan(zone, now)
        self.record(
            PayoutScheduleChosen(
                payout_schedule_id=self.id,
                physician_id=self.physician_id,
                cadence=rhythm.cadence.value,
                occurred_at=now,
            )
        )

    def due(self, *, available: Money, zone: ZoneInfo, now: datetime) -> Due | None:
        """
        What is to be served now; None if nothing is.

        Of several periods that passed, only the latest is served.
        """
        if self.next_at is None or now < self.next_at:
            return None
        if self.rhythm.minimum is not None:
            if available < self.rhythm.minimum:
                return None
            return self._due(self._next_minimum)
        begun = self.rhythm.latest_until(now.astimezone(zone).date())
        if begun is None or begun <= self.served_until:
            return None
        return self._due(begun.isoformat())

    def awaits(self, due: Due) -> bool:
        """Whether nobody has served this period yet."""
        if self.rhythm.minimum is not None:
            return due.period == self._next_minimum
        return due.period > self.served_until.isoformat()

    def pay(
        self, due: Due, payout_id: PayoutId, amount: Money, *, zone: ZoneInfo, now: datetime
    ) -> None:
        """A payout was made for the period."""
        self.last_run = Run(period=due.period, at=now, payout_id=payout_id, amount=amount)
        self.reached += self.rhythm.cadence is Cadence.MINIMUM
        self._serve(zone, now)

    def skip(self, due: Due, reason: SkipReason, *, zone: ZoneInfo, now: datetime) -> None:
        """
        No payout could be made for the period. The physician is told once.

        A minimum is tried again; for a week or a month the next one is waited for.
        """
        known = self.last_run
        if known is None or (known.period, known.reason) != (due.period, reason):
            self.last_run = Run(period=due.period, at=now, reason=reason)
            self.record(
                PayoutSkipped(
                    payout_schedule_id=self.id,
                    physician_id=self.physician_id,
                    period=due.period,
                    reason=reason.value,
                    occurred_at=now,
                )
            )
        self._serve(zone, now)
        if self.rhythm.cadence is Cadence.MINIMUM:
            self.next_at = now + ASK_AGAIN_AFTER

    def look_again(self, *, zone: ZoneInfo, now: datetime) -> None:
        """Nothing was due: the physician moved to another time zone, say."""
        self._plan(zone, now)

    def next_on(self) -> date | None:
        """The day on which the next period begins."""
        return self.rhythm.first_after(self.served_until)

    @property
    def _next_minimum(self) -> str:
        return f"minimum {self.reached + 1}"

    def _serve(self, zone: ZoneInfo, now: datetime) -> None:
        if self.rhythm.cadence is not Cadence.MINIMUM:
            self.served_until = now.astimezone(zone).date()
        self._plan(zone, now)

    def _plan(self, zone: ZoneInfo, now: datetime) -> None:
        begins_on = self.next_on()
        if self.rhythm.cadence is Cadence.MINIMUM:
            self.next_at = now
        else:
            self.next_at = None if begins_on is None else _midnight(begins_on, zone)

    def _due(self, period: str) -> Due:
        wire_id = to_wire("payout_schedule", self.id)
        return Due(period=period, occasion=f"{wire_id} {period}")


def _in_month(day: date, wanted: int) -> date:
    _, length = monthrange(day.year, day.month)
    return day.replace(day=min(wanted, length))


def _next_month(day: date) -> date:
    return day.replace(day=1) + timedelta(days=_LONGEST_MONTH)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where clocks skip midnight, this is the hour after it, which is the day's first.
    return datetime.combine(day, time(), zone).astimezone(UTC)


_ASKS_FOR = {
    Cadence.WEEKLY: "A weekly schedule, and no other, has a weekday.",
    Cadence.MONTHLY: "A monthly schedule, and no other, has a day of the month.",
    Cadence.MINIMUM: "A schedule that waits for an amount, and no other, has a minimum.",
}
