"""
A clinic in memory.
"""

import pytest

from tests.builders.scheduling import Clinic, a_clinic
from tests.fakes.unit_of_work import FakeUnitOfWork


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.fixture
def clinic(uow: FakeUnitOfWork) -> Clinic:
    clinic = a_clinic(uow)
    uow.events.clear()
    return clinic
