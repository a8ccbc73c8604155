"""
Holds for review over a real database: who sees them, and that their money moves once.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.holds import PostgresHoldQueries
from adapters.postgres.queries.wallets import PostgresWalletQueries
from application.ledger.hold_queries import ListHolds
from application.ledger.holds import PlaceHold, ReleaseDueHolds, ReleaseHold
from application.shared.access import SYSTEM, AccessDenied
from application.wallets.queries import WhereIsMyMoney
from domain.ledger.chart import wallet_available, wallet_held
from domain.ledger.hold import HoldCategory, HoldEnded
from domain.payouts.failure import WhoActs
from domain.shared.errors import Conflict
from domain.shared.ids import HoldId, to_wire
from domain.wallets.money_state import MoneyRule, MoneyState
from tests.adapters.postgres.money_desk import assert_books_hold, open_desk
from tests.fakes.money import A_PHYSICIAN, FINANCE, PHYSICIAN, MoneyDesk, dollars

TEN_DAYS = timedelta(days=10)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=25)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    desk = open_desk(engine)
    desk.earn()
    desk.be_payable()
    return desk


def place(desk: MoneyDesk, whole: int, days: int = 10) -> HoldId:
    return PlaceHold(*desk.core, desk.ids)(
        actor=FINANCE,
        physician_id=PHYSICIAN,
        amount=dollars(whole),
        category=HoldCategory.PATIENT_COMPLAINT,
        review_until=desk.clock.now() + timedelta(days=days),
        reason="a letter",
    )


def test_the_physician_sees_why_until_when_and_whose_turn_it_is(
    engine: Engine, desk: MoneyDesk
) -> None:
    hold_id = place(desk, 30)

    (seen,) = WhereIsMyMoney(PostgresWalletQueries(engine))(
        actor=A_PHYSICIAN, physician_id=PHYSICIAN
    )

    (line,) = [each for each in seen.lines if each.state is MoneyState.HELD]
    assert (line.rule, line.who_acts) == (MoneyRule.HELD_FOR_REVIEW, WhoActs.PLATFORM)
    assert (line.detail, line.on) == ("patient_complaint", desk.clock.now() + TEN_DAYS)
    assert (line.amount, line.cause) == (dollars(30), to_wire("hold", hold_id))


def test_on_its_last_day_it_is_given_back_once_by_however_many(
    engine: Engine, desk: MoneyDesk
) -> None:
    place(desk, 30)
    place(desk, 20, days=11)
    desk.clock.pass_by(TEN_DAYS)

    def release(_: int) -> None:
        ReleaseDueHolds(*open_desk(engine, like=desk).core)(actor=SYSTEM)

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(release, range(10)))

    assert desk.balance(wallet_available(PHYSICIAN)) == dollars(56)
    assert desk.balance(wallet_held(PHYSICIAN)) == dollars(20)
    assert_books_hold(engine, desk)


def test_a_person_and_the_clock_do_not_both_give_it_back(engine: Engine, desk: MoneyDesk) -> None:
    hold_id = place(desk, 30)
    desk.clock.pass_by(TEN_DAYS)

    def by_hand(_: int) -> bool:
        try:
            ReleaseHold(*open_desk(engine, like=desk).core)(
                actor=FINANCE, hold_id=hold_id, reason="explained"
            )
        except HoldEnded:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        released = list(threads.map(by_hand, range(8)))
    ReleaseDueHolds(*desk.core)(actor=SYSTEM)

    assert released.count(True) == 1
    assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
    assert_books_hold(engine, desk)


def test_the_hold_of_a_payout_is_captured_once_by_however_many(
    engine: Engine, desk: MoneyDesk
) -> None:
    payout_id = desk.request(dollars(30))

    def submit(_: int) -> None:
        try:
            open_desk(engine, like=desk).submit_payout(actor=SYSTEM, payout_id=payout_id)
        except Conflict:
            return

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(submit, range(10)))

    with desk.uow as uow:
        hold = uow.holds.get(uow.payouts.get(payout_id).hold_id)
    with pytest.raises(HoldEnded):
        hold.capture(now=desk.clock.now())
    assert len(desk.vendor.transfers) == 1
    assert desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
    assert_books_hold(engine, desk)


def test_finance_sees_them_by_their_last_day_in_pages(engine: Engine, desk: MoneyDesk) -> None:
    later, sooner = place(desk, 10, days=20), place(desk, 10, days=5)
    listed = ListHolds(PostgresHoldQueries(engine))

    first = listed(actor=FINANCE, limit=1)
    second = listed(actor=FINANCE, limit=1, cursor=first.next_cursor)

    assert [page.items[0].hold_id for page in (first, second)] == [sooner, later]
    assert second.next_cursor is None
    assert first.items[0].category is HoldCategory.PATIENT_COMPLAINT
    with pytest.raises(AccessDenied):
        listed(actor=A_PHYSICIAN)
