"""
Finding slots, and looking at appointments.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.catalogue.publication import RetireService
from application.scheduling.booking import HoldSlot
from application.scheduling.queries import (
    FindSlots,
    ListAppointments,
    NotABookedService,
    SlotView,
    ViewAppointment,
    ViewCalendarFeed,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.catalogue.service import ServiceNotFound
from domain.scheduling.appointment import AppointmentNotFound
from domain.shared.ids import PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.period import MalformedPeriod, Period
from tests.builders.catalogue import WRITTEN, published
from tests.builders.physicians import PHYSICIAN
from tests.builders.scheduling import (
    TUESDAY_NINE,
    Clinic,
    as_patient,
    confirm,
    consultation_id,
    hold,
    patient_id,
)
from tests.fakes.scheduling import InMemorySchedulingQueries
from tests.fakes.unit_of_work import FakeUnitOfWork

SELF = Actor(roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN)
OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))


@pytest.fixture
def queries(uow: FakeUnitOfWork) -> InMemorySchedulingQueries:
    return InMemorySchedulingQueries(uow.physicians, uow.availability, uow.appointments)


class TestFindSlots:
    def find(
        self, clinic: Clinic, queries: InMemorySchedulingQueries, **asked: Any
    ) -> tuple[SlotView, ...]:
        known: dict[str, Any] = {
            "service_id": clinic.service_id,
            "place": Jurisdiction("AU-NSW"),
            **asked,
        }
        return FindSlots(queries, clinic.uow, clinic.clock)(
            actor=as_patient(),
            **known,
        )

    def test_finds_the_earliest_times_in_utc_with_the_physicians_zone(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        slots = self.find(clinic, queries, limit=2)

        assert [slot.start_at for slot in slots] == [
            TUESDAY_NINE,
            TUESDAY_NINE + timedelta(minutes=15),
        ]
        assert slots[0].end_at == TUESDAY_NINE + timedelta(minutes=30)
        assert slots[0].time_zone == "Australia/Sydney"
        assert slots[0].physician_name == "Dr Amelia Moreau"

    def test_offers_only_what_can_then_be_held(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        clinic.draft(1)
        clinic.draft(2)
        hold(clinic, 1)

        first = self.find(clinic, queries)[0]

        assert first.start_at == TUESDAY_NINE + timedelta(minutes=30)
        HoldSlot(clinic.uow, clinic.clock, clinic.ids)(
            actor=as_patient(2),
            consultation_id=consultation_id(2),
            physician_id=first.physician_id,
            start_at=first.start_at,
        )

    def test_finds_nothing_where_the_service_is_not_offered(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        assert self.find(clinic, queries, place=Jurisdiction("US-CA")) == ()

    def test_never_looks_into_the_past(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        long_ago = clinic.clock.now() - timedelta(days=30)

        assert self.find(clinic, queries, from_at=long_ago, limit=1)[0].start_at == TUESDAY_NINE
        with pytest.raises(MalformedPeriod):
            self.find(clinic, queries, to_at=long_ago)

    def test_is_not_for_services_in_writing_or_retired(
        self, uow: FakeUnitOfWork, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        written = published(uow, clinic.clock, clinic.ids, WRITTEN, code="headache")
        with pytest.raises(NotABookedService):
            self.find(clinic, queries, service_id=written)
        RetireService(uow, clinic.clock)(actor=SYSTEM, service_id=clinic.service_id)
        with pytest.raises(ServiceNotFound):
            self.find(clinic, queries)


class TestLookingAtAppointments:
    @pytest.fixture(autouse=True)
    def _booked(self, clinic: Clinic) -> None:
        clinic.draft()
        hold(clinic)
        confirm(clinic)

    def test_its_people_may_and_nobody_else(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        view = ViewAppointment(queries, clinic.uow)

        for actor in (as_patient(), SELF, OPERATOR):
            assert view(actor=actor, consultation_id=consultation_id()).start_at == TUESDAY_NINE
        for actor in (as_patient(2), Actor(physician_id=PhysicianId(UUID(int=99)))):
            with pytest.raises(AppointmentNotFound):
                view(actor=actor, consultation_id=consultation_id())
        with pytest.raises(AppointmentNotFound):
            view(actor=OPERATOR, consultation_id=consultation_id(9))

    def test_each_lists_their_own(self, clinic: Clinic, queries: InMemorySchedulingQueries) -> None:
        list_appointments = ListAppointments(queries, clinic.clock, clinic.uow)
        week = Period(clinic.clock.now(), clinic.clock.now() + timedelta(days=7))

        assert len(list_appointments(actor=SELF, within=week, physician_id=PHYSICIAN)) == 1
        assert len(list_appointments(actor=as_patient(), within=week, patient_id=patient_id())) == 1
        with pytest.raises(AccessDenied):
            list_appointments(actor=as_patient(2), within=week, patient_id=patient_id())
        with pytest.raises(AccessDenied):
            list_appointments(actor=as_patient(), within=week, physician_id=PHYSICIAN)
        with pytest.raises(AccessDenied):
            list_appointments(actor=SELF, within=week)

    def test_that_staff_looked_stands_in_the_patients_trail(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        week = Period(clinic.clock.now(), clinic.clock.now() + timedelta(days=7))
        view = ViewAppointment(queries, clinic.uow)
        listed = ListAppointments(queries, clinic.clock, clinic.uow)

        def noted() -> int:
            return sum(
                (one.action, one.patient_id) == ("appointment.read", patient_id())
                for one in clinic.uow.audit.records
            )

        for own in (as_patient(), SELF):
            view(actor=own, consultation_id=consultation_id())
        assert noted() == 0
        view(actor=OPERATOR, consultation_id=consultation_id())
        assert noted() == 1
        listed(actor=OPERATOR, within=week, physician_id=PHYSICIAN)
        assert noted() == 2

    def test_the_feed_names_no_patient(
        self, clinic: Clinic, queries: InMemorySchedulingQueries
    ) -> None:
        feed = ViewCalendarFeed(queries, clinic.clock)(actor=SELF, physician_id=PHYSICIAN)

        assert "DTSTART:20260302T220000Z" in feed
        assert feed.count("BEGIN:VEVENT") == 1
        with pytest.raises(AccessDenied):
            ViewCalendarFeed(queries, clinic.clock)(actor=OPERATOR, physician_id=PHYSICIAN)
