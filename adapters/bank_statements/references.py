"""
What may be kept of the free text on a bank line: references, and no people's names.
"""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{3,34}")
_ONLY_DIGITS_AND_SEPARATORS = re.compile(r"[\d./-]+")
_SHORTEST_NUMBER = 6
_LONGEST = 140
_SAYS_NOTHING = frozenset({"NOTPROVIDED", "NONREF", "N/A", ""})


def whole(texts: Iterable[str | None]) -> frozenset[str]:
    """Texts from fields that hold nothing but a reference."""
    given = (text.strip()[:_LONGEST] for text in texts if text)
    return frozenset(text for text in given if text.upper() not in _SAYS_NOTHING)


def within(texts: Iterable[str | None]) -> frozenset[str]:
    """
    The words of free texts that look like a reference.

    They have a digit in them, as people's names have not, and are not dates.
    """
    return frozenset(
        word.rstrip("./-")
        for text in texts
        if text
        for word in _WORD.findall(text)
        if _is_reference(word)
    )


def _is_reference(word: str) -> bool:
    if not any(character.isdigit() for character in word):
        return False
    if _ONLY_DIGITS_AND_SEPARATORS.fullmatch(word):
        return word.isdigit() and len(word) >= _SHORTEST_NUMBER
    return True
