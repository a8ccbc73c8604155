"""
Money that travels between two of the others, and is told at each end in other words.

It goes from the processor to our bank, and from our bank to the payout vendor. A bank line is recognised by the reference of the other end, else by being the only one that
the other end's amount can have become. A settlement is made of many movements: where they are
known, they have to add up to what arrived.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from attrs import evolve, field, frozen

from domain.reconciliation.items import Item, ItemKind, Source, sorted_items
from domain.shared.money import Money, total


@frozen(kw_only=True)
class Transfer:
    """
    The end of a transfer that is not the bank's.

    Args:
        members: What a settlement is made of, as far as the processor says.
    """

    end: Item
    members: tuple[Item, ...] = field(default=(), converter=sorted_items)

    @property
    def at_the_bank(self) -> Money:
        """What the bank's line has to say."""
        return -self.end.amount

    @property
    def name(self) -> str:
        """What the sender calls it."""
        return self.end.external_id if self.end.batch is None else self.end.batch

    @property
    def missing(self) -> Money:
        """By how much its movements do not add up to it; nothing where they are not known."""
        if not self.members:
            return Money.zero(self.end.amount.currency)
        made_of = [each.amount for each in self.members]
        return self.at_the_bank - total(made_of, self.end.amount.currency)

    def describe(self) -> str:
        """Why a bank line is taken for this one."""
        if self.members and not self.missing:
            return f"the {len(self.members)} movements of {self.name} add up to the bank's line"
        return f"the bank's line is what {self.name} moved"


@frozen(kw_only=True)
class Recognised:
    """Bank lines, those that were recognised known by the other end's references too."""

    items: tuple[Item, ...]
    notes: Mapping[str, str]


def recognise(
    items: Iterable[Item],
    transfers: Iterable[Transfer],
    *,
    arrived: frozenset[str],
    window: timedelta,
) -> Recognised:
    """
    Tell which transfers the bank's lines are the other ends of.

    Args:
        arrived: References of those whose bank line is known already.
    """
    given = sorted_items(items)
    lines = [item for item in given if _is_unnamed(item)]
    waiting = [
        each
        for each in sorted(transfers, key=lambda each: each.end.key)
        if not each.end.references & arrived
    ]
    known = _by_reference(lines, waiting)
    taken = {transfer.end.key for transfer in known.values()}
    known |= _by_amount(
        [line for line in lines if line.key not in known],
        [each for each in waiting if each.end.key not in taken],
        window,
    )
    return Recognised(
        items=tuple(_named(item, known.get(item.key)) for item in given),
        notes={key: transfer.describe() for key, transfer in known.items()},
    )


def _is_unnamed(item: Item) -> bool:
    return item.source is Source.BANK and not item.is_ours and item.kind is ItemKind.OTHER


def _named(item: Item, transfer: Transfer | None) -> Item:
    if transfer is None:
        return item
    end = transfer.end
    return evolve(item, kind=end.kind, references=item.references | end.references)


def _by_reference(lines: Sequence[Item], transfers: list[Transfer]) -> dict[str, Transfer]:
    return {
        line.key: named[0]
        for line in lines
        if (
            named := [
                each
                for each in transfers
                if each.end.references & line.references
                and each.end.amount.currency == line.amount.currency
            ]
        )
    }


def _by_amount(
    lines: Sequence[Item], transfers: list[Transfer], window: timedelta
) -> dict[str, Transfer]:
    possible = {
        line.key: [
            each
            for each in transfers
            if each.at_the_bank == line.amount and abs(each.end.at - line.at) <= window
        ]
        for line in lines
    }
    claims: dict[str, int] = {}
    for candidates in possible.values():
        for each in candidates:
            claims[each.end.key] = claims.get(each.end.key, 0) + 1
    return {
        key: candidates[0]
        for key, candidates in possible.items()
        if len(candidates) == 1 and claims[candidates[0].end.key] == 1
    }
