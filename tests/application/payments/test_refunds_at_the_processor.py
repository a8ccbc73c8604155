"""
Refunds that were made at the processor: found by a message or by asking, booked once.
"""

from datetime import timedelta

import pytest

from application.payments.review import UnfitNote
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.ledger.chart import (
    COMMISSION,
    DISPUTE_FEES,
    GOODWILL,
    PATIENT_FUNDS,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_pending,
)
from domain.payments.payment import (
    NothingToReview,
    Payment,
    PaymentMoved,
    PaymentStatus,
    RefundExceedsPayment,
)
from domain.payments.refund import RefundFinding, RefundStatus
from domain.shared.money import Money
from tests.fakes.money import A_PHYSICIAN, CONSULTATION, FINANCE, PHYSICIAN, MoneyDesk, dollars


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.pay()
    return desk


def payment(desk: MoneyDesk) -> Payment:
    found = desk.uow.payments.of_consultation(CONSULTATION)
    assert found is not None
    return found


def by_hand(desk: MoneyDesk, amount: Money) -> str:
    return desk.processor.refund_by_hand(desk.reference(), amount)


def hear(desk: MoneyDesk, reference: str) -> None:
    desk.refresh_refund(actor=SYSTEM, reference=reference)


def statuses(desk: MoneyDesk) -> list[RefundStatus]:
    return [each.status for each in desk.uow.refunds.all()]


class TestTakenOver:
    def test_is_booked_once_borne_as_agreed_and_shown_to_staff(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = by_hand(desk, dollars(50))

        for _ in range(3):
            hear(desk, reference)

        assert desk.balance(PROCESSOR_CLEARING) == dollars(50)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(38)
        assert desk.balance(COMMISSION) == dollars(9, 50)
        assert statuses(desk) == [RefundStatus.SUCCEEDED]
        assert payment(desk).review == "refunded_at_the_processor"
        assert payment(desk).status is PaymentStatus.PARTIALLY_REFUNDED

    def test_after_the_payout_is_a_debt(self, desk: MoneyDesk) -> None:
        desk.be_payable()
        desk.complete()
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)
        desk.request(dollars(76))

        hear(desk, by_hand(desk, dollars(100)))

        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(76)

    def test_before_our_own_record_of_the_capture_is_tried_again(self, desk: MoneyDesk) -> None:
        reference = by_hand(desk, dollars(50))

        with pytest.raises(PaymentMoved):
            hear(desk, reference)

        assert statuses(desk) == []

    def test_beside_one_of_ours_both_are_booked(self, desk: MoneyDesk) -> None:
        desk.complete()
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(60))
        refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        hear(desk, by_hand(desk, dollars(40)))
        desk.submit_refund(actor=SYSTEM, refund_id=refund_id)

        assert desk.balance(PROCESSOR_CLEARING) == dollars(0)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert payment(desk).status is PaymentStatus.REFUNDED

    def test_beyond_what_our_books_have_left_goes_to_a_person(self, desk: MoneyDesk) -> None:
        desk.complete()
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(60))
        refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        reference = by_hand(desk, dollars(100))

        with pytest.raises(RefundExceedsPayment):
            hear(desk, reference)

        assert payment(desk).review == "refunded_beyond_our_books"
        # Ours is refused there, because all of it is gone: then theirs has room.
        desk.processor.refuses = True
        desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
        hear(desk, reference)
        assert sorted(statuses(desk)) == [RefundStatus.FAILED, RefundStatus.SUCCEEDED]
        assert desk.balance(PROCESSOR_CLEARING) == dollars(0)

    def test_an_unknown_status_goes_to_a_person(self, desk: MoneyDesk) -> None:
        desk.complete()
        reference = by_hand(desk, dollars(50))
        hear(desk, reference)
        desk.processor.report_refund(reference, RefundFinding.UNRECOGNISED)

        hear(desk, reference)

        assert payment(desk).review == "unrecognised_refund_status"
        assert statuses(desk) == [RefundStatus.SUCCEEDED]


