"""
Vendors' messages that are genuine and still odd: spelt otherwise, for somebody else, signed twice.

The numbers are those of docs/vendor-faults.md.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from application.payments.settlement import SweepPayments
from application.shared.access import SYSTEM
from application.webhooks.queries import ListWebhooks
from application.workflow.dead_letters import ListDeadWebhooks, ReviveWebhook
from domain.shared.ids import WebhookId, to_wire
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

LONGER_THAN_ANY_WAIT = timedelta(minutes=30)
HOUR = 3_600


@pytest.fixture
def looked_after(house: House) -> Iterator[House]:
    """The clinic, in which a person has seen to what was given up by the end of the test."""
    yield house
    with house.platform.container.engine.begin() as connection:
        connection.execute(text("update webhook set status = 'done' where status = 'dead'"))


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(("webhook_camel_case",), id="in-camel-case"),
        pytest.param(("webhook_data_object", "webhook_wrong_account"), id="wrapped-and-misnamed"),
    ],
)
def test_however_the_partner_spells_it_the_physician_is_paid_once(
    house: House, faults: tuple[str, ...]
) -> None:
    for fault in faults:
        house.fault("airwallex", fault, times=99)
    if "webhook_camel_case" in faults:
        house.fault("stripe", "webhook_camel_case", times=99)
    amount = house.earned(house.moreau)

    payout_id = house.withdraw(house.moreau, amount)
    house.wait_until_paid(payout_id)

    assert house.postings_of(to_wire("payout", payout_id)) == [
        "payout_paid",
        "payout_requested",
        "payout_submitted",
    ]
    house.assert_sound()


@pytest.mark.fault(16)
@pytest.mark.parametrize("stray", ["account", "environment"])
def test_what_is_meant_for_somebody_else_goes_to_a_person_and_moves_nothing(
    looked_after: House, stray: str
) -> None:
    house = looked_after
    patient = house.patient()
    consultation_id = house.submitted(patient)
    house.fault(
        "stripe",
        f"webhook_wrong_{stray}",
        match={"event": "payment_intent.amount_capturable_updated"},
    )
    house.begin_to_pay(patient, consultation_id)
    reference = house.payment_of(consultation_id).reference

    eventually(
        lambda: (
            reference
            in [
                each.reference
                for each in house.use(ListDeadWebhooks)(actor=house.day.operator).items
                if f"another {stray}" in (each.last_error or "") and each.attempts == 1
            ]
        ),
        "operations sees the message",
    )
    with house.later(LONGER_THAN_ANY_WAIT) as container:
        container.resolve(SweepPayments)(actor=SYSTEM)
    house.wait_until_waiting(patient, consultation_id)


@pytest.mark.fault(16)
def test_while_a_secret_is_replaced_messages_are_still_believed(house: House) -> None:
    ours = house.platform.environment.get("STRIPE_WEBHOOK_SECRET", "whsec_scripted")
    house.control("stripe/rotate_webhook_secret", secret="whsec_newer", overlap_seconds=HOUR)
    try:
        consultation_id = house.waiting(house.patient())
        delivery = house.deliveries("stripe", "payment_intent.amount_capturable_updated")[0]
    finally:
        house.control("stripe/rotate_webhook_secret", secret=ours, overlap_seconds=HOUR)

    assert delivery["status"] == "delivered"
    kept = house.one(
        "select count(*) from webhook where reference = :reference and event_id = :event",
        reference=house.payment_of(consultation_id).reference,
        event=delivery["event_id"],
    )
    assert kept == 1


@pytest.mark.fault(2)
def test_a_message_that_operations_acts_on_again_has_no_second_effect(house: House) -> None:
    consultation_id = house.treated(house.patient(), house.moreau)
    house.settle()
    payment = house.payment_of(consultation_id)
    told = house.use(ListWebhooks)(
        actor=house.day.operator, vendor="stripe", reference=payment.reference
    ).items
    assert len(told) > 1

    for each in told:
        house.use(ReviveWebhook)(actor=house.day.operator, webhook_id=WebhookId(each.webhook_id))
    house.settle()

    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    house.assert_sound()
