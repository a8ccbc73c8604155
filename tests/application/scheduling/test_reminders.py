"""
Reminding patients a day and an hour before.
"""

from datetime import timedelta

import pytest

from adapters.message_templates.shipped import ShippedTemplates
from application.notifications.ports import Contact
from application.notifications.telling import Notify
from application.scheduling.booking import ReleaseAppointment
from application.scheduling.reminders import RemindOfAppointments
from application.shared.access import SYSTEM, AccessDenied
from domain.notifications import Channel, Notification
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import UserId, to_wire
from domain.shared.period import Period
from tests.builders.scheduling import (
    TUESDAY_NINE,
    Clinic,
    as_patient,
    confirm,
    consultation_id,
    hold,
    patient_id,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _booked(clinic: Clinic) -> None:
    clinic.draft()
    hold(clinic)
    confirm(clinic)
    clinic.uow.address_book.patients[patient_id()] = Contact(
        user_id=UserId(patient_id()),
        name="",
        email=EmailAddress("noor@example.com"),
        phone=PhoneNumber("+61400000001"),
        locale="en",
        time_zone="Australia/Sydney",
    )


def remind(clinic: Clinic, *, before: timedelta) -> list[Notification]:
    clinic.clock.pass_by(TUESDAY_NINE - before - clinic.clock.now())
    templates = ShippedTemplates(portal_url="https://care.test")
    notify = Notify(clinic.uow, templates, clinic.clock, clinic.ids)
    known = {one.id for one in clinic.uow.notifications.all()}
    RemindOfAppointments(clinic.uow, notify, clinic.clock)(actor=SYSTEM)
    return [one for one in clinic.uow.notifications.all() if one.id not in known]


def test_a_day_and_an_hour_before_and_once_each(clinic: Clinic) -> None:
    times = (DAY + MINUTE, DAY, DAY - 5 * MINUTE, HOUR + MINUTE, HOUR, HOUR - 5 * MINUTE)

    told = [len(remind(clinic, before=before)) for before in times]

    assert [bool(count) for count in told] == [False, True, False, False, True, False]


def test_says_when_and_leads_to_the_consultation(clinic: Clinic) -> None:
    told = remind(clinic, before=HOUR)

    assert {one.template for one in told} == {"appointment_reminder"}
    assert all(one.data["start_at"] == TUESDAY_NINE.isoformat() for one in told)
    assert all(
        one.data["consultation"] == to_wire("consultation", consultation_id()) for one in told
    )


def test_a_run_that_is_late_still_reminds_and_one_that_is_very_late_does_not(
    clinic: Clinic,
) -> None:
    assert remind(clinic, before=DAY - 20 * MINUTE)
    assert not remind(clinic, before=HOUR - 40 * MINUTE)


def test_nobody_is_reminded_of_what_was_cancelled(clinic: Clinic) -> None:
    ReleaseAppointment(clinic.uow, clinic.clock)(actor=SYSTEM, consultation_id=consultation_id())

    assert remind(clinic, before=DAY) == []


def test_a_visit_that_was_moved_is_reminded_of_at_its_new_time(clinic: Clinic) -> None:
    assert remind(clinic, before=DAY)
    with clinic.uow as uow:
        visit = uow.appointments.latest_of(consultation_id())
        assert visit is not None
        visit.move(
            to=Period(visit.during.start_at + 2 * HOUR, visit.during.end_at + 2 * HOUR),
            physician_id=visit.physician_id,
            by_patient=True,
            now=clinic.clock.now(),
        )
        uow.appointments.save(visit)
        uow.commit()

    told = remind(clinic, before=DAY - 2 * HOUR)

    assert {one.data["start_at"] for one in told} == {(TUESDAY_NINE + 2 * HOUR).isoformat()}


def test_a_telephone_is_not_rung_later_when_it_has_to_be_left_in_peace(clinic: Clinic) -> None:
    by_day = {one.channel for one in remind(clinic, before=DAY)}
    at_seven = {one.channel for one in _at_seven(clinic)}

    assert (Channel.SMS in by_day, Channel.SMS in at_seven) == (True, False)
    assert Channel.EMAIL in at_seven


def _at_seven(clinic: Clinic) -> list[Notification]:
    # Half past seven in Sydney, which is within the quiet hours.
    with clinic.uow as uow:
        visit = uow.appointments.latest_of(consultation_id())
        assert visit is not None
        early = visit.during.start_at - timedelta(minutes=30)
        visit.move(
            to=Period(early, early + timedelta(minutes=20)),
            physician_id=visit.physician_id,
            by_patient=False,
            now=clinic.clock.now(),
        )
        uow.appointments.save(visit)
        uow.commit()
    return remind(clinic, before=HOUR + timedelta(minutes=30))


def test_is_the_platforms_alone(clinic: Clinic) -> None:
    templates = ShippedTemplates(portal_url="https://care.test")
    notify = Notify(clinic.uow, templates, clinic.clock, clinic.ids)

    with pytest.raises(AccessDenied):
        RemindOfAppointments(clinic.uow, notify, clinic.clock)(actor=as_patient())
