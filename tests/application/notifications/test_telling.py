from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import Factory, define, evolve, field

from application.notifications.delivery import (
    DeliverDueNotifications,
    DeliverNotification,
    RefreshNotification,
    SweepTexts,
)
from application.notifications.ports import Contact, TemplateUnknown
from application.notifications.queries import MarkNotificationSeen
from application.notifications.telling import Notify
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.notifications import (
    MAX_ATTEMPTS,
    Channel,
    FailureCode,
    Notification,
    NotificationFailed,
    NotificationNotFound,
    NotificationQueued,
    NotificationStatus,
    QuietHours,
)
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId, UserId
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.notifications import InMemoryMail, InMemorySms, InMemoryTemplates
from tests.fakes.unit_of_work import FakeUnitOfWork

USER = UserId(UUID(int=81))
PATIENT = PatientId(UUID(int=82))
A_PERSON = Actor(user_id=USER)
A_CONTACT = Contact(
    user_id=USER,
    name="Noah Tremblay",
    email=EmailAddress("noah@example.com"),
    phone=PhoneNumber("+61412345678"),
    locale="fr",
    time_zone="Europe/Paris",
)


@define(eq=False)
class PostOffice:
    uow: FakeUnitOfWork = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    templates: InMemoryTemplates = field(factory=InMemoryTemplates)
    mail: InMemoryMail = field(factory=InMemoryMail)
    sms: InMemorySms = field(factory=InMemorySms)
    notify: Notify = field(
        default=Factory(
            lambda self: Notify(self.uow, self.templates, self.clock, SequentialIds()),
            takes_self=True,
        )
    )
    deliver: DeliverNotification = field(
        default=Factory(
            lambda self: DeliverNotification(
                self.uow, self.templates, self.mail, self.sms, self.clock
            ),
            takes_self=True,
        )
    )

    def __attrs_post_init__(self) -> None:
        self.knows(A_CONTACT)

    def knows(self, contact: Contact) -> None:
        self.uow.address_book.users[USER] = contact
        self.uow.address_book.patients[PATIENT] = contact

    def tell(self, template: str = "order_ready", cause: str = "or_1") -> None:
        self.notify(actor=SYSTEM, template=template, cause=cause, patient_id=PATIENT)

    def in_channel(self, channel: Channel) -> Notification:
        (found,) = [one for one in self.uow.notifications.all() if one.channel is channel]
        return found

    def deliver_all(self) -> None:
        for one in self.uow.notifications.all():
            self.deliver(actor=SYSTEM, notification_id=one.id)


@pytest.fixture
def post() -> PostOffice:
    return PostOffice()


class TestNotify:
    def test_uses_every_channel_of_the_template(self, post: PostOffice) -> None:
        post.tell()

        assert {one.channel for one in post.uow.notifications.all()} == set(Channel)
        assert len(post.uow.events_of(NotificationQueued)) == 3

    def test_the_same_cause_tells_the_same_person_once(self, post: PostOffice) -> None:
        post.tell()
        post.tell()
        post.tell(cause="or_2")

        assert len(post.uow.notifications.all()) == 6

    def test_a_person_without_a_telephone_is_told_otherwise(self, post: PostOffice) -> None:
        post.knows(evolve(A_CONTACT, phone=None))

        post.tell()

        assert Channel.SMS not in {one.channel for one in post.uow.notifications.all()}

    def test_nobody_to_tell_is_no_mistake(self, post: PostOffice) -> None:
        post.uow.address_book.patients.clear()

        post.tell()
        post.notify(actor=SYSTEM, template="order_ready", cause="or_1", physician_id=None)

        assert post.uow.notifications.all() == []

    def test_an_unknown_template_is_a_mistake_of_ours(self, post: PostOffice) -> None:
        with pytest.raises(TemplateUnknown):
            post.tell("nonsense")

    def test_is_the_platforms_alone(self, post: PostOffice) -> None:
        with pytest.raises(AccessDenied):
            post.notify(actor=A_PERSON, template="order_ready", cause="x", patient_id=PATIENT)

    def test_a_telephone_is_left_in_peace_at_night(self, post: PostOffice) -> None:
        post.clock.at = datetime(2026, 3, 2, 22, 30, tzinfo=ZoneInfo("Europe/Paris"))

        post.tell()

        morning = datetime(2026, 3, 3, 8, 0, tzinfo=ZoneInfo("Europe/Paris"))
        assert post.in_channel(Channel.SMS).deliver_at == morning
        assert post.in_channel(Channel.EMAIL).deliver_at == post.clock.at


