"""
The bank's paper says what was booked, and can be read.
"""

from datetime import date

from adapters.bank_statements.reader import BankStatementReader
from domain.shared.money import Currency, Money
from entrypoints.month.bank import OperatingAccount

MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)


def dollars(amount: int) -> Money:
    return Money.of(amount * 100, "AUD")


def account() -> OperatingAccount:
    account = OperatingAccount(Currency("AUD"))
    account.book(MONDAY, dollars(100), "STRIPE po_1abc")
    account.book(TUESDAY, dollars(-30), "Airwallex FLOAT-0001")
    return account


def test_a_statement_goes_on_where_the_one_before_ended() -> None:
    reader = BankStatementReader()

    (monday,) = reader.read(account().statement(MONDAY), layout=None)
    (tuesday,) = reader.read(account().statement(TUESDAY), layout=None)

    assert (monday.opening, monday.closing) == (dollars(0), dollars(100))
    assert (tuesday.opening, tuesday.closing) == (dollars(100), dollars(70))
    assert monday.gap == tuesday.gap == dollars(0)
    assert [entry.amount for entry in tuesday.entries] == [dollars(-30)]


def test_a_line_carries_what_it_is_called_by() -> None:
    (monday,) = BankStatementReader().read(account().statement(MONDAY), layout=None)

    assert "po_1abc" in monday.entries[0].references
