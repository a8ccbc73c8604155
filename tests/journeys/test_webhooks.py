"""
Vendors' messages: again and again, too early, out of order, odd, and forged.

The numbers are those of docs/vendor-faults.md.
"""

import hashlib
import hmac
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from domain.shared.ids import to_wire
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

VENDORS = ("stripe", "airwallex", "fhir_pharmacy")


@pytest.mark.fault(2)
def test_the_same_message_ten_times_has_one_effect(house: House) -> None:
    consultation_id = house.treated(house.patient(), house.moreau)
    house.settle()
    payment = house.payment_of(consultation_id)
    delivery = house.deliveries("stripe", "payment_intent.succeeded")[0]

    with ThreadPoolExecutor(max_workers=5) as pool:
        resend = f"deliveries/{delivery['id']}/resend"
        answers = list(pool.map(lambda _: house.control(resend), range(10)))

    assert answers == [{"acknowledged": True}] * 10
    house.assert_sound()
    kept = house.rows(
        "select reference, status, attempts from webhook where event_id = :id",
        id=delivery["event_id"],
    )
    assert [(row.reference, row.status, row.attempts) for row in kept] == [
        (payment.reference, "done", 1)
    ]
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    assert _events(house, consultation_id, "PaymentCaptured") == 1


@pytest.mark.fault(2)
def test_a_new_message_of_the_same_fact_has_no_effect(house: House) -> None:
    house.fault("stripe", "webhook_new_id_same_fact", times=9, match={"event": "payment_intent.*"})
    consultation_id = house.treated(house.patient(), house.moreau)
    payment = house.payment_of(consultation_id)
    eventually(
        lambda: (
            house.one(
                "select count(*) from webhook where reference = :reference"
                " and kind = 'payment_intent.succeeded' and status = 'done'",
                reference=payment.reference,
            )
            == 2
        ),
        "both messages are worked on",
    )

    house.assert_sound()
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(
            {"webhook_before_response": 99}, id="before-our-commit", marks=pytest.mark.fault(1)
        ),
        # Of those that are held back, the last is let go first.
        pytest.param(
            {"webhook_duplicate": 99, "webhook_shuffle": 6},
            id="twice-and-shuffled",
            marks=pytest.mark.fault(2),
        ),
        pytest.param(
            {"webhook_unknown_event": 99, "webhook_missing_amount": 99},
            id="of-unknown-kinds-and-without-amounts",
            marks=pytest.mark.fault(16),
        ),
    ],
)
def test_messages_at_their_worst_change_nothing(house: House, faults: dict[str, int]) -> None:
    for vendor in VENDORS:
        for fault, times in faults.items():
            house.fault(vendor, fault, times=times, seconds=0.3)
    patient, physician = house.patient(), house.moreau

    before = house.available(physician)
    consultation_id, prescription_id = house.prescribed(patient, physician)
    house.wait_until_supplied(patient, prescription_id)
    payout_id = house.withdraw(physician, house.available(physician) - before)
    house.wait_until_paid(payout_id)

    payment = house.payment_of(consultation_id)
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    assert len(house.postings_of(to_wire("payout", payout_id))) == 3
    house.assert_sound()


@pytest.mark.fault(16)
@pytest.mark.parametrize("how", ["other secret", "an hour old", "written anew", "not signed"])
def test_a_message_that_is_not_the_vendors_is_refused_and_not_kept(house: House, how: str) -> None:
    secret = house.platform.environment.get("STRIPE_WEBHOOK_SECRET", "whsec_scripted")
    event_id = f"evt_{secrets.token_hex(8)}"
    body = json.dumps(
        {
            "id": event_id,
            "type": "payment_intent.succeeded",
            "data": {"object": {"id": "pi_forged"}},
        }
    ).encode()
    at = int(time.time()) - (3600 if how == "an hour old" else 0)
    key = "whsec_other" if how == "other secret" else secret
    signature = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {} if how == "not signed" else {"Stripe-Signature": f"t={at},v1={signature}"}
    sent = body.replace(b" ", b"") if how == "written anew" else body

    answer = house.http.post(
        f"{house.platform.api_url}/webhooks/stripe", content=sent, headers=headers
    )

    assert 400 <= answer.status_code < 500
    assert house.one("select count(*) from webhook where event_id = :id", id=event_id) == 0


def test_a_genuine_message_of_no_concern_is_kept_and_done(house: House) -> None:
    answer, event_id = _genuine(house, kind="customer.created", thing={"id": "cus_1"})

    assert answer.status_code == 200
    eventually(
        lambda: house.one("select status from webhook where event_id = :id", id=event_id) == "done",
        "it is worked on",
    )


def test_a_genuine_message_that_cannot_be_read_is_refused(house: House) -> None:
    answer, event_id = _genuine(house, kind="payment_intent.succeeded", thing={})

    assert answer.status_code in {400, 422}
    assert house.one("select count(*) from webhook where event_id = :id", id=event_id) == 0


def test_nobody_else_sends_messages_here(house: House) -> None:
    answer = house.http.post(f"{house.platform.api_url}/webhooks/paypal", content=b"{}")

    assert answer.status_code == 404


def _genuine(house: House, *, kind: str, thing: dict[str, str]) -> tuple[httpx.Response, str]:
    secret = house.platform.environment.get("STRIPE_WEBHOOK_SECRET", "whsec_scripted")
    event_id = f"evt_{secrets.token_hex(8)}"
    body = json.dumps({"id": event_id, "type": kind, "data": {"object": thing}}).encode()
    at = int(time.time())
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    answer = house.http.post(
        f"{house.platform.api_url}/webhooks/stripe",
        content=body,
        headers={"Stripe-Signature": f"t={at},v1={signature}"},
    )
    return answer, event_id


def _events(house: House, consultation_id: object, kind: str) -> int:
    count: int = house.one(
        "select count(*) from event where consultation_id = :id and type = :kind",
        id=consultation_id,
        kind=kind,
    )
    return count
