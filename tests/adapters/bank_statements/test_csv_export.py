from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from adapters.bank_statements.reader import BankStatementReader
from application.reconciliation.ports import CsvLayout, LayoutMissing
from domain.reconciliation.statements import BankStatement, UnreadableStatement
from tests.builders.reconciliation import aud

LAYOUT = CsvLayout(
    account="062-000 1234 4321",
    currency="AUD",
    booked_on="Date",
    amount="Amount",
    identifier="Reference",
    references=("Narrative",),
    balance="Balance",
)
FILE = """\
Date,Amount,Reference,Narrative,Balance
2026-03-02,"1,096.80",B-1,"STRIPE PAYOUT po_1Abc, Amelia Moreau",1196.80
2026-03-03,-96.80,B-2,Float top-up,1100.00
"""


def read(text: str = FILE, layout: CsvLayout = LAYOUT) -> BankStatement:
    (only,) = BankStatementReader().read(text.encode(), layout=layout)
    return only


def test_columns_are_read_as_declared() -> None:
    found = read()

    assert (found.account, found.currency.code) == ("…4321", "AUD")
    assert [each.amount for each in found.entries] == [aud(109680), aud(-9680)]
    assert [each.external_id for each in found.entries] == ["…4321:B-1", "…4321:B-2"]
    assert found.entries[0].at == datetime(2026, 3, 2, tzinfo=UTC)
    assert found.entries[0].references == {"b-1", "po_1abc"}
    assert (found.starts_on, found.ends_on) == (date(2026, 3, 2), date(2026, 3, 3))


def test_balances_are_checked_against_the_lines() -> None:
    assert (read().opening, read().closing, read().gap) == (aud(10000), aud(110000), aud(0))
    assert read(FILE.replace("1100.00", "1100.01")).gap == aud(1)


def test_a_file_without_balances_has_no_gap() -> None:
    found = read(layout=evolve(LAYOUT, balance=None))

    assert (found.opening, found.closing, found.gap) == (None, None, aud(0))


def test_credit_and_debit_may_have_columns_of_their_own() -> None:
    layout = CsvLayout(
        account="1", currency="EUR", booked_on="Tag", credit="Haben", debit="Soll",
        date_format="%d.%m.%Y", delimiter=";", decimal_point=",",
    )  # fmt: skip
    found = read("Tag;Soll;Haben\n02.03.2026;;1.000,50\n03.03.2026;-2,50;\n04.03.2026;3;\n", layout)

    assert [each.amount.minor for each in found.entries] == [100050, -250, -300]


def test_the_newest_line_may_come_first() -> None:
    head, first, second = FILE.splitlines()

    found = read(f"{head}\n{second}\n{first}", evolve(LAYOUT, newest_first=True))

    assert (found.opening, found.closing, found.gap) == (aud(10000), aud(110000), aud(0))


def test_lines_without_an_identifier_are_known_again() -> None:
    layout = evolve(LAYOUT, identifier=None, balance=None)
    alike = "2026-03-02,5.00,,coffee,0\n"
    head = FILE.splitlines()[0] + "\n"

    first = read(head + alike * 2, layout)
    second = read(head + alike * 2 + "2026-03-04,1.00,,tea,0\n", layout)

    assert len(first.entries) == 2
    assert {each.key for each in first.entries} < {each.key for each in second.entries}


def test_a_byte_order_mark_and_old_letters_are_read() -> None:
    marked = b"\xef\xbb\xbf" + FILE.encode()
    old = FILE.replace("Float", "Fl\xf6at").encode("cp1252")

    for content in (marked, old):
        (found,) = BankStatementReader().read(content, layout=LAYOUT)
        assert len(found.entries) == 2


def test_without_a_layout_it_is_refused() -> None:
    with pytest.raises(LayoutMissing):
        BankStatementReader().read(FILE.encode(), layout=None)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("", LAYOUT),
        ("   \n", LAYOUT),
        ("Date,Amount\n", LAYOUT),
        (FILE.splitlines()[0], LAYOUT),
        (FILE.replace("2026-03-03", "03/03/2026"), LAYOUT),
        (FILE.replace("-96.80", "much"), LAYOUT),
        (FILE.replace("-96.80", "-96.805"), LAYOUT),
        (FILE + "2026-03-04,1.00\n", LAYOUT),
        (FILE + "2026-03-04,1.00,B-3,x,1,extra\n", LAYOUT),
        (FILE, evolve(LAYOUT, amount=None)),
        (FILE, evolve(LAYOUT, references=("Nothing",))),
        (FILE, evolve(LAYOUT, date_format="%Y-%m-%Y")),
        (FILE.replace('Moreau"', "Moreau"), LAYOUT),
    ],
)
def test_what_does_not_fit_is_refused(text: str, layout: CsvLayout) -> None:
    with pytest.raises(UnreadableStatement):
        read(text, layout)
