"""
Holding a time, making it firm, moving it and giving it back.

Everything that takes a physician's time locks their hours first, so that of two patients
who want one slot the second waits for a moment and then hears that it is taken. The
exclusion constraint in storage stays as the last word.
"""

from datetime import datetime, timedelta

from attrs import field, frozen

from application.scheduling.ports import SchedulingUnitOfWork
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_self_patient,
    require_system,
)
from application.shared.ports import Clock, Ids
from domain.catalogue.service import ServiceVersion
from domain.consultations.consultation import Consultation, ConsultationStatus
from domain.physicians.physician import Physician, PhysicianStatus
from domain.scheduling.appointment import Appointment, AppointmentNotFound, AppointmentStatus
from domain.scheduling.availability import SlotNotOffered
from domain.scheduling.booking_policy import BookingPolicy
from domain.shared.errors import Conflict
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId, to_wire
from domain.shared.period import Period

_A_DAY_AROUND = timedelta(days=1)
_BATCH = 500
_BEFORE_PAYMENT = frozenset({ConsultationStatus.DRAFT, ConsultationStatus.AWAITING_PAYMENT})
_BEFORE_VISIT = frozenset({ConsultationStatus.WAITING, ConsultationStatus.CLAIMED})


class NothingToBook(Conflict):
    """This consultation has no appointment, or not at this stage."""


@frozen
class HoldSlot:
    """
    Keep a time for a patient while they pay.

    Who has paid, and lost the time to somebody else, has another one booked at once.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock
    _ids: Ids
    _policy: BookingPolicy = field(factory=BookingPolicy)

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        physician_id: PhysicianId,
        start_at: datetime,
    ) -> AppointmentId:
        """
        Hold a slot. Another one that is held for the same consultation is given back.

        Raises:
            AccessDenied: Not the patient or operations.
            NothingToBook: Not a booked service, or paid for already.
            SlotNotOffered: The physician cannot be booked then, or not by this patient.
            SlotTaken: Somebody else was faster.
        """
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            _require_patient_or_operations(actor, consultation)
            previous = uow.appointments.read_latest_of(consultation_id)
            was_lost = previous is not None and previous.lost
            is_paid = consultation.status is ConsultationStatus.WAITING and was_lost
            if consultation.status not in _BEFORE_PAYMENT and not is_paid:
                raise NothingToBook("A time is chosen before paying. Move the visit instead.")
            during = _visit(uow, consultation, start_at)
            _require_may_see(uow, physician_id, consultation, during)
            if previous is not None and _is_held_already(previous, physician_id, during, now):
                return previous.id
            _take(uow, physician_id, during, consultation_id=consultation_id, now=now)
            _give_back(uow, consultation_id, now=now)
            appointment = Appointment.hold(
                id=AppointmentId(self._ids.new()),
                physician_id=physician_id,
                patient_id=consultation.patient_id,
                consultation_id=consultation_id,
                during=during,
                policy=self._policy,
                now=now,
            )
            if is_paid:
                appointment.book(now=now)
            uow.appointments.add(appointment)
            _audit(uow, actor, f"appointment.{appointment.status.value}", appointment)
            uow.commit()
        return appointment.id


@frozen
class ConfirmAppointment:
    """
    Make the held time firm once the payment is secured.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> AppointmentId | None:
        """
        Book it, even if the hold ran out, as long as the time is still free.

        Gives None, and does nothing, for a consultation without an appointment; gives None
        and records AppointmentLost when the time has gone to somebody else.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            seen = uow.appointments.read_latest_of(consultation_id)
            if seen is None or consultation.has_ended:
                return None
            uow.availability.find(seen.physician_id)
            appointment = uow.appointments.latest_of(consultation_id)
            if appointment is None or appointment.lost:
                return None
            if appointment.status is AppointmentStatus.BOOKED:
                return appointment.id
            if _is_free(uow, appointment, now=now):
                appointment.book(now=now)
                booked = appointment.id
            else:
                appointment.lose(now=now)
                booked = None
            uow.appointments.save(appointment)
            _audit(uow, actor, f"appointment.{'booked' if booked else 'lost'}", appointment)
            uow.commit()
        return booked


@frozen
class RescheduleAppointment:
    """
    Move a booked visit to another time.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock
    _policy: BookingPolicy = field(factory=BookingPolicy)

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        start_at: datetime,
        physician_id: PhysicianId | None = None,
    ) -> AppointmentId:
        """
        Move it; the same time again changes nothing. Operations are not bound by the policy.

        Args:
            physician_id: Another physician; only operations may name one.

        Raises:
            AccessDenied: Not the patient or operations.
            AppointmentNotFound: Nothing is booked.
            NothingToBook: The visit has begun or is over.
            TooLateToMove: It starts too soon.
            MovedTooOften: It was moved before.
            SlotNotOffered: The physician cannot be booked then.
            SlotTaken: Somebody else was faster.
        """
        now = self._clock.now()
        by_patient = not actor.is_system and Role.OPERATIONS not in actor.roles
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            _require_patient_or_operations(actor, consultation)
            if consultation.status not in _BEFORE_VISIT:
                raise NothingToBook("This visit can no longer be moved.")
            seen = uow.appointments.read_latest_of(consultation_id)
            if seen is None or seen.status is not AppointmentStatus.BOOKED:
                raise AppointmentNotFound("Nothing is booked.")
            target = physician_id or seen.physician_id
            if by_patient and target != seen.physician_id:
                raise AccessDenied("A visit can be moved to another time with this physician.")
            during = _visit(uow, consultation, start_at)
            if (target, during) == (seen.physician_id, seen.during):
                return seen.id
            if by_patient:
                self._policy.require_movable(
                    start_at=seen.during.start_at, moved=seen.moved, now=now
                )
            _require_may_see(uow, target, consultation, during)
            _take(uow, target, during, consultation_id=consultation_id, now=now)
            appointment = uow.appointments.latest_of(consultation_id)
            if appointment is None:
                raise AppointmentNotFound("Nothing is booked.")
            appointment.move(to=during, physician_id=target, by_patient=by_patient, now=now)
            uow.appointments.save(appointment)
            _audit(uow, actor, "appointment.rescheduled", appointment)
            uow.commit()
        return appointment.id


