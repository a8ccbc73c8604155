from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.reconciliation.classification import check_settlements, classify
from domain.reconciliation.findings import BreakKind, Finding, Severity, severity_at_age
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.matching import MatchingPolicy, match
from domain.reconciliation.statements import StatedBalance, check_balances
from domain.reconciliation.transfers import Transfer
from domain.shared.money import Money
from tests.builders.reconciliation import aud, ours, theirs
from tests.fakes.clock import MONDAY_NOON

POLICY = MatchingPolicy()
DAY = timedelta(days=1)
LATER = MONDAY_NOON + 10 * DAY
FEE = {"kind": ItemKind.FEE}
SETTLED = {"kind": ItemKind.SETTLEMENT}
PAID_OUT: dict[str, Any] = {"source": Source.PAYOUT_VENDOR, "kind": ItemKind.PAYOUT}
TAKEN_BACK: dict[str, Any] = {"source": Source.PAYOUT_VENDOR, "kind": ItemKind.PAYOUT_UNDONE}
AT_BANK: dict[str, Any] = {"source": Source.BANK, "kind": ItemKind.SETTLEMENT}
LINE: dict[str, Any] = {"source": Source.BANK, "kind": ItemKind.OTHER}


def find(*items: Item, now: datetime = LATER) -> list[Finding]:
    matched = match(items, policy=POLICY)
    related = [item for each in matched.matches for item in each.items]
    return list(classify(matched.left, related=related, policy=POLICY, now=now))


SEEDED: dict[str, tuple[BreakKind, list[Item]]] = {
    "a charge that we never heard of": (
        BreakKind.MISSING_HERE,
        [theirs("txn_1", aud(100), "pi_1")],
    ),
    "a capture that Stripe does not list": (
        BreakKind.MISSING_THERE,
        [ours("e1", aud(100), "pa_1", "pi_1")],
    ),
    "a refund of another amount": (
        BreakKind.AMOUNT_DIFFERS,
        [
            ours("e1", aud(-40), "re_1", kind=ItemKind.REFUND),
            theirs("txn_1", aud(-45), "re_1", kind=ItemKind.REFUND),
        ],
    ),
    "a charge in another currency": (
        BreakKind.CURRENCY_DIFFERS,
        [ours("e1", aud(100), "pi_1"), theirs("txn_1", Money.of(100, "USD"), "pi_1")],
    ),
    "a settlement recorded twice": (
        BreakKind.DUPLICATE_HERE,
        [
            ours("e1", aud(-100), "po_1", **SETTLED),
            ours("e2", aud(-100), "PO_1", **SETTLED),
            theirs("txn_1", aud(-100), "po_1", **SETTLED),
        ],
    ),
    "a payout sent twice": (
        BreakKind.DUPLICATE_THERE,
        [
            ours("e1", aud(-100), "tr_1", **PAID_OUT),
            theirs("f1", aud(-100), "tr_1", **PAID_OUT),
            theirs("f2", aud(-100), "tr_1", **PAID_OUT),
        ],
    ),
    "a fee that is not what was booked at settlement": (
        BreakKind.FEE_DIFFERS,
        [
            ours("e1", aud(-60), "po_1", **FEE),
            theirs("txn_1:fee", aud(-32), batch="po_1", **FEE),
            theirs("txn_2:fee", aud(-32), batch="po_1", **FEE),
        ],
    ),
    "a transfer fee that is not what was quoted": (
        BreakKind.FEE_DIFFERS,
        [
            ours("e1", aud(-25000), "tr_1", **PAID_OUT),
            ours("e2", aud(-250), "tr_1", **PAID_OUT | FEE),
            theirs("f1", aud(-25500), "tr_1", **PAID_OUT),
        ],
    ),
    "a charge settled at another rate": (
        BreakKind.FX_DIFFERS,
        [
            ours("e1", aud(16200), "pi_1"),
            theirs("txn_1", aud(16100), "pi_1", converted_from=Money.of(10000, "EUR")),
        ],
    ),
    "a charge exchanged into our currency": (
        BreakKind.FX_DIFFERS,
        [
            ours("e1", Money.of(10000, "EUR"), "pi_1"),
            theirs("txn_1", aud(16200), "pi_1", converted_from=Money.of(10000, "EUR")),
        ],
    ),
    "a payout that is paid here and failed there": (
        BreakKind.STATUS_DIFFERS,
        [
            ours("e1", aud(-100), "po_1", "tr_1", **PAID_OUT),
            theirs("f1", aud(-100), "tr_1", **PAID_OUT),
            theirs("f2", aud(100), "tr_1", **TAKEN_BACK),
        ],
    ),
    "a payout that failed here and not there": (
        BreakKind.STATUS_DIFFERS,
        [
            ours("e1", aud(-100), "po_1", "tr_1", **PAID_OUT),
            ours("e2", aud(100), "po_1", "tr_1", **TAKEN_BACK),
            theirs("f1", aud(-100), "tr_1", **PAID_OUT),
        ],
    ),
    "a bank line that nobody can name": (
        BreakKind.UNKNOWN_REFERENCE,
        [theirs("b1", aud(4200), "thank you", **LINE)],
    ),
}


