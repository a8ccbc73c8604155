from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.identity.role import Role
from domain.reconciliation.breaks import (
    Break,
    BreakMoved,
    BreakStatus,
    ExplanationTooShort,
    OwnRepair,
)
from domain.reconciliation.events import BreakFound, BreakHealed, BreakRepaired
from domain.reconciliation.findings import BreakKind, Finding, Severity
from domain.reconciliation.repairs import RepairRule, RuleDoesNotFit
from domain.shared.ids import BreakId, JournalEntryId, UserId
from tests.builders.reconciliation import aud, theirs
from tests.fakes.clock import MONDAY_NOON

ANNA, BEN = UserId(UUID(int=1)), UserId(UUID(int=2))
ENTRY = JournalEntryId(UUID(int=7))
LATER = MONDAY_NOON + timedelta(days=8)
WHY = "The bank charges this once a year."


def finding(minor: int = -300, kind: BreakKind = BreakKind.FEE_DIFFERS) -> Finding:
    return Finding(kind=kind, items=(theirs("txn_1:fee", aud(minor)),), reason="told")


@pytest.fixture
def found() -> Break:
    return Break.find(id=BreakId(UUID(int=5)), finding=finding(), now=MONDAY_NOON)


def propose(found: Break) -> None:
    found.propose(RepairRule.FEE, note="as billed", by=ANNA, now=MONDAY_NOON)


def approve(found: Break) -> None:
    propose(found)
    found.approve(by=BEN)
    found.finish(ENTRY, now=LATER)


def test_is_finances_task_until_somebody_takes_it_on(found: Break) -> None:
    assert (found.owner_role, found.owner_id) == (Role.FINANCE, None)

    found.assign(ANNA, now=LATER)

    assert found.owner_id == ANNA


def test_knows_its_age_and_grows_severe(found: Break) -> None:
    assert found.age(LATER) == timedelta(days=8)
    assert found.severity(MONDAY_NOON) is Severity.MEDIUM
    assert found.severity(LATER) is Severity.HIGH


def test_shows_the_postings_that_would_close_it(found: Break) -> None:
    propose(found)

    assert found.status is BreakStatus.PROPOSED
    assert found.proposal is not None
    assert [str(each.amount) for each in found.proposal.postings] == ["AUD 3.00"]


def test_takes_no_rule_that_does_not_close_it(found: Break) -> None:
    with pytest.raises(RuleDoesNotFit):
        found.propose(RepairRule.FUNDING, note="", by=ANNA, now=MONDAY_NOON)

    assert found.status is BreakStatus.OPEN


def test_nobody_approves_their_own_repair(found: Break) -> None:
    propose(found)

    with pytest.raises(OwnRepair):
        found.approve(by=ANNA)

    assert found.status is BreakStatus.PROPOSED


def test_a_second_person_has_it_repaired(found: Break) -> None:
    approve(found)

    assert (found.status, found.entry_id, found.approved_by) == (BreakStatus.REPAIRED, ENTRY, BEN)
    assert isinstance(found.pull_events()[-1], BreakRepaired)


@pytest.mark.parametrize("act", ["assign", "propose", "approve", "reject", "explain", "heal"])
def test_what_is_repaired_stays_so(found: Break, act: str) -> None:
    approve(found)
    acts: dict[str, Callable[[], object]] = {
        "assign": lambda: found.assign(ANNA, now=LATER),
        "propose": lambda: propose(found),
        "approve": lambda: found.approve(by=BEN),
        "reject": lambda: found.reject(now=LATER),
        "explain": lambda: found.explain(WHY, by=ANNA, now=LATER),
        "heal": lambda: found.heal(now=LATER),
    }

    with pytest.raises(BreakMoved):
        acts[act]()


def test_a_rejected_repair_leaves_it_open(found: Break) -> None:
    propose(found)

    found.reject(now=LATER)

    assert (found.status, found.proposal) == (BreakStatus.OPEN, None)


def test_an_explanation_ends_it(found: Break) -> None:
    found.explain(WHY, by=ANNA, now=LATER)

    assert (found.status, found.explanation) == (BreakStatus.EXPLAINED, WHY)
    assert not found.bars_closing


def test_an_explanation_says_something(found: Break) -> None:
    with pytest.raises(ExplanationTooShort):
        found.explain("   ok    ", by=ANNA, now=LATER)


class TestSeenAgain:
    def test_as_it_was_it_keeps_its_answer(self, found: Break) -> None:
        found.explain(WHY, by=ANNA, now=MONDAY_NOON)

        found.see_again(finding(), now=LATER)

        assert found.status is BreakStatus.EXPLAINED
        assert found.last_seen_at == LATER

    @pytest.mark.parametrize("changed", [finding(-301), finding(kind=BreakKind.MISSING_HERE)])
    def test_with_other_facts_it_is_open_again(self, found: Break, changed: Finding) -> None:
        found.explain(WHY, by=ANNA, now=MONDAY_NOON)

        found.see_again(changed, now=LATER)

        assert (found.status, found.explanation) == (BreakStatus.OPEN, None)
        assert found.differences == changed.differences

    def test_with_other_facts_a_proposal_is_void(self, found: Break) -> None:
        propose(found)

        found.see_again(finding(-301), now=LATER)

        assert (found.status, found.proposal) == (BreakStatus.OPEN, None)

    def test_timing_becomes_a_real_break_of_the_same_age(self) -> None:
        timing = finding(kind=BreakKind.TIMING)
        found = Break.find(id=BreakId(UUID(int=5)), finding=timing, now=MONDAY_NOON)

        found.see_again(timing, now=LATER)
        barred_before = found.bars_closing
        found.see_again(finding(kind=BreakKind.MISSING_HERE), now=LATER)

        assert (barred_before, found.bars_closing) == (False, True)
        assert found.age(LATER) == timedelta(days=8)

    def test_after_it_healed_it_is_open_again(self, found: Break) -> None:
        found.heal(now=LATER)

        found.see_again(finding(), now=LATER)

        assert found.status is BreakStatus.OPEN
        kinds = [type(event) for event in found.pull_events()]
        assert kinds == [BreakFound, BreakHealed, BreakFound]
