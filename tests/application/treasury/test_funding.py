"""
The balance at the payout vendor is watched, asked for, filled, and waited for.
"""

from datetime import date, timedelta

import pytest
from attrs import define, field

from application.payouts.settlement import ResumePayoutsOnFunding
from application.shared.access import SYSTEM, AccessDenied
from application.treasury.funding import (
    RecordFloatFunding,
    RefreshFloatDeposit,
    ReverseFloatFunding,
)
from application.treasury.ports import FloatUnknown, FoundDeposit
from application.treasury.watch import FloatPositions, WatchFloat
from domain.ledger.chart import BANK, PAYOUT_FLOAT
from domain.payouts.events import PayoutFailed, PayoutWaitsForFunding
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import FUNDED_WITHIN, Payout, PayoutStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import PayoutId
from domain.shared.money import Money
from domain.treasury.events import FundingReopened, FundingRequested
from domain.treasury.float_position import Due, DueKind, FundingPolicy
from domain.treasury.funding import (
    FloatFundingNotFound,
    FundingAlreadyReversed,
    FundingRequest,
    FundingRequestStatus,
    MalformedFunding,
)
from tests.fakes.money import A_PHYSICIAN, FINANCE, MoneyDesk, dollars
from tests.fakes.treasury import InMemoryFloat, InMemoryForecast


@define
class Treasury:
    desk: MoneyDesk = field(factory=MoneyDesk)
    vendor: InMemoryFloat = field(factory=InMemoryFloat)
    policy: FundingPolicy = field(factory=FundingPolicy)
    forecast: InMemoryForecast = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.forecast = InMemoryForecast(self.desk.uow)

    @property
    def today(self) -> date:
        return self.desk.clock.now().date()

    def due(self, amount: Money, *, in_days: int = 0) -> None:
        on = self.today + timedelta(days=in_days)
        self.forecast.dues.append(Due(kind=DueKind.MATURING, amount=amount, on=on))

    @property
    def watch_float(self) -> WatchFloat:
        positions = FloatPositions(self.vendor, self.forecast, self.desk.clock, self.policy)
        return WatchFloat(*self.desk.core, self.desk.ids, positions, self.policy)

    def watch(self) -> None:
        self.watch_float(actor=SYSTEM)

    def fund(self, amount: Money, reference: str = "bank_1") -> None:
        RecordFloatFunding(*self.desk.core, self.desk.ids)(
            actor=FINANCE,
            amount=amount,
            reference=reference,
            occurred_at=self.desk.clock.now(),
        )

    def reverse(self, reference: str = "bank_1") -> None:
        ReverseFloatFunding(*self.desk.core)(actor=FINANCE, reference=reference)

    @property
    def requests(self) -> list[FundingRequest]:
        return self.desk.uow.funding_requests.all()

    @property
    def request(self) -> FundingRequest:
        (only,) = self.requests
        return only


@pytest.fixture
def treasury() -> Treasury:
    return Treasury()


class TestWatchFloat:
    def test_asks_for_nothing_while_the_balance_reaches(self, treasury: Treasury) -> None:
        treasury.vendor.put(dollars(100))
        treasury.due(dollars(100), in_days=7)
        treasury.due(dollars(900), in_days=8)

        treasury.watch()

        assert treasury.requests == []

    def test_asks_once_for_what_is_missing_and_says_by_when(self, treasury: Treasury) -> None:
        treasury.vendor.put(dollars(100))
        treasury.due(dollars(90))
        treasury.due(dollars(410), in_days=3)

        for _ in range(2):
            treasury.watch()

        assert treasury.request.amount == dollars(500)  # 550 less 100, in whole hundreds
        assert treasury.request.due_on == treasury.today + timedelta(days=3)
        assert len(treasury.desk.uow.events_of(FundingRequested)) == 1

    def test_asks_for_more_when_more_is_due(self, treasury: Treasury) -> None:
        treasury.vendor.put(dollars(0))
        treasury.due(dollars(100), in_days=5)
        treasury.watch()
        treasury.due(dollars(1_000), in_days=1)

        treasury.watch()

        assert treasury.request.amount == dollars(1_300)
        assert treasury.request.due_on == treasury.today + timedelta(days=1)
        assert len(treasury.desk.uow.events_of(FundingRequested)) == 2

    def test_stops_asking_when_it_is_no_longer_needed(self, treasury: Treasury) -> None:
        treasury.due(dollars(100))
        treasury.watch()
        treasury.vendor.put(dollars(100))

        treasury.watch()

        assert treasury.request.status is FundingRequestStatus.WITHDRAWN

    def test_each_currency_has_a_request_of_its_own(self, treasury: Treasury) -> None:
        treasury.due(dollars(100))
        treasury.due(Money.of(5_000, "USD"))

        treasury.watch()

        assert {str(each.amount) for each in treasury.requests} == {"AUD 200.00", "USD 100.00"}

    def test_what_was_sent_counts_until_it_should_have_come(self, treasury: Treasury) -> None:
        treasury.due(dollars(100))
        treasury.watch()
        treasury.fund(dollars(200))

        treasury.watch()
        assert [each.status for each in treasury.requests] == [FundingRequestStatus.FUNDED]
        treasury.desk.clock.pass_by(timedelta(days=4))
        treasury.watch()

        assert [each.status for each in treasury.requests] == [
            FundingRequestStatus.FUNDED,
            FundingRequestStatus.OPEN,
        ]

    def test_asks_nobody_when_the_vendor_is_silent(self, treasury: Treasury) -> None:
        treasury.vendor.silent = True
        treasury.due(dollars(100))

        with pytest.raises(FloatUnknown):
            treasury.watch()
        assert treasury.requests == []

    def test_is_not_for_physicians(self, treasury: Treasury) -> None:
        with pytest.raises(AccessDenied):
            treasury.watch_float(actor=A_PHYSICIAN)


