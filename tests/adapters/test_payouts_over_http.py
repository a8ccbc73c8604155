"""
Payouts at the played partner, over HTTP, with a real database: faults by number.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from application.payouts.settlement import ResumePayoutsOf
from application.shared.access import SYSTEM
from domain.ledger.chart import (
    PAYOUT_FEES,
    PAYOUTS_IN_TRANSIT,
    wallet_available,
    wallet_held,
)
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import PayoutAccountStatus
from domain.shared.errors import DomainError
from domain.shared.ids import PayoutId
from tests.adapters.money_house import House, open_house
from tests.fakes.money import PHYSICIAN, dollars


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with open_house(database_url) as house:
        house.earn()
        house.be_payable()
        yield house


def submit(house: House, payout_id: PayoutId) -> None:
    house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)


def transfers(house: House) -> list[dict[str, Any]]:
    return list(house.airwallex.get("/transfers")["items"])


def account(house: House) -> tuple[str, PayoutAccountStatus]:
    with house.desk.uow as uow:
        found = uow.payout_accounts.of_physician(PHYSICIAN)
    assert found is not None
    assert found.reference is not None
    return found.reference, found.status


def become(house: House, status: str) -> None:
    """The partner thinks otherwise of the physician, and says so."""
    reference, _ = account(house)
    house.world.control("airwallex/set_account_status", account_id=reference, status=status)
    house.take_webhooks()


def later(house: House) -> None:
    house.desk.clock.pass_by(timedelta(hours=1))
    house.desk.sweep_payouts(actor=SYSTEM)


@pytest.mark.fault(6)
def test_a_stale_message_about_the_account_does_not_revoke_it(house: House) -> None:
    reference, before = account(house)
    house.world.control(
        "airwallex/send_stale_account_event", account_id=reference, name="suspended"
    )

    house.take_webhooks()

    assert before is PayoutAccountStatus.ACTIVE
    assert account(house)[1] is PayoutAccountStatus.ACTIVE
    submit(house, payout_id := house.desk.request(dollars(50)))
    assert house.payout(payout_id).status is PayoutStatus.SUBMITTED


@pytest.mark.fault(10)
def test_of_a_batch_that_died_midway_each_is_sent_once(house: House) -> None:
    sent, unanswered, untouched = (house.desk.request(dollars(20)) for _ in range(3))
    submit(house, sent)
    house.world.fault(
        "airwallex", "respond_500_after_commit", match={"path": "/api/v1/transfers/create"}
    )
    submit(house, unanswered)
    # Here the worker died; nobody ever came to the third.
    at_death = [house.payout(each).status for each in (sent, unanswered, untouched)]

    for _ in range(2):
        later(house)

    assert at_death == [PayoutStatus.SUBMITTED, PayoutStatus.UNKNOWN, PayoutStatus.REQUESTED]
    for payout_id in (sent, unanswered, untouched):
        assert house.payout(payout_id).status is PayoutStatus.SUBMITTED
    assert len(transfers(house)) == 3
    house.assert_books_hold()


@pytest.mark.fault(10)
def test_a_failed_one_that_is_sent_twice_is_one_more_transfer(house: House) -> None:
    submit(house, failed := house.desk.request(dollars(50)))
    house.move(failed, "PROCESSING", "SENT", "FAILED")
    house.take_webhooks()
    again = house.desk.request(dollars(50))

    for payout_id in (failed, again, again, failed):
        submit(house, payout_id)
    house.take_webhooks()

    assert house.payout(failed).status is PayoutStatus.FAILED
    assert house.payout(again).status is PayoutStatus.SUBMITTED
    assert len(transfers(house)) == 2
    house.assert_books_hold()


@pytest.mark.fault(14)
def test_one_that_is_overdue_waits_and_one_whose_funding_is_reversed_comes_back(
    house: House,
) -> None:
    submit(house, payout_id := house.desk.request(dollars(50)))
    house.move(payout_id, "OVERDUE")
    house.take_webhooks()
    while_overdue = house.payout(payout_id).status, house.desk.balance(PAYOUTS_IN_TRANSIT)
    house.assert_books_hold()

    house.move(payout_id, "PROCESSING")
    house.world.control("airwallex/reverse_funding", transfer_id=house.payout(payout_id).reference)
    house.take_webhooks()

    assert while_overdue == (PayoutStatus.SUBMITTED, dollars(50))
    assert house.payout(payout_id).status is PayoutStatus.FAILED
    assert house.desk.balance(PAYOUTS_IN_TRANSIT) == dollars(0)
    assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
    house.assert_books_hold()


@pytest.mark.fault(17)
def test_an_account_suspended_since_the_request_is_paid_when_it_is_cleared_again(
    house: House,
) -> None:
    payout_id = house.desk.request(dollars(50))
    become(house, "SUSPENDED")

    submit(house, payout_id)
    later(house)
    suspended = len(transfers(house)), house.desk.balance(wallet_held(PHYSICIAN))
    become(house, "ACTIVE")
    ResumePayoutsOf(house.desk.uow)(actor=SYSTEM, physician_id=PHYSICIAN)
    later(house)

    assert suspended == (0, dollars(50))
    assert house.payout(payout_id).status is PayoutStatus.SUBMITTED
    assert len(transfers(house)) == 1


@pytest.mark.fault(17)
def test_checks_that_bounce_stop_and_start_payouts_again(house: House) -> None:
    for status in ("ACTION_REQUIRED", "ACTIVE", "ACTION_REQUIRED"):
        become(house, status)
    with pytest.raises(DomainError):
        house.desk.request(dollars(50))

    become(house, "ACTIVE")

    submit(house, payout_id := house.desk.request(dollars(50)))
    assert house.payout(payout_id).status is PayoutStatus.SUBMITTED
    house.assert_books_hold()


@pytest.mark.fault(18)
def test_the_fee_that_was_taken_is_booked_and_not_the_one_that_was_expected(house: House) -> None:
    submit(house, usual := house.desk.request(dollars(20)))
    house.world.fault("airwallex", "transfer_fee_differs", amount="2.50")
    submit(house, dearer := house.desk.request(dollars(20)))
    for payout_id in (usual, dearer):
        house.move(payout_id, "PROCESSING", "SENT", "PAID")

    house.take_webhooks()

    fees = [house.payout(payout_id).fee for payout_id in (usual, dearer)]
    assert fees[0] is not None
    assert fees[1] == fees[0] + dollars(2, 50)
    taken = fees[0] + fees[1]
    assert house.desk.balance(PAYOUT_FEES) == taken
    house.assert_books_hold()
