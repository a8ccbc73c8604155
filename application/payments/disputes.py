"""
A cardholder's bank disputes a payment: followed at the processor, answered by finance staff.

The processor is always asked; a webhook is only a reason to ask. Movements of money and
the decision are posted in the transaction that learns of them, each once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from attrs import frozen

from application.payments.dispute_ports import DisputeGateway, FoundDispute
from application.payments.dispute_posting import follow
from application.payments.evidence import EvidenceFacts, with_facts
from application.payments.ports import PaymentsUnitOfWork
from application.shared.access import Actor, Role, require_person, require_role, require_system
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.payments.dispute import REMINDERS, Dispute
from domain.payments.evidence import Evidence
from domain.payments.payment import PaymentMoved, PaymentNotFound
from domain.shared.ids import DisputeId, to_wire
from domain.shared.money import Money

_BATCH = 200
_PATIENCE = timedelta(minutes=10)
_WATCH_ENDED = timedelta(days=60)
"""A decision can be overturned, and its money can move, weeks afterwards."""
_LOOK_BACK = timedelta(days=2)
"""A dispute of which no webhook told is found within this time."""


@frozen
class RefreshDispute:
    """
    Look a dispute up at the processor and follow what it says.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: DisputeGateway

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Ask as often as wanted: what is known already changes nothing.

        Raises:
            AccessDenied: Not finance staff.
            DisputeNotFound: The processor does not know it.
            PaymentNotFound: It belongs to no payment of ours.
            PaymentMoved: Our own record of the payment is behind; try later.
            PaymentOutcomeUnknown: The processor does not answer.
        """
        require_role(actor, Role.FINANCE)
        found = self._gateway.find_dispute(reference)
        record_dispute(self._uow, found, self._ids, self._clock.now())


@frozen
class AssignDispute:
    """
    Take a dispute on, to answer it.
    """

    _uow: PaymentsUnitOfWork

    def __call__(self, *, actor: Actor, dispute_id: DisputeId) -> None:
        """
        The one who asks is its owner from now on; who it was before loses it.

        Raises:
            AccessDenied: Not a person of finance.
            DisputeNotFound: No such dispute.
            DisputeMoved: It is decided.
        """
        require_role(actor, Role.FINANCE)
        require_person(actor)
        with self._uow as uow:
            dispute = uow.disputes.get(dispute_id)
            if actor.user_id is None or dispute.owner_id == actor.user_id:
                return
            dispute.assign(actor.user_id)
            uow.disputes.save(dispute)
            uow.audit.record(
                actor=actor, action="dispute.assigned", subject=to_wire("dispute", dispute_id)
            )
            uow.commit()


@frozen
class SubmitEvidence:
    """
    Answer a dispute with what speaks for us.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: DisputeGateway
    _facts: EvidenceFacts

    def __call__(self, *, actor: Actor, dispute_id: DisputeId, evidence: Evidence) -> None:
        """
        Sent once, together with the facts that we have; the bank decides from then on.

        Args:
            evidence: The explanation, and the day of the service if it was another one.

        Raises:
            AccessDenied: Not a person of finance.
            DisputeNotFound: No such dispute.
            DisputeMoved: It does not wait for us.
            EvidenceTooLate: The bank's time limit has passed.
            PaymentRefused: The processor does not take it.
            PaymentOutcomeUnknown: The processor does not answer; sending the same again is safe.
        """
        require_role(actor, Role.FINANCE)
        require_person(actor)
        complete = with_facts(evidence, self._facts.gather(dispute_id))
        with self._uow as uow:
            dispute = uow.disputes.get(dispute_id)
            dispute.check_answerable(self._clock.now())
            # Who sends what leaves the platform is on record before it leaves.
            uow.audit.record(
                actor=actor, action="dispute.answered", subject=to_wire("dispute", dispute_id)
            )
            uow.commit()
        found = self._gateway.answer(
            dispute.reference, complete, dispute_id=dispute_id, inquiry=dispute.inquiry
        )
        record_dispute(self._uow, found, self._ids, self._clock.now())


@frozen
class SweepDisputes:
    """
    Ask about disputes of which no webhook told. Run on a schedule.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: DisputeGateway
    _refresh: RefreshDispute

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were asked about.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        now = self._clock.now()
        recent = self._gateway.disputes_since(now - _LOOK_BACK)
        with self._uow as uow:
            known = uow.disputes.known([found.reference for found in recent])
            waiting = uow.disputes.to_refresh(
                checked_before=now - _PATIENCE, ended_after=now - _WATCH_ENDED, limit=_BATCH
            )
        untold = [found for found in recent if found.reference not in known]
        steps: list[Callable[[], None]] = [
            *(partial(self._take_note, found) for found in untold),
            *(partial(self._refresh, actor=actor, reference=reference) for reference in waiting),
        ]
        return work_through(steps, lambda step: step())

    def _take_note(self, found: FoundDispute) -> None:
        with self._uow as uow:
            try:
                uow.payments.by_reference(found.payment_reference)
            except PaymentNotFound:
                # The processor's account also takes payments that are not ours.
                return
        record_dispute(self._uow, found, self._ids, self._clock.now())


@frozen
class RemindOfDisputes:
    """
    Remind of evidence that a bank still waits for, before its time limit. Run on a schedule.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Returns how many wait with their time limit near."""
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            near = uow.disputes.with_deadline(due_before=now + max(REMINDERS), limit=_BATCH)
        return work_through(near, lambda dispute_id: self._remind(dispute_id, now))

    def _remind(self, dispute_id: DisputeId, now: datetime) -> None:
        with self._uow as uow:
            dispute = uow.disputes.get(dispute_id)
            if dispute.remind(now=now):
                uow.disputes.save(dispute)
                uow.commit()


def record_dispute(uow: PaymentsUnitOfWork, found: FoundDispute, ids: Ids, now: datetime) -> None:
    """
    Move our dispute to where the processor says it is, and the books with it.

    Raises:
        PaymentNotFound: It belongs to no payment of ours.
        PaymentMoved: Our own record of the payment is behind.
    """
    with uow:
        payment = uow.payments.by_reference(found.payment_reference)
        if not payment.is_taken:
            raise PaymentMoved("This payment is not captured in our books yet.")
        if found.report.amount.currency != payment.amount.currency:
            payment.need_review("dispute_in_another_currency", now=now)
            uow.payments.save(payment)
            uow.commit()
            return
        dispute = uow.disputes.by_reference(found.reference)
        is_new = dispute is None
        if dispute is None:
            dispute = Dispute.open(
                id=DisputeId(ids.new()),
                payment_id=payment.id,
                consultation_id=payment.consultation_id,
                reference=found.reference,
                report=found.report,
                now=now,
            )
        before = Money.zero(payment.amount.currency) if is_new else dispute.claim
        known = frozenset(movement.reference for movement in dispute.movements)
        steps = dispute.observe(found.report, now=now)
        if is_new:
            # It has to be there before its shares are worked out among all others.
            uow.disputes.add(dispute)
        follow(uow, payment, dispute, steps, now, known=known)
        payment.change_claim(before=before, after=dispute.claim)
        uow.payments.save(payment)
        uow.disputes.save(dispute)
        uow.commit()
