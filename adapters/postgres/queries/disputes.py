"""
Disputes as finance staff see them.
"""

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, func, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.repositories.payments import shares_of
from adapters.postgres.tables.disputes import dispute, dispute_movement
from application.payments.dispute_queries import DisputeView
from application.shared.pages import Page
from domain.payments.dispute import DisputeStatus
from domain.shared.ids import DisputeId
from domain.shared.money import Money


class PostgresDisputeQueries:
    """Disputes, and how much of our money is away for each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def dispute(self, dispute_id: DisputeId) -> DisputeView | None:
        statement = _disputes().where(dispute.c.id == dispute_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        return None if row is None else _view(row)

    def page(
        self, *, status: DisputeStatus | None, limit: int, cursor: str | None
    ) -> Page[DisputeView]:
        conditions: list[ColumnElement[bool]] = []
        if status is not None:
            conditions.append(dispute.c.status == status.value)
        if last := read_id_cursor(cursor):
            conditions.append(dispute.c.id < last)
        statement = _disputes().where(*conditions).order_by(dispute.c.id.desc()).limit(limit + 1)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(rows, limit=limit, view=_view, cursor=lambda row: write_cursor(row["id"]))


def _disputes() -> Select[tuple[object, ...]]:
    away = (
        select(func.coalesce(-func.sum(dispute_movement.c.amount_minor), 0))
        .where(dispute_movement.c.dispute_id == dispute.c.id)
        .correlate(dispute)
        .scalar_subquery()
    )
    return select(dispute, away.label("away_minor"))


def _view(row: RowMapping) -> DisputeView:
    currency, beyond = row["currency"], row["beyond_minor"]
    return DisputeView(
        dispute_id=row["id"],
        payment_id=row["payment_id"],
        consultation_id=row["consultation_id"],
        reference=row["reference"],
        amount=Money.of(row["amount_minor"], currency),
        away=Money.of(int(row["away_minor"]), currency),
        reason=row["reason"],
        status=DisputeStatus(row["status"]),
        inquiry=row["inquiry"],
        opened_at=row["opened_at"],
        evidence_due_at=row["evidence_due_at"],
        evidence_sent_at=row["evidence_sent_at"],
        ended_at=row["ended_at"],
        owner_id=row["owner_id"],
        shares=None if row["shares"] is None else shares_of(row["shares"]),
        beyond=None if beyond is None else Money.of(beyond, currency),
        review=row["review"],
    )
