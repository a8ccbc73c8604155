"""
A disputed payment moves money as the processor says, and nobody loses it twice.
"""

from datetime import timedelta

import pytest

from application.payments.ports import PaymentOutcomeUnknown, Stage
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.ledger.chart import (
    COMMISSION,
    DISPUTE_FEES,
    DISPUTED_FUNDS,
    GOODWILL,
    PATIENT_FUNDS,
    PLATFORM_FEE,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_pending,
)
from domain.payments.dispute import (
    Dispute,
    DisputeFinding,
    DisputeMoved,
    DisputeNotFound,
    DisputeStatus,
    EvidenceTooLate,
)
from domain.payments.events import (
    DisputeAnswered,
    DisputeLost,
    DisputeNeedsReview,
    DisputeOpened,
    DisputeWithdrawn,
    DisputeWon,
)
from domain.payments.evidence import Evidence, UnfitEvidence
from domain.payments.payment import Finding, PaymentMoved, PaymentNotFound
from domain.payments.refund import NothingToRefund, RefundFinding
from domain.shared.ids import RefundId
from domain.shared.money import Money
from tests.fakes.money import A_PHYSICIAN, CONSULTATION, FINANCE, PHYSICIAN, MoneyDesk, dollars

ALL = dollars(100)
EVIDENCE = Evidence(explanation="The consultation took place.", service_on="2026-03-02")


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.pay()
    return desk


def dispute(desk: MoneyDesk, amount: Money = ALL, *, inquiry: bool = False) -> str:
    reference = desk.bank.open(desk.reference(), amount, inquiry=inquiry)
    told(desk, reference)
    return reference


def told(desk: MoneyDesk, reference: str) -> None:
    desk.refresh_dispute(actor=SYSTEM, reference=reference)


def lost(desk: MoneyDesk, amount: Money = ALL) -> str:
    reference = dispute(desk, amount)
    desk.bank.lose(reference)
    told(desk, reference)
    return reference


def stored(desk: MoneyDesk, reference: str) -> Dispute:
    found = desk.uow.disputes.by_reference(reference)
    assert found is not None
    return found


def refunded(desk: MoneyDesk, amount: Money | None = None) -> RefundId:
    quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=amount)
    refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")
    desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    return refund_id


