"""
One consultation's money, from every table that knows of it, in one snapshot.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, select

from adapters.postgres.queries.journal import entries_caused_by
from adapters.postgres.queries.names import PHYSICIAN_NAME
from adapters.postgres.tables.disputes import dispute
from adapters.postgres.tables.ledger import lot, lot_use
from adapters.postgres.tables.payments import payment, refund
from adapters.postgres.tables.payouts import payout
from adapters.postgres.tables.physicians import physician
from application.wallets.money_trail import (
    Disputed,
    Earning,
    GivenBack,
    MoneyTrail,
    PaidIn,
    PaidOut,
    Use,
)
from domain.ledger.lot import LotStatus
from domain.payments.dispute import DisputeStatus
from domain.payments.payment import PaymentStatus
from domain.payments.refund import RefundStatus
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import ConsultationId, from_wire, to_wire
from domain.shared.money import Money

_Rows = Sequence[RowMapping]


class PostgresMoneyTrails:
    """Reads a trail by the consultation's identifier and what it leads to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_consultation(self, consultation_id: ConsultationId) -> MoneyTrail | None:
        snapshot = self._engine.connect().execution_options(isolation_level="REPEATABLE READ")
        with snapshot as connection:
            paid = _rows(connection, payment, payment.c.consultation_id == consultation_id)
            earned = _earned(connection, consultation_id)
            if not paid and not earned:
                return None
            payments = [row["id"] for row in paid]
            refunds = _rows(connection, refund, refund.c.payment_id.in_(payments))
            disputes = _rows(connection, dispute, dispute.c.payment_id.in_(payments))
            used = _uses(connection, earned)
            takers = [
                from_wire("payout", row["taken_by"])
                for row in used
                if row["taken_by"].startswith("po_")
            ]
            payouts = _rows(connection, payout, payout.c.id.in_(takers))
            causes = [
                to_wire("consultation", consultation_id),
                *(to_wire("payment", row["id"]) for row in paid),
                *(to_wire("lot", row["id"]) for row in earned),
                *(to_wire("refund", row["id"]) for row in refunds),
                *(to_wire("dispute", row["id"]) for row in disputes),
            ]
            entries = entries_caused_by(connection, causes)
        return MoneyTrail(
            consultation_id=consultation_id,
            payments=tuple(map(_paid_in, paid)),
            earning=_earning(earned[0]) if earned else None,
            uses=tuple(_use(row, earned[0]["currency"]) for row in used),
            payouts=tuple(map(_paid_out, payouts)),
            refunds=tuple(map(_given_back, refunds)),
            disputes=tuple(map(_disputed, disputes)),
            entries=entries,
        )


def _rows(connection: Connection, table: Table, condition: Any) -> _Rows:
    statement = select(table).where(condition).order_by(table.c.id)
    return connection.execute(statement).mappings().all()


def _earned(connection: Connection, consultation_id: ConsultationId) -> _Rows:
    statement = (
        select(lot, PHYSICIAN_NAME.label("physician_name"))
        .outerjoin(physician, physician.c.id == lot.c.physician_id)
        .where(lot.c.consultation_id == consultation_id)
    )
    return connection.execute(statement).mappings().all()


def _uses(connection: Connection, earned: _Rows) -> _Rows:
    statement = (
        select(lot_use)
        .where(lot_use.c.lot_id.in_([row["id"] for row in earned]))
        .order_by(lot_use.c.lot_id, lot_use.c.sequence)
    )
    return connection.execute(statement).mappings().all()


def _money(row: RowMapping, name: str = "amount_minor") -> Money:
    return Money.of(row[name], row["currency"])


def _paid_in(row: RowMapping) -> PaidIn:
    return PaidIn(
        payment_id=row["id"],
        amount=_money(row),
        status=PaymentStatus(row["status"]),
        captured_at=row["captured_at"],
    )


def _earning(row: RowMapping) -> Earning:
    return Earning(
        lot_id=row["id"],
        physician_id=row["physician_id"],
        physician_name=row["physician_name"],
        amount=_money(row),
        remaining=_money(row, "remaining_minor"),
        status=LotStatus(row["status"]),
        earned_at=row["earned_at"],
        matures_at=row["matures_at"],
    )


def _use(row: RowMapping, currency: str) -> Use:
    return Use(
        taken_by=row["taken_by"],
        amount=Money.of(row["amount_minor"], currency),
        taken_at=row["taken_at"],
        returned_at=row["returned_at"],
    )


def _paid_out(row: RowMapping) -> PaidOut:
    return PaidOut(
        payout_id=row["id"],
        amount=_money(row),
        status=PayoutStatus(row["status"]),
        requested_at=row["requested_at"],
        ended_at=row["ended_at"],
    )


def _given_back(row: RowMapping) -> GivenBack:
    return GivenBack(
        refund_id=row["id"],
        amount=_money(row),
        status=RefundStatus(row["status"]),
        requested_at=row["requested_at"],
    )


def _disputed(row: RowMapping) -> Disputed:
    return Disputed(
        dispute_id=row["id"],
        amount=_money(row),
        status=DisputeStatus(row["status"]),
        opened_at=row["opened_at"],
    )
