"""
Money through the real database: what the wallet shows, and that the books always hold.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.postgres.queries.wallets import PostgresWalletQueries
from application.ledger.books import (
    Check,
    TrialBalance,
)
from application.ledger.holds import PlaceHold
from application.payments.refunds import RefundQuoteView
from application.payouts.settlement import ResumePayoutsOf
from application.shared.access import SYSTEM, AccessDenied
from application.wallets.queries import (
    CauseKind,
    MoneyMap,
    StatementLine,
    ViewStatement,
    ViewWallet,
    WhereIsMyMoney,
)
from domain.ledger.hold import HoldCategory
from domain.payments.refund import RefundFinding
from domain.payouts.failure import PayoutFailure, WhoActs
from domain.payouts.payout import FUNDED_WITHIN
from domain.payouts.payout_account import PayoutAccountStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import ConsultationId, PayoutId, to_wire
from domain.wallets.money_state import MoneyRule, MoneyState
from domain.wallets.wallet import WalletPolicy
from tests.adapters.postgres.money_desk import assert_books_hold, open_desk, verify
from tests.fakes.money import (
    A_PATIENT,
    A_PHYSICIAN,
    AUD,
    CONSULTATION,
    FINANCE,
    PHYSICIAN,
    MoneyDesk,
    dollars,
)

RAISED_BALANCE = """
    update ledger.balance set amount = amount + 1 where shard = 3 and account_id =
        (select id from ledger.account where code = 'revenue:commission')
"""
EARLIER_WITHDRAWAL = """
    update ledger.journal_entry set recorded_at = recorded_at - interval '1 day'
    where reason = 'payout_requested'
"""
OTHER_CAUSE = """
    update ledger.journal_entry set idempotency_key = 'payment_captured:pa_x'
    where reason = 'payment_captured'
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=25)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    return open_desk(engine)


def where(engine: Engine) -> MoneyMap:
    (found,) = WhereIsMyMoney(PostgresWalletQueries(engine))(
        actor=A_PHYSICIAN, physician_id=PHYSICIAN
    )
    return found


def statement(engine: Engine) -> tuple[StatementLine, ...]:
    view = ViewStatement(PostgresWalletQueries(engine))
    return view(actor=A_PHYSICIAN, physician_id=PHYSICIAN, currency=AUD).items


def send(desk: MoneyDesk, whole: int) -> PayoutId:
    payout_id = desk.request(dollars(whole))
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    return payout_id


def report(desk: MoneyDesk, payout_id: PayoutId, finding: TransferFinding, cents: int = 0) -> None:
    with desk.uow as uow:
        reference = uow.payouts.get(payout_id).reference
    assert reference is not None
    desk.vendor.report(reference, finding, fee=dollars(0, cents))
    desk.refresh_payout(actor=SYSTEM, reference=reference)


def quoted(desk: MoneyDesk, number: int) -> RefundQuoteView:
    return desk.quote_refund(actor=FINANCE, consultation_id=consultation(number))


def refund(desk: MoneyDesk, number: int) -> str:
    quote = quoted(desk, number)
    refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")
    desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    return f"re_{refund_id.hex}"


def consultation(number: int) -> ConsultationId:
    return ConsultationId(UUID(int=number))


def test_the_books_hold_when_nothing_has_happened(engine: Engine, desk: MoneyDesk) -> None:
    assert_books_hold(engine, desk)


def test_the_books_hold_through_everything_that_can_happen(engine: Engine, desk: MoneyDesk) -> None:
    desk.earn(3)
    desk.be_payable()
    report(desk, send(desk, 20), TransferFinding.PAID, cents=50)
    report(desk, send(desk, 10), TransferFinding.FAILED)
    returned = send(desk, 15)
    report(desk, returned, TransferFinding.PAID)
    report(desk, returned, TransferFinding.FAILED)
    desk.vendor.rejects = PayoutFailure.BANK_DETAILS_WRONG
    send(desk, 5)
    desk.cancel_payout(actor=A_PHYSICIAN, payout_id=desk.request(dollars(7)))
    desk.vendor.silent = True
    send(desk, 11)
    desk.clock.pass_by(timedelta(hours=1))
    desk.sweep_payouts(actor=SYSTEM)
    assert_books_hold(engine, desk)

    desk.earn(4)
    failed = refund(desk, 4)
    desk.processor.report_refund(failed, RefundFinding.FAILED)
    desk.refresh_refund(actor=SYSTEM, reference=failed)
    send(desk, 100)
    owed = refund(desk, 3)
    desk.earn(5)
    assert_books_hold(engine, desk)
    desk.processor.report_refund(owed, RefundFinding.FAILED)
    desk.refresh_refund(actor=SYSTEM, reference=owed)
    PlaceHold(*desk.core, desk.ids)(
        actor=FINANCE,
        physician_id=PHYSICIAN,
        amount=dollars(3),
        category=HoldCategory.UNUSUAL_ACTIVITY,
        review_until=desk.clock.now() + timedelta(days=3),
        reason="odd",
    )
    assert_books_hold(engine, desk)
    where(engine)

    (balance,) = TrialBalance(PostgresBooks(engine), desk.clock)(actor=FINANCE)
    assert balance.debits == balance.credits


