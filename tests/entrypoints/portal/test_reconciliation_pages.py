"""
Reconciliation without a browser: differences, proposals, and the second person.
"""

import asyncio
from datetime import date
from typing import Any

import pytest
from attrs import evolve

from application.reconciliation.answers import (
    ApproveRepair,
    AssignBreak,
    ExplainBreak,
    ProposeRepair,
    RejectRepair,
)
from application.reconciliation.comparison import Reconcile
from application.reconciliation.intake import ImportProcessorTransactions
from application.reconciliation.periods import ClosePeriod, OpenPeriod
from application.reconciliation.ports import FeedSilent
from application.reconciliation.queries import ViewBreak, ViewReconciliation
from application.shared.access import AccessDenied
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.periods import BreaksUnexplained
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import to_wire
from entrypoints.portal.pages.operations.difference import DifferenceState
from entrypoints.portal.pages.operations.periods import PeriodsState
from entrypoints.portal.pages.operations.reconciliation import ReconciliationState
from entrypoints.portal.words import moment
from tests.entrypoints.portal.finance_answers import (
    BREAK,
    COLLEAGUE,
    ENTRY,
    break_row,
    break_view,
    periods,
    prepare_for_finance,
    proposed_by,
    reconciliation,
)
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.physician_answers import aud
from tests.entrypoints.portal.tabs import AN_OPERATOR, Clinic, open_state

_ADDRESS = f"/x?break_id={to_wire('break', BREAK)}"


@pytest.fixture(autouse=True)
def finance(clinic: Clinic) -> Clinic:
    prepare_for_finance(clinic)
    return clinic


def after(state_class: Any, *deeds: tuple[Any, ...]) -> Any:
    """The page after these handlers were called."""

    async def scene() -> Any:
        state = await open_state(state_class, "staff-token", address=_ADDRESS)
        await state.load()
        for name, *arguments in deeds:
            await getattr(state, name)(*arguments)
        return state

    return asyncio.run(scene())


class TestReconciliation:
    def test_lists_what_waits_for_a_second_person_before_what_is_open(self) -> None:
        state = after(ReconciliationState)

        assert [(one.status, one.owner) for one in state.breaks] == [
            ("Waits for a second person", "You"),
            ("Open", "Nobody yet, of finance"),
        ]
        assert state.breaks[1].differences == "Card processor \N{MINUS SIGN}A$49.00, Bank +A$47.60"
        assert state.breaks[1].age == "Known for 2 days"

    def test_shows_the_sides_of_each_currency(self) -> None:
        (sides,) = after(ReconciliationState).currencies

        assert [(one.place, one.difference, one.differs) for one in sides.places] == [
            ("Card processor", "A$0.00", False),
            ("Payout partner", "A$0.00", False),
            ("Bank", "A$47.60", True),
        ]
        assert sides.places[2].stated == "Not told"
        assert sides.suspense == "A$12.00"

    def test_a_place_that_told_nothing_is_not_said_to_differ(self, clinic: Clinic) -> None:
        view = reconciliation()
        (sides,) = view.currencies
        silent = evolve(sides.places[0], stated=None, told=aud(0), was_told=False)
        clinic.answer(
            ViewReconciliation,
            evolve(view, currencies=(evolve(sides, places=(silent, *sides.places[1:])),)),
        )

        place = after(ReconciliationState).currencies[0].places[0]

        assert (place.stated, place.difference, place.differs) == (
            "Not told",
            "Not compared",
            False,
        )

    def test_all_sides_are_compared_at_once(self, clinic: Clinic) -> None:
        state = after(ReconciliationState, ("compare",))

        asked = [use_case for use_case, _ in clinic.calls]
        assert asked.index(ImportProcessorTransactions) < asked.index(Reconcile)
        assert state.notice == "Compared: 3 matched. One new difference, 0 healed."

    def test_a_vendor_that_is_silent_is_said(self, clinic: Clinic) -> None:
        clinic.answer(ImportProcessorTransactions, FeedSilent("The processor does not answer."))

        state = after(ReconciliationState, ("compare",))

        assert (state.trouble, state.notice) == ("The processor does not answer.", "")

    def test_shows_what_was_answered_when_asked(self) -> None:
        state = after(ReconciliationState, ("show_answered", True))

        assert [(one.status, one.owner) for one in state.breaks] == [("Explained", "A colleague")]


