"""
Money leaves a wallet once, arrives or comes back, and is never lost track of.
"""

from datetime import timedelta

import pytest

from application.payouts.settlement import ResumePayoutsOf
from application.shared.access import SYSTEM, AccessDenied
from domain.ledger.chart import (
    PAYOUT_FEES,
    PAYOUT_FLOAT,
    PAYOUTS_IN_TRANSIT,
    wallet_available,
    wallet_held,
)
from domain.ledger.journal import InsufficientFunds
from domain.payouts.events import PayoutFailed, PayoutNeedsReview, PayoutPaid, PayoutSubmitted
from domain.payouts.failure import PayoutFailure, PayoutsPaused
from domain.payouts.payout import (
    Payout,
    PayoutMoved,
    PayoutNotFound,
    PayoutStatus,
    PayoutTooSmall,
)
from domain.payouts.payout_account import (
    BankDetailsCoolingOff,
    PayoutAccountNotReady,
    PayoutAccountStatus,
)
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import PayoutId
from domain.shared.money import Money
from tests.fakes.money import (
    A_PATIENT,
    A_PHYSICIAN,
    FINANCE,
    PHYSICIAN,
    MoneyDesk,
    a_bank,
    dollars,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.earn()
    desk.be_payable()
    return desk


def payout(desk: MoneyDesk, payout_id: PayoutId) -> Payout:
    with desk.uow as uow:
        return uow.payouts.get(payout_id)


def sent(desk: MoneyDesk, amount: Money) -> PayoutId:
    payout_id = desk.request(amount)
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    return payout_id


def report(
    desk: MoneyDesk, payout_id: PayoutId, finding: TransferFinding, **changes: object
) -> None:
    reference = payout(desk, payout_id).reference
    assert reference is not None
    desk.vendor.report(reference, finding, **changes)
    desk.refresh_payout(actor=SYSTEM, reference=reference)


class TestRequestPayout:
    def test_funds_leave_the_wallet_at_once(self, desk: MoneyDesk) -> None:
        desk.request(dollars(50))

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(26)
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(50)

    def test_two_requests_cannot_spend_the_same_balance(self, desk: MoneyDesk) -> None:
        desk.request(dollars(50))

        with pytest.raises(InsufficientFunds):
            desk.request(dollars(50))

    def test_uses_the_oldest_earnings_first_and_says_so(self, desk: MoneyDesk) -> None:
        desk.earn(5)

        desk.request(dollars(100))

        assert [lot.remaining for lot in desk.uow.lots.all()] == [dollars(0), dollars(52)]

    def test_what_has_not_cleared_cannot_be_withdrawn(self, desk: MoneyDesk) -> None:
        fresh = MoneyDesk()
        fresh.pay()
        fresh.complete()
        fresh.be_payable()

        with pytest.raises(InsufficientFunds):
            fresh.request(dollars(10))

    def test_needs_an_active_account_and_a_bank(self) -> None:
        desk = MoneyDesk()
        desk.earn()

        with pytest.raises(PayoutAccountNotReady):
            desk.request(dollars(10))

    def test_is_refused_in_a_currency_that_the_bank_does_not_take(self, desk: MoneyDesk) -> None:
        with pytest.raises(PayoutAccountNotReady):
            desk.request(Money.of(1000, "USD"))

    def test_waits_after_a_change_of_bank_details(self, desk: MoneyDesk) -> None:
        desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))
        with pytest.raises(BankDetailsCoolingOff):
            desk.request(dollars(10))

        desk.clock.pass_by(timedelta(days=3))
        desk.request(dollars(10))

    def test_stops_when_the_account_is_restricted(self, desk: MoneyDesk) -> None:
        account = desk.uow.payout_accounts.all()[0]
        desk.vendor.decide(account.id, PayoutAccountStatus.RESTRICTED)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")

        with pytest.raises(PayoutAccountNotReady):
            desk.request(dollars(10))

    def test_too_little_is_not_paid_out(self, desk: MoneyDesk) -> None:
        with pytest.raises(PayoutTooSmall):
            desk.request(dollars(0, 99))

    def test_is_for_the_physician_alone(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.request_payout(actor=A_PATIENT, physician_id=PHYSICIAN, amount=dollars(10))

    def test_the_loop_of_equal_failures_is_broken(self, desk: MoneyDesk) -> None:
        for _ in range(3):
            payout_id = sent(desk, dollars(10))
            report(
                desk,
                payout_id,
                TransferFinding.FAILED,
                failure=PayoutFailure.BANK_ACCOUNT_CLOSED,
            )

        with pytest.raises(PayoutsPaused):
            desk.request(dollars(10))

        desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))
        desk.clock.pass_by(timedelta(days=3))
        desk.request(dollars(10))


