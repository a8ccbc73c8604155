"""
Setting hours, taking leave, and what it does to booked visits.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from application.scheduling.hours import ExtendOpenings, SetAvailability, TakeLeave
from application.scheduling.queries import ViewAvailability
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.scheduling.availability import HORIZON, AvailabilityNotFound
from domain.scheduling.events import AvailabilityChanged
from domain.scheduling.working_hours import DayHours, MalformedHours, WeeklyHours
from domain.shared.ids import PhysicianId
from tests.builders.physicians import PHYSICIAN
from tests.builders.scheduling import (
    NINE_TO_FIVE,
    SYDNEY,
    TUESDAY,
    TUESDAY_NINE,
    Clinic,
    confirm,
    consultation_id,
    hold,
)
from tests.fakes.unit_of_work import FakeUnitOfWork

SELF = Actor(roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN)
OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))
STRANGER = Actor(roles=frozenset({Role.PHYSICIAN}), physician_id=PhysicianId(UUID(int=99)))
AFTERNOONS = tuple(WeeklyHours(day, DayHours.parse("13:00", "17:00")) for day in range(5))


class TestSetAvailability:
    def test_opens_the_days_that_can_be_searched(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        opened = uow.availability.opened[PHYSICIAN]

        assert opened[TUESDAY].hours[0].start_at == TUESDAY_NINE
        assert TUESDAY + timedelta(days=4) not in opened
        assert max(opened) >= (clinic.clock.now() + HORIZON - timedelta(days=3)).date()

    def test_lists_the_booked_visits_that_now_lie_outside(self, clinic: Clinic) -> None:
        for number, hours in ((1, 0), (2, 5), (3, 1)):
            clinic.draft(number)
            hold(clinic, number, at=TUESDAY_NINE + timedelta(hours=hours))
            if number != 3:
                confirm(clinic, number)

        affected = SetAvailability(clinic.uow, clinic.clock)(
            actor=SELF, physician_id=PHYSICIAN, time_zone=SYDNEY, weekly=AFTERNOONS
        )

        assert [visit.consultation_id for visit in affected] == [consultation_id(1)]

    def test_tells_only_of_a_change(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        for _ in range(2):
            SetAvailability(uow, clinic.clock)(
                actor=SELF, physician_id=PHYSICIAN, time_zone=SYDNEY, weekly=AFTERNOONS
            )

        assert len(uow.events_of(AvailabilityChanged)) == 1

    def test_changes_nothing_when_it_is_refused(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        commits = uow.commits
        with pytest.raises(MalformedHours):
            SetAvailability(uow, clinic.clock)(
                actor=SELF,
                physician_id=PHYSICIAN,
                time_zone=SYDNEY,
                weekly=(*NINE_TO_FIVE, *AFTERNOONS),
            )

        assert uow.commits == commits

    def test_is_for_the_physician_and_operators(self, clinic: Clinic) -> None:
        set_availability = SetAvailability(clinic.uow, clinic.clock)

        set_availability(
            actor=OPERATOR, physician_id=PHYSICIAN, time_zone=SYDNEY, weekly=AFTERNOONS
        )
        with pytest.raises(AccessDenied):
            set_availability(
                actor=STRANGER, physician_id=PHYSICIAN, time_zone=SYDNEY, weekly=AFTERNOONS
            )


class TestTakeLeave:
    def test_closes_the_days_and_lists_the_visits(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        clinic.draft()
        hold(clinic)
        confirm(clinic)
        take_leave = TakeLeave(uow, clinic.clock)

        for _ in range(2):
            affected = take_leave(
                actor=SELF, physician_id=PHYSICIAN, first_on=TUESDAY, last_on=TUESDAY
            )
            assert [visit.consultation_id for visit in affected] == [consultation_id()]

        assert TUESDAY not in uow.availability.opened[PHYSICIAN]
        assert len(ViewAvailability(uow)(actor=SELF, physician_id=PHYSICIAN).exceptions) == 1

    def test_needs_hours_to_take_leave_from(self, clinic: Clinic) -> None:
        with pytest.raises(AvailabilityNotFound):
            TakeLeave(clinic.uow, clinic.clock)(
                actor=STRANGER,
                physician_id=PhysicianId(UUID(int=99)),
                first_on=TUESDAY,
                last_on=TUESDAY,
            )


class TestExtendOpenings:
    def test_reaches_as_far_as_visits_can_be_booked(
        self, uow: FakeUnitOfWork, clinic: Clinic
    ) -> None:
        extend = ExtendOpenings(uow, clinic.clock)
        assert extend(actor=SYSTEM) == 0
        clinic.clock.pass_by(timedelta(days=7))

        assert extend(actor=SYSTEM) == 1
        assert extend(actor=SYSTEM) == 0

        reach = (clinic.clock.now() + HORIZON).date()
        assert max(uow.availability.opened[PHYSICIAN]) >= reach - timedelta(days=2)

    def test_is_for_the_system(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            ExtendOpenings(clinic.uow, clinic.clock)(actor=OPERATOR)


class TestViewAvailability:
    def test_shows_hours_as_they_were_written(self, uow: FakeUnitOfWork, clinic: Clinic) -> None:
        view = ViewAvailability(uow)(actor=SELF, physician_id=PHYSICIAN)

        assert view.time_zone == SYDNEY
        assert (view.weekly[0].hours.start, view.weekly[0].hours.end) == ("09:00", "17:00")

    def test_is_for_the_physician_and_staff(self, clinic: Clinic) -> None:
        ViewAvailability(clinic.uow)(actor=OPERATOR, physician_id=PHYSICIAN)
        with pytest.raises(AccessDenied):
            ViewAvailability(clinic.uow)(actor=STRANGER, physician_id=PHYSICIAN)