class TestFunding:
    def test_answers_the_open_request(self, treasury: Treasury) -> None:
        treasury.due(dollars(500))
        treasury.watch()

        treasury.fund(dollars(400))
        assert treasury.request.missing == dollars(200)
        treasury.fund(dollars(200), "bank_2")

        assert treasury.request.status is FundingRequestStatus.FUNDED
        assert treasury.desk.balance(PAYOUT_FLOAT) == dollars(600)

    def test_the_same_reference_counts_once(self, treasury: Treasury) -> None:
        treasury.due(dollars(500))
        treasury.watch()

        for _ in range(2):
            treasury.fund(dollars(400))

        assert treasury.request.received == dollars(400)
        assert treasury.desk.balance(PAYOUT_FLOAT) == dollars(400)

    def test_nothing_cannot_be_sent(self, treasury: Treasury) -> None:
        with pytest.raises(MalformedFunding):
            treasury.fund(dollars(0))

    def test_is_for_finance(self, treasury: Treasury) -> None:
        with pytest.raises(AccessDenied):
            RecordFloatFunding(*treasury.desk.core, treasury.desk.ids)(
                actor=A_PHYSICIAN,
                amount=dollars(1),
                reference="x",
                occurred_at=treasury.desk.clock.now(),
            )


class TestFundingTakenBack:
    def test_the_request_is_open_again_and_the_books_follow(self, treasury: Treasury) -> None:
        treasury.due(dollars(500))
        treasury.watch()
        treasury.fund(dollars(600))

        treasury.reverse()

        assert treasury.request.is_open
        assert treasury.request.missing == dollars(600)
        assert treasury.desk.balance(PAYOUT_FLOAT) == dollars(0)
        assert treasury.desk.balance(BANK) == dollars(0)
        assert len(treasury.desk.uow.events_of(FundingReopened)) == 1

    def test_another_open_request_takes_it_over(self, treasury: Treasury) -> None:
        treasury.due(dollars(500))
        treasury.watch()
        treasury.fund(dollars(600))
        treasury.due(dollars(1_000))
        treasury.watch()

        treasury.reverse()

        first, second = treasury.requests
        assert (first.status, second.status) == (
            FundingRequestStatus.FUNDED,
            FundingRequestStatus.OPEN,
        )
        assert second.missing == dollars(1_100 + 600)

    def test_it_is_taken_back_once(self, treasury: Treasury) -> None:
        treasury.fund(dollars(600))
        treasury.reverse()

        with pytest.raises(FundingAlreadyReversed):
            treasury.reverse()
        with pytest.raises(FloatFundingNotFound):
            treasury.reverse("unheard_of")

    @pytest.mark.parametrize("known_as", [("dep_1", "bank_1"), ("dep_1",)])
    def test_the_vendor_tells_of_it(self, treasury: Treasury, known_as: tuple[str, ...]) -> None:
        treasury.fund(dollars(600))
        refresh = RefreshFloatDeposit(*treasury.desk.core, treasury.vendor)
        treasury.vendor.deposits["dep_1"] = FoundDeposit(known_as=known_as, taken_back=False)
        refresh(actor=SYSTEM, reference="dep_1")
        assert treasury.desk.balance(PAYOUT_FLOAT) == dollars(600)

        treasury.vendor.deposits["dep_1"] = FoundDeposit(known_as=known_as, taken_back=True)
        for _ in range(2):
            refresh(actor=SYSTEM, reference="dep_1")

        ours = "bank_1" in known_as
        assert treasury.desk.balance(PAYOUT_FLOAT) == (dollars(0) if ours else dollars(600))


