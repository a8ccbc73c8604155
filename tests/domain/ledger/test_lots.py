"""
Earnings are used oldest first, never twice, and given back whole.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.hold import Hold, HoldEnded, HoldReason, HoldStatus
from domain.ledger.journal import InsufficientFunds
from domain.ledger.lot import Lot, LotOverdrawn, LotStatus, take_oldest_first
from domain.shared.ids import ConsultationId, HoldId, LotId
from domain.shared.money import Money
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, PHYSICIAN, dollars

LATER = MONDAY_NOON + timedelta(days=2)


def a_lot(minor: int, number: int = 1) -> Lot:
    return Lot.earn(
        id=LotId(UUID(int=number)),
        physician_id=PHYSICIAN,
        consultation_id=ConsultationId(UUID(int=number)),
        amount=Money(minor, AUD),
        earned_at=MONDAY_NOON,
        matures_at=LATER,
        now=MONDAY_NOON,
    )


def test_an_earning_matures_once_and_not_before_its_time() -> None:
    lot = a_lot(500)

    assert lot.mature(now=LATER - timedelta(seconds=1)) == dollars(0)
    assert lot.mature(now=LATER) == dollars(5)
    assert lot.mature(now=LATER) == dollars(0)
    assert lot.status is LotStatus.AVAILABLE


def test_what_was_refunded_does_not_mature() -> None:
    lot = a_lot(500)
    lot.take(dollars(2), by="re_1", now=MONDAY_NOON)

    assert lot.mature(now=LATER) == dollars(3)


@given(amounts=st.lists(st.integers(1, 1000), min_size=1, max_size=8), share=st.integers(1, 100))
def test_what_is_taken_adds_up_and_comes_from_the_oldest(amounts: list[int], share: int) -> None:
    lots = [a_lot(minor, number) for number, minor in enumerate(amounts, start=1)]
    wanted = Money(max(sum(amounts) * share // 100, 1), AUD)

    touched = take_oldest_first(lots, wanted, by="po_1", now=LATER)

    taken = [use.amount.minor for lot in lots for use in lot.uses]
    assert sum(taken) == wanted.minor
    assert list(touched) == lots[: len(touched)]
    assert all(not lot.remaining for lot in touched[:-1])


@given(amounts=st.lists(st.integers(1, 1000), max_size=5))
def test_more_than_there_is_cannot_be_taken(amounts: list[int]) -> None:
    lots = [a_lot(minor, number) for number, minor in enumerate(amounts, start=1)]

    with pytest.raises(InsufficientFunds):
        take_oldest_first(lots, Money(sum(amounts) + 1, AUD), by="po_1", now=LATER)


def test_only_what_came_to_nothing_is_given_back() -> None:
    lot = a_lot(500)
    lot.take(dollars(2), by="po_1", now=LATER)
    lot.take(dollars(1), by="po_2", now=LATER)

    lot.give_back(by="po_1", now=LATER)
    lot.give_back(by="po_1", now=LATER)

    assert lot.remaining == dollars(4)
    assert [use.returned_at for use in lot.uses] == [LATER, None]


def test_a_lot_is_never_overdrawn() -> None:
    lot = a_lot(500)

    with pytest.raises(LotOverdrawn):
        lot.take(dollars(6), by="po_1", now=LATER)


class TestHold:
    def hold(self) -> Hold:
        return Hold(
            id=HoldId(UUID(int=1)),
            physician_id=PHYSICIAN,
            amount=dollars(5),
            reason=HoldReason.REVIEW,
            cause="ho_1",
            placed_at=MONDAY_NOON,
        )

    def test_ends_once(self) -> None:
        hold = self.hold()
        hold.capture(now=LATER)

        assert (hold.status, hold.ended_at) == (HoldStatus.CAPTURED, LATER)
        with pytest.raises(HoldEnded):
            hold.release(now=LATER)
