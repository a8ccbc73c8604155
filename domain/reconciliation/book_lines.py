"""
Our side: what a journal entry did to the money that others hold for us.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.ledger.chart import (
    BANK,
    DISPUTE_FEES,
    EXCHANGE_FEES,
    PAYOUT_FEES,
    PAYOUT_FLOAT,
    PAYOUTS_IN_TRANSIT,
    PROCESSING,
    PROCESSOR_CLEARING,
    LedgerAccount,
)
from domain.ledger.journal import Posting, Postings, Reason
from domain.reconciliation.items import Item, ItemKind, Source, Whose
from domain.shared.ids import JournalEntryId
from domain.shared.money import Currency, Money

# What was sent and is not final has left the float already, as the vendor sees it: so both
# accounts are one place, and a payout that is paid moves nothing within it.
SOURCES: dict[LedgerAccount, Source] = {
    PROCESSOR_CLEARING: Source.PROCESSOR,
    PAYOUT_FLOAT: Source.PAYOUT_VENDOR,
    PAYOUTS_IN_TRANSIT: Source.PAYOUT_VENDOR,
    BANK: Source.BANK,
}
_FEES = frozenset({PROCESSING, PAYOUT_FEES, DISPUTE_FEES, EXCHANGE_FEES})
_KINDS = {
    Reason.PAYMENT_CAPTURED: ItemKind.PAYMENT,
    Reason.REFUND_BEFORE_DELIVERY: ItemKind.REFUND,
    Reason.REFUND_AFTER_DELIVERY: ItemKind.REFUND,
    Reason.REFUND_FAILED: ItemKind.REFUND_UNDONE,
    Reason.DISPUTE_OPENED: ItemKind.DISPUTE,
    Reason.DISPUTE_WON: ItemKind.DISPUTE_UNDONE,
    Reason.PROCESSOR_SETTLED: ItemKind.SETTLEMENT,
    Reason.FLOAT_FUNDED: ItemKind.FUNDING,
    Reason.FLOAT_FUNDING_REVERSED: ItemKind.FUNDING_UNDONE,
    Reason.CURRENCY_CONVERTED: ItemKind.CONVERSION,
    Reason.PAYOUT_SUBMITTED: ItemKind.PAYOUT,
    Reason.PAYOUT_PAID: ItemKind.PAYOUT,
    Reason.PAYOUT_FAILED: ItemKind.PAYOUT_UNDONE,
    Reason.PAYOUT_RETURNED: ItemKind.PAYOUT_UNDONE,
}

_Line = tuple[Source, ItemKind, Currency]


def lines_of(
    *,
    entry_id: JournalEntryId,
    reason: str,
    occurred_at: datetime,
    postings: Postings,
    references: Iterable[str],
) -> tuple[Item, ...]:
    """
    The entry's effect, one item for each source, kind and currency that it moved.

    An entry that moves money only between accounts of one source has none.
    """
    kind = _KINDS.get(Reason(reason), ItemKind.OTHER)
    effects: dict[_Line, int] = {}
    for posting in postings:
        for source, minor in _legs(posting):
            line = (source, _kind(kind, posting), posting.amount.currency)
            effects[line] = effects.get(line, 0) + minor
    known_as = frozenset(references)
    return tuple(
        Item(
            source=source,
            whose=Whose.OURS,
            kind=line_kind,
            external_id=f"{entry_id}:{line_kind}:{currency}",
            amount=Money(minor, currency),
            at=occurred_at,
            references=known_as,
            entry_id=entry_id,
        )
        for (source, line_kind, currency), minor in effects.items()
        if minor
    )


def _legs(posting: Posting) -> Iterator[tuple[Source, int]]:
    if posting.debit in SOURCES:
        yield SOURCES[posting.debit], posting.amount.minor
    if posting.credit in SOURCES:
        yield SOURCES[posting.credit], -posting.amount.minor


def _kind(kind: ItemKind, posting: Posting) -> ItemKind:
    return ItemKind.FEE if {posting.debit, posting.credit} & _FEES else kind
