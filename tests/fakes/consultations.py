"""
Consultations, their letters and follow-ups, in memory.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, field

from application.consultations.queries import Reader
from application.consultations.views import (
    ConsultationSummary,
    QueueItem,
    StuckConsultation,
    TimelineEntry,
)
from application.shared.pages import Page
from domain.consultations.consultation import (
    Consultation,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.follow_up import FollowUp, FollowUpNotFound, FollowUpStatus
from domain.consultations.message import Message
from domain.shared.ids import ConsultationId, FollowUpId, PatientId, PhysicianId, ServiceId
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.aggregates import Aggregates, Collector
from tests.fakes.catalogue import InMemoryServices


@define(eq=False)
class InMemoryConsultations:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, consultation: Consultation) -> None:
        self._store.put(consultation.id, consultation)

    def get(self, consultation_id: ConsultationId) -> Consultation:
        found: Consultation | None = self._store.find(consultation_id)
        if found is None:
            raise ConsultationNotFound("There is no such consultation.")
        return found

    def read(self, consultation_id: ConsultationId) -> Consultation:
        return self.get(consultation_id)

    def draft_of(self, *, patient_id: PatientId, service_id: ServiceId) -> Consultation | None:
        drafts = [
            one
            for one in self.all()
            if one.patient_id == patient_id
            and one.service_id == service_id
            and one.status is ConsultationStatus.DRAFT
        ]
        return max(drafts, key=lambda one: one.started_at, default=None)

    def save(self, consultation: Consultation) -> None:
        self._store.put(consultation.id, consultation)

    def open_with(self, physician_id: PhysicianId) -> Sequence[ConsultationId]:
        claimed = sorted(
            (one.claimed_at, one.id)
            for one in self.all()
            if one.physician_id == physician_id
            and one.status in (ConsultationStatus.CLAIMED, ConsultationStatus.IN_PROGRESS)
            and one.claimed_at is not None
        )
        return [ConsultationId(consultation_id) for _, consultation_id in claimed]

    def last_end_of(self, physician_id: PhysicianId) -> datetime | None:
        ends = [one.ended_at for one in self.all() if one.physician_id == physician_id]
        return max((end for end in ends if end is not None), default=None)

    def with_overdue_promise(self, *, now: datetime, limit: int) -> Sequence[ConsultationId]:
        overdue = sorted(
            (one.promise.promised_by, one.id)
            for one in self.all()
            if one.promise is not None
            and one.promise.broken_at is None
            and one.promise.is_overdue(now)
            and one.status in {ConsultationStatus.WAITING, ConsultationStatus.CLAIMED}
        )
        return [ConsultationId(consultation_id) for _, consultation_id in overdue][:limit]

    def all(self) -> list[Consultation]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryMessages:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, message: Message) -> None:
        self._store.put(message.id, message)

    def save(self, message: Message) -> None:
        self._store.put(message.id, message)

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[Message]:
        found = [one for one in self._store.all() if one.consultation_id == consultation_id]
        return sorted(found, key=lambda one: one.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryFollowUps:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, follow_up: FollowUp) -> None:
        self._store.put(follow_up.id, follow_up)

    def get(self, follow_up_id: FollowUpId) -> FollowUp:
        found: FollowUp | None = self._store.find(follow_up_id)
        if found is None:
            raise FollowUpNotFound("There is no such follow-up.")
        return found

    def save(self, follow_up: FollowUp) -> None:
        self._store.put(follow_up.id, follow_up)

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[FollowUp]:
        found = [one for one in self._store.all() if one.consultation_id == consultation_id]
        return sorted(found, key=lambda one: one.due_at)

    def due(self, *, now: datetime, limit: int) -> Sequence[FollowUpId]:
        due = sorted(
            (one.due_at, one.id)
            for one in self._store.all()
            if one.status is FollowUpStatus.SCHEDULED and one.due_at <= now
        )
        return [FollowUpId(follow_up_id) for _, follow_up_id in due][:limit]

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryConsultationQueries:
    """Pages are cut by position; a test writes the timelines."""

    consultations: InMemoryConsultations
    messages: InMemoryMessages
    services: InMemoryServices
    timelines: dict[UUID, list[TimelineEntry]] = field(factory=dict)

    def of_patient(
        self, patient_id: PatientId, *, limit: int, cursor: str | None
    ) -> Page[ConsultationSummary]:
        found = [one for one in self._latest_first() if one.patient_id == patient_id]
        return _page([self._summary(one, Reader.PATIENT) for one in found], limit, cursor)

    def of_physician(
        self,
        physician_id: PhysicianId,
        *,
        statuses: Sequence[ConsultationStatus],
        limit: int,
        cursor: str | None,
    ) -> Page[ConsultationSummary]:
        found = [
            one
            for one in self._latest_first()
            if one.physician_id == physician_id and (not statuses or one.status in statuses)
        ]
        return _page([self._summary(one, Reader.PHYSICIAN) for one in found], limit, cursor)

    def summary(
        self, consultation_id: ConsultationId, *, reader: Reader
    ) -> ConsultationSummary | None:
        found = [one for one in self.consultations.all() if one.id == consultation_id]
        return self._summary(found[0], reader) if found else None

    def position(self, consultation_id: ConsultationId) -> int | None:
        own = self.consultations.read(consultation_id)
        if own.status is not ConsultationStatus.WAITING or own.queued_at is None:
            return None
        ahead = [
            one
            for one in self._waiting()
            if one.service_id == own.service_id
            and one.place.country == own.place.country
            and (one.queued_at, one.id) < (own.queued_at, own.id)
        ]
        return len(ahead) + 1

    def queue(
        self,
        *,
        jurisdictions: Sequence[str],
        specialties: Sequence[str],
        now: datetime,
        limit: int,
        cursor: str | None,
    ) -> Page[QueueItem]:
        allowed = [Jurisdiction(code) for code in jurisdictions]
        found = [
            one
            for one in self._waiting()
            if any(jurisdiction.covers(one.place) for jurisdiction in allowed)
            and (
                not one.frozen_policy.specialties
                or one.frozen_policy.specialties & set(specialties)
            )
        ]
        return _page([self._item(one, now) for one in found], limit, cursor)

    def stuck(
        self,
        *,
        statuses: Sequence[ConsultationStatus],
        since: datetime,
        limit: int,
        cursor: str | None,
    ) -> Page[StuckConsultation]:
        found = [
            one
            for one in self.consultations.all()
            if not one.has_ended
            and (one.queued_at or one.started_at) < since
            and (not statuses or one.status in statuses)
        ]
        return _page([self._stuck(one) for one in found], limit, cursor)

    def timeline(
        self, consultation_id: ConsultationId, *, limit: int, cursor: str | None
    ) -> Page[TimelineEntry]:
        return _page(self.timelines.get(consultation_id, []), limit, cursor)

    def _latest_first(self) -> list[Consultation]:
        return sorted(self.consultations.all(), key=lambda one: one.id, reverse=True)

    def _waiting(self) -> list[Consultation]:
        waiting = [
            one for one in self.consultations.all() if one.status is ConsultationStatus.WAITING
        ]
        return sorted(waiting, key=lambda one: (str(one.queued_at), one.id))

    def _summary(self, one: Consultation, reader: Reader) -> ConsultationSummary:
        edition = self.services.version_of(one.service_id, one.service_version)
        letters = self.messages.of_consultation(one.id)
        return ConsultationSummary(
            consultation_id=one.id,
            patient_id=one.patient_id,
            service_id=one.service_id,
            service_name=edition.name,
            mode=edition.terms.mode,
            status=one.status,
            physician_id=one.physician_id,
            physician_name=None,
            promised_by=one.promise.promised_by if one.promise else None,
            promise_broken=bool(one.promise and one.promise.broken_at),
            appointment_at=None,
            started_at=one.started_at,
            queued_at=one.queued_at,
            claimed_at=one.claimed_at,
            ended_at=one.ended_at,
            outcome=one.outcome,
            cancellation=one.cancellation,
            price=one.policy.price if one.policy else None,
            unread=sum(
                letter.read_at is None and letter.sender.value != reader.value for letter in letters
            ),
        )

    def _stuck(self, one: Consultation) -> StuckConsultation:
        return StuckConsultation(
            consultation_id=one.id,
            patient_id=one.patient_id,
            service_name=self.services.version_of(one.service_id, one.service_version).name,
            status=one.status,
            place=one.place.code,
            physician_name=None,
            since=one.queued_at or one.started_at,
            promised_by=one.promise.promised_by if one.promise else None,
            promise_broken=bool(one.promise and one.promise.broken_at),
            open_reactions=0,
        )

    def _item(self, one: Consultation, now: datetime) -> QueueItem:
        assert one.queued_at is not None
        edition = self.services.version_of(one.service_id, one.service_version)
        return QueueItem(
            consultation_id=one.id,
            service_name=edition.name,
            mode=edition.terms.mode,
            place=one.place.code,
            waiting_since=one.queued_at,
            promised_by=one.promise.promised_by if one.promise else None,
            at_risk=bool(one.promise and one.promise.is_at_risk(now)),
            overdue=bool(one.promise and one.promise.is_overdue(now)),
            has_red_flags=bool(one.intake.red_flags),
            language="en",
        )


def _page(items: list[Any], limit: int, cursor: str | None) -> Page[Any]:
    start = int(cursor or 0)
    end = start + limit
    return Page(items=tuple(items[start:end]), next_cursor=str(end) if len(items) > end else None)
