"""
A physician's visits as an iCalendar feed (RFC 5545). It names no patient.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import frozen

from domain.shared.ids import AppointmentId, to_wire
from domain.shared.period import Period

_LINE = 75
_HEADER = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Scripted//Visits//EN", "CALSCALE:GREGORIAN")


@frozen(kw_only=True)
class FeedEntry:
    """
    A visit to be shown.

    Args:
        sequence: Rises with every change, so that calendars take over the latest.
    """

    appointment_id: AppointmentId
    during: Period
    summary: str
    sequence: int


def calendar_feed(entries: Iterable[FeedEntry], *, title: str, now: datetime) -> str:
    """Write the feed, with CRLF line ends and long lines folded."""
    lines = [*_HEADER, f"X-WR-CALNAME:{_escaped(title)}"]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{to_wire('appointment', entry.appointment_id)}@scripted",
            f"SEQUENCE:{entry.sequence}",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(entry.during.start_at)}",
            f"DTEND:{_stamp(entry.during.end_at)}",
            f"SUMMARY:{_escaped(entry.summary)}",
            "STATUS:CONFIRMED",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) + "\r\n" for line in lines)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break after 75 bytes, never inside a character (RFC 5545, 3.1)."""
    folded, width = "", 0
    for letter in line:
        size = len(letter.encode())
        if width + size > _LINE:
            folded, width = folded + "\r\n ", 1
        folded, width = folded + letter, width + size
    return folded
