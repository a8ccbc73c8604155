"""
Treasury and payout accounts without a browser: what is read, what is sent, what is refused.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from application.payouts.accounts import OpenPayoutAccount, StartVerification
from application.payouts.bank_accounts import LinkBankAccount
from application.payouts.queries import ViewPayoutAccount
from application.shared.access import AccessDenied
from application.treasury.bookings import HeldAt, RecordCapital, RecordConversion
from application.treasury.funding import RecordFloatFunding, ReverseFloatFunding
from application.treasury.ports import FloatUnknown
from application.treasury.queries import ViewTreasury
from application.treasury.watch import WatchFloat
from domain.payouts.payout_account import (
    PayoutAccountNotFound,
    PayoutAccountStatus,
    Requirement,
)
from domain.shared.money import Money
from domain.treasury.float_position import DueKind
from domain.treasury.funding import FundingRequestStatus
from entrypoints.portal.pages.operations.treasury import (
    DUE_WORDS,
    REQUEST_WORDS,
    TreasuryState,
)
from entrypoints.portal.pages.physician.payout_account import (
    REQUIREMENT_WORDS,
    STATUS_WORDS,
    PayoutAccountState,
)
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.physician_answers import account_view, aud
from tests.entrypoints.portal.tabs import Clinic, open_state
from tests.entrypoints.portal.treasury_answers import (
    PARTNERS_PAGE,
    prepare_for_treasury,
    waiting_account,
)

MINUS = "\N{MINUS SIGN}"
TOP_UP = {"amount": "1,500", "currency": "AUD", "reference": " B-7 ", "sent_on": "2026-11-20"}
EXCHANGE = {
    "sold": "100",
    "sold_currency": "AUD",
    "bought": "65.50",
    "bought_currency": "USD",
    "rate": "0.66",
    "fee": "1.50",
    "held_at": "float",
    "exchange_reference": "fx_1",
    "exchanged_on": "2026-11-20",
}


@pytest.fixture(autouse=True)
def answers(clinic: Clinic) -> Clinic:
    prepare_for_treasury(clinic)
    clinic.answer(ViewPayoutAccount, waiting_account())
    clinic.answer(OpenPayoutAccount, None)
    clinic.answer(LinkBankAccount, None)
    return clinic


def after(state_class: Any, token: str, *deeds: tuple[Any, ...]) -> Any:
    """The page after these handlers were called."""

    async def scene() -> Any:
        state = await open_state(state_class, token, address="/x")
        await state.load()
        for name, *arguments in deeds:
            await getattr(state, name)(*arguments)
        return state

    return asyncio.run(scene())


def treasury(*deeds: tuple[Any, ...]) -> Any:
    return after(TreasuryState, "staff-token", *deeds)


def account(*deeds: tuple[Any, ...]) -> Any:
    return after(PayoutAccountState, "physician-token", *deeds)


class TestTreasury:
    def test_says_of_each_currency_whether_it_reaches(self) -> None:
        short, reaches = treasury().floats

        assert short.sentence.startswith("From ")
        assert short.sentence.endswith("the balance does not cover what is due.")
        assert (short.tone, short.difference) == ("harm", f"{MINUS}A$50.00")
        assert [line.sum for line in short.dues] == ["A$600.00", "A$3,500.00", "A$4,000.00"]
        assert reaches.sentence.startswith("The balance covers all that is due until ")
        assert (reaches.tone, reaches.difference) == ("good", "None")
        assert "was sent lately" in reaches.detail

    def test_says_what_to_send_and_what_became_of_it(self) -> None:
        state = treasury()

        assert state.requests[0].sentence.startswith("Send A$3,000.00 to the payout partner by ")
        assert state.requests[0].detail.endswith("A$1,000.00 sent so far")
        assert state.requests[1].sentence == "A$4,000.00 was asked for."
        assert [one.standing for one in state.fundings] == [True, False]
        assert state.stuck[0].words == "Refused by the partner, and not given back yet"

    def test_a_top_up_is_booked_as_it_was_written(self, clinic: Clinic) -> None:
        state = treasury(("fund", {**TOP_UP, "amount": "1500,00"}))

        (booked,) = clinic.arguments_of(RecordFloatFunding)
        assert (booked["amount"], booked["reference"]) == (aud(150_000), "B-7")
        assert booked["occurred_at"] == datetime(2026, 11, 20, 12, tzinfo=UTC)
        assert "A$1,500.00 is booked as sent" in state.notice

    @pytest.mark.parametrize(
        "changed",
        [
            {"amount": "a lot"},
            {"amount": "1.005"},
            {"reference": " "},
            {"sent_on": "soon"},
            {"currency": ""},
        ],
    )
    def test_what_cannot_be_read_books_nothing(
        self, clinic: Clinic, changed: dict[str, str]
    ) -> None:
        state = treasury(("fund", {**TOP_UP, "amount": "1", **changed}))

        assert state.trouble
        assert clinic.arguments_of(RecordFloatFunding) == []

    def test_taking_back_shows_its_consequence_first(self, clinic: Clinic) -> None:
        state = treasury(("ask_to_take_back", "FLOAT-0002"))
        assert state.taking_back == "FLOAT-0002"
        assert clinic.arguments_of(ReverseFloatFunding) == []

        state = treasury(("ask_to_take_back", "FLOAT-0002"), ("take_back",))

        (deed,) = clinic.arguments_of(ReverseFloatFunding)
        assert deed["reference"] == "FLOAT-0002"
        assert state.taking_back == ""

    def test_capital_is_booked(self, clinic: Clinic) -> None:
        treasury(
            (
                "pay_in",
                {
                    "capital": "250000",
                    "capital_currency": "AUD",
                    "capital_reference": "CAP-1",
                    "capital_on": "2026-11-01",
                },
            )
        )

        (booked,) = clinic.arguments_of(RecordCapital)
        assert (booked["amount"], booked["reference"]) == (aud(25_000_000), "CAP-1")

    def test_an_exchange_says_how_far_it_missed_its_quote(self, clinic: Clinic) -> None:
        state = treasury(("convert", EXCHANGE))

        (booked,) = clinic.arguments_of(RecordConversion)
        assert booked["held_at"] is HeldAt.FLOAT
        assert booked["conversion"].quoted_rate == Decimal("0.66")
        assert booked["conversion"].fee == aud(150)
        assert booked["conversion"].difference == Money.of(50, "USD")
        assert state.notice.endswith("less than quoted.")

    @pytest.mark.parametrize("changed", [{"rate": "1.5"}, {"held_at": "pocket"}, {"sold": "0"}])
    def test_an_exchange_that_cannot_be_is_refused(
        self, clinic: Clinic, changed: dict[str, str]
    ) -> None:
        state = treasury(("convert", {**EXCHANGE, **changed}))

        assert state.trouble
        assert clinic.arguments_of(RecordConversion) == []

    def test_the_check_is_run_now(self, clinic: Clinic) -> None:
        state = treasury(("check",))

        assert len(clinic.arguments_of(WatchFloat)) == 1
        assert state.notice

    def test_a_silent_partner_is_said_to_be_silent(self, clinic: Clinic) -> None:
        clinic.answer(ViewTreasury, FloatUnknown("The payout vendor does not answer just now."))

        assert treasury().phase == "failed"

    def test_is_not_shown_to_whom_it_does_not_concern(self, clinic: Clinic) -> None:
        clinic.answer(ViewTreasury, AccessDenied("You may not do this."))

        assert treasury().phase == "forbidden"

    def test_there_are_words_for_everything(self) -> None:
        assert set(DUE_WORDS) == set(DueKind)
        assert set(REQUEST_WORDS) == set(FundingRequestStatus)


class TestPayoutAccount:
    def test_says_what_to_hand_in_and_how(self) -> None:
        state = account()

        assert state.sentence == "Our partner needs something from you."
        assert [one.title for one in state.requirements] == [
            "Send a photo of your passport or driving licence",
            "Give your home address, with proof",
        ]
        assert state.may_hand_in

    def test_leads_to_the_partners_page_and_back(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await open_state(PayoutAccountState, "physician-token", address="/x")
            await state.load()
            return await state.hand_in()

        assert PARTNERS_PAGE in str(asyncio.run(scene()))
        (asked,) = clinic.arguments_of(StartVerification)
        assert asked["return_url"].endswith("/physician/payout-account")

    def test_an_active_one_asks_for_nothing(self, clinic: Clinic) -> None:
        clinic.answer(
            ViewPayoutAccount,
            evolve(
                account_view(),
                status=PayoutAccountStatus.ACTIVE,
                cooling_off_until=NOON + timedelta(days=1),
                bank_on_its_way="9876",
            ),
        )

        state = account()

        assert (state.sentence, state.may_hand_in) == ("You can be paid.", False)
        assert "payouts start again" in state.cooling_off
        assert "9876" in state.on_its_way

    def test_a_paused_one_says_that_nothing_is_lost(self, clinic: Clinic) -> None:
        clinic.answer(
            ViewPayoutAccount, evolve(account_view(), status=PayoutAccountStatus.RESTRICTED)
        )

        state = account()

        assert "Nothing is lost" in state.detail
        assert not state.may_hand_in

    def test_without_one_the_bank_account_comes_first(self, clinic: Clinic) -> None:
        clinic.answer(ViewPayoutAccount, PayoutAccountNotFound("There is none."))
        form = {
            "bank_country": "AU",
            "account_name": "Ada Moreau",
            "account_number": "1234 5678",
            "routing_value": "062-000",
        }

        state = account(("name_bank", form))

        assert not state.exists
        assert len(clinic.arguments_of(OpenPayoutAccount)) == 1
        (named,) = clinic.arguments_of(LinkBankAccount)
        assert named["bank"].last_four == "5678"

    def test_there_are_words_for_everything(self) -> None:
        assert set(REQUIREMENT_WORDS) == set(Requirement)
        assert set(STATUS_WORDS) == set(PayoutAccountStatus)
