"""
Saying when a physician works.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from attrs import frozen

from application.scheduling.ports import SchedulingUnitOfWork
from application.shared.access import (
    Actor,
    Role,
    require_self_physician,
    require_system,
)
from application.shared.ports import Clock
from domain.scheduling.appointment import Appointment, AppointmentStatus
from domain.scheduling.availability import HORIZON, Availability, BookingLimits
from domain.scheduling.working_hours import ScheduleException, WeeklyHours
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId, to_wire
from domain.shared.period import Period

_BATCH = 200
# A day of margin, because a day starts elsewhere on the globe before it starts here.
MARGIN = timedelta(days=1)


@frozen(kw_only=True)
class AffectedVisit:
    """A booked visit that lies outside the physician's new hours: somebody has to see to it."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    during: Period


@frozen
class SetAvailability:
    """
    Replace a physician's hours, exceptions and limits.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        time_zone: str,
        weekly: Iterable[WeeklyHours],
        exceptions: Iterable[ScheduleException] = (),
        limits: BookingLimits | None = None,
    ) -> tuple[AffectedVisit, ...]:
        """
        Set the hours, and list the booked visits that now lie outside of them.

        Raises:
            AccessDenied: Somebody other than the physician or operations.
            PhysicianNotFound: There is none.
            MalformedHours: Hours overlap, or the zone is unknown.
        """
        _require_in_charge(actor, physician_id)
        now = self._clock.now()
        with self._uow as uow:
            availability = _find_or_begin(uow, physician_id)
            availability.change(
                time_zone=time_zone,
                weekly=weekly,
                exceptions=exceptions,
                limits=limits or BookingLimits(),
                now=now,
            )
            _store(uow, availability, actor=actor, now=now)
            affected = _affected(uow, availability, now=now)
            uow.commit()
        return affected


@frozen
class TakeLeave:
    """
    Take days off.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, first_on: date, last_on: date
    ) -> tuple[AffectedVisit, ...]:
        """
        Add the leave, and list the booked visits that fall into it.

        Raises:
            AccessDenied: Somebody other than the physician or operations.
            AvailabilityNotFound: The physician has not said when they work.
            MalformedHours: The last day comes before the first.
        """
        _require_in_charge(actor, physician_id)
        now = self._clock.now()
        leave = ScheduleException(first_on=first_on, last_on=last_on)
        with self._uow as uow:
            availability = uow.availability.get(physician_id)
            if leave not in availability.exceptions:
                availability.change(
                    time_zone=availability.time_zone,
                    weekly=availability.weekly,
                    exceptions=(*availability.exceptions, leave),
                    limits=availability.limits,
                    now=now,
                )
                _store(uow, availability, actor=actor, now=now)
            affected = _affected(uow, availability, now=now)
            uow.commit()
        return affected


@frozen
class ExtendOpenings:
    """
    Let the days that can be searched reach as far ahead as visits can be booked.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Extend those that fall short, and say how many did.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        now = self._clock.now()
        reach = (now + HORIZON).date()
        extended = 0
        while behind := self._behind(reach):
            for physician_id in behind:
                with self._uow as uow:
                    _open_days(uow, uow.availability.get(physician_id), now=now)
                    uow.commit()
            extended += len(behind)
        return extended

    def _behind(self, reach: date) -> tuple[PhysicianId, ...]:
        with self._uow as uow:
            return uow.availability.reaching_less_than(reach, limit=_BATCH)


def _require_in_charge(actor: Actor, physician_id: PhysicianId) -> None:
    if Role.OPERATIONS not in actor.roles:
        require_self_physician(actor, physician_id)


def _find_or_begin(uow: SchedulingUnitOfWork, physician_id: PhysicianId) -> Availability:
    availability = uow.availability.find(physician_id)
    if availability is None:
        physician = uow.physicians.read(physician_id)
        availability = Availability(physician_id=physician_id, time_zone=physician.time_zone)
        uow.availability.add(availability)
    return availability


def _store(
    uow: SchedulingUnitOfWork, availability: Availability, *, actor: Actor, now: datetime
) -> None:
    uow.availability.save(availability)
    _open_days(uow, availability, now=now)
    uow.audit.record(
        actor=actor,
        action="availability.changed",
        subject=to_wire("physician", availability.physician_id),
    )


def _open_days(uow: SchedulingUnitOfWork, availability: Availability, *, now: datetime) -> None:
    first = availability.day_of(now)
    last = availability.day_of(now + HORIZON + MARGIN)
    uow.availability.open_days(
        availability.physician_id,
        first=first,
        last=last,
        openings=tuple(availability.openings(first=first, last=last)),
    )


def _affected(
    uow: SchedulingUnitOfWork, availability: Availability, *, now: datetime
) -> tuple[AffectedVisit, ...]:
    coming = uow.appointments.of_physician(
        availability.physician_id, within=Period(now, now + HORIZON + MARGIN)
    )
    return tuple(
        _affected_visit(visit)
        for visit in coming
        if visit.status is AppointmentStatus.BOOKED and not availability.includes(visit.during)
    )


def _affected_visit(visit: Appointment) -> AffectedVisit:
    return AffectedVisit(
        appointment_id=visit.id, consultation_id=visit.consultation_id, during=visit.during
    )
