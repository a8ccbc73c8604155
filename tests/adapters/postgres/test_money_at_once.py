"""
Whatever many workers do to the same money at once, and whenever their connections die: the
books hold, and say what the vendors and the payments, refunds, disputes and payouts say.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from domain.ledger.chart import (
    DISPUTE_FEES,
    GOODWILL,
    PAYOUT_FEES,
    PAYOUT_FLOAT,
    PAYOUTS_IN_TRANSIT,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_held,
    wallet_pending,
)
from domain.payments.payment import Finding
from domain.payments.refund import RefundFinding
from domain.payouts.transfer import TransferFinding
from tests.adapters.postgres.money_desk import assert_books_hold, open_desk
from tests.adapters.postgres.money_hands import DEEDS, PHYSICIANS, Deed, Hand, open_house
from tests.fakes.money import MoneyDesk
from tests.postgres import temporary_database

_HANDS = 4

_DEEDS = st.builds(
    Deed,
    # Most often those that take from one wallet.
    kind=st.sampled_from([*sorted(DEEDS), *["ask_for_payout", "refund", "hold"] * 3]),
    pick=st.integers(0, 7),
    minor=st.integers(100, 8_000),
    turn=st.integers(0, 5),
    dies_in=st.none() | st.integers(0, 12),
    unheard=st.booleans(),
)
_ROUND = st.lists(st.lists(_DEEDS, min_size=2, max_size=8), min_size=_HANDS, max_size=_HANDS)

# Of a physician's earnings: what they got, less what refunds and lost disputes took from them.
_EARNED = """
    select coalesce((
        select sum((p.delivery->'split'->>'earning')::bigint) from payment p
        where p.delivery->>'physician_id' = :physician
    ), 0) - coalesce((
        select sum((given.shares->>'pending')::bigint + (given.shares->>'available')::bigint
            + (given.shares->>'debt')::bigint)
        from (
            select payment_id, shares from refund where status <> 'failed'
            union all
            select payment_id, shares from dispute where shares is not null
        ) given join payment p on p.id = given.payment_id
        where p.delivery->>'physician_id' = :physician
    ), 0) - coalesce((
        select sum(amount_minor) from payout where physician_id = cast(:physician as uuid)
        and status in ('submitted', 'paid')
    ), 0)
"""
_GOODWILL = """
    select coalesce((
        select sum((given.shares->>'goodwill')::bigint) from (
            select shares from refund where status <> 'failed'
            union all
            select shares from dispute where shares is not null
        ) given
    ), 0) + coalesce((select sum(beyond_minor) from dispute), 0)
"""


def work_at_once(hands: Sequence[Hand], parts: Sequence[Sequence[Deed]]) -> None:
    def work(hand: Hand, deeds: Sequence[Deed]) -> None:
        for deed in deeds:
            hand.do(deed)

    with ThreadPoolExecutor(len(hands)) as threads:
        for each in [threads.submit(work, *own) for own in zip(hands, parts, strict=True)]:
            each.result()


def outside(desk: MoneyDesk) -> dict[str, int]:
    """What the vendors say that we have, as our books would call it."""
    captured = sum(
        found.report.amount.minor
        for found in desk.processor.payments.values()
        if found.report.finding is Finding.CAPTURED
    )
    refunded = sum(
        refund.amount.minor
        for refund in desk.processor.refunds.values()
        if refund.finding is not RefundFinding.FAILED
    )
    moves = [move for found in desk.bank.disputes.values() for move in found.report.movements]
    moved, fees = (
        sum(each.minor for each in part)
        for part in ([m.amount for m in moves], [m.fee for m in moves])
    )
    transfers = desk.vendor.transfers.values()
    paid = [each.amount.minor for each in transfers if each.finding is TransferFinding.PAID]
    ended = (TransferFinding.PAID, TransferFinding.FAILED)
    moving = [each.amount.minor for each in transfers if each.finding not in ended]
    return {
        "processor": captured - refunded + moved - fees,
        "dispute fees": fees,
        "float and fees": -sum(paid),
        "in transit": sum(moving),
    }


def booked(desk: MoneyDesk) -> dict[str, int]:
    def minor(*accounts: Any) -> int:
        return sum(desk.balance(account).minor for account in accounts)

    return {
        "processor": minor(PROCESSOR_CLEARING),
        "dispute fees": minor(DISPUTE_FEES),
        "float and fees": minor(PAYOUT_FLOAT, PAYOUT_FEES),
        "in transit": minor(PAYOUTS_IN_TRANSIT),
    }


def assert_totals_hold(engine: Engine, desk: MoneyDesk) -> None:
    assert booked(desk) == outside(desk)
    with engine.connect() as connection:
        for physician_id in PHYSICIANS:
            owed = (
                sum(
                    desk.balance(wallet(physician_id)).minor
                    for wallet in (wallet_pending, wallet_available, wallet_held)
                )
                - desk.balance(physician_debt(physician_id)).minor
            )
            earned = connection.execute(text(_EARNED), {"physician": str(physician_id)})
            assert owed == earned.scalar_one()
        assert desk.balance(GOODWILL).minor == connection.execute(text(_GOODWILL)).scalar_one()


def quiet(hand: Hand, desk: MoneyDesk, engine: Engine) -> None:
    """Once everybody was heard, all is as it must be."""
    hand.settle()
    hand.settle()
    assert_books_hold(engine, desk)
    assert_totals_hold(engine, desk)


def test_money_that_many_hands_move_at_once(postgres_url: str, template_database: str) -> None:
    @settings(
        max_examples=15,
        derandomize=True,
        deadline=None,
        # Threads take turns as they like: the same script need not fail twice.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(script=st.lists(_ROUND, min_size=1, max_size=3))
    def play(script: list[list[list[Deed]]]) -> None:
        with temporary_database(postgres_url, template=template_database) as url:
            engine = build_engine(url.render_as_string(hide_password=False), pool_size=8)
            try:
                world = RLock()
                desk = open_desk(engine)
                house = open_house(engine, desk, world)
                hands = [Hand.at(engine, desk, world) for _ in range(_HANDS)]
                for parts in script:
                    work_at_once(hands, parts)
                    quiet(house, desk, engine)
            finally:
                engine.dispose()

    play()
