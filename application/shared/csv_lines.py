"""
Tables as CSV (RFC 4180), a line at a time, safe to open in a spreadsheet.

A text that a spreadsheet would take for a formula gets an apostrophe in front of it. Numbers,
amounts and times are ours and stay as they are, so that they can be added up.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from domain.shared.money import Money

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
Cell = str | int | Money | datetime | date | None
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_lines(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """
    The lines of a table, each with its end.

    An amount is written in major units with all the places of its currency: 45.00 for AUD,
    4500 for JPY, 4.500 for KWD.
    """
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(heading)
    yield _taken(line)
    for cells in rows:
        writer.writerow([_written(cell) for cell in cells])
        yield _taken(line)


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _written(cell: Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return format(cell.major, "f")
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{cell}"
    return cell
