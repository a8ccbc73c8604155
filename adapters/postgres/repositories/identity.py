"""
Accounts, sessions and guards in PostgreSQL.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.identity import (
    app_user,
    machine_client,
    one_time_token,
    session,
    sign_in_guard,
)
from adapters.security.encryption import PlatformCipher
from domain.identity.lockout import SignInGuard
from domain.identity.machine_client import MachineClient, MachineClientNotFound
from domain.identity.one_time_token import OneTimeToken, TokenPurpose, TokenSpent
from domain.identity.role import Role
from domain.identity.second_factor import SecondFactor
from domain.identity.session import Session, SessionNotFound
from domain.identity.user import EmailTaken, User, UserNotFound, UserStatus
from domain.shared.contact import EmailAddress
from domain.shared.ids import MachineClientId, SessionId, UserId

EMAIL_INDEX = "app_user.email"


class PostgresUsers:
    """Accounts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, user: User) -> None:
        try:
            insert_row(self._scope, app_user, user, _user_row(user, self._scope))
        except IntegrityError as error:
            raise _named(error) from error

    def get(self, user_id: UserId) -> User:
        user = self._find(app_user.c.id == user_id)
        if user is None:
            raise UserNotFound("There is no such user.")
        return user

    def read(self, user_id: UserId) -> User:
        user = self._find(app_user.c.id == user_id, lock=False)
        if user is None:
            raise UserNotFound("There is no such user.")
        return user

    def find_by_email(self, email: EmailAddress) -> User | None:
        index = self._scope.blind_index.of(EMAIL_INDEX, email.canonical)
        return self._find(app_user.c.email_index == index)

    def save(self, user: User) -> None:
        try:
            update_row(self._scope, app_user, user, user.id, _user_row(user, self._scope))
        except IntegrityError as error:
            raise _named(error) from error

    def _find(self, condition: Any, *, lock: bool = True) -> User | None:
        statement = select(app_user).where(condition)
        row = (
            self._scope.connection.execute(statement.with_for_update() if lock else statement)
            .mappings()
            .one_or_none()
        )
        return None if row is None else _user(row, self._scope.platform_cipher)


class PostgresSessions:
    """Sessions of people and programs."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Session) -> None:
        insert_row(self._scope, session, new, _session_row(new))

    def get(self, session_id: SessionId) -> Session:
        row = (
            self._scope.connection.execute(
                select(session).where(session.c.id == session_id).with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise SessionNotFound("There is no such session.")
        return _session(row)

    def lasting_of(self, user_id: UserId) -> Sequence[Session]:
        rows = self._scope.connection.execute(
            select(session)
            .where(session.c.user_id == user_id, session.c.ended_at.is_(None))
            .order_by(session.c.id)
            .with_for_update()
        ).mappings()
        return [_session(row) for row in rows]

    def save(self, changed: Session) -> None:
        update_row(self._scope, session, changed, changed.id, _session_row(changed))

    def forget(self, *, ended_before: datetime) -> int:
        # Every session has expired a day after it was ended, so that one index serves both.
        return self._scope.connection.execute(
            delete(session).where(session.c.expires_at < ended_before)
        ).rowcount


class PostgresSignInGuards:
    """Attempts, by the blind index of the address."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def of(self, email: EmailAddress) -> SignInGuard:
        index = self._index(email)
        # Made first, so that there is a row to lock when many attempts come at once.
        self._scope.connection.execute(
            upsert(sign_in_guard)
            .values(email_index=index, failures=0, last_attempt_at=self._scope.clock.now())
            .on_conflict_do_nothing()
        )
        row = (
            self._scope.connection.execute(
                select(sign_in_guard).where(sign_in_guard.c.email_index == index).with_for_update()
            )
            .mappings()
            .one()
        )
        return SignInGuard(
            email=email,
            failures=row["failures"],
            last_attempt_at=row["last_attempt_at"],
            locked_until=row["locked_until"],
        )

    def save(self, guard: SignInGuard) -> None:
        self._scope.connection.execute(
            update(sign_in_guard)
            .where(sign_in_guard.c.email_index == self._index(guard.email))
            .values(
                failures=guard.failures,
                last_attempt_at=guard.last_attempt_at,
                locked_until=guard.locked_until,
            )
        )

    def forget(self, *, quiet_since: datetime) -> int:
        return self._scope.connection.execute(
            delete(sign_in_guard).where(sign_in_guard.c.last_attempt_at < quiet_since)
        ).rowcount

    def _index(self, email: EmailAddress) -> bytes:
        return self._scope.blind_index.of("sign_in_guard.email", email.canonical)


