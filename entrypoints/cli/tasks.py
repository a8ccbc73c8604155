"""
Commands that run beside the start, and have to have ended well before it goes on.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import define, field

from entrypoints.cli.child import signal_group, spawn
from entrypoints.cli.console import Progress
from entrypoints.cli.supervisor import describe

_TICK = 0.1
_END_OF_LOG = 15


class StepFailed(Exception):
    """
    A preparation of the platform ended badly; the message holds the end of its log.
    """


@define
class Task:
    """
    A running command. Its output goes to a log, from which it can be told to the person.
    """

    title: str
    command: tuple[str, ...]
    log_file: Path
    environment: Mapping[str, str]
    directory: Path
    _process: subprocess.Popen[bytes] = field(init=False)
    _began: float = field(factory=time.monotonic, init=False)
    _took: float | None = field(default=None, init=False)
    _told: int = field(default=0, init=False)

    @_process.default
    def _begin(self) -> subprocess.Popen[bytes]:
        self.log_file.unlink(missing_ok=True)
        return spawn(self.command, self.log_file, self.environment, self.directory)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        if self._process.poll() is None:
            return False
        if self._took is None:
            self._took = time.monotonic() - self._began
        return True

    def finish(
        self, progress: Progress, *, meanwhile: Callable[[], object], aloud: bool = False
    ) -> None:
        """
        Wait for the command to end.

        Args:
            meanwhile: Called again and again while it runs.
            aloud: Whether to tell what it says, line by line.

        Raises:
            StepFailed: It ended badly.
        """
        with progress.waiting(self.title):
            while not self.ended():
                meanwhile()
                if aloud:
                    self._tell(progress)
                time.sleep(_TICK)
            if aloud:
                self._tell(progress)
        status = self._process.wait()
        if status == 0:
            progress.done(self.title, self._took or 0.0)
            return
        progress.failed(self.title)
        lines = self.log_file.read_text(errors="replace").splitlines()[-_END_OF_LOG:]
        message = f"could not {self.title} ({describe(status)}). The end of {self.log_file}:\n"
        raise StepFailed(message + "\n".join(lines))

    def abandon(self) -> None:
        """
        End it and everything that it started.
        """
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _tell(self, progress: Progress) -> None:
        with self.log_file.open("rb") as log:
            log.seek(self._told)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._told += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            progress.detail(line)
