"""
What payments need of the outside: the processor, the consultation's terms, their tables.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from application.payments.dispute_ports import DisputeRepository
from domain.catalogue.refund_policy import RefundPolicy
from domain.catalogue.service import CaptureOn
from domain.commission.choice import FrozenPlan
from domain.commission.terms import CommissionFacts
from domain.payments.payment import Payment, ProcessorReport
from domain.payments.refund import Refund, RefundFinding, RefundQuote
from domain.shared.errors import Conflict, Unavailable
from domain.shared.ids import (
    ConsultationId,
    PatientId,
    PaymentId,
    PhysicianId,
    RefundId,
    RefundQuoteId,
)
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money


class PaymentOutcomeUnknown(Unavailable):
    """The processor did not answer. What was asked may have happened; ask again the same way."""


class PaymentRefused(Conflict):
    """The processor will not do this, however often it is asked."""


class Stage(StrEnum):
    """How far a consultation has come, as far as money is concerned."""

    UNPAID = "unpaid"
    WAITING = "waiting"
    CLAIMED = "claimed"
    OPENED = "opened"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class BilledConsultation:
    """
    What money may know of a consultation. What was decided or prescribed is not among it.

    Args:
        full_refund: It was called off by us or by the physician, not by the patient.
        opened: The physician had begun; kept when it is cancelled afterwards.
        plan: What was frozen at the booking, terms included.
        facts: What a commission plan may ask about.
    """

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId | None
    stage: Stage
    place: Jurisdiction
    price: Money
    tax: Money
    platform_fee: Money
    refund_policy: RefundPolicy
    capture_on: CaptureOn
    plan: FrozenPlan
    facts: CommissionFacts
    claimed: bool = False
    opened: bool = False
    full_refund: bool = False
    appointment_at: datetime | None = None
    ended_at: datetime | None = None


class ConsultationFacts(Protocol):
    """Looks up what money may know of a consultation."""

    def get(self, consultation_id: ConsultationId) -> BilledConsultation | None:
        """
        As it stands now; None for one that never got as far as terms.

        Raises:
            ConsultationNotFound: No such consultation.
        """
        ...


@frozen(kw_only=True)
class PaymentInstruction:
    """What the processor is asked to collect. Authorise only; we capture later."""

    payment_id: PaymentId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class StartedPayment:
    """
    Where the patient pays.

    Args:
        redirect_url: The processor's own page; card data never passes through us.
        client_secret: For a front end that embeds the processor's form instead. Not stored.
    """

    reference: str
    redirect_url: str
    client_secret: str


@frozen(kw_only=True)
class FoundPayment:
    """The processor's present view, and our own identifier that it carries."""

    reference: str
    payment_id: PaymentId | None
    report: ProcessorReport


class PaymentGateway(Protocol):
    """A card processor. Every request can be repeated: the same one is done once."""

    def start(self, instruction: PaymentInstruction, *, return_url: str) -> StartedPayment:
        """
        Prepare a payment; starting the same one again finds the first.

        Raises:
            PaymentRefused: The processor will not.
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def resume(self, reference: str, *, return_url: str) -> StartedPayment:
        """
        Where a patient goes on with a payment that was prepared before.

        Raises:
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def find(self, reference: str) -> FoundPayment:
        """
        Look a payment up.

        Raises:
            PaymentNotFound: The processor does not know it.
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def capture(self, reference: str, *, payment_id: PaymentId) -> FoundPayment:
        """
        Take what was set aside; tells how the payment stands afterwards, taken or not.

        Raises:
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def cancel(self, reference: str, *, payment_id: PaymentId) -> FoundPayment:
        """
        Let go what was set aside; tells how the payment stands afterwards, let go or not.

        Raises:
            PaymentOutcomeUnknown: No answer.
        """
        ...


@frozen(kw_only=True)
class RefundInstruction:
    """What the processor is asked to give back."""

    refund_id: RefundId
    payment_reference: str
    amount: Money


