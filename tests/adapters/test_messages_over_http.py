"""
Letters and texts that a vendor took and gives back later, over SMTP and HTTP, as it tells of them.
"""

from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from attrs import define
from sqlalchemy import Engine, text

from adapters.email.bounces import MailWebhooks
from adapters.email.smtp import MailServer, SmtpEmail
from adapters.message_templates.shipped import ShippedTemplates
from adapters.postgres.engine import build_engine
from adapters.postgres.queries.notifications import PostgresNotificationQueries
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.sms.twilio import TwilioAccount, TwilioSms, TwilioWebhooks
from adapters.system.ids import RandomIds
from application.notifications.bounces import RecordBounce
from application.notifications.delivery import (
    DeliverDueNotifications,
    DeliverNotification,
    RefreshNotification,
    SweepTexts,
)
from application.notifications.queries import (
    ListMyNotifications,
    ListUndelivered,
    ListUnreached,
    MarkNotificationSeen,
    NotificationRow,
)
from application.notifications.telling import Notify
from application.shared.access import SYSTEM, AccessDenied
from application.webhooks.routing import find_route
from domain.notifications import Channel, FailureCode, NotificationStatus
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import A_PATIENT, OPERATIONS, PATIENT, PATIENT_USER, Clinic
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.clock import FixedClock

pytestmark = pytest.mark.fault(20)

ADDRESS = f"user{PATIENT_USER.int}@clinic.test"
TELEPHONE = "+61412345678"


@define(eq=False)
class Post:
    """What is sent to a patient by both ways, and what the vendors have to say about it."""

    clinic: Clinic
    uow: PostgresUnitOfWork
    engine: Engine
    world: World
    email: SmtpEmail
    sms: TwilioSms

    def tell(self, cause: str = "order") -> None:
        templates, clock = ShippedTemplates(portal_url="https://portal.test"), self.clinic.clock
        Notify(self.uow, templates, clock, RandomIds())(
            actor=SYSTEM,
            template="order_failed",
            cause=cause,
            patient_id=PATIENT,
            data={"prescription": "prescription_1"},
        )
        # It is night where the patient is, and texts wait for the morning.
        clock.pass_by(timedelta(hours=12))
        deliver = DeliverNotification(self.uow, templates, self.email, self.sms, clock)
        DeliverDueNotifications(self.uow, deliver, clock)(actor=SYSTEM)

    def hear(self) -> None:
        """Take in what the vendors have to say, last first, and all of it twice."""
        self.world.run_due()
        heard = self.world.ear.heard
        for one in [*reversed(heard), *heard]:
            vendor = one.path.rsplit("/", 1)[1]
            verifier = (
                TwilioWebhooks(["scripted_twilio_token"])
                if vendor == "twilio"
                else MailWebhooks(["whsec_mail_scripted"])
            )
            url = f"{self.world.ear.url}{one.path}"
            event = verifier.verify(headers=one.headers, body=one.raw, url=url)
            route = find_route(vendor, event.kind)
            if route is None:
                continue
            use_case = (
                RefreshNotification(self.uow, self.sms, self.clinic.clock)
                if fnmatchcase(event.kind, "message.*")
                else RecordBounce(self.uow, self.clinic.clock)
            )
            assert route.use_case is type(use_case)
            use_case(actor=SYSTEM, **route.arguments(event))

    def sent(self) -> dict[Channel, tuple[NotificationStatus, FailureCode | None]]:
        with self.engine.connect() as connection:
            rows = connection.execute(text("select channel, status, failure from notification"))
            return {
                Channel(row.channel): (
                    NotificationStatus(row.status),
                    FailureCode(row.failure) if row.failure else None,
                )
                for row in rows
            }

    def lost(self) -> list[NotificationRow]:
        """What staff sees."""
        queries = PostgresNotificationQueries(self.engine)
        return list(ListUndelivered(queries)(actor=OPERATIONS).items)

    def unreached(self) -> list[str]:
        """Whom staff has to call, and about what."""
        queries = PostgresNotificationQueries(self.engine)
        found = ListUnreached(queries, self.clinic.clock)(actor=OPERATIONS)
        return [one.template for one in found.items]

    def in_portal(self) -> list[str]:
        """What the patient finds in the portal."""
        templates = ShippedTemplates(portal_url="https://portal.test")
        mine = ListMyNotifications(PostgresNotificationQueries(self.engine), templates)
        return [one.template for one in mine(actor=A_PATIENT).items]

    def bounced_at(self) -> object:
        with self.uow as uow:
            return uow.users.get(PATIENT_USER).email_bounced_at

    def at_vendor(self, vendor: str) -> list[Any]:
        state = self.world.http.get(f"{self.world.url}/_sandbox/state/{vendor}").json()
        return list(state.get("message", []))

    def told_of_failures(self) -> int:
        with self.engine.connect() as connection:
            found = connection.scalar(
                text("select count(*) from event where type = 'NotificationFailed'")
            )
        return int(found or 0)


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    engine = build_engine(database_url)
    clock = FixedClock()
    uow = unit_of_work(engine, clock=clock, ids=RandomIds())
    with world() as opened:
        state = opened.http.get(f"{opened.url}/_sandbox/state/mail").json()
        (server,) = state["server"]
        clinic = Clinic(uow=uow, clock=clock)
        with uow:
            user = uow.users.get(PATIENT_USER)
            user.patient_id = PATIENT
            uow.users.save(user)
            uow.commit()
        yield Post(
            clinic=clinic,
            uow=uow,
            engine=engine,
            world=opened,
            email=SmtpEmail(
                MailServer(host=server["host"], port=server["port"], sender="care@scripted.example")
            ),
            sms=TwilioSms(
                TwilioAccount(
                    sid="AC00000000000000000000000000000001",
                    auth_token="scripted_twilio_token",
                    base_url=f"{opened.url}/twilio",
                    sender="+15005550006",
                )
            ),
        )
    engine.dispose()


