"""
Disputes in memory, and cardholders' banks that a test directs.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import define, evolve, field

from application.payments.dispute_ports import FoundDispute, ServiceFact
from application.payments.ports import PaymentOutcomeUnknown, PaymentRefused
from domain.payments.dispute import (
    Dispute,
    DisputeFinding,
    DisputeNotFound,
    DisputeReport,
    DisputeStatus,
    Movement,
)
from domain.payments.evidence import Evidence
from domain.shared.ids import ConsultationId, DisputeId, PaymentId
from domain.shared.money import Money
from tests.fakes.aggregates import Aggregates, Collector
from tests.fakes.clock import MONDAY_NOON

_FEE_MINOR = 1500
_WAITS = (DisputeFinding.NEEDS_RESPONSE, DisputeFinding.UNDER_REVIEW)


@define(eq=False)
class InMemoryDisputes:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, dispute: Dispute) -> None:
        self._store.put(dispute.id, dispute)

    def get(self, dispute_id: DisputeId) -> Dispute:
        found: Dispute | None = self._store.find(dispute_id)
        if found is None:
            raise DisputeNotFound("There is no such dispute.")
        return found

    def save(self, dispute: Dispute) -> None:
        self._store.put(dispute.id, dispute)

    def by_reference(self, reference: str) -> Dispute | None:
        return next((each for each in self.all() if each.reference == reference), None)

    def of_payment(self, payment_id: PaymentId) -> tuple[Dispute, ...]:
        return tuple(each for each in self.all() if each.payment_id == payment_id)

    def known(self, references: Collection[str]) -> frozenset[str]:
        return frozenset(each.reference for each in self.all() if each.reference in references)

    def to_refresh(
        self, *, checked_before: datetime, ended_after: datetime, limit: int
    ) -> tuple[str, ...]:
        waiting = sorted(
            (each.checked_at or each.opened_at, each.reference)
            for each in self.all()
            if (each.checked_at or each.opened_at) < checked_before
            and (each.is_open or (each.ended_at is not None and each.ended_at > ended_after))
        )
        return tuple(reference for _, reference in waiting[:limit])

    def with_deadline(self, *, due_before: datetime, limit: int) -> tuple[DisputeId, ...]:
        waiting = sorted(
            (each.evidence_due_at, each.id)
            for each in self.all()
            if each.status is DisputeStatus.NEEDS_RESPONSE
            and each.evidence_due_at is not None
            and each.evidence_due_at <= due_before
        )
        return tuple(dispute_id for _, dispute_id in waiting[:limit])

    def all(self) -> list[Dispute]:
        return sorted(self._store.all(), key=lambda each: each.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class KnownServices:
    """What was done in consultations, as a test says."""

    done: dict[UUID, list[ServiceFact]] = field(factory=dict)

    def of(self, consultation_id: ConsultationId) -> Sequence[ServiceFact]:
        return self.done.get(consultation_id, [])


@define(eq=False)
class InMemoryBank:
    """
    The banks behind the cards, as the processor tells of them.

    Args:
        silent: It does what it was asked, and its answer is lost; strikes once.
    """

    disputes: dict[str, FoundDispute] = field(factory=dict)
    answers: list[Evidence] = field(factory=list)
    silent: bool = False

    def find_dispute(self, reference: str) -> FoundDispute:
        if reference not in self.disputes:
            raise DisputeNotFound("The processor does not know it.")
        return self.disputes[reference]

    def disputes_since(self, since: datetime) -> tuple[FoundDispute, ...]:
        return tuple(self.disputes.values())

    def answer(
        self, reference: str, evidence: Evidence, *, dispute_id: DisputeId, inquiry: bool
    ) -> FoundDispute:
        found = self.find_dispute(reference)
        if found.report.finding not in _WAITS:
            raise PaymentRefused("It takes no more evidence.")
        self.answers.append(evidence)
        self.change(reference, finding=DisputeFinding.UNDER_REVIEW, evidence_sent=True)
        if self.silent:
            self.silent = False
            raise PaymentOutcomeUnknown("The processor does not answer.")
        return self.disputes[reference]

    def open(self, payment_reference: str, amount: Money, *, inquiry: bool = False) -> str:
        """A bank disputes a payment; unless it only asks, the money goes at once."""
        reference = f"du_{len(self.disputes) + 1}"
        self.disputes[reference] = FoundDispute(
            reference=reference,
            payment_reference=payment_reference,
            report=DisputeReport(
                finding=DisputeFinding.NEEDS_RESPONSE,
                amount=amount,
                reason="fraudulent",
                inquiry=inquiry,
                evidence_due_at=MONDAY_NOON + timedelta(days=30),
                evidence_sent=False,
                movements=(),
            ),
        )
        if not inquiry:
            self.withdraw(reference)
        return reference

    def withdraw(self, reference: str) -> None:
        """The money is taken, with a fee."""
        self._move(reference, -1, _FEE_MINOR)

    def reinstate(self, reference: str) -> None:
        """The money is given back; the fee is not."""
        self._move(reference, 1, 0)

    def win(self, reference: str) -> None:
        self.change(reference, finding=DisputeFinding.WON)
        self.reinstate(reference)

    def lose(self, reference: str) -> None:
        self.change(reference, finding=DisputeFinding.LOST)

    def change(self, reference: str, **changes: Any) -> None:
        found = self.disputes[reference]
        self.disputes[reference] = evolve(found, report=evolve(found.report, **changes))

    def _move(self, reference: str, sign: int, fee: int) -> None:
        report = self.disputes[reference].report
        movement = Movement(
            reference=f"txn_{reference}_{len(report.movements) + 1}",
            amount=Money(sign * report.amount.minor, report.amount.currency),
            fee=Money(fee, report.amount.currency),
        )
        self.change(reference, movements=(*report.movements, movement))
