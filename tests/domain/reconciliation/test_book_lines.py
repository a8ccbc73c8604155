from uuid import UUID

from domain.ledger import posting_rules
from domain.ledger.journal import Postings, Reason
from domain.payments.refund import Shares
from domain.reconciliation.book_lines import lines_of
from domain.reconciliation.items import ItemKind, Source
from domain.shared.ids import JournalEntryId
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import PHYSICIAN, dollars


def told(reason: Reason, postings: Postings) -> list[tuple[Source, ItemKind, int]]:
    lines = lines_of(
        entry_id=JournalEntryId(UUID(int=9)),
        reason=reason.value,
        occurred_at=MONDAY_NOON,
        postings=postings,
        references=["po_1"],
    )
    return [(line.source, line.kind, line.amount.minor) for line in lines]


def test_a_capture_is_one_line_at_the_processor() -> None:
    assert told(Reason.PAYMENT_CAPTURED, posting_rules.payment_captured(dollars(100))) == [
        (Source.PROCESSOR, ItemKind.PAYMENT, 10000)
    ]


def test_a_settlement_is_three_lines_at_two_places() -> None:
    rule = posting_rules.processor_settled(dollars(97), dollars(3))

    assert told(Reason.PROCESSOR_SETTLED, rule) == [
        (Source.BANK, ItemKind.SETTLEMENT, 9700),
        (Source.PROCESSOR, ItemKind.SETTLEMENT, -9700),
        (Source.PROCESSOR, ItemKind.FEE, -300),
    ]


def test_a_payout_leaves_when_it_is_submitted_and_its_fee_when_it_is_paid() -> None:
    submitted = posting_rules.payout_submitted(PHYSICIAN, dollars(50))
    paid = posting_rules.payout_paid(dollars(50), dollars(1))

    assert told(Reason.PAYOUT_SUBMITTED, submitted) == [
        (Source.PAYOUT_VENDOR, ItemKind.PAYOUT, -5000)
    ]
    assert told(Reason.PAYOUT_PAID, paid) == [(Source.PAYOUT_VENDOR, ItemKind.FEE, -100)]


def test_a_refund_that_several_bear_is_one_line() -> None:
    zero = dollars(0)
    shares = Shares(
        patient_funds=zero, commission=dollars(10), platform_fee=dollars(5), tax=zero,
        pending=dollars(60), available=zero, debt=zero, goodwill=zero,
    )  # fmt: skip
    rule = posting_rules.refund_after_delivery(PHYSICIAN, Jurisdiction("AU"), shares)

    assert told(Reason.REFUND_AFTER_DELIVERY, rule) == [(Source.PROCESSOR, ItemKind.REFUND, -7500)]


def test_what_stays_with_us_is_no_line() -> None:
    assert told(Reason.EARNING_MATURED, posting_rules.earning_matured(PHYSICIAN, dollars(1))) == []