class TestPayoutsThatWait:
    def requested(self, desk: MoneyDesk) -> PayoutId:
        desk.earn(3)
        desk.be_payable()
        desk.vendor.float_minor = 1_000
        payout_id = desk.request(dollars(50))
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        return payout_id

    def payout(self, desk: MoneyDesk, payout_id: PayoutId) -> Payout:
        with desk.uow as uow:
            return uow.payouts.get(payout_id)

    def test_are_not_sent_and_name_a_date(self, treasury: Treasury) -> None:
        desk = treasury.desk

        payout_id = self.requested(desk)
        expected = desk.clock.now() + FUNDED_WITHIN
        desk.clock.pass_by(timedelta(hours=1))
        desk.sweep_payouts(actor=SYSTEM)

        found = self.payout(desk, payout_id)
        assert desk.vendor.submitted == []
        assert (found.status, found.review) == (PayoutStatus.REQUESTED, None)
        assert found.waits_for_funding
        assert found.expected_at == expected
        assert len(desk.uow.events_of(PayoutWaitsForFunding)) == 1

    def test_never_become_a_failure_or_a_review(self, treasury: Treasury) -> None:
        desk = treasury.desk
        payout_id = self.requested(desk)
        desk.vendor.float_minor = None
        for _ in range(5):
            desk.vendor.rejects = PayoutFailure.FLOAT_TOO_LOW
            desk.clock.pass_by(timedelta(days=1))
            desk.sweep_payouts(actor=SYSTEM)

        found = self.payout(desk, payout_id)
        assert (found.status, found.review) == (PayoutStatus.REQUESTED, None)
        assert found.expected_at is not None
        assert found.expected_at > desk.clock.now()
        assert desk.uow.events_of(PayoutFailed) == []

    def test_go_by_themselves_when_money_has_come(self, treasury: Treasury) -> None:
        desk = treasury.desk
        payout_id = self.requested(desk)
        desk.vendor.float_minor = None
        desk.sweep_payouts(actor=SYSTEM)
        assert desk.vendor.submitted == []

        ResumePayoutsOnFunding(desk.uow)(actor=SYSTEM, amount=Money.of(1, "USD"))
        desk.sweep_payouts(actor=SYSTEM)
        assert desk.vendor.submitted == []
        ResumePayoutsOnFunding(desk.uow)(actor=SYSTEM, amount=dollars(500))
        desk.sweep_payouts(actor=SYSTEM)

        assert self.payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_at_the_vendor_keep_their_date_and_need_nobody(self, treasury: Treasury) -> None:
        desk = treasury.desk
        payout_id = self.requested(desk)
        desk.vendor.float_minor = None
        desk.clock.pass_by(timedelta(hours=1))
        desk.sweep_payouts(actor=SYSTEM)
        reference = self.payout(desk, payout_id).reference
        assert reference is not None
        told_before = len(desk.uow.events_of(PayoutWaitsForFunding))

        for _ in range(2):
            desk.vendor.report(reference, TransferFinding.UNFUNDED, vendor_status="OVERDUE")
            desk.refresh_payout(actor=SYSTEM, reference=reference)

        found = self.payout(desk, payout_id)
        assert (found.status, found.review) == (PayoutStatus.SUBMITTED, None)
        assert found.expected_at is not None
        assert len(desk.uow.events_of(PayoutWaitsForFunding)) == told_before + 1

    def test_can_be_called_off(self, treasury: Treasury) -> None:
        payout_id = self.requested(treasury.desk)

        treasury.desk.cancel_payout(actor=A_PHYSICIAN, payout_id=payout_id)

        assert self.payout(treasury.desk, payout_id).status is PayoutStatus.CANCELLED

    def test_only_the_platform_lets_them_go_on(self, treasury: Treasury) -> None:
        with pytest.raises(AccessDenied):
            ResumePayoutsOnFunding(treasury.desk.uow)(actor=FINANCE, amount=dollars(1))