def test_the_books_hold_while_a_payout_waits_for_approval_and_after_a_no(
    engine: Engine, desk: MoneyDesk
) -> None:
    desk.policy = WalletPolicy(approval_above=50)
    desk.earn(3)
    desk.be_payable()
    payout_id = desk.request(dollars(60))
    assert_books_hold(engine, desk)

    desk.decline_payout(actor=FINANCE, payout_id=payout_id, reason="ask again")

    assert_books_hold(engine, desk)


class TestBreaksAreFound:
    """The books are bent on purpose, with their guards switched off, and the check sees it."""

    @pytest.fixture(autouse=True)
    def history(self, desk: MoneyDesk) -> None:
        desk.earn()
        desk.be_payable()
        report(desk, send(desk, 20), TransferFinding.PAID)

    @pytest.mark.parametrize(
        ("bend", "check"),
        [
            (RAISED_BALANCE, Check.DEBITS_EQUAL_CREDITS),
            (RAISED_BALANCE, Check.STORED_EQUALS_RECOMPUTED),
            (
                "update ledger.posting set amount = amount + 1 where sequence = 1",
                Check.PAST_EQUALS_RECOMPUTED,
            ),
            (EARLIER_WITHDRAWAL, Check.WALLETS_NEVER_NEGATIVE),
            (OTHER_CAUSE, Check.EVERY_FACT_POSTED_ONCE),
            ("update payment set reference = 'pi_other'", Check.VENDOR_BOOKS_AGREE),
            ("update payout set status = 'submitted'", Check.CLEARING_ACCOUNTS_DRAIN),
            ("delete from lot_use; delete from lot", Check.ONE_CREDIT_PER_CONSULTATION),
            ("update lot_use set amount_minor = amount_minor - 1", Check.LOTS_EQUAL_WITHDRAWALS),
        ],
        ids=lambda value: value.value if isinstance(value, Check) else "",
    )
    def test_each_check_finds_its_break(
        self, engine: Engine, desk: MoneyDesk, bend: str, check: Check
    ) -> None:
        with engine.begin() as connection:
            for table in ("balance", "posting", "journal_entry"):
                connection.execute(text(f"alter table ledger.{table} disable trigger user"))
            for statement in bend.split(";"):
                connection.execute(text(statement))

        broken = {result.check for result in verify(engine, desk).results if not result.holds}

        assert check in broken


