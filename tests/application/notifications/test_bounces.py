"""
Letters that come back.
"""

from uuid import UUID

import pytest

from application.notifications.bounces import RecordBounce
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.identity.user import User
from domain.notifications import (
    Channel,
    FailureCode,
    Notification,
    NotificationNotFound,
    NotificationStatus,
)
from domain.shared.contact import EmailAddress
from domain.shared.ids import NotificationId, UserId
from tests.fakes.clock import FixedClock
from tests.fakes.unit_of_work import FakeUnitOfWork

USER = UserId(UUID(int=1))
LETTER = NotificationId(UUID(int=2))
REFERENCE = "<letter@care.test>"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def uow(clock: FixedClock) -> FakeUnitOfWork:
    uow = FakeUnitOfWork()
    now = clock.now()
    letter = Notification(
        id=LETTER,
        user_id=USER,
        channel=Channel.EMAIL,
        template="consultation_claimed",
        cause="consultation",
        locale="en",
        created_at=now,
        deliver_at=now,
    )
    letter.sent(reference=REFERENCE, now=now)
    with uow as transaction:
        transaction.users.add(
            User.register(
                id=USER,
                email=EmailAddress("gone@example.com"),
                name="",
                password_hash="hashed",
                locale="en",
                time_zone="UTC",
                now=now,
            )
        )
        transaction.notifications.add(letter)
        transaction.commit()
    return uow


def test_the_letter_and_the_address_are_marked_once(uow: FakeUnitOfWork, clock: FixedClock) -> None:
    for _ in range(2):
        RecordBounce(uow, clock)(actor=SYSTEM, reference=REFERENCE)

    letter = uow.notifications.get(LETTER)
    assert (letter.status, letter.failure) == (NotificationStatus.UNDELIVERED, FailureCode.CARRIER)
    assert uow.users.get(USER).email_bounced_at == clock.now()
    assert [one.action for one in uow.audit.records] == ["user.mail_came_back"]


def test_one_that_overtook_our_commit_is_tried_again(
    uow: FakeUnitOfWork, clock: FixedClock
) -> None:
    with pytest.raises(NotificationNotFound):
        RecordBounce(uow, clock)(actor=SYSTEM, reference="<another@care.test>")


def test_is_the_platforms_alone(uow: FakeUnitOfWork, clock: FixedClock) -> None:
    with pytest.raises(AccessDenied):
        RecordBounce(uow, clock)(actor=Actor(), reference=REFERENCE)
