"""
What the patient tells before anybody sees them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from domain.shared.errors import Conflict, InvalidInput


class IntakeClosed(Conflict):
    """The intake was submitted; the answers stand as they were."""


class IntakeIncomplete(InvalidInput):
    """
    Required questions have no answer yet, or an answer does not fit its question.

    Args:
        link_ids: The questions, in the order in which they are asked.
    """

    def __init__(self, link_ids: tuple[str, ...]) -> None:
        super().__init__("Some questions still need an answer.", field="answers")
        self.link_ids = link_ids


class SlotNotHeld(Conflict):
    """This service is by appointment: a time has to be chosen first."""


@frozen(kw_only=True)
class RedFlag:
    """
    An answer that a physician must see first, or that forbids going on.

    Args:
        stops: Whether the patient is sent to urgent care instead.
        advice: What the patient is told, when it stops.
    """

    code: str
    label: str
    stops: bool = False
    advice: str = field(default="", repr=False)


@frozen(kw_only=True)
class Intake:
    """The answers by question (`linkId`), and what the check of them found."""

    answers: Mapping[str, Any] = field(factory=dict, repr=False)
    red_flags: tuple[RedFlag, ...] = field(default=(), repr=False)
    saved_at: datetime | None = None
    submitted_at: datetime | None = None

    @property
    def must_stop(self) -> bool:
        """Whether an answer calls for urgent care rather than this service."""
        return any(flag.stops for flag in self.red_flags)

    @property
    def ordered_flags(self) -> tuple[RedFlag, ...]:
        """The gravest first."""
        return tuple(sorted(self.red_flags, key=lambda flag: not flag.stops))
