"""
Starts the platform's processes, watches them, and stops them in order.

    start ──> wait until healthy ──> watch: a crash is announced and repaired ──> stop
"""

import signal
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Self

from attrs import define, field

from entrypoints.cli.child import Child, ProcessSpec, Stage
from entrypoints.cli.console import Progress
from entrypoints.cli.leftovers import note
from entrypoints.cli.places import StateDirectory

HEALTH_PATIENCE = 120.0
_TICK = 0.2
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """
    Somebody wants the platform to stop. Like KeyboardInterrupt, it passes every `except Exception`.
    """


class ProcessDidNotStart(Exception):
    """
    A process of the platform never became healthy; the message holds the end of its log.
    """


@define
class StopSignals:
    """
    Turns the first SIGINT, SIGTERM or SIGHUP into StopRequested; a second one hurries the stop.
    """

    hurried: bool = False
    _armed: bool = field(default=True, init=False)
    _before: dict[signal.Signals, Any] = field(factory=dict, init=False)

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._received) for number in _STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def disarm(self) -> None:
        """
        From now on a signal interrupts nothing: stopping has begun, for whatever reason.
        """
        self._armed = False

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            raise StopRequested
        self.hurried = True


@define
class Supervisor:
    """
    The processes of one platform. They are started in the order given and stopped in reverse.
    """

    specs: Iterable[ProcessSpec]
    environment: Mapping[str, str]
    directory: Path
    state: StateDirectory
    progress: Progress
    signals: StopSignals
    upkeep: Callable[[], object] = field(default=lambda: None, kw_only=True)
    """What else has to be looked after in each round."""
    _children: list[Child] = field(factory=list, init=False)
    _awaited: list[Child] = field(factory=list, init=False)
    _others: list[int] = field(factory=list, init=False)

    def start(self, stage: Stage) -> None:
        """
        Start the processes of a stage; they come up side by side.
        """
        for spec in (spec for spec in self.specs if spec.stage is stage):
            log_file = self.state.logs / f"{spec.name}.log"
            child = Child(spec, log_file, self.environment, self.directory)
            child.start()
            self._children.append(child)
            self._awaited.append(child)
        self._note()

    def wait_until_healthy(self, patience: float = HEALTH_PATIENCE) -> None:
        """
        Wait for every started process in turn, and say how long each took.

        Raises:
            ProcessDidNotStart: One crashed, or took longer than the patience.
        """
        while self._awaited:
            child = self._awaited[0]
            with self.progress.step(f"start {child.name}"):
                self._wait_for(child, time.monotonic() + patience)
            self._awaited.pop(0)

    def watch(self) -> None:
        """
        Keep the processes running until StopRequested is raised.
        """
        while True:
            self.tend()
            time.sleep(_TICK)

    def tend(self) -> None:
        """
        Look at every process once: show what it says, announce and repair a crash.
        """
        self.upkeep()
        for child in self._children:
            self._look_after(child)

    def include(self, pid: int) -> None:
        """
        Write down a process that is stopped elsewhere, in case this one is killed before that.
        """
        self._others.append(pid)
        self._note()

    def stop(self) -> None:
        """
        Stop every process. A second signal meanwhile means that there is no time for manners.
        """
        while self._children:
            child = self._children.pop()
            if not child.stop(lambda: self.signals.hurried):
                self.progress.warn(child.name, "did not stop when asked and was killed")
        self._note()

    def _note(self) -> None:
        children = [child.pid for child in self._children if child.pid]
        note(self.state.processes, children + self._others)

    def _wait_for(self, child: Child, deadline: float) -> None:
        while not child.healthy():
            status = child.crashed()
            if status is not None or time.monotonic() > deadline:
                happened = "did not answer" if status is None else f"ended with {describe(status)}"
                message = f"{child.name} {happened}. The end of {child.log_file}:\n"
                raise ProcessDidNotStart(message + child.last_lines())
            time.sleep(_TICK / 4)

    def _look_after(self, child: Child) -> None:
        for line in child.new_warnings():
            self.progress.warn(child.name, line)
        pause = child.next_pause()
        status = child.crashed()
        if status is not None:
            self.progress.warn(
                child.name,
                f"ended with {describe(status)}; starting it again in {pause:.0f} s"
                f" (see {child.log_file})",
            )
        elif child.due:
            child.start()
            self._note()
            self.progress.warn(child.name, "started again")


def describe(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    return f"signal {signal.Signals(-status).name}"
