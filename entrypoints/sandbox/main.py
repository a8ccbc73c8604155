"""
The sandbox as a process: ``python -m entrypoints.sandbox``.
"""

from __future__ import annotations

import atexit
import sys

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from entrypoints.sandbox.app import create_app, run_in_background
from entrypoints.sandbox.registry import VENDORS
from entrypoints.sandbox.settings import settings_from_environment

_THREADS = 16


def build() -> Flask:
    """
    The application as the server's worker loads it, with its threads running.
    """
    app = create_app(settings_from_environment())
    atexit.register(run_in_background(app))
    return app


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
