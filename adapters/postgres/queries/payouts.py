"""
Payouts and payout accounts as people see them, and who is introduced to the payout vendor.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, func, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.queries.names import PHYSICIAN_NAME
from adapters.postgres.repositories.identity import opened_email, opened_name
from adapters.postgres.tables.identity import app_user
from adapters.postgres.tables.ledger import lot, lot_use
from adapters.postgres.tables.payouts import (
    payout,
    payout_account,
    payout_attempt,
    payout_signature,
)
from adapters.postgres.tables.physicians import physician
from adapters.security.encryption import PlatformCipher
from application.payouts.ports import Payee
from application.payouts.queries import (
    PayoutAccountView,
    PayoutSource,
    PayoutView,
    SignatureView,
)
from application.shared.pages import Page
from domain.payouts.approval import people_wanted
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import COOLING_OFF, PayoutAccountStatus, Requirement
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

    def __init__(self, engine: Engine, cipher: PlatformCipher) -> None:
        self._engine = engine
        self._cipher = cipher

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
            signed = self._signatures(connection, [payout_id])
        if row is None:
            return None
        return _view(
            row,
            signed,
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
        needs_approval: bool,
        limit: int,
        cursor: str | None,
    ) -> Page[PayoutView]:
        conditions: list[ColumnElement[bool]] = []
        if physician_id is not None:
            conditions.append(payout.c.physician_id == physician_id)
        if needs_review:
            conditions.append(payout.c.review.is_not(None))
        if needs_approval:
            conditions.append(payout.c.status == PayoutStatus.AWAITING_APPROVAL.value)
        if last := read_id_cursor(cursor):
            conditions.append(payout.c.id < last)
        statement = _payouts().where(*conditions).order_by(payout.c.id.desc()).limit(limit + 1)
        with self._engine.connect() as connection:
            rows: Sequence[Any] = connection.execute(statement).mappings().all()
            signed = self._signatures(connection, [row["id"] for row in rows])
        return page_of(
            rows,
            limit=limit,
            view=lambda row: _view(row, signed),
            cursor=lambda row: write_cursor(row["id"]),
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
            requirements=tuple(Requirement(each) for each in row["requirements"]),
            bank_on_its_way=None if row["linking"] is None else row["linking"]["last_four"],
        )

    def _signatures(
        self, connection: Connection, payout_ids: Sequence[UUID]
    ) -> Mapping[UUID, tuple[SignatureView, ...]]:
        """Who agreed to what is asked of these payouts now."""
        statement = (
            select(payout_signature, app_user.c.name)
            .join_from(payout_signature, payout, payout.c.id == payout_signature.c.payout_id)
            .outerjoin(app_user, app_user.c.id == payout_signature.c.user_id)
            .where(
                payout_signature.c.payout_id.in_(payout_ids),
                payout_signature.c.question == payout.c.question,
            )
            .order_by(payout_signature.c.sequence)
        )
        found: dict[UUID, tuple[SignatureView, ...]] = {}
        for row in connection.execute(statement).mappings():
            user_id = UserId(row["user_id"])
            sealed = row["name"]
            signature = SignatureView(
                user_id=user_id,
                name="" if sealed is None else opened_name(self._cipher, user_id, sealed),
                at=row["signed_at"],
                note=row["note"],
            )
            found[row["payout_id"]] = (*found.get(row["payout_id"], ()), signature)
        return found


def _payouts() -> Select[Any]:
    attempts = (
        select(func.count())
        .where(payout_attempt.c.payout_id == payout.c.id)
        .correlate(payout)
        .scalar_subquery()
    )
    return select(
        payout, attempts.label("attempts"), PHYSICIAN_NAME.label("physician_name")
    ).select_from(payout.outerjoin(physician, physician.c.id == payout.c.physician_id))


def _view(
    row: RowMapping,
    signed: Mapping[UUID, tuple[SignatureView, ...]],
    sources: tuple[PayoutSource, ...] = (),
) -> PayoutView:
    fee = row["fee_minor"]
    signatures = signed.get(row["id"], ())
    wanted = people_wanted(
        review=row["review"],
        awaits_approval=row["status"] == PayoutStatus.AWAITING_APPROVAL.value,
        above_limit=row["above_limit"],
    )
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
        physician_name=row["physician_name"],
        above_limit=row["above_limit"],
        signatures=signatures,
        signatures_missing=max(0, wanted - len(signatures)),
        scheduled=row["occasion"] is not None,
        declined_because=row["declined_because"],
        sources=sources,
    )
