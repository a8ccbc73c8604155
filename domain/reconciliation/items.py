"""
What is compared: every movement of our money, as our books and as somebody else's tell it.

Both are written alike. An amount is what it did to the money in that place: negative where
money left. References are what an item and its counterpart may both be called by.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from domain.ledger.chart import BANK, PAYOUT_FLOAT, PROCESSOR_CLEARING, LedgerAccount
from domain.shared.errors import InvariantError
from domain.shared.ids import JournalEntryId
from domain.shared.money import Currency, Money, total


class MalformedItem(InvariantError):
    """It moves nothing, or has no time zone."""


class Source(StrEnum):
    """Whose account of our money is compared with the books."""

    PROCESSOR = "processor"  # takes the patients' cards
    PAYOUT_VENDOR = "payout_vendor"  # pays the physicians
    BANK = "bank"


class Whose(StrEnum):
    """Which of the two tells it."""

    OURS = "ours"
    THEIRS = "theirs"


class ItemKind(StrEnum):
    """What happened to the money."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_UNDONE = "refund_undone"
    DISPUTE = "dispute"
    DISPUTE_UNDONE = "dispute_undone"
    SETTLEMENT = "settlement"  # from the processor to our bank
    SETTLEMENT_UNDONE = "settlement_undone"
    FUNDING = "funding"  # from our bank to the payout vendor
    FUNDING_UNDONE = "funding_undone"
    PAYOUT = "payout"
    PAYOUT_UNDONE = "payout_undone"
    CONVERSION = "conversion"  # out of a currency, and into another
    FEE = "fee"
    OTHER = "other"

    @property
    def is_undone(self) -> bool:
        """Whether it takes something back that was done."""
        return self in _UNDONE

    @property
    def crosses_sources(self) -> bool:
        """Whether two of the others have an item of it: where it left and where it arrived."""
        return self in _CROSSING


_UNDONE = frozenset(
    {
        ItemKind.REFUND_UNDONE,
        ItemKind.DISPUTE_UNDONE,
        ItemKind.SETTLEMENT_UNDONE,
        ItemKind.FUNDING_UNDONE,
        ItemKind.PAYOUT_UNDONE,
    }
)
_CROSSING = frozenset(
    {
        ItemKind.SETTLEMENT,
        ItemKind.SETTLEMENT_UNDONE,
        ItemKind.FUNDING,
        ItemKind.FUNDING_UNDONE,
    }
)

ACCOUNTS: dict[Source, LedgerAccount] = {
    Source.PROCESSOR: PROCESSOR_CLEARING,
    Source.PAYOUT_VENDOR: PAYOUT_FLOAT,
    Source.BANK: BANK,
}
"""Where our books keep the money that a source tells of."""


def _normal(references: Iterable[str]) -> frozenset[str]:
    # Banks write references in capitals, and people add blanks.
    return frozenset(text for text in ("".join(r.split()).casefold() for r in references) if text)


@frozen(kw_only=True)
class Item:
    """
    One movement.

    Args:
        external_id: Theirs: the vendor's or bank's own. Ours: the entry and what of it.
        at: When it counted there.
        batch: The settlement that their item is part of, once it is known.
        converted_from: What it was before an exchange, if there was one.
        entry_id: Ours: the journal entry.
    """

    source: Source
    whose: Whose
    kind: ItemKind
    external_id: str
    amount: Money = field()
    at: datetime = field()
    references: frozenset[str] = field(factory=frozenset, converter=_normal)
    batch: str | None = None
    converted_from: Money | None = None
    entry_id: JournalEntryId | None = None

    @amount.validator
    def _check_amount(self, _: object, amount: Money) -> None:
        if not amount:
            raise MalformedItem(f"{self.external_id} moves nothing")

    @at.validator
    def _check_time(self, _: object, at: datetime) -> None:
        if at.tzinfo is None:
            raise MalformedItem(f"{self.external_id} has a time without a zone")

    @property
    def key(self) -> str:
        """Names it, everywhere and for good."""
        return f"{self.whose}:{self.source}:{self.external_id}"

    @property
    def known_as(self) -> frozenset[str]:
        """Its references; for a fee also the settlement, because fees are booked by settlement."""
        if self.batch is None or self.kind is not ItemKind.FEE:
            return self.references
        return self.references | _normal([self.batch])

    @property
    def is_ours(self) -> bool:
        """Whether our books tell it."""
        return self.whose is Whose.OURS


def sorted_items(items: Iterable[Item]) -> tuple[Item, ...]:
    """In an order that depends on nothing but the items themselves."""
    return tuple(sorted(items, key=lambda item: (item.at, item.key)))


Place = tuple[Source, Currency]
"""Where sums are compared."""


def place_of(item: Item) -> Place:
    """The source and currency that an item counts in."""
    return (item.source, item.amount.currency)


def sums(items: Iterable[Item]) -> dict[Place, Money]:
    """Add up by source and currency."""
    grouped: dict[Place, list[Money]] = {}
    for item in items:
        grouped.setdefault(place_of(item), []).append(item.amount)
    return {place: total(amounts, place[1]) for place, amounts in grouped.items()}


def gaps(items: Iterable[Item]) -> dict[Place, Money]:
    """
    What theirs is more than ours, by source and currency; places that agree are left out.
    """
    given = list(items)
    theirs = sums(item for item in given if not item.is_ours)
    ours = sums(item for item in given if item.is_ours)
    found = {
        place: theirs.get(place, Money.zero(place[1])) - ours.get(place, Money.zero(place[1]))
        for place in theirs.keys() | ours.keys()
    }
    ordered = sorted(found, key=lambda place: (place[0].value, place[1].code))
    return {place: found[place] for place in ordered if found[place]}
