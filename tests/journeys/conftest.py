"""
The clinic that the journeys share. It takes a while to open, so that it is opened once.
"""

from collections.abc import Iterator

import pytest

from tests.journeys.house import STALLED_AFTER_SECONDS, House
from tests.journeys.platform import Platform
from tests.postgres import temporary_database

SETTINGS = {
    "SCRIPTED_CLEARING_DAYS": "0",
    "SANDBOX_PACE": "4",
    "SCRIPTED_STALLED_AFTER_SECONDS": str(STALLED_AFTER_SECONDS),
}


@pytest.fixture(scope="session")
def shared_house(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The open clinic, for the whole run."""
    state = tmp_path_factory.mktemp("house") / "state"
    with temporary_database(postgres_url, template=template_database) as url:
        platform = Platform(state, url.render_as_string(hide_password=False), given=SETTINGS)
        house = House(platform)
        try:
            platform.start_all()
            house.open()
            yield house
        finally:
            house.close()


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    """The open clinic. Faults that did not strike are taken back."""
    yield shared_house
    shared_house.http.delete(f"{shared_house.platform.sandbox_url}/_sandbox/faults")
