"""
Our balance at the payout vendor, and physicians' accounts there, when the vendor turns on us.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import pytest
from attrs import define

from adapters.airwallex.payout_float import AirwallexFloat
from adapters.airwallex.webhooks import AirwallexWebhooks
from adapters.postgres.queries.treasury import PostgresFloatForecast, PostgresTreasuryQueries
from adapters.system.clock import SystemClock
from application.payouts.settlement import ResumePayoutsOf, ResumePayoutsOnFunding
from application.shared.access import SYSTEM
from application.treasury.bookings import HeldAt, RecordConversion
from application.treasury.funding import RecordFloatFunding, RefreshFloatDeposit
from application.treasury.queries import FloatView, TreasuryView, ViewTreasury
from application.treasury.watch import FloatPositions, WatchFloat
from domain.ledger.chart import FX_DIFFERENCE, PAYOUT_FLOAT, wallet_available
from domain.payouts.failure import PayoutFailure, WhoActs
from domain.payouts.payout import FUNDED_WITHIN, PayoutStatus
from domain.payouts.payout_account import PayoutAccount, PayoutAccountStatus, Requirement
from domain.shared.ids import PayoutId
from domain.shared.money import Currency, Money
from domain.treasury.conversion import Conversion
from domain.treasury.float_position import FundingPolicy
from domain.treasury.funding import FundingRequestStatus
from tests.adapters.money_house import House, open_house
from tests.fakes.money import A_PHYSICIAN, FINANCE, PHYSICIAN, dollars

POLICY = FundingPolicy()
BACK = "https://portal.test/back"


@define
class Treasury:
    """The house, with what looks after its balance at the vendor."""

    house: House

    @property
    def vendor(self) -> AirwallexFloat:
        return AirwallexFloat(self.house.airwallex)

    @property
    def positions(self) -> FloatPositions:
        forecast = PostgresFloatForecast(self.house.engine)
        return FloatPositions(self.vendor, forecast, self.house.desk.clock, POLICY)

    def watch(self) -> None:
        desk = self.house.desk
        WatchFloat(*desk.core, desk.ids, self.positions, POLICY)(actor=SYSTEM)

    def look(self) -> TreasuryView:
        queries = PostgresTreasuryQueries(self.house.engine)
        clock = self.house.desk.clock
        return ViewTreasury(self.positions, self.vendor, queries, POLICY, clock)(actor=FINANCE)

    @property
    def aud(self) -> FloatView:
        return next(one for one in self.look().floats if one.currency == "AUD")

    def fund(self, amount: Money, reference: str = "bank_1") -> str:
        """Our bank sends money, it arrives, and finance notes it; returns the vendor's name."""
        desk = self.house.desk
        arrived = self.house.world.control(
            "airwallex/deposit",
            amount=str(amount.major),
            currency=amount.currency.code,
            reference=reference,
        )
        RecordFloatFunding(*desk.core, desk.ids)(
            actor=FINANCE, amount=amount, reference=reference, occurred_at=desk.clock.now()
        )
        ResumePayoutsOnFunding(desk.uow)(actor=SYSTEM, amount=amount)
        return str(arrived["id"])

    def hear_of_deposits(self) -> None:
        self.house.world.run_due()
        desk = self.house.desk
        verifier = AirwallexWebhooks(["whsec_airwallex_scripted"], SystemClock())
        refresh = RefreshFloatDeposit(*desk.core, self.vendor)
        for heard in self.house.world.ear.heard:
            if "airwallex" not in heard.path:
                continue
            event = verifier.verify(headers=heard.headers, body=heard.raw, url=heard.path)
            if fnmatchcase(event.kind, "deposit.*") and event.reference is not None:
                refresh(actor=SYSTEM, reference=event.reference)

    def account(self) -> PayoutAccount:
        with self.house.desk.uow as uow:
            account = uow.payout_accounts.of_physician(PHYSICIAN)
        assert account is not None
        return account

    def control(self, deed: str, **body: Any) -> Any:
        return self.house.world.control(f"airwallex/{deed}", **body)

    def request(self, whole: int) -> PayoutId:
        payout_id = self.house.desk.request(dollars(whole))
        self.house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        return payout_id


