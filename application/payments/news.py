"""
What patients hear of their payments.
"""

from attrs import frozen

from application.notifications.telling import Notify
from application.payments.ports import ConsultationFacts, Stage
from application.shared.access import Actor, require_system
from domain.shared.ids import ConsultationId, PaymentId, to_wire


@frozen
class TellOfLapsedPayment:
    """
    Tell a patient whose payment came to nothing that their consultation still waits for one.

    One that had been paid for is called off, of which they hear otherwise.
    """

    _consultations: ConsultationFacts
    _notify: Notify

    def __call__(
        self, *, actor: Actor, consultation_id: ConsultationId, payment_id: PaymentId
    ) -> None:
        """Queue it, once for each payment."""
        require_system(actor)
        billed = self._consultations.get(consultation_id)
        if billed is None or billed.stage is not Stage.UNPAID:
            return
        self._notify(
            actor=actor,
            template="payment_lapsed",
            cause=to_wire("payment", payment_id),
            patient_id=billed.patient_id,
            data={"consultation": to_wire("consultation", consultation_id)},
        )
