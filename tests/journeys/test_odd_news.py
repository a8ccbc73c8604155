"""
What pharmacies and mail servers do that nobody asked for, through the whole platform.
"""

import pytest

from application.identity.queries import ViewAccount
from application.orders.queries import ListOrdersNeedingAttention
from application.orders.tracking import SettleAttention
from application.shared.access import Actor
from domain.orders.fulfilment import AttentionReason
from domain.orders.pharmacy import Network
from domain.shared.ids import OrderId
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]


@pytest.mark.fault(19)
def test_a_medicine_that_is_handed_out_twice_is_told_to_the_patient_and_settled_by_staff(
    house: House,
) -> None:
    patient = house.patient()
    _, prescription_id = house.prescribed(patient, house.moreau)
    house.wait_until_supplied(patient, prescription_id)
    (order,) = house.clinic.orders_of(patient, prescription_id)
    assert order.pharmacy is not None

    if order.pharmacy.network is Network.PHOTON:
        house.control("photon/dispense_again", external_id=str(order.order_id))
    else:
        house.control("fhir_pharmacy/dispense_again", identifier=f"{order.order_id}.1")

    address = house.address_of(patient)
    eventually(lambda: _letters(house, address) == 1, "the patient is told")
    staff = house.day.operator
    assert _attention(house, staff, order.order_id) is AttentionReason.DISPENSED_TWICE
    house.use(SettleAttention)(
        actor=staff,
        order_id=order.order_id,
        attention=AttentionReason.DISPENSED_TWICE,
        reason="The second was never collected.",
    )
    assert _attention(house, staff, order.order_id) is None
    house.settle()
    assert _letters(house, address) == 1


@pytest.mark.fault(20)
def test_an_address_whose_letters_come_back_is_marked(house: House) -> None:
    patient = house.patient()
    user_id = patient.user_id
    assert user_id is not None
    house.fault("mail", "mail_bounce", match={"to": house.address_of(patient)}, seconds=0.2)

    house.treated(patient, house.moreau)

    eventually(
        lambda: house.use(ViewAccount)(actor=patient, user_id=user_id).email_bounced_at is not None,
        "the account is marked",
    )


def _letters(house: House, address: str) -> int:
    return sum("handed out more than once" in one["text"] for one in house.mail_to(address))


def _attention(house: House, staff: Actor, order_id: OrderId) -> AttentionReason | None:
    page = house.use(ListOrdersNeedingAttention)(actor=staff, limit=100)
    return next((one.attention for one in page.items if one.order_id == order_id), None)