@pytest.fixture
def treasury(database_url: str) -> Iterator[Treasury]:
    """Ten dollars at the vendor, and a physician who has earned 76."""
    with open_house(database_url, AIRWALLEX_FLOAT="AUD:10.00") as house:
        treasury = Treasury(house)
        house.desk.clock.at = datetime.now(UTC)
        RecordFloatFunding(*house.desk.core, house.desk.ids)(
            actor=FINANCE,
            amount=dollars(10),
            reference="opening-aud",
            occurred_at=house.desk.clock.now() - timedelta(days=9),
        )
        house.earn()
        house.be_payable()
        yield treasury


@pytest.mark.fault(14)
def test_a_payout_that_our_balance_does_not_cover_waits_and_goes_by_itself(
    treasury: Treasury,
) -> None:
    house, desk = treasury.house, treasury.house.desk

    payout_id = treasury.request(50)

    waiting = house.payout(payout_id)
    assert (waiting.status, waiting.review) == (PayoutStatus.REQUESTED, None)
    assert waiting.expected_at == desk.clock.now() + FUNDED_WITHIN
    assert house.airwallex.get("/transfers")["items"] == []

    treasury.watch()
    (asked,) = treasury.look().requests
    assert (asked.status, asked.missing) == (FundingRequestStatus.OPEN, dollars(100))
    assert treasury.aud.short_from == desk.clock.now().date()

    treasury.fund(dollars(100))
    desk.sweep_payouts(actor=SYSTEM)
    house.move(payout_id, "PROCESSING", "SENT", "PAID")
    house.take_webhooks()
    treasury.watch()

    assert house.payout(payout_id).status is PayoutStatus.PAID
    assert treasury.look().requests[0].status is FundingRequestStatus.FUNDED
    after = treasury.aud
    assert after.difference == dollars(0)
    assert after.short_from is None
    house.assert_books_hold()


@pytest.mark.fault(14)
def test_a_transfer_that_is_overdue_keeps_its_date_and_needs_nobody(treasury: Treasury) -> None:
    house = treasury.house
    treasury.fund(dollars(90))
    payout_id = treasury.request(50)

    house.move(payout_id, "OVERDUE")
    house.take_webhooks()

    overdue = house.payout(payout_id)
    assert (overdue.status, overdue.review) == (PayoutStatus.SUBMITTED, None)
    assert overdue.failure is PayoutFailure.FLOAT_TOO_LOW
    assert overdue.expected_at == house.desk.clock.now() + FUNDED_WITHIN

    treasury.fund(dollars(60), "bank_2")
    house.move(payout_id, "SENT", "PAID")
    house.take_webhooks()

    assert house.payout(payout_id).status is PayoutStatus.PAID
    house.assert_books_hold()


@pytest.mark.fault(14)
def test_a_transfer_whose_funding_is_reversed_gives_the_money_back_and_is_our_fault(
    treasury: Treasury,
) -> None:
    house = treasury.house
    treasury.fund(dollars(90))
    payout_id = treasury.request(50)
    house.move(payout_id, "PROCESSING")
    house.take_webhooks()

    treasury.control("reverse_funding", transfer_id=house.payout(payout_id).reference)
    house.world.pass_time(5)
    house.take_webhooks()

    failed = house.payout(payout_id)
    assert failed.status is PayoutStatus.FAILED
    assert failed.failure is PayoutFailure.FUNDING_REVERSED
    assert failed.failure.who_acts is WhoActs.PLATFORM
    assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
    assert treasury.aud.difference == dollars(0)
    house.assert_books_hold()


@pytest.mark.fault(14)
def test_a_top_up_that_a_bank_takes_back_is_asked_for_again(treasury: Treasury) -> None:
    house = treasury.house
    treasury.watch()
    deposit_id = treasury.fund(dollars(100))
    treasury.hear_of_deposits()
    assert treasury.look().requests[0].status is FundingRequestStatus.FUNDED

    house.airwallex.post(f"/simulation/deposits/{deposit_id}/reverse", {})
    for _ in range(2):
        treasury.hear_of_deposits()

    (asked,) = treasury.look().requests
    assert (asked.status, asked.missing) == (FundingRequestStatus.OPEN, dollars(100))
    assert house.desk.balance(PAYOUT_FLOAT) == dollars(10)
    assert treasury.aud.difference == dollars(0)


