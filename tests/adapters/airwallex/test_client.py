"""
Tokens that expire, answers that cannot be read, refusals that mean something.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from attrs import evolve

from adapters.airwallex.accounts import AirwallexAccounts
from adapters.airwallex.client import (
    AirwallexBusy,
    AirwallexClient,
    AirwallexSignedOut,
    AirwallexSilent,
)
from adapters.airwallex.payouts import AirwallexPayouts
from adapters.system.clock import SystemClock
from application.payouts.ports import (
    Payee,
    PayoutInstruction,
    PayoutRejected,
    TransferOutcomeUnknown,
)
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout_account import MalformedBankDetails
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import BankLinkId, PayoutAttemptId, PayoutId
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.clock import FixedClock
from tests.fakes.money import PHYSICIAN, a_bank, dollars

PAYEE = Payee(physician_id=PHYSICIAN, given_name="Ada", family_name="E", email="a@example.test")


@pytest.fixture
def opened() -> Iterator[World]:
    with world() as one:
        yield one


@pytest.fixture
def http(opened: World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{opened.url}/airwallex", trust_env=False, timeout=1) as one:
        yield one


@pytest.fixture
def client(http: httpx.Client) -> AirwallexClient:
    return AirwallexClient(
        http,
        client_id="scripted_sandbox_client",
        api_key="scripted_sandbox_key",
        clock=SystemClock(),
    )


def instruction(client: AirwallexClient) -> PayoutInstruction:
    return PayoutInstruction(
        payout_id=PayoutId(uuid4()),
        attempt_id=PayoutAttemptId(uuid4()),
        beneficiary=AirwallexAccounts(client).add_beneficiary(PAYEE, a_bank(), BankLinkId(uuid4())),
        amount=dollars(10),
    )


class TestToken:
    def test_a_token_that_is_refused_mid_way_is_replaced_once(
        self, opened: World, client: AirwallexClient
    ) -> None:
        wanted = instruction(client)
        opened.fault("airwallex", "token_expired")

        report = AirwallexPayouts(client).submit(wanted)

        assert report.finding is TransferFinding.IN_TRANSIT

    def test_a_token_that_is_refused_again_says_nothing_of_what_was_asked(
        self, opened: World, client: AirwallexClient
    ) -> None:
        opened.fault("airwallex", "token_expired", times=4)

        with pytest.raises(AirwallexSignedOut):
            client.get("/accounts")
        with pytest.raises(TransferOutcomeUnknown):
            AirwallexAccounts(client).add_beneficiary(PAYEE, a_bank(), BankLinkId(uuid4()))

    def test_is_renewed_before_it_expires(self, http: httpx.Client) -> None:
        logins: list[str] = []
        http.event_hooks["request"].append(
            lambda request: logins.append(request.url.path) if "login" in request.url.path else None
        )
        clock = FixedClock(SystemClock().now())
        client = AirwallexClient(
            http,
            client_id="scripted_sandbox_client",
            api_key="scripted_sandbox_key",
            clock=clock,
        )
        for minutes in (0, 10, 19):
            clock.pass_by(timedelta(minutes=minutes))
            client.get("/accounts")

        assert len(logins) == 2

    def test_wrong_credentials_send_nothing(self, http: httpx.Client) -> None:
        client = AirwallexClient(http, client_id="x", api_key="y", clock=SystemClock())
        wanted = PayoutInstruction(
            payout_id=PayoutId(uuid4()),
            attempt_id=PayoutAttemptId(uuid4()),
            beneficiary="ben",
            amount=dollars(10),
        )

        with pytest.raises(PayoutRejected) as refused:
            AirwallexPayouts(client).submit(wanted)

        assert refused.value.failure is PayoutFailure.VENDOR_UNAVAILABLE


class TestAnswers:
    def test_amounts_are_never_floats(self, client: AirwallexClient) -> None:
        wanted = evolve(instruction(client), amount=dollars(76, 5))
        transfer = AirwallexPayouts(client).submit(wanted)

        answer = client.get(f"/transfers/{transfer.reference}")

        assert answer["transfer_amount"] == Decimal("76.05")
        assert isinstance(answer["transfer_amount"], Decimal)

    @pytest.mark.parametrize("fault", ["truncated_body", "respond_500_before"])
    def test_an_answer_that_cannot_be_read_is_no_answer(
        self, opened: World, client: AirwallexClient, fault: str
    ) -> None:
        client.get("/accounts")
        opened.fault("airwallex", fault)

        with pytest.raises(AirwallexSilent):
            client.get("/accounts")

    def test_a_hang_is_no_answer(self, opened: World, client: AirwallexClient) -> None:
        client.get("/accounts")
        opened.fault("airwallex", "slow", seconds=2)

        with pytest.raises(AirwallexSilent):
            client.get("/accounts")

    def test_too_many_requests_did_nothing(self, opened: World, client: AirwallexClient) -> None:
        wanted = instruction(client)
        opened.fault("airwallex", "respond_429", times=2)

        with pytest.raises(AirwallexBusy):
            client.get("/accounts")
        with pytest.raises(PayoutRejected) as refused:
            AirwallexPayouts(client).submit(wanted)

        assert refused.value.failure is PayoutFailure.RATE_LIMITED
        assert AirwallexPayouts(client).find_attempt(wanted.attempt_id) is None


class TestTransfers:
    def test_without_money_it_waits_for_us(self, opened: World, client: AirwallexClient) -> None:
        wanted = evolve(instruction(client), amount=dollars(90_000_000))
        payouts = AirwallexPayouts(client)
        report = payouts.submit(wanted)
        client.post(
            f"/simulation/transfers/{report.reference}/transition", {"next_status": "OVERDUE"}
        )

        found = payouts.find(report.reference)

        assert found.finding is TransferFinding.UNFUNDED
        assert found.vendor_status == "OVERDUE"

    def test_a_return_after_paid_says_why(self, client: AirwallexClient) -> None:
        payouts = AirwallexPayouts(client)
        report = payouts.submit(instruction(client))
        for status in ("PROCESSING", "SENT", "PAID"):
            client.post(
                f"/simulation/transfers/{report.reference}/transition", {"next_status": status}
            )
        client.post(
            f"/simulation/transfers/{report.reference}/transition",
            {"next_status": "FAILED", "failure_type": "ACCOUNT_CLOSED"},
        )

        found = payouts.find(report.reference)

        assert found.finding is TransferFinding.FAILED
        assert found.failure is PayoutFailure.BANK_ACCOUNT_CLOSED

    def test_a_beneficiary_that_is_gone_needs_the_physician(self, client: AirwallexClient) -> None:
        wanted = evolve(instruction(client), beneficiary="nobody")

        with pytest.raises(PayoutRejected) as refused:
            AirwallexPayouts(client).submit(wanted)

        assert refused.value.failure is PayoutFailure.BANK_DETAILS_WRONG


def test_bank_details_that_cannot_be_right_name_the_field(client: AirwallexClient) -> None:
    bank = evolve(a_bank(), routing_value="12")

    with pytest.raises(MalformedBankDetails) as refused:
        AirwallexAccounts(client).validate_beneficiary(PAYEE, bank)

    assert refused.value.field == "account_routing_value1"
