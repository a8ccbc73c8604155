"""
Payments and refunds in PostgreSQL.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import asdict, fields
from sqlalchemy import ColumnElement, RowMapping, Select, func, select
from sqlalchemy.exc import IntegrityError

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.payments import payment, refund, refund_quote
from domain.commission.terms import MonthStanding
from domain.payments.commission import Split
from domain.payments.payment import (
    Delivery,
    Payment,
    PaymentNotFound,
    PaymentStatus,
    PaymentUnderWay,
)
from domain.payments.refund import (
    Bearer,
    QuoteNotFound,
    Refund,
    RefundNotFound,
    RefundQuote,
    RefundStatus,
    Shares,
)
from domain.shared.ids import (
    CommissionPlanId,
    ConsultationId,
    PaymentId,
    PhysicianId,
    RefundId,
    RefundQuoteId,
)
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money

_WAITING = [
    s.value for s in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORISED)
]
_REFUNDING = [s.value for s in (RefundStatus.REQUESTED, RefundStatus.PENDING)]


class PostgresPayments:
    """Payments."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Payment) -> None:
        try:
            insert_row(self._scope, payment, new, _payment_row(new))
        except IntegrityError as error:
            raise PaymentUnderWay("Another payment has just been started.") from error

    def get(self, payment_id: PaymentId) -> Payment:
        return self._one(payment.c.id == payment_id)

    def save(self, changed: Payment) -> None:
        update_row(self._scope, payment, changed, changed.id, _payment_row(changed))

    def by_reference(self, reference: str) -> Payment:
        return self._one(payment.c.reference == reference)

    def of_consultation(self, consultation_id: ConsultationId) -> Payment | None:
        statement = (
            select(payment)
            .where(payment.c.consultation_id == consultation_id)
            .order_by(payment.c.status == PaymentStatus.CANCELLED.value, payment.c.id.desc())
            .limit(1)
            .with_for_update()
        )
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _payment(row)

    def unsettled(
        self, *, checked_before: datetime, started_after: datetime, limit: int
    ) -> tuple[str, ...]:
        checked_at = func.coalesce(payment.c.checked_at, payment.c.created_at)
        statement = (
            select(payment.c.reference)
            .where(
                payment.c.status.in_(_WAITING),
                payment.c.reference.is_not(None),
                payment.c.created_at > started_after,
                checked_at < checked_before,
            )
            .order_by(checked_at)
            .limit(limit)
        )
        return tuple(self._scope.connection.execute(statement).scalars())

    def _one(self, condition: ColumnElement[bool]) -> Payment:
        statement = select(payment).where(condition).with_for_update()
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise PaymentNotFound("There is no such payment.")
        return _payment(row)


def _payment(row: RowMapping) -> Payment:
    currency = row["currency"]
    return Payment(
        id=row["id"],
        version=row["version"],
        consultation_id=row["consultation_id"],
        patient_id=row["patient_id"],
        amount=Money.of(row["amount_minor"], currency),
        created_at=row["created_at"],
        status=PaymentStatus(row["status"]),
        reference=row["reference"],
        failure_code=row["failure_code"],
        captured_at=row["captured_at"],
        delivery=None if row["delivery"] is None else _delivery(row["delivery"], currency),
        reserved=Money.of(row["reserved_minor"], currency),
        refunded=Money.of(row["refunded_minor"], currency),
        disputed=Money.of(row["disputed_minor"], currency),
        review=row["review"],
        checked_at=row["checked_at"],
    )


def _payment_row(each: Payment) -> dict[str, Any]:
    return {
        "id": each.id,
        "consultation_id": each.consultation_id,
        "patient_id": each.patient_id,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "status": each.status.value,
        "reference": each.reference,
        "failure_code": each.failure_code,
        "review": each.review,
        "reserved_minor": each.reserved.minor,
        "refunded_minor": each.refunded.minor,
        "disputed_minor": each.disputed.minor,
        "delivery": None if each.delivery is None else _delivery_data(each.delivery),
        "created_at": each.created_at,
        "captured_at": each.captured_at,
        "checked_at": each.checked_at,
    }


def _delivery(data: dict[str, Any], currency: str) -> Delivery:
    return Delivery(
        physician_id=PhysicianId(UUID(data["physician_id"])),
        place=Jurisdiction(data["place"]),
        plan_id=CommissionPlanId(UUID(data["plan_id"])),
        plan_version=data["plan_version"],
        split=Split(**_amounts(Split, data["split"], currency)),
        standing=MonthStanding(**data.get("standing", {})),
    )


def _delivery_data(each: Delivery) -> dict[str, Any]:
    return {
        "physician_id": str(each.physician_id),
        "place": each.place.code,
        "plan_id": str(each.plan_id),
        "plan_version": each.plan_version,
        "split": _minors(each.split),
        "standing": asdict(each.standing),
    }


