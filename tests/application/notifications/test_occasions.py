from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.message_templates.shipped import ShippedTemplates
from application.notifications.occasions import (
    TellOfMessage,
    TellOfOddOrder,
    TellOfOrder,
    TellOfPay,
    TellPatient,
    TellPhysician,
    TellStaff,
)
from application.notifications.ports import Contact
from application.notifications.telling import Notify
from application.reactions import REACTIONS
from application.shared.access import SYSTEM
from domain.commission.events import PayTermsStay, PayTermsWillChange
from domain.consultations.outcome import MessageSender
from domain.identity.role import Role
from domain.notifications import Channel, Notification
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.payments.events import RefundSucceeded
from domain.shared.contact import EmailAddress
from domain.shared.ids import (
    CommissionPlanId,
    ConsultationId,
    FundingRequestId,
    MessageId,
    OrderId,
    PatientId,
    PaymentId,
    PhysicianId,
    PrescriptionId,
    RefundId,
    UserId,
    to_wire,
)
from domain.shared.money import Money
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.unit_of_work import FakeUnitOfWork

CONSULTATION = ConsultationId(UUID(int=1))
PATIENT = PatientId(UUID(int=2))
PHYSICIAN = PhysicianId(UUID(int=3))
ORDER = OrderId(UUID(int=4))
PRESCRIPTION = PrescriptionId(UUID(int=5))
MESSAGE = MessageId(UUID(int=6))
AT = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def a_contact(number: int) -> Contact:
    return Contact(
        user_id=UserId(UUID(int=number)),
        name="",
        email=EmailAddress("someone@example.com"),
        locale="en",
        time_zone="UTC",
    )


@pytest.fixture
def uow() -> FakeUnitOfWork:
    uow = FakeUnitOfWork()
    uow.address_book.patients[PATIENT] = a_contact(12)
    uow.address_book.consultations[CONSULTATION] = a_contact(12)
    uow.address_book.physicians[PHYSICIAN] = a_contact(13)
    return uow


@pytest.fixture
def notify(uow: FakeUnitOfWork) -> Notify:
    return Notify(
        uow, ShippedTemplates(portal_url="https://care.test"), FixedClock(), SequentialIds()
    )


def told(uow: FakeUnitOfWork) -> list[Notification]:
    return [one for one in uow.notifications.all() if one.channel is Channel.PORTAL]


class TestTellPatient:
    def test_names_the_thing_and_the_time(self, uow: FakeUnitOfWork, notify: Notify) -> None:
        TellPatient(notify)(
            actor=SYSTEM,
            template="promise_broken",
            patient_id=PATIENT,
            consultation_id=CONSULTATION,
            promised_by=AT,
        )

        (one,) = told(uow)
        assert one.data == {
            "consultation": to_wire("consultation", CONSULTATION),
            "promised_by": AT.isoformat(),
        }

    def test_finds_the_patient_of_a_consultation(self, uow: FakeUnitOfWork, notify: Notify) -> None:
        TellPatient(notify)(actor=SYSTEM, template="refund_succeeded", consultation_id=CONSULTATION)

        assert [one.user_id for one in told(uow)] == [UUID(int=12)]

    def test_each_of_several_refunds_is_told(self, uow: FakeUnitOfWork, notify: Notify) -> None:
        for number in (1, 2, 2):
            event = RefundSucceeded(
                refund_id=RefundId(UUID(int=number)),
                payment_id=PaymentId(UUID(int=9)),
                consultation_id=CONSULTATION,
                amount=Money.of(500, "AUD"),
                occurred_at=AT,
            )
            (reaction,) = [one for one in REACTIONS.reactions if one.event is RefundSucceeded]
            reaction.use_case(notify)(actor=SYSTEM, **reaction.arguments(event))

        assert [one.template for one in told(uow)] == ["refund_succeeded"] * 2

    def test_a_time_that_was_moved_is_told_again(self, uow: FakeUnitOfWork, notify: Notify) -> None:
        for start_at in (AT, AT, AT + timedelta(days=1)):
            TellPatient(notify)(
                actor=SYSTEM,
                template="appointment_booked",
                consultation_id=CONSULTATION,
                start_at=start_at,
            )

        assert len(told(uow)) == 2


