"""
Accounts, sessions and guards in memory; hashing and codes that can be foreseen.
"""

import hashlib
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from attrs import define, evolve, field

from application.identity.queries import (
    MachineClientView,
    SessionHolder,
    SessionView,
    UserView,
)
from application.shared.access import Role
from application.shared.pages import Page
from domain.identity.lockout import SignInGuard
from domain.identity.machine_client import MachineClient, MachineClientNotFound
from domain.identity.one_time_token import OneTimeToken, TokenPurpose, TokenSpent
from domain.identity.session import Session, SessionNotFound
from domain.identity.user import EmailTaken, User, UserNotFound, UserStatus
from domain.shared.contact import EmailAddress
from domain.shared.ids import MachineClientId, SessionId, UserId
from tests.fakes.aggregates import Aggregates, Collector


@define(eq=False)
class InMemoryUsers:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, user: User) -> None:
        self._require_free(user)
        self._store.put(user.id, user)

    def get(self, user_id: UserId) -> User:
        found: User | None = self._store.find(user_id)
        if found is None:
            raise UserNotFound("There is no such user.")
        return found

    def read(self, user_id: UserId) -> User:
        return self.get(user_id)

    def find_by_email(self, email: EmailAddress) -> User | None:
        return next((u for u in self.all() if u.email.canonical == email.canonical), None)

    def save(self, user: User) -> None:
        self._require_free(user)
        self._store.put(user.id, user)

    def all(self) -> list[User]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)

    def _require_free(self, user: User) -> None:
        holder = self.find_by_email(user.email)
        if holder is not None and holder.id != user.id:
            raise EmailTaken("There is already an account with this address.")


@define(eq=False)
class InMemorySessions:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, session: Session) -> None:
        self._store.put(session.id, session)

    def get(self, session_id: SessionId) -> Session:
        found: Session | None = self._store.find(session_id)
        if found is None:
            raise SessionNotFound("There is no such session.")
        return found

    def lasting_of(self, user_id: UserId) -> Sequence[Session]:
        return [s for s in self.all() if s.user_id == user_id and s.ended_at is None]

    def save(self, session: Session) -> None:
        self._store.put(session.id, session)

    def forget(self, *, ended_before: datetime) -> int:
        old = [s.id for s in self.all() if s.expires_at < ended_before]
        self._store.rows = {k: v for k, v in self._store.rows.items() if k not in old}
        return len(old)

    def all(self) -> list[Session]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemorySignInGuards:
    rows: dict[str, SignInGuard] = field(factory=dict)

    def of(self, email: EmailAddress) -> SignInGuard:
        return deepcopy(self.rows.get(email.canonical, SignInGuard(email=email)))

    def save(self, guard: SignInGuard) -> None:
        self.rows[guard.email.canonical] = deepcopy(guard)

    def forget(self, *, quiet_since: datetime) -> int:
        kept = {
            email: guard
            for email, guard in self.rows.items()
            if guard.last_attempt_at is None or guard.last_attempt_at >= quiet_since
        }
        gone = len(self.rows) - len(kept)
        self.rows = kept
        return gone

    def snapshot(self) -> Any:
        return dict(self.rows)

    def restore(self, snapshot: Any) -> None:
        self.rows = snapshot


@define(eq=False)
class InMemoryMachineClients:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, client: MachineClient) -> None:
        self._store.put(client.id, client)

    def get(self, client_id: MachineClientId) -> MachineClient:
        found: MachineClient | None = self._store.find(client_id)
        if found is None:
            raise MachineClientNotFound("There is no such machine client.")
        return found

    def save(self, client: MachineClient) -> None:
        self._store.put(client.id, client)

    def all(self) -> list[MachineClient]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryOneTimeTokens:
    rows: dict[bytes, OneTimeToken] = field(factory=dict)

    def add(self, token: OneTimeToken) -> None:
        self.rows[token.token_hash] = deepcopy(token)

    def get(self, token_hash: bytes) -> OneTimeToken:
        if token_hash not in self.rows:
            raise TokenSpent("This link was used already or is too old. Ask for a new one.")
        return deepcopy(self.rows[token_hash])

    def save(self, token: OneTimeToken) -> None:
        self.rows[token.token_hash] = deepcopy(token)

    def spend_all_of(self, user_id: UserId, *, now: datetime) -> None:
        for token in list(self.rows.values()):
            if token.user_id == user_id and token.used_at is None:
                self.save(evolve(token, used_at=now))

    def count(self, user_id: UserId, *, purpose: TokenPurpose, issued_after: datetime) -> int:
        return sum(
            token.user_id == user_id and token.purpose is purpose and token.issued_at > issued_after
            for token in self.rows.values()
        )

    def forget(self, *, expired_before: datetime) -> int:
        kept = {k: t for k, t in self.rows.items() if t.expires_at >= expired_before}
        gone = len(self.rows) - len(kept)
        self.rows = kept
        return gone

    def snapshot(self) -> Any:
        return dict(self.rows)

    def restore(self, snapshot: Any) -> None:
        self.rows = snapshot