class TestDeliverNotification:
    def test_sends_in_the_persons_language(self, post: PostOffice) -> None:
        post.tell()
        post.deliver_all()

        ((address, message),) = post.mail.sent
        assert (address, message.text) == ("noah@example.com", "order_ready in fr")
        assert post.sms.sent == [("+61412345678", "order_ready in fr")]
        assert {one.status for one in post.uow.notifications.all()} == {NotificationStatus.SENT}

    def test_running_twice_sends_once(self, post: PostOffice) -> None:
        post.tell()
        post.deliver_all()
        post.deliver_all()

        assert len(post.mail.sent) == 1

    def test_what_is_not_due_waits_and_is_sent_by_the_sweep(self, post: PostOffice) -> None:
        post.clock.at = datetime(2026, 3, 2, 22, 30, tzinfo=ZoneInfo("Europe/Paris"))
        post.tell()
        post.deliver_all()
        assert post.sms.sent == []

        post.clock.pass_by(timedelta(hours=9, minutes=30))
        sweep = DeliverDueNotifications(post.uow, post.deliver, post.clock)
        assert sweep(actor=SYSTEM) == 1

        assert len(post.sms.sent) == 1

    def test_a_refused_address_is_not_tried_again(self, post: PostOffice) -> None:
        post.mail.refuses = True
        post.tell()
        post.deliver_all()
        post.deliver_all()

        assert post.in_channel(Channel.EMAIL).failure is FailureCode.REJECTED
        assert len(post.uow.events_of(NotificationFailed)) == 1

    def test_a_silent_server_is_tried_again_after_growing_pauses(self, post: PostOffice) -> None:
        post.mail.silent = True
        post.tell("consultation_claimed")
        pauses = []
        for _ in range(MAX_ATTEMPTS):
            notification = post.in_channel(Channel.EMAIL)
            pauses.append(notification.deliver_at - post.clock.now())
            post.clock.at = max(post.clock.now(), notification.deliver_at)
            post.deliver(actor=SYSTEM, notification_id=notification.id)

        assert pauses == sorted(pauses)
        notification = post.in_channel(Channel.EMAIL)
        assert notification.status is NotificationStatus.FAILED
        assert notification.failure is FailureCode.TOO_MANY_ATTEMPTS

    def test_somebody_who_left_is_not_written_to(self, post: PostOffice) -> None:
        post.tell()
        post.uow.address_book.users.clear()

        post.deliver_all()

        assert post.mail.sent == []
        assert post.in_channel(Channel.EMAIL).failure is FailureCode.NO_ADDRESS

    def test_an_attempt_that_was_cut_off_is_made_again_after_a_while(
        self, post: PostOffice
    ) -> None:
        post.tell()
        notification = post.in_channel(Channel.EMAIL)
        with post.uow as uow:
            notification.begin(now=post.clock.now())
            uow.notifications.save(notification)
            uow.commit()

        post.deliver(actor=SYSTEM, notification_id=notification.id)
        assert post.mail.sent == []
        post.clock.pass_by(timedelta(minutes=2))
        post.deliver(actor=SYSTEM, notification_id=notification.id)

        assert len(post.mail.sent) == 1


class TestRefreshNotification:
    def refresh(self, post: PostOffice, status: NotificationStatus) -> Notification:
        reference = post.in_channel(Channel.SMS).vendor_reference
        assert reference is not None
        post.sms.statuses[reference] = status
        RefreshNotification(post.uow, post.sms, post.clock)(actor=SYSTEM, reference=reference)
        return post.in_channel(Channel.SMS)

    def test_an_sms_can_come_back_after_it_was_sent(self, post: PostOffice) -> None:
        post.tell()
        post.deliver_all()

        for _ in range(2):
            notification = self.refresh(post, NotificationStatus.UNDELIVERED)
            assert notification.failure is FailureCode.CARRIER

        assert len(post.uow.events_of(NotificationFailed)) == 1

    def test_it_can_arrive(self, post: PostOffice) -> None:
        post.tell()
        post.deliver_all()

        assert (
            self.refresh(post, NotificationStatus.DELIVERED).status is NotificationStatus.DELIVERED
        )

    def test_a_message_that_overtook_our_commit_is_tried_again(self, post: PostOffice) -> None:
        with pytest.raises(NotificationNotFound):
            RefreshNotification(post.uow, post.sms, post.clock)(actor=SYSTEM, reference="SM-early")


class TestSweepTexts:
    def sweep(self, post: PostOffice) -> int:
        refresh = RefreshNotification(post.uow, post.sms, post.clock)
        return SweepTexts(post.uow, refresh, post.clock)(actor=SYSTEM)

    def test_asks_about_those_of_which_nobody_told(self, post: PostOffice) -> None:
        post.tell()
        post.deliver_all()
        reference = post.in_channel(Channel.SMS).vendor_reference
        assert reference is not None
        assert self.sweep(post) == 0

        post.clock.pass_by(timedelta(hours=1))
        assert self.sweep(post) == 1
        post.sms.statuses[reference] = NotificationStatus.UNDELIVERED
        assert self.sweep(post) == 1

        assert post.in_channel(Channel.SMS).status is NotificationStatus.UNDELIVERED
        assert self.sweep(post) == 0

    def test_gives_up_after_a_day(self, post: PostOffice) -> None:
        post.tell()
        post.deliver_all()

        post.clock.pass_by(timedelta(days=2))

        assert self.sweep(post) == 0


class TestMarkNotificationSeen:
    def test_the_first_time_counts(self, post: PostOffice) -> None:
        post.tell()
        mark = MarkNotificationSeen(post.uow, post.clock)
        notification_id = post.in_channel(Channel.PORTAL).id

        mark(actor=A_PERSON, notification_id=notification_id)
        seen_at = post.clock.now()
        post.clock.pass_by(timedelta(hours=1))
        mark(actor=A_PERSON, notification_id=notification_id)

        assert post.in_channel(Channel.PORTAL).seen_at == seen_at

    def test_not_somebody_elses(self, post: PostOffice) -> None:
        post.tell()

        with pytest.raises(NotificationNotFound):
            MarkNotificationSeen(post.uow, post.clock)(
                actor=Actor(user_id=UserId(UUID(int=99))),
                notification_id=post.in_channel(Channel.PORTAL).id,
            )


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (time(7, 59), (2, time(8))),
        (time(8), (2, time(8))),
        (time(20, 59), (2, time(20, 59))),
        (time(21), (3, time(8))),
    ],
)
def test_quiet_hours_end_in_the_morning(at: time, allowed: tuple[int, time]) -> None:
    zone = ZoneInfo("America/New_York")
    instant = datetime.combine(datetime(2026, 3, 2, tzinfo=zone), at, tzinfo=zone)

    found = QuietHours().next_allowed(instant.astimezone(UTC), zone).astimezone(zone)

    assert (found.day, found.time()) == allowed
