"""
Payouts, their attempts and payout accounts in PostgreSQL.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, RowMapping, and_, func, null, or_, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.payouts import (
    payout,
    payout_account,
    payout_attempt,
    payout_signature,
)
from domain.payouts.approval import Signature
from domain.payouts.failure import ACCOUNT_PAUSED, PayoutFailure
from domain.payouts.payout import Payout, PayoutNotFound, PayoutStatus
from domain.payouts.payout_account import (
    BankLink,
    LinkedBank,
    PayoutAccount,
    PayoutAccountNotFound,
    PayoutAccountStatus,
    Requirement,
)
from domain.payouts.transfer import AttemptStatus, PayoutAttempt
from domain.shared.ids import (
    BankLinkId,
    PayoutAccountId,
    PayoutAttemptId,
    PayoutId,
    PhysicianId,
    UserId,
)
from domain.shared.money import Currency, Money

_MOST_OF_ONE = 1_000
_LOST = [PayoutStatus.SENDING.value, PayoutStatus.UNKNOWN.value]
_BACK_IN_THE_WALLET = [
    PayoutStatus.FAILED.value,
    PayoutStatus.CANCELLED.value,
    PayoutStatus.DECLINED.value,
    PayoutStatus.RETURNED.value,
]
_ENDED = [PayoutStatus.PAID.value, PayoutStatus.FAILED.value, PayoutStatus.RETURNED.value]


class PostgresPayouts:
    """Payouts, each with its attempts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Payout) -> None:
        insert_row(self._scope, payout, new, _payout_row(new))
        self._write_attempts(new)

    def get(self, payout_id: PayoutId) -> Payout:
        statement = select(payout).where(payout.c.id == payout_id).with_for_update()
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise PayoutNotFound("There is no such payout.")
        attempts = self._scope.connection.execute(
            select(payout_attempt)
            .where(payout_attempt.c.payout_id == payout_id)
            .order_by(payout_attempt.c.sequence)
        ).mappings()
        signatures = self._scope.connection.execute(
            select(payout_signature)
            .where(payout_signature.c.payout_id == payout_id)
            .order_by(payout_signature.c.sequence)
        ).mappings()
        return _payout(row, attempts.all(), signatures.all())

    def save(self, changed: Payout) -> None:
        update_row(self._scope, payout, changed, changed.id, _payout_row(changed))
        self._write_attempts(changed)
        self._write_signatures(changed)

    def of_attempt(self, attempt_id: str) -> Payout:
        try:
            wanted = UUID(attempt_id)
        except ValueError:
            raise PayoutNotFound("There is no such payout.") from None
        statement = select(payout_attempt.c.payout_id).where(payout_attempt.c.id == wanted)
        payout_id = self._scope.connection.execute(statement).scalar_one_or_none()
        if payout_id is None:
            raise PayoutNotFound("There is no such payout.")
        return self.get(PayoutId(payout_id))

    def of_occasion(self, occasion: str) -> Payout | None:
        statement = select(payout.c.id).where(payout.c.occasion == occasion)
        payout_id = self._scope.connection.execute(statement).scalar_one_or_none()
        return None if payout_id is None else self.get(PayoutId(payout_id))

    def asked_for(self, physician_id: PhysicianId, currency: Currency, *, since: datetime) -> Money:
        statement = select(func.coalesce(func.sum(payout.c.amount_minor), 0)).where(
            payout.c.physician_id == physician_id,
            payout.c.currency == currency.code,
            payout.c.requested_at > since,
            payout.c.status.not_in(_BACK_IN_THE_WALLET),
        )
        return Money(int(self._scope.connection.execute(statement).scalar_one()), currency)

    def is_looked_into(self, physician_id: PhysicianId, currency: Currency) -> bool:
        statement = select(payout.c.id).where(
            payout.c.physician_id == physician_id,
            payout.c.currency == currency.code,
            or_(
                payout.c.review.is_not(None),
                payout.c.status == PayoutStatus.AWAITING_APPROVAL.value,
            ),
        )
        return self._scope.connection.execute(statement.limit(1)).first() is not None

    def recent_failures(
        self, physician_id: PhysicianId, *, since: datetime | None, limit: int
    ) -> Sequence[PayoutFailure]:
        statement = (
            select(payout.c.status, payout.c.failure)
            .where(payout.c.physician_id == physician_id, payout.c.status.in_(_ENDED))
            .order_by(payout.c.id.desc())
            .limit(limit)
        )
        if since is not None:
            statement = statement.where(payout.c.requested_at > since)
        rows = self._scope.connection.execute(statement).all()
        failed = takewhile(lambda row: row.status != PayoutStatus.PAID.value, rows)
        return [PayoutFailure(row.failure) for row in failed if row.failure is not None]

    def to_send(self, *, now: datetime, limit: int) -> tuple[PayoutId, ...]:
        return self._ids(
            and_(
                payout.c.status == PayoutStatus.REQUESTED.value,
                payout.c.review.is_(None),
                or_(payout.c.retry_at.is_(None), payout.c.retry_at <= now),
            ),
            limit,
        )

    def waiting_for_account(self, physician_id: PhysicianId) -> tuple[PayoutId, ...]:
        return self._ids(
            and_(
                payout.c.physician_id == physician_id,
                payout.c.status == PayoutStatus.REQUESTED.value,
                payout.c.review.startswith(ACCOUNT_PAUSED, autoescape=True),
            ),
            _MOST_OF_ONE,
        )

    def waiting_for_funding(self, currency: Currency, *, limit: int) -> tuple[PayoutId, ...]:
        return self._ids(
            and_(
                payout.c.status == PayoutStatus.REQUESTED.value,
                payout.c.failure == PayoutFailure.FLOAT_TOO_LOW.value,
                payout.c.review.is_(None),
                payout.c.currency == currency.code,
            ),
            limit,
        )

    def to_look_up(self, *, started_before: datetime, limit: int) -> tuple[PayoutId, ...]:
        latest = (
            select(func.max(payout_attempt.c.started_at))
            .where(payout_attempt.c.payout_id == payout.c.id)
            .correlate(payout)
            .scalar_subquery()
        )
        return self._ids(and_(payout.c.status.in_(_LOST), latest < started_before), limit)

    def to_refresh(
        self, *, checked_before: datetime, paid_after: datetime, limit: int
    ) -> tuple[str, ...]:
        statement = (
            select(payout.c.reference)
            .where(
                payout.c.reference.is_not(None),
                payout.c.checked_at < checked_before,
                or_(
                    payout.c.status == PayoutStatus.SUBMITTED.value,
                    and_(
                        payout.c.status == PayoutStatus.PAID.value, payout.c.ended_at > paid_after
                    ),
                ),
            )
            .order_by(payout.c.checked_at)
            .limit(limit)
        )
        return tuple(self._scope.connection.execute(statement).scalars())

    def _ids(self, condition: ColumnElement[bool], limit: int) -> tuple[PayoutId, ...]:
        statement = select(payout.c.id).where(condition).order_by(payout.c.id).limit(limit)
        return tuple(PayoutId(row.id) for row in self._scope.connection.execute(statement))

    def _write_attempts(self, changed: Payout) -> None:
        if not changed.attempts:
            return
        statement = insert(payout_attempt)
        self._scope.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={
                    "status": statement.excluded.status,
                    "failure": statement.excluded.failure,
                },
            ),
            [
                {
                    "id": attempt.id,
                    "payout_id": changed.id,
                    "sequence": sequence,
                    "status": attempt.status.value,
                    "failure": attempt.failure,
                    "started_at": attempt.started_at,
                }
                for sequence, attempt in enumerate(changed.attempts)
            ],
        )

    def _write_signatures(self, changed: Payout) -> None:
        if not changed.signatures:
            return
        self._scope.connection.execute(
            insert(payout_signature).on_conflict_do_nothing(
                index_elements=["payout_id", "sequence"]
            ),
            [
                {
                    "payout_id": changed.id,
                    "sequence": sequence,
                    "question": signature.question,
                    "user_id": signature.by,
                    "note": signature.note,
                    "signed_at": signature.at,
                }
                for sequence, signature in enumerate(changed.signatures)
            ],
        )


