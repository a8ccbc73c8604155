"""
Storing items, each once, on a day that is still open.
"""

from collections.abc import Iterable
from hashlib import sha256

from attrs import evolve

from application.reconciliation.ports import Added, ReconciliationUnitOfWork
from domain.reconciliation.book_lines import lines_of
from domain.reconciliation.items import Item
from domain.reconciliation.periods import day_to_book
from domain.shared.errors import InvariantError


def book(uow: ReconciliationUnitOfWork, items: Iterable[Item]) -> Added:
    """
    Store what is not known yet. The caller commits.

    What comes again under one identifier and says something else is an item of its own, and
    will be a break: the first one stands.
    """
    periods = uow.accounting_periods.all()

    def counted(some: Iterable[Item]) -> Added:
        return uow.reconciled_items.add_new(
            {item: day_to_book(item.at.date(), periods) for item in some}
        )

    added = counted(items)
    if not added.changed:
        return added
    retold = counted(_retold(item) for item in added.changed)
    if retold.changed:
        raise InvariantError("two tellings of one item have one name")
    return Added(new=added.new + retold.new, changed=added.changed)


def book_own_entries(uow: ReconciliationUnitOfWork) -> int:
    """Take in what our journal says since the last time. The caller commits."""
    entries = uow.book_entries.untold()
    lines = [
        line
        for entry in entries
        for line in lines_of(
            entry_id=entry.id,
            reason=entry.reason,
            occurred_at=entry.occurred_at,
            postings=entry.postings,
            references=entry.references,
        )
    ]
    book(uow, lines)
    uow.book_entries.note_told(entry.id for entry in entries)
    return len(lines)


def _retold(item: Item) -> Item:
    said = f"{item.amount.minor} {item.amount.currency}"
    return evolve(
        item,
        external_id=f"{item.external_id}~{sha256(said.encode()).hexdigest()[:8]}",
        references=item.references | {item.external_id},
    )
