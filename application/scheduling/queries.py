"""
Looking for free times, and at appointments. All times are aware and in UTC.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from attrs import frozen

from application.scheduling.ports import SchedulingUnitOfWork
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_self_physician,
)
from application.shared.ports import Clock
from domain.catalogue.service import ServiceNotFound
from domain.scheduling.appointment import AppointmentNotFound, AppointmentStatus
from domain.scheduling.availability import GRID, HORIZON, AvailabilityNotFound
from domain.scheduling.calendar_feed import FeedEntry, calendar_feed
from domain.shared.errors import InvalidInput
from domain.shared.ids import (
    AppointmentId,
    ConsultationId,
    PatientId,
    PhysicianId,
    ServiceId,
    to_wire,
)
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.period import Period

MOST_SLOTS = 500
_FEED_PAST = timedelta(days=30)
_FEED_AHEAD = timedelta(days=120)


class NotABookedService(InvalidInput):
    """Patients do not choose a time for this service."""


@frozen(kw_only=True)
class SlotSearch:
    """
    What is looked for.

    Args:
        within: Where the visit must lie.
        now: What minimum notice and holds are reckoned from.
        grid: Visits start at whole multiples of it.
        specialties: One of them is needed.
        place: ISO 3166 code of where the patient is; a licence must cover it.
    """

    within: Period
    now: datetime
    duration: timedelta
    grid: timedelta
    place: str
    specialties: tuple[str, ...]
    physician_id: UUID | None
    language: str | None
    limit: int


@frozen(kw_only=True)
class SlotView:
    """A time that can be held. `time_zone` is the physician's."""

    physician_id: PhysicianId
    physician_name: str
    languages: tuple[str, ...]
    start_at: datetime
    end_at: datetime
    time_zone: str


@frozen(kw_only=True)
class AppointmentView:
    """An appointment. `time_zone` is the physician's."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId
    physician_name: str
    start_at: datetime
    end_at: datetime
    status: AppointmentStatus
    hold_expires_at: datetime | None
    time_zone: str
    version: int


@frozen(kw_only=True)
class HoursView:
    """Hours of a day as they were written: `09:00`, `17:30`."""

    start: str
    end: str


@frozen(kw_only=True)
class WeekdayView:
    """Hours on a day of the week, 0 for Monday."""

    weekday: int
    hours: HoursView


@frozen(kw_only=True)
class ExceptionView:
    """Other hours, or none, from one day to another."""

    first_on: date
    last_on: date
    hours: tuple[HoursView, ...]


@frozen(kw_only=True)
class AvailabilityView:
    """A physician's hours in their own zone."""

    physician_id: PhysicianId
    time_zone: str
    weekly: tuple[WeekdayView, ...]
    exceptions: tuple[ExceptionView, ...]
    buffer: timedelta
    minimum_notice: timedelta
    daily_cap: int | None


