"""
Hours and appointments in memory.

`InMemorySchedulingQueries.free_slots` finds slots by trying every start: slow, plain, and
the oracle for the SQL.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import define, field

from application.scheduling.queries import AppointmentView, SlotSearch, SlotView
from domain.physicians.physician import Physician, PhysicianStatus
from domain.scheduling.appointment import Appointment, AppointmentStatus
from domain.scheduling.availability import (
    Availability,
    AvailabilityNotFound,
    Opening,
    SlotNotOffered,
    SlotTaken,
)
from domain.shared.ids import ConsultationId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.period import Period
from tests.fakes.aggregates import Aggregates, Collector
from tests.fakes.physicians import InMemoryPhysicians

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@define(eq=False)
class InMemoryAvailability:
    _uow: Collector
    opened: dict[UUID, dict[date, Opening]] = field(factory=dict, init=False)
    opened_until: dict[UUID, date] = field(factory=dict, init=False)
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, availability: Availability) -> None:
        self._store.put(availability.physician_id, availability)

    def get(self, physician_id: PhysicianId) -> Availability:
        found = self.find(physician_id)
        if found is None:
            raise AvailabilityNotFound("No hours are set yet.")
        return found

    def find(self, physician_id: PhysicianId) -> Availability | None:
        found: Availability | None = self._store.find(physician_id)
        return found

    def read(self, physician_id: PhysicianId) -> Availability | None:
        return self.find(physician_id)

    def save(self, availability: Availability) -> None:
        self._store.put(availability.physician_id, availability)

    def open_days(
        self, physician_id: PhysicianId, *, first: date, last: date, openings: Iterable[Opening]
    ) -> None:
        before = {
            day: opening
            for day, opening in self.opened.get(physician_id, {}).items()
            if day < first
        }
        self.opened[physician_id] = before | {opening.day: opening for opening in openings}
        self.opened_until[physician_id] = last

    def reaching_less_than(self, last: date, *, limit: int) -> tuple[PhysicianId, ...]:
        short = sorted(
            (until, physician_id)
            for physician_id, until in self.opened_until.items()
            if until < last
        )
        return tuple(PhysicianId(physician_id) for _, physician_id in short)[:limit]

    def snapshot(self) -> Any:
        return self._store.snapshot(), dict(self.opened), dict(self.opened_until)

    def restore(self, snapshot: Any) -> None:
        rows, self.opened, self.opened_until = snapshot
        self._store.restore(rows)


@define(eq=False)
class InMemoryAppointments:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, appointment: Appointment) -> None:
        self._put(appointment)

    def latest_of(self, consultation_id: ConsultationId) -> Appointment | None:
        found = [one for one in self.all() if one.consultation_id == consultation_id]
        return max(found, key=lambda one: one.id, default=None)

    def read_latest_of(self, consultation_id: ConsultationId) -> Appointment | None:
        return self.latest_of(consultation_id)

    def of_physician(self, physician_id: PhysicianId, *, within: Period) -> tuple[Appointment, ...]:
        found = [
            one
            for one in self.all()
            if one.physician_id == physician_id
            and one.status.blocks
            and one.during.overlaps(within)
        ]
        return tuple(sorted(found, key=lambda one: one.during.start_at))

    def booked_to_start(self, within: Period, *, limit: int) -> tuple[Appointment, ...]:
        found = [
            one
            for one in self.all()
            if one.status is AppointmentStatus.BOOKED
            and within.start_at < one.during.start_at <= within.end_at
        ]
        return tuple(sorted(found, key=lambda one: one.during.start_at))[:limit]

    def run_out(self, *, now: datetime, limit: int) -> tuple[Appointment, ...]:
        held = [one for one in self.all() if one.status is AppointmentStatus.HELD]
        return tuple(one for one in held if not one.blocks_at(now))[:limit]

    def save(self, appointment: Appointment) -> None:
        self._put(appointment)

    def all(self) -> list[Appointment]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)

    def _put(self, appointment: Appointment) -> None:
        if appointment.status.blocks:
            others = self.of_physician(appointment.physician_id, within=appointment.during)
            if any(other.id != appointment.id for other in others):
                raise SlotTaken("This time has just been taken. Choose another.")
        self._store.put(appointment.id, appointment)


@define(eq=False)
class InMemorySchedulingQueries:
    physicians: InMemoryPhysicians
    availability: InMemoryAvailability
    appointments: InMemoryAppointments

    def free_slots(self, search: SlotSearch) -> tuple[SlotView, ...]:
        found = [
            SlotView(
                physician_id=physician.id,
                physician_name=physician.name.full,
                languages=tuple(sorted(physician.languages)),
                start_at=during.start_at,
                end_at=during.end_at,
                time_zone=availability.time_zone,
            )
            for physician, availability in self._candidates(search)
            for during in self._free(physician, availability, search)
        ]
        return tuple(sorted(found, key=lambda slot: (slot.start_at, slot.physician_id)))[
            : search.limit
        ]

    def appointment(self, consultation_id: UUID) -> AppointmentView | None:
        found = self.appointments.latest_of(ConsultationId(consultation_id))
        return None if found is None else self._view(found)

    def of_physician(
        self, physician_id: UUID, *, within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        found = self.appointments.of_physician(PhysicianId(physician_id), within=within)
        return tuple(self._view(one) for one in found if one.blocks_at(now))

    def of_patient(
        self, patient_id: UUID, *, within: Period, now: datetime
    ) -> tuple[AppointmentView, ...]:
        found = [
            one
            for one in self.appointments.all()
            if one.patient_id == patient_id and one.blocks_at(now) and one.during.overlaps(within)
        ]
        return tuple(self._view(one) for one in sorted(found, key=lambda x: x.during.start_at))

    def _candidates(self, search: SlotSearch) -> Iterable[tuple[Physician, Availability]]:
        for physician in self.physicians.all():
            availability = self.availability.find(physician.id)
            if (
                availability is not None
                and physician.status is PhysicianStatus.ACTIVE
                and physician.specialties & set(search.specialties)
                and search.physician_id in (None, physician.id)
                and (search.language is None or search.language in physician.languages)
            ):
                yield physician, availability

    def _free(
        self, physician: Physician, availability: Availability, search: SlotSearch
    ) -> Iterable[Period]:
        place = Jurisdiction(search.place)
        window = Period(
            search.within.start_at - timedelta(days=2), search.within.end_at + timedelta(days=2)
        )
        busy = [
            one.during
            for one in self.appointments.of_physician(physician.id, within=window)
            if one.blocks_at(search.now)
        ]
        start = search.within.start_at
        start += (_EPOCH - start) % search.grid
        while start + search.duration <= search.within.end_at:
            during = Period(start, start + search.duration)
            licensed = physician.is_licensed_for(place, on=availability.day_of(start))
            if licensed and _is_bookable(availability, during, busy=busy, now=search.now):
                yield during
            start += search.grid

    def _view(self, appointment: Appointment) -> AppointmentView:
        physician = self.physicians.read(appointment.physician_id)
        return AppointmentView(
            appointment_id=appointment.id,
            consultation_id=appointment.consultation_id,
            patient_id=appointment.patient_id,
            physician_id=appointment.physician_id,
            physician_name=physician.name.full,
            start_at=appointment.during.start_at,
            end_at=appointment.during.end_at,
            status=appointment.status,
            hold_expires_at=appointment.hold_expires_at,
            time_zone=physician.time_zone,
            version=appointment.version,
        )


def _is_bookable(
    availability: Availability, during: Period, *, busy: Iterable[Period], now: datetime
) -> bool:
    try:
        availability.require_bookable(during, busy=busy, now=now)
    except (SlotNotOffered, SlotTaken):
        return False
    return True
