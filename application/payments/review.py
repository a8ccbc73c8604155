"""
A person has looked into what did not fit together, and says what they found.
"""

from attrs import frozen

from application.payments.ports import PaymentsUnitOfWork
from application.shared.access import Actor, Role, require_person, require_role
from domain.shared.errors import InvalidInput
from domain.shared.ids import DisputeId, PaymentId, to_wire

_LONGEST_NOTE = 500


class UnfitNote(InvalidInput):
    """It says nothing, or too much."""


@frozen
class EndPaymentReview:
    """
    Take a payment off the list of what has to be looked into.
    """

    _uow: PaymentsUnitOfWork

    def __call__(self, *, actor: Actor, payment_id: PaymentId, note: str) -> None:
        """
        It comes back with the next finding.

        Args:
            note: What was found, for the audit trail.

        Raises:
            AccessDenied: Not a person of finance.
            UnfitNote: Empty, or longer than 500 characters.
            PaymentNotFound: No such payment.
            NothingToReview: There was nothing to look into.
        """
        require_role(actor, Role.FINANCE)
        require_person(actor)
        words = _fit(note)
        with self._uow as uow:
            payment = uow.payments.get(payment_id)
            finding = payment.end_review()
            uow.payments.save(payment)
            uow.audit.record(
                actor=actor,
                action="payment.reviewed",
                subject=to_wire("payment", payment_id),
                patient_id=payment.patient_id,
                reason=words,
                details={"finding": finding},
            )
            uow.commit()


@frozen
class EndDisputeReview:
    """
    Take a dispute off the list of what has to be looked into.
    """

    _uow: PaymentsUnitOfWork

    def __call__(self, *, actor: Actor, dispute_id: DisputeId, note: str) -> None:
        """
        It comes back with the next finding.

        Args:
            note: What was found, for the audit trail.

        Raises:
            AccessDenied: Not a person of finance.
            UnfitNote: Empty, or longer than 500 characters.
            DisputeNotFound: No such dispute.
            NothingToReview: There was nothing to look into.
        """
        require_role(actor, Role.FINANCE)
        require_person(actor)
        words = _fit(note)
        with self._uow as uow:
            dispute = uow.disputes.get(dispute_id)
            finding = dispute.end_review()
            uow.disputes.save(dispute)
            uow.audit.record(
                actor=actor,
                action="dispute.reviewed",
                subject=to_wire("dispute", dispute_id),
                reason=words,
                details={"finding": finding},
            )
            uow.commit()


def _fit(note: str) -> str:
    words = note.strip()
    if not 0 < len(words) <= _LONGEST_NOTE:
        raise UnfitNote(f"Say what you found in at most {_LONGEST_NOTE} characters.", field="note")
    return words
