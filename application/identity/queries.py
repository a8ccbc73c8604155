"""
Reading accounts and sessions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import evolve, frozen

from application.shared.access import Actor, Role, require_person, require_role
from application.shared.pages import Page
from application.shared.ports import Clock
from domain.identity.user import UserNotFound
from domain.shared.ids import MachineClientId, PatientId, PhysicianId, SessionId, UserId

LARGEST_PAGE = 100


@frozen(kw_only=True)
class SessionHolder:
    """A session with what is known of its holder: enough to make an actor of."""

    session_id: SessionId
    user_id: UserId | None
    machine_client_id: MachineClientId | None
    label: str
    may_enter: bool
    roles: frozenset[Role]
    scopes: frozenset[str]
    patient_id: PatientId | None
    physician_id: PhysicianId | None
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None
    ended_at: datetime | None


@frozen(kw_only=True)
class SessionView:
    """One of a person's devices."""

    id: SessionId
    device: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


@frozen(kw_only=True)
class UserView:
    """
    An account as its owner and staff see it.

    Args:
        email_bounced_at: When mail to the address came back; None while it arrives.
    """

    id: UserId
    email: str
    name: str
    roles: frozenset[Role]
    status: str
    patient_id: PatientId | None
    physician_id: PhysicianId | None
    locale: str
    time_zone: str
    has_second_factor: bool
    registered_at: datetime
    email_bounced_at: datetime | None = None


@frozen(kw_only=True)
class MachineClientView:
    """A program's credentials, without the secret."""

    id: MachineClientId
    name: str
    roles: frozenset[Role]
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


class IdentityQueries(Protocol):
    """Accounts and sessions, straight from the store."""

    def find_session(self, token_hash: bytes) -> SessionHolder | None:
        """The session of a token, over or not."""
        ...

    def list_sessions(self, user_id: UserId, *, now: datetime) -> Sequence[SessionView]:
        """A person's sessions that still last, newest first; none is marked as current."""
        ...

    def find_user(self, user_id: UserId) -> UserView | None:
        """An account."""
        ...

    def list_users(self, *, limit: int, cursor: str | None, role: Role | None) -> Page[UserView]:
        """Accounts, newest first."""
        ...

    def list_machine_clients(self) -> Sequence[MachineClientView]:
        """All programs, newest first."""
        ...


@frozen
class ViewAccount:
    """Show people their own account, and administrators anybody's."""

    _queries: IdentityQueries

    def __call__(self, *, actor: Actor, user_id: UserId) -> UserView:
        if actor.user_id != user_id:
            require_role(actor, Role.ADMINISTRATOR, Role.OPERATIONS)
        view = self._queries.find_user(user_id)
        if view is None:
            raise UserNotFound("There is no such user.")
        return view


@frozen
class ListSessions:
    """Show people the devices that they are signed in on."""

    _queries: IdentityQueries
    _clock: Clock

    def __call__(self, *, actor: Actor) -> tuple[SessionView, ...]:
        sessions = self._queries.list_sessions(require_account(actor), now=self._clock.now())
        return tuple(evolve(s, is_current=s.id == actor.session_id) for s in sessions)


@frozen
class ListUsers:
    """Show administrators who has an account."""

    _queries: IdentityQueries

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None, role: Role | None = None
    ) -> Page[UserView]:
        require_role(actor, Role.ADMINISTRATOR, Role.OPERATIONS)
        return self._queries.list_users(limit=min(limit, LARGEST_PAGE), cursor=cursor, role=role)


@frozen
class ListMachineClients:
    """Show administrators which programs have credentials."""

    _queries: IdentityQueries

    def __call__(self, *, actor: Actor) -> Sequence[MachineClientView]:
        require_role(actor, Role.ADMINISTRATOR)
        return self._queries.list_machine_clients()


def require_account(actor: Actor) -> UserId:
    """
    Let a signed-in person pass.

    Raises:
        AccessDenied: A program, or the platform itself.
    """
    require_person(actor)
    if actor.user_id is None:
        raise UserNotFound("There is no such user.")
    return actor.user_id
