"""
What a payout vendor promises, in memory and as Airwallex in the sandbox over HTTP.
"""

from collections.abc import Iterator
from typing import Protocol
from uuid import uuid4

import httpx
import pytest
from attrs import define, frozen

from adapters.airwallex.accounts import AirwallexAccounts
from adapters.airwallex.client import AirwallexClient
from adapters.airwallex.payouts import AirwallexPayouts
from adapters.system.clock import SystemClock
from application.payouts.ports import (
    Payee,
    PayoutAccountGateway,
    PayoutGateway,
    PayoutInstruction,
    PayoutRejected,
    TransferOutcomeUnknown,
)
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutNotFound
from domain.payouts.payout_account import (
    MalformedBankDetails,
    PayoutAccountNotFound,
    PayoutAccountStatus,
    Requirement,
)
from domain.payouts.transfer import TransferFinding, TransferReport
from domain.shared.ids import BankLinkId, PayoutAccountId, PayoutAttemptId, PayoutId
from domain.shared.money import Currency, Money
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.money import PHYSICIAN, a_bank, dollars
from tests.fakes.payouts import InMemoryPayoutVendor

IMPOSSIBLE = "1234567890"
"""Longer than any account number in Australia."""
PAYEE = Payee(
    physician_id=PHYSICIAN, given_name="Ada", family_name="Example", email="ada@example.test"
)


class Vendor(Protocol):
    """The gateways, and the deeds of the vendor and the bank behind them."""

    @property
    def payouts(self) -> PayoutGateway: ...

    @property
    def accounts(self) -> PayoutAccountGateway: ...

    def move(self, reference: str, finding: TransferFinding) -> None: ...

    def activate(self, payout_account_id: PayoutAccountId, reference: str) -> None: ...

    def ask_for_more(self, payout_account_id: PayoutAccountId, reference: str) -> None: ...

    def lose_the_next_answer(self) -> None: ...

    def refuse_for_lack_of_funds(self) -> None: ...


@frozen
class Memory:
    vendor: InMemoryPayoutVendor

    @property
    def payouts(self) -> PayoutGateway:
        return self.vendor

    @property
    def accounts(self) -> PayoutAccountGateway:
        return self.vendor

    def move(self, reference: str, finding: TransferFinding) -> None:
        self.vendor.report(reference, finding)

    def activate(self, payout_account_id: PayoutAccountId, reference: str) -> None:
        self.vendor.decide(payout_account_id, PayoutAccountStatus.ACTIVE)

    def ask_for_more(self, payout_account_id: PayoutAccountId, reference: str) -> None:
        self.vendor.decide(
            payout_account_id,
            PayoutAccountStatus.ACTION_REQUIRED,
            Requirement.IDENTITY_DOCUMENT,
        )

    def lose_the_next_answer(self) -> None:
        self.vendor.silent = True

    def refuse_for_lack_of_funds(self) -> None:
        self.vendor.rejects = PayoutFailure.FLOAT_TOO_LOW


@define
class Played:
    world: World
    client: AirwallexClient

    @property
    def payouts(self) -> PayoutGateway:
        return AirwallexPayouts(self.client)

    @property
    def accounts(self) -> PayoutAccountGateway:
        return AirwallexAccounts(self.client)

    def move(self, reference: str, finding: TransferFinding) -> None:
        steps = {TransferFinding.PAID: ("PROCESSING", "SENT", "PAID")}
        for status in steps.get(finding, ("PROCESSING", "FAILED")):
            self.client.post(
                f"/simulation/transfers/{reference}/transition", {"next_status": status}
            )

    def activate(self, payout_account_id: PayoutAccountId, reference: str) -> None:
        self.client.post(
            f"/simulation/accounts/{reference}/update_status",
            {"next_status": "ACTIVE", "force": True},
        )

    def ask_for_more(self, payout_account_id: PayoutAccountId, reference: str) -> None:
        self.client.post(
            f"/simulation/accounts/{reference}/update_status",
            {"next_status": "ACTION_REQUIRED", "force": True},
        )

    def lose_the_next_answer(self) -> None:
        self.world.fault(
            "airwallex", "respond_500_after_commit", match={"method": "POST", "path": "*/create"}
        )

    def refuse_for_lack_of_funds(self) -> None:
        self.world.fault("airwallex", "transfer_refused", code="insufficient_funds")


def client_of(opened: World, http: httpx.Client) -> AirwallexClient:
    return AirwallexClient(
        http,
        client_id="scripted_sandbox_client",
        api_key="scripted_sandbox_key",
        clock=SystemClock(),
    )


@pytest.fixture
def played() -> Iterator[Played]:
    with (
        world() as opened,
        httpx.Client(base_url=f"{opened.url}/airwallex", trust_env=False, timeout=10) as http,
    ):
        yield Played(opened, client_of(opened, http))


@pytest.fixture(params=["memory", "airwallex"])
def vendor(request: pytest.FixtureRequest) -> Vendor:
    if request.param == "memory":
        return Memory(InMemoryPayoutVendor(impossible={IMPOSSIBLE}))
    found: Played = request.getfixturevalue("played")
    return found


def instruct(vendor: Vendor, amount: Money | None = None) -> PayoutInstruction:
    return PayoutInstruction(
        payout_id=PayoutId(uuid4()),
        attempt_id=PayoutAttemptId(uuid4()),
        beneficiary=vendor.accounts.add_beneficiary(PAYEE, a_bank(), BankLinkId(uuid4())),
        amount=amount or dollars(76, 5),
    )


