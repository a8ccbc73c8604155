"""
Whatever happens, in whatever order and however often: no cent is lost, made, or counted twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from application.ledger.books import Break, Check, VerifyBooks
from application.ledger.holds import PlaceHold, ReleaseDueHolds, ReleaseHold
from application.payments.ports import PaymentOutcomeUnknown, Stage
from application.shared.access import SYSTEM
from domain.ledger.chart import (
    PAYOUTS_IN_TRANSIT,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_held,
    wallet_pending,
)
from domain.ledger.hold import HoldCategory
from domain.payments.dispute import DisputeFinding
from domain.payments.payment import Finding
from domain.payments.refund import Bearer, RefundFinding, RefundStatus
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import ConsultationId, HoldId, PayoutId, to_wire
from domain.shared.money import Money, total
from domain.shared.period import Period
from domain.wallets.statement import MovementKind, check_parts
from domain.wallets.wallet import WalletPolicy
from tests.fakes.books import FakeVendorBooks, InMemoryBooks
from tests.fakes.money import (
    A_PHYSICIAN,
    AUD,
    FINANCE,
    PHYSICIAN,
    SECOND_FINANCE,
    MoneyDesk,
    a_consultation,
)
from tests.fakes.statements import InMemoryStatements

_GONE = (PayoutStatus.SUBMITTED, PayoutStatus.PAID)
_AWAITING = PayoutStatus.AWAITING_APPROVAL
_FAILED_REFUND = RefundStatus.FAILED
_OPEN = (DisputeFinding.NEEDS_RESPONSE, DisputeFinding.UNDER_REVIEW)
_VENDORS = Check.VENDOR_BOOKS_AGREE

_PAID, _FAILED = TransferFinding.PAID, TransferFinding.FAILED
_WAYS = [(), (_PAID,), (_PAID,), (_FAILED,), (_PAID, _FAILED), (TransferFinding.STUCK, _PAID)]


class MoneyMachine(RuleBasedStateMachine):
    consultations: Bundle[ConsultationId] = Bundle("consultations")

    @initialize()
    def open(self) -> None:
        self.desk = MoneyDesk(policy=WalletPolicy(approval_above=100))
        self.desk.be_payable()
        self.number = 100
        self.statements = InMemoryStatements(self.desk.uow)
        self.cuts: list[datetime] = []

    @rule(target=consultations, how_far=st.integers(0, 5))
    def one_comes_so_far(self, how_far: int) -> ConsultationId:
        self.number += 1
        consultation_id = a_consultation(ConsultationId(UUID(int=self.number))).consultation_id
        self.desk.consultations.put(a_consultation(consultation_id))
        self.desk.start(consultation_id)
        if how_far >= 1:
            self.desk.report_payment(Finding.AUTHORISED, consultation_id)
        if how_far == 2:
            self.desk.report_payment(Finding.CAPTURED, consultation_id)
        if how_far >= 3:
            self.desk.complete(consultation_id)
        if how_far >= 4:
            self.desk.clock.pass_by(timedelta(days=2))
            self.desk.mature_earnings(actor=SYSTEM)
        return consultation_id

    @rule(consultation_id=consultations)
    def the_patient_pays(self, consultation_id: ConsultationId) -> None:
        reference = self.desk.reference(consultation_id)
        if self.desk.processor.payments[reference].report.finding is Finding.UNPAID:
            self.desk.processor.report(reference, Finding.AUTHORISED)

    @rule(consultation_id=consultations)
    def a_webhook_comes(self, consultation_id: ConsultationId) -> None:
        self.desk.refresh_payment(actor=SYSTEM, reference=self.desk.reference(consultation_id))

    @rule(consultation_id=consultations, lost=st.booleans())
    def it_is_completed(self, consultation_id: ConsultationId, lost: bool) -> None:  # noqa: FBT001
        billed = self.desk.consultations.billed[consultation_id]
        payment = self.desk.uow.payments.of_consultation(consultation_id)
        if billed.stage is Stage.CANCELLED or payment is None or payment.status == "pending":
            return
        self.desk.processor.silent = lost
        self._tolerantly(lambda: self.desk.complete(consultation_id))
        self.desk.processor.silent = False

    @rule(consultation_id=consultations, ours=st.booleans())
    def it_is_cancelled(self, consultation_id: ConsultationId, ours: bool) -> None:  # noqa: FBT001
        if self.desk.consultations.billed[consultation_id].stage is Stage.COMPLETED:
            return
        self.desk.consultations.change(
            consultation_id, stage=Stage.CANCELLED, full_refund=ours, physician_id=PHYSICIAN
        )
        self.desk.refund_when_cancelled(actor=SYSTEM, consultation_id=consultation_id)

    @rule(
        consultation_id=consultations,
        minor=st.integers(1, 10_000),
        bearer=st.sampled_from(list(Bearer)),
    )
    def it_is_refunded(self, consultation_id: ConsultationId, minor: int, bearer: Bearer) -> None:
        def refund() -> None:
            quote = self.desk.quote_refund(
                actor=FINANCE,
                consultation_id=consultation_id,
                amount=Money(max(minor, 1), AUD),
                bearer=bearer,
            )
            refund_id = self.desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="x")
            self.desk.submit_refund(actor=SYSTEM, refund_id=refund_id)

        self._tolerantly(refund)

    @rule(finding=st.sampled_from([RefundFinding.SUCCEEDED, RefundFinding.PENDING]))
    def refunds_are_sent(self, finding: RefundFinding) -> None:
        self.desk.processor.refund_finding = finding
        for refund in self.desk.uow.refunds.all():
            self.desk.submit_refund(actor=SYSTEM, refund_id=refund.id)

    @rule(pick=st.integers(0, 50))
    def a_refund_fails(self, pick: int) -> None:
        references = sorted(self.desk.processor.refunds)
        if not references:
            return
        reference = references[pick % len(references)]
        self.desk.processor.report_refund(reference, RefundFinding.FAILED)
        self.desk.refresh_refund(actor=SYSTEM, reference=reference)

    @rule(days=st.integers(0, 3))
    def time_passes(self, days: int) -> None:
        self.desk.clock.pass_by(timedelta(days=days))
        self.desk.mature_earnings(actor=SYSTEM)

    @rule(minor=st.integers(100, 20_000))
    def a_payout_is_asked_for(self, minor: int) -> None:
        self._tolerantly(lambda: self.desk.request(Money(minor, AUD)))

    @rule(
        percent=st.sampled_from([1, 40, 100]),
        findings=st.sampled_from(_WAYS),
    )
    def part_of_the_wallet_is_paid_out(
        self, percent: int, findings: tuple[TransferFinding, ...]
    ) -> None:
        part = self.desk.balance(wallet_available(PHYSICIAN)).minor * percent // 100

        def pay_out() -> None:
            payout_id = self.desk.request(Money(part, AUD))
            self.large_payouts_are_decided(agree=True)
            self.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
            reference = self.desk.uow.payouts.get(payout_id).reference
            assert reference is not None
            for finding in findings:
                self.desk.vendor.report(reference, finding, fee=Money(25, AUD))
                self.desk.refresh_payout(actor=SYSTEM, reference=reference)

        self._tolerantly(pay_out)

    @rule(
        fault=st.sampled_from(["none", "silent", "deaf"]),
        rejects=st.sampled_from([None, *PayoutFailure]),
    )
    def payouts_are_sent(self, fault: str, rejects: PayoutFailure | None) -> None:
        self.desk.vendor.silent = fault == "silent"
        self.desk.vendor.deaf = fault == "deaf"
        self.desk.vendor.rejects = rejects
        for payout in self.desk.uow.payouts.all():
            self.desk.submit_payout(actor=SYSTEM, payout_id=payout.id)
        self.desk.vendor.silent = self.desk.vendor.deaf = False
        self.desk.vendor.rejects = None

    @rule(pick=st.integers(0, 50), finding=st.sampled_from(list(TransferFinding)))
    def a_transfer_moves(self, pick: int, finding: TransferFinding) -> None:
        references = sorted(self.desk.vendor.transfers)
        if not references:
            return
        reference = references[pick % len(references)]
        now = self.desk.vendor.transfers[reference].finding
        if now is _PAID:
            finding = _FAILED  # All that can still happen to it: the bank sends it back.
        if now is not _FAILED:
            self.desk.vendor.report(reference, finding, fee=Money(25, AUD))
        self.desk.refresh_payout(actor=SYSTEM, reference=reference)

    @rule(pick=st.integers(0, 50))
    def a_payout_is_cancelled(self, pick: int) -> None:
        payouts = self.desk.uow.payouts.all()
        if payouts:
            payout_id = payouts[pick % len(payouts)].id
            self._tolerantly(
                lambda: self.desk.cancel_payout(actor=A_PHYSICIAN, payout_id=payout_id)
            )

    @rule(
        pick=st.integers(0, 50),
        minor=st.integers(1, 10_000),
        inquiry=st.sampled_from([False, False, False, True]),
    )
    def a_payment_is_disputed(self, pick: int, minor: int, inquiry: bool) -> None:  # noqa: FBT001
        disputed = {found.payment_reference for found in self.desk.bank.disputes.values()}
        payments = [p for p in self.desk.uow.payments.all() if p.is_taken]
        free = sorted(str(p.reference) for p in payments if p.reference not in disputed)
        if free:
            paid = free[pick % len(free)]
            reference = self.desk.bank.open(paid, Money(minor, AUD), inquiry=inquiry)
            self.desk.refresh_dispute(actor=SYSTEM, reference=reference)

    @rule(pick=st.integers(0, 50), how=st.sampled_from(["won", "lost", "moved"]))
    def a_dispute_moves(self, pick: int, how: str) -> None:
        """It is decided, money moves meanwhile, and decisions are overturned."""
        bank, known = self.desk.bank, sorted(self.desk.bank.disputes)
        if not known or bank.disputes[known[pick % len(known)]].report.inquiry:
            return
        reference = known[pick % len(known)]
        report = bank.disputes[reference].report
        away = sum(movement.amount.minor for movement in report.movements) < 0
        if how == "moved" and report.finding in _OPEN:
            (bank.reinstate if away else bank.withdraw)(reference)
        if how == "won" and report.finding is not DisputeFinding.WON:
            bank.change(reference, finding=DisputeFinding.WON)
            if away:
                bank.reinstate(reference)
        if how == "lost" and report.finding is not DisputeFinding.LOST:
            if not away:
                bank.withdraw(reference)
            bank.lose(reference)
        self.desk.refresh_dispute(actor=SYSTEM, reference=reference)

    @rule(minor=st.integers(1, 8_000))
    def money_is_held(self, minor: int) -> None:
        place = PlaceHold(*self.desk.core, self.desk.ids)
        self._tolerantly(
            lambda: place(
                actor=FINANCE,
                physician_id=PHYSICIAN,
                amount=Money(minor, AUD),
                category=HoldCategory.UNUSUAL_ACTIVITY,
                review_until=self.desk.clock.now() + timedelta(days=3),
                reason="x",
            )
        )

    @rule(pick=st.integers(0, 50))
    def a_hold_is_released(self, pick: int) -> None:
        holds = sorted(self.desk.uow.holds.all())
        if holds:
            hold_id = HoldId(holds[pick % len(holds)])
            release = ReleaseHold(*self.desk.core)
            self._tolerantly(lambda: release(actor=FINANCE, hold_id=hold_id, reason="x"))

    @rule(agree=st.booleans())
    def large_payouts_wait_for_two_people(self, agree: bool) -> None:  # noqa: FBT001
        self.large_payouts_are_decided(agree=agree)

    def large_payouts_are_decided(self, *, agree: bool) -> None:
        waiting = (p for p in self.desk.uow.payouts.all() if p.status is _AWAITING)
        for payout_id in [payout.id for payout in waiting]:
            if not agree:
                self.desk.decline_payout(actor=FINANCE, payout_id=payout_id, reason="x")
                continue
            for actor in (FINANCE, SECOND_FINANCE):
                self.desk.approve_payout(actor=actor, payout_id=payout_id)

    @rule()
    def a_statement_is_made(self) -> None:
        self.desk.clock.pass_by(timedelta(seconds=1))
        self.cuts.append(self.desk.clock.now())

    @rule()
    def everything_is_swept(self) -> None:
        self.desk.clock.pass_by(timedelta(hours=1))
        for sweep in (
            self.desk.sweep_payouts,
            self.desk.sweep_payments,
            self.desk.sweep_refunds,
            self.desk.sweep_disputes,
            ReleaseDueHolds(*self.desk.core),
        ):
            sweep(actor=SYSTEM)
        assert self.broken() == []

    def broken(self) -> list[tuple[Break, ...]]:
        desk = self.desk
        vendors = FakeVendorBooks(desk.processor, desk.bank, desk.vendor)
        verified = VerifyBooks(InMemoryBooks(desk.uow, AUD), vendors, desk.clock)(actor=FINANCE)
        return [each.breaks for each in verified.results if not each.holds]

    @invariant()
    def the_books_hold(self) -> None:
        """The vendors may know more than we do until they are asked; nothing else may differ."""
        told = [breaks for breaks in self.broken() if breaks[0].check is not _VENDORS]
        assert told == []

    @invariant()
    def the_physician_has_what_was_earned_and_not_taken_back(self) -> None:
        uow = self.desk.uow
        earned = _sum(p.delivery.split.earning for p in uow.payments.all() if p.delivery)
        lost = [each.shares for each in uow.disputes.all() if each.shares]
        refunded = [each.shares for each in uow.refunds.all() if each.status is not _FAILED_REFUND]
        taken = _sum(each.pending + each.available + each.debt for each in [*lost, *refunded])
        gone = _sum(p.amount for p in uow.payouts.all() if p.status in _GONE)
        wallets = (wallet_pending, wallet_available, wallet_held)
        has = _sum(self.desk.balance(wallet(PHYSICIAN)) for wallet in wallets)
        assert has - self.desk.balance(physician_debt(PHYSICIAN)) == earned - taken - gone

    @invariant()
    def the_processor_holds_what_was_paid_and_not_given_back(self) -> None:
        paid = _sum(p.amount for p in self.desk.uow.payments.all() if p.is_taken)
        refunded = _sum(
            refund.amount
            for refund in self.desk.uow.refunds.all()
            if refund.status is not RefundStatus.FAILED
        )
        movements = [m for each in self.desk.uow.disputes.all() for m in each.movements]
        disputed = _sum(movement.amount - movement.fee for movement in movements)
        assert self.desk.balance(PROCESSOR_CLEARING) == paid - refunded + disputed

    @invariant()
    def the_vendor_has_one_transfer_for_each_attempt(self) -> None:
        sent = self.desk.vendor.submitted
        for payout in self.desk.uow.payouts.all():
            made = [a for a in payout.attempts if f"tr_{a.id.hex}" in self.desk.vendor.transfers]
            assert len(made) <= 1
        assert len(set(self.desk.vendor.transfers)) <= len(set(sent))

    def teardown(self) -> None:
        if hasattr(self, "cuts"):
            self._statements_chain()
            self._payouts_are_stated_by_their_parts()

    def _statements_chain(self) -> None:
        """Opening and lines lead to closing, and each closing is the next one's opening."""
        self.desk.clock.pass_by(timedelta(days=40))
        ends = sorted({*self.cuts, self.desk.clock.now()})
        first = ends[0] - timedelta(days=4000)
        standing = None
        for start_at, end_at in pairwise([first, *ends]):
            period = Period(start_at, end_at)
            statement, withdrawals = self.statements.statement(PHYSICIAN, AUD, period)
            statement.check()
            net = _sum(movement.net for movement, _ in statement.lines)
            assert statement.opening.owed + net == statement.closing.owed
            assert standing in (None, statement.opening)
            standing = statement.closing
            for movement in statement.of(MovementKind.PAYOUT):
                paid = (w.amount for w in withdrawals if _wire(w.payout_id) == movement.cause)
                assert _sum(paid) == -movement.net
        assert standing is not None
        assert standing.available == self.desk.balance(wallet_available(PHYSICIAN))
        assert standing.in_transit == self.desk.balance(PAYOUTS_IN_TRANSIT)
        assert standing.debt == self.desk.balance(physician_debt(PHYSICIAN))

    def _payouts_are_stated_by_their_parts(self) -> None:
        for payout in self.desk.uow.payouts.all():
            stated = self.statements.payout(payout.id)
            assert stated is not None
            check_parts(stated.parts, payout.amount)

    def _tolerantly(self, deed: object) -> None:
        """A refusal is an answer; whatever it left behind is checked by the invariants."""
        assert callable(deed)
        self.refusals = getattr(self, "refusals", 0)
        try:
            deed()
        except (Conflict, NotFound, PaymentOutcomeUnknown):
            self.refusals += 1


def _wire(payout_id: PayoutId) -> str:
    return to_wire("payout", payout_id)


def _sum(amounts: Iterable[Money]) -> Money:
    return total(tuple(amounts), AUD)


TestMoneyMachine = MoneyMachine.TestCase
TestMoneyMachine.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
