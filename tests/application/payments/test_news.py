"""
What patients hear of payments that came to nothing.
"""

from uuid import UUID

import pytest

from adapters.message_templates.shipped import ShippedTemplates
from application.notifications.ports import Contact
from application.notifications.telling import Notify
from application.payments.news import TellOfLapsedPayment
from application.payments.ports import Stage
from application.shared.access import SYSTEM, AccessDenied
from domain.notifications import Channel
from domain.shared.contact import EmailAddress
from domain.shared.ids import PaymentId, UserId
from tests.fakes.clock import SequentialIds
from tests.fakes.money import A_PATIENT, CONSULTATION, PATIENT, MoneyDesk

PAYMENT = PaymentId(UUID(int=77))


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.uow.address_book.patients[PATIENT] = Contact(
        user_id=UserId(UUID(int=78)),
        name="",
        email=EmailAddress("amelia@example.com"),
        locale="en",
        time_zone="UTC",
    )
    return desk


def tell(desk: MoneyDesk) -> list[str]:
    notify = Notify(
        desk.uow, ShippedTemplates(portal_url="https://care.test"), desk.clock, SequentialIds()
    )
    for _ in range(2):
        TellOfLapsedPayment(desk.consultations, notify)(
            actor=SYSTEM, consultation_id=CONSULTATION, payment_id=PAYMENT
        )
    return [one.template for one in desk.uow.notifications.all() if one.channel is Channel.EMAIL]


def test_who_can_still_pay_is_told_once(desk: MoneyDesk) -> None:
    desk.consultations.change(CONSULTATION, stage=Stage.UNPAID)

    assert tell(desk) == ["payment_lapsed"]


def test_who_called_it_off_is_not(desk: MoneyDesk) -> None:
    desk.consultations.change(CONSULTATION, stage=Stage.CANCELLED)

    assert tell(desk) == []


def test_is_the_platforms_alone(desk: MoneyDesk) -> None:
    notify = Notify(
        desk.uow, ShippedTemplates(portal_url="https://care.test"), desk.clock, SequentialIds()
    )

    with pytest.raises(AccessDenied):
        TellOfLapsedPayment(desk.consultations, notify)(
            actor=A_PATIENT, consultation_id=CONSULTATION, payment_id=PAYMENT
        )
