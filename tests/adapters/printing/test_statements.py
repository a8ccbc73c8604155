"""
The printed statement, read back.
"""

from datetime import timedelta

import pypdfium2
import pytest
from attrs import evolve

from adapters.printing.statements import PdfStatements
from application.wallets.statements import (
    Holder,
    MonthlyStatement,
    PayoutStatement,
    ViewMonthlyStatement,
    ViewPayoutStatement,
)
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import to_wire
from domain.wallets.month import Month
from tests.contracts.test_statements import THIRD, Books
from tests.fakes.money import A_PHYSICIAN, AUD, PATIENT, PHYSICIAN, MoneyDesk
from tests.fakes.statements import InMemoryStatements

NAME = "Dr Amélie Żukowska & <Söhne>"


@pytest.fixture
def books() -> Books:
    desk = MoneyDesk()
    holder = Holder(physician_id=PHYSICIAN, name=NAME, time_zone="Australia/Sydney")
    made = Books(desk, InMemoryStatements(desk.uow, {PHYSICIAN: holder}))
    desk.earn(3)
    desk.be_payable()
    return made


def march(books: Books) -> MonthlyStatement:
    view = ViewMonthlyStatement(books.queries, books.desk.clock)
    return view(actor=A_PHYSICIAN, physician_id=PHYSICIAN, month=Month(2026, 3), currency=AUD)


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    texts = [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    document.close()
    return texts


def test_a_month_says_whose_it_is_and_every_amount(books: Books) -> None:
    payout = to_wire("payout", books.send(40, TransferFinding.PAID))
    books.refund(THIRD)

    text = "\n".join(pages(PdfStatements().month(march(books))))

    for words in (
        "Statement, March 2026",
        NAME,
        "Australia (Sydney) Time",
        "The month is not over",
        "Opening balance",
        "100.00",
        "\u221219.00",
        "\u221240.00",
        "Refund to a patient",
        to_wire("consultation", THIRD),
        payout,
        "40.00 withdrawn with",
        "What each payout paid",
        "Page 1 of",
    ):
        assert words in text, words
    assert to_wire("patient", PATIENT) not in text


@pytest.mark.parametrize(
    "name", ["Dr \u738b\u82b3 (Wang Fang)", "\u4f50\u85e4\u3055\u304f\u3089", "\uae40\ubbfc\uc900"]
)
def test_names_in_other_letters_are_printed(books: Books, name: str) -> None:
    statement = march(books)

    pdf = PdfStatements().month(evolve(statement, holder=evolve(statement.holder, name=name)))

    for page in pages(pdf):
        assert page.count(name) >= 2, "at the head and at the foot"


def test_a_long_month_numbers_its_pages_and_repeats_the_head_of_its_table(books: Books) -> None:
    for number in range(10, 50):
        books.desk.deliver(number)
    books.desk.clock.pass_by(timedelta(days=3))

    found = pages(PdfStatements().month(march(books)))

    assert len(found) > 2
    for place, text in enumerate(found, start=1):
        assert f"Page {place} of {len(found)}" in text
        assert "Commission" in text
        assert NAME in text


def test_an_empty_month_says_so(books: Books) -> None:
    shown = march(books)
    empty = evolve(shown.statement, movements=(), opening=shown.statement.closing)

    (text,) = pages(PdfStatements().month(evolve(shown, statement=empty, is_complete=True)))

    assert "Nothing was booked in this month." in text
    assert "The month is not over" not in text


def test_a_payout_names_the_consultations_that_it_paid(books: Books) -> None:
    payout_id = books.send(40, TransferFinding.PAID)
    view = ViewPayoutStatement(books.queries, books.desk.clock)
    shown: PayoutStatement = view(actor=A_PHYSICIAN, payout_id=payout_id)

    (text,) = pages(PdfStatements().payout(shown))

    for words in ("AUD 40.00, paid", to_wire("consultation", THIRD), "76.00", "Together", NAME):
        assert words in text, words


def test_the_same_statement_is_the_same_file(books: Books) -> None:
    assert PdfStatements().month(march(books)) == PdfStatements().month(march(books))
