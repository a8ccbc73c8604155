"""
Notifications in PostgreSQL, and where people are reached.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from adapters.postgres.repositories.identity import PostgresUsers
from adapters.postgres.repositories.patients import PostgresPatients
from adapters.postgres.rows import update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.consultations import consultation
from adapters.postgres.tables.identity import app_user
from adapters.postgres.tables.notifications import SENT_TEXT, notification
from adapters.postgres.tables.physicians import physician
from application.notifications.ports import Contact, RecipientUnknown
from domain.identity.role import Role
from domain.identity.user import User, UserNotFound, UserStatus
from domain.notifications import (
    Channel,
    FailureCode,
    Notification,
    NotificationNotFound,
    NotificationStatus,
)
from domain.patients.erasure import RecordErased
from domain.patients.patient import Patient, PatientNotFound
from domain.shared.ids import ConsultationId, NotificationId, PatientId, PhysicianId, UserId


class PostgresNotifications:
    """Notifications; a unique key keeps the same cause from telling somebody twice."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Notification) -> bool:
        stored = self._scope.connection.execute(
            upsert(notification)
            .values(**_row(new), version=1)
            .on_conflict_do_nothing(index_elements=["cause", "template", "user_id", "channel"])
            .returning(notification.c.id)
        ).one_or_none()
        # The engine counts no rows of an insert, so that a stored one has to be returned.
        if stored is None:
            return False
        new.version = 1
        self._scope.collect(new)
        return True

    def get(self, notification_id: NotificationId) -> Notification:
        row = (
            self._scope.connection.execute(
                select(notification).where(notification.c.id == notification_id).with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise NotificationNotFound("There is no such notification.")
        return _notification(row)

    def save(self, changed: Notification) -> None:
        update_row(self._scope, notification, changed, changed.id, _row(changed))

    def find_by_reference(self, reference: str) -> NotificationId | None:
        found = self._scope.connection.scalar(
            select(notification.c.id).where(notification.c.vendor_reference == reference)
        )
        return None if found is None else NotificationId(found)

    def last_queued_at(self, user_id: UserId, *, template: str) -> datetime | None:
        found: datetime | None = self._scope.connection.scalar(
            select(func.max(notification.c.created_at)).where(
                notification.c.user_id == user_id, notification.c.template == template
            )
        )
        return found

    def texts_sent_between(self, since: datetime, until: datetime, *, limit: int) -> Sequence[str]:
        statement = (
            select(notification.c.vendor_reference)
            .where(
                text(SENT_TEXT),
                notification.c.sent_at >= since,
                notification.c.sent_at < until,
            )
            .order_by(notification.c.sent_at.desc())
            .limit(limit)
        )
        return [str(one) for one in self._scope.connection.scalars(statement)]

    def due(self, *, now: datetime, limit: int) -> Sequence[NotificationId]:
        statement = (
            select(notification.c.id)
            .where(
                notification.c.status == NotificationStatus.PENDING.value,
                notification.c.deliver_at <= now,
            )
            .order_by(notification.c.deliver_at)
            .limit(limit)
        )
        return [NotificationId(one) for one in self._scope.connection.scalars(statement)]


class PostgresAddressBook:
    """Where people are reached: their account says it, and a patient's record the telephone."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def of_user(self, user_id: UserId) -> Contact:
        user = self._user(user_id)
        if user.patient_id is None:
            return _contact(user, None)
        return _contact(user, self._patient(user.patient_id))

    def of_patient(self, patient_id: PatientId) -> Contact:
        patient = self._patient(patient_id)
        return _contact(self._user(patient.user_id), patient)

    def of_patient_in(self, consultation_id: ConsultationId) -> Contact:
        patient_id = self._scope.connection.scalar(
            select(consultation.c.patient_id).where(consultation.c.id == consultation_id)
        )
        if patient_id is None:
            raise RecipientUnknown("There is nobody to tell.")
        return self.of_patient(PatientId(patient_id))

    def of_physician(self, physician_id: PhysicianId) -> Contact:
        user_id = self._scope.connection.scalar(
            select(physician.c.user_id).where(physician.c.id == physician_id)
        )
        if user_id is None:
            raise RecipientUnknown("There is nobody to tell.")
        return self.of_user(UserId(user_id))

    def with_role(self, role: Role) -> Sequence[UserId]:
        statement = (
            select(app_user.c.id)
            .where(
                app_user.c.roles.contains([role.value]),
                app_user.c.status == UserStatus.ACTIVE.value,
            )
            .order_by(app_user.c.id)
        )
        return [UserId(row.id) for row in self._scope.connection.execute(statement)]

    def _user(self, user_id: UserId) -> User:
        try:
            user = PostgresUsers(self._scope).read(user_id)
        except UserNotFound as missing:
            raise RecipientUnknown("There is nobody to tell.") from missing
        if user.status is not UserStatus.ACTIVE:
            raise RecipientUnknown("There is nobody to tell any more.")
        return user

    def _patient(self, patient_id: PatientId) -> Patient:
        try:
            return PostgresPatients(self._scope).read(patient_id)
        except (PatientNotFound, RecordErased) as missing:
            raise RecipientUnknown("There is nobody to tell any more.") from missing


def _contact(user: User, patient: Patient | None) -> Contact:
    return Contact(
        user_id=user.id,
        name=patient.name.full if patient else user.name,
        email=user.email,
        phone=patient.phone if patient else None,
        locale=patient.locale if patient else user.locale,
        time_zone=patient.time_zone if patient else user.time_zone,
    )


def _row(stored: Notification) -> dict[str, Any]:
    return {
        "id": stored.id,
        "user_id": stored.user_id,
        "channel": stored.channel.value,
        "template": stored.template,
        "data": dict(stored.data),
        "cause": stored.cause,
        "locale": stored.locale,
        "status": stored.status.value,
        "attempts": stored.attempts,
        "vendor_reference": stored.vendor_reference,
        "failure": stored.failure.value if stored.failure else None,
        "created_at": stored.created_at,
        "deliver_at": stored.deliver_at,
        "sent_at": stored.sent_at,
        "seen_at": stored.seen_at,
    }


def _notification(row: RowMapping) -> Notification:
    return Notification(
        id=row["id"],
        version=row["version"],
        user_id=row["user_id"],
        channel=Channel(row["channel"]),
        template=row["template"],
        data=row["data"],
        cause=row["cause"],
        locale=row["locale"],
        status=NotificationStatus(row["status"]),
        attempts=row["attempts"],
        vendor_reference=row["vendor_reference"],
        failure=FailureCode(row["failure"]) if row["failure"] else None,
        created_at=row["created_at"],
        deliver_at=row["deliver_at"],
        sent_at=row["sent_at"],
        seen_at=row["seen_at"],
    )
