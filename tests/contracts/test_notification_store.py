"""
What is asked of the store of notifications, of the fake and of PostgreSQL alike.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from attrs import fields
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.notifications import PostgresNotificationQueries
from application.notifications.ports import RecipientUnknown
from application.notifications.telling import Notify
from application.shared.access import SYSTEM
from domain.notifications import (
    Channel,
    Notification,
    NotificationNotFound,
    NotificationStatus,
)
from domain.shared.ids import ConsultationId, NotificationId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import PATIENT, PATIENT_USER, Clinic
from tests.builders.physicians import PHYSICIAN
from tests.fakes.notifications import InMemoryTemplates


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgres(engine: Engine) -> Clinic:
    return Clinic(unit_of_work(engine))


@pytest.fixture(params=["fake", "postgres"])
def clinic(request: pytest.FixtureRequest) -> Clinic:
    if request.param == "fake":
        return Clinic()
    stored: Clinic = request.getfixturevalue("on_postgres")
    return stored


def content(notification: Notification) -> dict[str, Any]:
    return {
        one.name: getattr(notification, one.name)
        for one in fields(Notification)
        if one.name not in {"version", "_events"}
    }


class TestNotifications:
    def test_the_same_cause_is_stored_once(self, on_postgres: Clinic, engine: Engine) -> None:
        clinic = on_postgres
        notify = Notify(clinic.uow, InMemoryTemplates(), clinic.clock, clinic.ids)
        for _ in range(2):
            notify(
                actor=SYSTEM,
                template="order_ready",
                cause="or_1",
                patient_id=PATIENT,
                data={"order": "or_1"},
            )

        queries = PostgresNotificationQueries(engine)
        (row,) = queries.in_portal(PATIENT_USER, limit=10, cursor=None).items
        assert row.data == {"order": "or_1"}
        assert queries.unseen(PATIENT_USER) == 1
        with clinic.uow as uow:
            due = uow.notifications.due(now=clinic.clock.now() + timedelta(days=1), limit=10)
            assert len(due) == len(Channel)
            told_at = uow.notifications.last_queued_at(PATIENT_USER, template="order_ready")
            assert told_at == clinic.clock.now()
            assert uow.notifications.last_queued_at(PATIENT_USER, template="other") is None
            for notification_id in due:
                notification = uow.notifications.get(notification_id)
                uow.notifications.save(notification)
                assert content(uow.notifications.get(notification_id)) == content(notification)

    def test_texts_that_are_only_sent_are_found_by_when(self, clinic: Clinic) -> None:
        at, moment = clinic.clock.now(), timedelta(microseconds=1)
        with clinic.uow as uow:
            for number, channel in enumerate(Channel):
                uow.notifications.add(
                    Notification(
                        id=NotificationId(clinic.ids.new()),
                        user_id=PATIENT_USER,
                        channel=channel,
                        template="order_ready",
                        cause="or_1",
                        locale="en",
                        created_at=at,
                        deliver_at=at,
                        status=NotificationStatus.SENT,
                        vendor_reference=f"{channel.value}-{number}",
                        sent_at=at,
                    )
                )
            uow.commit()

        with clinic.uow as uow:
            between = uow.notifications.texts_sent_between
            assert between(at, at + moment, limit=9) == ["sms-1"]
            assert between(at - moment, at, limit=9) == []
            assert between(at, at + moment, limit=0) == []

    def test_an_unknown_one_is_not_found(self, clinic: Clinic) -> None:
        with clinic.uow as uow, pytest.raises(NotificationNotFound):
            uow.notifications.get(NotificationId(clinic.ids.new()))

    def test_people_are_reached_where_their_record_says(self, on_postgres: Clinic) -> None:
        consultation_id = on_postgres.draft()
        with on_postgres.uow as uow:
            patient = uow.address_book.of_patient(PATIENT)
            assert uow.address_book.of_patient_in(consultation_id) == patient
            with pytest.raises(RecipientUnknown):
                uow.address_book.of_patient_in(ConsultationId(on_postgres.ids.new()))
            physician = uow.address_book.of_physician(PHYSICIAN)

        assert patient.phone is not None
        assert patient.user_id == PATIENT_USER
        assert physician.email.value == "user22@clinic.test"
