"""
Vendors at their worst: silent after the deed, busy, broken, forgetful, of two minds.

The numbers are those of docs/vendor-faults.md.
"""

from datetime import timedelta
from typing import Any

import pytest

from application.payouts.ports import PayoutGateway, PayoutInstruction
from application.payouts.settlement import SweepPayouts
from application.shared.access import SYSTEM
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import PayoutAttemptId, PayoutId, to_wire
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

LONGER_THAN_ANY_WAIT = timedelta(minutes=30)
# The processor's library repeats a call once by itself; the third time is ours.
CALLS = (
    ("stripe", "*/capture", "POST", 2),
    ("airwallex", "*/transfers/create", "POST", 1),
    ("fhir_pharmacy", "/fhir", "POST", 1),
)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            "timeout_after_commit", id="silent-after-the-deed", marks=pytest.mark.fault(7)
        ),
        pytest.param(
            "respond_500_after_commit", id="broken-after-the-deed", marks=pytest.mark.fault(15)
        ),
        pytest.param(
            "respond_500_before", id="broken-before-the-deed", marks=pytest.mark.fault(15)
        ),
        pytest.param("respond_429", id="busy", marks=pytest.mark.fault(15)),
        pytest.param("truncated_body", id="half-an-answer", marks=pytest.mark.fault(15)),
        pytest.param("token_expired", id="token-expired", marks=pytest.mark.fault(15)),
    ],
)
def test_whatever_a_vendor_answers_it_is_done_once(house: House, fault: str) -> None:
    patient, physician = house.patient(), house.moreau
    before = house.available(physician)
    scripted = [
        house.fault(vendor, fault, times=times, match={"path": path, "method": method}, seconds=0.2)
        for vendor, path, method, times in CALLS
        # The processor is called with a key, which does not expire.
        if (vendor, fault) != ("stripe", "token_expired")
    ]

    consultation_id, prescription_id = house.prescribed(patient, physician)
    house.wait_until_supplied(patient, prescription_id)
    eventually(lambda: house.available(physician) > before, "the physician has earned")
    payout_id = house.withdraw(physician, house.available(physician) - before)
    for number in scripted:
        house.wait_until_struck(number)
    house.settle()
    with house.later(LONGER_THAN_ANY_WAIT) as container:
        container.resolve(SweepPayouts)(actor=SYSTEM)
    house.wait_until_paid(payout_id)

    payment = house.payment_of(consultation_id)
    assert _captured(house, payment.reference) == 1
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    _assert_one_transfer(house, payout_id)
    house.assert_sound()


@pytest.mark.fault(7)
def test_a_payout_that_is_refused_as_a_duplicate_is_the_first_one(house: House) -> None:
    payout_id = _paid_out(house)
    (row,) = house.rows(
        "select payout_attempt.id, beneficiary, amount_minor from payout_attempt"
        " join payout on payout.id = payout_id where payout_id = :id",
        id=payout_id,
    )
    instruction = PayoutInstruction(
        payout_id=payout_id,
        attempt_id=PayoutAttemptId(row.id),
        beneficiary=row.beneficiary,
        amount=house.payout(payout_id).amount,
    )

    again = house.use(PayoutGateway).submit(instruction)

    assert again.reference == house.payout(payout_id).reference
    _assert_one_transfer(house, payout_id)


@pytest.mark.fault(5, 12)
def test_a_bank_that_sends_the_money_back_fills_the_wallet_again(house: House) -> None:
    before = house.available(house.moreau)
    payout_id = _paid_out(house)
    amount = house.payout(payout_id).amount

    _move(house, payout_id, "FAILED")
    eventually(lambda: house.payout(payout_id).status is PayoutStatus.RETURNED, "the money is back")
    _tell_again(house, payout_id, "PAID")
    house.settle()

    assert house.payout(payout_id).status is PayoutStatus.RETURNED
    assert house.available(house.moreau) == before + amount
    assert house.postings_of(to_wire("payout", payout_id)) == [
        "payout_paid",
        "payout_requested",
        "payout_returned",
        "payout_submitted",
    ]
    house.assert_sound()


@pytest.mark.fault(15)
def test_a_vendor_that_forgets_every_token_is_signed_in_to_again(house: House) -> None:
    payout_id = _paid_out(house)

    house.control("airwallex/expire_tokens")
    with house.later(LONGER_THAN_ANY_WAIT) as container:
        container.resolve(SweepPayouts)(actor=SYSTEM)

    assert house.payout(payout_id).status is PayoutStatus.PAID


def _paid_out(house: House) -> PayoutId:
    payout_id = house.withdraw(house.moreau, house.earned(house.moreau))
    house.wait_until_paid(payout_id)
    return payout_id


def _move(house: House, payout_id: PayoutId, status: str) -> None:
    (transfer,) = _transfers(house, payout_id)
    house.control("airwallex/move_transfer", transfer_id=transfer["id"], next_status=status)


def _tell_again(house: House, payout_id: PayoutId, status: str) -> None:
    (transfer,) = _transfers(house, payout_id)
    house.control("airwallex/send_stale_transfer_event", transfer_id=transfer["id"], status=status)


def _transfers(house: House, payout_id: PayoutId) -> list[Any]:
    reference = to_wire("payout", payout_id)
    return [
        each for each in house.vendor("airwallex", "transfer") if each["reference"] == reference
    ]


def _captured(house: House, reference: str) -> int:
    return sum(
        charge["payment_intent"] == reference and charge["captured"]
        for charge in house.vendor("stripe", "charge")
    )


def _assert_one_transfer(house: House, payout_id: PayoutId) -> None:
    assert len(_transfers(house, payout_id)) == 1
    assert house.postings_of(to_wire("payout", payout_id)) == [
        "payout_paid",
        "payout_requested",
        "payout_submitted",
    ]
