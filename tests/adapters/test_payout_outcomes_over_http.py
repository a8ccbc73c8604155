"""
What becomes of payouts at the played vendor, over HTTP, with a real database.

After each the books hold, and say the same as the vendor's.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from adapters.airwallex.client import AirwallexClient
from adapters.postgres.queries.payouts import PostgresPayoutQueries
from application.payouts.ports import PayoutInstruction
from application.payouts.queries import PayoutView, ViewPayout
from application.shared.access import SYSTEM
from domain.ledger.chart import PAYOUTS_IN_TRANSIT, wallet_available, wallet_held
from domain.payouts.failure import PayoutFailure, PayoutsPaused, WhoActs
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import BankDetailsCoolingOff
from domain.payouts.schedule import Cadence, Rhythm
from domain.payouts.transfer import TransferReport
from domain.shared.ids import PayoutId, to_wire
from domain.wallets.wallet import WalletPolicy
from entrypoints.portal.pages.physician.payout_words import FAILURE_WORDS, withdrawal
from tests.adapters.money_house import Airwallex, House, open_house
from tests.adapters.postgres.transactions import CIPHER
from tests.builders.physicians import a_physician_user, an_active_physician
from tests.fakes.money import (
    A_PHYSICIAN,
    AUD,
    FINANCE,
    PHYSICIAN,
    SECOND_FINANCE,
    a_bank,
    dollars,
)
from tests.fakes.payouts import InMemoryPayoutVendor

LONGER_THAN_A_CALL = timedelta(minutes=3)
COOLING_OFF = timedelta(days=3)
# What the vendor says, what that is in our words, and whose turn it is.
FAILURES = (
    ("ACCOUNT_CLOSED", PayoutFailure.BANK_ACCOUNT_CLOSED, WhoActs.PHYSICIAN),
    ("BENEFICIARY_NAME_MISMATCH", PayoutFailure.BANK_DETAILS_WRONG, WhoActs.PHYSICIAN),
    ("BENEFICIARY_BANK_RETURNED", PayoutFailure.RETURNED_BY_BANK, WhoActs.PHYSICIAN),
    ("INVALID_BANK_OR_BRANCH_CODE", PayoutFailure.BANK_DETAILS_WRONG, WhoActs.PHYSICIAN),
    ("INSUFFICIENT_FUNDS", PayoutFailure.FLOAT_TOO_LOW, WhoActs.PLATFORM),
    ("SYSTEM_ERROR", PayoutFailure.VENDOR_UNAVAILABLE, WhoActs.NOBODY),
    ("OTHER", PayoutFailure.UNRECOGNISED, WhoActs.PLATFORM),
)


class DyingVendor(Airwallex):
    """The vendor, in whose second transfer our process dies: before it is made, or after."""

    def __init__(self, client: AirwallexClient, *, after_the_deed: bool) -> None:
        super().__init__(client)
        self._after_the_deed = after_the_deed
        self._calls = 0

    def submit(self, instruction: PayoutInstruction) -> TransferReport:
        self._calls += 1
        if self._calls == 2 and not self._after_the_deed:
            raise SystemExit
        report = super().submit(instruction)
        if self._calls == 2:
            raise SystemExit
        return report


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """76 dollars in the wallet of somebody who can be paid."""
    with open_house(database_url) as house:
        house.earn()
        house.be_payable()
        yield house


def transfers(house: House) -> Counter[str]:
    """How many the vendor has, by our payout."""
    return Counter(each["reference"] for each in house.airwallex.get("/transfers")["items"])


def sent(house: House, whole: int) -> PayoutId:
    payout_id = house.desk.request(dollars(whole))
    house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    return payout_id


def fail(house: House, payout_id: PayoutId, failure_type: str) -> None:
    reference = house.payout(payout_id).reference
    house.airwallex.post(
        f"/simulation/transfers/{reference}/transition",
        {"next_status": "FAILED", "failure_type": failure_type},
    )
    house.take_webhooks()


def seen(house: House, payout_id: PayoutId) -> PayoutView:
    queries = PostgresPayoutQueries(house.engine, CIPHER)
    return ViewPayout(queries)(actor=A_PHYSICIAN, payout_id=payout_id)


class TestUnknownOutcomes:
    @pytest.mark.fault(7, 15)
    @pytest.mark.parametrize(
        ("fault", "more"),
        [
            ("respond_500_after_commit", {}),
            ("respond_500_before", {}),
            ("truncated_body", {}),
        ],
    )
    def test_an_unknown_outcome_is_repaired_by_looking_and_never_by_a_second_transfer(
        self, house: House, fault: str, more: dict[str, Any]
    ) -> None:
        house.world.fault("airwallex", fault, match={"path": "/api/v1/transfers/create"}, **more)
        payout_id = sent(house, 70)
        lost = house.payout(payout_id)
        house.desk.clock.pass_by(LONGER_THAN_A_CALL)
        for _ in range(3):
            house.desk.sweep_payouts(actor=SYSTEM)

        found = house.payout(payout_id)
        assert lost.status is PayoutStatus.UNKNOWN
        assert found.status is PayoutStatus.SUBMITTED
        assert [each.id for each in found.attempts] == [lost.attempt.id]
        assert transfers(house) == {to_wire("payout", payout_id): 1}
        house.assert_books_hold()


class TestBatches:
    @pytest.mark.fault(10)
    @pytest.mark.parametrize("after_the_deed", [False, True], ids=["before", "after-the-deed"])
    def test_a_batch_that_died_midway_goes_on_without_a_second_transfer(
        self, house: House, *, after_the_deed: bool
    ) -> None:
        batch = [house.desk.request(dollars(whole)) for whole in (10, 20, 30)]
        alive = house.desk.vendor
        dying = DyingVendor(house.airwallex, after_the_deed=after_the_deed)
        house.desk.vendor = cast("InMemoryPayoutVendor", dying)
        with pytest.raises(SystemExit):
            house.desk.sweep_payouts(actor=SYSTEM)
        at_death = Counter(house.payout(each).status for each in batch)

        house.desk.vendor = alive
        house.desk.clock.pass_by(LONGER_THAN_A_CALL)
        for _ in range(2):
            house.desk.sweep_payouts(actor=SYSTEM)

        assert at_death == {
            PayoutStatus.SUBMITTED: 1,
            PayoutStatus.SENDING: 1,
            PayoutStatus.REQUESTED: 1,
        }
        assert {house.payout(each).status for each in batch} == {PayoutStatus.SUBMITTED}
        assert [len(house.payout(each).attempts) for each in batch] == [1, 1, 1]
        assert transfers(house) == {to_wire("payout", each): 1 for each in batch}
        assert house.desk.balance(PAYOUTS_IN_TRANSIT) == dollars(60)
        house.assert_books_hold()

    @pytest.mark.fault(10)
    def test_a_payout_that_failed_is_never_sent_again(self, house: House) -> None:
        payout_id = sent(house, 70)
        fail(house, payout_id, "ACCOUNT_CLOSED")

        for _ in range(3):
            house.take_webhooks()
            house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
            house.desk.clock.pass_by(timedelta(hours=1))
            house.desk.sweep_payouts(actor=SYSTEM)

        assert house.payout(payout_id).status is PayoutStatus.FAILED
        assert transfers(house) == {to_wire("payout", payout_id): 1}
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        house.assert_books_hold()


class TestFailures:
    def test_each_failure_is_named_gives_the_money_back_and_says_what_to_do(
        self, house: House
    ) -> None:
        for failure_type, failure, who_acts in FAILURES:
            payout_id = sent(house, 10)
            fail(house, payout_id, failure_type)

            view = seen(house, payout_id)
            told = withdrawal(view, "Australia/Sydney")
            assert (view.failure, view.failure and view.failure.who_acts) == (failure, who_acts)
            assert told.detail == FAILURE_WORDS[failure]
            assert told.to_do
            assert told.mend is (who_acts is WhoActs.PHYSICIAN)
            assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        house.assert_books_hold()

    def test_the_loop_of_equal_failures_breaks_and_other_bank_details_lift_it(
        self, house: House
    ) -> None:
        for _ in range(3):
            fail(house, sent(house, 10), "ACCOUNT_CLOSED")
        with pytest.raises(PayoutsPaused):
            house.desk.request(dollars(10))

        house.desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))
        with pytest.raises(BankDetailsCoolingOff):
            house.desk.request(dollars(10))
        house.desk.clock.pass_by(COOLING_OFF)
        payout_id = sent(house, 10)

        assert house.payout(payout_id).status is PayoutStatus.SUBMITTED
        house.assert_books_hold()

    @pytest.mark.fault(5)
    def test_paid_and_then_returned_fills_the_wallet_again_once(self, house: House) -> None:
        payout_id = sent(house, 70)
        house.move(payout_id, "PROCESSING", "SENT", "PAID")
        house.take_webhooks()
        paid = house.payout(payout_id).status

        fail(house, payout_id, "BENEFICIARY_BANK_RETURNED")
        house.take_webhooks()

        found = house.payout(payout_id)
        assert paid is PayoutStatus.PAID
        assert (found.status, found.failure) == (
            PayoutStatus.RETURNED,
            PayoutFailure.RETURNED_BY_BANK,
        )
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        house.assert_books_hold()


class TestDecisions:
    def test_a_large_one_reaches_the_vendor_with_the_second_yes(self, house: House) -> None:
        house.desk.policy = WalletPolicy(approval_above=50)
        payout_id = sent(house, 70)
        house.desk.approve_payout(actor=FINANCE, payout_id=payout_id)
        house.desk.sweep_payouts(actor=SYSTEM)
        before = (house.payout(payout_id).status, transfers(house))

        house.desk.approve_payout(actor=SECOND_FINANCE, payout_id=payout_id)
        house.desk.sweep_payouts(actor=SYSTEM)

        assert before == (PayoutStatus.AWAITING_APPROVAL, {})
        assert transfers(house) == {to_wire("payout", payout_id): 1}
        house.assert_books_hold()

    def test_a_large_one_that_is_declined_never_reaches_the_vendor(self, house: House) -> None:
        house.desk.policy = WalletPolicy(approval_above=50)
        payout_id = sent(house, 70)
        house.desk.approve_payout(actor=FINANCE, payout_id=payout_id)

        house.desk.decline_payout(actor=SECOND_FINANCE, payout_id=payout_id, reason="Not yours.")
        house.desk.sweep_payouts(actor=SYSTEM)

        assert transfers(house) == {}
        assert house.desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        house.desk.policy = WalletPolicy()
        sent(house, 10)
        house.assert_books_hold()

    @pytest.mark.fault(7)
    def test_too_late_to_ask_two_people_have_it_sent_as_another_attempt(self, house: House) -> None:
        house.world.fault(
            "airwallex", "respond_500_before", match={"path": "/api/v1/transfers/create"}
        )
        payout_id = sent(house, 70)
        house.desk.clock.pass_by(timedelta(days=8))
        for _ in range(2):
            house.desk.sweep_payouts(actor=SYSTEM)
        stopped = (house.payout(payout_id).review, transfers(house))

        for person in (FINANCE, SECOND_FINANCE):
            house.desk.resume_payout(actor=person, payout_id=payout_id, reason="not at the bank")
        house.desk.sweep_payouts(actor=SYSTEM)

        assert stopped == ("too_old_to_resend", {})
        assert len(house.payout(payout_id).attempts) == 2
        assert transfers(house) == {to_wire("payout", payout_id): 1}
        house.assert_books_hold()


class TestSchedules:
    def test_a_week_of_money_goes_from_the_calendar_to_the_bank(self, house: House) -> None:
        with house.desk.uow as uow:
            uow.users.add(a_physician_user())
            uow.physicians.add(an_active_physician(physician_id=PHYSICIAN))
            uow.commit()
        house.desk.choose_schedule(
            actor=A_PHYSICIAN,
            physician_id=PHYSICIAN,
            currency=AUD,
            rhythm=Rhythm(cadence=Cadence.WEEKLY, weekday=0),
        )
        house.desk.clock.at = datetime(2026, 3, 8, 13, 0, tzinfo=UTC)  # Monday, in Sydney

        for _ in range(3):
            house.desk.run_schedules(actor=SYSTEM)
            house.desk.sweep_payouts(actor=SYSTEM)

        (reference,) = transfers(house)
        with house.engine.connect() as connection:
            (row,) = connection.exec_driver_sql("select id, occasion from payout").all()
        assert reference == to_wire("payout", row.id)
        assert row.occasion.endswith(" 2026-03-09")
        house.move(row.id, "PROCESSING", "SENT", "PAID")
        house.take_webhooks()
        assert house.payout(row.id).status is PayoutStatus.PAID
        assert house.payout(row.id).amount == dollars(76)
        house.assert_books_hold()
