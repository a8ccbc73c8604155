"""
Disputes as finance staff see them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    RowMapping,
    Select,
    Uuid,
    case,
    func,
    literal,
    select,
    tuple_,
)

from adapters.postgres.queries.cursors import page_of, read_cursor, read_id_cursor, write_cursor
from adapters.postgres.repositories.payments import shares_of
from adapters.postgres.tables.disputes import dispute, dispute_movement
from adapters.postgres.tables.kernel import event
from application.payments.dispute_ports import ServiceFact, ServiceStep
from application.payments.dispute_queries import DisputeChange, DisputeView
from application.shared.pages import Page
from domain.consultations.events import (
    ConsultationCancelled,
    ConsultationClaimed,
    ConsultationCompleted,
    ConsultationOpened,
    IntakeSubmitted,
    MessageSent,
)
from domain.consultations.outcome import MessageSender
from domain.payments.dispute import DisputeStatus
from domain.payments.events import DisputeFundsMoved, PaymentAuthorised
from domain.scheduling.events import AppointmentBooked
from domain.shared.ids import ConsultationId, DisputeId
from domain.shared.money import Money

_UNDECIDED = [DisputeStatus.NEEDS_RESPONSE.value, DisputeStatus.UNDER_REVIEW.value]
_TURN = case((dispute.c.status == DisputeStatus.NEEDS_RESPONSE.value, 0), else_=1)
# Texts of one form sort like the times that they name; those without a time limit come last.
_DUE = func.coalesce(
    func.to_char(func.timezone("UTC", dispute.c.evidence_due_at), "YYYY-MM-DD HH24:MI:SS"), "never"
)
# Named one by one: nothing else of a consultation may reach a bank.
_STEPS = {
    IntakeSubmitted.__name__: ServiceStep.HANDED_IN,
    PaymentAuthorised.__name__: ServiceStep.PAID,
    AppointmentBooked.__name__: ServiceStep.BOOKED,
    ConsultationClaimed.__name__: ServiceStep.TAKEN,
    ConsultationOpened.__name__: ServiceStep.BEGUN,
    MessageSent.__name__: ServiceStep.PATIENT_WROTE,
    ConsultationCompleted.__name__: ServiceStep.COMPLETED,
    ConsultationCancelled.__name__: ServiceStep.CANCELLED,
}
_WROTE = {
    MessageSender.PATIENT: ServiceStep.PATIENT_WROTE,
    MessageSender.PHYSICIAN: ServiceStep.PHYSICIAN_WROTE,
}


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

    def undecided(self, *, limit: int, cursor: str | None) -> Page[DisputeView]:
        place = read_cursor(cursor, int, str, str)
        statement = _disputes().where(dispute.c.status.in_(_UNDECIDED))
        if place is not None:
            statement = statement.where(
                tuple_(_TURN, _DUE, dispute.c.id)
                > tuple_(literal(place[0]), literal(place[1]), literal(place[2]).cast(Uuid))
            )
        ordered = statement.add_columns(_TURN.label("turn"), _DUE.label("due"))
        with self._engine.connect() as connection:
            rows = (
                connection.execute(ordered.order_by(_TURN, _DUE, dispute.c.id).limit(limit + 1))
                .mappings()
                .all()
            )
        return page_of(
            rows,
            limit=limit,
            view=_view,
            cursor=lambda row: write_cursor(row["turn"], row["due"], str(row["id"])),
        )

    def history(self, dispute_id: DisputeId) -> tuple[DisputeChange, ...]:
        statement = (
            select(event.c.type, event.c.payload, event.c.occurred_at)
            .join(dispute, dispute.c.consultation_id == event.c.consultation_id)
            .where(
                dispute.c.id == dispute_id,
                event.c.payload["dispute_id"].as_string() == str(dispute_id),
            )
            .order_by(event.c.sequence)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return tuple(_change(row) for row in rows)


class PostgresServiceRecord:
    """What was done in a consultation, from the events that say so. Types and times alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, consultation_id: ConsultationId) -> Sequence[ServiceFact]:
        statement = (
            select(
                event.c.type,
                event.c.occurred_at,
                event.c.payload["sender"].as_string().label("sender"),
            )
            .where(event.c.consultation_id == consultation_id, event.c.type.in_(_STEPS))
            .order_by(event.c.sequence)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        return [
            ServiceFact(
                step=_WROTE[MessageSender(row.sender)]
                if row.type == MessageSent.__name__
                else _STEPS[row.type],
                at=row.occurred_at,
            )
            for row in rows
        ]


def _change(row: RowMapping) -> DisputeChange:
    moved = row["type"] == DisputeFundsMoved.__name__
    return DisputeChange(
        kind=row["type"],
        at=row["occurred_at"],
        amount=_money(row["payload"]["amount"]) if moved else None,
        fee=_money(row["payload"]["fee"]) if moved else None,
    )


def _money(data: Mapping[str, Any]) -> Money:
    return Money.of(data["minor"], data["currency"])


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
