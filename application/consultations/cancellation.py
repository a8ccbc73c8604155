"""
Ending a consultation without an outcome.
"""

from datetime import datetime

from attrs import frozen

from application.consultations.access import is_operations
from application.consultations.ports import ConsultationsUnitOfWork
from application.payments.ports import PaymentsUnitOfWork
from application.shared.access import AccessDenied, Actor, require_system
from application.shared.ports import Clock
from domain.consultations.consultation import (
    Consultation,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.outcome import CancellationReason
from domain.payments.payment import PaymentStatus
from domain.scheduling.appointment import AppointmentStatus
from domain.shared.errors import Conflict
from domain.shared.ids import ConsultationId, to_wire

_BY_PHYSICIAN = frozenset(
    {CancellationReason.NOT_SUITABLE_ONLINE, CancellationReason.PATIENT_NO_SHOW}
)
_BEFORE_THE_WORK = frozenset({ConsultationStatus.WAITING, ConsultationStatus.CLAIMED})


class VisitNotMissed(Conflict):
    """Only a booked visit whose time has come can have been missed."""


@frozen
class CancelConsultation:
    """
    Cancel: the patient before it was begun, its physician for a clinical reason, or staff.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        reason: CancellationReason | None = None,
    ) -> None:
        """
        Cancel it; cancelling it again changes nothing. Money follows by the frozen policy.

        Args:
            reason: A patient's is always a change of mind.

        Raises:
            ConsultationMoved: It has ended otherwise.
            AccessDenied: It has begun, and a patient asks; or the reason is not theirs to give.
            VisitNotMissed: Its physician says that the patient did not come, to no visit.
        """
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            decided = _reason(actor, consultation, reason)
            if consultation.status is ConsultationStatus.CANCELLED:
                return
            if decided is CancellationReason.PATIENT_NO_SHOW and not is_operations(actor):
                _require_missed_visit(uow, consultation, now)
            _cancel(uow, actor, consultation, decided, self._clock)


@frozen
class CallOffUnpaid:
    """
    Cancel a consultation whose payment came to nothing before a physician began.

    A bank lets go of what it set aside after some days, and the patient can have it let go.
    """

    _payments: PaymentsUnitOfWork
    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        One that is paid otherwise, is not with a physician yet or was begun, stays.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        with self._payments as payments:
            payment = payments.payments.of_consultation(consultation_id)
        if payment is None or payment.status is not PaymentStatus.CANCELLED:
            return
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            if consultation.status in _BEFORE_THE_WORK:
                reason = CancellationReason.PAYMENT_FAILED
                _cancel(uow, actor, consultation, reason, self._clock)


def _cancel(
    uow: ConsultationsUnitOfWork,
    actor: Actor,
    consultation: Consultation,
    reason: CancellationReason,
    clock: Clock,
) -> None:
    if consultation.physician_id is not None:
        # What the patient still pays is shared by what the physician ended before this.
        uow.consultations.last_end_of(consultation.physician_id)
    consultation.cancel(reason=reason, now=clock.now())
    uow.consultations.save(consultation)
    uow.audit.record(
        actor=actor,
        action="consultation.cancelled",
        subject=to_wire("consultation", consultation.id),
        patient_id=consultation.patient_id,
        reason=reason.value,
    )
    uow.commit()


def _reason(
    actor: Actor, consultation: Consultation, reason: CancellationReason | None
) -> CancellationReason:
    if is_operations(actor):
        return reason or CancellationReason.PLATFORM
    if actor.patient_id == consultation.patient_id:
        if consultation.status is ConsultationStatus.IN_PROGRESS:
            raise AccessDenied("Your physician has begun. Write them a message instead.")
        return CancellationReason.PATIENT_CHANGED_MIND
    if not consultation.is_treated_by(actor.physician_id):
        raise ConsultationNotFound("There is no such consultation.")
    if reason not in _BY_PHYSICIAN:
        raise AccessDenied("Give it back to the queue, or name a clinical reason.")
    return reason


def _require_missed_visit(
    uow: ConsultationsUnitOfWork, consultation: Consultation, now: datetime
) -> None:
    visit = uow.appointments.read_latest_of(consultation.id)
    booked = visit is not None and visit.status is AppointmentStatus.BOOKED
    if visit is None or not booked or now < visit.during.start_at:
        raise VisitNotMissed("Only a booked visit whose time has come can be missed.")
