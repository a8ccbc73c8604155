"""
Money goes back: exactly as quoted, and every leg of it comes back if it fails.
"""

from datetime import timedelta

import pytest

from application.payments.ports import PaymentOutcomeUnknown
from application.shared.access import SYSTEM, AccessDenied
from domain.ledger.chart import (
    COMMISSION,
    GOODWILL,
    PATIENT_FUNDS,
    PLATFORM_FEE,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_pending,
)
from domain.payments.events import RefundFailed, RefundSucceeded
from domain.payments.payment import Finding, PaymentStatus
from domain.payments.refund import (
    Bearer,
    MalformedRefund,
    NothingToRefund,
    QuoteExpired,
    QuoteNoLongerTrue,
    RefundFinding,
)
from domain.shared.ids import RefundId
from domain.shared.money import Money
from tests.fakes.money import A_PHYSICIAN, CONSULTATION, FINANCE, PHYSICIAN, MoneyDesk, dollars


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.pay()
    return desk


def refund(
    desk: MoneyDesk, amount: Money | None = None, bearer: Bearer = Bearer.SHARED
) -> RefundId:
    quote = desk.quote_refund(
        actor=FINANCE, consultation_id=CONSULTATION, amount=amount, bearer=bearer
    )
    refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")
    desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    return refund_id


def fail(desk: MoneyDesk, refund_id: RefundId) -> None:
    reference = f"re_{refund_id.hex}"
    desk.processor.report_refund(reference, RefundFinding.FAILED)
    desk.refresh_refund(actor=SYSTEM, reference=reference)


def payment_status(desk: MoneyDesk) -> PaymentStatus:
    payment = desk.uow.payments.of_consultation(CONSULTATION)
    assert payment is not None
    return payment.status


class TestQuote:
    def test_says_who_bears_what_and_moves_nothing(self, desk: MoneyDesk) -> None:
        desk.complete()
        entries = len(desk.uow.journal.entries)

        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)

        assert quote.amount == dollars(100)
        assert quote.shares.pending == dollars(76)
        assert quote.shares.commission == dollars(19)
        assert quote.shares.platform_fee == dollars(5)
        assert len(desk.uow.journal.entries) == entries

    def test_there_is_nothing_to_refund_before_the_capture(self, desk: MoneyDesk) -> None:
        with pytest.raises(NothingToRefund):
            desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)

    def test_more_than_was_paid_is_refused(self, desk: MoneyDesk) -> None:
        desk.complete()

        with pytest.raises(NothingToRefund):
            desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(101))

    def test_another_currency_is_refused(self, desk: MoneyDesk) -> None:
        desk.complete()

        with pytest.raises(MalformedRefund):
            desk.quote_refund(
                actor=FINANCE, consultation_id=CONSULTATION, amount=Money.of(100, "USD")
            )

    def test_is_for_staff(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.quote_refund(actor=A_PHYSICIAN, consultation_id=CONSULTATION)


class TestRefundPayment:
    def test_posts_exactly_what_was_quoted(self, desk: MoneyDesk) -> None:
        desk.complete()

        refund(desk)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(COMMISSION) == dollars(0)
        assert desk.balance(PLATFORM_FEE) == dollars(0)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(0)
        assert payment_status(desk) is PaymentStatus.REFUNDED

    def test_is_refused_when_somebody_would_bear_something_else(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.clock.pass_by(timedelta(days=2) - timedelta(minutes=5))
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)
        desk.clock.pass_by(timedelta(minutes=10))
        desk.mature_earnings(actor=SYSTEM)

        with pytest.raises(QuoteNoLongerTrue):
            desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")

    def test_is_refused_when_the_quote_is_old(self, desk: MoneyDesk) -> None:
        desk.complete()
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)
        desk.clock.pass_by(timedelta(minutes=30))

        with pytest.raises(QuoteExpired):
            desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")

    def test_taking_a_quote_twice_is_one_refund(self, desk: MoneyDesk) -> None:
        desk.complete()
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)

        refund_ids = {
            desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="twice")
            for _ in range(2)
        }

        assert len(refund_ids) == 1
        assert len(desk.uow.refunds.all()) == 1

    def test_several_partial_refunds_give_back_every_cent_and_no_more(
        self, desk: MoneyDesk
    ) -> None:
        desk.complete()
        for amount in (dollars(33, 33), dollars(33, 33), dollars(33, 34)):
            refund(desk, amount)

        with pytest.raises(NothingToRefund):
            desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(0)
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert payment_status(desk) is PaymentStatus.REFUNDED

    def test_what_was_paid_out_becomes_a_debt(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)
        desk.be_payable()
        desk.request(dollars(50))

        refund(desk)

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(0)
        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(50)

    def test_the_platform_can_bear_the_physicians_part(self, desk: MoneyDesk) -> None:
        desk.complete()

        refund(desk, bearer=Bearer.PLATFORM)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
        assert desk.balance(GOODWILL) == dollars(76)

    def test_a_debt_is_recovered_from_later_earnings_up_to_the_agreed_share(
        self, desk: MoneyDesk
    ) -> None:
        desk.complete()
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)
        desk.be_payable()
        desk.request(dollars(76))
        refund(desk)

        desk.earn(5)

        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(38)
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(38)

    def test_a_recovered_debt_is_owed_back_when_the_refund_fails(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)
        desk.be_payable()
        desk.request(dollars(76))
        refund_id = refund(desk)
        desk.earn(5)

        fail(desk, refund_id)

        assert desk.balance(physician_debt(PHYSICIAN)) == dollars(0)
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert sum(lot.remaining.minor for lot in desk.uow.lots.all()) == dollars(76).minor


