"""
A second factor: a secret shared with an authenticator app (TOTP, RFC 6238).
"""

from datetime import datetime

from attrs import evolve, field, frozen

from domain.shared.errors import Conflict, NotPermitted


class SecondFactorMissing(Conflict):
    """No second factor was set up."""


class SecondFactorAlreadyOn(Conflict):
    """A second factor is in use; it has to be turned off before another is set up."""


class CodeAlreadyUsed(NotPermitted):
    """Each code of an authenticator is good for one use."""


@frozen(kw_only=True)
class SecondFactor:
    """
    The secret, when it was proved to be in the app, and the last time step that was used.
    """

    secret: str = field(repr=False)
    confirmed_at: datetime | None = None
    last_step: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether signing in asks for it."""
        return self.confirmed_at is not None

    def used(self, *, step: int, now: datetime) -> "SecondFactor":
        """
        Note the use of a code; the first use turns the factor on.

        Raises:
            CodeAlreadyUsed: This code or a later one was used before.
        """
        if self.last_step is not None and step <= self.last_step:
            raise CodeAlreadyUsed("Wait for the next code.")
        return evolve(self, last_step=step, confirmed_at=self.confirmed_at or now)