class TestSubmitPayout:
    def test_hands_the_money_to_the_vendor_once(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))
        for _ in range(3):
            desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

        assert len(desk.vendor.submitted) == 1
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
        assert desk.balance(PAYOUTS_IN_TRANSIT) == dollars(50)
        assert len(desk.uow.events_of(PayoutSubmitted)) == 1

    def test_a_lost_answer_is_looked_up_and_not_sent_again(self, desk: MoneyDesk) -> None:
        desk.vendor.silent = True
        payout_id = sent(desk, dollars(50))
        assert payout(desk, payout_id).status is PayoutStatus.UNKNOWN
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(50)

        desk.clock.pass_by(HOUR)
        desk.sweep_payouts(actor=SYSTEM)

        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED
        assert len(desk.vendor.submitted) == 1
        assert desk.balance(PAYOUTS_IN_TRANSIT) == dollars(50)

    def test_what_never_reached_the_vendor_is_sent_again_as_the_same_attempt(
        self, desk: MoneyDesk
    ) -> None:
        desk.vendor.deaf = True
        payout_id = sent(desk, dollars(50))

        desk.clock.pass_by(HOUR)
        desk.sweep_payouts(actor=SYSTEM)

        found = payout(desk, payout_id)
        assert found.status is PayoutStatus.SUBMITTED
        assert desk.vendor.submitted == [found.attempts[0].id]
        assert len(found.attempts) == 1

    def test_a_worker_that_died_after_the_call_leaves_nothing_to_be_sent_twice(
        self, desk: MoneyDesk
    ) -> None:
        payout_id = desk.request(dollars(50))
        desk.vendor.deadly = True
        with pytest.raises(SystemExit):
            desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        assert payout(desk, payout_id).status is PayoutStatus.SENDING

        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        desk.clock.pass_by(HOUR)
        desk.sweep_payouts(actor=SYSTEM)

        assert len(desk.vendor.transfers) == 1
        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_nothing_is_sent_again_when_the_vendor_may_have_forgotten(
        self, desk: MoneyDesk
    ) -> None:
        desk.vendor.deaf = True
        payout_id = sent(desk, dollars(50))

        desk.clock.pass_by(timedelta(days=7))
        for _ in range(2):
            desk.sweep_payouts(actor=SYSTEM)

        assert desk.vendor.submitted == []
        assert payout(desk, payout_id).review == "too_old_to_resend"
        assert len(desk.uow.events_of(PayoutNeedsReview)) == 1

    def test_fault_17_an_account_suspended_since_the_request_is_not_paid(
        self, desk: MoneyDesk
    ) -> None:
        payout_id = desk.request(dollars(50))
        account = desk.uow.payout_accounts.all()[0]
        desk.vendor.decide(account.id, PayoutAccountStatus.RESTRICTED)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")

        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        desk.sweep_payouts(actor=SYSTEM)

        assert desk.vendor.submitted == []
        assert payout(desk, payout_id).review == "account_restricted"
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(50)

        desk.vendor.decide(account.id, PayoutAccountStatus.ACTIVE)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")
        ResumePayoutsOf(desk.uow)(actor=SYSTEM, physician_id=PHYSICIAN)
        desk.sweep_payouts(actor=SYSTEM)
        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_fault_17_another_finding_waits_on_for_a_person(self, desk: MoneyDesk) -> None:
        desk.vendor.rejects = PayoutFailure.COMPLIANCE_REVIEW
        payout_id = sent(desk, dollars(50))

        ResumePayoutsOf(desk.uow)(actor=SYSTEM, physician_id=PHYSICIAN)

        assert payout(desk, payout_id).review == "compliance_review"

    def test_a_float_that_is_too_low_is_waited_for(self, desk: MoneyDesk) -> None:
        desk.vendor.rejects = PayoutFailure.FLOAT_TOO_LOW
        payout_id = sent(desk, dollars(50))
        assert payout(desk, payout_id).status is PayoutStatus.REQUESTED
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(50)

        desk.sweep_payouts(actor=SYSTEM)
        assert len(desk.vendor.submitted) == 1
        desk.clock.pass_by(HOUR)
        desk.sweep_payouts(actor=SYSTEM)

        found = payout(desk, payout_id)
        assert found.status is PayoutStatus.SUBMITTED
        assert len({attempt.id for attempt in found.attempts}) == 2

    def test_after_three_equal_refusals_a_person_decides(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))
        for _ in range(5):
            desk.vendor.rejects = PayoutFailure.RATE_LIMITED
            desk.clock.pass_by(timedelta(days=1))
            desk.sweep_payouts(actor=SYSTEM)
        assert len(desk.vendor.submitted) == 3
        assert payout(desk, payout_id).review == "failed_alike_3_times"

        desk.vendor.rejects = None
        desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="the vendor has time again")
        desk.sweep_payouts(actor=SYSTEM)

        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_wrong_bank_details_put_the_money_back(self, desk: MoneyDesk) -> None:
        desk.vendor.rejects = PayoutFailure.BANK_DETAILS_WRONG

        sent(desk, dollars(50))

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
        assert desk.uow.lots.all()[0].remaining == dollars(76)
        assert desk.uow.events_of(PayoutFailed)[0].reason is PayoutFailure.BANK_DETAILS_WRONG

    def test_what_the_vendor_will_not_say_is_left_to_a_person(self, desk: MoneyDesk) -> None:
        desk.vendor.rejects = PayoutFailure.UNRECOGNISED
        payout_id = sent(desk, dollars(50))

        desk.clock.pass_by(HOUR)
        desk.sweep_payouts(actor=SYSTEM)

        assert len(desk.vendor.submitted) == 1
        assert payout(desk, payout_id).review == "unrecognised"