class TestSubmitRefund:
    def test_a_lost_answer_is_asked_for_again_and_gives_back_once(self, desk: MoneyDesk) -> None:
        desk.complete()
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)
        refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="x")
        desk.processor.silent = True
        with pytest.raises(PaymentOutcomeUnknown):
            desk.submit_refund(actor=SYSTEM, refund_id=refund_id)

        desk.clock.pass_by(timedelta(hours=1))
        desk.sweep_refunds(actor=SYSTEM)
        desk.submit_refund(actor=SYSTEM, refund_id=refund_id)

        assert len(desk.processor.refunds) == 1
        assert len(desk.uow.events_of(RefundSucceeded)) == 1

    def test_a_refusal_puts_everything_back(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.processor.refuses = True

        refund(desk)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(100)
        assert payment_status(desk) is PaymentStatus.CAPTURED


class TestRefreshRefund:
    def test_a_refund_that_fails_after_success_is_undone_leg_by_leg(self, desk: MoneyDesk) -> None:
        desk.complete()
        refund_id = refund(desk)

        for _ in range(3):
            fail(desk, refund_id)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
        assert desk.balance(COMMISSION) == dollars(19)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(100)
        assert desk.uow.lots.all()[0].remaining == dollars(76)
        assert len(desk.uow.events_of(RefundFailed)) == 1
        assert payment_status(desk) is PaymentStatus.CAPTURED

    def test_what_matured_in_between_is_available_afterwards(self, desk: MoneyDesk) -> None:
        desk.complete()
        refund_id = refund(desk)
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)

        fail(desk, refund_id)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)

    def test_a_pending_refund_succeeds_later(self, desk: MoneyDesk) -> None:
        desk.complete()
        desk.processor.refund_finding = RefundFinding.PENDING
        refund_id = refund(desk)
        assert payment_status(desk) is PaymentStatus.CAPTURED

        desk.processor.report_refund(f"re_{refund_id.hex}", RefundFinding.SUCCEEDED)
        desk.clock.pass_by(timedelta(hours=1))
        desk.sweep_refunds(actor=SYSTEM)

        assert payment_status(desk) is PaymentStatus.REFUNDED

    def test_before_delivery_the_patients_own_money_goes_back(self, desk: MoneyDesk) -> None:
        desk.processor.report(desk.reference(), Finding.CAPTURED)
        desk.refresh_payment(actor=SYSTEM, reference=desk.reference())

        refund(desk)

        assert desk.balance(PATIENT_FUNDS) == dollars(0)
        assert desk.balance(PROCESSOR_CLEARING) == dollars(0)
