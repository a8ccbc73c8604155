"""
Where a patient is, and where a physician may therefore be licensed.
"""

import re

from attrs import field, frozen

from domain.shared.errors import InvalidInput

_ISO_3166 = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class MalformedJurisdiction(InvalidInput):
    """Not a place in ISO 3166."""


@frozen
class Jurisdiction:
    """
    A country or a subdivision of one, in ISO 3166 (`AU`, `US-CA`).
    """

    code: str = field()

    @code.validator
    def _check(self, _: object, code: str) -> None:
        if not _ISO_3166.fullmatch(code):
            raise MalformedJurisdiction(
                "Write the place in ISO 3166, such as AU or US-CA.", field="jurisdiction"
            )

    @property
    def country(self) -> str:
        """The two-letter country."""
        return self.code[:2]

    def covers(self, place: "Jurisdiction") -> bool:
        """Whether a licence here is good there: the same place, or a part of it."""
        return place.code == self.code or place.code.startswith(self.code + "-")

    def __str__(self) -> str:
        return self.code
