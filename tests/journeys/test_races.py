"""
Several at once, through the use cases that people use: one wins, the others are told so.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from application.consultations.assignment import ClaimConsultation
from application.scheduling.booking import HoldSlot
from application.scheduling.queries import FindSlots
from application.shared.access import Actor
from domain.shared.errors import DomainError
from domain.shared.ids import PayoutId, to_wire
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from entrypoints.seeding import scripts
from entrypoints.seeding.clinic import own_physician
from tests.journeys.house import House

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

Answer = TypeVar("Answer")
CALLERS = 50


@pytest.mark.fault(9)
def test_fifty_withdrawals_of_most_of_one_balance_pay_one(house: House) -> None:
    house.earned(house.moreau)
    before = house.available(house.moreau)
    most = Money(before.minor * 6 // 10, before.currency)

    won, refused = _at_once([lambda: house.withdraw(house.moreau, most)] * CALLERS)

    assert refused == {"InsufficientFunds": CALLERS - 1}
    (payout_id,) = won
    assert house.available(house.moreau) == before - most
    house.wait_until_paid(PayoutId(payout_id))
    asked = house.one(
        "select count(*) from payout where physician_id = :id and status <> 'paid'"
        " and status <> 'returned'",
        id=own_physician(house.moreau),
    )
    assert asked == 0
    house.assert_sound()


def test_two_patients_who_want_one_time_do_not_share_it(house: House) -> None:
    service_id = house.day.services["video-visit"]
    patients = [house.patient() for _ in range(2)]
    visits = [house.clinic.begin(one, service_id, scripts.VISIT_ANSWERS) for one in patients]
    slot = house.use(FindSlots)(
        actor=patients[0], service_id=service_id, place=Jurisdiction("AU-NSW"), limit=1
    )[0]

    def take(number: int) -> Callable[[], object]:
        return lambda: house.use(HoldSlot)(
            actor=patients[number],
            consultation_id=visits[number],
            physician_id=slot.physician_id,
            start_at=slot.start_at,
        )

    won, refused = _at_once([take(0), take(1)])

    assert (len(won), refused) == (1, {"SlotTaken": 1})
    kept = house.one(
        "select count(*) from appointment where status = 'held' and physician_id = :physician"
        " and start_at = :start",
        physician=slot.physician_id,
        start=slot.start_at,
    )
    assert kept == 1


def test_two_physicians_who_want_one_patient_do_not_share_them(house: House) -> None:
    consultation_id = house.waiting(house.patient())

    def claim(physician: Actor) -> Callable[[], object]:
        return lambda: house.use(ClaimConsultation)(
            actor=physician, consultation_id=consultation_id
        )

    won, refused = _at_once([claim(house.moreau), claim(house.okafor)] * 5)

    # One's own is claimed as often as wanted.
    assert (len(won), refused) == (5, {"AlreadyClaimed": 5})
    claims = house.one(
        "select count(*) from event where type = 'ConsultationClaimed' and consultation_id = :id",
        id=consultation_id,
    )
    assert claims == 1
    house.assert_sound()
    payment = house.payment_of(consultation_id)
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]


def _at_once(calls: list[Callable[[], Answer]]) -> tuple[list[Answer], Counter[str]]:
    """What came of calls that begin together: answers, and refusals by their class."""
    begin = Barrier(len(calls))
    won: list[Answer] = []
    refused: Counter[str] = Counter()

    def run(call: Callable[[], Answer]) -> None:
        begin.wait()
        try:
            won.append(call())
        except DomainError as refusal:
            refused[type(refusal).__name__] += 1

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        list(pool.map(run, calls))
    return won, refused
