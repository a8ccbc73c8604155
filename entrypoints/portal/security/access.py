"""
Who may call which handler.

Any browser can call any public method of any State, whatever the page shows. So every
handler says for whom it is, and the gate refuses one that says nothing.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

import reflex as rx

from application.shared.access import Actor, Role

_MARK = "__portal_audience__"


class Audience(Enum):
    """A kind of reader that a page or handler is made for."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"
    PATIENT = "patient"
    PHYSICIAN = "physician"
    STAFF = "staff"

    def admits(self, actor: Actor | None) -> bool:
        """Whether this reader is one of them."""
        if self is Audience.ANYBODY:
            return True
        if actor is None:
            return False
        if self is Audience.STAFF:
            return actor.is_staff
        return self is Audience.SIGNED_IN or Role(self.value) in actor.roles


def allowed(audience: Audience) -> Callable[[Callable[..., Any]], Any]:
    """
    Make a method an event handler, and declare for whom it is.

    What it returns is Reflex's own, which has no useful type.
    """

    def declare(handler: Callable[..., Any]) -> Any:
        setattr(handler, _MARK, audience)
        return rx.event(handler)

    return declare


def audience_of(handler: Callable[..., Any]) -> Audience | None:
    """For whom a handler is, or None when it never said."""
    audience = getattr(handler, _MARK, None)
    return audience if isinstance(audience, Audience) else None