def _amounts(kind: type, data: dict[str, int], currency: str) -> dict[str, Money]:
    return {field.name: Money.of(data[field.name], currency) for field in fields(kind)}


def _minors(amounts: Split | Shares) -> dict[str, int]:
    return {field.name: getattr(amounts, field.name).minor for field in fields(type(amounts))}


class PostgresRefunds:
    """Refunds and quotes."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Refund) -> None:
        insert_row(self._scope, refund, new, _refund_row(new))

    def get(self, refund_id: RefundId) -> Refund:
        found = self._find(refund.c.id == refund_id)
        if found is None:
            raise RefundNotFound("There is no such refund.")
        return found

    def save(self, changed: Refund) -> None:
        update_row(self._scope, refund, changed, changed.id, _refund_row(changed))

    def by_reference(self, reference: str) -> Refund | None:
        return self._find(refund.c.reference == reference)

    def of_quote(self, quote_id: RefundQuoteId) -> Refund | None:
        return self._find(refund.c.quote_id == quote_id)

    def of_payment(self, payment_id: PaymentId) -> tuple[Refund, ...]:
        statement = select(refund).where(refund.c.payment_id == payment_id).order_by(refund.c.id)
        return tuple(_refund(row) for row in self._rows(statement))

    def unsettled(self, *, checked_before: datetime, limit: int) -> tuple[RefundId, ...]:
        checked_at = func.coalesce(refund.c.checked_at, refund.c.requested_at)
        statement = (
            select(refund.c.id)
            .where(refund.c.status.in_(_REFUNDING), checked_at < checked_before)
            .order_by(checked_at)
            .limit(limit)
        )
        return tuple(RefundId(row.id) for row in self._scope.connection.execute(statement))

    def known(self, references: Collection[str]) -> frozenset[str]:
        statement = select(refund.c.reference).where(refund.c.reference.in_(references))
        return frozenset(self._scope.connection.execute(statement).scalars())

    def done(
        self, *, since: datetime, checked_before: datetime, limit: int
    ) -> tuple[RefundId, ...]:
        statement = (
            select(refund.c.id)
            .where(
                refund.c.status == RefundStatus.SUCCEEDED.value,
                refund.c.succeeded_at > since,
                refund.c.checked_at < checked_before,
            )
            .order_by(refund.c.checked_at)
            .limit(limit)
        )
        return tuple(RefundId(row.id) for row in self._scope.connection.execute(statement))

    def add_quote(self, quote: RefundQuote) -> None:
        insert_row(
            self._scope,
            refund_quote,
            quote,
            {
                "id": quote.id,
                "payment_id": quote.payment_id,
                "bearer": quote.bearer.value,
                "shares": shares_data(quote.shares),
                "quoted_at": quote.quoted_at,
            },
        )

    def quote(self, quote_id: RefundQuoteId) -> RefundQuote:
        statement = select(refund_quote).where(refund_quote.c.id == quote_id)
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise QuoteNotFound("There is no such quote.")
        return RefundQuote(
            id=row["id"],
            version=row["version"],
            payment_id=row["payment_id"],
            bearer=Bearer(row["bearer"]),
            shares=shares_of(row["shares"]),
            quoted_at=row["quoted_at"],
        )

    def _find(self, condition: ColumnElement[bool]) -> Refund | None:
        rows = self._rows(select(refund).where(condition))
        return _refund(rows[0]) if rows else None

    def _rows(self, statement: Select[Any]) -> list[RowMapping]:
        return list(self._scope.connection.execute(statement.with_for_update()).mappings())


def _refund(row: RowMapping) -> Refund:
    return Refund(
        id=row["id"],
        version=row["version"],
        payment_id=row["payment_id"],
        consultation_id=row["consultation_id"],
        shares=shares_of(row["shares"]),
        requested_at=row["requested_at"],
        quote_id=row["quote_id"],
        status=RefundStatus(row["status"]),
        reference=row["reference"],
        succeeded_at=row["succeeded_at"],
        checked_at=row["checked_at"],
    )


def _refund_row(each: Refund) -> dict[str, Any]:
    return {
        "id": each.id,
        "payment_id": each.payment_id,
        "consultation_id": each.consultation_id,
        "quote_id": each.quote_id,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "shares": shares_data(each.shares),
        "status": each.status.value,
        "reference": each.reference,
        "requested_at": each.requested_at,
        "succeeded_at": each.succeeded_at,
        "checked_at": each.checked_at,
    }


def shares_of(data: dict[str, Any]) -> Shares:
    """Read who bears what."""
    return Shares(**_amounts(Shares, data, data["currency"]))


def shares_data(shares: Shares) -> dict[str, Any]:
    """Write who bears what."""
    return {"currency": shares.patient_funds.currency.code, **_minors(shares)}
