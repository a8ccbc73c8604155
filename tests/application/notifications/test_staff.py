"""
Those whose work it is are told of it: the owner, everybody of finance, or both.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from adapters.message_templates.shipped import ShippedTemplates
from application.notifications.occasions import TellStaff
from application.notifications.ports import Contact
from application.notifications.staff import RemindOfDispute
from application.notifications.telling import Notify
from application.reactions import REACTIONS
from application.shared.access import SYSTEM
from domain.identity.role import Role
from domain.notifications import Channel, Notification
from domain.payments.events import (
    DisputeDeadlineNear,
    DisputeNeedsReview,
    DisputeOpened,
    PaymentNeedsReview,
)
from domain.shared.contact import EmailAddress
from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, DisputeId, PaymentId, UserId, to_wire
from domain.shared.money import Money
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.unit_of_work import FakeUnitOfWork

CONSULTATION = ConsultationId(UUID(int=1))
PAYMENT = PaymentId(UUID(int=2))
DISPUTE = DisputeId(UUID(int=3))
OWNER, COLLEAGUE, BOSS, OPERATOR = (UserId(UUID(int=number)) for number in range(11, 15))
AT = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
ABOUT: dict[str, Any] = {"payment_id": PAYMENT, "consultation_id": CONSULTATION, "occurred_at": AT}


def a_contact(user_id: UserId) -> Contact:
    return Contact(
        user_id=user_id,
        name="",
        email=EmailAddress("someone@example.com"),
        locale="en",
        time_zone="UTC",
    )


@pytest.fixture
def uow() -> FakeUnitOfWork:
    uow = FakeUnitOfWork()
    for user_id, role in (
        (OWNER, Role.FINANCE),
        (COLLEAGUE, Role.FINANCE),
        (BOSS, Role.ADMINISTRATOR),
        (OPERATOR, Role.OPERATIONS),
    ):
        contact = a_contact(user_id)
        uow.address_book.users[user_id] = contact
        uow.address_book.roles.setdefault(role, []).append(user_id)
    return uow


def happen(uow: FakeUnitOfWork, event: DomainEvent) -> list[Notification]:
    """Let the workflow answer an event, twice; tells what stands in the portal then."""
    templates = ShippedTemplates(portal_url="https://care.test")
    notify = Notify(uow, templates, FixedClock(), SequentialIds())
    for reaction in REACTIONS.reactions:
        if reaction.event is type(event) and reaction.use_case in (TellStaff, RemindOfDispute):
            for _ in range(2):
                reaction.use_case(notify, uow)(actor=SYSTEM, **reaction.arguments(event))
    return [one for one in uow.notifications.all() if one.channel is Channel.PORTAL]


@pytest.mark.parametrize(
    ("event", "template"),
    [
        (PaymentNeedsReview(finding="x", **ABOUT), "payment_review"),
        (DisputeNeedsReview(dispute_id=DISPUTE, finding="x", **ABOUT), "dispute_review"),
        (
            DisputeOpened(dispute_id=DISPUTE, amount=Money.of(1, "AUD"), reason="x", **ABOUT),
            "dispute_opened",
        ),
    ],
)
def test_everybody_of_finance_is_told_once(
    uow: FakeUnitOfWork, event: DomainEvent, template: str
) -> None:
    told = happen(uow, event)

    assert {one.template for one in told} == {template}
    assert sorted(one.user_id for one in told) == [OWNER, COLLEAGUE]


def a_deadline(
    owner_id: UserId | None, *, escalates: bool, is_missed: bool = False
) -> DisputeDeadlineNear:
    return DisputeDeadlineNear(
        dispute_id=DISPUTE,
        owner_id=owner_id,
        due_at=AT,
        is_missed=is_missed,
        escalates=escalates,
        **ABOUT,
    )


def test_the_owner_is_reminded_first_and_alone(uow: FakeUnitOfWork) -> None:
    (told,) = happen(uow, a_deadline(OWNER, escalates=False))

    assert (told.user_id, told.template) == (OWNER, "dispute_due")
    assert told.data == {"dispute": to_wire("dispute", DISPUTE), "due_at": AT.isoformat()}


def test_when_it_becomes_urgent_others_are_told_too(uow: FakeUnitOfWork) -> None:
    told = happen(uow, a_deadline(OWNER, escalates=True))

    assert sorted(one.user_id for one in told) == [OWNER, COLLEAGUE, BOSS]


def test_what_was_missed_says_so(uow: FakeUnitOfWork) -> None:
    told = happen(uow, a_deadline(None, escalates=True, is_missed=True))

    assert {one.template for one in told} == {"dispute_missed"}
    assert len(told) == 3
