"""
A physician's name, and when two spellings of one are the same person's.
"""

import unicodedata

from attrs import field, frozen

from domain.shared.errors import InvalidInput

_LONGEST = 100


def _trimmed(text: str) -> str:
    return text.strip()


class MalformedName(InvalidInput):
    """A part of the name is missing or too long."""


@frozen(kw_only=True)
class PhysicianName:
    """As on the licence. `title` is for show: Dr, Prof."""

    given: str = field(converter=_trimmed)
    family: str = field(converter=_trimmed)
    title: str = field(default="Dr", converter=_trimmed)

    def __attrs_post_init__(self) -> None:
        for part, name in ((self.given, "given_name"), (self.family, "family_name")):
            if not part or len(part) > _LONGEST:
                raise MalformedName("Write the name as on your licence.", field=name)

    @property
    def full(self) -> str:
        """As it is shown to patients."""
        return " ".join(part for part in (self.title, self.given, self.family) if part)

    def is_of_same_person(self, *, given: str, family: str) -> bool:
        """
        Whether another source means the same person.

        The family names must be equal but for capitals, accents and punctuation; of the
        given names the first must be, so that a middle name may be missing on one side.
        """
        mine, theirs = _words(self.given), _words(given)
        return (
            bool(mine and theirs) and mine[0] == theirs[0] and _words(self.family) == _words(family)
        )


def _words(name: str) -> list[str]:
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(letter)
    )
    return "".join(
        letter if letter.isalnum() else "" if letter in "'\u2019." else " " for letter in bare
    ).split()
