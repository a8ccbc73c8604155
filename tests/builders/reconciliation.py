"""
Items of both sides, in short.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.reconciliation.items import Item, ItemKind, Source, Whose
from domain.shared.ids import JournalEntryId
from domain.shared.money import Money
from tests.fakes.clock import MONDAY_NOON

K = ItemKind
S = Source


def aud(minor: int) -> Money:
    return Money.of(minor, "AUD")


def item(
    whose: Whose,
    external_id: str,
    amount: Money,
    *known_as: str,
    kind: ItemKind = ItemKind.PAYMENT,
    source: Source = Source.PROCESSOR,
    at: datetime = MONDAY_NOON,
    **more: Any,
) -> Item:
    if whose is Whose.OURS:
        more.setdefault("entry_id", JournalEntryId(UUID(int=1)))
    return Item(
        source=source,
        whose=whose,
        kind=kind,
        external_id=external_id,
        amount=amount,
        at=at,
        references=frozenset(known_as),
        **more,
    )


def ours(external_id: str, amount: Money, *known_as: str, **more: Any) -> Item:
    return item(Whose.OURS, external_id, amount, *known_as, **more)


def theirs(external_id: str, amount: Money, *known_as: str, **more: Any) -> Item:
    return item(Whose.THEIRS, external_id, amount, *known_as, **more)
