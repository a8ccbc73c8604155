"""
What happens in the platform, told to whom it concerns: one line of the reaction table each.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from attrs import frozen

from application.notifications.ports import NotificationsUnitOfWork
from application.notifications.telling import Notify
from application.shared.access import Actor, require_system
from domain.consultations.outcome import MessageSender
from domain.identity.role import Role
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.payouts.schedule import SkipReason
from domain.shared.ids import (
    AppointmentId,
    CommissionPlanId,
    ConsultationId,
    DisputeId,
    FollowUpId,
    FundingRequestId,
    MessageId,
    OrderId,
    PatientId,
    PaymentId,
    PayoutId,
    PayoutScheduleId,
    PhysicianId,
    PrescriptionId,
    RefundId,
    to_wire,
)

_ORDER_NEWS = {
    OrderStatus.READY: "order_ready",
    OrderStatus.SHIPPED: "order_shipped",
    OrderStatus.DELIVERED: "order_delivered",
    OrderStatus.COLLECTED: "order_delivered",
}
_ODD_ORDERS = {
    AttentionReason.MOVED_ELSEWHERE: "order_moved",
    AttentionReason.DISPENSED_TWICE: "order_supplied_twice",
}


@frozen
class TellPatient:
    """
    Tell a patient, by name or as the patient of a consultation.

    The most particular thing that is named is the cause.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        template: str,
        patient_id: PatientId | None = None,
        consultation_id: ConsultationId | None = None,
        appointment_id: AppointmentId | None = None,
        prescription_id: PrescriptionId | None = None,
        order_id: OrderId | None = None,
        follow_up_id: FollowUpId | None = None,
        refund_id: RefundId | None = None,
        promised_by: datetime | None = None,
        start_at: datetime | None = None,
    ) -> None:
        """Queue it; the same template about the same thing is told once."""
        data, cause = _about(
            ("consultation", consultation_id),
            ("appointment", appointment_id),
            ("prescription", prescription_id),
            ("order", order_id),
            ("follow_up", follow_up_id),
            ("refund", refund_id),
        )
        moments = {"promised_by": promised_by, "start_at": start_at}
        data |= {name: at.isoformat() for name, at in moments.items() if at is not None}
        # A time that was moved is told again.
        again = f"@{data['start_at']}" if start_at is not None else ""
        self._notify(
            actor=actor,
            template=template,
            cause=cause + again,
            patient_id=patient_id,
            patient_in=consultation_id,
            data=data,
        )


@frozen
class TellPhysician:
    """
    Tell a physician, if there is one.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        template: str,
        physician_id: PhysicianId | None,
        consultation_id: ConsultationId | None = None,
        payout_id: PayoutId | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """
        Queue it; the same template about the same thing is told once.

        Args:
            occurred_at: When it happened, for what can happen again.
        """
        data, cause = _about(
            ("physician", physician_id), ("consultation", consultation_id), ("payout", payout_id)
        )
        data.pop("physician", None)
        again = f"@{occurred_at.isoformat()}" if occurred_at is not None else ""
        self._notify(
            actor=actor,
            template=template,
            cause=cause + again,
            physician_id=physician_id,
            data=data,
        )


@frozen
class TellStaff:
    """
    Tell everybody who holds a role.
    """

    _notify: Notify
    _uow: NotificationsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        template: str,
        role: Role,
        occurred_at: datetime,
        funding_request_id: FundingRequestId | None = None,
        consultation_id: ConsultationId | None = None,
        payment_id: PaymentId | None = None,
        dispute_id: DisputeId | None = None,
    ) -> None:
        """
        Queue it for each of them; the same occasion is told once.

        Args:
            occurred_at: When it happened, for what can happen again.
        """
        data, cause = _about(
            ("funding_request", funding_request_id),
            ("consultation", consultation_id),
            ("payment", payment_id),
            ("dispute", dispute_id),
        )
        with self._uow as uow:
            people = uow.address_book.with_role(role)
        for user_id in people:
            self._notify(
                actor=actor,
                template=template,
                cause=f"{cause}@{occurred_at.isoformat()}",
                user_id=user_id,
                data=data,
            )


@frozen
class TellOfMessage:
    """
    Tell the other side that a letter has come.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        physician_id: PhysicianId | None,
        message_id: MessageId,
        sender: MessageSender,
    ) -> None:
        """Queue it; before a physician has taken the consultation there is nobody to tell."""
        to_patient = sender is MessageSender.PHYSICIAN
        self._notify(
            actor=actor,
            template="message_from_physician" if to_patient else "message_from_patient",
            cause=to_wire("message", message_id),
            patient_id=patient_id if to_patient else None,
            physician_id=None if to_patient else physician_id,
            data={"consultation": to_wire("consultation", consultation_id)},
        )


@frozen
class TellOfPay:
    """
    Tell a physician that bookings from an instant on will be paid otherwise, or after all not.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        template: str,
        physician_id: PhysicianId,
        plan_id: CommissionPlanId,
        plan_version: int,
        effective_from: datetime,
    ) -> None:
        """Queue it; the same change is told once."""
        self._notify(
            actor=actor,
            template=template,
            cause=f"{to_wire('commission_plan', plan_id)}/{plan_version}"
            f"@{effective_from.isoformat()}",
            physician_id=physician_id,
            data={"effective_at": effective_from.isoformat()},
        )


@frozen
class TellOfOrder:
    """
    Tell a patient when there is something to do or to have.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        prescription_id: PrescriptionId,
        order_id: OrderId,
        status: OrderStatus,
    ) -> None:
        """Queue it; the steps in between are to be seen in the portal only."""
        require_system(actor)
        template = _ORDER_NEWS.get(status)
        if template is None:
            return
        data, cause = _about(("prescription", prescription_id), ("order", order_id))
        self._notify(actor=actor, template=template, cause=cause, patient_id=patient_id, data=data)


@frozen
class TellOfOddOrder:
    """
    Tell a patient what a pharmacy did that nobody asked for: another place, or a second supply.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        prescription_id: PrescriptionId,
        order_id: OrderId,
        occurred_at: datetime,
        reason: AttentionReason = AttentionReason.MOVED_ELSEWHERE,
    ) -> None:
        """Queue it, each time; what else needs attention is for staff alone."""
        require_system(actor)
        template = _ODD_ORDERS.get(reason)
        if template is None:
            return
        data, cause = _about(("prescription", prescription_id), ("order", order_id))
        self._notify(
            actor=actor,
            template=template,
            cause=f"{cause}@{occurred_at.isoformat()}",
            patient_id=patient_id,
            data=data,
        )


@frozen
class TellOfSkippedPayout:
    """
    Tell a physician that their schedule came round in vain, where that is news to them.
    """

    _notify: Notify

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        payout_schedule_id: PayoutScheduleId,
        period: str,
        reason: str,
    ) -> None:
        """Queue it; that there was nothing to pay is to be seen in the portal only."""
        require_system(actor)
        if reason == SkipReason.BELOW_SMALLEST.value:
            return
        schedule = to_wire("payout_schedule", payout_schedule_id)
        self._notify(
            actor=actor,
            template="payout_skipped",
            cause=f"{schedule}@{period}@{reason}",
            physician_id=physician_id,
            data={"schedule": schedule},
        )


def _about(*things: tuple[str, UUID | None]) -> tuple[dict[str, str], str]:
    data: Mapping[str, str] = {
        kind: to_wire(kind, value) for kind, value in things if value is not None
    }
    return dict(data), list(data.values())[-1] if data else ""
