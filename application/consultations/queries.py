"""
Looking at consultations: lists come straight from SQL, access rules included.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from application.consultations.ports import ConsultationsUnitOfWork
from application.consultations.views import (
    ConsultationSummary,
    QueueItem,
    StuckConsultation,
    TimelineEntry,
)
from application.shared.access import AccessDenied, Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import Clock
from domain.consultations.consultation import ConsultationStatus
from domain.physicians.physician import Physician, PhysicianStatus
from domain.shared.ids import ConsultationId, PatientId, PhysicianId, to_wire

MOST_AT_ONCE = 100


class Reader(StrEnum):
    """Whose unread letters are counted."""

    PATIENT = "patient"
    PHYSICIAN = "physician"


class ConsultationQueries(Protocol):
    """Consultations straight from the database. Checks no access itself."""

    def of_patient(
        self, patient_id: PatientId, *, limit: int, cursor: str | None
    ) -> Page[ConsultationSummary]:
        """A patient's consultations, latest first."""
        ...

    def of_physician(
        self,
        physician_id: PhysicianId,
        *,
        statuses: Sequence[ConsultationStatus],
        limit: int,
        cursor: str | None,
    ) -> Page[ConsultationSummary]:
        """What a physician has taken, latest first, with the patients' names."""
        ...

    def summary(
        self, consultation_id: ConsultationId, *, reader: Reader
    ) -> ConsultationSummary | None:
        """One of them."""
        ...

    def position(self, consultation_id: ConsultationId) -> int | None:
        """Its place among those that wait for the same service in the same country."""
        ...

    def queue(
        self,
        *,
        jurisdictions: Sequence[str],
        specialties: Sequence[str],
        now: datetime,
        limit: int,
        cursor: str | None,
    ) -> Page[QueueItem]:
        """What waits in these places for these specialties: promised first, first come."""
        ...

    def stuck(
        self,
        *,
        statuses: Sequence[ConsultationStatus],
        since: datetime,
        limit: int,
        cursor: str | None,
    ) -> Page[StuckConsultation]:
        """What has been where it is since then, or has a reaction given up; oldest first."""
        ...

    def timeline(
        self, consultation_id: ConsultationId, *, limit: int, cursor: str | None
    ) -> Page[TimelineEntry]:
        """All that happened to it, oldest first, with every reaction and attempt."""
        ...


@frozen
class ListMyConsultations:
    """
    A patient's own consultations, or those that a physician has taken, with patients' names.
    """

    _queries: ConsultationQueries
    _uow: ConsultationsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        statuses: Sequence[ConsultationStatus] = (),
        as_physician: bool = False,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[ConsultationSummary]:
        """
        List them, latest first.

        Raises:
            AccessDenied: The actor is neither patient nor physician.
        """
        bound = min(limit, MOST_AT_ONCE)
        if as_physician and actor.physician_id is not None:
            page = self._queries.of_physician(
                actor.physician_id, statuses=statuses, limit=bound, cursor=cursor
            )
            self._note(actor, page.items)
            return page
        if not as_physician and actor.patient_id is not None:
            return self._queries.of_patient(actor.patient_id, limit=bound, cursor=cursor)
        raise AccessDenied("There are no consultations of yours.")

    def _note(self, actor: Actor, seen: Sequence[ConsultationSummary]) -> None:
        if not seen:
            return
        with self._uow as uow:
            for patient_id in dict.fromkeys(one.patient_id for one in seen):
                uow.audit.record(
                    actor=actor,
                    action="patient.listed",
                    subject=to_wire("patient", patient_id),
                    patient_id=patient_id,
                    reason="treatment",
                )
            uow.commit()


@frozen
class ViewQueue:
    """
    What a physician may take now: by licence in force today, and by specialty.
    """

    _queries: ConsultationQueries
    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, limit: int = 20, cursor: str | None = None
    ) -> Page[QueueItem]:
        """
        List it; a physician who is not active sees an empty queue.

        Raises:
            AccessDenied: Not a physician.
        """
        require_role(actor, Role.PHYSICIAN)
        if actor.physician_id is None:
            raise AccessDenied("Only a physician has a queue.")
        now = self._clock.now()
        with self._uow as uow:
            physician = uow.physicians.read(actor.physician_id)
        if physician.status is not PhysicianStatus.ACTIVE:
            return Page(items=())
        return self._queries.queue(
            jurisdictions=in_force(physician, now),
            specialties=sorted(physician.specialties),
            now=now,
            limit=min(limit, MOST_AT_ONCE),
            cursor=cursor,
        )


@frozen
class ListStuckConsultations:
    """
    For staff: what has waited for long, or whose workflow has given up.
    """

    _queries: ConsultationQueries

    def __call__(
        self,
        *,
        actor: Actor,
        since: datetime,
        statuses: Sequence[ConsultationStatus] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[StuckConsultation]:
        """
        List it, oldest first.

        Raises:
            AccessDenied: Not operations.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        return self._queries.stuck(
            statuses=statuses, since=since, limit=min(limit, MOST_AT_ONCE), cursor=cursor
        )


@frozen
class ViewTimeline:
    """
    For staff: every event of a consultation, every reaction to it, every attempt.
    """

    _queries: ConsultationQueries
    _uow: ConsultationsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[TimelineEntry]:
        """
        Show it.

        Raises:
            AccessDenied: Not staff.
            ConsultationNotFound: There is none.
        """
        require_role(actor, Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR)
        with self._uow as uow:
            consultation = uow.consultations.read(consultation_id)
            uow.audit.record(
                actor=actor,
                action="consultation.timeline_read",
                subject=to_wire("consultation", consultation_id),
                patient_id=consultation.patient_id,
            )
            uow.commit()
        return self._queries.timeline(
            consultation_id, limit=min(limit, MOST_AT_ONCE), cursor=cursor
        )


def in_force(physician: Physician, now: datetime) -> list[str]:
    today = physician.today(now)
    return sorted(
        {licence.jurisdiction.code for licence in physician.licences if licence.holds_on(today)}
    )