class TestTogetherWithADispute:
    def test_refunded_first_only_the_rest_is_lost(self, desk: MoneyDesk) -> None:
        desk.complete()
        hear(desk, by_hand(desk, dollars(40)))
        reference = desk.bank.open(desk.reference(), dollars(60))
        desk.bank.lose(reference)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(DISPUTE_FEES) == dollars(15)
        assert desk.balance(PROCESSOR_CLEARING) == -dollars(15)

    def test_told_of_the_dispute_first_the_earlier_refund_is_still_booked(
        self, desk: MoneyDesk
    ) -> None:
        desk.complete()
        refunded = by_hand(desk, dollars(40))
        reference = desk.bank.open(desk.reference(), dollars(60))
        desk.refresh_dispute(actor=SYSTEM, reference=reference)
        hear(desk, refunded)
        desk.bank.lose(reference)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(DISPUTE_FEES) == dollars(15)
        assert desk.balance(PROCESSOR_CLEARING) == -dollars(15)

    def test_of_all_of_it_nobody_gives_back_more_than_they_earned(self, desk: MoneyDesk) -> None:
        """Both took everything: what goes beyond the payment is ours to bear."""
        desk.complete()
        refunded = by_hand(desk, dollars(100))
        reference = desk.bank.open(desk.reference(), dollars(100))
        desk.refresh_dispute(actor=SYSTEM, reference=reference)
        hear(desk, refunded)
        desk.bank.lose(reference)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(0)
        assert desk.balance(COMMISSION) == dollars(0)
        assert desk.balance(DISPUTE_FEES) == dollars(15)
        assert desk.balance(GOODWILL) == dollars(100)
        assert desk.balance(PROCESSOR_CLEARING) == -dollars(115)


class TestSweep:
    def test_finds_one_of_which_nobody_told(self, desk: MoneyDesk) -> None:
        desk.complete()
        by_hand(desk, dollars(50))

        for _ in range(2):
            desk.sweep_refunds(actor=SYSTEM)

        assert statuses(desk) == [RefundStatus.SUCCEEDED]
        assert desk.balance(PROCESSOR_CLEARING) == dollars(50)

    def test_leaves_refunds_of_other_businesses_alone(self, desk: MoneyDesk) -> None:
        desk.processor.refund_by_hand("pi_of_another_business", dollars(5))

        desk.sweep_refunds(actor=SYSTEM)

        assert statuses(desk) == []

    def test_leaves_what_was_let_go_before_a_capture_alone(self, desk: MoneyDesk) -> None:
        by_hand(desk, dollars(100))

        assert desk.sweep_refunds(actor=SYSTEM) == 1
        assert statuses(desk) == []

    def test_notices_that_a_finished_one_came_back(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)
        reference = by_hand(desk, dollars(100))
        hear(desk, reference)
        desk.processor.report_refund(reference, RefundFinding.FAILED)

        desk.clock.pass_by(timedelta(days=1))
        desk.sweep_refunds(actor=SYSTEM)

        assert statuses(desk) == [RefundStatus.FAILED]
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(100)

    def test_what_does_not_fit_does_not_hold_up_the_others(self, desk: MoneyDesk) -> None:
        desk.complete()
        by_hand(desk, dollars(101))
        by_hand(desk, dollars(10))

        desk.sweep_refunds(actor=SYSTEM)

        assert desk.balance(PROCESSOR_CLEARING) == dollars(90)
        assert desk.balance(PATIENT_FUNDS) == dollars(0)


class TestReview:
    @pytest.fixture
    def found(self, desk: MoneyDesk) -> Payment:
        desk.complete()
        hear(desk, by_hand(desk, dollars(50)))
        return payment(desk)

    def test_ends_with_what_was_found_on_record(self, desk: MoneyDesk, found: Payment) -> None:
        desk.end_payment_review(actor=FINANCE, payment_id=found.id, note=" Asked for by phone. ")

        assert payment(desk).review is None
        assert desk.uow.audit.records[-1].action == "payment.reviewed"
        assert desk.uow.audit.records[-1].reason == "Asked for by phone."
        assert desk.uow.audit.records[-1].details == {"finding": "refunded_at_the_processor"}

    def test_ends_once(self, desk: MoneyDesk, found: Payment) -> None:
        desk.end_payment_review(actor=FINANCE, payment_id=found.id, note="Seen.")

        with pytest.raises(NothingToReview):
            desk.end_payment_review(actor=FINANCE, payment_id=found.id, note="Seen.")

    def test_the_same_that_was_seen_comes_back_with_the_next_finding(
        self, desk: MoneyDesk, found: Payment
    ) -> None:
        desk.end_payment_review(actor=FINANCE, payment_id=found.id, note="Seen.")

        hear(desk, by_hand(desk, dollars(10)))

        assert payment(desk).review == "refunded_at_the_processor"

    @pytest.mark.parametrize("note", ["", "  ", "x" * 501])
    def test_needs_words(self, desk: MoneyDesk, found: Payment, note: str) -> None:
        with pytest.raises(UnfitNote):
            desk.end_payment_review(actor=FINANCE, payment_id=found.id, note=note)

    @pytest.mark.parametrize("actor", [A_PHYSICIAN, SYSTEM])
    def test_is_for_people_of_finance(self, desk: MoneyDesk, found: Payment, actor: Actor) -> None:
        with pytest.raises(AccessDenied):
            desk.end_payment_review(actor=actor, payment_id=found.id, note="Seen.")
