"""
The service was delivered: the patient's money is shared between those who earned it.
"""

from datetime import datetime

from attrs import frozen

from application.payments.ports import (
    BilledConsultation,
    ConsultationFacts,
    PaymentsUnitOfWork,
    Stage,
)
from application.shared.access import Actor, require_system
from application.shared.ports import Clock, Ids
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Reason
from domain.ledger.lot import Lot
from domain.payments.commission import scale, split
from domain.payments.payment import Delivery
from domain.shared.ids import ConsultationId, LotId, to_wire
from domain.wallets.wallet import WalletPolicy


@frozen
class RecordEarning:
    """
    Share what was captured for a completed consultation, by the plan frozen with it.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _consultations: ConsultationFacts
    _policy: WalletPolicy

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> None:
        """
        Completed and captured can come in either order: whichever is second finds both.
        """
        require_system(actor)
        billed = self._consultations.get(consultation_id)
        if billed is not None and billed.stage is Stage.COMPLETED:
            share_payment(self._uow, billed, self._policy, self._ids, self._clock.now())


def share_payment(
    uow: PaymentsUnitOfWork,
    billed: BilledConsultation,
    policy: WalletPolicy,
    ids: Ids,
    now: datetime,
) -> None:
    """Post who gets what of the part of a payment that was not refunded; once."""
    physician_id = billed.physician_id
    with uow:
        payment = uow.payments.of_consultation(billed.consultation_id)
        if payment is None or physician_id is None or payment.delivery is not None:
            return
        kept = payment.kept
        if not kept:
            return
        parts = split(
            billed.plan.terms,
            price=billed.price,
            tax=billed.tax,
            platform_fee=billed.platform_fee,
            facts=billed.facts,
        )
        parts = parts if kept == billed.price else scale(parts, to=kept)
        delivery = Delivery(
            physician_id=physician_id,
            place=billed.place,
            plan_id=billed.plan.plan_id,
            plan_version=billed.plan.version,
            split=parts,
            standing=billed.facts.standing,
        )
        payment.deliver(delivery)
        uow.payments.save(payment)
        _post(uow, billed.consultation_id, delivery, billed.ended_at or now)
        if parts.earning:
            uow.lots.add(_lot(billed, delivery, policy, ids, now))
        uow.commit()


def _post(
    uow: PaymentsUnitOfWork,
    consultation_id: ConsultationId,
    delivery: Delivery,
    occurred_at: datetime,
) -> None:
    uow.journal.post(
        JournalDraft(
            reason=Reason.SERVICE_DELIVERED,
            cause=to_wire("consultation", consultation_id),
            occurred_at=occurred_at,
            postings=posting_rules.service_delivered(
                delivery.physician_id, delivery.place, delivery.split
            ),
        )
    )


def _lot(
    billed: BilledConsultation,
    delivery: Delivery,
    policy: WalletPolicy,
    ids: Ids,
    now: datetime,
) -> Lot:
    earned_at = billed.ended_at or now
    return Lot.earn(
        id=LotId(ids.new()),
        physician_id=delivery.physician_id,
        consultation_id=billed.consultation_id,
        amount=delivery.split.earning,
        earned_at=earned_at,
        matures_at=policy.matures_at(earned_at),
        now=now,
    )
