import pytest

from tests.builders.care import Clinic


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()
