"""
Only one platform may run on one state directory; the lock says which process that is.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import click

STOP_PATIENCE = 60.0


@contextlib.contextmanager
def only_one_here(lock: Path) -> Iterator[None]:
    """
    Hold the lock, which the kernel releases however the process ends.

    Raises:
        click.ClickException: Another process holds it.
    """
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            message = (
                f"Scripted is already running here, as process {file.read().strip()}."
                " Stop it with Ctrl-C where it runs, or with `make reset`, which deletes its data."
            )
            raise click.ClickException(message) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def running_pid(lock: Path) -> int | None:
    """
    Give the process that holds the lock.
    """
    if not lock.exists():
        return None
    with lock.open("r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read().strip() or 0) or None
    return None


def stop_running(lock: Path) -> None:
    """
    Ask a running platform to stop, and wait until it has.

    Raises:
        click.ClickException: It does not.
    """
    deadline = time.monotonic() + STOP_PATIENCE
    pid = running_pid(lock)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    while running_pid(lock) is not None:
        if time.monotonic() > deadline:
            message = f"process {pid} does not stop"
            raise click.ClickException(message)
        time.sleep(0.1)
