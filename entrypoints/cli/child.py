"""
One process of the platform: started in a group of its own, watched, restarted, stopped.
"""

import ctypes
import enum
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from attrs import define, field, frozen

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
"""A process that ran this many seconds had started well: its next crash counts as the first."""
GRACE = 10.0

_PR_SET_PDEATHSIG = 1
_NOT_FACTS = {"event", "level", "logger", "timestamp", "process", "exception", "stack"}
_REPEATED_AFTER = 60.0
_WORTH_SHOWING = re.compile(r"\b(warning|error|critical|traceback)\b", re.IGNORECASE)


class Stage(enum.Enum):
    """
    When a process can start.
    """

    FIRST = "first"
    """As soon as there is a database; what fills the platform needs it."""
    FILLED = "filled"
    """Once the clinic day is in: until then the reactions belong to the process that makes it."""
    BUILT = "built"
    """Once the portal's client is built."""


@frozen(kw_only=True)
class ProcessSpec:
    """
    What to run, and how to see that it is well.

    Args:
        health_url: Answers 2xx once the process serves; None if it serves nobody.
        warns: Whether a person should see its warnings; not if it is there to fail.
    """

    name: str
    command: tuple[str, ...]
    health_url: str | None = None
    warns: bool = True
    stage: Stage = Stage.FIRST


@define
class Child:
    """
    A running, or crashed and soon to be restarted, process.
    """

    spec: ProcessSpec
    log_file: Path
    environment: Mapping[str, str]
    directory: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _crashes: int = field(default=0, init=False)
    _restart_at: float | None = field(default=None, init=False)
    _shown: int = field(default=0, init=False)
    _told: dict[str, float] = field(factory=dict, init=False)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._restart_at = None
        self._shown = self.log_file.stat().st_size if self.log_file.exists() else 0
        self._process = spawn(self.spec.command, self.log_file, self.environment, self.directory)
        self._started = time.monotonic()

    def crashed(self) -> int | None:
        """
        Notice an exit once: give its status, and plan the restart.
        """
        if self._process is None:
            return None
        status = self._process.poll()
        if status is None:
            return None
        signal_group(self._process.pid, signal.SIGKILL)
        self._process = None
        if time.monotonic() - self._started > STEADY_AFTER:
            self._crashes = 0
        self._restart_at = time.monotonic() + self.next_pause()
        self._crashes += 1
        return status

    def next_pause(self) -> float:
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._crashes))

    @property
    def due(self) -> bool:
        return self._restart_at is not None and time.monotonic() >= self._restart_at

    def healthy(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        if self.spec.health_url is None:
            return True
        try:
            with urllib.request.urlopen(self.spec.health_url, timeout=2) as answer:  # noqa: S310
                return 200 <= int(answer.status) < 300
        except (urllib.error.URLError, OSError):
            return False

    def new_warnings(self) -> list[str]:
        """
        Give the lines of the log, since last asked, that a person should see.

        What is said over and over, such as while the database is away, is shown once a minute.
        """
        if not self.spec.warns:
            return []
        with self.log_file.open("rb") as log:
            log.seek(self._shown)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._shown += len(whole)
        lines = whole.decode(errors="replace").splitlines()
        return [
            told
            for line in lines
            if _WORTH_SHOWING.search(line) and self._is_news(told := readable(line))
        ]

    def _is_news(self, told: str) -> bool:
        now = time.monotonic()
        self._told = {line: at for line, at in self._told.items() if now - at < _REPEATED_AFTER}
        is_new = told not in self._told
        self._told.setdefault(told, now)
        return is_new

    def last_lines(self, count: int = 12) -> str:
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-count:])

    def stop(self, hurry: Callable[[], bool], grace: float = GRACE) -> bool:
        """
        Ask the process to end, insist after the grace, and leave nobody of its group behind.

        Returns:
            Whether it ended when asked.
        """
        self._restart_at = None
        process, self._process = self._process, None
        if process is None:
            return True
        process.terminate()
        deadline = time.monotonic() + grace
        while process.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        obeyed = process.poll() is not None
        signal_group(process.pid, signal.SIGKILL)
        process.wait()
        return obeyed


def readable(line: str) -> str:
    """
    Give a line of a structured log as a sentence with its facts; any other as it is.
    """
    try:
        told = json.loads(line)
    except json.JSONDecodeError:
        return line
    if not isinstance(told, dict) or "event" not in told:
        return line
    facts = [f"{name}={value}" for name, value in told.items() if name not in _NOT_FACTS]
    what = next(iter(str(told["event"]).strip().splitlines()), "")
    return " ".join([f"{told.get('level', '')}: {what}".lstrip(": "), *facts])


def python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def spawn(
    command: tuple[str, ...], log_file: Path, environment: Mapping[str, str], directory: Path
) -> subprocess.Popen[bytes]:
    """
    Start a process in a group of its own that writes to a log and does not outlive this one.
    """
    log_file.touch(mode=0o600)
    with log_file.open("ab") as log:
        return start(command, environment, directory, output=log)


def start(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    directory: Path,
    *,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """
    Start a process in a group of its own that does not outlive this one.

    Args:
        output: Where it writes; None for where this process does.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        env=dict(environment),
        cwd=directory,
        # A Ctrl-C in the terminal reaches the supervisor alone, which stops them in order.
        start_new_session=True,
        # Logs, documents and the sandbox's state are for their owner alone.
        umask=0o077,
        preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - takes no lock
    )


def _die_with(supervisor: int) -> Callable[[], None] | None:
    """
    Make the kernel end the child when the supervisor is killed and can stop nobody any more.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:
            os._exit(1)

    return ask_the_kernel


def signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return
