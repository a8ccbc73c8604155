"""
Logs as the API's process writes them.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import structlog

from entrypoints.logging import configure_logging


@contextmanager
def api_logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Within it, calling what it gives reads what was logged since the last call."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG", process="api")
    try:
        yield lambda: capsys.readouterr().err
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
