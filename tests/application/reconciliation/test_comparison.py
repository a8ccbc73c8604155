from datetime import timedelta
from itertools import permutations

import pytest

from application.shared.access import SYSTEM, AccessDenied
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import ItemKind, Source
from domain.reconciliation.matching import Rule
from domain.reconciliation.statements import StatedBalance
from domain.shared.ids import to_wire
from tests.builders.reconciliation import theirs
from tests.fakes.money import A_PATIENT, CONSULTATION, FINANCE, dollars
from tests.fakes.reconciliation_desk import ReconciliationDesk

DAY = timedelta(days=1)


def kinds(desk: ReconciliationDesk) -> list[BreakKind]:
    return [each.kind for each in desk.standing()]


def test_a_payment_is_matched_by_the_processors_name_for_it(desk: ReconciliationDesk) -> None:
    reference = desk.pay()
    desk.charge(reference, dollars(100))

    outcome = desk.compare()

    assert (outcome.matched, outcome.left, outcome.standing) == (1, 0, 0)
    (only,) = desk.matches()
    assert only.explanation == f"matched by reference {reference}"


def test_running_again_changes_nothing(desk: ReconciliationDesk) -> None:
    desk.charge(desk.pay(), dollars(100))
    desk.charge("pi_unknown", dollars(7))
    desk.compare()
    before = (desk.matches(), [each.id for each in desk.standing()])

    again = desk.compare()

    assert (again.booked, again.matched, again.found) == (0, 0, 0)
    assert (desk.matches(), [each.id for each in desk.standing()]) == before


def test_a_settlement_is_followed_from_the_processor_to_the_bank(desk: ReconciliationDesk) -> None:
    paid = [desk.charge(desk.pay(number), dollars(100), fee=320) for number in (3, 4)]
    desk.pay_out("po_1", dollars(193, 60), *paid)
    desk.settle("po_1", dollars(193, 60), dollars(6, 40))
    desk.bank_tells(desk.line("b1", dollars(193, 60), "ACME TRACE 77"))

    outcome = desk.compare()

    assert outcome.left == 0
    told = {each.rule: each.explanation for each in desk.matches()}
    assert told[Rule.SUM] == "matched by sum: 2 of theirs make up 1 of ours as po_1"
    bank = next(
        each.explanation
        for each in desk.matches()
        if any(item.source is Source.BANK for item in each.items)
    )
    assert bank == ("matched by reference po_1; the 4 movements of po_1 add up to the bank's line")


def test_funding_is_matched_at_both_ends_by_amount_and_date(desk: ReconciliationDesk) -> None:
    desk.fund(dollars(500), "OUR-7")
    desk.clock.pass_by(DAY)
    desk.tell(
        theirs(
            "f1",
            dollars(500),
            "dep_9",
            source=Source.PAYOUT_VENDOR,
            kind=ItemKind.FUNDING,
            at=desk.now(),
        ),
        feed=desk.vendor,
    )
    desk.bank_tells(desk.line("b1", -dollars(500), "our 7"))

    desk.compare()

    assert sorted(each.rule for each in desk.matches()) == [
        Rule.AMOUNT_AND_DATE,
        Rule.AMOUNT_AND_DATE,
    ]
    assert desk.standing() == []


def test_a_payout_is_matched_from_submission_to_its_fee(desk: ReconciliationDesk) -> None:
    desk.money.earn()
    desk.money.be_payable()
    desk.clock.pass_by(3 * DAY)
    payout_id = desk.money.request(dollars(50))
    desk.money.submit_payout(actor=SYSTEM, payout_id=payout_id)
    with desk.uow as uow:
        reference = uow.payouts.get(payout_id).reference
    assert reference is not None
    desk.charge(desk.money.reference(), dollars(100))
    desk.tell(
        theirs(
            "f1",
            -dollars(50),
            reference,
            source=Source.PAYOUT_VENDOR,
            kind=ItemKind.PAYOUT,
            at=desk.now(),
        ),
        feed=desk.vendor,
    )

    desk.compare()

    assert desk.standing() == []
    assert {item.key.split(":")[1] for each in desk.matches() for item in each.items} == {
        "processor",
        "payout_vendor",
    }


