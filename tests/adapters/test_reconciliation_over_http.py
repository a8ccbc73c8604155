"""
Our books, both vendors and the bank: real database, real feeds, a real statement.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from attrs import define

from adapters.airwallex.ledger_feed import AirwallexLedgerFeed
from adapters.bank_statements.reader import BankStatementReader
from adapters.stripe.balance import StripeBalance
from application.reconciliation.comparison import Reconciled
from application.shared.access import SYSTEM
from domain.ledger.chart import BANK, PROCESSING, PROCESSOR_CLEARING
from domain.payouts.payout import PayoutStatus
from domain.reconciliation.breaks import Break
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import ItemKind, Source
from domain.reconciliation.periods import PeriodStatus
from domain.reconciliation.repairs import RepairRule
from domain.shared.money import Money
from tests.adapters.money_house import House, open_house
from tests.entrypoints.sandbox.stripe_world import DAY, sdk
from tests.fakes.money import CONSULTATION, FINANCE, dollars
from tests.fakes.reconciliation import ToldFeed, ToldStatements
from tests.fakes.reconciliation_desk import BEN, ReconciliationDesk

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@define(eq=False)
class Office:
    """The house with somebody who reconciles it."""

    house: House
    desk: ReconciliationDesk

    def earn(self) -> None:
        """A consultation is paid, completed and cleared; afterwards it is today again."""
        self.house.earn()
        self.desk.clock.at = datetime.now(UTC)

    def pass_days(self, days: int) -> None:
        self.house.world.pass_time(days * DAY)
        self.desk.clock.pass_by(timedelta(days=days))

    def reconcile(self) -> Reconciled:
        self.desk.import_transactions(actor=SYSTEM)
        return self.desk.reconcile(actor=SYSTEM)

    def bank_tells(self, *lines: tuple[str, Money], opening: Money) -> None:
        closing = sum((amount for _, amount in lines), start=opening)
        self.desk.import_statement(
            actor=FINANCE, content=statement(lines, opening, closing, self.desk.now())
        )

    def breaks(self, *, timing: bool = False) -> list[Break]:
        with self.desk.uow as uow:
            standing = uow.breaks.unanswered()
        return [each for each in standing if timing or each.kind is not BreakKind.TIMING]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with open_house(database_url) as house:
        yield house


@pytest.fixture
def office(house: House) -> Iterator[Office]:
    house.desk.clock.at = datetime.now(UTC)
    with sdk(house.world.url) as stripe:
        # Vendors keep real time, which the sandbox moves forward together with ours.
        clock = house.desk.clock
        yield Office(
            house,
            ReconciliationDesk(
                money=house.desk,
                processor=cast("ToldFeed", StripeBalance(stripe, clock)),
                vendor=cast("ToldFeed", AirwallexLedgerFeed(house.airwallex, clock)),
                statements=cast("ToldStatements", BankStatementReader()),
            ),
        )


def statement(
    lines: tuple[tuple[str, Money], ...], opening: Money, closing: Money, at: datetime
) -> bytes:
    def amount(money: Money) -> str:
        way = "CRDT" if money.minor >= 0 else "DBIT"
        written = Money(abs(money.minor), money.currency).major
        return f'<Amt Ccy="{money.currency}">{written}</Amt><CdtDbtInd>{way}</CdtDbtInd>'

    def balance(kind: str, money: Money) -> str:
        tells = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{amount(money)}"
        return f"<Bal>{tells}<Dt><Dt>{at:%Y-%m-%d}</Dt></Dt></Bal>"

    entries = "".join(
        f"<Ntry>{amount(money)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{at:%Y-%m-%d}</Dt></BookgDt><AcctSvcrRef>{name}</AcctSvcrRef></Ntry>"
        for name, money in lines
    )
    return (
        f'<Document xmlns="{NAMESPACE}"><BkToCstmrStmt><Stmt><Id>S-{at:%Y%m%d}</Id>'
        "<Acct><Id><Othr><Id>062000-12344321</Id></Othr></Id><Ccy>AUD</Ccy></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def test_a_payment_its_refund_and_a_payout_are_matched_to_the_cent(office: Office) -> None:
    office.desk.fund(dollars(1_000_000), "opening-aud")
    office.earn()
    quote = office.house.desk.quote_refund(
        actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(10)
    )
    refund_id = office.house.desk.refund_payment(
        actor=FINANCE, quote_id=quote.quote_id, reason="late"
    )
    office.house.desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    office.house.be_payable()
    payout_id = office.house.desk.request(dollars(50))
    office.house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    office.house.move(payout_id, "PROCESSING", "SENT", "PAID")
    office.house.take_webhooks()

    outcome = office.reconcile()

    assert office.house.payout(payout_id).status is PayoutStatus.PAID
    assert office.breaks() == []
    with office.desk.uow as uow:
        left = {
            (item.source, item.kind.value, item.amount.currency.code)
            for item in uow.reconciled_items.unmatched()
        }
    # The card's fee waits for its settlement, and what left our bank for the bank's statement.
    assert {each for each in left if each[2] == "AUD"} == {
        (Source.PROCESSOR, "fee", "AUD"),
        (Source.BANK, "funding", "AUD"),
    }
    assert outcome.matched == 4


@pytest.mark.fault(4)
def test_a_refund_made_in_the_dashboard_differs_until_it_is_taken_over(office: Office) -> None:
    office.earn()
    office.house.world.fault("stripe", "webhook_drop", times=99)
    office.house.world.control(
        "stripe/refund", payment_intent=office.house.desk.reference(), amount=4_000
    )
    office.pass_days(1)
    office.reconcile()
    before = _refunds_without_counterpart(office)

    office.house.desk.sweep_refunds(actor=SYSTEM)
    office.reconcile()

    assert before == [-dollars(40)]
    assert _refunds_without_counterpart(office) == []


def _refunds_without_counterpart(office: Office) -> list[Money]:
    with office.desk.uow as uow:
        return [
            item.amount for item in uow.reconciled_items.unmatched() if item.kind is ItemKind.REFUND
        ]


def test_a_settlement_goes_from_the_processor_to_the_bank_and_into_the_books(
    office: Office,
) -> None:
    office.earn()
    office.pass_days(3)
    settled = office.house.world.control("stripe/create_payout", currency="aud")
    received = Money.of(settled["amount"], "AUD")
    office.pass_days(1)
    office.bank_tells(("BANK-1", received), opening=dollars(0))
    office.reconcile()
    (only,) = office.breaks()
    assert only.kind is BreakKind.MISSING_HERE

    office.desk.propose(actor=FINANCE, break_id=only.id, rule=RepairRule.SETTLEMENT, note="as told")
    office.desk.approve(actor=BEN, break_id=only.id)
    office.reconcile()

    assert office.breaks() == []
    assert office.desk.money.balance(BANK) == received
    assert office.desk.money.balance(PROCESSOR_CLEARING) == dollars(0)
    assert office.desk.money.balance(PROCESSING) == dollars(100) - received
    office.house.assert_books_hold()


def test_a_payout_that_their_bank_returned_and_nobody_told_us(office: Office) -> None:
    office.earn()
    office.house.be_payable()
    payout_id = office.house.desk.request(dollars(50))
    office.house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    office.house.move(payout_id, "PROCESSING", "SENT", "PAID")
    office.house.take_webhooks()
    office.desk.clock.at = datetime.now(UTC) + timedelta(seconds=5)
    office.reconcile()
    office.house.move(payout_id, "FAILED", "CANCELLED")
    office.desk.clock.pass_by(timedelta(hours=3))
    office.reconcile()

    (only,) = [each for each in office.breaks() if each.kind is BreakKind.STATUS_DIFFERS]

    reference = office.house.payout(payout_id).reference
    assert reference is not None
    office.house.desk.refresh_payout(actor=SYSTEM, reference=reference)
    office.reconcile()
    assert only.id not in {each.id for each in office.breaks(timing=True)}


def test_everything_again_adds_nothing(office: Office) -> None:
    office.earn()
    office.reconcile()

    again = office.reconcile()

    assert (again.booked, again.matched, again.found, again.healed) == (0, 0, 0, 0)


def test_a_month_is_closed_when_all_of_it_was_told_and_compared(office: Office) -> None:
    office.earn()
    today = office.desk.now().date()
    period_id = office.desk.open_period(actor=FINANCE, starts_on=today, ends_on=today)
    office.pass_days(1)
    office.bank_tells(opening=dollars(0))
    office.reconcile()

    office.desk.close_period(actor=FINANCE, period_id=period_id)

    with office.desk.uow as uow:
        assert uow.accounting_periods.get(period_id).status is PeriodStatus.CLOSED
