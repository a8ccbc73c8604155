"""
The sandbox as a process: ``python -m entrypoints.sandbox``.
"""

from __future__ import annotations

import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from entrypoints.sandbox.settings import settings_from_environment

_THREADS = 16


def run() -> None:
    settings = settings_from_environment()
    if "--list" in sys.argv[1:]:
        list_vendors(f"http://{settings.host}:{settings.port}")
        return
    if os.environ.get("SCRIPTED_ENV") == "production":
        sys.exit("The sandbox plays vendors: it does not start in production.")
    Granian(
        "entrypoints.sandbox.process:build",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        # More than there are processors: a vendor that is told to be slow sleeps on its thread.
        blocking_threads=_THREADS,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        factory=True,
    ).serve()


def list_vendors(base: str) -> None:
    from entrypoints.sandbox.registry import VENDORS  # noqa: PLC0415 - the server does without

    for vendor in VENDORS:
        print(f"{vendor.title:<24} {base}/{vendor.slug}")  # noqa: T201 - asked for