@pytest.mark.parametrize(("kind", "items"), SEEDED.values(), ids=SEEDED.keys())
def test_a_difference_is_told_by_its_kind(kind: BreakKind, items: list[Item]) -> None:
    (only,) = find(*items)

    assert only.kind is kind
    assert only.reason


def test_all_kinds_can_be_told() -> None:
    by_other_means = {BreakKind.TIMING, BreakKind.BALANCE_DIFFERS}

    assert {kind for kind, _ in SEEDED.values()} | by_other_means == set(BreakKind)
    assert len(BreakKind) == 12


class TestTiming:
    @pytest.mark.parametrize(
        "waiting",
        [
            theirs("txn_1", aud(100), "pi_1"),
            ours("e1", aud(100), "pi_1"),
            theirs("f2", aud(100), "tr_1", **TAKEN_BACK),
        ],
        ids=["here", "there", "undone"],
    )
    def test_is_what_can_still_come(self, waiting: Item) -> None:
        (only,) = find(waiting, now=MONDAY_NOON + timedelta(minutes=59))

        assert only.kind is BreakKind.TIMING

    def test_money_between_banks_may_take_days(self) -> None:
        item = ours("e1", aud(100), "po_1", **AT_BANK)

        assert find(item, now=MONDAY_NOON + 4 * DAY)[0].kind is BreakKind.TIMING
        assert find(item, now=MONDAY_NOON + 6 * DAY)[0].kind is BreakKind.MISSING_THERE

    def test_a_transfers_fee_is_booked_when_it_is_paid(self) -> None:
        sent = ours("e1", aud(-25000), "tr_1", **PAID_OUT)
        taken = theirs("f1", aud(-25250), "tr_1", **PAID_OUT)

        assert find(sent, taken, now=MONDAY_NOON + DAY)[0].kind is BreakKind.TIMING
        assert find(sent, taken, now=LATER)[0].kind is BreakKind.FEE_DIFFERS

    def test_fees_that_wait_for_their_settlement_are_no_break(self) -> None:
        fee = theirs("txn_1:fee", aud(-32), **FEE)

        assert find(fee) == []
        assert find(fee, now=MONDAY_NOON + 36 * DAY)[0].kind is BreakKind.MISSING_HERE


class TestSettlement:
    def test_that_left_and_arrived_and_is_not_booked_is_one_break(self) -> None:
        (only,) = find(
            theirs("txn_9", aud(-9680), "po_1", **SETTLED),
            theirs("txn_1:fee", aud(-320), batch="po_1", **FEE),
            theirs("b1", aud(9680), "po_1", "stmt-4", **AT_BANK),
            now=MONDAY_NOON,
        )

        assert only.kind is BreakKind.MISSING_HERE
        assert only.subject == "theirs:bank:b1"
        assert {source.value: amount.minor for (source, _), amount in only.differences.items()} == {
            "bank": 9680,
            "processor": -10000,
        }

    def test_with_a_wrong_fee_and_a_late_bank_line_is_two(self) -> None:
        found = find(
            ours("e1", aud(-300), "po_1", **FEE),
            ours("e2", aud(9680), "po_1", **AT_BANK),
            theirs("txn_1:fee", aud(-320), batch="po_1", **FEE),
            now=MONDAY_NOON + 4 * DAY,
        )

        assert {each.kind for each in found} == {BreakKind.FEE_DIFFERS, BreakKind.TIMING}

    def test_that_is_not_the_sum_of_its_parts_is_told(self) -> None:
        end = theirs("txn_9", aud(-9680), "po_1", batch="po_1", **SETTLED)
        parts = (theirs("txn_1", aud(10000), "pi_1", batch="po_1"),)

        (only,) = check_settlements([Transfer(end=end, members=parts)])

        assert only.kind is BreakKind.AMOUNT_DIFFERS
        assert list(only.differences.values()) == [aud(-320)]

    def test_that_is_the_sum_of_its_parts_is_right(self) -> None:
        end = theirs("txn_9", aud(-9680), "po_1", batch="po_1", **SETTLED)
        parts = (
            theirs("txn_1", aud(10000), "pi_1", batch="po_1"),
            theirs("txn_1:fee", aud(-320), batch="po_1", **FEE),
        )

        assert check_settlements([Transfer(end=end, members=parts)]) == ()


class TestBalance:
    STATED = StatedBalance(
        source=Source.BANK, stated_by="bank statement", at=MONDAY_NOON, amount=aud(500)
    )

    def test_that_is_not_the_sum_of_the_items_is_told(self) -> None:
        (only,) = check_balances({self.STATED: aud(450)})

        assert only.kind is BreakKind.BALANCE_DIFFERS
        assert list(only.differences.values()) == [aud(50)]

    def test_that_is_the_sum_is_right(self) -> None:
        assert check_balances({self.STATED: aud(500)}) == ()


class TestSeverity:
    def test_follows_the_kind(self) -> None:
        assert BreakKind.STATUS_DIFFERS.severity is Severity.HIGH
        assert BreakKind.TIMING.severity is Severity.LOW

    def test_rises_with_age_except_of_timing(self) -> None:
        assert severity_at_age(BreakKind.FEE_DIFFERS, 6 * DAY) is Severity.MEDIUM
        assert severity_at_age(BreakKind.FEE_DIFFERS, 7 * DAY) is Severity.HIGH
        assert severity_at_age(BreakKind.TIMING, 30 * DAY) is Severity.LOW