@frozen
class ReleaseAppointment:
    """
    Give a consultation's time back.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Release what is held or booked; a second time, or without either, do nothing.

        A patient may let go of a hold; a booked visit ends with its consultation.

        Raises:
            AccessDenied: Not the system or operations, nor the patient of a mere hold.
        """
        with self._uow as uow:
            appointment = uow.appointments.latest_of(consultation_id)
            if appointment is None:
                return
            if appointment.status is AppointmentStatus.BOOKED or (
                actor.patient_id != appointment.patient_id
            ):
                _require_operations(actor)
            if not appointment.status.blocks:
                return
            appointment.release(now=self._clock.now())
            uow.appointments.save(appointment)
            _audit(uow, actor, "appointment.released", appointment)
            uow.commit()


@frozen
class ExpireHolds:
    """
    Give back the times whose holds ran out. Such holds block nobody even before.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Release them, and say how many.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            run_out = uow.appointments.run_out(now=now, limit=_BATCH)
            for appointment in run_out:
                appointment.release(now=now)
                uow.appointments.save(appointment)
            uow.commit()
        return len(run_out)


def _visit(uow: SchedulingUnitOfWork, consultation: Consultation, start_at: datetime) -> Period:
    service = _service(uow, consultation)
    duration = service.terms.duration
    if not service.terms.mode.is_booked or duration is None:
        raise NothingToBook("This service needs no appointment.")
    return Period(start_at, start_at + duration)


def _service(uow: SchedulingUnitOfWork, consultation: Consultation) -> ServiceVersion:
    return uow.services.version_of(consultation.service_id, consultation.service_version)


def _require_may_see(
    uow: SchedulingUnitOfWork,
    physician_id: PhysicianId,
    consultation: Consultation,
    during: Period,
) -> None:
    physician: Physician = uow.physicians.read(physician_id)
    day = physician.today(during.start_at)
    if (
        physician.status is not PhysicianStatus.ACTIVE
        or not physician.is_licensed_for(consultation.place, on=day)
        or not physician.specialties & _service(uow, consultation).specialties
    ):
        raise SlotNotOffered("This physician cannot be booked for this visit.")


def _is_held_already(
    held: Appointment, physician_id: PhysicianId, during: Period, now: datetime
) -> bool:
    same = held.physician_id == physician_id and held.during == during
    return same and held.blocks_at(now)


def _take(
    uow: SchedulingUnitOfWork,
    physician_id: PhysicianId,
    during: Period,
    *,
    consultation_id: ConsultationId,
    now: datetime,
) -> None:
    """Lock the physician's hours, clear holds that ran out, and check that the visit fits."""
    availability = uow.availability.get(physician_id)
    others = _others(uow, physician_id, during, consultation_id=consultation_id, now=now)
    availability.require_bookable(during, busy=others, now=now)


def _is_free(uow: SchedulingUnitOfWork, appointment: Appointment, *, now: datetime) -> bool:
    others = _others(
        uow,
        appointment.physician_id,
        appointment.during,
        consultation_id=appointment.consultation_id,
        now=now,
    )
    in_time = now < appointment.during.start_at
    return in_time and not any(other.overlaps(appointment.during) for other in others)


def _others(
    uow: SchedulingUnitOfWork,
    physician_id: PhysicianId,
    during: Period,
    *,
    consultation_id: ConsultationId,
    now: datetime,
) -> tuple[Period, ...]:
    around = Period(during.start_at - _A_DAY_AROUND, during.end_at + _A_DAY_AROUND)
    busy = []
    for appointment in uow.appointments.of_physician(physician_id, within=around):
        if appointment.consultation_id == consultation_id:
            continue
        if appointment.blocks_at(now):
            busy.append(appointment.during)
        elif appointment.during.overlaps(during):
            appointment.release(now=now)
            uow.appointments.save(appointment)
    return tuple(busy)


def _give_back(
    uow: SchedulingUnitOfWork, consultation_id: ConsultationId, *, now: datetime
) -> None:
    previous = uow.appointments.latest_of(consultation_id)
    if previous is not None and previous.status.blocks:
        previous.release(now=now)
        uow.appointments.save(previous)


def _require_patient_or_operations(actor: Actor, consultation: Consultation) -> None:
    if Role.OPERATIONS not in actor.roles:
        require_self_patient(actor, consultation.patient_id)


def _require_operations(actor: Actor) -> None:
    if not actor.is_system and Role.OPERATIONS not in actor.roles:
        raise AccessDenied("You may not do this.")


def _audit(uow: SchedulingUnitOfWork, actor: Actor, action: str, appointment: Appointment) -> None:
    uow.audit.record(
        actor=actor,
        action=action,
        subject=to_wire("appointment", appointment.id),
        patient_id=appointment.patient_id,
    )
