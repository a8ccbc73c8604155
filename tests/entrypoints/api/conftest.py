"""
Fixtures of the API's tests.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from entrypoints.api.app import create_app
from tests.entrypoints.api.world import World, build_container
from tests.fakes.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def world(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    container = build_container(database_url, tmp_path, clock)
    yield World(container, clock)
    container.close()


@pytest.fixture
def unreached(tmp_path: Path, clock: FixedClock) -> Iterator[FlaskClient]:
    """The API in front of a database that does not answer."""
    container = build_container(
        "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2", tmp_path, clock
    )
    app = create_app(container, public_url="http://api.test", rate_per_minute=1_000_000)
    yield app.test_client()
    container.close()
