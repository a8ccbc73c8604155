"""
Orders and pharmacies in PostgreSQL.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import RowMapping, Select, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from adapters.postgres.repositories.patients import is_kept
from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.orders import (
    ENDED,
    pharmacy,
    pharmacy_order,
    pharmacy_preference,
)
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderFailure, OrderStatus
from domain.orders.order import DISPENSABLE, CopyStillDispensable, Order, OrderNotFound
from domain.orders.pharmacy import Network, Pharmacy, PharmacyNotFound
from domain.shared.ids import OrderId, PatientId, PharmacyId, PrescriptionId
from domain.shared.jurisdiction import Jurisdiction

_ONE_COPY = "uq_pharmacy_order_dispensable"
_UNSETTLED = sorted(status.value for status in DISPENSABLE | {OrderStatus.CREATED})


class PostgresOrders:
    """Orders; an index keeps two copies of a prescription from being dispensable."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Order) -> None:
        try:
            insert_row(self._scope, pharmacy_order, new, _row(new))
        except IntegrityError as refused:
            raise _as_second_copy(refused) from refused

    def get(self, order_id: OrderId) -> Order:
        row = (
            self._scope.connection.execute(
                select(pharmacy_order).where(pharmacy_order.c.id == order_id).with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise OrderNotFound("There is no such order.")
        return _order(row)

    def save(self, changed: Order) -> None:
        try:
            update_row(self._scope, pharmacy_order, changed, changed.id, _row(changed))
        except IntegrityError as refused:
            raise _as_second_copy(refused) from refused

    def of_prescription(self, prescription_id: PrescriptionId) -> Sequence[Order]:
        return self._all(
            select(pharmacy_order).where(pharmacy_order.c.prescription_id == prescription_id)
        )

    def of_lineage(self, lineage_id: PrescriptionId) -> Sequence[Order]:
        return self._all(select(pharmacy_order).where(pharmacy_order.c.lineage_id == lineage_id))

    def find_by_reference(self, reference: str) -> OrderId | None:
        found = self._scope.connection.scalar(
            select(pharmacy_order.c.id).where(pharmacy_order.c.reference == reference)
        )
        return None if found is None else OrderId(found)

    def unsettled(self, *, before: datetime, limit: int) -> Sequence[OrderId]:
        statement = (
            select(pharmacy_order.c.id)
            .where(
                pharmacy_order.c.status.in_(_UNSETTLED),
                pharmacy_order.c.pharmacy_id.is_not(None),
                pharmacy_order.c.updated_at < before,
            )
            .order_by(pharmacy_order.c.updated_at)
            .limit(limit)
        )
        return [OrderId(one) for one in self._scope.connection.scalars(statement)]

    def ended_between(
        self, since: datetime, until: datetime, *, after: OrderId | None = None, limit: int
    ) -> Sequence[OrderId]:
        statement = (
            select(pharmacy_order.c.id)
            .where(
                text(ENDED),
                pharmacy_order.c.updated_at >= since,
                pharmacy_order.c.updated_at < until,
                is_kept(pharmacy_order.c.patient_id),
            )
            .order_by(pharmacy_order.c.id)
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(pharmacy_order.c.id > after)
        return [OrderId(one) for one in self._scope.connection.scalars(statement)]

    def _all(self, statement: Select[Any]) -> list[Order]:
        rows = self._scope.connection.execute(
            statement.order_by(pharmacy_order.c.id).with_for_update()
        ).mappings()
        return [_order(row) for row in rows]


class PostgresPharmacies:
    """The directory of pharmacies, and what patients prefer."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get(self, pharmacy_id: PharmacyId) -> Pharmacy:
        found = self._find(select(pharmacy).where(pharmacy.c.id == pharmacy_id))
        if found is None:
            raise PharmacyNotFound("There is no such pharmacy.")
        return found

    def put(self, stored: Pharmacy) -> None:
        row = {
            "id": stored.id,
            "name": stored.name,
            "network": stored.network.value,
            "network_reference": stored.network_reference,
            "place": stored.place.code,
            "address": stored.address,
            "phone": stored.phone,
            "delivers": stored.delivers,
            "active": stored.active,
            "preference": stored.preference,
        }
        self._scope.connection.execute(
            upsert(pharmacy).values(**row).on_conflict_do_update(index_elements=["id"], set_=row)
        )

    def in_country(self, country: str) -> Sequence[Pharmacy]:
        rows = self._scope.connection.execute(
            select(pharmacy)
            .where(
                pharmacy.c.active,
                or_(pharmacy.c.place == country, pharmacy.c.place.startswith(f"{country}-")),
            )
            .order_by(pharmacy.c.name, pharmacy.c.id)
        ).mappings()
        return [_pharmacy(row) for row in rows]

    def find_by_network(self, network: Network, reference: str) -> Pharmacy | None:
        return self._find(
            select(pharmacy).where(
                pharmacy.c.network == network.value, pharmacy.c.network_reference == reference
            )
        )

    def preferred_by(self, patient_id: PatientId) -> PharmacyId | None:
        found = self._scope.connection.scalar(
            select(pharmacy_preference.c.pharmacy_id).where(
                pharmacy_preference.c.patient_id == patient_id
            )
        )
        return None if found is None else PharmacyId(found)

    def prefer(self, patient_id: PatientId, pharmacy_id: PharmacyId) -> None:
        self._scope.connection.execute(
            upsert(pharmacy_preference)
            .values(patient_id=patient_id, pharmacy_id=pharmacy_id)
            .on_conflict_do_update(index_elements=["patient_id"], set_={"pharmacy_id": pharmacy_id})
        )

    def _find(self, statement: Select[Any]) -> Pharmacy | None:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _pharmacy(row)


def _as_second_copy(refused: IntegrityError) -> Exception:
    violation = refused.orig
    if isinstance(violation, UniqueViolation) and violation.diag.constraint_name == _ONE_COPY:
        return CopyStillDispensable("An earlier copy can still be dispensed.")
    return refused


def _row(stored: Order) -> dict[str, Any]:
    return {
        "id": stored.id,
        "prescription_id": stored.prescription_id,
        "lineage_id": stored.lineage_id,
        "consultation_id": stored.consultation_id,
        "patient_id": stored.patient_id,
        "pharmacy_id": stored.pharmacy_id,
        "status": stored.status.value,
        "reference": stored.reference,
        "vendor_status": stored.vendor_status,
        "attempts": stored.attempts,
        "cancel_outcome": stored.cancel_outcome.value if stored.cancel_outcome else None,
        "failure": stored.failure.value if stored.failure else None,
        "attention": stored.attention.value if stored.attention else None,
        "settled": sorted(reason.value for reason in stored.settled),
        "fills": stored.fills,
        "rerouted_to": stored.rerouted_to,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
        "sending_at": stored.sending_at,
        "sent_at": stored.sent_at,
        "supplied_at": stored.supplied_at,
        "cancel_requested_at": stored.cancel_requested_at,
    }


def _order(row: RowMapping) -> Order:
    outcome, failure, attention = row["cancel_outcome"], row["failure"], row["attention"]
    return Order(
        id=row["id"],
        version=row["version"],
        prescription_id=row["prescription_id"],
        lineage_id=row["lineage_id"],
        consultation_id=row["consultation_id"],
        patient_id=row["patient_id"],
        pharmacy_id=row["pharmacy_id"],
        status=OrderStatus(row["status"]),
        reference=row["reference"],
        vendor_status=row["vendor_status"],
        attempts=row["attempts"],
        cancel_outcome=CancelOutcome(outcome) if outcome else None,
        failure=OrderFailure(failure) if failure else None,
        attention=AttentionReason(attention) if attention else None,
        settled=frozenset(AttentionReason(reason) for reason in row["settled"]),
        fills=row["fills"],
        rerouted_to=row["rerouted_to"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        sending_at=row["sending_at"],
        sent_at=row["sent_at"],
        supplied_at=row["supplied_at"],
        cancel_requested_at=row["cancel_requested_at"],
    )


def _pharmacy(row: RowMapping) -> Pharmacy:
    return Pharmacy(
        id=row["id"],
        name=row["name"],
        network=Network(row["network"]),
        network_reference=row["network_reference"],
        place=Jurisdiction(row["place"]),
        address=row["address"],
        phone=row["phone"],
        delivers=row["delivers"],
        active=row["active"],
        preference=row["preference"],
    )
