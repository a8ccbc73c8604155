"""
A unit of work in which somebody has applied as a physician.
"""

import pytest

from tests.builders.physicians import a_physician_user, an_applicant
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.physicians import InMemoryIdentityChecks, InMemoryLicenceRegistry
from tests.fakes.unit_of_work import FakeUnitOfWork


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ids() -> SequentialIds:
    return SequentialIds()


@pytest.fixture
def checks() -> InMemoryIdentityChecks:
    return InMemoryIdentityChecks()


@pytest.fixture
def registry() -> InMemoryLicenceRegistry:
    return InMemoryLicenceRegistry()


@pytest.fixture
def uow() -> FakeUnitOfWork:
    uow = FakeUnitOfWork()
    physician, user = an_applicant(), a_physician_user()
    user.become_physician(physician.id)
    with uow:
        uow.users.add(user)
        uow.physicians.add(physician)
        uow.commit()
    uow.events.clear()
    return uow