class TestRefreshPayout:
    def test_paid_is_posted_once_however_often_it_is_reported(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))

        for _ in range(10):
            report(desk, payout_id, TransferFinding.PAID, fee=dollars(0, 50))

        assert desk.balance(PAYOUTS_IN_TRANSIT) == dollars(0)
        assert desk.balance(PAYOUT_FLOAT) == -dollars(50, 50)
        assert desk.balance(PAYOUT_FEES) == dollars(0, 50)
        assert len(desk.uow.events_of(PayoutPaid)) == 1

    def test_a_failure_puts_the_money_back(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))

        for _ in range(3):
            report(desk, payout_id, TransferFinding.FAILED)

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert desk.balance(PAYOUTS_IN_TRANSIT) == dollars(0)
        assert desk.uow.lots.all()[0].remaining == dollars(76)

    def test_what_it_failed_for_is_kept_however_often_it_is_told(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))

        for _ in range(3):
            report(desk, payout_id, TransferFinding.FAILED, failure=PayoutFailure.FLOAT_TOO_LOW)

        assert payout(desk, payout_id).failure is PayoutFailure.FLOAT_TOO_LOW

    def test_a_payout_that_the_bank_returns_puts_the_money_back(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))
        report(desk, payout_id, TransferFinding.PAID)
        desk.clock.pass_by(timedelta(days=3))
        desk.vendor.report(payout(desk, payout_id).reference or "", TransferFinding.FAILED)

        for _ in range(3):
            desk.sweep_payouts(actor=SYSTEM)
            desk.clock.pass_by(HOUR)

        assert payout(desk, payout_id).status is PayoutStatus.RETURNED
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert desk.balance(PAYOUT_FLOAT) == dollars(0)
        assert desk.uow.lots.all()[0].remaining == dollars(76)

    def test_paid_after_failed_is_left_to_a_person(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))
        report(desk, payout_id, TransferFinding.FAILED)

        report(desk, payout_id, TransferFinding.PAID)

        assert payout(desk, payout_id).review == "paid_after_failure"
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)

    def test_a_first_report_of_paid_posts_the_way_there_too(self, desk: MoneyDesk) -> None:
        desk.vendor.silent = True
        payout_id = sent(desk, dollars(50))
        attempt = payout(desk, payout_id).attempt.id
        desk.vendor.report(f"tr_{attempt.hex}", TransferFinding.PAID)

        desk.refresh_payout(actor=SYSTEM, reference=f"tr_{attempt.hex}")

        assert payout(desk, payout_id).status is PayoutStatus.PAID
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
        assert desk.balance(PAYOUT_FLOAT) == -dollars(50)

    def test_another_amount_moves_nothing(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))

        report(desk, payout_id, TransferFinding.PAID, amount=dollars(60))

        assert payout(desk, payout_id).review == "amount_differs"
        assert desk.balance(PAYOUTS_IN_TRANSIT) == dollars(50)

    @pytest.mark.parametrize("cancelled", [False, True])
    def test_a_transfer_that_was_said_not_to_exist_is_never_sent_beside(
        self, desk: MoneyDesk, *, cancelled: bool
    ) -> None:
        desk.vendor.rejects = PayoutFailure.FLOAT_TOO_LOW
        payout_id = sent(desk, dollars(50))
        if cancelled:
            desk.cancel_payout(actor=A_PHYSICIAN, payout_id=payout_id)
        refused = desk.vendor.made_after_all(payout(desk, payout_id))

        desk.refresh_payout(actor=SYSTEM, reference=refused)
        desk.clock.pass_by(timedelta(days=1))
        desk.sweep_payouts(actor=SYSTEM)

        assert payout(desk, payout_id).review == "transfer_not_expected"
        assert len(desk.vendor.submitted) == 1

    def test_an_earlier_attempt_does_not_speak_for_the_present_one(self, desk: MoneyDesk) -> None:
        desk.vendor.rejects = PayoutFailure.FLOAT_TOO_LOW
        payout_id = sent(desk, dollars(50))
        refused = desk.vendor.made_after_all(payout(desk, payout_id))
        desk.vendor.deaf = True
        desk.clock.pass_by(HOUR)
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        assert payout(desk, payout_id).status is PayoutStatus.UNKNOWN

        desk.refresh_payout(actor=SYSTEM, reference=refused)

        found = payout(desk, payout_id)
        assert (found.status, found.review) == (PayoutStatus.UNKNOWN, "transfer_not_expected")
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(50)

    def test_a_status_that_needs_a_person_shows_as_such(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))

        report(desk, payout_id, TransferFinding.STUCK, vendor_status="APPROVAL_BLOCKED")

        assert payout(desk, payout_id).review == "vendor_says_approval_blocked"

    def test_a_transfer_that_is_not_ours_is_tried_again_later(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))
        stranger = MoneyDesk(vendor=desk.vendor)

        with pytest.raises(PayoutNotFound):
            stranger.refresh_payout(actor=SYSTEM, reference=payout(desk, payout_id).reference or "")


class TestCancelPayout:
    def test_puts_the_money_back_before_it_is_sent(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))

        desk.cancel_payout(actor=A_PHYSICIAN, payout_id=payout_id)

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert desk.uow.lots.all()[0].remaining == dollars(76)

    def test_comes_too_late_once_it_was_sent(self, desk: MoneyDesk) -> None:
        payout_id = sent(desk, dollars(50))

        with pytest.raises(PayoutMoved):
            desk.cancel_payout(actor=FINANCE, payout_id=payout_id)

    def test_is_not_for_others(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))

        with pytest.raises(AccessDenied):
            desk.cancel_payout(actor=A_PATIENT, payout_id=payout_id)
