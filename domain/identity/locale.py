"""
The language and the clock that a person lives by.
"""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.shared.errors import InvalidInput

_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")


def in_one_line(text: str) -> str:
    """What somebody wrote, without line breaks and characters that cannot be shown or stored."""
    spaced = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(spaced.split())


class UnknownTimeZone(InvalidInput):
    """Not a zone of the IANA database."""


class MalformedLocale(InvalidInput):
    """Not a language tag."""


def checked_time_zone(name: str) -> str:
    """
    Let the name of a zone such as `Australia/Sydney` pass.

    Raises:
        UnknownTimeZone: The IANA database has no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(
            "Name a time zone such as Australia/Sydney.", field="time_zone"
        ) from None
    return name


def checked_locale(tag: str) -> str:
    """
    Let a language tag such as `en-AU` pass (RFC 5646, language with script and region).

    Raises:
        MalformedLocale: It is not one.
    """
    if not _LANGUAGE_TAG.fullmatch(tag):
        raise MalformedLocale("Name a language such as en or fr-FR.", field="locale")
    return tag
