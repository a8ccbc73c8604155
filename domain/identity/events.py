"""
What happens to people's accounts.
"""

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import UserId


@frozen(kw_only=True)
class UserRegistered(DomainEvent):
    """Somebody can sign in, or was invited to."""

    user_id: UserId


@frozen(kw_only=True)
class UserSuspended(DomainEvent):
    """Somebody can no longer sign in."""

    user_id: UserId


@frozen(kw_only=True)
class UserReinstated(DomainEvent):
    """Somebody can sign in again."""

    user_id: UserId


@frozen(kw_only=True)
class PasswordChanged(DomainEvent):
    """Somebody has a new password, so that every session but the one that set it is over."""

    user_id: UserId


@frozen(kw_only=True)
class PasswordResetRequested(DomainEvent):
    """Somebody said that they forgot their password, and waits for a link."""

    user_id: UserId


@frozen(kw_only=True)
class SecondFactorChanged(DomainEvent):
    """A second factor was set up or taken away."""

    user_id: UserId
    enabled: bool
