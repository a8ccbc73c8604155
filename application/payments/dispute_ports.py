"""
What disputes need of the outside: the processor's side of them, and their table.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.payments.dispute import Dispute, DisputeReport, Evidence
from domain.shared.ids import DisputeId, PaymentId


@frozen(kw_only=True)
class FoundDispute:
    """The processor's present view of a dispute, and what it calls the payment."""

    reference: str
    payment_reference: str
    report: DisputeReport


class DisputeGateway(Protocol):
    """The processor, between us and the cardholder's bank."""

    def find_dispute(self, reference: str) -> FoundDispute:
        """
        Look a dispute up.

        Raises:
            DisputeNotFound: The processor does not know it.
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def disputes_since(self, since: datetime) -> tuple[FoundDispute, ...]:
        """
        All that were opened since then.

        Raises:
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def answer(self, reference: str, evidence: Evidence, *, dispute_id: DisputeId) -> FoundDispute:
        """
        Send evidence; sending the same again is done once.

        Raises:
            DisputeNotFound: The processor does not know it.
            PaymentRefused: It takes no more evidence.
            PaymentOutcomeUnknown: No answer.
        """
        ...


class DisputeRepository(Protocol):
    """Disputes; all that is handed out is locked until the end of the transaction."""

    def add(self, dispute: Dispute) -> None:
        """Store a new one."""
        ...

    def get(self, dispute_id: DisputeId) -> Dispute:
        """
        One dispute.

        Raises:
            DisputeNotFound: There is none.
        """
        ...

    def save(self, dispute: Dispute) -> None:
        """Store a changed one."""
        ...

    def by_reference(self, reference: str) -> Dispute | None:
        """The dispute that the processor calls so."""
        ...

    def of_payment(self, payment_id: PaymentId) -> tuple[Dispute, ...]:
        """All disputes of a payment, the oldest first."""
        ...

    def known(self, references: Collection[str]) -> frozenset[str]:
        """Which of these we have taken note of; unlocked."""
        ...

    def to_refresh(
        self, *, checked_before: datetime, ended_after: datetime, limit: int
    ) -> tuple[str, ...]:
        """References of undecided ones and those decided since, longest unasked first; unlocked."""
        ...
