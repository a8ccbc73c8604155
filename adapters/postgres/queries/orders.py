"""
Lists of orders.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, RowMapping, Select, literal, select, tuple_

from adapters.postgres.queries.cursors import (
    page_of,
    read_cursor,
    read_id_cursor,
    write_cursor,
)
from adapters.postgres.tables.orders import pharmacy, pharmacy_order
from application.orders.queries import OrderView, PharmacyView
from application.shared.pages import Page
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderFailure, OrderStatus
from domain.orders.pharmacy import Network
from domain.shared.ids import OrderId, PatientId, PrescriptionId

_O = pharmacy_order.c


class PostgresOrderQueries:
    """Orders with their pharmacies."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_patient(
        self, patient_id: PatientId, *, limit: int, cursor: str | None
    ) -> Page[OrderView]:
        statement = _orders().where(_O.patient_id == patient_id)
        before = read_id_cursor(cursor)
        if before is not None:
            statement = statement.where(_O.id < before)
        return page_of(
            self._rows(statement.order_by(_O.id.desc()).limit(limit + 1)),
            limit=limit,
            view=_view,
            cursor=lambda row: write_cursor(row["id"]),
        )

    def of_prescription(self, prescription_id: PrescriptionId) -> tuple[OrderView, ...]:
        statement = _orders().where(_O.prescription_id == prescription_id).order_by(_O.id)
        return tuple(_view(row) for row in self._rows(statement))

    def one(self, order_id: OrderId) -> OrderView | None:
        rows = self._rows(_orders().where(_O.id == order_id))
        return _view(rows[0]) if rows else None

    def needing_attention(self, *, limit: int, cursor: str | None) -> Page[OrderView]:
        statement = _orders().where(_O.attention.is_not(None))
        place = read_cursor(cursor, datetime, UUID)
        if place is not None:
            statement = statement.where(tuple_(_O.updated_at, _O.id) > tuple_(*map(literal, place)))
        return page_of(
            self._rows(statement.order_by(_O.updated_at, _O.id).limit(limit + 1)),
            limit=limit,
            view=_view,
            cursor=lambda row: write_cursor(row["updated_at"], row["id"]),
        )

    def _rows(self, statement: Select[Any]) -> list[RowMapping]:
        with self._engine.connect() as connection:
            return list(connection.execute(statement).mappings())


def _orders() -> Select[Any]:
    return select(
        pharmacy_order,
        pharmacy.c.name,
        pharmacy.c.address,
        pharmacy.c.phone,
        pharmacy.c.place,
        pharmacy.c.delivers,
        pharmacy.c.network,
    ).outerjoin(pharmacy, pharmacy.c.id == _O.pharmacy_id)


def _view(row: RowMapping) -> OrderView:
    outcome, failure, attention = row["cancel_outcome"], row["failure"], row["attention"]
    return OrderView(
        order_id=row["id"],
        prescription_id=row["prescription_id"],
        consultation_id=row["consultation_id"],
        patient_id=row["patient_id"],
        status=OrderStatus(row["status"]),
        pharmacy=_pharmacy(row) if row["pharmacy_id"] is not None else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        sent_at=row["sent_at"],
        supplied_at=row["supplied_at"],
        cancel_requested_at=row["cancel_requested_at"],
        cancel_outcome=CancelOutcome(outcome) if outcome else None,
        failure=OrderFailure(failure) if failure else None,
        attention=AttentionReason(attention) if attention else None,
        vendor_status=row["vendor_status"],
        rerouted_to=row["rerouted_to"],
        fills=row["fills"],
    )


def _pharmacy(row: RowMapping) -> PharmacyView:
    return PharmacyView(
        pharmacy_id=row["pharmacy_id"],
        name=row["name"],
        address=row["address"],
        phone=row["phone"],
        place=row["place"],
        delivers=row["delivers"],
        network=Network(row["network"]),
    )