@frozen(kw_only=True)
class FoundRefund:
    """The processor's view of a refund; `refund_id` is None if it was made there by hand."""

    reference: str
    refund_id: RefundId | None
    payment_reference: str
    finding: RefundFinding
    amount: Money


class RefundGateway(Protocol):
    """The way back. Every request can be repeated: the same one is done once."""

    def refund(self, instruction: RefundInstruction) -> FoundRefund:
        """
        Give money back.

        Raises:
            PaymentRefused: The processor will not.
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def find_refund(self, reference: str) -> FoundRefund:
        """
        Look a refund up.

        Raises:
            RefundNotFound: The processor does not know it.
            PaymentOutcomeUnknown: No answer.
        """
        ...

    def refunds_since(self, since: datetime) -> tuple[FoundRefund, ...]:
        """
        All that were made since then, by us or there.

        Raises:
            PaymentOutcomeUnknown: No answer.
        """
        ...


class PaymentRepository(Protocol):
    """Payments; all that is handed out is locked until the end of the transaction."""

    def add(self, payment: Payment) -> None:
        """Store a new one."""
        ...

    def get(self, payment_id: PaymentId) -> Payment:
        """
        One payment.

        Raises:
            PaymentNotFound: There is none.
        """
        ...

    def save(self, payment: Payment) -> None:
        """Store a changed one."""
        ...

    def by_reference(self, reference: str) -> Payment:
        """
        The payment that the processor calls so.

        Raises:
            PaymentNotFound: There is none.
        """
        ...

    def of_consultation(self, consultation_id: ConsultationId) -> Payment | None:
        """The payment of a consultation that was not cancelled, or else the last cancelled one."""
        ...

    def unsettled(
        self, *, checked_before: datetime, started_after: datetime, limit: int
    ) -> tuple[str, ...]:
        """References of payments that wait for the processor, longest unasked first; unlocked."""
        ...


class RefundRepository(Protocol):
    """Refunds and their quotes."""

    def add(self, refund: Refund) -> None:
        """Store a new one."""
        ...

    def get(self, refund_id: RefundId) -> Refund:
        """
        One refund, locked.

        Raises:
            RefundNotFound: There is none.
        """
        ...

    def save(self, refund: Refund) -> None:
        """Store a changed one."""
        ...

    def by_reference(self, reference: str) -> Refund | None:
        """The refund that the processor calls so, locked."""
        ...

    def of_quote(self, quote_id: RefundQuoteId) -> Refund | None:
        """The refund that a quote was used for, locked."""
        ...

    def of_payment(self, payment_id: PaymentId) -> tuple[Refund, ...]:
        """All refunds of a payment, the oldest first, failed ones too; locked."""
        ...

    def unsettled(self, *, checked_before: datetime, limit: int) -> tuple[RefundId, ...]:
        """Those that wait for the processor, longest unasked first; unlocked."""
        ...

    def known(self, references: Collection[str]) -> frozenset[str]:
        """Which of these we have taken note of; unlocked."""
        ...

    def done(
        self, *, since: datetime, checked_before: datetime, limit: int
    ) -> tuple[RefundId, ...]:
        """Those that succeeded since then, longest unasked first; unlocked."""
        ...

    def add_quote(self, quote: RefundQuote) -> None:
        """Store a new quote."""
        ...

    def quote(self, quote_id: RefundQuoteId) -> RefundQuote:
        """
        One quote.

        Raises:
            QuoteNotFound: There is none.
        """
        ...


class PaymentsUnitOfWork(LedgerUnitOfWork, Protocol):
    """A transaction over payments and the books."""

    @property
    def payments(self) -> PaymentRepository:
        """Payments."""
        ...

    @property
    def refunds(self) -> RefundRepository:
        """Refunds and quotes."""
        ...

    @property
    def disputes(self) -> DisputeRepository:
        """Disputes."""
        ...