class TestSubmit:
    def test_the_money_is_on_its_way_to_the_cent(self, vendor: Vendor) -> None:
        instruction = instruct(vendor)

        report = vendor.payouts.submit(instruction)

        assert report.finding is TransferFinding.IN_TRANSIT
        assert report.amount == dollars(76, 5)
        assert report.attempt_id == str(instruction.attempt_id)

    def test_the_same_attempt_again_finds_the_first(self, vendor: Vendor) -> None:
        instruction = instruct(vendor)

        first, second = (vendor.payouts.submit(instruction) for _ in range(2))

        assert first.reference == second.reference

    def test_an_answer_that_was_lost_can_be_looked_up(self, vendor: Vendor) -> None:
        instruction = instruct(vendor)
        vendor.lose_the_next_answer()
        with pytest.raises(TransferOutcomeUnknown):
            vendor.payouts.submit(instruction)

        found = vendor.payouts.find_attempt(instruction.attempt_id)

        assert found is not None
        assert found.amount == dollars(76, 5)

    def test_an_attempt_that_never_arrived_is_not_there(self, vendor: Vendor) -> None:
        assert vendor.payouts.find_attempt(PayoutAttemptId(uuid4())) is None

    def test_a_refusal_says_why_in_our_words(self, vendor: Vendor) -> None:
        instruction = instruct(vendor)
        vendor.refuse_for_lack_of_funds()

        with pytest.raises(PayoutRejected) as refused:
            vendor.payouts.submit(instruction)

        assert refused.value.failure is PayoutFailure.FLOAT_TOO_LOW


class TestFind:
    @pytest.fixture
    def report(self, vendor: Vendor) -> TransferReport:
        return vendor.payouts.submit(instruct(vendor))

    @pytest.mark.parametrize("finding", [TransferFinding.PAID, TransferFinding.FAILED])
    def test_tells_how_it_ended(
        self, vendor: Vendor, report: TransferReport, finding: TransferFinding
    ) -> None:
        vendor.move(report.reference, finding)

        assert vendor.payouts.find(report.reference).finding is finding

    def test_what_the_vendor_does_not_know_is_not_found(self, vendor: Vendor) -> None:
        with pytest.raises(PayoutNotFound):
            vendor.payouts.find("nothing")


class TestAccounts:
    def test_opening_again_finds_the_first_account(self, vendor: Vendor) -> None:
        payout_account_id = PayoutAccountId(uuid4())

        first, second = (vendor.accounts.open(payout_account_id, PAYEE) for _ in range(2))

        assert first == second
        assert first.payout_account_id == payout_account_id
        assert first.status is PayoutAccountStatus.SUBMITTED

    def test_a_lost_answer_leaves_one_account(self, vendor: Vendor) -> None:
        payout_account_id = PayoutAccountId(uuid4())
        vendor.lose_the_next_answer()
        with pytest.raises(TransferOutcomeUnknown):
            vendor.accounts.open(payout_account_id, PAYEE)

        opened = vendor.accounts.open(payout_account_id, PAYEE)

        assert vendor.accounts.find_account(opened.reference) == opened

    def test_activation_shows(self, vendor: Vendor) -> None:
        payout_account_id = PayoutAccountId(uuid4())
        opened = vendor.accounts.open(payout_account_id, PAYEE)
        vendor.activate(payout_account_id, opened.reference)

        found = vendor.accounts.find_account(opened.reference)

        assert found.status is PayoutAccountStatus.ACTIVE

    def test_an_unknown_account_is_not_found(self, vendor: Vendor) -> None:
        with pytest.raises(PayoutAccountNotFound):
            vendor.accounts.find_account("acct_nothing")

    def test_what_the_vendor_wants_shows_in_our_words(self, vendor: Vendor) -> None:
        payout_account_id = PayoutAccountId(uuid4())
        opened = vendor.accounts.open(payout_account_id, PAYEE)
        vendor.ask_for_more(payout_account_id, opened.reference)

        found = vendor.accounts.find_account(opened.reference)

        assert found.status is PayoutAccountStatus.ACTION_REQUIRED
        assert found.requirements == (Requirement.IDENTITY_DOCUMENT,)

    def test_the_vendors_own_page_is_for_a_known_account(self, vendor: Vendor) -> None:
        opened = vendor.accounts.open(PayoutAccountId(uuid4()), PAYEE)
        back = "https://portal.test/back"

        address = vendor.accounts.verification_page(opened.reference, return_url=back)

        assert address.startswith("http")
        with pytest.raises(PayoutAccountNotFound):
            vendor.accounts.verification_page("acct_nothing", return_url=back)


class TestBeneficiaries:
    def test_one_that_cannot_be_right_is_refused_by_its_field(self, vendor: Vendor) -> None:
        vendor.accounts.validate_beneficiary(PAYEE, a_bank())

        with pytest.raises(MalformedBankDetails) as refused:
            vendor.accounts.validate_beneficiary(PAYEE, a_bank(IMPOSSIBLE))

        assert refused.value.field == "account_number"

    def test_checking_names_nothing(self, vendor: Vendor) -> None:
        link_id = BankLinkId(uuid4())
        vendor.accounts.validate_beneficiary(PAYEE, a_bank())

        assert vendor.accounts.find_beneficiary(link_id) is None

    def test_one_whose_answer_was_lost_is_found_again(self, vendor: Vendor) -> None:
        link_id = BankLinkId(uuid4())
        vendor.lose_the_next_answer()
        with pytest.raises(TransferOutcomeUnknown):
            vendor.accounts.add_beneficiary(PAYEE, a_bank(), link_id)

        found = vendor.accounts.find_beneficiary(link_id)

        assert found is not None
        assert vendor.accounts.find_beneficiary(BankLinkId(uuid4())) is None


def test_the_vendor_says_what_may_be_paid_out(vendor: Vendor) -> None:
    assert vendor.payouts.available(Currency("AUD")) >= dollars(1_000)
