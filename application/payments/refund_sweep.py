"""
What nobody told us of refunds, found by asking.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from attrs import frozen

from application.payments.ports import FoundRefund, PaymentsUnitOfWork, RefundGateway
from application.payments.refund_tracking import RefreshRefund
from application.payments.refunds import SubmitRefund
from application.shared.access import SYSTEM, Actor, require_system
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.payments.payment import PaymentMoved, PaymentNotFound, RefundExceedsPayment
from domain.payments.refund import Refund
from domain.shared.ids import RefundId

_BATCH = 200
_PATIENCE = timedelta(minutes=10)
_LOOK_BACK = timedelta(days=2)
"""A refund that was made at the processor is found within this time."""
_CAN_COME_BACK = timedelta(days=35)
"""The patient's bank can send the money back weeks after it took it."""
_ASKED_AGAIN = timedelta(hours=12)


@frozen
class SweepRefunds:
    """
    Ask about refunds of which no webhook told, and find those made there. Run on a schedule.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _gateway: RefundGateway
    _submit: SubmitRefund
    _refresh: RefreshRefund

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were asked about.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        now = self._clock.now()
        recent = self._gateway.refunds_since(now - _LOOK_BACK)
        with self._uow as uow:
            known = uow.refunds.known([found.reference for found in recent])
            waiting: list[RefundId] = [
                *uow.refunds.unsettled(checked_before=now - _PATIENCE, limit=_BATCH),
                *uow.refunds.done(
                    since=now - _CAN_COME_BACK, checked_before=now - _ASKED_AGAIN, limit=_BATCH
                ),
            ]
            refunds = [uow.refunds.get(refund_id) for refund_id in waiting]
        untold = [
            found for found in recent if found.refund_id is None and found.reference not in known
        ]
        steps: list[Callable[[], None]] = [
            *(partial(self._ask, refund) for refund in refunds),
            *(partial(self._take_over, found) for found in untold),
        ]
        return work_through(steps, lambda step: step())

    def _ask(self, refund: Refund) -> None:
        if refund.reference is None:
            self._submit(actor=SYSTEM, refund_id=refund.id)
        else:
            self._refresh(actor=SYSTEM, reference=refund.reference)

    def _take_over(self, found: FoundRefund) -> None:
        try:
            self._refresh(actor=SYSTEM, reference=found.reference)
        except (PaymentNotFound, PaymentMoved, RefundExceedsPayment):
            # The processor's account also takes payments that are not ours; what it let go
            # before any of it was captured is a refund in its words; and of what our books
            # cannot hold a person has been told already.
            return
