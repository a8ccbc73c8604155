"""
What the patient tells before anybody sees them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from attrs import field, frozen

from domain.catalogue.answers import RaisedFlag
from domain.catalogue.conditions import RedFlagEffect
from domain.shared.errors import Conflict


class IntakeClosed(Conflict):
    """The intake was submitted; the answers stand as they were."""


class ConsentMissing(Conflict):
    """The patient has not agreed to everything that care at a distance needs."""


class ServiceNotOffered(Conflict):
    """The service was retired."""


class SlotNotHeld(Conflict):
    """This service is by appointment: a time has to be chosen first."""


@frozen(kw_only=True)
class RedFlag:
    """
    An answer that a physician must see first, or that forbids going on.

    Args:
        message: What it means, and when it stops, what the patient should do.
        stops: Whether the patient is sent to urgent care instead.
    """

    code: str
    message: str = field(repr=False)
    stops: bool = False

    @classmethod
    def of(cls, raised: RaisedFlag) -> Self:
        """Keep what the check of the answers raised."""
        return cls(
            code=raised.code,
            message=raised.message,
            stops=raised.effect is RedFlagEffect.STOP,
        )


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
