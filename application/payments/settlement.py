"""
What the processor says becomes true here: authorised, captured, cancelled.

The processor is always asked; a webhook is only a reason to ask. The posting is written
in the transaction of the change itself, whichever of the ways here learns of it first.
"""

from datetime import datetime, timedelta

from attrs import frozen

from application.payments.ports import (
    BilledConsultation,
    ConsultationFacts,
    FoundPayment,
    PaymentGateway,
    PaymentsUnitOfWork,
    Stage,
)
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.catalogue.service import CaptureOn
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Reason
from domain.payments.payment import Finding, Payment, PaymentNotFound, PaymentStatus
from domain.shared.ids import ConsultationId, PaymentId, to_wire

_BATCH = 200
_PATIENCE = timedelta(minutes=10)
_WATCH = timedelta(days=8)
"""An authorisation lapses after seven days; what was not paid by then never will be."""
_A_MOMENT = timedelta(seconds=5)
_OPEN = frozenset({PaymentStatus.CREATED, PaymentStatus.PENDING, PaymentStatus.FAILED})
_CAPTURE_STAGES = {
    CaptureOn.CLAIMED: frozenset({Stage.CLAIMED, Stage.OPENED, Stage.COMPLETED}),
    CaptureOn.COMPLETED: frozenset({Stage.COMPLETED}),
}


@frozen
class RefreshPayment:
    """
    Look a payment up at the processor and follow what it says.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _gateway: PaymentGateway

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Ask as often as wanted: what is known already changes nothing.

        Raises:
            PaymentNotFound: Not ours, or its own transaction has not committed yet; try later.
            PaymentOutcomeUnknown: The processor does not answer.
        """
        require_role(actor, Role.FINANCE, Role.OPERATIONS)
        found = self._gateway.find(reference)
        payment = record_report(self._uow, found, self._clock.now())
        if payment.status is PaymentStatus.CANCELLED and (
            found.report.finding is Finding.AUTHORISED
        ):
            # The patient paid on a page that was opened before the cancellation.
            self._gateway.cancel(found.reference, payment_id=payment.id)


@frozen
class FollowUpPayment:
    """
    Ask the processor at once when its patient comes back from paying: a webhook may be lost.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _gateway: PaymentGateway

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        What is settled, or was asked about a moment ago, is not asked about again.

        Raises:
            PaymentNotFound: No payment, or somebody else's.
            PaymentOutcomeUnknown: The processor does not answer; the sweep asks later.
        """
        now = self._clock.now()
        with self._uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
        if payment is None or actor.patient_id != payment.patient_id:
            raise PaymentNotFound("There is no such payment.")
        asked_at = payment.checked_at
        just_now = asked_at is not None and now - asked_at < _A_MOMENT
        if payment.status not in _OPEN or payment.reference is None or just_now:
            return
        record_report(self._uow, self._gateway.find(payment.reference), now)


@frozen
class CapturePayment:
    """
    Take what was set aside, once the consultation has come as far as its terms say.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _gateway: PaymentGateway
    _consultations: ConsultationFacts

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Nothing to capture yet, or any more, is no error.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; ask again.
        """
        require_system(actor)
        if not _capture_is_due(self._consultations.get(consultation_id)):
            return
        with self._uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
        if payment is None or payment.reference is None:
            return
        if payment.status is not PaymentStatus.AUTHORISED:
            return
        found = self._gateway.capture(payment.reference, payment_id=payment.id)
        payment = record_report(self._uow, found, self._clock.now())
        if payment.status is PaymentStatus.AUTHORISED:
            self._leave_to_a_person(payment)

    def _leave_to_a_person(self, payment: Payment) -> None:
        with self._uow as uow:
            refused = uow.payments.get(payment.id)
            refused.need_review("capture_refused", now=self._clock.now())
            uow.payments.save(refused)
            uow.commit()


@frozen
class CancelPayment:
    """
    Let go what was set aside; nothing is taken.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _gateway: PaymentGateway

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Nothing to cancel is no error, and neither is a payment that was captured meanwhile.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; ask again.
        """
        require_role(actor, Role.FINANCE, Role.OPERATIONS)
        with self._uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
            if payment is None or payment.is_taken or payment.status is PaymentStatus.CANCELLED:
                return
            if payment.reference is None:
                payment.cancel_unasked(now=self._clock.now())
                uow.payments.save(payment)
                uow.commit()
                return
            reference, payment_id = payment.reference, payment.id
        found = self._gateway.cancel(reference, payment_id=payment_id)
        record_report(self._uow, found, self._clock.now())


@frozen
class SweepPayments:
    """
    Ask about payments of which no webhook told. Run on a schedule.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _refresh: RefreshPayment

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were asked about.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        with self._uow as uow:
            now = self._clock.now()
            waiting = uow.payments.unsettled(
                checked_before=now - _PATIENCE, started_after=now - _WATCH, limit=_BATCH
            )
        return work_through(
            waiting, lambda reference: self._refresh(actor=actor, reference=reference)
        )


def record_report(uow: PaymentsUnitOfWork, found: FoundPayment, now: datetime) -> Payment:
    """
    Move our payment to where the processor says it is, with the posting that belongs to it.

    Raises:
        PaymentNotFound: We do not know it.
    """
    with uow:
        payment = _ours(uow, found)
        payment.link(found.reference)
        if payment.observe(found.report, now=now):
            uow.journal.post(
                JournalDraft(
                    reason=Reason.PAYMENT_CAPTURED,
                    cause=to_wire("payment", payment.id),
                    occurred_at=now,
                    postings=posting_rules.payment_captured(payment.amount),
                )
            )
        uow.payments.save(payment)
        uow.commit()
    return payment


def _ours(uow: PaymentsUnitOfWork, found: FoundPayment) -> Payment:
    # A webhook can overtake the commit in which we note the processor's identifier.
    if found.payment_id is not None:
        return uow.payments.get(PaymentId(found.payment_id))
    return uow.payments.by_reference(found.reference)


def _capture_is_due(billed: BilledConsultation | None) -> bool:
    return billed is not None and billed.stage in _CAPTURE_STAGES[billed.capture_on]
