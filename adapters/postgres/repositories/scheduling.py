"""
Hours and appointments in PostgreSQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import RowMapping, Select, delete, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from adapters.postgres.rows import StaleAggregate, insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.scheduling import appointment, availability, opening
from domain.scheduling.appointment import Appointment, AppointmentStatus
from domain.scheduling.availability import (
    Availability,
    AvailabilityNotFound,
    BookingLimits,
    Opening,
    SlotTaken,
)
from domain.scheduling.working_hours import DayHours, ScheduleException, WeeklyHours
from domain.shared.ids import AppointmentId, ConsultationId, PatientId, PhysicianId
from domain.shared.period import Period

_BLOCKING = [status.value for status in AppointmentStatus if status.blocks]
_MINUTE = timedelta(minutes=1)


class PostgresAvailability:
    """When physicians work."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Availability) -> None:
        insert_row(self._scope, availability, new, _availability_row(new))

    def get(self, physician_id: PhysicianId) -> Availability:
        found = self.find(physician_id)
        if found is None:
            raise AvailabilityNotFound("No hours are set yet.")
        return found

    def find(self, physician_id: PhysicianId) -> Availability | None:
        return self._find(_of(physician_id).with_for_update())

    def read(self, physician_id: PhysicianId) -> Availability | None:
        return self._find(_of(physician_id))

    def save(self, changed: Availability) -> None:
        statement = (
            update(availability)
            .where(
                availability.c.physician_id == changed.physician_id,
                availability.c.version == changed.version,
            )
            .values(**_availability_row(changed), version=changed.version + 1)
        )
        if self._scope.connection.execute(statement).rowcount != 1:
            raise StaleAggregate("This was changed in the meantime. Look at it again and repeat.")
        changed.version += 1
        self._scope.collect(changed)

    def open_days(
        self, physician_id: PhysicianId, *, first: date, last: date, openings: Iterable[Opening]
    ) -> None:
        connection = self._scope.connection
        connection.execute(
            delete(opening).where(opening.c.physician_id == physician_id, opening.c.day >= first)
        )
        rows = [_opening_row(physician_id, one) for one in openings]
        if rows:
            connection.execute(insert(opening), rows)
        connection.execute(
            update(availability)
            .where(availability.c.physician_id == physician_id)
            .values(opened_until=last)
        )

    def reaching_less_than(self, last: date, *, limit: int) -> tuple[PhysicianId, ...]:
        statement = (
            select(availability.c.physician_id)
            .where(availability.c.opened_until < last)
            .order_by(availability.c.opened_until, availability.c.physician_id)
            .limit(limit)
        )
        return tuple(PhysicianId(one) for one in self._scope.connection.scalars(statement))

    def _find(self, statement: Select[Any]) -> Availability | None:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _availability(row)