class TestOpened:
    def test_the_money_and_the_fee_leave_the_processor(self, desk: MoneyDesk) -> None:
        desk.complete()

        dispute(desk)

        assert desk.balance(DISPUTED_FUNDS) == ALL
        assert desk.balance(DISPUTE_FEES) == dollars(15)
        assert desk.balance(PROCESSOR_CLEARING) == -dollars(15)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)

    def test_being_told_ten_times_is_once(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = lost(desk)
        entries = len(desk.uow.journal.entries)

        for _ in range(10):
            told(desk, reference)

        assert len(desk.uow.journal.entries) == entries
        assert len(desk.uow.events_of(DisputeOpened)) == 1
        assert len(desk.uow.events_of(DisputeLost)) == 1

    def test_before_our_own_record_of_the_capture_is_tried_again(self, desk: MoneyDesk) -> None:
        desk.processor.report(desk.reference(), Finding.CAPTURED)

        with pytest.raises(PaymentMoved):
            dispute(desk)

        desk.refresh_payment(actor=SYSTEM, reference=desk.reference())
        told(desk, "du_1")
        assert desk.balance(DISPUTED_FUNDS) == ALL

    def test_on_a_payment_that_is_not_ours_is_refused(self, desk: MoneyDesk) -> None:
        reference = desk.bank.open("pi_other", ALL)

        with pytest.raises(PaymentNotFound):
            told(desk, reference)

    def test_that_the_processor_does_not_know_is_not_found(self, desk: MoneyDesk) -> None:
        with pytest.raises(DisputeNotFound):
            told(desk, "du_9")

    def test_that_only_asks_moves_nothing_and_forbids_nothing(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = dispute(desk, inquiry=True)

        assert desk.balance(DISPUTED_FUNDS) == dollars(0)
        refunded(desk)
        desk.bank.change(reference, finding=DisputeFinding.WITHDRAWN)
        told(desk, reference)
        assert stored(desk, reference).status is DisputeStatus.WITHDRAWN
        assert len(desk.uow.events_of(DisputeWithdrawn)) == 1

    def test_an_inquiry_can_become_a_dispute(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = dispute(desk, inquiry=True)
        desk.bank.change(reference, finding=DisputeFinding.UNDER_REVIEW)
        told(desk, reference)

        desk.bank.change(reference, finding=DisputeFinding.NEEDS_RESPONSE, inquiry=False)
        desk.bank.withdraw(reference)
        told(desk, reference)

        assert stored(desk, reference).status is DisputeStatus.NEEDS_RESPONSE
        assert desk.balance(DISPUTED_FUNDS) == ALL

    def test_in_another_currency_is_left_to_a_person(self, desk: MoneyDesk) -> None:
        desk.complete()

        dispute(desk, Money.of(10_000, "USD"))

        payment = desk.uow.payments.of_consultation(CONSULTATION)
        assert payment is not None
        assert payment.review == "dispute_in_another_currency"
        assert desk.uow.disputes.all() == []


class TestWon:
    def test_the_money_is_back_and_the_fee_is_not(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = dispute(desk)

        desk.bank.win(reference)
        told(desk, reference)

        assert stored(desk, reference).status is DisputeStatus.WON
        assert desk.balance(DISPUTED_FUNDS) == dollars(0)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(85)
        assert len(desk.uow.events_of(DisputeWon)) == 1

    def test_a_fee_that_is_given_back_is(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = dispute(desk)
        desk.bank._move(reference, 1, -1500)
        desk.bank.change(reference, finding=DisputeFinding.WON)

        told(desk, reference)

        assert desk.balance(DISPUTE_FEES) == dollars(0)
        assert desk.balance(PROCESSOR_CLEARING) == ALL

    def test_can_be_refunded_again(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = dispute(desk)
        with pytest.raises(NothingToRefund):
            refunded(desk)

        desk.bank.win(reference)
        told(desk, reference)

        refunded(desk)


class TestLost:
    def test_everybody_gives_back_their_part(self, desk: MoneyDesk) -> None:
        desk.complete()

        reference = lost(desk)

        assert desk.balance(DISPUTED_FUNDS) == dollars(0)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(COMMISSION) == dollars(0)
        assert desk.balance(PLATFORM_FEE) == dollars(0)
        assert stored(desk, reference).status is DisputeStatus.LOST

    def test_before_delivery_takes_what_nobody_had_earned(self, desk: MoneyDesk) -> None:
        desk.report_payment(Finding.CAPTURED)

        lost(desk)

        assert desk.balance(PATIENT_FUNDS) == dollars(0)
        desk.complete()
        assert desk.uow.lots.all() == []

    def test_what_is_undecided_does_not_keep_a_physician_from_earning(
        self, desk: MoneyDesk
    ) -> None:
        desk.report_payment(Finding.CAPTURED)
        reference = dispute(desk)
        desk.complete()

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
        desk.bank.lose(reference)
        told(desk, reference)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)

    def test_after_the_payout_is_a_debt(self) -> None:
        desk = MoneyDesk()
        desk.earn()
        desk.be_payable()
        payout_id = desk.request(dollars(76))
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

        lost(desk)

        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(76)

    def test_an_earlier_refund_reduces_what_is_lost(self, desk: MoneyDesk) -> None:
        desk.complete()
        refunded(desk, dollars(40))

        reference = lost(desk, dollars(60))

        assert stored(desk, reference).beyond == dollars(0)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(COMMISSION) == dollars(0)
        assert desk.balance(GOODWILL) == dollars(0)

    def test_what_goes_beyond_the_payment_is_borne_by_the_platform(self, desk: MoneyDesk) -> None:
        desk.complete()
        refunded(desk, dollars(40))

        reference = lost(desk)

        assert stored(desk, reference).beyond == dollars(40)
        assert desk.balance(GOODWILL) == dollars(40)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(0)

    def test_is_not_refunded_again(self, desk: MoneyDesk) -> None:
        desk.complete()
        lost(desk, dollars(60))

        with pytest.raises(NothingToRefund):
            refunded(desk, dollars(41))

        refunded(desk, dollars(40))
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)

    def test_a_refund_under_way_that_fails_is_not_given_twice(self, desk: MoneyDesk) -> None:
        desk.complete()
        refund_id = refunded(desk, dollars(40))
        lost(desk)

        reference = f"re_{refund_id.hex}"
        desk.processor.report_refund(reference, RefundFinding.FAILED)
        desk.refresh_refund(actor=SYSTEM, reference=reference)

        with pytest.raises(NothingToRefund):
            refunded(desk)

    def test_several_disputes_never_take_more_than_was_earned(self, desk: MoneyDesk) -> None:
        desk.complete()
        first, second = dispute(desk, dollars(60)), dispute(desk, dollars(60))
        for reference in (first, second):
            desk.bank.lose(reference)
            told(desk, reference)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(GOODWILL) == dollars(20)
        assert desk.balance(DISPUTED_FUNDS) == dollars(0)


class TestOverturned:
    def test_everybody_has_their_part_again(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = lost(desk)

        desk.bank.win(reference)
        told(desk, reference)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
        assert desk.balance(COMMISSION) == dollars(19)
        assert desk.balance(DISPUTED_FUNDS) == dollars(0)

    def test_what_matured_meanwhile_is_available(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = lost(desk)
        desk.clock.pass_by(timedelta(days=3))
        desk.mature_earnings(actor=SYSTEM)

        desk.bank.win(reference)
        told(desk, reference)

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)

    def test_reinstated_and_withdrawn_again_is_lost_again_once(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = lost(desk)
        for _ in range(2):
            desk.bank.reinstate(reference)
            told(desk, reference)
            assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
            desk.bank.withdraw(reference)
            told(desk, reference)
            assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)

        assert stored(desk, reference).losses == 3
        assert desk.balance(DISPUTED_FUNDS) == dollars(0)
        assert desk.balance(DISPUTE_FEES) == dollars(45)

    def test_an_old_report_changes_nothing(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = lost(desk)
        old = desk.bank.disputes[reference]
        desk.bank.win(reference)
        told(desk, reference)

        desk.bank.disputes[reference] = old
        told(desk, reference)

        assert stored(desk, reference).status is DisputeStatus.WON
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)

    def test_an_unknown_status_goes_to_a_person(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = dispute(desk)
        desk.bank.change(reference, finding=DisputeFinding.UNRECOGNISED)
        told(desk, reference)

        (event,) = desk.uow.events_of(DisputeNeedsReview)
        assert event.finding == "unrecognised_status"


class TestCancelledMeanwhile:
    def test_the_patient_is_not_paid_twice(self, desk: MoneyDesk) -> None:
        desk.report_payment(Finding.CAPTURED)
        dispute(desk, dollars(60))
        desk.consultations.change(CONSULTATION, stage=Stage.CANCELLED, full_refund=True)

        desk.refund_when_cancelled(actor=SYSTEM, consultation_id=CONSULTATION)

        assert [refund.amount for refund in desk.uow.refunds.all()] == [dollars(40)]
        payment = desk.uow.payments.of_consultation(CONSULTATION)
        assert payment is not None
        assert payment.review == "cancelled_while_disputed"


class TestAnswer:
    @pytest.fixture
    def opened(self, desk: MoneyDesk) -> Dispute:
        desk.complete()
        return stored(desk, dispute(desk))

    def test_is_under_review_afterwards(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.assign_dispute(actor=FINANCE, dispute_id=opened.id)
        desk.submit_evidence(actor=FINANCE, dispute_id=opened.id, evidence=EVIDENCE)

        after = stored(desk, opened.reference)
        assert after.status is DisputeStatus.UNDER_REVIEW
        assert (after.owner_id, after.evidence_sent_at) == (FINANCE.user_id, desk.clock.now())
        assert len(desk.uow.events_of(DisputeAnswered)) == 1
        assert [each.action for each in desk.uow.audit.records][-2:] == [
            "dispute.assigned",
            "dispute.answered",
        ]

    def test_an_answer_that_was_lost_is_found_by_asking(
        self, desk: MoneyDesk, opened: Dispute
    ) -> None:
        desk.bank.silent = True
        with pytest.raises(PaymentOutcomeUnknown):
            desk.submit_evidence(actor=FINANCE, dispute_id=opened.id, evidence=EVIDENCE)
        assert stored(desk, opened.reference).evidence_sent_at is None

        told(desk, opened.reference)

        assert stored(desk, opened.reference).evidence_sent_at is not None

    def test_is_given_once(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.submit_evidence(actor=FINANCE, dispute_id=opened.id, evidence=EVIDENCE)

        with pytest.raises(DisputeMoved):
            desk.submit_evidence(actor=FINANCE, dispute_id=opened.id, evidence=EVIDENCE)

    def test_after_the_time_limit_is_refused(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.clock.pass_by(timedelta(days=31))

        with pytest.raises(EvidenceTooLate):
            desk.submit_evidence(actor=FINANCE, dispute_id=opened.id, evidence=EVIDENCE)

    def test_a_decided_one_is_not_taken_on(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.bank.lose(opened.reference)
        told(desk, opened.reference)

        with pytest.raises(DisputeMoved):
            desk.assign_dispute(actor=FINANCE, dispute_id=opened.id)

    @pytest.mark.parametrize(
        "actor", [A_PHYSICIAN, SYSTEM, Actor(kind=ActorKind.MACHINE, roles=[Role.FINANCE])]
    )
    def test_is_for_people_of_finance(self, desk: MoneyDesk, opened: Dispute, actor: Actor) -> None:
        with pytest.raises(AccessDenied):
            desk.submit_evidence(actor=actor, dispute_id=opened.id, evidence=EVIDENCE)
        with pytest.raises(AccessDenied):
            desk.assign_dispute(actor=actor, dispute_id=opened.id)

    def test_nothing_is_no_evidence(self) -> None:
        with pytest.raises(UnfitEvidence):
            Evidence(explanation="  ")


class TestSweep:
    def test_finds_one_of_which_nobody_told(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.bank.open(desk.reference(), ALL)
        desk.bank.open("pi_of_somebody_else", ALL)

        desk.sweep_disputes(actor=SYSTEM)

        assert desk.balance(DISPUTED_FUNDS) == ALL

    def test_asks_about_those_that_wait_and_those_just_decided(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = lost(desk)
        assert desk.sweep_disputes(actor=SYSTEM) == 0
        desk.bank.win(reference)
        desk.clock.pass_by(timedelta(hours=1))

        assert desk.sweep_disputes(actor=SYSTEM) == 1
        assert stored(desk, reference).status is DisputeStatus.WON

    def test_is_for_the_system(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.sweep_disputes(actor=FINANCE)