@pytest.mark.fault(14)
def test_a_connected_transfer_that_is_stuck_shows_until_the_money_is_back(
    treasury: Treasury,
) -> None:
    made = treasury.house.airwallex.post(
        "/connected_account_transfers/create",
        {
            "request_id": "by-hand-1",
            "destination": treasury.account().reference,
            "amount": "4.00",
            "currency": "AUD",
            "reason": "by_hand",
            "reference": "by hand",
        },
    )
    for status in ("PENDING", "SUSPENDED"):
        treasury.control("move_connected_transfer", id=made["id"], next_status=status)
        (stuck,) = treasury.look().stuck
        assert (stuck.amount, stuck.vendor_status) == (dollars(4), status)
        assert treasury.aud.difference == -dollars(4)

    treasury.control("move_connected_transfer", id=made["id"], next_status="FAILED")

    assert treasury.look().stuck == ()
    assert treasury.aud.difference == dollars(0)


@pytest.mark.fault(17)
@pytest.mark.fault(6)
def test_checks_that_bounce_are_told_handed_in_and_not_undone_by_old_news(
    treasury: Treasury,
) -> None:
    house, account = treasury.house, treasury.account()

    treasury.control("set_account_status", account_id=account.reference, status="ACTION_REQUIRED")
    house.take_webhooks()

    assert treasury.account().status is PayoutAccountStatus.ACTION_REQUIRED
    assert treasury.account().requirements == (Requirement.IDENTITY_DOCUMENT,)
    page = house.desk.start_verification(actor=A_PHYSICIAN, physician_id=PHYSICIAN, return_url=BACK)
    handed_in = house.world.http.post(page, data={"answer": "finish"})
    assert handed_in.headers["location"].startswith(BACK)
    treasury.control("set_account_status", account_id=account.reference, status="ACTIVE")
    house.take_webhooks()
    assert treasury.account().status is PayoutAccountStatus.ACTIVE
    assert treasury.account().requirements == ()

    treasury.control("send_stale_account_event", account_id=account.reference)
    house.take_webhooks()

    assert treasury.account().status is PayoutAccountStatus.ACTIVE


@pytest.mark.fault(17)
def test_an_account_suspended_between_request_and_payout_loses_nothing(
    treasury: Treasury,
) -> None:
    house, reference = treasury.house, treasury.account().reference
    treasury.fund(dollars(90))
    payout_id = house.desk.request(dollars(50))

    house.airwallex.post(f"/accounts/{reference}/suspend", {})
    house.take_webhooks()
    house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

    assert house.payout(payout_id).status is PayoutStatus.REQUESTED
    assert house.payout(payout_id).review == "account_restricted"
    assert house.airwallex.get("/transfers")["items"] == []

    house.airwallex.post(f"/accounts/{reference}/reactivate", {})
    house.take_webhooks()
    ResumePayoutsOf(house.desk.uow)(actor=SYSTEM, physician_id=PHYSICIAN)
    house.desk.sweep_payouts(actor=SYSTEM)

    assert house.payout(payout_id).status is PayoutStatus.SUBMITTED


@pytest.mark.fault(18)
def test_an_exchange_that_misses_its_quote_is_booked_to_the_cent(treasury: Treasury) -> None:
    house, desk = treasury.house, treasury.house.desk
    treasury.fund(dollars(90))
    house.world.fault("airwallex", "conversion_rate_differs", percent="-2")

    made = house.airwallex.post(
        "/fx/conversions/create",
        {
            "request_id": "convert-1",
            "sell_currency": "AUD",
            "buy_currency": "USD",
            "sell_amount": "50.00",
            "reason": "float",
            "term_agreement": True,
        },
    )
    bought = Money.from_major(Decimal(made["buy_amount"]), "USD")
    RecordConversion(desk.uow)(
        actor=FINANCE,
        held_at=HeldAt.FLOAT,
        conversion=Conversion(
            sold=dollars(50),
            bought=bought,
            quoted_rate=Decimal("0.66"),
            fee=dollars(0),
        ),
        reference=made["conversion_id"],
        occurred_at=desk.clock.now(),
    )

    assert bought == Money.of(3_234, "USD")
    assert {one.currency: one.difference.minor for one in treasury.look().floats} == {
        "AUD": 0,
        "USD": 0,
    }
    with desk.uow as uow:
        assert uow.journal.balance(FX_DIFFERENCE, Currency("USD")) == Money.of(66, "USD")
    house.assert_books_hold()
