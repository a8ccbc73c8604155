"""
Earnings and holds in PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.ledger import hold, lot, lot_use
from application.ledger.ports import HoldNotFound, LotNotFound
from domain.ledger.hold import Hold, HoldCategory, HoldReason, HoldStatus
from domain.ledger.lot import Lot, LotStatus, LotUse
from domain.shared.ids import ConsultationId, HoldId, LotId, PhysicianId
from domain.shared.money import Currency, Money


class PostgresLots:
    """Earnings, each with what was taken from it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Lot) -> None:
        insert_row(self._scope, lot, new, _lot_row(new))
        self._write_uses(new.id, new.uses, known=0)

    def get(self, lot_id: LotId) -> Lot:
        found = self._lots(select(lot).where(lot.c.id == lot_id))
        if not found:
            raise LotNotFound("There is no such earning.")
        return found[0]

    def of_consultation(self, consultation_id: ConsultationId) -> Lot | None:
        found = self._lots(select(lot).where(lot.c.consultation_id == consultation_id))
        return found[0] if found else None

    def available(self, physician_id: PhysicianId, currency: Currency) -> tuple[Lot, ...]:
        return self._lots(
            select(lot).where(
                lot.c.physician_id == physician_id,
                lot.c.currency == currency.code,
                lot.c.status == LotStatus.AVAILABLE.value,
                lot.c.remaining_minor > 0,
            )
        )

    def taken_by(self, cause: str) -> tuple[Lot, ...]:
        taken = select(lot_use.c.lot_id).where(
            lot_use.c.taken_by == cause, lot_use.c.returned_at.is_(None)
        )
        return self._lots(select(lot).where(lot.c.id.in_(taken)))

    def recovered_from(self, physician_id: PhysicianId, currency: Currency) -> tuple[Lot, ...]:
        recoveries = select(lot_use.c.lot_id).where(
            lot_use.c.taken_by.startswith("lo_", autoescape=True), lot_use.c.returned_at.is_(None)
        )
        return self._lots(
            select(lot).where(
                lot.c.physician_id == physician_id,
                lot.c.currency == currency.code,
                lot.c.id.in_(recoveries),
            )
        )

    def save(self, changed: Lot) -> None:
        update_row(self._scope, lot, changed, changed.id, _lot_row(changed))
        known = self._scope.connection.execute(
            select(lot_use.c.sequence).where(lot_use.c.lot_id == changed.id)
        ).all()
        self._write_uses(changed.id, changed.uses, known=len(known))

    def due(self, *, now: datetime, limit: int) -> tuple[LotId, ...]:
        rows = self._scope.connection.execute(
            select(lot.c.id)
            .where(lot.c.status == LotStatus.PENDING.value, lot.c.matures_at <= now)
            .order_by(lot.c.matures_at)
            .limit(limit)
        )
        return tuple(LotId(row.id) for row in rows)

    def _lots(self, statement: Select[Any]) -> tuple[Lot, ...]:
        rows = (
            self._scope.connection.execute(
                statement.order_by(lot.c.matures_at, lot.c.id).with_for_update()
            )
            .mappings()
            .all()
        )
        uses = self._uses([row["id"] for row in rows])
        return tuple(_lot(row, uses) for row in rows)

    def _uses(self, lot_ids: Sequence[Any]) -> Sequence[RowMapping]:
        if not lot_ids:
            return ()
        statement = (
            select(lot_use)
            .where(lot_use.c.lot_id.in_(lot_ids))
            .order_by(lot_use.c.lot_id, lot_use.c.sequence)
        )
        return self._scope.connection.execute(statement).mappings().all()

    def _write_uses(self, lot_id: LotId, uses: Sequence[LotUse], *, known: int) -> None:
        for sequence, use in enumerate(uses[:known]):
            if use.returned_at is not None:
                self._scope.connection.execute(
                    update(lot_use)
                    .where(lot_use.c.lot_id == lot_id, lot_use.c.sequence == sequence)
                    .values(returned_at=use.returned_at)
                )
        if uses[known:]:
            self._scope.connection.execute(
                insert(lot_use),
                [
                    _use_row(lot_id, sequence, use)
                    for sequence, use in enumerate(uses[known:], start=known)
                ],
            )


def _lot(row: RowMapping, uses: Iterable[RowMapping]) -> Lot:
    return Lot(
        id=row["id"],
        version=row["version"],
        physician_id=row["physician_id"],
        consultation_id=row["consultation_id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        earned_at=row["earned_at"],
        matures_at=row["matures_at"],
        status=LotStatus(row["status"]),
        uses=tuple(
            LotUse(
                taken_by=use["taken_by"],
                amount=Money.of(use["amount_minor"], row["currency"]),
                taken_at=use["taken_at"],
                returned_at=use["returned_at"],
            )
            for use in uses
            if use["lot_id"] == row["id"]
        ),
    )


def _lot_row(each: Lot) -> dict[str, Any]:
    return {
        "id": each.id,
        "physician_id": each.physician_id,
        "consultation_id": each.consultation_id,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "earned_at": each.earned_at,
        "matures_at": each.matures_at,
        "status": each.status.value,
        "remaining_minor": each.remaining.minor,
    }


def _use_row(lot_id: LotId, sequence: int, use: LotUse) -> dict[str, Any]:
    return {
        "lot_id": lot_id,
        "sequence": sequence,
        "taken_by": use.taken_by,
        "amount_minor": use.amount.minor,
        "taken_at": use.taken_at,
        "returned_at": use.returned_at,
    }


class PostgresHolds:
    """What is set aside."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Hold) -> None:
        insert_row(self._scope, hold, new, _hold_row(new))

    def get(self, hold_id: HoldId) -> Hold:
        statement = select(hold).where(hold.c.id == hold_id).with_for_update()
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise HoldNotFound("There is no such hold.")
        return _hold(row)

    def save(self, changed: Hold) -> None:
        update_row(self._scope, hold, changed, changed.id, _hold_row(changed))

    def due(self, *, now: datetime, limit: int) -> tuple[HoldId, ...]:
        rows = self._scope.connection.execute(
            select(hold.c.id)
            .where(hold.c.status == HoldStatus.PLACED.value, hold.c.review_until <= now)
            .order_by(hold.c.review_until)
            .limit(limit)
        )
        return tuple(HoldId(row.id) for row in rows)


def _hold(row: RowMapping) -> Hold:
    return Hold(
        id=row["id"],
        version=row["version"],
        physician_id=row["physician_id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        reason=HoldReason(row["reason"]),
        cause=row["cause"],
        placed_at=row["placed_at"],
        status=HoldStatus(row["status"]),
        ended_at=row["ended_at"],
        category=None if row["category"] is None else HoldCategory(row["category"]),
        review_until=row["review_until"],
    )


def _hold_row(each: Hold) -> dict[str, Any]:
    return {
        "id": each.id,
        "physician_id": each.physician_id,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "reason": each.reason.value,
        "cause": each.cause,
        "status": each.status.value,
        "placed_at": each.placed_at,
        "ended_at": each.ended_at,
        "category": each.category,
        "review_until": each.review_until,
    }
