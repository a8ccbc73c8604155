"""
Fixtures of the API's tests.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from entrypoints.logging import configure_logging
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
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Logs as the API process writes them; call it to read what was logged so far."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG", process="api")
    yield lambda: capsys.readouterr().err
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
