"""
Making items of a bank's lines, whatever the file they came in.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from attrs import frozen

from domain.reconciliation.items import Item, ItemKind, Source, Whose
from domain.shared.money import Money

_SHOWN = 4


@frozen(kw_only=True)
class Line:
    """
    A booked line.

    Args:
        identifier: The bank's own, never given twice for one account; None if it has none.
    """

    identifier: str | None
    booked_on: date
    amount: Money
    references: frozenset[str]
    is_fee: bool = False
    converted_from: Money | None = None


def shown_account(account: str) -> str:
    """Enough of an account's number to tell it from our others."""
    return f"…{''.join(account.split())[-_SHOWN:]}"


def items_of(lines: Iterable[Line], *, account: str) -> tuple[Item, ...]:
    """
    One item for each line that moves something.

    A line that the bank lists twice in one file under one identifier is one; two that have an
    identifier in common and say something else are two; and of those without, each counts.
    """
    times: Counter[str] = Counter()
    said: dict[str, Line] = {}
    items = []
    for line in (line for line in lines if line.amount):
        name = line.identifier or _fingerprint(line)
        if line.identifier is None:
            times[name] += 1
            name = f"{name}-{times[name]}"
        elif name in said:
            if said[name] == line:
                continue
            name = f"{name}~{_fingerprint(line)[:8]}"
        said[name] = line
        items.append(_item(line, f"{shown_account(account)}:{name}"))
    return tuple(items)


def _item(line: Line, external_id: str) -> Item:
    return Item(
        source=Source.BANK,
        whose=Whose.THEIRS,
        kind=ItemKind.FEE if line.is_fee else ItemKind.OTHER,
        external_id=external_id,
        amount=line.amount,
        at=datetime.combine(line.booked_on, time.min, UTC),
        references=line.references,
        converted_from=line.converted_from,
    )


def _fingerprint(line: Line) -> str:
    said = [
        line.booked_on.isoformat(),
        str(line.amount.minor),
        line.amount.currency.code,
        *sorted(line.references),
    ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]
