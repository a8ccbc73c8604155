"""
Requests for money and what was sent, in PostgreSQL.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.treasury import float_funding, funding_request
from domain.shared.errors import InvariantError
from domain.shared.ids import FundingRequestId
from domain.shared.money import Currency, Money
from domain.treasury.funding import FloatFunding, FundingRequest, FundingRequestStatus


class PostgresFundingRequests:
    """Requests for money."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: FundingRequest) -> None:
        insert_row(self._scope, funding_request, new, _request_row(new))

    def get(self, request_id: FundingRequestId) -> FundingRequest:
        found = self._find(funding_request.c.id == request_id)
        if found is None:
            raise InvariantError(f"funding request {request_id} is not there")
        return found

    def open_in(self, currency: Currency) -> FundingRequest | None:
        return self._find(
            funding_request.c.currency == currency.code,
            funding_request.c.status == FundingRequestStatus.OPEN.value,
        )

    def save(self, changed: FundingRequest) -> None:
        update_row(self._scope, funding_request, changed, changed.id, _request_row(changed))

    def _find(self, *conditions: ColumnElement[bool]) -> FundingRequest | None:
        statement = select(funding_request).where(*conditions).with_for_update()
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _request(row)


class PostgresFloatFundings:
    """What was sent to the payout vendor."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: FloatFunding) -> None:
        insert_row(self._scope, float_funding, new, _funding_row(new))

    def find(self, references: Sequence[str]) -> FloatFunding | None:
        statement = (
            select(float_funding)
            .where(float_funding.c.reference.in_(references))
            .order_by(float_funding.c.id)
            .limit(1)
            .with_for_update()
        )
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _funding(row)

    def save(self, changed: FloatFunding) -> None:
        update_row(self._scope, float_funding, changed, changed.id, _funding_row(changed))


def _request(row: RowMapping) -> FundingRequest:
    return FundingRequest(
        id=row["id"],
        version=row["version"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        received=Money.of(row["received_minor"], row["currency"]),
        due_on=row["due_on"],
        opened_at=row["opened_at"],
        status=FundingRequestStatus(row["status"]),
        closed_at=row["closed_at"],
    )


def _request_row(each: FundingRequest) -> dict[str, Any]:
    return {
        "id": each.id,
        "amount_minor": each.amount.minor,
        "received_minor": each.received.minor,
        "currency": each.amount.currency.code,
        "due_on": each.due_on,
        "status": each.status.value,
        "opened_at": each.opened_at,
        "closed_at": each.closed_at,
    }


def _funding(row: RowMapping) -> FloatFunding:
    return FloatFunding(
        id=row["id"],
        version=row["version"],
        reference=row["reference"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        occurred_at=row["occurred_at"],
        funding_request_id=row["funding_request_id"],
        reversed_at=row["reversed_at"],
    )


def _funding_row(each: FloatFunding) -> dict[str, Any]:
    return {
        "id": each.id,
        "reference": each.reference,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "occurred_at": each.occurred_at,
        "funding_request_id": each.funding_request_id,
        "reversed_at": each.reversed_at,
    }