@define(eq=False)
class InMemoryIdentityQueries:
    users: InMemoryUsers
    sessions: InMemorySessions
    machine_clients: InMemoryMachineClients

    def find_session(self, token_hash: bytes) -> SessionHolder | None:
        session = next((s for s in self.sessions.all() if s.token_hash == token_hash), None)
        if session is None:
            return None
        common: dict[str, Any] = {
            "session_id": session.id,
            "user_id": session.user_id,
            "machine_client_id": session.machine_client_id,
            "scopes": session.scopes,
            "last_seen_at": session.last_seen_at,
            "idle_expires_at": session.idle_expires_at,
            "expires_at": session.expires_at,
            "stepped_up_at": session.stepped_up_at,
            "ended_at": session.ended_at,
        }
        if session.user_id is not None:
            user = self.users.get(session.user_id)
            return SessionHolder(
                **common,
                label="person",
                may_enter=user.status is UserStatus.ACTIVE,
                roles=user.roles,
                patient_id=user.patient_id,
                physician_id=user.physician_id,
            )
        assert session.machine_client_id is not None
        client = self.machine_clients.get(session.machine_client_id)
        return SessionHolder(
            **common,
            label=client.name,
            may_enter=client.revoked_at is None,
            roles=client.roles,
            patient_id=None,
            physician_id=None,
        )

    def list_sessions(self, user_id: UserId, *, now: datetime) -> Sequence[SessionView]:
        lasting = [s for s in self.sessions.lasting_of(user_id) if s.lasts(now=now)]
        return [
            SessionView(
                id=s.id,
                device=s.device,
                started_at=s.started_at,
                last_seen_at=s.last_seen_at,
                expires_at=s.expires_at,
                is_current=False,
            )
            for s in sorted(lasting, key=lambda s: s.id, reverse=True)
        ]

    def find_user(self, user_id: UserId) -> UserView | None:
        return next((_view(user) for user in self.users.all() if user.id == user_id), None)

    def list_users(self, *, limit: int, cursor: str | None, role: Role | None) -> Page[UserView]:
        users = [user for user in self.users.all() if role is None or role in user.roles]
        return Page(tuple(map(_view, users[:limit])))

    def list_machine_clients(self) -> Sequence[MachineClientView]:
        return [
            MachineClientView(
                id=client.id,
                name=client.name,
                roles=client.roles,
                scopes=client.scopes,
                created_at=client.created_at,
                revoked_at=client.revoked_at,
            )
            for client in self.machine_clients.all()
        ]


@define(eq=False)
class PlainPasswords:
    """Counts comparisons, so that a test can see that none is skipped."""

    generation: int = 1
    comparisons: int = 0

    def hash(self, password: str) -> str:
        return f"hash{self.generation}:{password}"

    def verify(self, password_hash: str | None, password: str) -> bool:
        self.comparisons += 1
        return password_hash is not None and password_hash.partition(":")[2] == password

    def is_outdated(self, password_hash: str) -> bool:
        return not password_hash.startswith(f"hash{self.generation}:")


@define(eq=False)
class NumberedTokens:
    count: int = 0

    def new(self) -> str:
        self.count += 1
        return f"token-{self.count}"

    def digest(self, token: str) -> bytes:
        return hashlib.sha256(token.encode()).digest()


@define(eq=False)
class CountedSecondFactors:
    """The right code is the number of the 30-second step."""

    def new_secret(self) -> str:
        return "SECRET"

    def enrolment_uri(self, *, secret: str, account: str) -> str:
        return f"otpauth://totp/{account}?secret={secret}"

    def matching_step(self, *, secret: str, code: str, at: datetime) -> int | None:
        step = self.step(at)
        return step if code == self.code(at) else None

    def step(self, at: datetime) -> int:
        return int(at.timestamp()) // 30

    def code(self, at: datetime) -> str:
        return str(self.step(at))


@define(eq=False)
class RecordedAccountMail:
    invitations: list[tuple[str, str]] = field(factory=list)
    resets: list[tuple[str, str]] = field(factory=list)

    def send_password_reset(self, *, to: EmailAddress, token: str, locale: str) -> None:
        self.resets.append((to.value, token))

    def send_invitation(self, *, to: EmailAddress, token: str, locale: str) -> None:
        self.invitations.append((to.value, token))


def _view(user: User) -> UserView:
    return UserView(
        id=user.id,
        email=user.email.value,
        name=user.name,
        roles=user.roles,
        status=user.status.value,
        patient_id=user.patient_id,
        physician_id=user.physician_id,
        locale=user.locale,
        time_zone=user.time_zone,
        has_second_factor=user.asks_second_factor,
        email_bounced_at=user.email_bounced_at,
        registered_at=user.registered_at,
    )
