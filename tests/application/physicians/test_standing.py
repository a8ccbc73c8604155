"""
Becoming active, being suspended, and the lists about it.
"""

from uuid import UUID

import pytest

from application.physicians.queries import (
    ListApplications,
    ViewOnboarding,
    ViewPhysician,
)
from application.physicians.standing import (
    ActivateWhenReady,
    RecordPayoutAccount,
    ReinstatePhysician,
    SuspendPhysician,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.physicians.events import (
    PayoutAccountLinked,
    PhysicianActivated,
    PhysicianSuspended,
    SuspensionReason,
)
from domain.physicians.onboarding import Party, PayoutAccountState, StepName
from domain.physicians.physician import (
    PhysicianNotFound,
    PhysicianStatus,
    PhysicianStatusConflict,
)
from domain.shared.ids import PhysicianId
from tests.builders.physicians import PHYSICIAN, a_physician_user, an_active_physician
from tests.fakes.clock import FixedClock
from tests.fakes.physicians import InMemoryPhysicianQueries
from tests.fakes.unit_of_work import FakeUnitOfWork

OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))
SELF = Actor(roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN)
PATIENT = Actor(roles=frozenset({Role.PATIENT}))
ACTIVE = PhysicianId(UUID(int=31))


@pytest.fixture
def with_active(uow: FakeUnitOfWork) -> FakeUnitOfWork:
    user = UUID(int=32)
    with uow:
        uow.users.add(a_physician_user(user_id=user, email="other@clinic.test"))
        uow.physicians.add(an_active_physician(physician_id=ACTIVE, user_id=user))
        uow.commit()
    uow.events.clear()
    return uow


class TestRecordPayoutAccount:
    def test_mirrors_the_account_and_tells_once_when_it_is_active(
        self, uow: FakeUnitOfWork
    ) -> None:
        record = RecordPayoutAccount(uow, FixedClock())

        for status in (
            PayoutAccountState.OPENED,
            PayoutAccountState.ACTIVE,
            PayoutAccountState.ACTIVE,
        ):
            record(actor=SYSTEM, physician_id=PHYSICIAN, status=status)

        assert len(uow.events_of(PayoutAccountLinked)) == 1

    def test_is_for_the_system(self, uow: FakeUnitOfWork) -> None:
        with pytest.raises(AccessDenied):
            RecordPayoutAccount(uow, FixedClock())(
                actor=SELF, physician_id=PHYSICIAN, status=PayoutAccountState.ACTIVE
            )


class TestActivateWhenReady:
    def test_does_nothing_while_something_is_missing(self, uow: FakeUnitOfWork) -> None:
        commits = uow.commits

        ActivateWhenReady(uow, FixedClock())(actor=SYSTEM, physician_id=PHYSICIAN)

        assert uow.commits == commits

    def test_is_not_for_the_physician(self, uow: FakeUnitOfWork) -> None:
        with pytest.raises(AccessDenied):
            ActivateWhenReady(uow, FixedClock())(actor=SELF, physician_id=PHYSICIAN)


class TestSuspendPhysician:
    def test_suspends_once_and_reinstates_once(self, with_active: FakeUnitOfWork) -> None:
        uow = with_active
        suspend, reinstate = (
            SuspendPhysician(uow, FixedClock()),
            ReinstatePhysician(uow, FixedClock()),
        )

        for _ in range(2):
            suspend(actor=OPERATOR, physician_id=ACTIVE, reason=SuspensionReason.UNDER_REVIEW)
        for _ in range(2):
            reinstate(actor=OPERATOR, physician_id=ACTIVE)

        assert len(uow.events_of(PhysicianSuspended)) == 1
        assert len(uow.events_of(PhysicianActivated)) == 1

    def test_is_only_for_the_active(self, uow: FakeUnitOfWork) -> None:
        with pytest.raises(PhysicianStatusConflict):
            SuspendPhysician(uow, FixedClock())(
                actor=OPERATOR, physician_id=PHYSICIAN, reason=SuspensionReason.REGULATOR
            )

    def test_is_for_operators(self, with_active: FakeUnitOfWork) -> None:
        with pytest.raises(AccessDenied):
            SuspendPhysician(with_active, FixedClock())(
                actor=SELF, physician_id=ACTIVE, reason=SuspensionReason.OWN_WISH
            )


class TestViewOnboarding:
    def test_shows_the_physician_what_is_missing(self, uow: FakeUnitOfWork) -> None:
        view = ViewOnboarding(uow, FixedClock())(actor=SELF, physician_id=PHYSICIAN)

        assert [step.name for step in view.steps] == list(StepName)
        assert all(step.missing for step in view.steps)
        assert not view.is_complete
        assert view.name == "Dr Amelia Moreau"

    def test_is_for_the_physician_and_staff(self, uow: FakeUnitOfWork) -> None:
        view = ViewOnboarding(uow, FixedClock())

        view(actor=OPERATOR, physician_id=PHYSICIAN)
        with pytest.raises(AccessDenied):
            view(actor=PATIENT, physician_id=PHYSICIAN)


class TestListApplications:
    def test_lists_who_is_not_active_yet_and_who_must_act(
        self, with_active: FakeUnitOfWork
    ) -> None:
        uow = with_active
        list_applications = ListApplications(
            InMemoryPhysicianQueries(uow.physicians), uow, FixedClock()
        )

        (application,) = list_applications(actor=OPERATOR).items
        active = list_applications(actor=OPERATOR, statuses=(PhysicianStatus.ACTIVE,)).items

        assert application.physician_id == PHYSICIAN
        assert application.waits_for == (Party.PHYSICIAN, Party.PLATFORM)
        assert [one.physician_id for one in active] == [ACTIVE]
        assert active[0].open_steps == ()

    def test_is_for_staff(self, uow: FakeUnitOfWork) -> None:
        with pytest.raises(AccessDenied):
            ListApplications(InMemoryPhysicianQueries(uow.physicians), uow, FixedClock())(
                actor=SELF
            )


class TestViewPhysician:
    def test_shows_everybody_an_active_physician(self, with_active: FakeUnitOfWork) -> None:
        profile = ViewPhysician(with_active, FixedClock())(actor=PATIENT, physician_id=ACTIVE)

        assert profile.licensed_in == ("AU",)
        assert profile.languages == ("en",)

    def test_hides_an_applicant_from_all_but_staff_and_themselves(
        self, uow: FakeUnitOfWork
    ) -> None:
        view = ViewPhysician(uow, FixedClock())

        view(actor=SELF, physician_id=PHYSICIAN)
        view(actor=OPERATOR, physician_id=PHYSICIAN)
        with pytest.raises(PhysicianNotFound):
            view(actor=PATIENT, physician_id=PHYSICIAN)
