"""
Payouts without a browser: schedules and every withdrawal in words, decisions of finance.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from application.ledger.holds import PlaceHold, ReleaseHold
from application.payouts.approval import ApprovePayout, DeclinePayout, ResumePayout
from application.payouts.initiation import RequestPayout
from application.payouts.queries import ListPayouts
from application.payouts.schedule_queries import ViewPayoutSchedules
from application.payouts.schedules import ChoosePayoutSchedule
from application.physicians.search import FindPhysicians, FoundPhysician
from application.shared.pages import Page
from application.wallets.queries import WhereIsMyMoney
from domain.identity.session import StepUpRequired
from domain.ledger.hold import HoldCategory
from domain.payouts.approval import SignedBefore
from domain.payouts.failure import PayoutFailure, WhoActs
from domain.payouts.payout import PayoutStatus
from domain.payouts.schedule import Cadence, Rhythm, SkipReason
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import to_wire
from domain.wallets.money_state import MoneyLine, MoneyRule, MoneyState
from entrypoints.portal.pages.operations.payouts import CATEGORY_WORDS, PayoutsState
from entrypoints.portal.pages.physician.payout_schedule import SKIPPED_WORDS, rule_words
from entrypoints.portal.pages.physician.payout_words import (
    FAILURE_WORDS,
    STATUS_WORDS,
    withdrawal,
)
from entrypoints.portal.pages.physician.wallet import HOLD_WORDS, RULE_WORDS, WalletState
from entrypoints.portal.words import short
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.payout_answers import (
    HOLD,
    LARGE,
    large_payout,
    prepare_payouts,
    prepare_schedules,
    schedule_view,
    uncertain_payout,
)
from tests.entrypoints.portal.physician_answers import PAYOUT, aud, money_map, payout_view
from tests.entrypoints.portal.physician_clinic import prepare_for_physician
from tests.entrypoints.portal.tabs import PHYSICIAN, Clinic, open_state

_ZONE = "Australia/Sydney"


@pytest.fixture(autouse=True)
def prepared_clinic(clinic: Clinic) -> Clinic:
    prepare_for_physician(clinic)
    prepare_schedules(clinic)
    prepare_payouts(clinic)
    return clinic


async def opened(state_class: Any, token: str) -> Any:
    state = await open_state(state_class, token)
    await state.load()
    return state


async def wallet() -> Any:
    return await opened(WalletState, "physician-token")


async def desk() -> Any:
    return await opened(PayoutsState, "staff-token")


class TestSchedule:
    def test_says_what_holds_what_comes_and_what_became_of_the_last(self) -> None:
        (schedule,) = asyncio.run(wallet()).schedules

        assert schedule.rule == "Every Monday"
        assert schedule.next == (
            "Next on Monday, 30 November, Sydney time: A$506.50 as it stands, and what clears "
            "until then."
        )
        assert [run.words for run in schedule.runs] == [
            f"Mon 23 Nov, 23:00: skipped, because {SKIPPED_WORDS[SkipReason.COOLING_OFF]}",
            "Mon 16 Nov, 23:00: A$200.00 withdrawn.",
        ]

    @pytest.mark.parametrize(
        ("reason", "hitch"),
        [
            (SkipReason.PAUSED, "The last withdrawals failed for the same reason."),
            (SkipReason.BELOW_SMALLEST, ""),
        ],
    )
    def test_points_out_what_went_wrong_and_not_that_there_was_nothing(
        self, clinic: Clinic, reason: SkipReason, hitch: str
    ) -> None:
        run = evolve(schedule_view().runs[0], reason=reason)
        clinic.answer(ViewPayoutSchedules, (schedule_view(runs=(run,)),))

        (schedule,) = asyncio.run(wallet()).schedules

        assert schedule.hitch.startswith(hitch)
        assert bool(schedule.hitch) is bool(hitch)

    def test_is_by_hand_where_nothing_was_chosen(self, clinic: Clinic) -> None:
        clinic.answer(ViewPayoutSchedules, ())

        (schedule,) = asyncio.run(wallet()).schedules

        assert (schedule.currency, schedule.rule) == ("AUD", "Only when you ask")

    @pytest.mark.parametrize(
        ("cadence", "form", "rhythm"),
        [
            ("weekly", {"weekday": "4"}, Rhythm(cadence=Cadence.WEEKLY, weekday=4)),
            ("monthly", {"day_of_month": "31"}, Rhythm(cadence=Cadence.MONTHLY, day_of_month=31)),
            (
                "minimum",
                {"minimum": "500,50"},
                Rhythm(cadence=Cadence.MINIMUM, minimum=aud(50_050)),
            ),
            ("manual", {}, Rhythm()),
        ],
    )
    def test_is_changed_to_what_was_chosen(
        self, clinic: Clinic, cadence: str, form: dict[str, str], rhythm: Rhythm
    ) -> None:
        async def scene() -> Any:
            state = await wallet()
            await state.change_schedule("AUD")
            begun = (state.changing, state.cadence)
            await state.pick_cadence(cadence)
            await state.choose_schedule(form)
            return state, begun

        state, begun = asyncio.run(scene())

        assert begun == ("AUD", "weekly")
        (call,) = clinic.arguments_of(ChoosePayoutSchedule)
        assert (call["physician_id"], call["rhythm"]) == (PHYSICIAN, rhythm)
        assert (state.changing, state.trouble) == ("", "")
        assert state.notice == f"{rule_words(rhythm)}: this holds from now on."

    def test_says_what_is_unfit_and_keeps_the_form_open(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await wallet()
            await state.change_schedule("AUD")
            await state.pick_cadence("minimum")
            await state.choose_schedule({"minimum": "lots"})
            return state

        state = asyncio.run(scene())

        assert (state.changing, clinic.arguments_of(ChoosePayoutSchedule)) == ("AUD", [])
        assert state.trouble.startswith("Write the amount")

    def test_goes_on_after_a_code_was_given(self, clinic: Clinic) -> None:
        clinic.answer(ChoosePayoutSchedule, StepUpRequired("Give a code."))

        async def scene() -> Any:
            state = await wallet()
            await state.change_schedule("AUD")
            await state.choose_schedule({"weekday": "1"})
            asked = state.wants_code
            clinic.answer(ChoosePayoutSchedule, None)
            await state._go_on()
            return state, asked

        state, asked = asyncio.run(scene())

        assert (asked, state.changing) == (True, "")
        assert len(clinic.arguments_of(ChoosePayoutSchedule)) == 2

    def test_can_be_left_as_it_is(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await wallet()
            await state.change_schedule("AUD")
            await state.keep_schedule()
            return state

        assert asyncio.run(scene()).changing == ""
        assert clinic.arguments_of(ChoosePayoutSchedule) == []

    def test_tells_a_schedule_with_nothing_to_pay_yet(self, clinic: Clinic) -> None:
        clinic.answer(ViewPayoutSchedules, (schedule_view(expected=aud(0)),))

        (schedule,) = asyncio.run(wallet()).schedules

        assert schedule.next.endswith("So far there is nothing to pay out.")

    def test_every_reason_has_words(self) -> None:
        assert set(SKIPPED_WORDS) == set(SkipReason)


class TestWithdrawals:
    def test_every_status_failure_rule_and_kind_of_hold_has_words(self) -> None:
        assert set(STATUS_WORDS) == set(PayoutStatus)
        assert set(FAILURE_WORDS) == set(PayoutFailure)
        assert set(RULE_WORDS) == set(MoneyRule)
        assert set(HOLD_WORDS) == set(HoldCategory) == set(CATEGORY_WORDS)

    @pytest.mark.parametrize("failure", PayoutFailure)
    def test_each_failure_says_who_acts(self, failure: PayoutFailure) -> None:
        seen = withdrawal(payout_view(status=PayoutStatus.FAILED, failure=failure), _ZONE)

        assert seen.detail == FAILURE_WORDS[failure]
        assert seen.mend is (failure.who_acts is WhoActs.PHYSICIAN)
        assert ("Correct your bank details" in seen.to_do) is seen.mend

    @pytest.mark.parametrize(
        ("changes", "detail"),
        [
            (
                {"status": PayoutStatus.DECLINED, "declined_because": "Your contract ended."},
                "We said: Your contract ended.",
            ),
            (
                {"status": PayoutStatus.AWAITING_APPROVAL, "signatures_missing": 1},
                "Two people of ours check a withdrawal of this size. One has agreed.",
            ),
            (
                {"status": PayoutStatus.REQUESTED, "review": "unrecognised"},
                "A person of ours looks into it before it goes on.",
            ),
            (
                {"status": PayoutStatus.REQUESTED, "review": "account_restricted"},
                "Our payout partner has paused your account.",
            ),
            ({"status": PayoutStatus.SUBMITTED}, "Expected by Wed 25 Nov, 23:00."),
            (
                {"status": PayoutStatus.PAID, "ended_at": NOON},
                "At your bank since Mon 23 Nov, 23:00.",
            ),
        ],
    )
    def test_says_what_it_waits_for(self, changes: dict[str, Any], detail: str) -> None:
        assert withdrawal(payout_view(**changes), _ZONE).detail == detail

    def test_says_when_it_is_tried_again(self) -> None:
        seen = withdrawal(
            payout_view(
                status=PayoutStatus.REQUESTED,
                failure=PayoutFailure.VENDOR_UNAVAILABLE,
                retry_at=NOON + timedelta(hours=1),
            ),
            _ZONE,
        )

        assert seen.to_do.endswith("Next try: Tue 24 Nov, 00:00.")

    def test_says_when_the_money_comes_that_waits_for_ours(self) -> None:
        seen = withdrawal(
            payout_view(status=PayoutStatus.REQUESTED, failure=PayoutFailure.FLOAT_TOO_LOW), _ZONE
        )

        assert seen.to_do.endswith("Expected at your bank by Wed 25 Nov, 23:00.")

    def test_says_that_a_schedule_asked_for_it(self) -> None:
        seen = withdrawal(payout_view(scheduled=True), _ZONE)

        assert seen.asked.startswith("Asked for by your schedule")

    def test_a_large_one_is_announced_as_waiting(self, clinic: Clinic) -> None:
        clinic.answer(RequestPayout, LARGE)
        clinic.answer(ListPayouts, Page((large_payout(),)))

        async def scene() -> Any:
            state = await wallet()
            await state.prepare({"amount": "12400", "currency": "AUD"})
            await state.withdraw()
            return state

        assert "Two people of ours" in asyncio.run(scene()).notice

    def test_what_is_held_for_review_says_why(self, clinic: Clinic) -> None:
        line = MoneyLine(
            state=MoneyState.HELD,
            rule=MoneyRule.HELD_FOR_REVIEW,
            amount=aud(5_000),
            who_acts=WhoActs.PLATFORM,
            on=NOON + timedelta(days=3),
            detail=HoldCategory.PATIENT_COMPLAINT.value,
        )
        clinic.answer(WhereIsMyMoney, (evolve(money_map(), lines=(line,)),))

        (seen,) = asyncio.run(wallet()).whereabouts

        assert seen.why.startswith("We look into a patient's complaint.")
        assert (seen.who, seen.when) == ("Waits for us", "Thu 26 Nov, 23:00")


class TestDecisions:
    def test_show_who_agreed_and_how_many_are_missing(self) -> None:
        state = asyncio.run(desk())

        (large,), (uncertain,) = state.approvals, state.reviews
        assert large.agreed == ["Sam Reyes agreed Mon 23 Nov, 21:00: Earnings of October checked"]
        assert (large.wants, uncertain.wants) == (
            "One person has to agree",
            "2 people have to agree",
        )
        assert uncertain.why.startswith("Nobody knows whether the partner has it")

    def test_agree(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.approve({"payout": state.approvals[0].key, "note": " seen "})
            return state

        state = asyncio.run(scene())

        (call,) = clinic.arguments_of(ApprovePayout)
        assert (call["payout_id"], call["note"]) == (LARGE, "seen")
        assert state.notice == "It is on its way."

    def test_say_that_a_second_person_is_needed(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.resume({"payout": to_wire("payout", PAYOUT), "reason": "not at the bank"})
            return state

        assert "second person" in asyncio.run(scene()).notice
        assert clinic.arguments_of(ResumePayout)[0]["reason"] == "not at the bank"

    def test_refuse_a_second_yes_of_the_same_person(self, clinic: Clinic) -> None:
        clinic.answer(ApprovePayout, SignedBefore("A second person has to."))

        async def scene() -> Any:
            state = await desk()
            await state.approve({"payout": state.approvals[0].key})
            return state

        assert asyncio.run(scene()).trouble == "A second person has to."

    def test_decline_with_a_reason(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.decline({"payout": state.approvals[0].key, "reason": "Contract ended"})
            return state

        assert "back in the wallet" in asyncio.run(scene()).notice
        assert clinic.arguments_of(DeclinePayout)[0]["reason"] == "Contract ended"

    def test_go_on_after_a_code_was_given(self, clinic: Clinic) -> None:
        clinic.answer(ApprovePayout, StepUpRequired("Give a code."))

        async def scene() -> Any:
            state = await desk()
            await state.approve({"payout": state.approvals[0].key})
            asked = state.wants_code
            clinic.answer(ApprovePayout, 0)
            await state._go_on()
            return state, asked

        state, asked = asyncio.run(scene())

        assert (asked, state.notice) == (True, "It is on its way.")
        assert len(clinic.arguments_of(ApprovePayout)) == 2

    def test_findings_without_words_of_their_own_are_still_readable(self, clinic: Clinic) -> None:
        clinic.answer(ListPayouts, Page((uncertain_payout(review="vendor_says_in_approval"),)))

        assert asyncio.run(desk()).reviews[0].why == "Vendor says in approval."


class TestHolds:
    def test_are_placed_on_whom_one_finds_by_name(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.find({"whose": "moreau"})
            return state

        state = asyncio.run(scene())

        assert clinic.arguments_of(FindPhysicians)[0]["written"] == "moreau"
        assert [one.words for one in state.found] == [
            f"Dr Amelia Moreau, active ({short(to_wire('physician', PHYSICIAN))})",
            f"Dr Ada Moreau, suspended ({short(state.found[1].key)})",
        ]
        assert state.found[0].key == to_wire("physician", PHYSICIAN)
        assert state.found_words == "Found 2. Choose whose wallet it is."

    def test_forget_who_was_found_once_one_is_placed(self) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.find({"whose": "moreau"})
            await state.hold(
                {
                    "physician": state.found[0].key,
                    "amount": "180",
                    "currency": "AUD",
                    "category": "patient_complaint",
                    "until": "2026-11-30",
                    "reason": "A letter",
                }
            )
            return state

        state = asyncio.run(scene())

        assert (state.trouble, state.found, state.found_words) == ("", [], "")

    @pytest.mark.parametrize(
        ("found", "words"), [(0, "Nobody"), (1, "Found one."), (20, "The first 20.")]
    )
    def test_say_what_the_search_came_to(self, clinic: Clinic, found: int, words: str) -> None:
        one = FoundPhysician(
            physician_id=PHYSICIAN, name="Dr Amelia Moreau", status=PhysicianStatus.ACTIVE
        )
        clinic.answer(FindPhysicians, (one,) * found)

        async def scene() -> Any:
            state = await desk()
            await state.find({"whose": "moreau"})
            return state

        state = asyncio.run(scene())

        assert (len(state.found), state.found_words[: len(words)]) == (found, words)

    def test_are_placed_until_the_end_of_a_day_here(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.hold(
                {
                    "physician": to_wire("physician", PHYSICIAN),
                    "amount": "180",
                    "currency": "AUD",
                    "category": "patient_complaint",
                    "until": "2026-11-30",
                    "reason": "A letter",
                }
            )
            return state

        assert asyncio.run(scene()).notice.startswith("It is held.")
        (call,) = clinic.arguments_of(PlaceHold)
        assert call["review_until"] == datetime(2026, 12, 1, tzinfo=UTC) - _SYDNEY_IS_AHEAD
        assert (call["amount"], call["category"]) == (aud(18_000), HoldCategory.PATIENT_COMPLAINT)

    def test_are_given_back_early(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.release({"hold": state.held[0].key, "reason": "explained"})
            return state

        assert asyncio.run(scene()).notice == "It is given back."
        assert clinic.arguments_of(ReleaseHold)[0]["hold_id"] == HOLD

    @pytest.mark.parametrize("until", ["", "soon", "2026-02-30"])
    def test_need_a_day(self, clinic: Clinic, until: str) -> None:
        async def scene() -> Any:
            state = await desk()
            await state.hold({"until": until})
            return state

        assert asyncio.run(scene()).trouble == "Choose until which day."
        assert clinic.arguments_of(PlaceHold) == []


_SYDNEY_IS_AHEAD = timedelta(hours=11)
