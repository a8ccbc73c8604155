"""
Telling physicians on duty that somebody waits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from attrs import define, field

from adapters.message_templates.shipped import ShippedTemplates
from application.consultations.queue_news import TellOfQueue
from application.notifications.ports import Contact
from application.notifications.telling import Notify
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.notifications import Channel
from domain.shared.contact import EmailAddress
from domain.shared.ids import PhysicianId
from tests.builders.care import A_PHYSICIAN, Clinic
from tests.builders.physicians import PHYSICIAN, PHYSICIAN_USER
from tests.fakes.consultations import InMemoryConsultationQueries


@define
class Rota:
    physicians: list[PhysicianId] = field(factory=lambda: [PHYSICIAN])

    def on_duty(self, *, now: datetime) -> Sequence[PhysicianId]:
        del now
        return self.physicians


@pytest.fixture
def queries(clinic: Clinic) -> InMemoryConsultationQueries:
    return InMemoryConsultationQueries(
        clinic.uow.consultations, clinic.uow.messages, clinic.uow.services
    )


@pytest.fixture(autouse=True)
def _reachable(clinic: Clinic) -> None:
    clinic.uow.address_book.physicians[PHYSICIAN] = Contact(
        user_id=PHYSICIAN_USER,
        name="",
        email=EmailAddress("moreau@clinic.test"),
        locale="en",
        time_zone="Australia/Sydney",
    )


def tell(
    clinic: Clinic,
    queries: InMemoryConsultationQueries,
    *,
    rota: Rota | None = None,
    actor: Actor = SYSTEM,
) -> None:
    notify = Notify(
        clinic.uow, ShippedTemplates(portal_url="https://care.test"), clinic.clock, clinic.ids
    )
    TellOfQueue(rota or Rota(), queries, clinic.uow, clinic.uow, notify, clinic.clock)(actor=actor)


def counts(clinic: Clinic) -> list[str]:
    return [
        one.data["count"]
        for one in clinic.uow.notifications.all()
        if (one.template, one.channel) == ("queue_waiting", Channel.EMAIL)
    ]


def wait(clinic: Clinic, minutes: int) -> None:
    clinic.clock.pass_by(timedelta(minutes=minutes))


def test_counts_what_is_left_for_them(clinic: Clinic, queries: InMemoryConsultationQueries) -> None:
    clinic.waiting()
    clinic.waiting()
    tell(clinic, queries)
    assert counts(clinic) == []
    wait(clinic, 3)

    tell(clinic, queries)

    assert counts(clinic) == ["2"]
    assert all(set(one.data) == {"count"} for one in clinic.uow.notifications.all())


def test_once_an_hour_at_most_and_each_consultation_once(
    clinic: Clinic, queries: InMemoryConsultationQueries
) -> None:
    clinic.waiting()
    wait(clinic, 3)
    tell(clinic, queries)
    clinic.waiting()
    wait(clinic, 30)
    tell(clinic, queries)
    assert counts(clinic) == ["1"]
    wait(clinic, 31)
    tell(clinic, queries)
    assert counts(clinic) == ["1", "1"]
    wait(clinic, 61)

    tell(clinic, queries)

    assert counts(clinic) == ["1", "1"]


def test_what_came_just_before_a_letter_is_in_the_next(
    clinic: Clinic, queries: InMemoryConsultationQueries
) -> None:
    clinic.waiting()
    wait(clinic, 2)
    clinic.waiting()
    wait(clinic, 1)
    tell(clinic, queries)
    wait(clinic, 61)
    tell(clinic, queries)

    assert counts(clinic) == ["1", "1"]


def test_who_is_off_duty_or_may_not_take_them_hears_nothing(
    clinic: Clinic, queries: InMemoryConsultationQueries
) -> None:
    clinic.waiting()
    wait(clinic, 3)
    tell(clinic, queries, rota=Rota([]))
    with clinic.uow as uow:
        physician = uow.physicians.get(PHYSICIAN)
        physician.licences = ()
        uow.physicians.save(physician)
        uow.commit()
    tell(clinic, queries)

    assert counts(clinic) == []


def test_is_the_platforms_alone(clinic: Clinic, queries: InMemoryConsultationQueries) -> None:
    with pytest.raises(AccessDenied):
        tell(clinic, queries, actor=A_PHYSICIAN)
