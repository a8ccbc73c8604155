"""
Vendors that go away and come back, and processes that run twice side by side.
"""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from application.notifications.delivery import DeliverDueNotifications
from application.shared.access import SYSTEM
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import PayoutId, from_wire, to_wire
from entrypoints.cli.free_ports import free_port
from entrypoints.seeding import cast, scripts
from entrypoints.seeding.clinic import own_physician
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]


@pytest.fixture(scope="module")
def doubled(shared_house: House) -> Iterator[str]:
    """The clinic with a second worker and a second API; gives the second API's address."""
    house, port = shared_house, free_port()
    house.start("worker", "second-worker")
    house.platform.start("api", "second-api", SCRIPTED_API_PORT=str(port))
    address = f"http://127.0.0.1:{port}"
    house.platform.wait_for(f"{address}/readyz")
    yield address
    house.stop("second-api")
    house.stop("second-worker")


def test_a_journey_finishes_by_itself_when_the_vendors_are_back(house: House) -> None:
    payout_id = house.withdraw(house.okafor, house.earned(house.okafor))
    eventually(
        lambda: house.payout(payout_id).status is not PayoutStatus.REQUESTED, "the payout is sent"
    )
    patient = house.patient()
    consultation_id = house.waiting(patient)
    house.settle()

    house.stop("sandbox")
    house.clinic.claim(house.moreau, consultation_id)
    house.clinic.examine(house.moreau, consultation_id, scripts.MIGRAINE_NOTE)
    prescription_id = house.clinic.prescribe(house.moreau, consultation_id, scripts.SUMATRIPTAN)
    eventually(
        lambda: (
            house.one(
                "select count(*) from reaction where status = 'pending' and attempts > 1"
                " and name in ('CapturePayment', 'SendOrder')"
            )
            == 2
        ),
        "both vendors were asked in vain",
    )
    at_rest = house.payment_of(consultation_id).status
    house.start("sandbox")
    house.platform.wait_for(f"{house.platform.sandbox_url}/_sandbox/health")

    house.wait_until_supplied(patient, prescription_id)
    house.wait_until_paid(payout_id)
    payment = house.payment_of(consultation_id)
    assert (at_rest, payment.status) == ("authorised", "captured")
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    house.assert_sound()


def test_letters_wait_for_the_mail_server(house: House) -> None:
    patient = house.patient()
    # Nothing but a letter follows when this one is claimed.
    consultation_id = house.waiting(patient, "repeat-prescription")
    house.settle()
    address = house.address_of(patient)

    house.stop("sandbox")
    house.clinic.claim(house.moreau, consultation_id)
    eventually(
        lambda: (
            house.one(
                "select count(*) from notification where template = 'consultation_claimed'"
                " and channel = 'email' and status = 'pending' and attempts > 0"
                " and data->>'consultation' = :id",
                id=to_wire("consultation", consultation_id),
            )
            == 1
        ),
        "the letter is put off",
    )
    house.start("sandbox")
    house.platform.wait_for(f"{house.platform.sandbox_url}/_sandbox/health")
    with house.later(timedelta(hours=1)) as container:
        container.resolve(DeliverDueNotifications)(actor=SYSTEM)

    subjects = [letter["subject"] for letter in house.mail_to(address)]
    assert subjects.count("A physician is looking after you.") == 1
    house.assert_sound()


def test_two_workers_share_the_work_and_do_each_thing_once(house: House, doubled: str) -> None:
    before = house.one("select coalesce(max(sequence), 0) from event")
    patients = [house.patient() for _ in range(4)]
    ways = [house.prescribed(patient, house.moreau) for patient in patients]
    for patient, (_, prescription_id) in zip(patients, ways, strict=True):
        house.wait_until_supplied(patient, prescription_id)
    house.assert_sound()

    for consultation_id, _ in ways:
        payment = house.payment_of(consultation_id)
        assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    doubly = house.rows(
        "select notification.cause, template, channel, count(*) from notification"
        " group by user_id, notification.cause, template, channel having count(*) > 1"
    )
    assert doubly == []
    jobs = house.rows(
        "select count(*) from procrastinate_jobs join event"
        " on event.id = (args->>'event_id')::uuid"
        " where task_name = 'react' and event.sequence > :before"
        " group by event.id, args->>'name' having count(*) > 1",
        before=before,
    )
    assert jobs == []
    assert len(house.rows("select id from procrastinate_workers")) >= 2


def test_two_apis_give_the_same_withdrawal_one_answer(house: House, doubled: str) -> None:
    amount = house.earned(house.moreau)
    before = house.available(house.moreau)
    answer = house.http.post(
        f"{doubled}/v1/sessions", json={"email": cast.MOREAU.email, "password": cast.PASSWORD}
    )
    headers = {
        "Authorization": f"Bearer {answer.json()['token']}",
        "Idempotency-Key": secrets.token_hex(8),
    }
    path = f"/v1/physicians/{to_wire('physician', own_physician(house.moreau))}/payouts"
    body = {"amount": {"amount": amount.minor, "currency": amount.currency.code}}

    def ask(number: int) -> httpx.Response:
        api = (house.platform.api_url, doubled)[number % 2]
        return house.http.post(api + path, json=body, headers=headers)

    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = list(pool.map(ask, range(10)))

    made = {answer.json()["payout_id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert ask(0).json()["payout_id"] in made
    assert ask(1).headers["Idempotent-Replayed"] == "true"
    assert house.available(house.moreau) == before - amount
    house.wait_until_paid(PayoutId(from_wire("payout", made.pop())))
    house.assert_sound()
