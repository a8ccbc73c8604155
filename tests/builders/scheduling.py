"""
A clinic that can be booked: a physician with hours, a service, a patient's draft.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen

from application.scheduling.booking import ConfirmAppointment, HoldSlot
from application.scheduling.hours import SetAvailability
from application.shared.access import SYSTEM, Actor, Role
from domain.consultations.consultation import Consultation
from domain.patients.patient import Patient, PersonName, Sex
from domain.physicians.physician import Physician
from domain.scheduling.availability import BookingLimits
from domain.scheduling.working_hours import DayHours, WeeklyHours
from domain.shared.ids import AppointmentId, ConsultationId, PatientId, PhysicianId, ServiceId
from domain.shared.jurisdiction import Jurisdiction
from tests.builders.catalogue import VISIT, published
from tests.builders.physicians import (
    PHYSICIAN,
    PHYSICIAN_USER,
    a_physician_user,
    an_active_physician,
)
from tests.fakes.clock import FixedClock, SequentialIds

# The clinic's Tuesday, 09:00 in Sydney, is Monday 22:00 in UTC.
TUESDAY_NINE = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
TUESDAY = date(2026, 3, 3)
SYDNEY = "Australia/Sydney"
NINE_TO_FIVE = tuple(WeeklyHours(day, DayHours.parse("09:00", "17:00")) for day in range(5))


def patient_id(number: int = 1) -> PatientId:
    return PatientId(UUID(int=(41 << 32) + number))


def consultation_id(number: int = 1) -> ConsultationId:
    return ConsultationId(UUID(int=(42 << 32) + number))


def as_patient(number: int = 1) -> Actor:
    return Actor(roles=frozenset({Role.PATIENT}), patient_id=patient_id(number))


@frozen
class Clinic:
    """What tests of scheduling start from. `uow` is a fake or a real unit of work."""

    uow: Any
    clock: FixedClock
    ids: SequentialIds
    service_id: ServiceId

    def draft(self, number: int = 1, *, place: str = "AU-NSW") -> ConsultationId:
        user = a_physician_user(
            user_id=UUID(int=(45 << 32) + number), email=f"patient{number}@home.test"
        )
        patient = Patient.register(
            id=patient_id(number),
            user_id=user.id,
            name=PersonName(given="Noor", family="Haddad"),
            date_of_birth=date(1990, 5, 17),
            sex=Sex.FEMALE,
            place=Jurisdiction(place),
            phone=None,
            time_zone=SYDNEY,
            locale="en",
            now=self.clock.now(),
        )
        consultation = Consultation.start(
            consultation_id=consultation_id(number),
            patient_id=patient_id(number),
            service_id=self.service_id,
            service_version=1,
            place=Jurisdiction(place),
            now=self.clock.now(),
        )
        with self.uow as uow:
            uow.users.add(user)
            uow.patients.add(patient)
            uow.consultations.add(consultation)
            uow.commit()
        return consultation.id

    def add_physician(
        self,
        number: int,
        *,
        hours: tuple[WeeklyHours, ...] = NINE_TO_FIVE,
        limits: BookingLimits | None = None,
        **details: Any,
    ) -> Physician:
        user_id = UUID(int=(43 << 32) + number)
        physician = an_active_physician(
            physician_id=UUID(int=(44 << 32) + number),
            user_id=user_id,
            now=self.clock.now(),
            **details,
        )
        add_physician(self.uow, physician, email=f"physician{number}@clinic.test")
        self.open(physician.id, hours=hours, limits=limits, time_zone=physician.time_zone)
        return physician

    def open(
        self,
        physician_id: PhysicianId = PHYSICIAN,
        *,
        hours: tuple[WeeklyHours, ...] = NINE_TO_FIVE,
        limits: BookingLimits | None = None,
        time_zone: str = SYDNEY,
    ) -> None:
        SetAvailability(self.uow, self.clock)(
            actor=SYSTEM,
            physician_id=physician_id,
            time_zone=time_zone,
            weekly=hours,
            limits=limits or BookingLimits(minimum_notice=timedelta(hours=1)),
        )


def add_physician(uow: Any, physician: Physician, *, email: str) -> None:
    user = a_physician_user(user_id=physician.user_id, email=email)
    user.become_physician(physician.id)
    with uow:
        uow.users.add(user)
        uow.physicians.add(physician)
        uow.commit()


def a_clinic(uow: Any) -> Clinic:
    clock, ids = FixedClock(), SequentialIds()
    add_physician(
        uow,
        an_active_physician(physician_id=PHYSICIAN, user_id=PHYSICIAN_USER),
        email="amelia@clinic.test",
    )
    clinic = Clinic(uow, clock, ids, published(uow, clock, ids, VISIT, code="visit"))
    clinic.open()
    return clinic


def hold(
    clinic: Clinic,
    number: int = 1,
    *,
    at: datetime = TUESDAY_NINE,
    physician_id: PhysicianId = PHYSICIAN,
    actor: Actor | None = None,
) -> AppointmentId:
    return HoldSlot(clinic.uow, clinic.clock, clinic.ids)(
        actor=actor or as_patient(number),
        consultation_id=consultation_id(number),
        physician_id=physician_id,
        start_at=at,
    )


def confirm(clinic: Clinic, number: int = 1) -> AppointmentId | None:
    return ConfirmAppointment(clinic.uow, clinic.clock)(
        actor=SYSTEM, consultation_id=consultation_id(number)
    )
