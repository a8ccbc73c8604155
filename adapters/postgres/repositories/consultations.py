"""
Consultations, letters and follow-ups in PostgreSQL; what is clinical is sealed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select

from adapters.postgres.repositories.commission import frozen_plan
from adapters.postgres.repositories.patients import is_kept
from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.consultations import (
    consultation,
    consultation_message,
    follow_up,
)
from adapters.security.encryption import PatientVault
from domain.catalogue.service import ServiceTerms
from domain.consultations.clinical_note import Addendum, ClinicalNote
from domain.consultations.consultation import (
    Consultation,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.follow_up import FollowUp, FollowUpNotFound, FollowUpStatus
from domain.consultations.intake import Intake, RedFlag
from domain.consultations.message import Message
from domain.consultations.outcome import (
    CancellationReason,
    ConsultationOutcome,
    MessageSender,
    StopReason,
)
from domain.consultations.policy import CarePolicy
from domain.consultations.promise import Promise
from domain.shared.ids import ConsultationId, FollowUpId, PatientId, PhysicianId, ServiceId
from domain.shared.jurisdiction import Jurisdiction

_OPEN = [ConsultationStatus.CLAIMED.value, ConsultationStatus.IN_PROGRESS.value]
_ENDINGS = 20
"""The first key of the advisory locks of physicians' endings; the second is the physician's."""
_OPEN_PROMISE = [ConsultationStatus.WAITING.value, ConsultationStatus.CLAIMED.value]


class PostgresConsultations:
    """Consultations."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Consultation) -> None:
        insert_row(self._scope, consultation, new, _row(new, self._scope.vault))

    def get(self, consultation_id: ConsultationId) -> Consultation:
        return self._one(_by_id(consultation_id).with_for_update())

    def read(self, consultation_id: ConsultationId) -> Consultation:
        return self._one(_by_id(consultation_id))

    def save(self, changed: Consultation) -> None:
        update_row(self._scope, consultation, changed, changed.id, _row(changed, self._scope.vault))

    def draft_of(self, *, patient_id: PatientId, service_id: ServiceId) -> Consultation | None:
        row = (
            self._scope.connection.execute(
                select(consultation)
                .where(
                    consultation.c.patient_id == patient_id,
                    consultation.c.service_id == service_id,
                    consultation.c.status == ConsultationStatus.DRAFT.value,
                )
                .order_by(consultation.c.id.desc())
                .limit(1)
                .with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        return None if row is None else _consultation(row, self._scope)

    def open_with(self, physician_id: PhysicianId) -> Sequence[ConsultationId]:
        statement = (
            select(consultation.c.id)
            .where(
                consultation.c.physician_id == physician_id,
                consultation.c.status.in_(_OPEN),
                is_kept(consultation.c.patient_id),
            )
            .order_by(consultation.c.claimed_at)
        )
        return [ConsultationId(one) for one in self._scope.connection.scalars(statement)]

    def last_end_of(self, physician_id: PhysicianId) -> datetime | None:
        # A statement of its own: the next one has to see what was stored while this waited.
        self._scope.connection.execute(
            select(func.pg_advisory_xact_lock(_ENDINGS, func.hashtext(str(physician_id))))
        )
        last: datetime | None = self._scope.connection.scalar(
            select(func.max(consultation.c.ended_at)).where(
                consultation.c.physician_id == physician_id
            )
        )
        return last

    def with_overdue_promise(self, *, now: datetime, limit: int) -> Sequence[ConsultationId]:
        statement = (
            select(consultation.c.id)
            .where(
                consultation.c.promised_by <= now,
                consultation.c.promise_broken_at.is_(None),
                consultation.c.status.in_(_OPEN_PROMISE),
                is_kept(consultation.c.patient_id),
            )
            .order_by(consultation.c.promised_by)
            .limit(limit)
        )
        return [ConsultationId(one) for one in self._scope.connection.scalars(statement)]

    def _one(self, statement: Select[Any]) -> Consultation:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise ConsultationNotFound("There is no such consultation.")
        return _consultation(row, self._scope)


class PostgresMessages:
    """Letters within consultations."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Message) -> None:
        insert_row(self._scope, consultation_message, new, self._row(new))

    def save(self, changed: Message) -> None:
        update_row(
            self._scope, consultation_message, changed, changed.id, {"read_at": changed.read_at}
        )

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[Message]:
        rows = self._scope.connection.execute(
            select(consultation_message)
            .where(consultation_message.c.consultation_id == consultation_id)
            .order_by(consultation_message.c.id)
        ).mappings()
        return [self._message(row) for row in rows]

    def _row(self, stored: Message) -> dict[str, Any]:
        return {
            "id": stored.id,
            "consultation_id": stored.consultation_id,
            "patient_id": stored.patient_id,
            "sender": stored.sender.value,
            "sender_user_id": stored.sender_user_id,
            "body": self._scope.vault.seal(
                stored.patient_id, "consultation_message.body", stored.body, row=stored.id
            ),
            "sent_at": stored.sent_at,
            "read_at": stored.read_at,
        }

    def _message(self, row: RowMapping) -> Message:
        return Message(
            id=row["id"],
            version=row["version"],
            consultation_id=row["consultation_id"],
            patient_id=row["patient_id"],
            sender=MessageSender(row["sender"]),
            sender_user_id=row["sender_user_id"],
            body=self._scope.vault.open(
                row["patient_id"], "consultation_message.body", row["body"], row=row["id"]
            ),
            sent_at=row["sent_at"],
            read_at=row["read_at"],
        )


class PostgresFollowUps:
    """Planned follow-ups."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: FollowUp) -> None:
        insert_row(self._scope, follow_up, new, self._row(new))

    def get(self, follow_up_id: FollowUpId) -> FollowUp:
        row = (
            self._scope.connection.execute(
                select(follow_up).where(follow_up.c.id == follow_up_id).with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise FollowUpNotFound("There is no such follow-up.")
        return self._follow_up(row)

    def save(self, changed: FollowUp) -> None:
        update_row(self._scope, follow_up, changed, changed.id, self._row(changed))

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[FollowUp]:
        rows = self._scope.connection.execute(
            select(follow_up)
            .where(follow_up.c.consultation_id == consultation_id)
            .order_by(follow_up.c.due_at, follow_up.c.id)
        ).mappings()
        return [self._follow_up(row) for row in rows]

    def due(self, *, now: datetime, limit: int) -> Sequence[FollowUpId]:
        statement = (
            select(follow_up.c.id)
            .where(
                follow_up.c.status == FollowUpStatus.SCHEDULED.value,
                follow_up.c.due_at <= now,
                is_kept(follow_up.c.patient_id),
            )
            .order_by(follow_up.c.due_at)
            .limit(limit)
        )
        return [FollowUpId(one) for one in self._scope.connection.scalars(statement)]

    def _row(self, stored: FollowUp) -> dict[str, Any]:
        return {
            "id": stored.id,
            "consultation_id": stored.consultation_id,
            "patient_id": stored.patient_id,
            "due_at": stored.due_at,
            "instructions": self._scope.vault.seal(
                stored.patient_id, "follow_up.instructions", stored.instructions, row=stored.id
            ),
            "status": stored.status.value,
        }

    def _follow_up(self, row: RowMapping) -> FollowUp:
        return FollowUp(
            id=row["id"],
            version=row["version"],
            consultation_id=row["consultation_id"],
            patient_id=row["patient_id"],
            due_at=row["due_at"],
            instructions=self._scope.vault.open(
                row["patient_id"], "follow_up.instructions", row["instructions"], row=row["id"]
            ),
            status=FollowUpStatus(row["status"]),
        )


def _by_id(consultation_id: ConsultationId) -> Select[Any]:
    return select(consultation).where(consultation.c.id == consultation_id)


def _row(stored: Consultation, vault: PatientVault) -> dict[str, Any]:
    policy = stored.policy
    promise = stored.promise
    return {
        "id": stored.id,
        "patient_id": stored.patient_id,
        "service_id": stored.service_id,
        "service_version": stored.service_version,
        "place": stored.place.code,
        "status": stored.status.value,
        "intake": vault.seal(
            stored.patient_id, "consultation.intake", _intake_data(stored.intake), row=stored.id
        ),
        "flagged": bool(stored.intake.red_flags),
        "saved_at": stored.intake.saved_at,
        "submitted_at": stored.intake.submitted_at,
        "stop_reason": _value(stored.stop_reason),
        "terms": policy.terms.data() if policy else None,
        "commission_plan_id": policy.commission_plan.plan_id if policy else None,
        "commission_plan_version": policy.commission_plan.version if policy else None,
        "commission": policy.commission_plan.data() if policy else None,
        "specialties": sorted(policy.specialties) if policy else [],
        "appointment_id": stored.appointment_id,
        "physician_id": stored.physician_id,
        "promise_made_at": promise.made_at if promise else None,
        "promised_by": promise.promised_by if promise else None,
        "promise_broken_at": promise.broken_at if promise else None,
        "note": vault.seal(
            stored.patient_id, "consultation.note", _note_data(stored.note), row=stored.id
        ),
        "note_signed_at": stored.note.signed_at,
        "outcome": _value(stored.outcome),
        "cancellation": _value(stored.cancellation),
        "started_at": stored.started_at,
        "queued_at": stored.queued_at,
        "claimed_at": stored.claimed_at,
        "opened_at": stored.opened_at,
        "ended_at": stored.ended_at,
    }


def _consultation(row: RowMapping, scope: Scope) -> Consultation:
    def opened(column: str) -> Any:
        name = f"consultation.{column}"
        return scope.vault.open(row["patient_id"], name, row[column], row=row["id"])

    return Consultation(
        id=row["id"],
        version=row["version"],
        patient_id=row["patient_id"],
        service_id=row["service_id"],
        service_version=row["service_version"],
        place=Jurisdiction(row["place"]),
        status=ConsultationStatus(row["status"]),
        intake=_intake(opened("intake"), row),
        policy=_policy(row, scope),
        appointment_id=row["appointment_id"],
        physician_id=row["physician_id"],
        promise=_promise(row),
        note=_note(opened("note")) if row["note"] is not None else ClinicalNote(),
        outcome=ConsultationOutcome(row["outcome"]) if row["outcome"] else None,
        stop_reason=StopReason(row["stop_reason"]) if row["stop_reason"] else None,
        cancellation=CancellationReason(row["cancellation"]) if row["cancellation"] else None,
        started_at=row["started_at"],
        queued_at=row["queued_at"],
        claimed_at=row["claimed_at"],
        opened_at=row["opened_at"],
        ended_at=row["ended_at"],
    )


def _value(code: Any) -> str | None:
    return None if code is None else str(code.value)


def _intake_data(intake: Intake) -> dict[str, Any]:
    return {
        "answers": dict(intake.answers),
        "red_flags": [
            {"code": flag.code, "message": flag.message, "stops": flag.stops}
            for flag in intake.red_flags
        ],
    }


def _intake(data: Mapping[str, Any], row: RowMapping) -> Intake:
    return Intake(
        answers=data["answers"],
        red_flags=tuple(RedFlag(**flag) for flag in data["red_flags"]),
        saved_at=row["saved_at"],
        submitted_at=row["submitted_at"],
    )


def _policy(row: RowMapping, scope: Scope) -> CarePolicy | None:
    if row["terms"] is None:
        return None
    return CarePolicy(
        terms=ServiceTerms.from_data(row["terms"]),
        commission_plan=frozen_plan(scope.connection, row),
        specialties=frozenset(row["specialties"]),
    )


def _promise(row: RowMapping) -> Promise | None:
    if row["promised_by"] is None:
        return None
    return Promise(
        made_at=row["promise_made_at"],
        promised_by=row["promised_by"],
        broken_at=row["promise_broken_at"],
    )


def _note_data(note: ClinicalNote) -> dict[str, Any]:
    return {
        "subjective": note.subjective,
        "objective": note.objective,
        "assessment": note.assessment,
        "plan": note.plan,
        "signed_by": str(note.signed_by) if note.signed_by else None,
        "signed_at": note.signed_at.isoformat() if note.signed_at else None,
        "addenda": [
            {
                "text": one.text,
                "physician_id": str(one.physician_id),
                "added_at": one.added_at.isoformat(),
            }
            for one in note.addenda
        ],
    }


def _note(data: Mapping[str, Any]) -> ClinicalNote:
    signed_at = data["signed_at"]
    return ClinicalNote(
        subjective=data["subjective"],
        objective=data["objective"],
        assessment=data["assessment"],
        plan=data["plan"],
        signed_by=PhysicianId(UUID(data["signed_by"])) if data["signed_by"] else None,
        signed_at=datetime.fromisoformat(signed_at) if signed_at else None,
        addenda=tuple(
            Addendum(
                text=one["text"],
                physician_id=PhysicianId(UUID(one["physician_id"])),
                added_at=datetime.fromisoformat(one["added_at"]),
            )
            for one in data["addenda"]
        ),
    )
