from datetime import timedelta

import pytest

from application.reconciliation.by_hand import RepairIsPosted
from application.reconciliation.ports import AlreadyMatched, ItemNotFound
from application.shared.access import SYSTEM, AccessDenied
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.matching import DoesNotAddUp, Rule
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import ReconciliationMatchId
from tests.fakes.money import FINANCE, dollars
from tests.fakes.reconciliation_desk import BEN, ReconciliationDesk


def unmatched(desk: ReconciliationDesk) -> tuple[str, ...]:
    return tuple(item.key for item in desk.uow.reconciled_items.unmatched())


def only_match(desk: ReconciliationDesk) -> ReconciliationMatchId:
    (row,) = desk.uow.reconciliation_matches.standing()
    return row.id


@pytest.fixture
def apart(desk: ReconciliationDesk) -> tuple[str, ...]:
    """Our funding and the bank's line, too many days apart for any rule."""
    desk.fund(dollars(500), "OUR-7")
    desk.clock.pass_by(timedelta(days=9))
    desk.bank_tells(desk.line("b1", -dollars(500), "slow"))
    desk.compare()
    return tuple(key for key in unmatched(desk) if ":bank:" in key)


def test_matches_what_no_rule_does(desk: ReconciliationDesk, apart: tuple[str, ...]) -> None:
    desk.match(actor=FINANCE, items=apart, note="the bank was slow")

    assert [each.rule for each in desk.matches()] == [Rule.HAND]


def test_heals_the_breaks_that_were_about_it(
    desk: ReconciliationDesk, apart: tuple[str, ...]
) -> None:
    assert {each.kind for each in desk.standing()} == {
        BreakKind.MISSING_THERE,
        BreakKind.UNKNOWN_REFERENCE,
    }

    desk.match(actor=FINANCE, items=apart, note="the bank was slow")

    (healed,) = [each for each in desk.uow.breaks.all() if each.status is BreakStatus.HEALED]
    assert healed.kind is BreakKind.UNKNOWN_REFERENCE
    desk.compare()
    (left,) = desk.standing()
    assert [key.split(":")[1] for key in left.items] == ["payout_vendor"]


def test_does_not_match_what_differs(desk: ReconciliationDesk, apart: tuple[str, ...]) -> None:
    desk.bank_tells(desk.line("b2", dollars(1)), id="2026/2")

    with pytest.raises(DoesNotAddUp):
        desk.match(actor=FINANCE, items=(*apart, "theirs:bank:b2"), note="")


def test_does_not_match_twice(desk: ReconciliationDesk, apart: tuple[str, ...]) -> None:
    desk.match(actor=FINANCE, items=apart, note="")

    with pytest.raises(AlreadyMatched):
        desk.match(actor=FINANCE, items=apart, note="")


def test_knows_the_items(desk: ReconciliationDesk) -> None:
    with pytest.raises(ItemNotFound):
        desk.match(actor=FINANCE, items=("ours:bank:x", "theirs:bank:y"), note="")


def test_is_a_persons_deed(desk: ReconciliationDesk, apart: tuple[str, ...]) -> None:
    with pytest.raises(AccessDenied):
        desk.match(actor=SYSTEM, items=apart, note="")


class TestUnmatch:
    def test_takes_apart_and_no_rule_undoes_it(self, desk: ReconciliationDesk) -> None:
        desk.charge(desk.pay(), dollars(100))
        desk.compare()

        desk.unmatch(actor=FINANCE, match_id=only_match(desk), reason="another patient's")
        outcome = desk.compare()

        assert (outcome.matched, outcome.left) == (0, 2)

    def test_a_person_may_put_it_together_again(self, desk: ReconciliationDesk) -> None:
        desk.charge(desk.pay(), dollars(100))
        desk.compare()
        desk.unmatch(actor=FINANCE, match_id=only_match(desk), reason="a mistake")

        desk.match(actor=FINANCE, items=unmatched(desk), note="it was right")

        assert desk.compare().left == 0

    def test_twice_is_once(self, desk: ReconciliationDesk) -> None:
        desk.charge(desk.pay(), dollars(100))
        desk.compare()
        match_id = only_match(desk)

        for _ in range(2):
            desk.unmatch(actor=FINANCE, match_id=match_id, reason="a mistake")

        actions = [record.action for record in desk.uow.audit.records]
        assert actions.count("reconciliation.unmatched") == 1

    def test_not_what_an_entry_was_posted_for(self, desk: ReconciliationDesk) -> None:
        desk.bank_tells(desk.line("b1", dollars(42)))
        desk.compare()
        (found,) = desk.standing()
        desk.propose(actor=FINANCE, break_id=found.id, rule=RepairRule.SUSPENSE, note="")
        desk.approve(actor=BEN, break_id=found.id)

        with pytest.raises(RepairIsPosted):
            desk.unmatch(actor=FINANCE, match_id=only_match(desk), reason="a mistake")
