"""
A token that is good once: an invitation, or a forgotten password.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import define, field

from domain.shared.errors import NotPermitted
from domain.shared.ids import UserId


class TokenPurpose(StrEnum):
    """What it is for; a token for one purpose does nothing for another."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password


LIFETIMES = {
    TokenPurpose.INVITATION: timedelta(days=7),
    TokenPurpose.PASSWORD_RESET: timedelta(hours=1),
}


class TokenSpent(NotPermitted):
    """Unknown, already used, or too old."""


@define(eq=False, kw_only=True)
class OneTimeToken:
    """Stored as a hash: who reads the table cannot use it."""

    token_hash: bytes = field(repr=False)
    purpose: TokenPurpose
    user_id: UserId
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    @classmethod
    def issue(
        cls, *, token_hash: bytes, purpose: TokenPurpose, user_id: UserId, now: datetime
    ) -> "OneTimeToken":
        """Make one that lasts as long as its purpose allows."""
        return cls(
            token_hash=token_hash,
            purpose=purpose,
            user_id=user_id,
            issued_at=now,
            expires_at=now + LIFETIMES[purpose],
        )

    def use(self, *, purpose: TokenPurpose, now: datetime) -> None:
        """
        Spend it.

        Raises:
            TokenSpent: For another purpose, used before, or too old.
        """
        if self.purpose is not purpose or self.used_at is not None or now >= self.expires_at:
            raise TokenSpent("This link was used already or is too old. Ask for a new one.")
        self.used_at = now