def _payout(
    row: RowMapping, attempts: Sequence[RowMapping], signatures: Sequence[RowMapping]
) -> Payout:
    fee = row["fee_minor"]
    return Payout(
        id=row["id"],
        version=row["version"],
        physician_id=row["physician_id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        beneficiary=row["beneficiary"],
        hold_id=row["hold_id"],
        requested_at=row["requested_at"],
        status=PayoutStatus(row["status"]),
        attempts=tuple(_attempt(attempt) for attempt in attempts),
        reference=row["reference"],
        vendor_status=row["vendor_status"],
        fee=None if fee is None else Money.of(fee, row["fee_currency"]),
        failure=None if row["failure"] is None else PayoutFailure(row["failure"]),
        retry_at=row["retry_at"],
        expected_at=row["expected_at"],
        checked_at=row["checked_at"],
        ended_at=row["ended_at"],
        review=row["review"],
        above_limit=row["above_limit"],
        occasion=row["occasion"],
        question=row["question"],
        signatures=tuple(
            Signature(
                question=signed["question"],
                by=UserId(signed["user_id"]),
                at=signed["signed_at"],
                note=signed["note"],
            )
            for signed in signatures
        ),
        declined_because=row["declined_because"],
    )


def _attempt(row: RowMapping) -> PayoutAttempt:
    return PayoutAttempt(
        id=PayoutAttemptId(row["id"]),
        started_at=row["started_at"],
        status=AttemptStatus(row["status"]),
        failure=None if row["failure"] is None else PayoutFailure(row["failure"]),
    )


def _payout_row(each: Payout) -> dict[str, Any]:
    return {
        "id": each.id,
        "physician_id": each.physician_id,
        "amount_minor": each.amount.minor,
        "currency": each.amount.currency.code,
        "fee_minor": None if each.fee is None else each.fee.minor,
        "fee_currency": None if each.fee is None else each.fee.currency.code,
        "beneficiary": each.beneficiary,
        "hold_id": each.hold_id,
        "status": each.status.value,
        "reference": each.reference,
        "vendor_status": each.vendor_status,
        "failure": each.failure,
        "review": each.review,
        "above_limit": each.above_limit,
        "occasion": each.occasion,
        "question": each.question,
        "declined_because": each.declined_because,
        "requested_at": each.requested_at,
        "retry_at": each.retry_at,
        "expected_at": each.expected_at,
        "checked_at": each.checked_at,
        "ended_at": each.ended_at,
    }


class PostgresPayoutAccounts:
    """Payout accounts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: PayoutAccount) -> None:
        insert_row(self._scope, payout_account, new, _account_row(new))

    def get(self, account_id: PayoutAccountId) -> PayoutAccount:
        return self._one(payout_account.c.id == account_id)

    def save(self, changed: PayoutAccount) -> None:
        update_row(self._scope, payout_account, changed, changed.id, _account_row(changed))

    def of_physician(self, physician_id: PhysicianId) -> PayoutAccount | None:
        return self._find(payout_account.c.physician_id == physician_id)

    def by_reference(self, reference: str) -> PayoutAccount:
        return self._one(payout_account.c.reference == reference)

    def to_refresh(
        self, *, checked_before: datetime, active_checked_before: datetime, limit: int
    ) -> tuple[PayoutAccountId, ...]:
        return self._ids(
            or_(
                payout_account.c.checked_at.is_(None),
                payout_account.c.checked_at < active_checked_before,
                and_(
                    payout_account.c.status != PayoutAccountStatus.ACTIVE.value,
                    payout_account.c.checked_at < checked_before,
                ),
            ),
            limit,
        )

    def to_relink(self, *, started_before: datetime, limit: int) -> tuple[PayoutAccountId, ...]:
        started_at = payout_account.c.linking["started_at"].astext.cast(DateTime(timezone=True))
        return self._ids(
            and_(payout_account.c.linking.is_not(None), started_at < started_before), limit
        )

    def _ids(self, condition: ColumnElement[bool], limit: int) -> tuple[PayoutAccountId, ...]:
        statement = (
            select(payout_account.c.id).where(condition).order_by(payout_account.c.id).limit(limit)
        )
        return tuple(PayoutAccountId(row.id) for row in self._scope.connection.execute(statement))

    def _one(self, condition: ColumnElement[bool]) -> PayoutAccount:
        found = self._find(condition)
        if found is None:
            raise PayoutAccountNotFound("There is no such payout account.")
        return found

    def _find(self, condition: ColumnElement[bool]) -> PayoutAccount | None:
        statement = select(payout_account).where(condition).with_for_update()
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else _account(row)


def _account(row: RowMapping) -> PayoutAccount:
    bank = None
    if row["beneficiary"] is not None:
        bank = LinkedBank(
            beneficiary=row["beneficiary"],
            last_four=row["bank_last_four"],
            fingerprint=row["bank_fingerprint"],
            currency=Currency(row["bank_currency"]),
            country=row["bank_country"],
        )
    return PayoutAccount(
        id=row["id"],
        version=row["version"],
        physician_id=row["physician_id"],
        opened_at=row["opened_at"],
        status=PayoutAccountStatus(row["status"]),
        reference=row["reference"],
        bank=bank,
        bank_changed_at=row["bank_changed_at"],
        checked_at=row["checked_at"],
        requirements=tuple(Requirement(each) for each in row["requirements"]),
        linking=None if row["linking"] is None else _link(row["linking"]),
    )


def _link(stored: Mapping[str, str]) -> BankLink:
    return BankLink(
        id=BankLinkId(UUID(stored["id"])),
        last_four=stored["last_four"],
        fingerprint=stored["fingerprint"],
        currency=Currency(stored["currency"]),
        country=stored["country"],
        started_at=datetime.fromisoformat(stored["started_at"]),
    )


def _link_row(link: BankLink) -> dict[str, str]:
    return {
        "id": str(link.id),
        "last_four": link.last_four,
        "fingerprint": link.fingerprint,
        "currency": link.currency.code,
        "country": link.country,
        "started_at": link.started_at.isoformat(),
    }


def _account_row(each: PayoutAccount) -> dict[str, Any]:
    bank = each.bank
    return {
        "id": each.id,
        "physician_id": each.physician_id,
        "status": each.status.value,
        "reference": each.reference,
        "beneficiary": None if bank is None else bank.beneficiary,
        "bank_last_four": None if bank is None else bank.last_four,
        "bank_fingerprint": None if bank is None else bank.fingerprint,
        "bank_currency": None if bank is None else bank.currency.code,
        "bank_country": None if bank is None else bank.country,
        "bank_changed_at": each.bank_changed_at,
        "requirements": [requirement.value for requirement in each.requirements],
        "linking": null() if each.linking is None else _link_row(each.linking),
        "opened_at": each.opened_at,
        "checked_at": each.checked_at,
    }
