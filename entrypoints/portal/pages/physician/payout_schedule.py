"""
When money goes to the bank by itself, in words, and read from a form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from application.payouts.schedule_queries import PayoutScheduleView
from domain.payouts.schedule import Cadence, Rhythm, Run, SkipReason
from domain.shared.errors import InvalidInput
from entrypoints.portal.pages.physician.amounts import read_money
from entrypoints.portal.words import LOCALE, amount, moment, zone_name

CADENCE_CHOICES = (
    (Cadence.MANUAL.value, "Only when I ask"),
    (Cadence.WEEKLY.value, "Every week"),
    (Cadence.MONTHLY.value, "Every month"),
    (Cadence.MINIMUM.value, "When an amount is reached"),
)
SKIPPED_WORDS: Mapping[SkipReason, str] = {
    SkipReason.ACCOUNT_NOT_READY: (
        "your payout account was not ready. See what is missing in your onboarding."
    ),
    SkipReason.COOLING_OFF: (
        "your bank details had just changed. For your safety nothing is paid for three days."
    ),
    SkipReason.PAUSED: (
        "the last withdrawals failed for the same reason. Correct your bank details first."
    ),
    SkipReason.BELOW_SMALLEST: "there was less than the smallest amount that is paid out.",
    SkipReason.UNDER_REVIEW: (
        "a person of ours still looks into an earlier withdrawal. You need not do anything."
    ),
}
_MONDAY = date(2024, 1, 1)
WEEKDAYS = tuple(
    (str(number), str(format_date(_MONDAY + timedelta(days=number), "EEEE", locale=LOCALE)))
    for number in range(7)
)
_DAYS_OF_MONTH = 31


class UnfitDay(InvalidInput):
    """Not a day of a week or of a month."""


@dataclass(frozen=True)
class PastRun:
    """What became of a period."""

    words: str
    tone: str


@dataclass(frozen=True)
class Schedule:
    """
    What holds for one currency.

    Args:
        rule: Such as "Every Monday".
        next: What happens next, in a sentence.
        hitch: Why the last period brought no payout.
        weekday: As the form shows it; so are `day` and `minimum`.
    """

    currency: str
    cadence: str
    rule: str
    next: str
    hitch: str
    runs: list[PastRun]
    weekday: str
    day: str
    minimum: str


def schedules(
    views: Iterable[PayoutScheduleView], currencies: Iterable[str], zone: str
) -> list[Schedule]:
    """What holds for each currency; by hand where nothing was chosen."""
    chosen = {view.currency: view for view in views}
    wanted = dict.fromkeys([*currencies, *chosen])
    return [
        _schedule(chosen[currency], zone) if currency in chosen else _by_hand(currency)
        for currency in wanted
    ]


def rhythm_from(form: Mapping[str, Any], currency: str) -> Rhythm:
    """
    What a form asks for.

    Raises:
        UnfitAmount: The minimum is no amount.
        UnfitDay: The day is none.
        MalformedRhythm: It is no day of a week or month.
    """
    cadence = Cadence(str(form.get("cadence", Cadence.MANUAL.value)))
    return Rhythm(
        cadence=cadence,
        weekday=_number(form, "weekday") if cadence is Cadence.WEEKLY else None,
        day_of_month=_number(form, "day_of_month") if cadence is Cadence.MONTHLY else None,
        minimum=read_money(str(form.get("minimum", "")), currency)
        if cadence is Cadence.MINIMUM
        else None,
    )


def _number(form: Mapping[str, Any], name: str) -> int:
    written = str(form.get(name, ""))
    if not written.isdecimal():
        raise UnfitDay("Choose a day.", field=name)
    return int(written)


def _by_hand(currency: str) -> Schedule:
    return Schedule(
        currency=currency,
        cadence=Cadence.MANUAL.value,
        rule=_RULE[Cadence.MANUAL],
        next="Nothing is paid out by itself.",
        hitch="",
        runs=[],
        weekday="0",
        day="1",
        minimum="",
    )


def _schedule(view: PayoutScheduleView, zone: str) -> Schedule:
    rhythm = view.rhythm
    return Schedule(
        currency=view.currency,
        cadence=rhythm.cadence.value,
        rule=rule_words(rhythm),
        next=_next_words(view),
        hitch=_hitch(view),
        runs=[_past(run, zone) for run in view.runs],
        weekday=str(rhythm.weekday or 0),
        day=str(rhythm.day_of_month or 1),
        minimum="" if rhythm.minimum is None else str(rhythm.minimum.major),
    )


def rule_words(rhythm: Rhythm) -> str:
    """`Every Monday`, `On the last day of every month`."""
    if rhythm.weekday is not None:
        return f"Every {WEEKDAYS[rhythm.weekday][1]}"
    if rhythm.day_of_month == _DAYS_OF_MONTH:
        return "On the last day of every month"
    if rhythm.day_of_month is not None:
        return f"On day {rhythm.day_of_month} of every month"
    if rhythm.minimum is not None:
        return f"As soon as {amount(rhythm.minimum)} are available"
    return _RULE[Cadence.MANUAL]


def _next_words(view: PayoutScheduleView) -> str:
    if view.next_on is not None and view.expected is not None:
        day = format_date(view.next_on, "EEEE, d MMMM", locale=LOCALE)
        start = f"Next on {day}, {zone_name(view.time_zone)}"
        if not view.expected:
            return f"{start}. So far there is nothing to pay out."
        return f"{start}: {amount(view.expected)} as it stands, and what clears until then."
    if view.rhythm.minimum is not None:
        return "Everything that is available then goes to your bank."
    return "Nothing is paid out by itself."


def _hitch(view: PayoutScheduleView) -> str:
    """What to know of the last period, unless there was simply nothing to pay."""
    last = view.runs[0].reason if view.runs else None
    if last is None or last is SkipReason.BELOW_SMALLEST:
        return ""
    words = SKIPPED_WORDS[last]
    return words[:1].upper() + words[1:]


def _past(run: Run, zone: str) -> PastRun:
    when = moment(run.at, zone)
    if run.reason is not None:
        return PastRun(words=f"{when}: skipped, because {SKIPPED_WORDS[run.reason]}", tone="wait")
    paid = "" if run.amount is None else amount(run.amount)
    return PastRun(words=f"{when}: {paid} withdrawn.", tone="")


_RULE = {Cadence.MANUAL: "Only when you ask"}
