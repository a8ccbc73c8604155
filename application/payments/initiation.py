"""
The patient is asked to pay.
"""

from attrs import frozen

from application.payments.ports import (
    BilledConsultation,
    ConsultationFacts,
    PaymentGateway,
    PaymentInstruction,
    PaymentsUnitOfWork,
    Stage,
    StartedPayment,
)
from application.shared.access import Actor, require_self_patient
from application.shared.ports import Clock, Ids
from domain.payments.payment import NothingToPay, Payment, PaymentStatus
from domain.shared.ids import ConsultationId, PaymentId, to_wire
from domain.shared.money import Money


@frozen(kw_only=True)
class PaymentToMake:
    """Where the patient goes to pay. Neither field is kept or logged."""

    payment_id: PaymentId
    amount: Money
    redirect_url: str
    client_secret: str


@frozen
class StartPayment:
    """
    Ask the processor to collect the price of a consultation, and say where the patient pays.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: PaymentGateway
    _consultations: ConsultationFacts

    def __call__(
        self, *, actor: Actor, consultation_id: ConsultationId, return_url: str
    ) -> PaymentToMake:
        """
        Asking again leads to the same payment.

        Args:
            return_url: Where the processor's page sends the patient afterwards.

        Raises:
            ConsultationNotFound: No such consultation.
            AccessDenied: Not the patient's own.
            NothingToPay: It is paid, cancelled, or not submitted yet.
            PaymentRefused: The processor will not take it.
            PaymentOutcomeUnknown: The processor does not answer; ask again.
        """
        billed = self._consultations.get(consultation_id)
        if billed is None:
            raise NothingToPay("This consultation does not wait for a payment.")
        require_self_patient(actor, billed.patient_id)
        if billed.stage is not Stage.UNPAID:
            raise NothingToPay("This consultation does not wait for a payment.")
        payment = self._intent(actor, billed)
        started = self._ask(payment, return_url)
        self._remember(payment.id, started)
        return PaymentToMake(
            payment_id=payment.id,
            amount=payment.amount,
            redirect_url=started.redirect_url,
            client_secret=started.client_secret,
        )

    def _intent(self, actor: Actor, billed: BilledConsultation) -> Payment:
        with self._uow as uow:
            payment = uow.payments.of_consultation(billed.consultation_id)
            if payment is None or payment.status is PaymentStatus.CANCELLED:
                payment = Payment.start(
                    id=PaymentId(self._ids.new()),
                    consultation_id=billed.consultation_id,
                    patient_id=billed.patient_id,
                    amount=billed.price,
                    now=self._clock.now(),
                )
                uow.payments.add(payment)
                uow.audit.record(
                    actor=actor, action="payment.started", subject=to_wire("payment", payment.id)
                )
                uow.commit()
            elif payment.is_taken or payment.status is PaymentStatus.AUTHORISED:
                raise NothingToPay("This consultation is paid.")
        return payment

    def _ask(self, payment: Payment, return_url: str) -> StartedPayment:
        if payment.reference is not None:
            return self._gateway.resume(payment.reference, return_url=return_url)
        # The payment's own identifier is the processor's idempotency key: after a crash
        # between its answer and our commit, the same question finds the same payment.
        instruction = PaymentInstruction(
            payment_id=payment.id,
            consultation_id=payment.consultation_id,
            amount=payment.amount,
        )
        return self._gateway.start(instruction, return_url=return_url)

    def _remember(self, payment_id: PaymentId, started: StartedPayment) -> None:
        with self._uow as uow:
            payment = uow.payments.get(payment_id)
            payment.link(started.reference)
            uow.payments.save(payment)
            uow.commit()
        if payment.status is PaymentStatus.CANCELLED:
            self._gateway.cancel(started.reference, payment_id=payment_id)
            raise NothingToPay("This consultation was cancelled.")
