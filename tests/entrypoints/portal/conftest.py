"""
Fixtures of the portal's tests: a clinic of prepared answers in the use cases' place, and the
world of the API's tests where the use cases are real.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.portal import use_cases
from entrypoints.portal.security import principals
from tests.entrypoints.api.world import World, build_container
from tests.entrypoints.portal.tabs import Clinic
from tests.fakes.clock import FixedClock


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    prepared = Clinic()
    use_cases.install(prepared)
    principals.forget_all()
    yield prepared
    use_cases.install(None)
    principals.forget_all()


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    clock = FixedClock()
    container = build_container(database_url, tmp_path, clock)
    use_cases.install(container)
    principals.forget_all()
    yield World(container, clock)
    use_cases.install(None)
    principals.forget_all()
    container.close()
