"""
Dates, amounts and lengths of time as the reader reads them.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_date, format_datetime, format_time, get_timezone_name
from babel.numbers import format_currency

from domain.shared.money import Money

LOCALE = "en_GB"
_ZONES = frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is a time zone of the IANA database."""
    return name in _ZONES


def zone_of(name: str) -> ZoneInfo:
    """The time zone, or UTC when it is not known."""
    return ZoneInfo(name) if is_zone(name) else ZoneInfo("UTC")


def amount(money: Money) -> str:
    """`Money.of(4500, "AUD")` is `A$45.00`."""
    return str(format_currency(money.major, money.currency.code, locale=LOCALE))


def day(on: date) -> str:
    """`22 November 2026`."""
    return str(format_date(on, "d MMMM y", locale=LOCALE))


def month_name(first_on: date) -> str:
    """`November 2026`."""
    return str(format_date(first_on, "LLLL y", locale=LOCALE))


def clock_time(at: datetime, zone: str) -> str:
    """`14:30`, in the reader's zone."""
    return str(format_time(at.astimezone(zone_of(zone)), "HH:mm", locale=LOCALE))


def moment(at: datetime, zone: str) -> str:
    """`Sun 22 Nov, 14:30`, in the reader's zone."""
    return str(format_datetime(at.astimezone(zone_of(zone)), "EEE d MMM, HH:mm", locale=LOCALE))


def moment_with_zone(at: datetime, zone: str) -> str:
    """`Sun 22 Nov, 14:30 Sydney time`: for what must not be missed."""
    return f"{moment(at, zone)} {zone_name(zone)}"


def zone_name(zone: str) -> str:
    """`Sydney time`; `UTC` when the zone is not known."""
    if not is_zone(zone) or zone == "UTC":
        return "UTC"
    city = str(get_timezone_name(zone_of(zone), width="short", locale=LOCALE))
    named = zone.rpartition("/")[2].replace("_", " ")
    return f"{named} time" if "/" in zone else city


def span(length: timedelta) -> str:
    """A length of time in its largest whole unit: `2 hours`, `3 days`."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = seconds // size
        if count >= 1 and (unit != "day" or count > 1):
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"


def span_at_most(length: timedelta) -> str:
    """A length of time, rounded up, for a promise: 61 minutes are `2 hours`."""
    seconds = int(length.total_seconds())
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size or size == 60:
            count = max(1, -(-seconds // size))
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    raise AssertionError("the last unit answers always")


def short(reference: str) -> str:
    """`co_…00001h`: enough of an identifier to tell it from its neighbours."""
    prefix, _, digits = reference.partition("_")
    return f"{prefix}_…{digits[-6:]}" if digits else reference


def ago(at: datetime, *, now: datetime | None = None) -> str:
    """`12 minutes ago`."""
    passed = (now or datetime.now(UTC)) - at
    return "just now" if passed < timedelta(minutes=1) else f"{span(passed)} ago"


def file_size(count: int) -> str:
    """`340 kB`, `2.1 MB`."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1_000))} kB"
    return f"{count / 1_000_000:.1f} MB"
