"""
How to reach a person.
"""

import re
from typing import Self

from attrs import field, frozen

from domain.shared.errors import InvalidInput

_LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1, less the angle brackets
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,190}\.[^@\s<>\".]{2,63}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class MalformedContact(InvalidInput):
    """Not an address that mail or a telephone could reach."""


@frozen
class EmailAddress:
    """An address as typed; `canonical` is what it is compared by."""

    value: str = field(repr=False)

    @value.validator
    def _check(self, _: object, value: str) -> None:
        if len(value) > _LONGEST_EMAIL or not _EMAIL.fullmatch(value):
            raise MalformedContact("This is not a full e-mail address.", field="email")

    @property
    def canonical(self) -> str:
        """Trimmed and in lower case."""
        return self.value.strip().lower()


@frozen
class PhoneNumber:
    """A number in E.164, such as +61412345678 (ITU-T E.164)."""

    value: str = field(repr=False)

    @value.validator
    def _check(self, _: object, value: str) -> None:
        if not _E164.fullmatch(value):
            raise MalformedContact(
                "Write the number with its country code, such as +61412345678.", field="phone"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as people type it, with spaces, dashes and brackets."""
        return cls(re.sub(r"[\s().-]", "", text))
