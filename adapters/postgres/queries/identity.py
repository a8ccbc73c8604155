"""
Accounts and sessions, read straight from the tables.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, RowMapping, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.repositories.identity import opened_email, opened_name
from adapters.postgres.tables.identity import app_user, machine_client, session
from adapters.security.encryption import PlatformCipher
from application.identity.queries import (
    MachineClientView,
    SessionHolder,
    SessionView,
    UserView,
)
from application.shared.access import Role
from application.shared.pages import Page
from domain.identity.user import UserStatus
from domain.shared.ids import UserId

_HOLDER = (
    select(
        session.c.id.label("session_id"),
        session.c.user_id,
        session.c.machine_client_id,
        session.c.scopes,
        session.c.last_seen_at,
        session.c.idle_expires_at,
        session.c.expires_at,
        session.c.stepped_up_at,
        session.c.ended_at,
        app_user.c.status,
        app_user.c.roles,
        app_user.c.patient_id,
        app_user.c.physician_id,
        machine_client.c.name.label("client_name"),
        machine_client.c.roles.label("client_roles"),
        machine_client.c.revoked_at,
    )
    .select_from(session)
    .outerjoin(app_user, app_user.c.id == session.c.user_id)
    .outerjoin(machine_client, machine_client.c.id == session.c.machine_client_id)
)


class PostgresIdentityQueries:
    """Accounts and sessions."""

    def __init__(self, engine: Engine, platform_cipher: PlatformCipher) -> None:
        # Each method reads with one statement: a transaction around it would only cost time.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._cipher = platform_cipher

    def find_session(self, token_hash: bytes) -> SessionHolder | None:
        with self._engine.connect() as connection:
            row = (
                connection.execute(_HOLDER.where(session.c.token_hash == token_hash))
                .mappings()
                .one_or_none()
            )
        return None if row is None else _holder(row)

    def list_sessions(self, user_id: UserId, *, now: datetime) -> Sequence[SessionView]:
        statement = (
            select(session)
            .where(
                session.c.user_id == user_id,
                session.c.ended_at.is_(None),
                session.c.expires_at > now,
                session.c.idle_expires_at > now,
            )
            .order_by(session.c.id.desc())
        )
        with self._engine.connect() as connection:
            return [
                SessionView(
                    id=row["id"],
                    device=row["device"],
                    started_at=row["started_at"],
                    last_seen_at=row["last_seen_at"],
                    expires_at=row["expires_at"],
                    is_current=False,
                )
                for row in connection.execute(statement).mappings()
            ]

    def find_user(self, user_id: UserId) -> UserView | None:
        with self._engine.connect() as connection:
            row = (
                connection.execute(select(app_user).where(app_user.c.id == user_id))
                .mappings()
                .one_or_none()
            )
        return None if row is None else self._user(row)

    def list_users(self, *, limit: int, cursor: str | None, role: Role | None) -> Page[UserView]:
        statement = select(app_user).order_by(app_user.c.id.desc()).limit(limit + 1)
        if (last := read_id_cursor(cursor)) is not None:
            statement = statement.where(app_user.c.id < last)
        if role is not None:
            statement = statement.where(app_user.c.roles.contains([role.value]))
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(
            rows, limit=limit, view=self._user, cursor=lambda row: write_cursor(row["id"])
        )

    def list_machine_clients(self) -> Sequence[MachineClientView]:
        statement = select(machine_client).order_by(machine_client.c.id.desc())
        with self._engine.connect() as connection:
            return [
                MachineClientView(
                    id=row["id"],
                    name=row["name"],
                    roles=frozenset(map(Role, row["roles"])),
                    scopes=frozenset(row["scopes"]),
                    created_at=row["created_at"],
                    revoked_at=row["revoked_at"],
                )
                for row in connection.execute(statement).mappings()
            ]

    def _user(self, row: RowMapping) -> UserView:
        return UserView(
            id=row["id"],
            email=opened_email(self._cipher, row["id"], row["email"]),
            name=opened_name(self._cipher, row["id"], row["name"]),
            roles=frozenset(map(Role, row["roles"])),
            status=row["status"],
            patient_id=row["patient_id"],
            physician_id=row["physician_id"],
            locale=row["locale"],
            time_zone=row["time_zone"],
            has_second_factor=row["totp_confirmed_at"] is not None,
            registered_at=row["registered_at"],
            email_bounced_at=row["email_bounced_at"],
        )


def _holder(row: RowMapping) -> SessionHolder:
    is_person = row["user_id"] is not None
    return SessionHolder(
        session_id=row["session_id"],
        user_id=row["user_id"],
        machine_client_id=row["machine_client_id"],
        label="person" if is_person else row["client_name"],
        may_enter=(
            row["status"] == UserStatus.ACTIVE.value if is_person else row["revoked_at"] is None
        ),
        roles=frozenset(map(Role, row["roles"] if is_person else row["client_roles"])),
        scopes=frozenset(row["scopes"]),
        patient_id=row["patient_id"],
        physician_id=row["physician_id"],
        last_seen_at=row["last_seen_at"],
        idle_expires_at=row["idle_expires_at"],
        expires_at=row["expires_at"],
        stepped_up_at=row["stepped_up_at"],
        ended_at=row["ended_at"],
    )
