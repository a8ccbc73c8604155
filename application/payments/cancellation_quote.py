"""
What a patient would get back by cancelling now, shown before they decide.
"""

from attrs import frozen

from application.payments.ports import BilledConsultation, ConsultationFacts, PaymentsUnitOfWork
from application.shared.access import Actor, require_self_patient
from application.shared.ports import Clock
from domain.catalogue.refund_policy import RefundFacts
from domain.payments.payment import Payment, PaymentNotFound, PaymentStatus
from domain.shared.ids import ConsultationId
from domain.shared.money import Money


@frozen(kw_only=True)
class CancellationQuote:
    """
    What cancelling now would do to the money.

    Args:
        paid: What was taken from the card; nothing while it is only reserved.
        back: The part of it that comes back.
        released: A reservation that is let go, for which nothing is charged.
    """

    paid: Money
    back: Money
    released: Money

    @property
    def kept(self) -> Money:
        """What the patient loses."""
        return self.paid - self.back


@frozen
class QuoteCancellation:
    """
    Work out what cancelling would give back, by the policy frozen at booking.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _consultations: ConsultationFacts

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> CancellationQuote:
        """
        Quote; nothing is moved by it.

        Raises:
            AccessDenied: Not the patient's own.
            PaymentNotFound: No such consultation, or it was not handed in.
        """
        billed = self._consultations.get(consultation_id)
        if billed is None:
            raise PaymentNotFound("Nothing was handed in that could be paid.")
        require_self_patient(actor, billed.patient_id)
        with self._uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
        nothing = Money.zero(billed.price.currency)
        if payment is None:
            return CancellationQuote(paid=nothing, back=nothing, released=nothing)
        if not payment.is_taken:
            released = payment.amount if payment.status is PaymentStatus.AUTHORISED else nothing
            return CancellationQuote(paid=nothing, back=nothing, released=released)
        return CancellationQuote(
            paid=payment.amount, back=self._back(billed, payment), released=nothing
        )

    def _back(self, billed: BilledConsultation, payment: Payment) -> Money:
        # The same two rules by which RefundWhenCancelled pays back.
        if billed.physician_id is None:
            return payment.amount
        facts = RefundFacts(
            now=self._clock.now(),
            claimed=billed.claimed,
            opened=billed.opened,
            appointment_at=billed.appointment_at,
        )
        return billed.refund_policy.refund(payment.amount, facts)
