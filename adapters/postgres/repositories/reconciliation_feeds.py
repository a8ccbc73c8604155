"""
How far each source was read, and what it said besides its items, in PostgreSQL.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.repositories.reconciliation import portions
from adapters.postgres.scope import Scope
from adapters.postgres.tables.reconciliation import (
    reconciliation_feed,
    reconciliation_run,
    settlement_member,
    stated_balance,
    statement_file,
)
from application.reconciliation.ports import FeedPosition
from domain.reconciliation.items import Source
from domain.reconciliation.statements import StatedBalance
from domain.shared.money import Money

_TURN = 7_001_017
"""The advisory lock of imports, comparisons and closings."""
_LATEST_BALANCES = text("""
    select distinct on (source, currency, stated_by) * from stated_balance
    where not is_opening order by source, currency, stated_by, at desc
""")


class PostgresFeeds:
    """How far each source was read, and what it said besides its items."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def take_turn(self) -> None:
        self._scope.connection.execute(select(func.pg_advisory_xact_lock(_TURN)))

    def positions(self) -> Mapping[Source, FeedPosition]:
        return {
            Source(row.source): FeedPosition(
                position=row.position, covers_until=row.covers_until, read_at=row.read_at
            )
            for row in self._scope.connection.execute(select(reconciliation_feed))
        }

    def note_position(self, source: Source, position: FeedPosition) -> None:
        values = {
            "position": position.position,
            "covers_until": position.covers_until,
            "read_at": position.read_at,
        }
        self._scope.connection.execute(
            insert(reconciliation_feed)
            .values(source=source.value, **values)
            .on_conflict_do_update(index_elements=["source"], set_=values)
        )

    def note_batches(self, source: Source, batches: Mapping[str, frozenset[str]]) -> None:
        rows = [
            {"source": source.value, "external_id": member, "batch": batch}
            for batch, members in sorted(batches.items())
            for member in sorted(members)
        ]
        for some in portions(rows):
            self._scope.connection.execute(insert(settlement_member).on_conflict_do_nothing(), some)

    def note_balances(self, balances: Iterable[StatedBalance]) -> None:
        rows = [
            {
                "source": balance.source.value,
                "currency": balance.amount.currency.code,
                "stated_by": balance.stated_by,
                "at": balance.at,
                "is_opening": balance.is_opening,
                "amount_minor": balance.amount.minor,
            }
            for balance in balances
        ]
        for some in portions(rows):
            self._scope.connection.execute(insert(stated_balance).on_conflict_do_nothing(), some)

    def latest_balances(self) -> tuple[StatedBalance, ...]:
        return tuple(
            StatedBalance(
                source=Source(row.source),
                stated_by=row.stated_by,
                at=row.at,
                amount=Money.of(row.amount_minor, row.currency),
            )
            for row in self._scope.connection.execute(_LATEST_BALANCES)
        )

    def has_opening(self, source: Source, currency: str) -> bool:
        b = stated_balance.c
        statement = select(
            exists().where(b.source == source.value, b.currency == currency, b.is_opening)
        )
        return bool(self._scope.connection.scalar(statement))

    def note_file(self, digest: bytes, *, now: datetime) -> bool:
        statement = (
            insert(statement_file)
            .values(digest=digest, imported_at=now)
            .on_conflict_do_nothing()
            .returning(statement_file.c.digest)
        )
        return self._scope.connection.execute(statement).first() is not None

    def last_run_at(self) -> datetime | None:
        at: datetime | None = self._scope.connection.scalar(
            select(func.max(reconciliation_run.c.at))
        )
        return at

    def note_run(self, now: datetime) -> None:
        self._scope.connection.execute(insert(reconciliation_run).values(at=now))
