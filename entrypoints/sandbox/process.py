"""
What the sandbox's process serves. Granian's main process does without it.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time

from flask import Flask

from entrypoints.sandbox.app import create_app, run_in_background
from entrypoints.sandbox.settings import settings_from_environment

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
