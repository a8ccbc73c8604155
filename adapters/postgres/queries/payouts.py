"""
Payouts and payout accounts as people see them, and who is introduced to the payout vendor.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, func, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.repositories.identity import opened_email
from adapters.postgres.tables.identity import app_user
from adapters.postgres.tables.ledger import lot, lot_use
from adapters.postgres.tables.payouts import payout, payout_account, payout_attempt
from adapters.postgres.tables.physicians import physician
from adapters.security.encryption import PlatformCipher
from application.payouts.ports import Payee
from application.payouts.queries import PayoutAccountView, PayoutSource, PayoutView
from application.shared.pages import Page
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import COOLING_OFF, PayoutAccountStatus
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import PayoutId, PhysicianId, UserId, to_wire
from domain.shared.money import Money


class PostgresPayees:
    """Physicians' names, and the addresses of their accounts."""

    def __init__(self, engine: Engine, cipher: PlatformCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def get(self, physician_id: PhysicianId) -> Payee:
        statement = (
            select(physician.c.given_name, physician.c.family_name, app_user.c.id, app_user.c.email)
            .join_from(physician, app_user, app_user.c.id == physician.c.user_id)
            .where(physician.c.id == physician_id)
        )
        with self._engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise PhysicianNotFound("There is no such physician.")
        return Payee(
            physician_id=physician_id,
            given_name=row.given_name,
            family_name=row.family_name,
            email=opened_email(self._cipher, UserId(row.id), row.email),
        )


class PostgresPayoutQueries:
    """Payouts, what they are made of, and payout accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def payout(self, payout_id: PayoutId) -> PayoutView | None:
        sources = (
            select(lot.c.consultation_id, lot.c.currency, func.sum(lot_use.c.amount_minor))
            .join_from(lot_use, lot, lot.c.id == lot_use.c.lot_id)
            .where(lot_use.c.taken_by == to_wire("payout", payout_id))
            .group_by(lot.c.id)
            .order_by(lot.c.matures_at, lot.c.id)
        )
        with self._engine.connect() as connection:
            row = (
                connection.execute(_payouts().where(payout.c.id == payout_id))
                .mappings()
                .one_or_none()
            )
            made_of = connection.execute(sources).all()
        if row is None:
            return None
        return _view(
            row,
            tuple(
                PayoutSource(consultation_id=consultation_id, amount=Money.of(int(minor), currency))
                for consultation_id, currency, minor in made_of
            ),
        )

    def page(
        self,
        *,
        physician_id: PhysicianId | None,
        needs_review: bool,
        limit: int,
        cursor: str | None,
    ) -> Page[PayoutView]:
        conditions: list[ColumnElement[bool]] = []
        if physician_id is not None:
            conditions.append(payout.c.physician_id == physician_id)
        if needs_review:
            conditions.append(payout.c.review.is_not(None))
        if last := read_id_cursor(cursor):
            conditions.append(payout.c.id < last)
        statement = _payouts().where(*conditions).order_by(payout.c.id.desc()).limit(limit + 1)
        with self._engine.connect() as connection:
            rows: Sequence[Any] = connection.execute(statement).mappings().all()
        return page_of(
            rows, limit=limit, view=_view, cursor=lambda row: write_cursor(str(row["id"]))
        )

    def account(self, physician_id: PhysicianId) -> PayoutAccountView | None:
        statement = select(payout_account).where(payout_account.c.physician_id == physician_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        changed_at = row["bank_changed_at"]
        return PayoutAccountView(
            payout_account_id=row["id"],
            physician_id=row["physician_id"],
            status=PayoutAccountStatus(row["status"]),
            reference=row["reference"],
            bank_last_four=row["bank_last_four"],
            bank_country=row["bank_country"],
            bank_currency=row["bank_currency"],
            cooling_off_until=None if changed_at is None else changed_at + COOLING_OFF,
        )


def _payouts() -> Select[Any]:
    attempts = (
        select(func.count())
        .where(payout_attempt.c.payout_id == payout.c.id)
        .correlate(payout)
        .scalar_subquery()
    )
    return select(payout, attempts.label("attempts"))


def _view(row: RowMapping, sources: tuple[PayoutSource, ...] = ()) -> PayoutView:
    fee = row["fee_minor"]
    return PayoutView(
        payout_id=row["id"],
        physician_id=row["physician_id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        status=PayoutStatus(row["status"]),
        requested_at=row["requested_at"],
        ended_at=row["ended_at"],
        expected_at=row["expected_at"],
        retry_at=row["retry_at"],
        reference=row["reference"],
        vendor_status=row["vendor_status"],
        failure=None if row["failure"] is None else PayoutFailure(row["failure"]),
        review=row["review"],
        fee=None if fee is None else Money.of(fee, row["fee_currency"]),
        attempts=row["attempts"],
        sources=sources,
    )
