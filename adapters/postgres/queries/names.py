"""
How people and pharmacies are called, and whose accounts of the books are by that.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from adapters.postgres.tables.orders import pharmacy
from adapters.postgres.tables.physicians import physician
from domain.ledger.chart import LedgerAccount, OwnerKind

PHYSICIAN_NAME = func.concat_ws(
    " ", func.nullif(physician.c.title, ""), physician.c.given_name, physician.c.family_name
)
"""As it is shown everywhere."""

_NAMED = {
    OwnerKind.PHYSICIAN: (physician.c.id, PHYSICIAN_NAME),
    OwnerKind.PHARMACY: (pharmacy.c.id, pharmacy.c.name),
}


def is_called(name: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    """Whether a name has all of some words, of which there is one at least, anywhere in it."""
    return and_(*(name.icontains(word, autoescape=True) for word in words.split()))


def owner_names(connection: Connection, accounts: Iterable[LedgerAccount]) -> dict[str, str]:
    """
    The names of those who own accounts, by the accounts' codes, in one look-up.

    Nobody is named who is no physician or pharmacy of ours.
    """
    sought = {
        account: owner_id
        for account in set(accounts)
        if account.kind.owned_by in _NAMED and (owner_id := _identifier(account.owner))
    }
    if not sought:
        return {}
    parts = [
        select(literal(kind.value).label("kind"), column.label("id"), name.label("name")).where(
            column == any_(literal(_of_kind(sought, kind), ARRAY(Uuid)))
        )
        for kind, (column, name) in _NAMED.items()
    ]
    first, *others = parts
    rows = connection.execute(first.union_all(*others)).all()
    names = {(row.kind, row.id): row.name for row in rows}
    return {
        account.code: names[account.kind.owned_by, owner_id]
        for account, owner_id in sought.items()
        if (account.kind.owned_by, owner_id) in names
    }


def owners_called(connection: Connection, words: str, *, limit: int) -> tuple[str, ...]:
    """Those whose name fits, as their accounts' codes name them."""
    found: list[str] = []
    for column, name in _NAMED.values():
        statement = select(column).where(is_called(name, words)).order_by(column).limit(limit)
        found += map(str, connection.scalars(statement))
    return tuple(found[:limit])


def _of_kind(sought: dict[LedgerAccount, UUID], kind: OwnerKind) -> list[UUID]:
    return sorted({one for account, one in sought.items() if account.kind.owned_by is kind})


def _identifier(written: str | None) -> UUID | None:
    try:
        return None if written is None else UUID(written)
    except ValueError:
        return None