class TestWhereIsMyMoney:
    def test_every_state_names_its_rule_its_date_and_who_acts(
        self, engine: Engine, desk: MoneyDesk
    ) -> None:
        desk.earn(3)
        desk.earn(4)
        desk.be_payable()
        in_transit = send(desk, 20)
        held = desk.request(dollars(30))
        desk.deliver(5)

        found = where(engine)

        lines = {line.state: line for line in found.lines}
        pending = lines[MoneyState.PENDING]
        assert pending.amount == dollars(76)
        assert pending.rule is MoneyRule.CLEARING_PERIOD
        assert pending.on == desk.clock.now() + timedelta(days=2)
        assert pending.cause == to_wire("consultation", consultation(5))
        assert lines[MoneyState.AVAILABLE].amount == dollars(102)
        assert lines[MoneyState.AVAILABLE].who_acts is WhoActs.PHYSICIAN
        assert lines[MoneyState.HELD].cause == to_wire("payout", held)
        assert lines[MoneyState.HELD].rule is MoneyRule.PAYOUT_QUEUED
        assert lines[MoneyState.IN_TRANSIT].cause == to_wire("payout", in_transit)
        assert lines[MoneyState.IN_TRANSIT].detail == "PROCESSING"
        assert found.balances.owed == dollars(228)

    def test_money_that_waits_says_for_whom(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        desk.be_payable()
        desk.vendor.rejects = PayoutFailure.FLOAT_TOO_LOW
        send(desk, 10)
        desk.vendor.deaf = True
        send(desk, 11)
        desk.vendor.rejects = PayoutFailure.COMPLIANCE_REVIEW
        send(desk, 12)

        held = {
            line.amount: (line.rule, line.who_acts)
            for line in where(engine).lines
            if line.state is MoneyState.HELD
        }

        assert held == {
            dollars(10): (MoneyRule.PAYOUT_WAITS_FOR_FUNDING, WhoActs.PLATFORM),
            dollars(11): (MoneyRule.PAYOUT_BEING_LOOKED_UP, WhoActs.NOBODY),
            dollars(12): (MoneyRule.UNDER_REVIEW, WhoActs.PLATFORM),
        }

    def test_money_that_waits_for_ours_names_a_date(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        desk.be_payable()
        desk.vendor.float_minor = 100
        send(desk, 10)
        desk.vendor.float_minor = None
        reference = send(desk, 11)
        report(desk, reference, TransferFinding.UNFUNDED)

        waiting = {
            line.state: (line.rule, line.who_acts, line.on)
            for line in where(engine).lines
            if line.rule is MoneyRule.PAYOUT_WAITS_FOR_FUNDING
        }

        told = (
            MoneyRule.PAYOUT_WAITS_FOR_FUNDING,
            WhoActs.PLATFORM,
            desk.clock.now() + FUNDED_WITHIN,
        )
        assert waiting == {MoneyState.HELD: told, MoneyState.IN_TRANSIT: told}

    @pytest.mark.parametrize(
        ("status", "who"),
        [
            (PayoutAccountStatus.RESTRICTED, WhoActs.VENDOR),
            (PayoutAccountStatus.ACTION_REQUIRED, WhoActs.PHYSICIAN),
        ],
    )
    def test_fault_17_money_that_waits_for_the_account_says_so(
        self, engine: Engine, desk: MoneyDesk, status: PayoutAccountStatus, who: WhoActs
    ) -> None:
        desk.earn(3)
        desk.be_payable()
        payout_id = desk.request(dollars(10))
        with desk.uow as uow:
            account = uow.payout_accounts.of_physician(PHYSICIAN)
        assert account is not None
        desk.vendor.decide(account.id, status)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

        (held,) = [line for line in where(engine).lines if line.state is MoneyState.HELD]

        assert (held.rule, held.who_acts) == (MoneyRule.PAYOUT_PAUSED_BY_ACCOUNT, who)
        ResumePayoutsOf(desk.uow)(actor=SYSTEM, physician_id=PHYSICIAN)
        (held,) = [line for line in where(engine).lines if line.state is MoneyState.HELD]
        assert held.rule is MoneyRule.PAYOUT_QUEUED

    def test_a_debt_shows(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        desk.be_payable()
        report(desk, send(desk, 76), TransferFinding.PAID)
        refund(desk, 3)

        found = where(engine)

        assert [line.state for line in found.lines] == [MoneyState.DEBT]
        assert found.balances.owed == -dollars(76)

    def test_is_for_the_physician_and_for_finance(self, engine: Engine) -> None:
        with pytest.raises(AccessDenied):
            WhereIsMyMoney(PostgresWalletQueries(engine))(actor=A_PATIENT, physician_id=PHYSICIAN)


class TestWallet:
    def test_shows_balances_and_when_the_next_earning_clears(
        self, engine: Engine, desk: MoneyDesk
    ) -> None:
        desk.earn(3)
        desk.be_payable()
        report(desk, send(desk, 20), TransferFinding.PAID)

        (wallet,) = ViewWallet(PostgresWalletQueries(engine))(
            actor=A_PHYSICIAN, physician_id=PHYSICIAN
        )

        assert wallet.balances.available == dollars(56)
        assert wallet.paid_out == dollars(20)
        assert wallet.next_clears_on is None

    def test_is_empty_before_the_first_earning(self, engine: Engine) -> None:
        view = ViewWallet(PostgresWalletQueries(engine))

        assert view(actor=FINANCE, physician_id=PHYSICIAN) == ()


class TestStatement:
    def test_every_line_names_its_cause_and_the_balance_after_it(
        self, engine: Engine, desk: MoneyDesk
    ) -> None:
        desk.earn(3)
        desk.be_payable()
        payout_id = send(desk, 20)

        lines = statement(engine)[::-1]

        assert [line.reason for line in lines] == [
            "service_delivered",
            "earning_matured",
            "payout_requested",
            "payout_submitted",
        ]
        assert [line.balance for line in lines] == [dollars(w) for w in (76, 76, 76, 56)]
        assert [line.change for line in lines] == [
            dollars(76),
            dollars(0),
            dollars(0),
            -dollars(20),
        ]
        assert {line.consultation for line in lines[:2]} == {to_wire("consultation", CONSULTATION)}
        assert lines[1].cause_kind is CauseKind.EARNING
        assert lines[3].cause == to_wire("payout", payout_id)

    def test_pages_join_without_a_gap(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        desk.earn(4)
        view = ViewStatement(PostgresWalletQueries(engine))

        pages: list[StatementLine] = []
        cursor = None
        for _ in range(4):
            page = view(
                actor=A_PHYSICIAN, physician_id=PHYSICIAN, currency=AUD, limit=1, cursor=cursor
            )
            pages.extend(page.items)
            cursor = page.next_cursor

        assert cursor is None
        assert tuple(pages) == statement(engine)