SENT = (NotificationStatus.SENT, None)
LOST = (NotificationStatus.UNDELIVERED, FailureCode.CARRIER)


def test_a_text_that_comes_back_is_told_by_letter_all_the_same(post: Post) -> None:
    post.tell()
    (message,) = post.at_vendor("twilio")
    for status in ("sent", "undelivered"):
        post.world.control("twilio/set_status", sid=message["sid"], status=status)

    post.hear()

    assert post.sent() == {Channel.EMAIL: SENT, Channel.SMS: LOST, Channel.PORTAL: SENT}
    assert [(one.user_id, one.channel) for one in post.lost()] == [(PATIENT_USER, Channel.SMS)]
    assert post.in_portal() == ["order_failed"]
    assert post.unreached() == []
    post.tell()
    assert len(post.at_vendor("twilio")) == len(post.at_vendor("mail")) == 1
    assert post.told_of_failures() == 1


def test_a_letter_that_comes_back_marks_the_address_and_the_text_is_sent(post: Post) -> None:
    post.world.fault("mail", "mail_bounce", match={"to": ADDRESS})
    post.tell()
    post.world.pass_time(2)

    post.hear()

    assert post.sent() == {Channel.EMAIL: LOST, Channel.SMS: SENT, Channel.PORTAL: SENT}
    assert post.bounced_at() == post.clinic.clock.now()
    assert [(one.user_id, one.channel) for one in post.lost()] == [(PATIENT_USER, Channel.EMAIL)]
    post.tell()
    assert len(post.at_vendor("twilio")) == len(post.at_vendor("mail")) == 1
    assert post.told_of_failures() == 1


def test_a_mailbox_that_is_full_for_now_is_no_lost_address(post: Post) -> None:
    post.world.fault("mail", "mail_bounce", match={"to": ADDRESS}, type="SoftBounce")
    post.tell()
    post.world.pass_time(2)

    post.hear()

    assert post.bounced_at() is None
    assert post.lost() == []


def test_whom_neither_reached_is_for_a_person_until_they_look_themselves(post: Post) -> None:
    post.world.fault("mail", "mail_bounce", match={"to": ADDRESS})
    post.tell()
    (message,) = post.at_vendor("twilio")
    for status in ("sent", "undelivered"):
        post.world.control("twilio/set_status", sid=message["sid"], status=status)
    post.world.pass_time(2)

    post.hear()

    assert post.unreached() == ["order_failed"]
    page = PostgresNotificationQueries(post.engine).in_portal(PATIENT_USER, limit=9, cursor=None)
    (shown,) = page.items
    MarkNotificationSeen(post.uow, post.clinic.clock)(
        actor=A_PATIENT, notification_id=shown.notification_id
    )
    assert post.unreached() == []


def test_news_that_is_weeks_old_is_left_alone(post: Post) -> None:
    post.world.fault("mail", "mail_bounce", match={"to": ADDRESS})
    post.tell()
    (message,) = post.at_vendor("twilio")
    post.world.control("twilio/set_status", sid=message["sid"], status="failed")
    post.world.pass_time(2)
    post.hear()
    assert post.unreached() == ["order_failed"]

    post.clinic.clock.pass_by(timedelta(days=15))

    assert post.unreached() == []
    with pytest.raises(AccessDenied):
        ListUnreached(PostgresNotificationQueries(post.engine), post.clinic.clock)(actor=A_PATIENT)


def test_a_text_that_came_back_and_nobody_told_of_is_found_by_asking(post: Post) -> None:
    post.tell()
    (message,) = post.at_vendor("twilio")
    for status in ("sent", "undelivered"):
        post.world.control("twilio/set_status", sid=message["sid"], status=status)
    refresh = RefreshNotification(post.uow, post.sms, post.clinic.clock)
    sweep = SweepTexts(post.uow, refresh, post.clinic.clock)
    assert sweep(actor=SYSTEM) == 0

    post.clinic.clock.pass_by(timedelta(hours=1))

    assert [sweep(actor=SYSTEM), sweep(actor=SYSTEM)] == [1, 0]
    assert post.sent()[Channel.SMS] == LOST
    post.hear()
    assert post.told_of_failures() == 1
