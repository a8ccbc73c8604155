"""
Breaks and accounting periods in PostgreSQL.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Text

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.reconciliation import accounting_period, reconciliation_break
from domain.identity.role import Role
from domain.ledger.chart import account_of
from domain.ledger.journal import Posting
from domain.reconciliation.breaks import Break, BreakNotFound, BreakStatus, Proposal
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Source
from domain.reconciliation.periods import (
    AccountingPeriod,
    PeriodNotFound,
    PeriodsOverlap,
    PeriodStatus,
)
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import AccountingPeriodId, BreakId, UserId
from domain.shared.money import Currency, Money

_B = reconciliation_break.c
_UNANSWERED = [BreakStatus.OPEN.value, BreakStatus.PROPOSED.value]
_ANSWERED = [BreakStatus.EXPLAINED.value, BreakStatus.HEALED.value]


class PostgresBreaks:
    """Breaks; what is handed out is locked."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, found: Break) -> None:
        insert_row(self._scope, reconciliation_break, found, _break_row(found))

    def get(self, break_id: BreakId) -> Break:
        found = self._breaks(_B.id == break_id)
        if not found:
            raise BreakNotFound("There is no such break.")
        return found[0]

    def save(self, changed: Break) -> None:
        update_row(self._scope, reconciliation_break, changed, changed.id, _break_row(changed))

    def unanswered(self) -> tuple[Break, ...]:
        return self._breaks(_B.status.in_(_UNANSWERED))

    def about(self, *, items: frozenset[str], subjects: frozenset[str]) -> tuple[Break, ...]:
        overlap = _B["items"].bool_op("&&")(literal(sorted(items), ARRAY(Text)))
        return self._breaks(
            _B.status.in_(_ANSWERED) & or_(overlap, _B.subject.in_(sorted(subjects)))
        )

    def _breaks(self, condition: ColumnElement[bool]) -> tuple[Break, ...]:
        statement = select(reconciliation_break).where(condition).order_by(_B.id)
        rows = self._scope.connection.execute(statement.with_for_update()).mappings()
        return tuple(read_break(row) for row in rows)


def read_break(row: RowMapping) -> Break:
    """A break from its row."""
    return Break(
        id=row["id"],
        version=row["version"],
        subject=row["subject"],
        kind=BreakKind(row["kind"]),
        reason=row["reason"],
        items=tuple(row["items"]),
        differences={
            (Source(source), Currency(currency)): Money.of(minor, currency)
            for source, currency, minor in row["differences"]
        },
        since=row["since"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        status=BreakStatus(row["status"]),
        owner_role=Role(row["owner_role"]),
        owner_id=row["owner_id"],
        proposal=_proposal(row["proposal"]),
        approved_by=row["approved_by"],
        entry_id=row["entry_id"],
        explanation=row["explanation"],
        explained_by=row["explained_by"],
        ended_at=row["ended_at"],
    )


def _break_row(each: Break) -> dict[str, Any]:
    return {
        "id": each.id,
        "subject": each.subject,
        "kind": each.kind.value,
        "reason": each.reason,
        "items": list(each.items),
        "differences": [
            [source.value, currency.code, amount.minor]
            for (source, currency), amount in each.differences.items()
        ],
        "since": each.since,
        "first_seen_at": each.first_seen_at,
        "last_seen_at": each.last_seen_at,
        "status": each.status.value,
        "owner_role": each.owner_role.value,
        "owner_id": each.owner_id,
        "proposal": _proposal_row(each.proposal),
        "approved_by": each.approved_by,
        "entry_id": each.entry_id,
        "explanation": each.explanation,
        "explained_by": each.explained_by,
        "ended_at": each.ended_at,
    }


def _proposal(stored: dict[str, Any] | None) -> Proposal | None:
    if stored is None:
        return None
    return Proposal(
        rule=RepairRule(stored["rule"]),
        postings=tuple(
            Posting(
                debit=account_of(debit), credit=account_of(credit), amount=Money.of(minor, currency)
            )
            for debit, credit, minor, currency in stored["postings"]
        ),
        note=stored["note"],
        proposed_by=UserId(UUID(stored["proposed_by"])),
        proposed_at=datetime.fromisoformat(stored["proposed_at"]),
    )


def _proposal_row(proposal: Proposal | None) -> dict[str, Any] | None:
    if proposal is None:
        return None
    return {
        "rule": proposal.rule.value,
        "postings": [
            [each.debit.code, each.credit.code, each.amount.minor, each.amount.currency.code]
            for each in proposal.postings
        ],
        "note": proposal.note,
        "proposed_by": str(proposal.proposed_by),
        "proposed_at": proposal.proposed_at.isoformat(),
    }


class PostgresAccountingPeriods:
    """Periods; no day belongs to two."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, period: AccountingPeriod) -> None:
        try:
            insert_row(self._scope, accounting_period, period, _period_row(period))
        except IntegrityError as error:
            if "ex_accounting_period_no_overlap" in str(error.orig):
                raise PeriodsOverlap("A day of it belongs to another period.") from error
            raise

    def get(self, period_id: AccountingPeriodId) -> AccountingPeriod:
        statement = select(accounting_period).where(accounting_period.c.id == period_id)
        row = self._scope.connection.execute(statement.with_for_update()).mappings().one_or_none()
        if row is None:
            raise PeriodNotFound("There is no such period.")
        return _period(row)

    def save(self, period: AccountingPeriod) -> None:
        update_row(self._scope, accounting_period, period, period.id, _period_row(period))

    def all(self) -> tuple[AccountingPeriod, ...]:
        statement = select(accounting_period).order_by(accounting_period.c.starts_on)
        return tuple(_period(row) for row in self._scope.connection.execute(statement).mappings())


def _period(row: RowMapping) -> AccountingPeriod:
    return AccountingPeriod(
        id=row["id"],
        version=row["version"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        status=PeriodStatus(row["status"]),
        opened_at=row["opened_at"],
        closed_by=row["closed_by"],
        closed_at=row["closed_at"],
    )


def _period_row(period: AccountingPeriod) -> dict[str, Any]:
    return {
        "id": period.id,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "status": period.status.value,
        "opened_at": period.opened_at,
        "closed_by": period.closed_by,
        "closed_at": period.closed_at,
    }
