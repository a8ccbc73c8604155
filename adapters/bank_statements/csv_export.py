"""
Bank statements as CSV. Every bank has columns of its own, so the layout is declared.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from adapters.bank_statements.lines import Line, items_of, shown_account
from adapters.bank_statements.references import whole, within
from application.reconciliation.ports import CsvLayout
from domain.reconciliation.statements import BankStatement, UnreadableStatement
from domain.shared.errors import InvalidInput
from domain.shared.money import Currency, Money

_Row = Mapping[str, str]


def read_csv(content: bytes, layout: CsvLayout) -> tuple[BankStatement, ...]:
    """
    The one statement in a file.

    Raises:
        UnreadableStatement: A declared column is missing, or a line cannot be read.
    """
    rows = _rows(content, layout)
    lines, balances = [], []
    for number, row in enumerate(rows, start=2):
        try:
            lines.append(_line(row, layout))
            balances.append(_balance(row, layout))
        except (InvalidInput, InvalidOperation, ValueError, re.error) as error:
            raise UnreadableStatement(
                f"Line {number} does not fit the declared layout.", field="content"
            ) from error
    if layout.newest_first:
        lines.reverse()
        balances.reverse()
    first, last = balances[0], balances[-1]
    starts_on = min(line.booked_on for line in lines)
    ends_on = max(line.booked_on for line in lines)
    return (
        BankStatement(
            id=f"{shown_account(layout.account)} {starts_on} to {ends_on}",
            account=shown_account(layout.account),
            currency=Currency(layout.currency),
            starts_on=starts_on,
            ends_on=ends_on,
            opening=None if first is None else first - lines[0].amount,
            closing=last,
            entries=items_of(lines, account=layout.account),
        ),
    )


def _rows(content: bytes, layout: CsvLayout) -> Sequence[_Row]:
    reader = csv.DictReader(io.StringIO(_text(content)), delimiter=layout.delimiter, strict=True)
    needed = {
        layout.booked_on,
        layout.amount,
        layout.credit,
        layout.debit,
        layout.identifier,
        layout.balance,
        *layout.references,
    }
    try:
        missing = [name for name in needed if name and name not in (reader.fieldnames or ())]
        rows = list(reader)
    except csv.Error as error:
        raise UnreadableStatement("This is not CSV.", field="content") from error
    if missing:
        named = ", ".join(sorted(missing))
        raise UnreadableStatement(f"The file has no column that is called {named}.", field="layout")
    if not rows or any(None in row or None in row.values() for row in rows):
        raise UnreadableStatement("There are no lines, or one is cut short.", field="content")
    return rows


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _line(row: _Row, layout: CsvLayout) -> Line:
    identifier = row[layout.identifier].strip() if layout.identifier else ""
    return Line(
        identifier=identifier or None,
        booked_on=datetime.strptime(row[layout.booked_on].strip(), layout.date_format).date(),  # noqa: DTZ007 - a day has no zone
        amount=_amount(row, layout),
        references=whole([identifier]) | within(row[name] for name in layout.references),
    )


def _amount(row: _Row, layout: CsvLayout) -> Money:
    if layout.amount is not None:
        return _money(row[layout.amount], layout)
    if layout.credit is None or layout.debit is None:
        raise UnreadableStatement("Declare `amount`, or `credit` and `debit`.", field="layout")
    paid_in, paid_out = _money(row[layout.credit], layout), _money(row[layout.debit], layout)
    # Some banks write what was paid out as negative, some do not.
    return paid_in - Money(abs(paid_out.minor), paid_out.currency)


def _balance(row: _Row, layout: CsvLayout) -> Money | None:
    return None if layout.balance is None else _money(row[layout.balance], layout)


def _money(text: str, layout: CsvLayout) -> Money:
    thousands = "," if layout.decimal_point == "." else "."
    plain = "".join(text.split()).replace(thousands, "").replace("'", "")
    plain = plain.replace(layout.decimal_point, ".")
    return Money.from_major(Decimal(plain or "0"), layout.currency)