class PostgresMachineClients:
    """Programs with credentials."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, client: MachineClient) -> None:
        insert_row(self._scope, machine_client, client, _client_row(client))

    def get(self, client_id: MachineClientId) -> MachineClient:
        row = (
            self._scope.connection.execute(
                select(machine_client).where(machine_client.c.id == client_id).with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise MachineClientNotFound("There is no such machine client.")
        return MachineClient(
            id=row["id"],
            version=row["version"],
            name=row["name"],
            secret_hash=row["secret_hash"],
            roles=frozenset(map(Role, row["roles"])),
            scopes=frozenset(row["scopes"]),
            created_at=row["created_at"],
            created_by=row["created_by"],
            revoked_at=row["revoked_at"],
        )

    def save(self, client: MachineClient) -> None:
        update_row(self._scope, machine_client, client, client.id, _client_row(client))


class PostgresOneTimeTokens:
    """Invitations and forgotten passwords."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, token: OneTimeToken) -> None:
        self._scope.connection.execute(
            insert(one_time_token).values(
                token_hash=token.token_hash,
                purpose=token.purpose.value,
                user_id=token.user_id,
                issued_at=token.issued_at,
                expires_at=token.expires_at,
                used_at=token.used_at,
            )
        )

    def get(self, token_hash: bytes) -> OneTimeToken:
        row = (
            self._scope.connection.execute(
                select(one_time_token)
                .where(one_time_token.c.token_hash == token_hash)
                .with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise TokenSpent("This link was used already or is too old. Ask for a new one.")
        return OneTimeToken(
            token_hash=row["token_hash"],
            purpose=TokenPurpose(row["purpose"]),
            user_id=row["user_id"],
            issued_at=row["issued_at"],
            expires_at=row["expires_at"],
            used_at=row["used_at"],
        )

    def save(self, token: OneTimeToken) -> None:
        self._scope.connection.execute(
            update(one_time_token)
            .where(one_time_token.c.token_hash == token.token_hash)
            .values(used_at=token.used_at)
        )

    def spend_all_of(self, user_id: UserId, *, now: datetime) -> None:
        self._scope.connection.execute(
            update(one_time_token)
            .where(one_time_token.c.user_id == user_id, one_time_token.c.used_at.is_(None))
            .values(used_at=now)
        )

    def count(self, user_id: UserId, *, purpose: TokenPurpose, issued_after: datetime) -> int:
        statement = select(func.count()).where(
            one_time_token.c.user_id == user_id,
            one_time_token.c.purpose == purpose.value,
            one_time_token.c.issued_at > issued_after,
        )
        return int(self._scope.connection.scalar(statement) or 0)

    def forget(self, *, expired_before: datetime) -> int:
        return self._scope.connection.execute(
            delete(one_time_token).where(one_time_token.c.expires_at < expired_before)
        ).rowcount


def opened_email(cipher: PlatformCipher, user_id: UserId, sealed: bytes) -> str:
    """Open the address of an account's row."""
    return cipher.open_text(f"app_user.email|{user_id}", sealed)


def opened_name(cipher: PlatformCipher, user_id: UserId, sealed: bytes) -> str:
    """Open the name of an account's row."""
    return cipher.open_text(f"app_user.name|{user_id}", sealed)


def _user(row: RowMapping, cipher: PlatformCipher) -> User:
    return User(
        id=row["id"],
        version=row["version"],
        email=EmailAddress(opened_email(cipher, row["id"], row["email"])),
        name=opened_name(cipher, row["id"], row["name"]),
        password_hash=row["password_hash"],
        roles=frozenset(map(Role, row["roles"])),
        status=UserStatus(row["status"]),
        patient_id=row["patient_id"],
        physician_id=row["physician_id"],
        locale=row["locale"],
        time_zone=row["time_zone"],
        second_factor=_second_factor(row, cipher),
        registered_at=row["registered_at"],
        email_bounced_at=row["email_bounced_at"],
    )


def _second_factor(row: RowMapping, cipher: PlatformCipher) -> SecondFactor | None:
    if row["totp_secret"] is None:
        return None
    return SecondFactor(
        secret=cipher.open_text(f"app_user.totp_secret|{row['id']}", row["totp_secret"]),
        confirmed_at=row["totp_confirmed_at"],
        last_step=row["totp_last_step"],
    )


def _user_row(user: User, scope: Scope) -> dict[str, Any]:
    cipher = scope.platform_cipher
    factor = user.second_factor
    return {
        "id": user.id,
        "email": cipher.seal_text(f"app_user.email|{user.id}", user.email.value),
        "email_index": scope.blind_index.of(EMAIL_INDEX, user.email.canonical),
        "name": cipher.seal_text(f"app_user.name|{user.id}", user.name),
        "password_hash": user.password_hash,
        "roles": sorted(user.roles),
        "status": user.status.value,
        "patient_id": user.patient_id,
        "physician_id": user.physician_id,
        "locale": user.locale,
        "time_zone": user.time_zone,
        "totp_secret": (
            cipher.seal_text(f"app_user.totp_secret|{user.id}", factor.secret) if factor else None
        ),
        "totp_confirmed_at": factor.confirmed_at if factor else None,
        "totp_last_step": factor.last_step if factor else None,
        "registered_at": user.registered_at,
        "email_bounced_at": user.email_bounced_at,
    }


def _named(error: IntegrityError) -> Exception:
    if "uq_app_user_email_index" in str(error.orig):
        return EmailTaken("There is already an account with this address.")
    return error


def _session(row: RowMapping) -> Session:
    return Session(
        id=row["id"],
        version=row["version"],
        token_hash=row["token_hash"],
        user_id=row["user_id"],
        machine_client_id=row["machine_client_id"],
        scopes=frozenset(row["scopes"]),
        device=row["device"],
        started_at=row["started_at"],
        last_seen_at=row["last_seen_at"],
        idle_expires_at=row["idle_expires_at"],
        expires_at=row["expires_at"],
        stepped_up_at=row["stepped_up_at"],
        ended_at=row["ended_at"],
    )


def _session_row(stored: Session) -> dict[str, Any]:
    return {
        "id": stored.id,
        "token_hash": stored.token_hash,
        "user_id": stored.user_id,
        "machine_client_id": stored.machine_client_id,
        "scopes": sorted(stored.scopes),
        "device": stored.device,
        "started_at": stored.started_at,
        "last_seen_at": stored.last_seen_at,
        "idle_expires_at": stored.idle_expires_at,
        "expires_at": stored.expires_at,
        "stepped_up_at": stored.stepped_up_at,
        "ended_at": stored.ended_at,
    }


def _client_row(client: MachineClient) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "secret_hash": client.secret_hash,
        "roles": sorted(client.roles),
        "scopes": sorted(client.scopes),
        "created_at": client.created_at,
        "created_by": client.created_by,
        "revoked_at": client.revoked_at,
    }
