"""
What can go wrong in the core.

A refusal is a class beside the rule that raises it, derived from the kind below
that says what the caller can do about it. Front ends map the kinds, not the
classes, so that a new refusal needs no change there.
"""

from typing import ClassVar


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


class DomainError(Exception):
    """
    A refusal. The message is written for the person who asked and holds no PHI.
    """

    code: ClassVar[str] = "refused"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in cls.__dict__:
            cls.code = _snake(cls.__name__)


class InvalidInput(DomainError):
    """
    What was given cannot be right, whatever the state of things.

    Args:
        field: Where in the input the mistake is, in dotted form.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(DomainError):
    """
    No such thing, or none that this actor may know of.
    """


class NotPermitted(DomainError):
    """
    The actor may see it but may not do this to it.
    """


class Conflict(DomainError):
    """
    Right in itself, but not in the present state of things.
    """


class Unavailable(DomainError):
    """
    A vendor or resource does not answer now; the same request may succeed later.
    """


class InvariantError(Exception):
    """
    A bug: something that must never be so. Raises an alarm, tells the person nothing.
    """
