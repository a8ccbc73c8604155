"""
From the queue to a physician: queued, assigned, claimed, handed over, put back.
"""

from attrs import frozen

from application.consultations.access import is_operations, require_its_physician
from application.consultations.pay import settle_pay
from application.consultations.ports import ConsultationsUnitOfWork
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_person,
    require_role,
    require_system,
)
from application.shared.ports import Clock
from domain.consultations.assignment import check_may_take, may_take
from domain.consultations.consultation import Consultation, ConsultationStatus
from domain.physicians.physician import PhysicianStatus
from domain.scheduling.appointment import AppointmentStatus
from domain.shared.ids import ConsultationId, PhysicianId, to_wire


@frozen
class QueueConsultation:
    """
    Let it wait for a physician, now that payment is secured.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """A consultation that went on meanwhile, or was cancelled, stays as it is."""
        require_system(actor)
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            if consultation.status is not ConsultationStatus.AWAITING_PAYMENT:
                return
            consultation.queue(now=self._clock.now())
            uow.consultations.save(consultation)
            uow.commit()


@frozen
class AssignConsultation:
    """
    Give a booked consultation to the physician of its appointment.

    One in writing stays in the queue, where any physician who may can claim it. So does
    a booked one whose physician may not see the patient any more: staff finds it there.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            if consultation.status is not ConsultationStatus.WAITING:
                return
            appointment = uow.appointments.read_latest_of(consultation_id)
            if appointment is None or appointment.status is not AppointmentStatus.BOOKED:
                return
            physician = uow.physicians.read(appointment.physician_id)
            policy = consultation.frozen_policy
            if not may_take(
                physician,
                patient=uow.patients.read(consultation.patient_id),
                place=consultation.place,
                specialties=policy.specialties,
                now=now,
            ):
                return
            consultation.claim(physician_id=physician.id, now=now)
            settle_pay(uow, consultation, physician.id)
            uow.consultations.save(consultation)
            uow.commit()


@frozen
class ClaimConsultation:
    """
    Take a waiting consultation. Of two who do so at once, one gets it.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Claim it for the physician who asks.

        Raises:
            AlreadyClaimed: Another physician was faster.
            OwnConsultation, PhysicianNotActive, NotLicensedHere, SpecialtyMissing: This one
                may not have it.
        """
        physician_id = _own_physician(actor)
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            if consultation.is_treated_by(physician_id):
                return
            _check(uow, consultation, physician_id, self._clock)
            consultation.claim(physician_id=physician_id, now=now)
            settle_pay(uow, consultation, physician_id)
            uow.consultations.save(consultation)
            uow.audit.record(
                actor=actor,
                action="consultation.claimed",
                subject=to_wire("consultation", consultation.id),
                patient_id=consultation.patient_id,
            )
            uow.commit()


@frozen
class ReassignConsultation:
    """
    Hand a consultation to another physician: by staff, or by the physician who has it.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        physician_id: PhysicianId,
        reason: str,
    ) -> None:
        """
        Give it to `physician_id`; one that waits is assigned.

        Raises:
            ConsultationMoved: It is over, or not paid yet.
            OwnConsultation, PhysicianNotActive, NotLicensedHere, SpecialtyMissing: That one
                may not have it.
        """
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            if not is_operations(actor):
                require_its_physician(actor, consultation)
            if consultation.is_treated_by(physician_id):
                return
            _check(uow, consultation, physician_id, self._clock)
            if consultation.status is ConsultationStatus.WAITING:
                consultation.claim(physician_id=physician_id, now=now)
            else:
                consultation.reassign(physician_id=physician_id, now=now)
            settle_pay(uow, consultation, physician_id)
            uow.consultations.save(consultation)
            uow.audit.record(
                actor=actor,
                action="consultation.reassigned",
                subject=to_wire("consultation", consultation.id),
                patient_id=consultation.patient_id,
                reason=reason,
                details={"physician": to_wire("physician", physician_id)},
            )
            uow.commit()


@frozen
class ReturnConsultation:
    """
    Put a claimed consultation back into the queue before it was begun.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Return it.

        Raises:
            ConsultationMoved: It was begun, or is over.
        """
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            if consultation.status is ConsultationStatus.WAITING:
                return
            if not is_operations(actor):
                require_its_physician(actor, consultation)
            consultation.put_back(now=self._clock.now())
            uow.consultations.save(consultation)
            uow.audit.record(
                actor=actor,
                action="consultation.returned",
                subject=to_wire("consultation", consultation.id),
                patient_id=consultation.patient_id,
            )
            uow.commit()


@frozen
class ReturnConsultationsOf:
    """
    Put back into the queue what a physician has who may not see patients any more.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> None:
        """
        Return them, begun or not, for any physician who may to take up.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        with self._uow as uow:
            if uow.physicians.read(physician_id).status is PhysicianStatus.ACTIVE:
                return
            open_ones = uow.consultations.open_with(physician_id)
        for consultation_id in open_ones:
            with self._uow as uow:
                consultation = uow.consultations.get(consultation_id)
                if consultation.has_ended or not consultation.is_treated_by(physician_id):
                    continue
                consultation.take_away(now=self._clock.now())
                uow.consultations.save(consultation)
                uow.audit.record(
                    actor=actor,
                    action="consultation.returned",
                    subject=to_wire("consultation", consultation.id),
                    patient_id=consultation.patient_id,
                    details={"physician": to_wire("physician", physician_id)},
                )
                uow.commit()


def _own_physician(actor: Actor) -> PhysicianId:
    require_person(actor)
    require_role(actor, Role.PHYSICIAN)
    if actor.physician_id is None:
        raise AccessDenied("Only a physician may take a consultation.")
    return actor.physician_id


def _check(
    uow: ConsultationsUnitOfWork,
    consultation: Consultation,
    physician_id: PhysicianId,
    clock: Clock,
) -> None:
    policy = consultation.policy
    check_may_take(
        uow.physicians.read(physician_id),
        patient=uow.patients.read(consultation.patient_id),
        place=consultation.place,
        specialties=policy.specialties if policy else (),
        now=clock.now(),
    )