class TestTellPhysician:
    def test_what_can_happen_again_is_told_again(self, uow: FakeUnitOfWork, notify: Notify) -> None:
        for occurred_at in (AT, AT, AT + timedelta(days=30)):
            TellPhysician(notify)(
                actor=SYSTEM,
                template="physician_activated",
                physician_id=PHYSICIAN,
                occurred_at=occurred_at,
            )

        assert len(told(uow)) == 2

    def test_without_a_physician_nobody_is_told(self, uow: FakeUnitOfWork, notify: Notify) -> None:
        TellPhysician(notify)(
            actor=SYSTEM,
            template="consultation_withdrawn",
            physician_id=None,
            consultation_id=CONSULTATION,
        )

        assert told(uow) == []


class TestTellOfPay:
    def test_a_change_is_told_once_with_its_day_and_another_one_anew(
        self, uow: FakeUnitOfWork, notify: Notify
    ) -> None:
        for version in (1, 1, 2):
            TellOfPay(notify)(
                actor=SYSTEM,
                template="pay_terms_change",
                physician_id=PHYSICIAN,
                plan_id=CommissionPlanId(UUID(int=39)),
                plan_version=version,
                effective_from=AT,
            )

        assert [one.data["effective_at"] for one in told(uow)] == [AT.isoformat()] * 2

    def test_both_pieces_of_news_reach_physicians(self) -> None:
        for event in (PayTermsWillChange, PayTermsStay):
            (line,) = [one for one in REACTIONS.reactions if one.event is event]
            assert line.use_case is TellOfPay


@pytest.mark.parametrize(
    ("sender", "reader"), [(MessageSender.PHYSICIAN, 12), (MessageSender.PATIENT, 13)]
)
def test_the_other_side_hears_of_a_letter(
    uow: FakeUnitOfWork, notify: Notify, sender: MessageSender, reader: int
) -> None:
    TellOfMessage(notify)(
        actor=SYSTEM,
        consultation_id=CONSULTATION,
        patient_id=PATIENT,
        physician_id=PHYSICIAN,
        message_id=MESSAGE,
        sender=sender,
    )

    assert [one.user_id for one in told(uow)] == [UUID(int=reader)]


@pytest.mark.parametrize(
    ("status", "template"),
    [
        (OrderStatus.PREPARING, None),
        (OrderStatus.READY, "order_ready"),
        (OrderStatus.SHIPPED, "order_shipped"),
        (OrderStatus.COLLECTED, "order_delivered"),
    ],
)
def test_an_order_is_news_when_there_is_something_to_do_or_to_have(
    uow: FakeUnitOfWork, notify: Notify, status: OrderStatus, template: str | None
) -> None:
    TellOfOrder(notify)(
        actor=SYSTEM,
        patient_id=PATIENT,
        prescription_id=PRESCRIPTION,
        order_id=ORDER,
        status=status,
    )

    assert [one.template for one in told(uow)] == ([template] if template else [])


@pytest.mark.parametrize(
    ("facts", "template"),
    [
        ({}, "order_moved"),
        ({"reason": AttentionReason.DISPENSED_TWICE}, "order_supplied_twice"),
        ({"reason": AttentionReason.CANCEL_REFUSED}, None),
    ],
)
def test_what_nobody_asked_for_is_told_each_time(
    uow: FakeUnitOfWork, notify: Notify, facts: dict[str, Any], template: str | None
) -> None:
    for at in (AT, AT, AT + timedelta(hours=1)):
        TellOfOddOrder(notify)(
            actor=SYSTEM,
            patient_id=PATIENT,
            prescription_id=PRESCRIPTION,
            order_id=ORDER,
            occurred_at=at,
            **facts,
        )

    times = {one.cause for one in told(uow)}
    assert {one.template for one in told(uow)} == ({template} if template else set())
    assert len(times) == (2 if template else 0)


def test_everybody_who_holds_a_role_is_told_once(uow: FakeUnitOfWork, notify: Notify) -> None:
    people = [UserId(UUID(int=21)), UserId(UUID(int=22))]
    uow.address_book.roles[Role.FINANCE] = people
    uow.address_book.users = {person: a_contact(person.int) for person in people}

    for _ in range(2):
        TellStaff(notify, uow)(
            actor=SYSTEM,
            template="float_funding_needed",
            role=Role.FINANCE,
            funding_request_id=FundingRequestId(UUID(int=9)),
            occurred_at=AT,
        )

    assert [one.user_id for one in told(uow)] == people


def test_every_template_that_the_workflow_names_is_there() -> None:
    named: set[Any] = {
        reaction.constants["template"]
        for reaction in REACTIONS.reactions
        if "template" in reaction.constants
    }

    assert named
    assert named <= set(ShippedTemplates(portal_url="").names)
