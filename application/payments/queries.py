"""
Payments as people see them.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_role,
    require_self_patient,
)
from application.shared.pages import Page
from domain.payments.payment import PaymentNotFound, PaymentStatus
from domain.payments.refund import RefundStatus
from domain.shared.ids import ConsultationId, PatientId, PaymentId, RefundId
from domain.shared.money import Money


@frozen(kw_only=True)
class RefundView:
    """A refund and how far it has come."""

    refund_id: RefundId
    amount: Money
    status: RefundStatus
    requested_at: datetime
    succeeded_at: datetime | None


@frozen(kw_only=True)
class PaymentView:
    """
    One payment with its refunds.

    Args:
        review: What a person of ours has to look into; shown to staff only.
    """

    payment_id: PaymentId
    consultation_id: ConsultationId
    patient_id: PatientId
    status: PaymentStatus
    amount: Money
    refunded: Money
    created_at: datetime
    captured_at: datetime | None
    failure_code: str | None
    review: str | None
    refunds: tuple[RefundView, ...]


class PaymentQueries(Protocol):
    """Payments, straight from the database."""

    def of_consultation(self, consultation_id: ConsultationId) -> PaymentView | None:
        """The payment that counts for a consultation."""
        ...

    def page(
        self,
        *,
        patient_id: PatientId | None,
        needs_review: bool,
        limit: int,
        cursor: str | None,
    ) -> Page[PaymentView]:
        """The newest first."""
        ...


@frozen
class ViewPayment:
    """
    Show what became of the payment for a consultation.
    """

    _queries: PaymentQueries

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> PaymentView:
        """
        For the patient whose payment it is, and for staff.

        Raises:
            PaymentNotFound: None was started, or it is somebody else's.
        """
        payment = self._queries.of_consultation(consultation_id)
        if payment is None:
            raise PaymentNotFound("There is no payment for this consultation.")
        if not actor.is_staff:
            try:
                require_self_patient(actor, payment.patient_id)
            except AccessDenied:
                raise PaymentNotFound("There is no payment for this consultation.") from None
        return payment


@frozen
class ListPayments:
    """
    List payments: a patient's own, or all of them for staff.
    """

    _queries: PaymentQueries

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId | None = None,
        needs_review: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[PaymentView]:
        """
        The newest first.

        Args:
            needs_review: Only those that a person has to look into.

        Raises:
            AccessDenied: Not one's own, and not staff for money or operations.
        """
        if patient_id is not None and patient_id == actor.patient_id:
            require_self_patient(actor, patient_id)
        else:
            require_role(actor, Role.FINANCE, Role.OPERATIONS)
        return self._queries.page(
            patient_id=patient_id, needs_review=needs_review, limit=limit, cursor=cursor
        )
