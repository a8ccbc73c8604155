"""
A physician becomes payable; bank details are passed on and not kept.
"""

from datetime import timedelta

import pytest
from attrs import asdict, evolve

from application.payouts.ports import TransferOutcomeUnknown
from application.shared.access import SYSTEM, AccessDenied
from domain.identity.session import StepUpRequired
from domain.payouts.events import (
    PayoutAccountActivated,
    PayoutAccountOpened,
    PayoutAccountRestricted,
)
from domain.payouts.payout_account import PayoutAccountNotFound, PayoutAccountStatus
from tests.fakes.money import A_PATIENT, A_PHYSICIAN, PHYSICIAN, MoneyDesk, a_bank


@pytest.fixture
def desk() -> MoneyDesk:
    return MoneyDesk()


class TestOpenPayoutAccount:
    def test_opening_it_twice_is_one_account(self, desk: MoneyDesk) -> None:
        ids = {desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN) for _ in range(2)}

        assert len(ids) == 1
        assert len(desk.vendor.accounts) == 1
        assert len(desk.uow.events_of(PayoutAccountOpened)) == 1

    def test_a_lost_answer_is_followed_up_without_a_second_account(self, desk: MoneyDesk) -> None:
        desk.vendor.silent = True
        with pytest.raises(TransferOutcomeUnknown):
            desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)

        desk.sweep_accounts(actor=SYSTEM)

        assert len(desk.vendor.accounts) == 1
        assert desk.uow.payout_accounts.all()[0].status is PayoutAccountStatus.SUBMITTED

    def test_is_for_the_physician(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.open_account(actor=A_PATIENT, physician_id=PHYSICIAN)


class TestRefreshPayoutAccount:
    def test_activation_is_noted_once(self, desk: MoneyDesk) -> None:
        desk.be_payable()
        account = desk.uow.payout_accounts.all()[0]

        for _ in range(10):
            desk.refresh_account(actor=SYSTEM, reference=account.reference or "")

        assert len(desk.uow.events_of(PayoutAccountActivated)) == 1

    def test_a_suspension_is_noted_and_lifted(self, desk: MoneyDesk) -> None:
        desk.be_payable()
        account = desk.uow.payout_accounts.all()[0]
        for status in (PayoutAccountStatus.RESTRICTED, PayoutAccountStatus.ACTIVE):
            desk.vendor.decide(account.id, status)
            desk.refresh_account(actor=SYSTEM, reference=account.reference or "")

        assert len(desk.uow.events_of(PayoutAccountRestricted)) == 1
        assert desk.uow.payout_accounts.all()[0].status is PayoutAccountStatus.ACTIVE

    def test_the_sweep_finds_what_no_webhook_told(self, desk: MoneyDesk) -> None:
        account_id = desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)
        desk.vendor.decide(account_id, PayoutAccountStatus.ACTIVE)
        desk.clock.pass_by(timedelta(hours=1))

        desk.sweep_accounts(actor=SYSTEM)

        assert desk.uow.payout_accounts.all()[0].status is PayoutAccountStatus.ACTIVE


class TestLinkBankAccount:
    def test_who_has_a_second_factor_gives_it_again(self, desk: MoneyDesk) -> None:
        """Where money goes is what a stolen session would change first."""
        desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)
        now = desk.clock.now()
        long_ago = evolve(A_PHYSICIAN, stepped_up_at=now - timedelta(minutes=16))

        with pytest.raises(StepUpRequired):
            desk.link_bank(actor=long_ago, physician_id=PHYSICIAN, bank=a_bank())
        assert desk.vendor.beneficiaries == []
        just_now = evolve(A_PHYSICIAN, stepped_up_at=now - timedelta(minutes=14))
        desk.link_bank(actor=just_now, physician_id=PHYSICIAN, bank=a_bank())

        assert len(desk.vendor.beneficiaries) == 1

    def test_keeps_four_digits_and_a_fingerprint_only(self, desk: MoneyDesk) -> None:
        desk.be_payable()

        kept = str(asdict(desk.uow.payout_accounts.all()[0]))

        assert "5678" in kept
        assert "12345678" not in kept
        assert "062000" not in kept
        assert "12345678" not in repr(a_bank())

    def test_the_same_account_again_changes_nothing(self, desk: MoneyDesk) -> None:
        desk.be_payable()

        desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank())

        assert len(desk.vendor.beneficiaries) == 1
        assert desk.uow.payout_accounts.all()[0].bank_changed_at is None

    def test_needs_an_account_first(self, desk: MoneyDesk) -> None:
        with pytest.raises(PayoutAccountNotFound):
            desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank())

    def test_is_for_the_physician_in_person(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.link_bank(actor=SYSTEM, physician_id=PHYSICIAN, bank=a_bank())