class TestPeriods:
    def test_what_keeps_one_open_is_said(self) -> None:
        lines = after(PeriodsState).periods

        assert [(one.days, one.detail, one.may_close) for one in lines] == [
            (
                "15 November 2026 to 21 November 2026",
                "1 difference has to be repaired or explained first",
                True,
            ),
            (
                "8 November 2026 to 14 November 2026",
                "No difference keeps it from closing",
                True,
            ),
            (
                "1 November 2026 to 7 November 2026",
                f"Since {moment(NOON, 'Australia/Sydney')}",
                False,
            ),
        ]

    def test_one_is_begun(self, clinic: Clinic) -> None:
        state = after(PeriodsState, ("begin", {"starts_on": "2026-11-22", "ends_on": "2026-11-28"}))

        (asked,) = clinic.arguments_of(OpenPeriod)
        assert (asked["starts_on"], asked["ends_on"]) == (date(2026, 11, 22), date(2026, 11, 28))
        assert "The period is open." in state.notice

    def test_a_day_that_is_missing_is_asked_for(self, clinic: Clinic) -> None:
        state = after(PeriodsState, ("begin", {"starts_on": "2026-11-22", "ends_on": ""}))

        assert state.trouble == "Choose both days."
        assert clinic.arguments_of(OpenPeriod) == []

    def test_one_is_closed_after_a_second_thought(self, clinic: Clinic) -> None:
        key = to_wire("accounting_period", periods()[1].period_id)

        asked = after(PeriodsState, ("ask_to_close", key))
        assert clinic.arguments_of(ClosePeriod) == []
        assert asked.closing_days == "8 November 2026 to 14 November 2026"

        closed = after(PeriodsState, ("ask_to_close", key), ("close",))
        assert clinic.arguments_of(ClosePeriod)[0]["period_id"] == periods()[1].period_id
        assert (closed.closing, closed.notice) == (
            "",
            "Closed: 8 November 2026 to 14 November 2026. Nothing of it changes any more.",
        )

    def test_what_keeps_it_from_closing_is_said_when_it_is_tried(self, clinic: Clinic) -> None:
        clinic.answer(ClosePeriod, BreaksUnexplained("1 break is neither repaired nor explained."))
        key = to_wire("accounting_period", periods()[0].period_id)

        state = after(PeriodsState, ("ask_to_close", key), ("close",))

        assert state.trouble == "1 break is neither repaired nor explained."


class TestDifference:
    def test_shows_what_would_be_posted_before_anything_is(self, clinic: Clinic) -> None:
        state = after(DifferenceState)

        assert [(one.debit, one.sum) for one in state.suggestion.postings] == [
            ("assets:bank", "A$47.60"),
            ("expenses:processing", "A$1.40"),
        ]
        assert (state.is_open, state.is_proposed) == (True, False)
        assert clinic.arguments_of(ApproveRepair) == []

    def test_is_taken_on(self, clinic: Clinic) -> None:
        after(DifferenceState, ("take",))

        assert clinic.arguments_of(AssignBreak)[0]["user_id"] == AN_OPERATOR.user_id

    def test_a_repair_is_proposed_with_a_note(self, clinic: Clinic) -> None:
        state = after(DifferenceState, ("propose", {"rule": "settlement", "note": "Of Friday."}))

        (asked,) = clinic.arguments_of(ProposeRepair)
        assert (asked["rule"], asked["note"]) == (RepairRule.SETTLEMENT, "Of Friday.")
        assert "A second person" in state.notice

    def test_an_unknown_repair_is_refused(self, clinic: Clinic) -> None:
        state = after(DifferenceState, ("propose", {"rule": "magic"}))

        assert state.trouble == "Choose one of the repairs."
        assert clinic.arguments_of(ProposeRepair) == []

    def test_the_one_who_proposed_is_not_offered_to_approve(self, clinic: Clinic) -> None:
        assert AN_OPERATOR.user_id is not None
        clinic.answer(ViewBreak, proposed_by(AN_OPERATOR.user_id))

        assert after(DifferenceState).is_own_proposal

    def test_a_second_person_approves(self, clinic: Clinic) -> None:
        clinic.answer(ViewBreak, proposed_by(COLLEAGUE))

        state = after(DifferenceState, ("approve",))

        assert not state.is_own_proposal
        assert clinic.arguments_of(ApproveRepair)[0]["break_id"] == BREAK
        assert state.notice.startswith("Posted as je_")

    def test_is_declined_or_explained_with_words(self, clinic: Clinic) -> None:
        after(
            DifferenceState,
            ("reject", {"reason": "The wrong day."}),
            ("explain", {"explanation": "The bank rounds."}),
        )

        assert clinic.arguments_of(RejectRepair)[0]["reason"] == "The wrong day."
        assert clinic.arguments_of(ExplainBreak)[0]["explanation"] == "The bank rounds."

    def test_says_how_it_ended(self, clinic: Clinic) -> None:
        clinic.answer(
            ViewBreak,
            break_view(row=break_row(status=BreakStatus.REPAIRED), entry_id=ENTRY, ended_at=NOON),
        )

        state = after(DifferenceState)

        assert state.ending.startswith("Repaired Mon 23 Nov, 23:00 by the entry je_")
        assert not state.is_open

    def test_is_not_for_others(self, clinic: Clinic) -> None:
        clinic.answer(ViewBreak, AccessDenied("Only finance."))

        assert after(DifferenceState).phase == "forbidden"
