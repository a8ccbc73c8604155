"""
Statements to keep: as PDF to print and as CSV to calculate with.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from application.shared.access import Actor
from application.shared.csv_lines import MEDIA_TYPE, Cell, csv_lines
from application.wallets.statements import (
    MonthlyStatement,
    PayoutStatement,
    ViewMonthlyStatement,
    ViewPayoutStatement,
    Withdrawal,
)
from domain.shared.ids import PayoutId, PhysicianId, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.month import Month
from domain.wallets.statement import Movement, MovementKind

_MONTH_HEADING = (
    "booked_at",
    "happened_at",
    "kind",
    "consultation",
    "payout",
    "cause",
    "gross",
    "commission",
    "platform_fee",
    "tax",
    "borne_by_platform",
    "net",
    "debt_change",
    "owed_after",
    "currency",
    "paid_by",
    "made_of",
    "journal_entry",
)
_PAYOUT_HEADING = (
    "payout",
    "consultation",
    "delivered_at",
    "gross",
    "commission",
    "platform_fee",
    "tax",
    "earned",
    "in_this_payout",
    "currency",
    "returned_at",
)


class PaperForm(StrEnum):
    """What a statement can be saved as."""

    PDF = "pdf"
    CSV = "csv"


@frozen(kw_only=True)
class Paper:
    """A file to be saved."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)


class StatementPrinter(Protocol):
    """Lays statements out as PDF."""

    def month(self, statement: MonthlyStatement) -> bytes:
        """A month of a wallet."""
        ...

    def payout(self, statement: PayoutStatement) -> bytes:
        """A payout and what it paid."""
        ...


@frozen
class PrintMonthlyStatement:
    """
    Make a month's statement into a file.
    """

    _view: ViewMonthlyStatement
    _printer: StatementPrinter

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        month: Month,
        currency: Currency,
        form: PaperForm,
    ) -> Paper:
        """
        The same as is shown, and refused like it.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
            PhysicianNotFound: There is no such physician.
            UnfitMonth: It has not begun.
        """
        shown = self._view(actor=actor, physician_id=physician_id, month=month, currency=currency)
        name = f"statement-{month}-{currency}"
        if form is PaperForm.PDF:
            return _pdf(name, self._printer.month(shown))
        return _csv(name, _MONTH_HEADING, _month_rows(shown))


@frozen
class PrintPayoutStatement:
    """
    Make a payout's statement into a file.
    """

    _view: ViewPayoutStatement
    _printer: StatementPrinter

    def __call__(self, *, actor: Actor, payout_id: PayoutId, form: PaperForm) -> Paper:
        """
        The same as is shown, and refused like it.

        Raises:
            PayoutNotFound: No such payout, or somebody else's.
        """
        shown = self._view(actor=actor, payout_id=payout_id)
        name = f"payout-{to_wire('payout', payout_id)}"
        if form is PaperForm.PDF:
            return _pdf(name, self._printer.payout(shown))
        return _csv(name, _PAYOUT_HEADING, _payout_rows(shown))


def _pdf(name: str, content: bytes) -> Paper:
    return Paper(filename=f"{name}.pdf", media_type="application/pdf", content=content)


def _csv(name: str, heading: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Paper:
    content = "".join(csv_lines(heading, rows)).encode()
    return Paper(filename=f"{name}.csv", media_type=MEDIA_TYPE, content=content)


def _month_rows(shown: MonthlyStatement) -> Iterable[tuple[Cell, ...]]:
    zone, statement = shown.holder.zone, shown.statement
    period, currency = statement.period, statement.currency.code
    yield _balance_row(period.start_at.astimezone(zone), "opening", statement.opening.owed)
    for movement, owed in statement.lines:
        yield (
            movement.recorded_at.astimezone(zone),
            movement.occurred_at.astimezone(zone),
            movement.kind.value,
            consultation_of(movement),
            payout_of(movement),
            movement.cause,
            *_parts(movement),
            movement.net,
            movement.change.debt,
            owed,
            currency,
            "; ".join(map(_paid_by, paid_by(shown, movement))),
            "; ".join(map(_made_of, made_of(shown, movement))),
            to_wire("journal_entry", movement.entry_id),
        )
    end_at = period.end_at if shown.is_complete else shown.made_at
    yield _balance_row(end_at.astimezone(zone), "closing", statement.closing.owed)


def _balance_row(at: datetime, kind: str, owed: Money) -> tuple[Cell, ...]:
    nothing = (None,) * 10
    return (at, None, kind, *nothing, owed, owed.currency.code, None, None, None)


def _payout_rows(shown: PayoutStatement) -> Iterable[tuple[Cell, ...]]:
    zone, payout = shown.holder.zone, shown.payout
    for part in payout.parts:
        yield (
            to_wire("payout", payout.payout_id),
            to_wire("consultation", part.consultation_id),
            part.delivered_at.astimezone(zone),
            part.gross,
            part.commission,
            part.platform_fee,
            part.tax,
            part.earned,
            part.amount,
            part.amount.currency.code,
            None if part.returned_at is None else part.returned_at.astimezone(zone),
        )


def consultation_of(movement: Movement) -> str | None:
    """The consultation behind a line, by its reference."""
    found = movement.consultation_id
    return None if found is None else to_wire("consultation", found)


def payout_of(movement: Movement) -> str | None:
    """The payout that a line is about, by its reference."""
    is_one = movement.kind in (MovementKind.PAYOUT, MovementKind.PAYOUT_RETURNED)
    return movement.cause if is_one else None


def paid_by(shown: MonthlyStatement, movement: Movement) -> tuple[Withdrawal, ...]:
    """The withdrawals that paid the consultation of a line."""
    found = movement.consultation_id
    is_earning = movement.kind is MovementKind.CONSULTATION
    return shown.withdrawals_of(found) if is_earning and found is not None else ()


def made_of(shown: MonthlyStatement, movement: Movement) -> tuple[Withdrawal, ...]:
    """The consultations that the payout of a line paid."""
    is_payout = payout_of(movement) is not None
    return tuple(
        each
        for each in shown.withdrawals
        if is_payout and to_wire("payout", each.payout_id) == movement.cause
    )


def _parts(movement: Movement) -> tuple[Cell, ...]:
    shares = (movement.commission, movement.platform_fee, movement.tax, movement.borne)
    is_of_a_price = movement.kind in (
        MovementKind.CONSULTATION,
        MovementKind.REFUND,
        MovementKind.DISPUTE,
    )
    return (movement.gross, *shares) if is_of_a_price else (None,) * 5


def _paid_by(one: Withdrawal) -> str:
    return f"{to_wire('payout', one.payout_id)} {one.amount.major:f}"


def _made_of(one: Withdrawal) -> str:
    return f"{to_wire('consultation', one.consultation_id)} {one.amount.major:f}"
