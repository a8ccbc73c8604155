"""
Many hands at one wallet: one wins, nobody waits in a circle, and the books hold.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from application.shared.access import SYSTEM
from domain.ledger.journal import InsufficientFunds
from domain.payments.payment import Finding
from domain.shared.errors import Conflict
from domain.shared.ids import PayoutId
from tests.adapters.postgres.money_desk import assert_books_hold, open_desk
from tests.fakes.money import (
    A_PHYSICIAN,
    MoneyDesk,
    dollars,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=25)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    return open_desk(engine)


def test_of_fifty_payouts_of_one_balance_exactly_one_is_made(
    engine: Engine, desk: MoneyDesk
) -> None:
    desk.earn(3)
    desk.be_payable()

    def ask(_: int) -> bool:
        try:
            open_desk(engine, like=desk).request(dollars(76))
        except InsufficientFunds:
            return True
        except Conflict:
            return False
        return False

    with ThreadPoolExecutor(50) as threads:
        refused = list(threads.map(ask, range(50)))

    assert refused.count(True) == 49
    assert_books_hold(engine, desk)


def test_the_same_webhook_from_many_workers_posts_one_capture(
    engine: Engine, desk: MoneyDesk
) -> None:
    desk.pay()
    reference = desk.reference()
    desk.processor.report(reference, Finding.CAPTURED)

    def tell(_: int) -> None:
        open_desk(engine, like=desk).refresh_payment(actor=SYSTEM, reference=reference)

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(tell, range(10)))

    assert_books_hold(engine, desk)


def test_payouts_that_are_taken_back_and_asked_for_at_once_do_not_block_each_other(
    engine: Engine, desk: MoneyDesk
) -> None:
    for number in range(3, 7):
        desk.earn(number)
    desk.be_payable()
    queued = [desk.request(dollars(20)) for _ in range(8)]

    def take_back(payout_id: PayoutId) -> None:
        open_desk(engine, like=desk).cancel_payout(actor=A_PHYSICIAN, payout_id=payout_id)

    def ask(_: PayoutId) -> None:
        open_desk(engine, like=desk).request(dollars(10))

    with ThreadPoolExecutor(16) as threads:
        ended = [threads.submit(work, each) for each in queued for work in (take_back, ask)]
    assert [each.exception() for each in ended if each.exception()] == []
    assert_books_hold(engine, desk)
