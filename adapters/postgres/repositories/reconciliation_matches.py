"""
Which items belong together, in PostgreSQL.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from adapters.postgres.repositories.reconciliation import items_with_batch, portions, read_item
from adapters.postgres.scope import Scope
from adapters.postgres.tables.reconciliation import (
    reconciliation_item,
    reconciliation_match,
    reconciliation_match_item,
)
from application.reconciliation.ports import AlreadyMatched, MatchNotFound, StoredMatch
from domain.reconciliation.matching import Match, Rule
from domain.shared.ids import ReconciliationMatchId

_I, _X = reconciliation_item.c, reconciliation_match_item.c


class PostgresMatches:
    """Matches with their items."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, match: StoredMatch) -> None:
        self._scope.connection.execute(
            insert(reconciliation_match).values(
                id=match.id,
                rule=match.match.rule.value,
                explanation=match.match.explanation,
                made_at=match.made_at,
                made_by=match.made_by,
                break_id=match.break_id,
            )
        )
        try:
            self._scope.connection.execute(
                insert(reconciliation_match_item),
                [
                    {"match_id": match.id, "item_key": item.key, "undone": False}
                    for item in match.match.items
                ],
            )
        except IntegrityError as error:
            if "uq_reconciliation_match_item_item_key" in str(error.orig):
                raise AlreadyMatched("One of these is matched already.") from error
            raise

    def get(self, match_id: ReconciliationMatchId) -> StoredMatch:
        statement = select(reconciliation_match).where(reconciliation_match.c.id == match_id)
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise MatchNotFound("There is no such match.")
        items = self._scope.connection.execute(
            items_with_batch().where(_I.key.in_(select(_X.item_key).where(_X.match_id == match_id)))
        ).mappings()
        return StoredMatch(
            id=match_id,
            match=Match(
                rule=Rule(row["rule"]),
                items=[read_item(item) for item in items],
                explanation=row["explanation"],
            ),
            made_at=row["made_at"],
            made_by=row["made_by"],
            break_id=row["break_id"],
            is_undone=row["undone_at"] is not None,
        )

    def undo(self, match_id: ReconciliationMatchId, *, now: datetime) -> None:
        self._scope.connection.execute(
            update(reconciliation_match)
            .where(reconciliation_match.c.id == match_id)
            .values(undone_at=now)
        )
        self._scope.connection.execute(
            update(reconciliation_match_item).where(_X.match_id == match_id).values(undone=True)
        )

    def undone(self, keys: Iterable[str]) -> frozenset[frozenset[str]]:
        sets: dict[UUID, set[str]] = {}
        concerned = reconciliation_match_item.alias()
        for some in portions(sorted(set(keys))):
            statement = select(_X.match_id, _X.item_key).where(
                _X.undone,
                exists().where(
                    concerned.c.match_id == _X.match_id,
                    concerned.c.undone,
                    concerned.c.item_key.in_(some),
                ),
            )
            for row in self._scope.connection.execute(statement):
                sets.setdefault(row.match_id, set()).add(row.item_key)
        return frozenset(frozenset(each) for each in sets.values())