class PostgresAppointments:
    """Appointments; an exclusion constraint keeps those of one physician apart."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Appointment) -> None:
        try:
            insert_row(self._scope, appointment, new, _appointment_row(new))
        except IntegrityError as refused:
            raise _as_taken(refused) from refused

    def latest_of(self, consultation_id: ConsultationId) -> Appointment | None:
        return self._find(_latest_of(consultation_id).with_for_update())

    def read_latest_of(self, consultation_id: ConsultationId) -> Appointment | None:
        return self._find(_latest_of(consultation_id))

    def of_physician(self, physician_id: PhysicianId, *, within: Period) -> tuple[Appointment, ...]:
        return self._all(
            select(appointment)
            .where(
                appointment.c.physician_id == physician_id,
                appointment.c.status.in_(_BLOCKING),
                appointment.c.start_at < within.end_at,
                appointment.c.end_at > within.start_at,
            )
            .order_by(appointment.c.start_at)
            .with_for_update()
        )

    def booked_to_start(self, within: Period, *, limit: int) -> tuple[Appointment, ...]:
        return self._all(
            select(appointment)
            .where(
                appointment.c.status == AppointmentStatus.BOOKED.value,
                appointment.c.start_at > within.start_at,
                appointment.c.start_at <= within.end_at,
            )
            .order_by(appointment.c.start_at)
            .limit(limit)
        )

    def run_out(self, *, now: datetime, limit: int) -> tuple[Appointment, ...]:
        return self._all(
            select(appointment)
            .where(
                appointment.c.status == AppointmentStatus.HELD.value,
                appointment.c.hold_expires_at <= now,
            )
            .order_by(appointment.c.hold_expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )

    def save(self, changed: Appointment) -> None:
        try:
            update_row(self._scope, appointment, changed, changed.id, _appointment_row(changed))
        except IntegrityError as refused:
            raise _as_taken(refused) from refused

    def _find(self, statement: Select[Any]) -> Appointment | None:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _appointment(row)

    def _all(self, statement: Select[Any]) -> tuple[Appointment, ...]:
        rows = self._scope.connection.execute(statement).mappings()
        return tuple(_appointment(row) for row in rows)


def _as_taken(refused: IntegrityError) -> Exception:
    if isinstance(refused.orig, ExclusionViolation):
        return SlotTaken("This time has just been taken. Choose another.")
    return refused


def _of(physician_id: PhysicianId) -> Select[Any]:
    return select(availability).where(availability.c.physician_id == physician_id)


def _latest_of(consultation_id: ConsultationId) -> Select[Any]:
    return (
        select(appointment)
        .where(appointment.c.consultation_id == consultation_id)
        .order_by(appointment.c.id.desc())
        .limit(1)
    )


def _availability_row(stored: Availability) -> dict[str, Any]:
    limits = stored.limits
    return {
        "physician_id": stored.physician_id,
        "time_zone": stored.time_zone,
        "weekly": [{"weekday": one.weekday, **_hours_data(one.hours)} for one in stored.weekly],
        "exceptions": [
            {
                "first_on": one.first_on.isoformat(),
                "last_on": one.last_on.isoformat(),
                "hours": [_hours_data(hours) for hours in one.hours],
            }
            for one in stored.exceptions
        ],
        "buffer_minutes": limits.buffer // _MINUTE,
        "minimum_notice_minutes": limits.minimum_notice // _MINUTE,
        "daily_cap": limits.daily_cap,
    }


def _availability(row: RowMapping) -> Availability:
    return Availability(
        physician_id=PhysicianId(row["physician_id"]),
        version=row["version"],
        time_zone=row["time_zone"],
        weekly=tuple(WeeklyHours(one["weekday"], _hours(one)) for one in row["weekly"]),
        exceptions=tuple(
            ScheduleException(
                first_on=date.fromisoformat(one["first_on"]),
                last_on=date.fromisoformat(one["last_on"]),
                hours=tuple(_hours(hours) for hours in one["hours"]),
            )
            for one in row["exceptions"]
        ),
        limits=BookingLimits(
            buffer=row["buffer_minutes"] * _MINUTE,
            minimum_notice=row["minimum_notice_minutes"] * _MINUTE,
            daily_cap=row["daily_cap"],
        ),
    )


def _hours_data(hours: DayHours) -> dict[str, str]:
    start, end = hours.texts
    return {"start": start, "end": end}


def _hours(data: Mapping[str, Any]) -> DayHours:
    return DayHours.parse(data["start"], data["end"])


def _opening_row(physician_id: PhysicianId, stored: Opening) -> dict[str, Any]:
    return {
        "physician_id": physician_id,
        "day": stored.day,
        "whole": _range(stored.whole),
        "hours": _ranges(stored.hours),
    }


def _ranges(periods: Sequence[Period]) -> list[Range[datetime]]:
    return [_range(period) for period in periods]


def _range(period: Period) -> Range[datetime]:
    return Range(period.start_at, period.end_at)


def _appointment_row(stored: Appointment) -> dict[str, Any]:
    return {
        "id": stored.id,
        "physician_id": stored.physician_id,
        "patient_id": stored.patient_id,
        "consultation_id": stored.consultation_id,
        "start_at": stored.during.start_at,
        "end_at": stored.during.end_at,
        "status": stored.status.value,
        "hold_expires_at": stored.hold_expires_at,
        "lost": stored.lost,
        "moved": stored.moved,
    }


def _appointment(row: RowMapping) -> Appointment:
    return Appointment(
        id=AppointmentId(row["id"]),
        version=row["version"],
        physician_id=PhysicianId(row["physician_id"]),
        patient_id=PatientId(row["patient_id"]),
        consultation_id=ConsultationId(row["consultation_id"]),
        during=Period(row["start_at"], row["end_at"]),
        status=AppointmentStatus(row["status"]),
        hold_expires_at=row["hold_expires_at"],
        lost=row["lost"],
        moved=row["moved"],
    )
