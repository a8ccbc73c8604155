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
    BankDetailsLinked,
    BankLinkLost,
    PayoutAccountActionRequired,
    PayoutAccountActivated,
    PayoutAccountOpened,
    PayoutAccountRestricted,
)
from domain.payouts.payout_account import (
    MalformedBankDetails,
    NothingToHandIn,
    PayoutAccount,
    PayoutAccountNotFound,
    PayoutAccountNotReady,
    PayoutAccountStatus,
    Requirement,
)
from tests.fakes.money import A_PATIENT, A_PHYSICIAN, PHYSICIAN, MoneyDesk, a_bank, dollars


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

    def test_what_cannot_be_right_is_never_named(self, desk: MoneyDesk) -> None:
        desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)
        desk.vendor.impossible.add("87654321")

        with pytest.raises(MalformedBankDetails):
            desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))

        assert desk.vendor.beneficiaries == []
        assert desk.uow.payout_accounts.all()[0].linking is None


class TestInterruptedLink:
    @pytest.fixture
    def desk(self, desk: MoneyDesk) -> MoneyDesk:
        desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)
        return desk

    def name(self, desk: MoneyDesk) -> None:
        desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank())

    def account(self, desk: MoneyDesk) -> PayoutAccount:
        return desk.uow.payout_accounts.all()[0]

    def test_what_the_vendor_has_is_taken_up_when_we_died(self, desk: MoneyDesk) -> None:
        desk.vendor.deadly = True
        with pytest.raises(SystemExit):
            self.name(desk)
        assert self.account(desk).bank is None
        desk.clock.pass_by(timedelta(minutes=3))

        assert desk.sweep_bank_links(actor=SYSTEM) == 1

        found = self.account(desk)
        assert found.bank is not None
        assert (found.bank.beneficiary, found.bank.last_four) == ("ben_1", "5678")
        assert found.linking is None
        assert desk.sweep_bank_links(actor=SYSTEM) == 0

    def test_naming_it_again_names_it_once(self, desk: MoneyDesk) -> None:
        desk.vendor.silent = True
        with pytest.raises(TransferOutcomeUnknown):
            self.name(desk)

        self.name(desk)

        assert len(desk.vendor.beneficiaries) == 1
        assert len(desk.uow.events_of(BankDetailsLinked)) == 1

    def test_what_never_arrived_is_asked_for_again(self, desk: MoneyDesk) -> None:
        desk.vendor.deaf = True
        with pytest.raises(TransferOutcomeUnknown):
            self.name(desk)
        desk.sweep_bank_links(actor=SYSTEM)
        assert self.account(desk).linking is not None
        desk.clock.pass_by(timedelta(minutes=3))

        desk.sweep_bank_links(actor=SYSTEM)

        assert self.account(desk).linking is None
        assert len(desk.uow.events_of(BankLinkLost)) == 1

    def test_what_is_kept_meanwhile_holds_no_number(self, desk: MoneyDesk) -> None:
        desk.vendor.deaf = True
        with pytest.raises(TransferOutcomeUnknown):
            self.name(desk)

        kept = str(asdict(self.account(desk)))

        assert "5678" in kept
        assert "12345678" not in kept
        assert "062000" not in kept


class TestActionRequired:
    @pytest.fixture
    def desk(self, desk: MoneyDesk) -> MoneyDesk:
        desk.be_payable()
        return desk

    def told(self, desk: MoneyDesk, *wanted: Requirement) -> PayoutAccount:
        account = desk.uow.payout_accounts.all()[0]
        desk.vendor.decide(account.id, PayoutAccountStatus.ACTION_REQUIRED, *wanted)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")
        return desk.uow.payout_accounts.all()[0]

    def test_what_is_wanted_is_kept_and_told_once(self, desk: MoneyDesk) -> None:
        self.told(desk, Requirement.IDENTITY_DOCUMENT)
        account = self.told(desk, Requirement.IDENTITY_DOCUMENT)

        assert account.requirements == (Requirement.IDENTITY_DOCUMENT,)
        assert len(desk.uow.events_of(PayoutAccountActionRequired)) == 1

    def test_something_more_is_told_again(self, desk: MoneyDesk) -> None:
        self.told(desk, Requirement.IDENTITY_DOCUMENT)
        self.told(desk, Requirement.IDENTITY_DOCUMENT, Requirement.ADDRESS)
        self.told(desk, Requirement.ADDRESS)

        assert len(desk.uow.events_of(PayoutAccountActionRequired)) == 2

    def test_is_over_when_the_vendor_is_content(self, desk: MoneyDesk) -> None:
        account = self.told(desk, Requirement.IDENTITY_DOCUMENT)
        desk.vendor.decide(account.id, PayoutAccountStatus.ACTIVE)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")

        assert desk.uow.payout_accounts.all()[0].requirements == ()

    def test_the_physician_is_sent_to_the_vendors_page(self, desk: MoneyDesk) -> None:
        back = "https://portal.test/back"
        with pytest.raises(NothingToHandIn):
            desk.start_verification(actor=A_PHYSICIAN, physician_id=PHYSICIAN, return_url=back)
        account = self.told(desk, Requirement.IDENTITY_DOCUMENT)

        page = desk.start_verification(actor=A_PHYSICIAN, physician_id=PHYSICIAN, return_url=back)

        assert account.reference is not None
        assert account.reference in page
        for somebody in (A_PATIENT, SYSTEM):
            with pytest.raises(AccessDenied):
                desk.start_verification(actor=somebody, physician_id=PHYSICIAN, return_url=back)

    def test_no_payout_is_asked_for_meanwhile(self, desk: MoneyDesk) -> None:
        desk.earn(3)
        self.told(desk, Requirement.IDENTITY_DOCUMENT)

        with pytest.raises(PayoutAccountNotReady, match="needs something from you"):
            desk.request(dollars(50))

    def test_a_suspension_of_which_no_webhook_told_is_found_within_a_day(
        self, desk: MoneyDesk
    ) -> None:
        account = desk.uow.payout_accounts.all()[0]
        desk.vendor.decide(account.id, PayoutAccountStatus.RESTRICTED)
        desk.clock.pass_by(timedelta(hours=23))
        desk.sweep_accounts(actor=SYSTEM)
        assert desk.uow.payout_accounts.all()[0].status is PayoutAccountStatus.ACTIVE
        desk.clock.pass_by(timedelta(hours=2))

        desk.sweep_accounts(actor=SYSTEM)

        assert desk.uow.payout_accounts.all()[0].status is PayoutAccountStatus.RESTRICTED
