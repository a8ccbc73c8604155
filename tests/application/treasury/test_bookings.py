"""
Our own money is booked by finance, once for each reference.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest

from application.shared.access import AccessDenied, Actor
from application.treasury.bookings import (
    HeldAt,
    RecordCapital,
    RecordConversion,
    RecordSettlement,
    ReferenceTaken,
)
from domain.ledger.chart import (
    BANK,
    CAPITAL,
    EXCHANGE_FEES,
    FX_DIFFERENCE,
    PAYOUT_FLOAT,
    LedgerAccount,
)
from domain.shared.money import Currency, Money
from domain.treasury.conversion import Conversion
from tests.fakes.money import A_PHYSICIAN, FINANCE, MoneyDesk, dollars


@pytest.fixture
def desk() -> MoneyDesk:
    return MoneyDesk()


def balance(desk: MoneyDesk, account: LedgerAccount, currency: str) -> int:
    with desk.uow as uow:
        return uow.journal.balance(account, Currency(currency)).minor


def pay_in(desk: MoneyDesk, amount: Money, actor: Actor = FINANCE) -> None:
    RecordCapital(desk.uow)(
        actor=actor, amount=amount, reference="cap_1", occurred_at=desk.clock.now()
    )


def convert(desk: MoneyDesk, bought: int = 6_550, actor: Actor = FINANCE) -> None:
    RecordConversion(desk.uow)(
        actor=actor,
        held_at=HeldAt.FLOAT,
        conversion=Conversion(
            sold=dollars(100),
            bought=Money.of(bought, "USD"),
            quoted_rate=Decimal("0.66"),
            fee=dollars(1, 50),
        ),
        reference="conv_1",
        occurred_at=desk.clock.now(),
    )


class TestRecordCapital:
    def test_what_the_owners_pay_in_is_ours_and_theirs(self, desk: MoneyDesk) -> None:
        for _ in range(2):
            pay_in(desk, dollars(1_000))

        assert desk.balance(BANK) == dollars(1_000)
        assert desk.balance(CAPITAL) == dollars(1_000)
        assert [record.action for record in desk.uow.audit.records][-1] == "ledger.capital_paid_in"

    def test_a_reference_does_not_change_its_amount(self, desk: MoneyDesk) -> None:
        pay_in(desk, dollars(1_000))

        with pytest.raises(ReferenceTaken):
            pay_in(desk, dollars(1_001))


class TestRecordConversion:
    def test_both_currencies_the_fee_and_the_difference_are_booked(self, desk: MoneyDesk) -> None:
        for _ in range(2):
            convert(desk)

        assert balance(desk, PAYOUT_FLOAT, "AUD") == -10_150
        assert balance(desk, PAYOUT_FLOAT, "USD") == 6_550
        assert balance(desk, EXCHANGE_FEES, "AUD") == 150
        assert balance(desk, FX_DIFFERENCE, "USD") == 50

    def test_a_reference_does_not_change_its_amounts(self, desk: MoneyDesk) -> None:
        convert(desk)

        with pytest.raises(ReferenceTaken):
            convert(desk, bought=6_551)


def settle(desk: MoneyDesk, amount: Money, actor: Actor) -> None:
    RecordSettlement(desk.uow)(
        actor=actor,
        received=amount,
        fee=dollars(0),
        reference="po_1",
        occurred_at=desk.clock.now(),
    )


@pytest.mark.parametrize(
    "book",
    [
        lambda desk: pay_in(desk, dollars(1), A_PHYSICIAN),
        lambda desk: convert(desk, actor=A_PHYSICIAN),
        lambda desk: settle(desk, dollars(1), A_PHYSICIAN),
    ],
    ids=["capital", "conversion", "settlement"],
)
def test_only_finance_books(desk: MoneyDesk, book: Callable[[MoneyDesk], None]) -> None:
    with pytest.raises(AccessDenied):
        book(desk)
    assert desk.uow.journal.entries == []
