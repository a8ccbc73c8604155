from datetime import timedelta

from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.transfers import Recognised, Transfer, recognise
from tests.builders.reconciliation import aud, theirs
from tests.fakes.clock import MONDAY_NOON

DAY = timedelta(days=1)


def settled(name: str, amount: int) -> Transfer:
    end = theirs(
        f"txn_{name}", aud(-amount), name, batch=name, kind=ItemKind.SETTLEMENT, at=MONDAY_NOON
    )
    return Transfer(
        end=end, members=(theirs(f"txn_{name}_1", aud(amount), f"ch_{name}", batch=name),)
    )


def line(amount: int, *known_as: str, days: int = 2) -> Item:
    return theirs(
        f"b{amount}:{days}",
        aud(amount),
        *known_as,
        source=Source.BANK,
        kind=ItemKind.OTHER,
        at=MONDAY_NOON + days * DAY,
    )


def run(
    *items: Item, transfers: list[Transfer], arrived: frozenset[str] = frozenset()
) -> Recognised:
    return recognise(items, transfers, arrived=arrived, window=5 * DAY)


def test_a_line_is_recognised_by_reference_whatever_its_amount() -> None:
    found = run(line(9000, "PO_1"), transfers=[settled("po_1", 9680)])

    assert found.items[0].kind is ItemKind.SETTLEMENT


def test_a_line_is_recognised_by_the_sum_of_the_movements() -> None:
    found = run(line(9680, "acme 17"), transfers=[settled("po_1", 9680), settled("po_2", 5)])

    (only,) = found.items
    assert only.references == {"acme17", "po_1"}
    assert found.notes == {only.key: "the 1 movements of po_1 add up to the bank's line"}


def test_a_line_that_could_be_two_is_not_recognised() -> None:
    found = run(line(9680), transfers=[settled("po_1", 9680), settled("po_2", 9680)])

    assert found.items[0].kind is ItemKind.OTHER


def test_two_lines_that_could_be_one_are_not_recognised() -> None:
    found = run(line(9680), line(9680, days=3), transfers=[settled("po_1", 9680)])

    assert {item.kind for item in found.items} == {ItemKind.OTHER}


def test_a_transfer_that_arrived_is_not_taken_for_another_line() -> None:
    found = run(line(9680), transfers=[settled("po_1", 9680)], arrived=frozenset({"po_1"}))

    assert found.items[0].kind is ItemKind.OTHER


def test_a_line_too_late_is_not_recognised() -> None:
    found = run(line(9680, days=6), transfers=[settled("po_1", 9680)])

    assert found.items[0].kind is ItemKind.OTHER


def test_money_to_the_payout_vendor_leaves_the_bank() -> None:
    funded = Transfer(
        end=theirs("f1", aud(700), "dep_1", source=Source.PAYOUT_VENDOR, kind=ItemKind.FUNDING)
    )

    (only,) = run(line(-700), transfers=[funded]).items

    assert only.kind is ItemKind.FUNDING
