"""
Money that goes to the bank by itself: the worker's clock, the vendor over HTTP, nobody asking.
"""

import pytest

from application.payouts.schedules import ChoosePayoutSchedule
from domain.payouts.payout import PayoutStatus
from domain.payouts.schedule import Cadence, Rhythm
from domain.shared.ids import PayoutId, to_wire
from entrypoints.seeding.clinic import own_physician
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]


def test_an_amount_that_is_reached_is_paid_out_once_by_the_worker_itself(house: House) -> None:
    physician_id = own_physician(house.okafor)
    house.earned(house.okafor)
    available = house.available(house.okafor)
    choose = house.use(ChoosePayoutSchedule)

    choose(
        actor=house.okafor,
        physician_id=physician_id,
        currency=available.currency,
        rhythm=Rhythm(cadence=Cadence.MINIMUM, minimum=available),
    )
    try:
        eventually(lambda: _made(house) != [], "the worker asks for a payout", patience=75)
        (payout_id,) = _made(house)
        house.wait_until_paid(payout_id)
    finally:
        choose(
            actor=house.okafor,
            physician_id=physician_id,
            currency=available.currency,
            rhythm=Rhythm(),
        )

    paid = house.payout(payout_id)
    assert (paid.amount, paid.status, paid.scheduled) == (available, PayoutStatus.PAID, True)
    assert house.postings_of(to_wire("payout", payout_id)) == [
        "payout_paid",
        "payout_requested",
        "payout_submitted",
    ]
    assert not house.available(house.okafor)
    house.assert_sound()


def _made(house: House) -> list[PayoutId]:
    rows = house.rows("select id from payout where occasion is not null")
    return [PayoutId(row.id) for row in rows]
