"""
Payments and refunds in memory, and a card processor that a test directs.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, evolve, field

from application.payments.ports import (
    BilledConsultation,
    FoundPayment,
    FoundRefund,
    PaymentInstruction,
    PaymentOutcomeUnknown,
    PaymentRefused,
    RefundInstruction,
    StartedPayment,
)
from domain.consultations.consultation import ConsultationNotFound
from domain.payments.payment import (
    Finding,
    Payment,
    PaymentNotFound,
    PaymentStatus,
    PaymentUnderWay,
    ProcessorReport,
)
from domain.payments.refund import (
    QuoteNotFound,
    Refund,
    RefundFinding,
    RefundNotFound,
    RefundQuote,
    RefundStatus,
)
from domain.shared.ids import (
    ConsultationId,
    PaymentId,
    RefundId,
    RefundQuoteId,
)
from domain.shared.money import Money
from tests.fakes.aggregates import Aggregates, Collector

_WAITING = (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORISED)


@define(eq=False)
class InMemoryPayments:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, payment: Payment) -> None:
        other = self.of_consultation(payment.consultation_id)
        if other is not None and other.status is not PaymentStatus.CANCELLED:
            raise PaymentUnderWay("Another payment has just been started.")
        self._store.put(payment.id, payment)

    def get(self, payment_id: PaymentId) -> Payment:
        found: Payment | None = self._store.find(payment_id)
        if found is None:
            raise PaymentNotFound("There is no such payment.")
        return found

    def save(self, payment: Payment) -> None:
        self._store.put(payment.id, payment)

    def by_reference(self, reference: str) -> Payment:
        for payment in self.all():
            if payment.reference == reference:
                return payment
        raise PaymentNotFound("There is no such payment.")

    def of_consultation(self, consultation_id: ConsultationId) -> Payment | None:
        found = [each for each in self.all() if each.consultation_id == consultation_id]
        found.sort(key=lambda each: (each.status is not PaymentStatus.CANCELLED, each.id))
        return found[-1] if found else None

    def unsettled(
        self, *, checked_before: datetime, started_after: datetime, limit: int
    ) -> tuple[str, ...]:
        waiting = sorted(
            (payment.checked_at or payment.created_at, payment.reference)
            for payment in self.all()
            if payment.status in _WAITING
            and payment.reference
            and payment.created_at > started_after
            and (payment.checked_at or payment.created_at) < checked_before
        )
        return tuple(reference for _, reference in waiting[:limit])

    def all(self) -> list[Payment]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryRefunds:
    _uow: Collector
    _store: Aggregates = field(init=False)
    _quotes: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)
        self._quotes = Aggregates(self._uow)

    def add(self, refund: Refund) -> None:
        self._store.put(refund.id, refund)

    def get(self, refund_id: RefundId) -> Refund:
        found: Refund | None = self._store.find(refund_id)
        if found is None:
            raise RefundNotFound("There is no such refund.")
        return found

    def save(self, refund: Refund) -> None:
        self._store.put(refund.id, refund)

    def by_reference(self, reference: str) -> Refund | None:
        return next((each for each in self.all() if each.reference == reference), None)

    def of_quote(self, quote_id: RefundQuoteId) -> Refund | None:
        return next((each for each in self.all() if each.quote_id == quote_id), None)

    def of_payment(self, payment_id: PaymentId) -> tuple[Refund, ...]:
        return tuple(each for each in self.all() if each.payment_id == payment_id)

    def unsettled(self, *, checked_before: datetime, limit: int) -> tuple[RefundId, ...]:
        waiting = sorted(
            (each.checked_at or each.requested_at, each.id)
            for each in self.all()
            if each.status in (RefundStatus.REQUESTED, RefundStatus.PENDING)
            and (each.checked_at or each.requested_at) < checked_before
        )
        return tuple(refund_id for _, refund_id in waiting[:limit])

    def known(self, references: Collection[str]) -> frozenset[str]:
        return frozenset(
            each.reference for each in self.all() if each.reference and each.reference in references
        )

    def done(
        self, *, since: datetime, checked_before: datetime, limit: int
    ) -> tuple[RefundId, ...]:
        done = sorted(
            (each.checked_at, each.id)
            for each in self.all()
            if each.status is RefundStatus.SUCCEEDED
            and each.succeeded_at is not None
            and each.checked_at is not None
            and each.succeeded_at > since
            and each.checked_at < checked_before
        )
        return tuple(refund_id for _, refund_id in done[:limit])

    def add_quote(self, quote: RefundQuote) -> None:
        self._quotes.put(quote.id, quote)

    def quote(self, quote_id: RefundQuoteId) -> RefundQuote:
        found: RefundQuote | None = self._quotes.find(quote_id)
        if found is None:
            raise QuoteNotFound("There is no such quote.")
        return found

    def all(self) -> list[Refund]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot(), self._quotes.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot[0])
        self._quotes.restore(snapshot[1])


@define(eq=False)
class KnownConsultations:
    """What money may know of consultations, as a test says."""

    billed: dict[UUID, BilledConsultation] = field(factory=dict)
    drafts: set[UUID] = field(factory=set)

    def get(self, consultation_id: ConsultationId) -> BilledConsultation | None:
        if consultation_id in self.drafts:
            return None
        if consultation_id not in self.billed:
            raise ConsultationNotFound("There is no such consultation.")
        return self.billed[consultation_id]

    def put(self, billed: BilledConsultation) -> None:
        self.billed[billed.consultation_id] = billed

    def change(self, consultation_id: ConsultationId, **changes: Any) -> None:
        self.put(evolve(self.billed[consultation_id], **changes))


@define(eq=False)
class InMemoryProcessor:
    """
    A card processor that keeps what it was asked. Two faults can be set, each strikes once.

    Args:
        silent: It does what it was asked, and its answer is lost.
        refuses: It will not refund.
        overtakes: Called after an object was made and before the answer, as a webhook may be.
    """

    payments: dict[str, FoundPayment] = field(factory=dict)
    refunds: dict[str, FoundRefund] = field(factory=dict)
    calls: list[str] = field(factory=list)
    silent: bool = False
    refuses: bool = False
    overtakes: Callable[[str], None] | None = None
    refund_finding: RefundFinding = RefundFinding.SUCCEEDED

    def start(self, instruction: PaymentInstruction, *, return_url: str) -> StartedPayment:
        reference = f"pi_{instruction.payment_id.hex}"
        self.calls.append("start")
        self.payments.setdefault(
            reference,
            FoundPayment(
                reference=reference,
                payment_id=instruction.payment_id,
                report=ProcessorReport(finding=Finding.UNPAID, amount=instruction.amount),
            ),
        )
        self._answer(reference)
        return self._started(reference, return_url)

    def resume(self, reference: str, *, return_url: str) -> StartedPayment:
        self.calls.append("resume")
        return self._started(reference, return_url)

    def find(self, reference: str) -> FoundPayment:
        if reference not in self.payments:
            raise PaymentNotFound("The processor does not know it.")
        return self.payments[reference]

    def capture(self, reference: str, *, payment_id: PaymentId) -> FoundPayment:
        self.calls.append("capture")
        if self.payments[reference].report.finding is Finding.AUTHORISED:
            self.report(reference, Finding.CAPTURED)
        self._answer(reference)
        return self.payments[reference]

    def cancel(self, reference: str, *, payment_id: PaymentId) -> FoundPayment:
        self.calls.append("cancel")
        if self.payments[reference].report.finding is not Finding.CAPTURED:
            self.report(reference, Finding.CANCELLED)
        self._answer(reference)
        return self.payments[reference]

    def refund(self, instruction: RefundInstruction) -> FoundRefund:
        self.calls.append("refund")
        if self.refuses:
            raise PaymentRefused("The processor will not refund.")
        reference = f"re_{instruction.refund_id.hex}"
        self.refunds.setdefault(
            reference,
            FoundRefund(
                reference=reference,
                refund_id=instruction.refund_id,
                payment_reference=instruction.payment_reference,
                finding=self.refund_finding,
                amount=instruction.amount,
            ),
        )
        self._answer(reference)
        return self.refunds[reference]

    def find_refund(self, reference: str) -> FoundRefund:
        if reference not in self.refunds:
            raise RefundNotFound("The processor does not know it.")
        return self.refunds[reference]

    def refunds_since(self, since: datetime) -> tuple[FoundRefund, ...]:
        return tuple(self.refunds.values())

    def refund_by_hand(self, payment_reference: str, amount: Money) -> str:
        """Somebody gives money back on the processor's own pages."""
        reference = f"re_by_hand_{len(self.refunds) + 1}"
        self.refunds[reference] = FoundRefund(
            reference=reference,
            refund_id=None,
            payment_reference=payment_reference,
            finding=RefundFinding.SUCCEEDED,
            amount=amount,
        )
        return reference

    def report(self, reference: str, finding: Finding, **changes: Any) -> None:
        found = self.payments[reference]
        report = evolve(found.report, finding=finding, **changes)
        self.payments[reference] = evolve(found, report=report)

    def report_refund(self, reference: str, finding: RefundFinding) -> None:
        self.refunds[reference] = evolve(self.refunds[reference], finding=finding)

    def _started(self, reference: str, return_url: str) -> StartedPayment:
        return StartedPayment(
            reference=reference,
            redirect_url=f"https://pay.test/{reference}?return_url={return_url}",
            client_secret=f"{reference}_secret",
        )

    def _answer(self, reference: str) -> None:
        if self.overtakes is not None:
            overtakes, self.overtakes = self.overtakes, None
            overtakes(reference)
        if self.silent:
            self.silent = False
            raise PaymentOutcomeUnknown("The processor does not answer.")