def test_ours_is_compared_only_as_far_as_theirs_was_told(desk: ReconciliationDesk) -> None:
    desk.pay()
    desk.processor.covers_until = desk.vendor.covers_until = desk.now() - DAY
    desk.import_transactions(actor=SYSTEM)

    outcome = desk.reconcile(actor=SYSTEM)

    assert (outcome.left, outcome.standing) == (1, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_import_changes_nothing(order: tuple[int, ...]) -> None:
    desk = ReconciliationDesk()
    reference = desk.pay()
    desk.pay_out("po_1", dollars(96, 80), desk.charge(reference, dollars(100), fee=320))
    desk.charge("pi_unknown", dollars(7))
    desk.fund(dollars(500), "OUR-7")
    desk.processor.covers_until = desk.vendor.covers_until = desk.now() + DAY
    desk.settle("po_1", dollars(96, 80), dollars(3, 20))
    steps = (
        lambda: desk.import_transactions(actor=SYSTEM, source=Source.PROCESSOR),
        lambda: desk.import_transactions(actor=SYSTEM, source=Source.PAYOUT_VENDOR),
        lambda: desk.bank_tells(
            desk.line("b1", dollars(96, 80), "TRACE 1"), desk.line("b2", -dollars(500), "OUR-7")
        ),
    )

    for number in order:
        steps[number]()
    desk.reconcile(actor=SYSTEM)

    assert sorted(each.explanation for each in desk.matches()) == [
        "matched by reference our-7",
        f"matched by reference {reference}",
        "matched by reference po_1",
        "matched by reference po_1",
        "matched by reference po_1; the 2 movements of po_1 add up to the bank's line",
    ]
    assert kinds(desk) == [BreakKind.TIMING] * 2


class TestBreaks:
    def test_time_heals_what_comes_late(self, desk: ReconciliationDesk) -> None:
        reference = desk.pay()
        desk.compare()
        assert kinds(desk) == [BreakKind.TIMING]
        desk.charge(reference, dollars(100))

        outcome = desk.compare()

        assert (outcome.healed, outcome.standing) == (1, 0)
        assert desk.uow.breaks.all()[0].status is BreakStatus.HEALED

    def test_time_makes_a_break_of_what_never_comes(self, desk: ReconciliationDesk) -> None:
        desk.pay()
        desk.compare()
        first = desk.standing()[0]
        desk.clock.pass_by(3 * DAY)

        desk.compare()

        (only,) = desk.standing()
        assert (only.id, only.kind) == (first.id, BreakKind.MISSING_THERE)
        assert only.age(desk.now()) == 3 * DAY

    def test_the_other_side_coming_with_another_amount_is_the_same_break(
        self, desk: ReconciliationDesk
    ) -> None:
        reference = desk.pay()
        desk.compare()
        first = desk.standing()[0]
        desk.charge(reference, dollars(90))

        desk.compare()

        (only,) = desk.standing()
        assert (only.id, only.kind) == (first.id, BreakKind.AMOUNT_DIFFERS)

    def test_a_refund_that_failed_there_and_not_here_differs_in_status(
        self, desk: ReconciliationDesk
    ) -> None:
        reference = desk.pay()
        quote = desk.money.quote_refund(
            actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(40)
        )
        refund_id = desk.money.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        desk.money.submit_refund(actor=SYSTEM, refund_id=refund_id)
        name = to_wire("refund", refund_id)
        desk.charge(reference, dollars(100))
        desk.tell(theirs("txn_r", -dollars(40), name, kind=ItemKind.REFUND, at=desk.now()))
        desk.tell(theirs("txn_f", dollars(40), name, kind=ItemKind.REFUND_UNDONE, at=desk.now()))
        desk.clock.pass_by(timedelta(hours=2))

        desk.compare()

        assert kinds(desk) == [BreakKind.STATUS_DIFFERS]

    def test_a_settlement_nobody_booked_is_one_break_with_both_ends(
        self, desk: ReconciliationDesk
    ) -> None:
        paid = desk.charge(desk.pay(), dollars(100), fee=320)
        desk.pay_out("po_1", dollars(96, 80), paid)
        desk.bank_tells(desk.line("b1", dollars(96, 80)))

        desk.compare()

        (only,) = desk.standing()
        assert only.kind is BreakKind.MISSING_HERE
        assert len(only.items) == 3

    def test_a_settlement_that_is_not_its_parts(self, desk: ReconciliationDesk) -> None:
        paid = desk.charge(desk.pay(), dollars(100), fee=320)
        desk.pay_out("po_1", dollars(96), paid)
        desk.settle("po_1", dollars(96), dollars(3, 20))
        desk.bank_tells(desk.line("b1", dollars(96)))

        for _ in range(2):
            desk.compare()

        assert kinds(desk) == [BreakKind.AMOUNT_DIFFERS]

    def test_a_bank_line_without_a_name(self, desk: ReconciliationDesk) -> None:
        desk.bank_tells(desk.line("b1", dollars(42), "thank you"))

        desk.compare()

        assert kinds(desk) == [BreakKind.UNKNOWN_REFERENCE]

    def test_a_closing_balance_that_the_entries_do_not_make(self, desk: ReconciliationDesk) -> None:
        desk.fund(dollars(1), "x")
        desk.bank_tells(desk.line("b1", -dollars(1)), opening=dollars(9), closing=dollars(7))

        desk.compare()

        (only,) = [each for each in desk.standing() if each.kind is not BreakKind.TIMING]
        assert only.kind is BreakKind.BALANCE_DIFFERS
        assert list(only.differences.values()) == [-dollars(1)]

    def test_a_vendors_balance_that_heals_when_what_was_missing_comes(
        self, desk: ReconciliationDesk
    ) -> None:
        reference = desk.pay()
        desk.processor.balances.append(
            StatedBalance(
                source=Source.PROCESSOR,
                stated_by="current balance",
                at=desk.now(),
                amount=dollars(100),
            )
        )
        desk.compare()
        assert BreakKind.BALANCE_DIFFERS in kinds(desk)
        desk.charge(reference, dollars(100))

        desk.compare()

        assert desk.standing() == []


def test_is_for_finance_and_the_clock(desk: ReconciliationDesk) -> None:
    desk.reconcile(actor=FINANCE)

    with pytest.raises(AccessDenied):
        desk.reconcile(actor=A_PATIENT)