class SchedulingQueries(Protocol):
    """Free times and appointments, straight from storage."""

    def free_slots(self, search: SlotSearch) -> tuple[SlotView, ...]:
        """The earliest free times, by start and then by physician."""
        ...

    def appointment(self, consultation_id: UUID) -> AppointmentView | None:
        """The latest appointment that was made for a consultation."""
        ...

    def of_physician(
        self, physician_id: UUID, *, within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        """Booked visits and running holds by start."""
        ...

    def of_patient(
        self, patient_id: UUID, *, within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        """Booked visits and running holds by start."""
        ...


@frozen
class FindSlots:
    """
    The earliest times at which a patient somewhere can use a booked service.
    """

    _queries: SchedulingQueries
    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        service_id: ServiceId,
        place: Jurisdiction,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        physician_id: PhysicianId | None = None,
        language: str | None = None,
        limit: int = 20,
    ) -> tuple[SlotView, ...]:
        """
        Search; from now and as far as visits can be booked unless told otherwise.

        Raises:
            ServiceNotFound: There is none, or it is offered no longer.
            NotABookedService: Patients do not choose a time for it.
            MalformedPeriod: The search ends before it begins.
        """
        del actor  # free times are public
        now = self._clock.now()
        with self._uow as uow:
            service = uow.services.read(service_id)
        if not service.active:
            raise ServiceNotFound("This service is offered no longer.")
        terms = service.current.terms
        if not terms.mode.is_booked or terms.duration is None:
            raise NotABookedService("This service needs no appointment.", field="service_id")
        end = now + HORIZON
        asked = Period(max(from_at or now, now), min(to_at or end, end))
        if not service.current.eligibility.is_offered_in(place):
            return ()
        return self._queries.free_slots(
            SlotSearch(
                within=asked,
                now=now,
                duration=terms.duration,
                grid=GRID,
                place=place.code,
                specialties=tuple(sorted(service.current.specialties)),
                physician_id=physician_id,
                language=language,
                limit=max(1, min(limit, MOST_SLOTS)),
            )
        )


@frozen
class ViewAppointment:
    """
    The appointment of a consultation. That staff looked stands in the patient's trail.
    """

    _queries: SchedulingQueries
    _uow: SchedulingUnitOfWork

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> AppointmentView:
        """
        View it as its patient, its physician, or operations.

        Raises:
            AppointmentNotFound: There is none, or none that this actor may know of.
        """
        view = self._queries.appointment(consultation_id)
        if view is None or not (
            actor.is_system
            or actor.is_staff
            or actor.patient_id == view.patient_id
            or actor.physician_id == view.physician_id
        ):
            raise AppointmentNotFound("There is no appointment.")
        _note_staff(self._uow, actor, (view,))
        return view


@frozen
class ListAppointments:
    """
    One's own appointments in a stretch of time. That staff looked stands in patients' trails.
    """

    _queries: SchedulingQueries
    _clock: Clock
    _uow: SchedulingUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        within: Period,
        physician_id: PhysicianId | None = None,
        patient_id: PatientId | None = None,
    ) -> tuple[AppointmentView, ...]:
        """
        List a physician's or a patient's.

        Raises:
            AccessDenied: Somebody else's, and not operations.
        """
        now = self._clock.now()
        unbound = actor.is_system or Role.OPERATIONS in actor.roles
        if physician_id is not None and (unbound or actor.physician_id == physician_id):
            found = self._queries.of_physician(physician_id, within=within, now=now)
        elif patient_id is not None and (unbound or actor.patient_id == patient_id):
            found = self._queries.of_patient(patient_id, within=within, now=now)
        else:
            raise AccessDenied("These are not your appointments.")
        _note_staff(self._uow, actor, found)
        return found


def _note_staff(
    unit_of_work: SchedulingUnitOfWork, actor: Actor, seen: Sequence[AppointmentView]
) -> None:
    others = [
        view
        for view in seen
        if not actor.is_system
        and actor.patient_id != view.patient_id
        and actor.physician_id != view.physician_id
    ]
    if not others:
        return
    with unit_of_work as uow:
        for view in others:
            uow.audit.record(
                actor=actor,
                action="appointment.read",
                subject=to_wire("appointment", view.appointment_id),
                patient_id=view.patient_id,
            )
        uow.commit()


@frozen
class ViewAvailability:
    """
    When a physician works.
    """

    _uow: SchedulingUnitOfWork

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> AvailabilityView:
        """
        View it as the physician or as staff.

        Raises:
            AccessDenied: Somebody else.
            AvailabilityNotFound: The physician has not said.
        """
        if not actor.is_staff:
            require_self_physician(actor, physician_id)
        with self._uow as uow:
            availability = uow.availability.read(physician_id)
        if availability is None:
            raise AvailabilityNotFound("No hours are set yet.")
        return AvailabilityView(
            physician_id=physician_id,
            time_zone=availability.time_zone,
            weekly=tuple(
                WeekdayView(weekday=one.weekday, hours=_hours(one.hours.texts))
                for one in availability.weekly
            ),
            exceptions=tuple(
                ExceptionView(
                    first_on=one.first_on,
                    last_on=one.last_on,
                    hours=tuple(_hours(hours.texts) for hours in one.hours),
                )
                for one in availability.exceptions
            ),
            buffer=availability.limits.buffer,
            minimum_notice=availability.limits.minimum_notice,
            daily_cap=availability.limits.daily_cap,
        )


@frozen
class ViewCalendarFeed:
    """
    A physician's booked visits as an iCalendar feed. It names no patient.
    """

    _queries: SchedulingQueries
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> str:
        """
        Write the feed (text/calendar).

        Raises:
            AccessDenied: Somebody else.
        """
        require_self_physician(actor, physician_id)
        now = self._clock.now()
        visits = self._queries.of_physician(
            physician_id, within=Period(now - _FEED_PAST, now + _FEED_AHEAD), now=now
        )
        return calendar_feed(
            (
                FeedEntry(
                    appointment_id=visit.appointment_id,
                    during=Period(visit.start_at, visit.end_at),
                    summary=f"Visit {to_wire('consultation', visit.consultation_id)}",
                    sequence=visit.version,
                )
                for visit in visits
                if visit.status is AppointmentStatus.BOOKED
            ),
            title="Scripted visits",
            now=now,
        )


def _hours(texts: tuple[str, str]) -> HoursView:
    return HoursView(start=texts[0], end=texts[1])
