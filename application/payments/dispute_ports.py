"""
What disputes need of the outside: the processor's side of them, and their table.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from domain.payments.dispute import Dispute, DisputeReport
from domain.payments.evidence import Evidence
from domain.shared.ids import ConsultationId, DisputeId, PaymentId


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

    def answer(
        self, reference: str, evidence: Evidence, *, dispute_id: DisputeId, inquiry: bool
    ) -> FoundDispute:
        """
        Send evidence; sending again is done once.

        Args:
            inquiry: The bank only asks so far. If it disputes later, evidence is sent anew.

        Raises:
            DisputeNotFound: The processor does not know it.
            PaymentRefused: It takes no more evidence.
            PaymentOutcomeUnknown: No answer.
        """
        ...


class ServiceStep(StrEnum):
    """What was done for a patient, without a word of why."""

    HANDED_IN = "handed_in"
    PAID = "paid"
    BOOKED = "booked"
    TAKEN = "taken"
    BEGUN = "begun"
    PATIENT_WROTE = "patient_wrote"
    PHYSICIAN_WROTE = "physician_wrote"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class ServiceFact:
    """A step, and when it was."""

    step: ServiceStep
    at: datetime


class ServiceRecord(Protocol):
    """What was done in a consultation, as far as a bank may know it. Nothing clinical."""

    def of(self, consultation_id: ConsultationId) -> Sequence[ServiceFact]:
        """Every step, the earliest first."""
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

    def with_deadline(self, *, due_before: datetime, limit: int) -> tuple[DisputeId, ...]:
        """Those that wait for evidence, until then at most, the most urgent first; unlocked."""
        ...

    def to_refresh(
        self, *, checked_before: datetime, ended_after: datetime, limit: int
    ) -> tuple[str, ...]:
        """References of undecided ones and those decided since, longest unasked first; unlocked."""
        ...
