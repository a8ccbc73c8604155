"""
Who gets which statement, which months there are, and what stands in the files.
"""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import define, field

from application.shared.access import AccessDenied, Actor, Role
from application.wallets.papers import (
    Paper,
    PaperForm,
    PrintMonthlyStatement,
    PrintPayoutStatement,
)
from application.wallets.statements import (
    Holder,
    ListStatements,
    MonthlyStatement,
    PayoutStatement,
    ViewMonthlyStatement,
    ViewPayoutStatement,
)
from domain.payouts.payout import PayoutNotFound
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import PayoutId, PhysicianId, to_wire
from domain.wallets.month import Month, UnfitMonth
from tests.contracts.test_statements import THIRD, Books
from tests.fakes.money import A_PATIENT, A_PHYSICIAN, AUD, FINANCE, PHYSICIAN, MoneyDesk, dollars
from tests.fakes.statements import InMemoryStatements

MARCH = Month(2026, 3)
STRANGER = Actor(roles=[Role.PHYSICIAN], physician_id=PhysicianId(UUID(int=77)))
OPERATIONS = Actor(roles=[Role.OPERATIONS])


@define(eq=False)
class Printer:
    printed: list[MonthlyStatement | PayoutStatement] = field(factory=list)

    def month(self, statement: MonthlyStatement) -> bytes:
        self.printed.append(statement)
        return b"%PDF"

    def payout(self, statement: PayoutStatement) -> bytes:
        self.printed.append(statement)
        return b"%PDF"


@pytest.fixture
def books() -> Books:
    desk = MoneyDesk()
    holder = Holder(physician_id=PHYSICIAN, name="Dr Ada Example", time_zone="Pacific/Auckland")
    made = Books(desk, InMemoryStatements(desk.uow, {PHYSICIAN: holder}))
    desk.earn(3)
    desk.be_payable()
    return made


def march(books: Books, actor: Actor = A_PHYSICIAN, month: Month = MARCH) -> MonthlyStatement:
    view = ViewMonthlyStatement(books.queries, books.desk.clock)
    return view(actor=actor, physician_id=PHYSICIAN, month=month, currency=AUD)


def saved(books: Books, form: PaperForm) -> Paper:
    make = PrintMonthlyStatement(ViewMonthlyStatement(books.queries, books.desk.clock), Printer())
    return make(actor=A_PHYSICIAN, physician_id=PHYSICIAN, month=MARCH, currency=AUD, form=form)


def rows(paper: Paper) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(paper.content.decode(), newline="")))


class TestMonths:
    def test_are_listed_from_the_first_booking_to_now(self, books: Books) -> None:
        listing = ListStatements(books.queries, books.desk.clock)
        books.desk.clock.pass_by(timedelta(days=60))

        offers = listing(actor=A_PHYSICIAN, physician_id=PHYSICIAN)

        assert [(str(one.month), one.is_complete) for one in offers] == [
            ("2026-05", False),
            ("2026-04", True),
            ("2026-03", True),
        ]

    def test_are_over_at_midnight_where_the_physician_lives(self, books: Books) -> None:
        midnight = MARCH.within(books.queries.holder(PHYSICIAN).zone).end_at
        books.desk.clock.at = midnight - timedelta(seconds=1)
        before = march(books)
        books.desk.clock.at = midnight

        assert (before.is_complete, march(books).is_complete) == (False, True)

    def test_that_have_not_begun_are_refused(self, books: Books) -> None:
        with pytest.raises(UnfitMonth):
            march(books, month=MARCH.next)

    @pytest.mark.parametrize("actor", [STRANGER, A_PATIENT, OPERATIONS])
    def test_are_for_their_physician_and_finance_alone(self, books: Books, actor: Actor) -> None:
        with pytest.raises(AccessDenied):
            march(books, actor)
        with pytest.raises(AccessDenied):
            ListStatements(books.queries, books.desk.clock)(actor=actor, physician_id=PHYSICIAN)
        assert march(books, FINANCE).statement == march(books).statement


class TestPayouts:
    @pytest.mark.parametrize("actor", [STRANGER, A_PATIENT, OPERATIONS])
    def test_of_somebody_else_are_not_there(self, books: Books, actor: Actor) -> None:
        payout_id = books.send(40)
        view = ViewPayoutStatement(books.queries, books.desk.clock)

        with pytest.raises(PayoutNotFound):
            view(actor=actor, payout_id=payout_id)
        with pytest.raises(PayoutNotFound):
            view(actor=FINANCE, payout_id=PayoutId(UUID(int=9)))
        assert view(actor=FINANCE, payout_id=payout_id).payout.amount == dollars(40)

    def test_are_saved_with_what_they_are_made_of(self, books: Books) -> None:
        payout_id = books.send(40)
        make = PrintPayoutStatement(ViewPayoutStatement(books.queries, books.desk.clock), Printer())

        paper = make(actor=A_PHYSICIAN, payout_id=payout_id, form=PaperForm.CSV)

        (row,) = rows(paper)
        assert paper.filename == f"payout-{to_wire('payout', payout_id)}.csv"
        assert row["consultation"] == to_wire("consultation", THIRD)
        assert (row["gross"], row["commission"], row["earned"]) == ("100.00", "-19.00", "76.00")
        assert row["in_this_payout"] == "40.00"


class TestCsv:
    def test_adds_up_from_the_first_row_to_the_last(self, books: Books) -> None:
        books.send(40, TransferFinding.PAID)
        books.refund(THIRD)

        opening, *lines, closing = rows(saved(books, PaperForm.CSV))

        assert [line["kind"] for line in lines] == ["consultation", "payout", "refund"]
        owed = Decimal(opening["owed_after"]) + sum(Decimal(line["net"]) for line in lines)
        assert owed == Decimal(closing["owed_after"]) == Decimal(lines[-1]["owed_after"])
        parts = ("gross", "commission", "platform_fee", "tax", "borne_by_platform")
        for line in (lines[0], lines[2]):
            assert sum(Decimal(line[part]) for part in parts) == Decimal(line["net"])

    def test_names_what_paid_what(self, books: Books) -> None:
        payout = to_wire("payout", books.send(40, TransferFinding.PAID))
        consultation = to_wire("consultation", THIRD)

        _, earned, paid, _ = rows(saved(books, PaperForm.CSV))

        assert (earned["consultation"], earned["paid_by"]) == (consultation, f"{payout} 40.00")
        assert (paid["payout"], paid["made_of"]) == (payout, f"{consultation} 40.00")
        assert earned["booked_at"].endswith("+13:00")

    def test_and_print_have_names_that_tell_what_they_are(self, books: Books) -> None:
        papers = [saved(books, form) for form in PaperForm]

        assert [(paper.filename, paper.media_type) for paper in papers] == [
            ("statement-2026-03-AUD.pdf", "application/pdf"),
            ("statement-2026-03-AUD.csv", "text/csv; charset=utf-8; header=present"),
        ]
