"""
The audit trail, read with the names of those who acted.
"""

from typing import Any

from sqlalchemy import Engine, RowMapping, Select, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.repositories.identity import opened_name
from adapters.postgres.tables.audit import audit_entry
from adapters.postgres.tables.identity import app_user, machine_client
from adapters.postgres.tables.patients import patient
from adapters.postgres.tables.physicians import physician
from adapters.security.encryption import PlatformCipher
from application.audit.queries import AuditEntryView, AuditFilter
from application.patients.queries import AccessLogEntry
from application.shared.access import ActorKind, Role
from application.shared.pages import Page
from domain.shared.ids import PatientId

_PLATFORM = "Scripted"
_UNNAMED = "A member of staff"
_ROLES_SHOWN = (Role.PHYSICIAN, Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR, Role.PATIENT)


class PostgresAuditQueries:
    """Both the patient's access log and the administrators' search."""

    def __init__(self, engine: Engine, platform_cipher: PlatformCipher) -> None:
        self._engine = engine
        self._cipher = platform_cipher

    def entries(
        self, patient_id: PatientId, *, limit: int, cursor: str | None, include_own: bool
    ) -> Page[AccessLogEntry]:
        statement = _named_entries().where(audit_entry.c.patient_id == patient_id)
        own = select(patient.c.user_id).where(patient.c.id == patient_id).scalar_subquery()
        if not include_own:
            statement = statement.where(audit_entry.c.actor_id.is_distinct_from(own))
        rows = self._rows(statement.add_columns(own.label("owner")), limit=limit, cursor=cursor)
        return page_of(rows, limit=limit, view=self._access_log_entry, cursor=_cursor)

    def search(
        self, wanted: AuditFilter, *, limit: int, cursor: str | None
    ) -> Page[AuditEntryView]:
        statement = _named_entries()
        if wanted.actor_id is not None:
            statement = statement.where(audit_entry.c.actor_id == wanted.actor_id)
        if wanted.patient_id is not None:
            statement = statement.where(audit_entry.c.patient_id == wanted.patient_id)
        if wanted.subject is not None:
            statement = statement.where(audit_entry.c.subject == wanted.subject)
        if wanted.action is not None:
            statement = statement.where(
                audit_entry.c.action.startswith(wanted.action, autoescape=True)
            )
        rows = self._rows(statement, limit=limit, cursor=cursor)
        return page_of(rows, limit=limit, view=self._audit_entry, cursor=_cursor)

    def _rows(self, statement: Select[Any], *, limit: int, cursor: str | None) -> list[RowMapping]:
        if (last := read_id_cursor(cursor)) is not None:
            statement = statement.where(audit_entry.c.id < last)
        with self._engine.connect() as connection:
            ordered = statement.order_by(audit_entry.c.id.desc()).limit(limit + 1)
            return list(connection.execute(ordered).mappings())

    def _access_log_entry(self, row: RowMapping) -> AccessLogEntry:
        is_own = row["actor_id"] is not None and row["actor_id"] == row["owner"]
        return AccessLogEntry(
            id=row["id"],
            at=row["recorded_at"],
            who="You" if is_own else self._who(row),
            role=Role.PATIENT.value if is_own else _role(row),
            action=row["action"],
            subject=row["subject"],
            reason=row["reason"],
        )

    def _audit_entry(self, row: RowMapping) -> AuditEntryView:
        return AuditEntryView(
            id=row["id"],
            recorded_at=row["recorded_at"],
            who=self._who(row),
            actor_kind=row["actor_kind"],
            actor_id=row["actor_id"],
            roles=tuple(row["actor_roles"]),
            action=row["action"],
            subject=row["subject"],
            patient_id=row["patient_id"],
            reason=row["reason"],
            details=row["details"],
        )

    def _who(self, row: RowMapping) -> str:
        if row["actor_kind"] == ActorKind.SYSTEM.value:
            return _PLATFORM
        if row["family_name"] is not None:
            return f"{row['title']} {row['given_name']} {row['family_name']}".strip()
        if row["client_name"] is not None:
            return str(row["client_name"])
        if row["user_name"] is not None:
            return opened_name(self._cipher, row["actor_id"], row["user_name"]) or _UNNAMED
        return str(row["actor_label"])


def _named_entries() -> Select[Any]:
    return (
        select(
            audit_entry,
            app_user.c.name.label("user_name"),
            machine_client.c.name.label("client_name"),
            physician.c.title,
            physician.c.given_name,
            physician.c.family_name,
        )
        .outerjoin(app_user, app_user.c.id == audit_entry.c.actor_id)
        .outerjoin(machine_client, machine_client.c.id == audit_entry.c.actor_id)
        .outerjoin(physician, physician.c.user_id == audit_entry.c.actor_id)
    )


def _role(row: RowMapping) -> str:
    if row["actor_kind"] != ActorKind.PERSON.value:
        return str(row["actor_kind"])
    return next((role.value for role in _ROLES_SHOWN if role in row["actor_roles"]), "person")


def _cursor(row: RowMapping) -> str:
    return write_cursor(row["id"])
