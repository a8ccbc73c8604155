"""
What slows down guessing: after a few failures each further one costs a growing wait.
"""

from datetime import datetime, timedelta

from attrs import define

from domain.identity.session import AuthenticationFailed
from domain.shared.contact import EmailAddress
from domain.shared.errors import NotPermitted

FREE_FAILURES = 5
SHORTEST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
_FORGOTTEN_AFTER = timedelta(hours=24)


class SignInLocked(NotPermitted):
    """
    Too many failures with this address; `retry_at` is when the next try is allowed.
    """

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__("Too many attempts. Wait a while before you try again.")
        self.retry_at = retry_at


class WrongCredentials(AuthenticationFailed):
    """The address, the password or the code is wrong; which one is not said."""


class SecondFactorRequired(AuthenticationFailed):
    """The password is right, and a code from the authenticator is needed as well."""


@define(eq=False, kw_only=True)
class SignInGuard:
    """
    The attempts with one address, whether or not anybody signs in with it.
    """

    email: EmailAddress
    failures: int = 0
    last_attempt_at: datetime | None = None
    locked_until: datetime | None = None

    def admit(self, *, now: datetime) -> None:
        """
        Count an attempt as failed until it proves right.

        Counting it beforehand is what stops many attempts made at once.

        Raises:
            SignInLocked: The wait after the last failure is not over.
        """
        if self.locked_until is not None and now < self.locked_until:
            raise SignInLocked(retry_at=self.locked_until)
        if self.last_attempt_at is not None and now - self.last_attempt_at > _FORGOTTEN_AFTER:
            self.failures = 0
        self.failures += 1
        self.last_attempt_at = now
        self.locked_until = None
        if self.failures >= FREE_FAILURES:
            self.locked_until = now + _wait(self.failures - FREE_FAILURES)

    def relent(self) -> None:
        """Forget the failures: the attempt was right."""
        self.failures = 0
        self.locked_until = None


def _wait(excess: int) -> timedelta:
    # A power beyond this is longer than the longest wait anyway.
    return min(SHORTEST_WAIT * (1 << min(excess, 16)), LONGEST_WAIT)
