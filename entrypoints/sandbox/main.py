"""
The sandbox as a process: ``python -m entrypoints.sandbox``.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from entrypoints.sandbox.app import create_app, run_in_background
from entrypoints.sandbox.registry import VENDORS
from entrypoints.sandbox.settings import settings_from_environment

_THREADS = 16
_PARENT_CHECK_SECONDS = 0.5


def build() -> Flask:
    """
    The application as the server's worker loads it, with its threads running.
    """
    app = create_app(settings_from_environment())
    atexit.register(run_in_background(app))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    return app


def _end_with(parent: int) -> None:
    """
    Stop this worker when the process that started it was killed and could not do so.
    """
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def run() -> None:
    settings = settings_from_environment()
    base = f"http://{settings.host}:{settings.port}"
    if "--list" in sys.argv[1:]:
        for vendor in VENDORS:
            print(f"{vendor.title:<24} {base}/{vendor.slug}")  # noqa: T201 - asked for
        return
    Granian(
        "entrypoints.sandbox.main:build",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        factory=True,
    ).serve()
