"""
Finance staff can set money aside, and give it back.
"""

from datetime import timedelta

import pytest
from attrs import evolve

from application.ledger.holds import (
    HoldBelongsToPayout,
    OwnHold,
    PlaceHold,
    ReleaseDueHolds,
    ReleaseHold,
)
from application.shared.access import SYSTEM, AccessDenied
from application.treasury.bookings import RecordSettlement, ReferenceTaken
from application.treasury.funding import RecordFloatFunding
from domain.ledger.chart import (
    BANK,
    PAYOUT_FLOAT,
    PROCESSING,
    PROCESSOR_CLEARING,
    wallet_available,
    wallet_held,
)
from domain.ledger.events import HoldReleased
from domain.ledger.hold import HoldCategory, HoldEnded, UnfitReviewDate
from domain.ledger.journal import InsufficientFunds
from domain.shared.ids import HoldId
from tests.fakes.money import A_PHYSICIAN, FINANCE, PHYSICIAN, MoneyDesk, dollars

TEN_DAYS = timedelta(days=10)


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.earn()
    desk.be_payable()
    return desk


def place(desk: MoneyDesk, whole: int) -> HoldId:
    return PlaceHold(*desk.core, desk.ids)(
        actor=FINANCE,
        physician_id=PHYSICIAN,
        amount=dollars(whole),
        category=HoldCategory.UNUSUAL_ACTIVITY,
        review_until=desk.clock.now() + TEN_DAYS,
        reason="odd pattern",
    )


def test_a_hold_keeps_money_from_being_withdrawn(desk: MoneyDesk) -> None:
    place(desk, 70)

    assert desk.balance(wallet_held(PHYSICIAN)) == dollars(70)
    with pytest.raises(InsufficientFunds):
        desk.request(dollars(10))


def test_a_released_hold_gives_everything_back_once(desk: MoneyDesk) -> None:
    hold_id = place(desk, 70)
    release = ReleaseHold(*desk.core)
    release(actor=FINANCE, hold_id=hold_id, reason="explained")

    with pytest.raises(HoldEnded):
        release(actor=FINANCE, hold_id=hold_id, reason="again")
    assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
    assert desk.uow.lots.all()[0].remaining == dollars(76)


def test_the_hold_of_a_payout_is_not_released_by_hand(desk: MoneyDesk) -> None:
    desk.request(dollars(10))
    hold = next(iter(desk.uow.holds.all().values()))

    with pytest.raises(HoldBelongsToPayout):
        ReleaseHold(*desk.core)(actor=FINANCE, hold_id=hold.id, reason="no")


def test_physicians_place_no_holds(desk: MoneyDesk) -> None:
    with pytest.raises(AccessDenied):
        PlaceHold(*desk.core, desk.ids)(
            actor=A_PHYSICIAN,
            physician_id=PHYSICIAN,
            amount=dollars(1),
            category=HoldCategory.LEGAL_ORDER,
            review_until=desk.clock.now() + TEN_DAYS,
            reason="x",
        )


def test_a_hold_ends_by_itself_on_its_last_day(desk: MoneyDesk) -> None:
    place(desk, 70)
    release = ReleaseDueHolds(*desk.core)
    desk.clock.pass_by(TEN_DAYS - timedelta(seconds=1))
    assert release(actor=SYSTEM) == 0

    desk.clock.pass_by(timedelta(seconds=1))
    for _ in range(2):
        release(actor=SYSTEM)

    assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
    assert desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
    assert desk.uow.lots.all()[0].remaining == dollars(76)
    assert len(desk.uow.events_of(HoldReleased)) == 1
    assert desk.uow.audit.records[-1].reason == "the review is over"
    with pytest.raises(AccessDenied):
        release(actor=FINANCE)


def test_what_a_person_released_is_not_released_again(desk: MoneyDesk) -> None:
    hold_id = place(desk, 70)
    ReleaseHold(*desk.core)(actor=FINANCE, hold_id=hold_id, reason="explained")
    desk.clock.pass_by(TEN_DAYS)

    assert ReleaseDueHolds(*desk.core)(actor=SYSTEM) == 0


def test_a_hold_is_captured_once(desk: MoneyDesk) -> None:
    desk.request(dollars(10))
    (hold,) = desk.uow.holds.all().values()
    hold.capture(now=desk.clock.now())

    for again in (hold.capture, hold.release):
        with pytest.raises(HoldEnded):
            again(now=desk.clock.now())


@pytest.mark.parametrize("days", [-1, 0, 91])
def test_a_review_has_an_end_that_can_be_waited_for(desk: MoneyDesk, days: int) -> None:
    with pytest.raises(UnfitReviewDate):
        PlaceHold(*desk.core, desk.ids)(
            actor=FINANCE,
            physician_id=PHYSICIAN,
            amount=dollars(1),
            category=HoldCategory.LEGAL_ORDER,
            review_until=desk.clock.now() + timedelta(days=days),
            reason="x",
        )


def test_nobody_gives_back_what_is_held_of_their_own(desk: MoneyDesk) -> None:
    hold_id = place(desk, 10)

    with pytest.raises(OwnHold):
        ReleaseHold(*desk.core)(
            actor=evolve(FINANCE, physician_id=PHYSICIAN), hold_id=hold_id, reason="mine"
        )


def test_a_settlement_and_a_top_up_are_posted_once_by_their_reference(desk: MoneyDesk) -> None:
    settle, fund = RecordSettlement(desk.uow), RecordFloatFunding(*desk.core, desk.ids)
    for _ in range(2):
        settle(
            actor=FINANCE,
            received=dollars(97),
            fee=dollars(3),
            reference="po_stripe_1",
            occurred_at=desk.clock.now(),
        )
        fund(actor=FINANCE, amount=dollars(80), reference="bank_1", occurred_at=desk.clock.now())

    assert desk.balance(PROCESSOR_CLEARING) == dollars(0)
    assert desk.balance(PROCESSING) == dollars(3)
    assert desk.balance(BANK) == dollars(17)
    assert desk.balance(PAYOUT_FLOAT) == dollars(80)
    with pytest.raises(ReferenceTaken):
        fund(actor=FINANCE, amount=dollars(81), reference="bank_1", occurred_at=desk.clock.now())
