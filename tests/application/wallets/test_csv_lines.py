"""
Tables that any program reads back as they were, and that no spreadsheet runs.
"""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.shared.csv_lines import Cell, csv_lines
from domain.shared.money import Money

# A lone surrogate is no text, and a NUL none that a reader of CSV takes.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def written(*rows: tuple[Cell, ...]) -> list[list[str]]:
    text = "".join(csv_lines(["a", "b"], rows))
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@given(rows=st.lists(st.tuples(TEXTS, TEXTS)))
def test_every_cell_comes_back_and_none_is_a_formula(rows: list[tuple[str, str]]) -> None:
    for row, found in zip(rows, written(*rows), strict=True):
        for cell, read in zip(row, found, strict=True):
            assert read in {cell, f"'{cell}"}
            assert not read.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0"])
def test_what_looks_like_a_formula_is_a_text(text: str) -> None:
    assert written((text, None)) == [[f"'{text}", ""]]


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (Money.of(-4500, "AUD"), "-45.00"),
        (Money.of(4500, "JPY"), "4500"),
        (Money.of(-4500, "KWD"), "-4.500"),
        (Money.of(0, "KWD"), "0.000"),
        (Money.of(10**15, "AUD"), "10000000000000.00"),
    ],
)
def test_amounts_have_the_places_of_their_currency(money: Money, said: str) -> None:
    assert written((money, 7)) == [[said, "7"]]


def test_lines_end_as_the_standard_says_and_times_name_their_zone() -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)

    lines = list(csv_lines(["when", "what"], [(at, 'a "b", c\r\nd')]))

    assert lines == [
        "when,what\r\n",
        '2026-03-02T12:00:00+00:00,"a ""b"", c\r\nd"\r\n',
    ]
