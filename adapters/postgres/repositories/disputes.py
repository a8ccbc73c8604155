"""
Disputes with their movements in PostgreSQL.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.repositories.payments import shares_data, shares_of
from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.disputes import dispute, dispute_movement
from domain.payments.dispute import Dispute, DisputeNotFound, DisputeStatus, Movement
from domain.shared.ids import DisputeId, PaymentId
from domain.shared.money import Money

_UNDECIDED = [DisputeStatus.NEEDS_RESPONSE.value, DisputeStatus.UNDER_REVIEW.value]


class PostgresDisputes:
    """Disputes."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Dispute) -> None:
        insert_row(self._scope, dispute, new, _row(new))
        self._write_movements(new)

    def get(self, dispute_id: DisputeId) -> Dispute:
        found = self._find(dispute.c.id == dispute_id)
        if not found:
            raise DisputeNotFound("There is no such dispute.")
        return found[0]

    def save(self, changed: Dispute) -> None:
        update_row(self._scope, dispute, changed, changed.id, _row(changed))
        self._write_movements(changed)

    def by_reference(self, reference: str) -> Dispute | None:
        return next(iter(self._find(dispute.c.reference == reference)), None)

    def of_payment(self, payment_id: PaymentId) -> tuple[Dispute, ...]:
        return self._find(dispute.c.payment_id == payment_id)

    def known(self, references: Collection[str]) -> frozenset[str]:
        statement = select(dispute.c.reference).where(dispute.c.reference.in_(references))
        return frozenset(self._scope.connection.execute(statement).scalars())

    def with_deadline(self, *, due_before: datetime, limit: int) -> tuple[DisputeId, ...]:
        statement = (
            select(dispute.c.id)
            .where(
                dispute.c.status == DisputeStatus.NEEDS_RESPONSE.value,
                dispute.c.evidence_due_at <= due_before,
            )
            .order_by(dispute.c.evidence_due_at, dispute.c.id)
            .limit(limit)
        )
        return tuple(DisputeId(one) for one in self._scope.connection.execute(statement).scalars())

    def to_refresh(
        self, *, checked_before: datetime, ended_after: datetime, limit: int
    ) -> tuple[str, ...]:
        checked_at = func.coalesce(dispute.c.checked_at, dispute.c.opened_at)
        statement = (
            select(dispute.c.reference)
            .where(
                checked_at < checked_before,
                or_(
                    dispute.c.status.in_(_UNDECIDED),
                    and_(dispute.c.ended_at.is_not(None), dispute.c.ended_at > ended_after),
                ),
            )
            .order_by(checked_at)
            .limit(limit)
        )
        return tuple(self._scope.connection.execute(statement).scalars())

    def _find(self, condition: ColumnElement[bool]) -> tuple[Dispute, ...]:
        rows = self._scope.connection.execute(
            select(dispute).where(condition).order_by(dispute.c.id).with_for_update()
        ).mappings()
        found = rows.all()
        moved = self._scope.connection.execute(
            select(dispute_movement)
            .where(dispute_movement.c.dispute_id.in_([row["id"] for row in found]))
            .order_by(dispute_movement.c.sequence)
        ).mappings()
        movements = moved.all()
        return tuple(_dispute(row, movements) for row in found)

    def _write_movements(self, changed: Dispute) -> None:
        if not changed.movements:
            return
        self._scope.connection.execute(
            insert(dispute_movement).on_conflict_do_nothing(),
            [
                {
                    "reference": movement.reference,
                    "dispute_id": changed.id,
                    "sequence": sequence,
                    "amount_minor": movement.amount.minor,
                    "fee_minor": movement.fee.minor,
                    "fee_currency": movement.fee.currency.code,
                }
                for sequence, movement in enumerate(changed.movements)
            ],
        )


def _dispute(row: RowMapping, movements: Sequence[RowMapping]) -> Dispute:
    currency, beyond = row["currency"], row["beyond_minor"]
    return Dispute(
        id=row["id"],
        version=row["version"],
        payment_id=row["payment_id"],
        consultation_id=row["consultation_id"],
        reference=row["reference"],
        amount=Money.of(row["amount_minor"], currency),
        reason=row["reason"],
        opened_at=row["opened_at"],
        status=DisputeStatus(row["status"]),
        inquiry=row["inquiry"],
        movements=tuple(
            Movement(
                reference=each["reference"],
                amount=Money.of(each["amount_minor"], currency),
                fee=Money.of(each["fee_minor"], each["fee_currency"]),
            )
            for each in movements
            if each["dispute_id"] == row["id"]
        ),
        evidence_due_at=row["evidence_due_at"],
        evidence_sent_at=row["evidence_sent_at"],
        owner_id=row["owner_id"],
        shares=None if row["shares"] is None else shares_of(row["shares"]),
        beyond=None if beyond is None else Money.of(beyond, currency),
        losses=row["losses"],
        reminders=row["reminders"],
        review=row["review"],
        checked_at=row["checked_at"],
        ended_at=row["ended_at"],
    )


def _row(each: Dispute) -> dict[str, Any]:
    return {
        "id": each.id,
        "payment_id": each.payment_id,
        "consultation_id": each.consultation_id,
        "reference": each.reference,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "reason": each.reason,
        "status": each.status.value,
        "inquiry": each.inquiry,
        "evidence_due_at": each.evidence_due_at,
        "evidence_sent_at": each.evidence_sent_at,
        "owner_id": each.owner_id,
        "shares": None if each.shares is None else shares_data(each.shares),
        "beyond_minor": None if each.beyond is None else each.beyond.minor,
        "losses": each.losses,
        "reminders": each.reminders,
        "review": each.review,
        "opened_at": each.opened_at,
        "checked_at": each.checked_at,
        "ended_at": each.ended_at,
    }
