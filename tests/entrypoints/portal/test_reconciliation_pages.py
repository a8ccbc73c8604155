"""
Reconciliation without a browser: differences, proposals, and the second person.
"""

import asyncio
from typing import Any

import pytest

from application.reconciliation.answers import (
    ApproveRepair,
    AssignBreak,
    ExplainBreak,
    ProposeRepair,
    RejectRepair,
)
from application.reconciliation.queries import ViewBreak
from application.shared.access import AccessDenied
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import to_wire
from entrypoints.portal.pages.operations.difference import DifferenceState
from entrypoints.portal.pages.operations.reconciliation import ReconciliationState
from tests.entrypoints.portal.finance_answers import (
    BREAK,
    COLLEAGUE,
    ENTRY,
    break_row,
    break_view,
    prepare_for_finance,
    proposed_by,
)
from tests.entrypoints.portal.moments import NOON
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

    def test_shows_what_was_answered_when_asked(self) -> None:
        state = after(ReconciliationState, ("show_answered", True))

        assert [(one.status, one.owner) for one in state.breaks] == [("Explained", "A colleague")]


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
