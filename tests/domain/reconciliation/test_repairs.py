from uuid import UUID

import pytest

from domain.ledger import posting_rules
from domain.ledger.chart import FX_DIFFERENCE, PAYOUT_FEES, PAYOUT_FLOAT, PROCESSOR_CLEARING
from domain.ledger.journal import Posting, Reason
from domain.reconciliation.book_lines import lines_of
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Place, Source, sums
from domain.reconciliation.repairs import RepairRule, RuleDoesNotFit, postings_of, suggest
from domain.shared.ids import JournalEntryId
from domain.shared.money import Money
from tests.builders.reconciliation import aud
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD

PROCESSOR, VENDOR, BANK = ((source, AUD) for source in Source)


def effect(rule: RepairRule, differences: dict[Place, Money]) -> dict[Place, Money]:
    lines = lines_of(
        entry_id=JournalEntryId(UUID(int=1)),
        reason=Reason.RECONCILIATION_REPAIRED,
        occurred_at=MONDAY_NOON,
        postings=postings_of(rule, differences),
        references=[],
    )
    return sums(lines)


@pytest.mark.parametrize(
    ("rule", "differences"),
    [
        (RepairRule.SETTLEMENT, {BANK: aud(9700), PROCESSOR: aud(-10000)}),
        (RepairRule.SETTLEMENT, {BANK: aud(-9700), PROCESSOR: aud(10000)}),
        (RepairRule.SETTLEMENT, {BANK: aud(9700), PROCESSOR: aud(-9700)}),
        (RepairRule.FUNDING, {BANK: aud(-500), VENDOR: aud(500)}),
        (RepairRule.FUNDING, {BANK: aud(500), VENDOR: aud(-500)}),
        (RepairRule.FEE, {PROCESSOR: aud(-4)}),
        (RepairRule.EXCHANGE, {PROCESSOR: aud(16200)}),
        (RepairRule.SUSPENSE, {BANK: aud(4200), VENDOR: aud(-1)}),
    ],
)
def test_a_repair_moves_exactly_the_difference(
    rule: RepairRule, differences: dict[Place, Money]
) -> None:
    assert effect(rule, differences) == differences


def test_a_settlement_is_booked_like_any_other() -> None:
    composed = postings_of(RepairRule.SETTLEMENT, {BANK: aud(9700), PROCESSOR: aud(-10000)})

    assert composed == posting_rules.processor_settled(aud(9700), aud(300))


def test_a_transfers_fee_is_our_expense() -> None:
    assert postings_of(RepairRule.FEE, {VENDOR: aud(-250)}) == (
        Posting(debit=PAYOUT_FEES, credit=PAYOUT_FLOAT, amount=aud(250)),
    )


def test_an_exchange_takes_one_currency_out_and_the_other_in() -> None:
    euros = Money.of(10000, "EUR")
    composed = postings_of(
        RepairRule.EXCHANGE,
        {PROCESSOR: aud(16200), (Source.PROCESSOR, euros.currency): -euros},
    )

    assert composed == (
        Posting(debit=PROCESSOR_CLEARING, credit=FX_DIFFERENCE, amount=aud(16200)),
        Posting(debit=FX_DIFFERENCE, credit=PROCESSOR_CLEARING, amount=euros),
    )


@pytest.mark.parametrize(
    ("rule", "differences"),
    [
        (RepairRule.SETTLEMENT, {PROCESSOR: aud(-10000)}),
        (RepairRule.SETTLEMENT, {BANK: aud(10001), PROCESSOR: aud(-10000)}),
        (RepairRule.SETTLEMENT, {BANK: aud(5), VENDOR: aud(-5)}),
        (RepairRule.FUNDING, {BANK: aud(-500), VENDOR: aud(400)}),
        (RepairRule.SUSPENSE, {}),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(
    rule: RepairRule, differences: dict[Place, Money]
) -> None:
    with pytest.raises(RuleDoesNotFit):
        postings_of(rule, differences)


@pytest.mark.parametrize(
    ("kind", "differences", "rule"),
    [
        (BreakKind.MISSING_HERE, {BANK: aud(97), PROCESSOR: aud(-100)}, RepairRule.SETTLEMENT),
        (BreakKind.DUPLICATE_HERE, {BANK: aud(-97), PROCESSOR: aud(100)}, RepairRule.SETTLEMENT),
        (BreakKind.MISSING_HERE, {BANK: aud(-5), VENDOR: aud(5)}, RepairRule.FUNDING),
        (BreakKind.FEE_DIFFERS, {PROCESSOR: aud(-4)}, RepairRule.FEE),
        (BreakKind.FX_DIFFERS, {PROCESSOR: aud(-4)}, RepairRule.EXCHANGE),
        (BreakKind.UNKNOWN_REFERENCE, {BANK: aud(4)}, RepairRule.SUSPENSE),
        (BreakKind.TIMING, {BANK: aud(4)}, None),
        (BreakKind.BALANCE_DIFFERS, {BANK: aud(4)}, None),
    ],
)
def test_what_usually_closes_a_break_is_suggested(
    kind: BreakKind, differences: dict[Place, Money], rule: RepairRule | None
) -> None:
    assert suggest(kind, differences) is rule
