"""
A consultation was cancelled: the patient's money is let go or given back.
"""

from datetime import datetime

from attrs import frozen

from application.payments.delivery import share_payment
from application.payments.giving_back import work_out_shares
from application.payments.ports import (
    BilledConsultation,
    ConsultationFacts,
    PaymentsUnitOfWork,
    Stage,
)
from application.payments.refund_posting import begin_refund
from application.payments.settlement import CancelPayment
from application.shared.access import Actor, require_system
from application.shared.ports import Clock, Ids
from domain.catalogue.refund_policy import RefundFacts
from domain.payments.payment import Payment
from domain.payments.refund import Bearer, RefundStatus
from domain.shared.ids import ConsultationId, RefundId
from domain.shared.money import Money
from domain.wallets.wallet import WalletPolicy


@frozen
class RefundWhenCancelled:
    """
    Let an authorisation go, or refund what was captured, as the frozen policy says.

    When the platform or the physician called it off, or nobody had taken it, everything
    goes back. What the policy lets us keep is shared like a delivered service.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _consultations: ConsultationFacts
    _cancel: CancelPayment
    _policy: WalletPolicy

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        A consultation that goes on, or was never paid for, is left alone.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; ask again.
        """
        require_system(actor)
        billed = self._consultations.get(consultation_id)
        if billed is None or billed.stage is not Stage.CANCELLED:
            return
        self._cancel(actor=actor, consultation_id=consultation_id)
        now = self._clock.now()
        with self._uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
            if payment is None or not payment.is_taken:
                return
            owed = _owed_back(billed, payment, now)
            kept = payment.amount - owed
            # What went back before, such as out of goodwill, is part of what is owed.
            if owed > payment.reserved and not _has_failed(uow, payment):
                self._give_back(uow, payment, owed - payment.reserved, now)
                uow.commit()
            shares_rest = bool(payment.kept) and payment.kept <= kept
        if shares_rest:
            share_payment(self._uow, billed, self._policy, self._ids, now)

    def _give_back(
        self, uow: PaymentsUnitOfWork, payment: Payment, owed: Money, now: datetime
    ) -> None:
        # What the patient's bank is taking back already is not given back by us as well.
        amount = min(owed, payment.refundable)
        if amount:
            begin_refund(
                uow,
                payment,
                work_out_shares(uow, payment, amount, Bearer.SHARED),
                refund_id=RefundId(self._ids.new()),
                quote_id=None,
                now=now,
            )
        if amount < owed and payment.disputed:
            payment.need_review("cancelled_while_disputed", now=now)
            uow.payments.save(payment)


def _has_failed(uow: PaymentsUnitOfWork, payment: Payment) -> bool:
    """Whether this was tried before, and came to nothing: a person has to see to it."""
    return any(
        refund.status is RefundStatus.FAILED and refund.quote_id is None
        for refund in uow.refunds.of_payment(payment.id)
    )


def _owed_back(billed: BilledConsultation, payment: Payment, now: datetime) -> Money:
    if billed.full_refund or billed.physician_id is None:
        return payment.amount
    facts = RefundFacts(
        now=billed.ended_at or now,
        claimed=billed.claimed,
        opened=billed.opened,
        appointment_at=billed.appointment_at,
    )
    return billed.refund_policy.refund(payment.amount, facts)
