"""
Lists of consultations, the queue, what is stuck, and the timeline.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Engine,
    RowMapping,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from adapters.postgres.queries.cursors import (
    page_of,
    read_cursor,
    read_id_cursor,
    write_cursor,
)
from adapters.postgres.queries.names import PHYSICIAN_NAME
from adapters.postgres.tables.catalogue import service_version
from adapters.postgres.tables.consultations import consultation, consultation_message
from adapters.postgres.tables.kernel import event, reaction
from adapters.postgres.tables.patients import patient
from adapters.postgres.tables.physicians import physician
from adapters.postgres.tables.scheduling import appointment
from adapters.security.encryption import PatientVault, Vaults
from application.consultations.queries import Reader
from application.consultations.views import (
    ConsultationSummary,
    QueueItem,
    StuckConsultation,
    TimelineEntry,
    TimelineReaction,
)
from application.shared.pages import Page
from domain.catalogue.service import Mode
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import CancellationReason, ConsultationOutcome
from domain.consultations.promise import Promise
from domain.patients.patient import PersonName
from domain.scheduling.appointment import AppointmentStatus
from domain.shared.ids import ConsultationId, PatientId, PhysicianId
from domain.shared.money import Money

_C = consultation.c
_WAITING = _C.status == ConsultationStatus.WAITING.value
_UNDER_WAY = [
    ConsultationStatus.AWAITING_PAYMENT.value,
    ConsultationStatus.WAITING.value,
    ConsultationStatus.CLAIMED.value,
    ConsultationStatus.IN_PROGRESS.value,
]
_BLOCKING = [status.value for status in AppointmentStatus if status.blocks]
_EDITION = and_(
    service_version.c.service_id == _C.service_id,
    service_version.c.number == _C.service_version,
)


class PostgresConsultationQueries:
    """Consultations as front ends list them."""

    def __init__(self, engine: Engine, vaults: Vaults) -> None:
        self._engine = engine
        self._vaults = vaults

    def of_patient(
        self, patient_id: PatientId, *, limit: int, cursor: str | None
    ) -> Page[ConsultationSummary]:
        statement = _summaries(Reader.PATIENT).where(_C.patient_id == patient_id)
        return self._latest_first(statement, Reader.PATIENT, limit, cursor)

    def of_physician(
        self,
        physician_id: PhysicianId,
        *,
        statuses: Sequence[ConsultationStatus],
        limit: int,
        cursor: str | None,
    ) -> Page[ConsultationSummary]:
        statement = _summaries(Reader.PHYSICIAN).where(_C.physician_id == physician_id)
        if statuses:
            statement = statement.where(_C.status.in_([status.value for status in statuses]))
        return self._latest_first(statement, Reader.PHYSICIAN, limit, cursor)

    def summary(
        self, consultation_id: ConsultationId, *, reader: Reader
    ) -> ConsultationSummary | None:
        statement = _summaries(reader).where(_C.id == consultation_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
            vault = self._vaults.on(connection) if reader is Reader.PHYSICIAN else None
            return None if row is None else _summary(row, vault)

    def position(self, consultation_id: ConsultationId) -> int | None:
        own = (
            select(_C.service_id, _C.place, _C.queued_at, _C.id)
            .where(_C.id == consultation_id, _WAITING)
            .cte("own")
        )
        ahead = (
            select(func.count())
            .select_from(consultation)
            .where(
                _WAITING,
                _C.service_id == own.c.service_id,
                func.left(_C.place, 2) == func.left(own.c.place, 2),
                tuple_(_C.queued_at, _C.id) < tuple_(own.c.queued_at, own.c.id),
            )
            .scalar_subquery()
        )
        with self._engine.connect() as connection:
            found = connection.scalar(select(ahead + 1).select_from(own))
        return None if found is None else int(found)

    def queue(
        self,
        *,
        jurisdictions: Sequence[str],
        specialties: Sequence[str],
        now: datetime,
        limit: int,
        cursor: str | None,
    ) -> Page[QueueItem]:
        first = func.coalesce(_C.promised_by, _C.queued_at)
        statement = (
            select(consultation, service_version.c.name, patient.c.locale, first.label("first"))
            .join(service_version, _EDITION)
            .join(patient, patient.c.id == _C.patient_id)
            .where(
                _WAITING,
                or_(_C.place.in_(jurisdictions), func.left(_C.place, 2).in_(jurisdictions)),
                or_(
                    func.cardinality(_C.specialties) == 0,
                    _C.specialties.overlap(list(specialties)),
                ),
                _after(cursor, first),
            )
            .order_by(first, _C.id)
            .limit(limit + 1)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(
            rows,
            limit=limit,
            view=lambda row: _queue_item(row, now),
            cursor=lambda row: write_cursor(row["first"], row["id"]),
        )

    def stuck(
        self,
        *,
        statuses: Sequence[ConsultationStatus],
        since: datetime,
        limit: int,
        cursor: str | None,
    ) -> Page[StuckConsultation]:
        arrived = func.coalesce(
            _C.opened_at, _C.claimed_at, _C.queued_at, _C.submitted_at, _C.started_at
        )
        given_up = _given_up()
        wanted = [status.value for status in statuses] or _UNDER_WAY
        late = and_(_C.status.in_(wanted), arrived < since)
        with_dead = and_(given_up > 0, _C.status.in_(wanted) if statuses else literal(True))
        statement = (
            select(
                consultation,
                service_version.c.name,
                PHYSICIAN_NAME.label("physician_name"),
                arrived.label("arrived"),
                given_up.label("given_up"),
            )
            .join(service_version, _EDITION)
            .outerjoin(physician, physician.c.id == _C.physician_id)
            .where(or_(late, with_dead), _after(cursor, arrived))
            .order_by(arrived, _C.id)
            .limit(limit + 1)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(
            rows,
            limit=limit,
            view=_stuck,
            cursor=lambda row: write_cursor(row["arrived"], row["id"]),
        )

    def timeline(
        self, consultation_id: ConsultationId, *, limit: int, cursor: str | None
    ) -> Page[TimelineEntry]:
        place = read_cursor(cursor, int)
        statement = (
            select(event)
            .where(
                event.c.consultation_id == consultation_id,
                event.c.sequence > (place[0] if place else 0),
            )
            .order_by(event.c.sequence)
            .limit(limit + 1)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
            reactions = connection.execute(
                select(reaction)
                .where(reaction.c.event_id.in_([row["id"] for row in rows]))
                .order_by(reaction.c.created_at, reaction.c.name)
            ).mappings()
            by_event: dict[UUID, list[TimelineReaction]] = {}
            for one in reactions:
                by_event.setdefault(one["event_id"], []).append(_timeline_reaction(one))
        return page_of(
            rows,
            limit=limit,
            view=lambda row: _timeline_entry(row, by_event.get(row["id"], [])),
            cursor=lambda row: write_cursor(row["sequence"]),
        )

    def _latest_first(
        self, statement: Select[Any], reader: Reader, limit: int, cursor: str | None
    ) -> Page[ConsultationSummary]:
        before = read_id_cursor(cursor)
        if before is not None:
            statement = statement.where(_C.id < before)
        with self._engine.connect() as connection:
            rows = (
                connection.execute(statement.order_by(_C.id.desc()).limit(limit + 1))
                .mappings()
                .all()
            )
            vault = self._vaults.on(connection) if reader is Reader.PHYSICIAN else None
            return page_of(
                rows,
                limit=limit,
                view=lambda row: _summary(row, vault),
                cursor=lambda row: write_cursor(row["id"]),
            )


def _summaries(reader: Reader) -> Select[Any]:
    letters = consultation_message.c
    unread = (
        select(func.count())
        .where(
            letters.consultation_id == _C.id,
            letters.sender != reader.value,
            letters.read_at.is_(None),
        )
        .correlate(consultation)
        .scalar_subquery()
    )
    meets_at = (
        select(func.max(appointment.c.start_at))
        .where(appointment.c.consultation_id == _C.id, appointment.c.status.in_(_BLOCKING))
        .correlate(consultation)
        .scalar_subquery()
    )
    return (
        select(
            consultation,
            service_version.c.name.label("service_name"),
            service_version.c.mode,
            PHYSICIAN_NAME.label("physician_name"),
            patient.c.name.label("patient_name"),
            patient.c.erased_at,
            unread.label("unread"),
            meets_at.label("appointment_at"),
        )
        .join(service_version, _EDITION)
        .join(patient, patient.c.id == _C.patient_id)
        .outerjoin(physician, physician.c.id == _C.physician_id)
    )


def _given_up() -> Any:
    return (
        select(func.count())
        .select_from(event.join(reaction, reaction.c.event_id == event.c.id))
        .where(event.c.consultation_id == _C.id, reaction.c.status == "dead")
        .correlate(consultation)
        .scalar_subquery()
    )


def _after(cursor: str | None, sorted_by: ColumnElement[Any]) -> ColumnElement[bool]:
    place = read_cursor(cursor, datetime, UUID)
    if place is None:
        return literal(True)
    return tuple_(sorted_by, _C.id) > tuple_(*map(literal, place))


def _summary(row: RowMapping, vault: PatientVault | None) -> ConsultationSummary:
    name = None
    if vault is not None and row["erased_at"] is None:
        opened = vault.open(row["patient_id"], "patient.name", row["patient_name"])
        name = PersonName(**opened).full
    terms = row["terms"]
    return ConsultationSummary(
        consultation_id=row["id"],
        patient_id=row["patient_id"],
        service_id=row["service_id"],
        service_name=row["service_name"],
        mode=Mode(row["mode"]),
        status=ConsultationStatus(row["status"]),
        physician_id=row["physician_id"],
        physician_name=row["physician_name"] or None,
        promised_by=row["promised_by"],
        promise_broken=row["promise_broken_at"] is not None,
        appointment_at=row["appointment_at"],
        started_at=row["started_at"],
        queued_at=row["queued_at"],
        claimed_at=row["claimed_at"],
        ended_at=row["ended_at"],
        outcome=ConsultationOutcome(row["outcome"]) if row["outcome"] else None,
        cancellation=CancellationReason(row["cancellation"]) if row["cancellation"] else None,
        price=Money.of(terms["price_minor"], terms["currency"]) if terms else None,
        unread=row["unread"],
        patient_name=name,
    )


def _queue_item(row: RowMapping, now: datetime) -> QueueItem:
    promise = None
    if row["promised_by"] is not None:
        promise = Promise(made_at=row["promise_made_at"], promised_by=row["promised_by"])
    return QueueItem(
        consultation_id=row["id"],
        service_name=row["name"],
        mode=Mode(row["terms"]["mode"]),
        place=row["place"],
        waiting_since=row["queued_at"],
        promised_by=row["promised_by"],
        at_risk=promise is not None and promise.is_at_risk(now),
        overdue=promise is not None and promise.is_overdue(now),
        has_red_flags=row["flagged"],
        language=row["locale"].partition("-")[0],
    )


def _stuck(row: RowMapping) -> StuckConsultation:
    return StuckConsultation(
        consultation_id=row["id"],
        patient_id=row["patient_id"],
        service_name=row["name"],
        status=ConsultationStatus(row["status"]),
        place=row["place"],
        physician_name=row["physician_name"] or None,
        since=row["arrived"],
        promised_by=row["promised_by"],
        promise_broken=row["promise_broken_at"] is not None,
        open_reactions=row["given_up"],
    )


def _timeline_reaction(row: RowMapping) -> TimelineReaction:
    return TimelineReaction(
        name=row["name"],
        status=row["status"],
        attempts=row["attempts"],
        last_error=row["last_error"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def _timeline_entry(row: RowMapping, reactions: Sequence[TimelineReaction]) -> TimelineEntry:
    return TimelineEntry(
        event_id=str(row["id"]),
        sequence=row["sequence"],
        type=row["type"],
        schema_version=row["schema_version"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        facts=row["payload"],
        reactions=tuple(reactions),
    )
