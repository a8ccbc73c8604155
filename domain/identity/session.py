"""
A session: what a token stands for, and for how long.
"""

from datetime import datetime, timedelta
from typing import Self

from attrs import define, field

from domain.identity.locale import in_one_line
from domain.shared.errors import InvariantError, NotFound, NotPermitted
from domain.shared.events import Aggregate
from domain.shared.ids import MachineClientId, SessionId, UserId

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
MACHINE_TOKEN = timedelta(hours=1)
# A step-up is for the deed at hand, not for the day.
STEP_UP_LASTS = timedelta(minutes=15)
_LONGEST_DEVICE = 200
# Writing down every request would turn each read into a write.
_NOTED_EVERY = timedelta(minutes=1)


class AuthenticationFailed(NotPermitted):
    """Who asks could not be established."""


class NotSignedIn(AuthenticationFailed):
    """No token, an unknown one, or one that is over."""


class SessionNotFound(NotFound):
    """No such session of this person."""


class StepUpRequired(NotPermitted):
    """This deed needs a second factor given a short while ago."""


@define(eq=False, kw_only=True)
class Session(Aggregate):
    """
    A person's or a program's stay. It ends when idle too long, at its latest hour, or on demand.
    """

    id: SessionId
    token_hash: bytes = field(repr=False)
    user_id: UserId | None = None
    machine_client_id: MachineClientId | None = None
    scopes: frozenset[str] = frozenset()
    device: str = ""
    started_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None = None
    ended_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        if (self.user_id is None) == (self.machine_client_id is None):
            raise InvariantError("a session belongs to a person or to a program")

    @classmethod
    def of_person(
        cls,
        *,
        id: SessionId,
        token_hash: bytes,
        user_id: UserId,
        device: str,
        stepped_up: bool,
        now: datetime,
    ) -> Self:
        """Begin a person's session."""
        return cls(
            id=id,
            token_hash=token_hash,
            user_id=user_id,
            device=in_one_line(device)[:_LONGEST_DEVICE],
            started_at=now,
            last_seen_at=now,
            idle_expires_at=now + IDLE,
            expires_at=now + LONGEST,
            stepped_up_at=now if stepped_up else None,
        )

    @classmethod
    def of_machine(
        cls,
        *,
        id: SessionId,
        token_hash: bytes,
        machine_client_id: MachineClientId,
        scopes: frozenset[str],
        now: datetime,
    ) -> Self:
        """Begin a program's session, whose end does not slide."""
        return cls(
            id=id,
            token_hash=token_hash,
            machine_client_id=machine_client_id,
            scopes=scopes,
            device="machine client",
            started_at=now,
            last_seen_at=now,
            idle_expires_at=now + MACHINE_TOKEN,
            expires_at=now + MACHINE_TOKEN,
        )

    def lasts(self, *, now: datetime) -> bool:
        """Whether its token still opens the door."""
        return self.ended_at is None and now < min(self.idle_expires_at, self.expires_at)

    def see(self, *, now: datetime) -> None:
        """Note a sign of life, which puts off the end."""
        self.last_seen_at = now
        if self.user_id is not None:
            self.idle_expires_at = min(now + IDLE, self.expires_at)

    def step_up(self, *, now: datetime) -> None:
        """Note that a second factor was given."""
        self.stepped_up_at = now

    def end(self, *, now: datetime) -> None:
        """Sign out; ending twice is no mistake."""
        if self.ended_at is None:
            self.ended_at = now


def is_worth_noting(*, last_seen_at: datetime, now: datetime) -> bool:
    """Whether the last sign of life was noted so long ago that this one has to be."""
    return now - last_seen_at >= _NOTED_EVERY


def check_step_up(stepped_up_at: datetime | None, *, now: datetime) -> None:
    """
    Let a session pass that gave a second factor a short while ago.

    Raises:
        StepUpRequired: None was given, or too long ago.
    """
    if stepped_up_at is None or now - stepped_up_at > STEP_UP_LASTS:
        raise StepUpRequired(
            "Confirm this with a code from your authenticator, or sign in again with one."
        )
