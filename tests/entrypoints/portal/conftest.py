"""
Fixtures of the portal's tests: a clinic of prepared answers in the use cases' place.
"""

from collections.abc import Iterator

import pytest

from entrypoints.portal import use_cases
from entrypoints.portal.security import principals
from tests.entrypoints.portal.tabs import Clinic


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    prepared = Clinic()
    use_cases.install(prepared)
    principals.forget_all()
    yield prepared
    use_cases.install(None)
    principals.forget_all()
