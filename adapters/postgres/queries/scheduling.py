"""
Free times and appointments.

Slots are looked for in stretches of time that double until enough are found: the
earliest ones are nearly always in the first stretch, however many physicians there are.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    or_,
    select,
    text,
)

from adapters.postgres.tables.physicians import physician
from adapters.postgres.tables.scheduling import appointment
from application.scheduling.queries import AppointmentView, SlotSearch, SlotView
from domain.scheduling.appointment import AppointmentStatus
from domain.shared.ids import AppointmentId, ConsultationId, PatientId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.period import Period

_FIRST_STRETCH = timedelta(days=1)

_FREE_SLOTS = text("""
with candidate as materialized (
    select p.id, p.title, p.given_name, p.family_name, p.languages, a.time_zone, a.daily_cap,
           make_interval(mins => a.buffer_minutes) as buffer,
           greatest(cast(:begin_at as timestamptz),
                    cast(:now as timestamptz) + make_interval(mins => a.minimum_notice_minutes))
               as earliest
    from physician p
    join availability a on a.physician_id = p.id
    where p.status = 'active'
      and p.specialties && cast(:specialties as text[])
      and (cast(:physician_id as uuid) is null or p.id = :physician_id)
      and (cast(:language as text) is null or p.languages @> array[cast(:language as text)])
),
day as (
    select c.*, o.whole, o.hours * tstzmultirange(tstzrange(c.earliest, :to_at)) as hours
    from candidate c
    join opening o on o.physician_id = c.id
    where o.day between :first_day and :last_day
      and c.earliest < :to_at
      and o.whole && tstzrange(:begin_at, :end_at)
      and exists (
          select from licence l
          where l.physician_id = c.id
            and l.status = 'verified'
            and l.jurisdiction = any(cast(:places as text[]))
            and l.expires_on >= o.day)
),
free as (
    select d.*, d.hours - coalesce(b.taken, '{}') as ranges
    from day d
    cross join lateral (
        select range_agg(tstzrange(x.start_at - d.buffer, x.end_at + d.buffer)) as taken,
               count(*) filter (where x.start_at <@ d.whole) as visits
        from appointment x
        where x.physician_id = d.id
          and x.start_at between lower(d.whole) - interval '1 day'
                             and upper(d.whole) + interval '1 day'
          and (x.status = 'booked' or (x.status = 'held' and x.hold_expires_at > :now))
    ) b
    where not isempty(d.hours)
      and (d.daily_cap is null or b.visits < d.daily_cap)
)
select f.id as physician_id, f.title, f.given_name, f.family_name, f.languages, f.time_zone,
       start_at
from free f
cross join lateral unnest(f.ranges) as r(free_range)
cross join lateral generate_series(
    date_bin(:grid, lower(r.free_range) + :grid - interval '1 microsecond',
             timestamptz '1970-01-01 00:00:00+00'),
    least(upper(r.free_range) - :duration,
          cast(:end_at as timestamptz) - interval '1 microsecond'),
    :grid) as start_at
where start_at >= :begin_at
order by start_at, f.id
limit :limit
""")


class PostgresSchedulingQueries:
    """Free times and appointments, straight from the tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def free_slots(self, search: SlotSearch) -> tuple[SlotView, ...]:
        found: list[SlotView] = []
        with self._engine.connect() as connection:
            for begin_at, end_at in _stretches(search.within):
                missing = search.limit - len(found)
                rows = _free_slots(connection, search, begin_at, end_at, limit=missing)
                found.extend(_slot(row, search) for row in rows)
                if len(found) >= search.limit:
                    break
        return tuple(found)

    def on_duty(self, *, now: datetime) -> Sequence[PhysicianId]:
        statement = text(
            "select o.physician_id from opening o join physician p on p.id = o.physician_id"
            " where p.status = 'active' and o.hours @> cast(:now as timestamptz)"
            " and o.day between cast(:now as timestamptz)::date - 1"
            " and cast(:now as timestamptz)::date + 1"
            " order by o.physician_id"
        )
        with self._engine.connect() as connection:
            return [PhysicianId(one) for one in connection.scalars(statement, {"now": now})]

    def appointment(self, consultation_id: UUID) -> AppointmentView | None:
        statement = (
            _appointments()
            .where(appointment.c.consultation_id == consultation_id)
            .order_by(appointment.c.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        return None if row is None else _appointment(row)

    def of_physician(
        self, physician_id: UUID, *, within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        statement = _appointments().where(appointment.c.physician_id == physician_id)
        return self._coming(statement, within, now)

    def of_patient(
        self, patient_id: UUID, *, within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        statement = _appointments().where(appointment.c.patient_id == patient_id)
        return self._coming(statement, within, now)

    def _coming(
        self, statement: Select[Any], within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        running = and_(
            appointment.c.status == AppointmentStatus.HELD.value,
            appointment.c.hold_expires_at > now,
        )
        statement = statement.where(
            or_(appointment.c.status == AppointmentStatus.BOOKED.value, running),
            appointment.c.start_at < within.end_at,
            appointment.c.end_at > within.start_at,
        ).order_by(appointment.c.start_at, appointment.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return tuple(_appointment(row) for row in rows)


def _stretches(within: Period) -> Iterator[tuple[datetime, datetime]]:
    begin_at, length = within.start_at, _FIRST_STRETCH
    while begin_at < within.end_at:
        end_at = min(begin_at + length, within.end_at)
        yield begin_at, end_at
        begin_at, length = end_at, length * 2


def _free_slots(
    connection: Connection,
    search: SlotSearch,
    begin_at: datetime,
    end_at: datetime,
    *,
    limit: int,
) -> list[RowMapping]:
    place = Jurisdiction(search.place)
    # An instant is at most a calendar day away from its date in UTC.
    a_day = timedelta(days=1)
    parameters = {
        "now": search.now,
        "begin_at": begin_at,
        "end_at": end_at,
        "to_at": search.within.end_at,
        "first_day": (begin_at - a_day).date(),
        "last_day": (end_at + a_day).date(),
        "specialties": list(search.specialties),
        "physician_id": search.physician_id,
        "language": search.language,
        "places": sorted({place.code, place.country}),
        "duration": search.duration,
        "grid": search.grid,
        "limit": limit,
    }
    return list(connection.execute(_FREE_SLOTS, parameters).mappings())


def _slot(row: RowMapping, search: SlotSearch) -> SlotView:
    return SlotView(
        physician_id=PhysicianId(row["physician_id"]),
        physician_name=_name(row),
        languages=tuple(row["languages"]),
        start_at=row["start_at"],
        end_at=row["start_at"] + search.duration,
        time_zone=row["time_zone"],
    )


def _appointments() -> Select[Any]:
    return select(
        appointment,
        physician.c.title,
        physician.c.given_name,
        physician.c.family_name,
        physician.c.time_zone,
    ).join(physician, physician.c.id == appointment.c.physician_id)


def _appointment(row: RowMapping) -> AppointmentView:
    return AppointmentView(
        appointment_id=AppointmentId(row["id"]),
        consultation_id=ConsultationId(row["consultation_id"]),
        patient_id=PatientId(row["patient_id"]),
        physician_id=PhysicianId(row["physician_id"]),
        physician_name=_name(row),
        start_at=row["start_at"],
        end_at=row["end_at"],
        status=AppointmentStatus(row["status"]),
        hold_expires_at=row["hold_expires_at"],
        time_zone=row["time_zone"],
        version=row["version"],
    )


def _name(row: RowMapping) -> str:
    return " ".join(part for part in (row["title"], row["given_name"], row["family_name"]) if part)
