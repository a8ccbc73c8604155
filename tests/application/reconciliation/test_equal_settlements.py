"""
Two settlements of one amount, and bank lines that name neither: a person says which is which.
"""

from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Item, Source
from domain.reconciliation.repairs import RepairRule
from tests.fakes.money import FINANCE, dollars
from tests.fakes.reconciliation_desk import BEN, ReconciliationDesk

FEE = dollars(3)
ARRIVES = dollars(97)


def told(desk: ReconciliationDesk) -> tuple[Item, Item]:
    """Each settles a payment that our books know; neither line says which it is."""
    for name in ("1", "2"):
        charged = desk.charge(f"pi_{name}", dollars(100), fee=FEE.minor)
        desk.pay_out(f"po_{name}", ARRIVES, charged)
    lines = desk.line("BNK1", ARRIVES), desk.line("BNK2", ARRIVES)
    desk.bank_tells(*lines)
    desk.compare()
    return lines


def unnamed(desk: ReconciliationDesk) -> set[str]:
    return {
        key
        for each in desk.uow.breaks.unanswered()
        if each.kind is BreakKind.UNKNOWN_REFERENCE
        for key in each.items
    }


def test_none_is_guessed() -> None:
    desk = ReconciliationDesk()

    lines = told(desk)

    assert unnamed(desk) == {line.key for line in lines}


def test_what_a_person_settles_by_name_leaves_one_that_the_other_line_must_be() -> None:
    desk = ReconciliationDesk()
    first, second = told(desk)

    desk.settle("po_1", ARRIVES, FEE)
    desk.compare()
    (ours,) = [
        item
        for item in desk.uow.reconciled_items.unmatched()
        if item.is_ours and item.source is Source.BANK
    ]
    desk.match(actor=FINANCE, items=(ours.key, first.key), note="The bank named it.")
    desk.compare()

    assert unnamed(desk) == set()
    (rest,) = [each for each in desk.uow.breaks.unanswered() if second.key in each.items]
    assert rest.kind is BreakKind.MISSING_HERE
    desk.propose(actor=FINANCE, break_id=rest.id, rule=RepairRule.SETTLEMENT, note="As told.")
    desk.approve(actor=BEN, break_id=rest.id)
    desk.compare()
    assert not [
        item for item in desk.uow.reconciled_items.unmatched() if item.source is Source.BANK
    ]
