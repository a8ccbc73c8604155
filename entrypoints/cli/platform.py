"""
`scripted up`: everything that has to happen for a person to open the portal, in order.
"""

import contextlib
import hashlib
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from attrs import define, field, frozen

from entrypoints.cli.child import ProcessSpec, signal_group, spawn
from entrypoints.cli.console import Progress
from entrypoints.cli.environment import Ports
from entrypoints.cli.leftovers import end_leftovers
from entrypoints.cli.places import StateDirectory
from entrypoints.cli.running import only_one_here
from entrypoints.cli.supervisor import (
    ProcessDidNotStart,
    StopRequested,
    StopSignals,
    Supervisor,
    describe,
)


@frozen(kw_only=True)
class Platform:
    """
    What `up` runs, so that tests can put small processes in the place of the real ones.

    Args:
        start_database: Makes the database run and gives its URL.
        environment: Builds the processes' environment from the database's URL.
        build: The command that builds the portal's client, which takes longest when it is stale.
        seed: The command that fills an empty platform.
        farewell: What to tell the person once everything runs.
    """

    state: StateDirectory
    ports: Ports
    directory: Path
    start_database: Callable[[], str]
    stop_database: Callable[[], None]
    environment: Callable[[str], Mapping[str, str]]
    migrate: Callable[[str], None]
    processes: tuple[ProcessSpec, ...]
    build: tuple[str, ...]
    seed: tuple[str, ...]
    farewell: Callable[[], str]


class StepFailed(Exception):
    """
    A preparation of the platform ended badly; the message holds the end of its log.
    """


def run(platform: Platform, progress: Progress) -> None:
    """
    Start the platform, keep it running in the foreground, and stop it on Ctrl-C or SIGTERM.

    Raises:
        click.ClickException: It cannot start; what was started has been stopped again.
    """
    platform.state.create()
    with only_one_here(platform.state.lock):
        run_alone(platform, progress)


def run_alone(platform: Platform, progress: Progress) -> None:
    try:
        with StopSignals() as signals, contextlib.ExitStack() as stopping:
            try:
                _start(platform, progress, signals, stopping)
            finally:
                signals.disarm()
    except StopRequested:
        progress.say(f"Stopped. Everything is kept in {platform.state.path}")
    except (ProcessDidNotStart, StepFailed) as error:
        raise click.ClickException(str(error)) from error


def _start(
    platform: Platform,
    progress: Progress,
    signals: StopSignals,
    stopping: contextlib.ExitStack,
) -> None:
    if killed := end_leftovers(platform.state.processes):
        progress.warn("leftovers", f"{killed} left by an earlier start had to be killed")
    require_free_ports(platform.ports)
    stopping.callback(platform.stop_database)
    with progress.step("start the database"):
        url = platform.start_database()
    environment = platform.environment(url)
    building = Task("build", platform.build, environment, platform)
    stopping.callback(building.abandon)
    with progress.step("migrate the database"):
        platform.migrate(url)
    supervisor = Supervisor(
        platform.processes, environment, platform.directory, platform.state, progress, signals
    )
    stopping.callback(supervisor.stop)
    supervisor.start(lambda spec: not spec.waits_for_build)
    if not _is_seeded(platform, url):
        # A cold build of the portal takes longest, so the clinic day is made meanwhile.
        supervisor.wait_until_healthy()
        seeding = Task("seed", platform.seed, environment, platform)
        stopping.callback(seeding.abandon)
        seeding.finish(progress, "seed a clinic day")
        platform.state.seeded.write_text(_fingerprint(url))
    building.finish(progress, "build the portal")
    supervisor.start(lambda spec: spec.waits_for_build)
    supervisor.wait_until_healthy()
    progress.say(f"\nReady in {progress.total():.0f} s.\n{platform.farewell()}")
    supervisor.watch()


@define
class Task:
    """
    A command that runs beside the start and has to have ended well before it goes on.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    platform: Platform
    _process: subprocess.Popen[bytes] = field(init=False)

    @_process.default
    def _begin(self) -> subprocess.Popen[bytes]:
        self._log_file.unlink(missing_ok=True)
        return spawn(self.command, self._log_file, self.environment, self.platform.directory)

    @property
    def _log_file(self) -> Path:
        return self.platform.state.logs / f"{self.name}.log"

    def finish(self, progress: Progress, title: str) -> None:
        """
        Wait for the command to end.

        Raises:
            StepFailed: It ended badly; the message holds the end of its output.
        """
        with progress.step(title):
            status = self._process.wait()
        if status != 0:
            end = "\n".join(self._log_file.read_text(errors="replace").splitlines()[-15:])
            message = f"could not {title} ({describe(status)}). The end of {self._log_file}:\n{end}"
            raise StepFailed(message)

    def abandon(self) -> None:
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()


def require_free_ports(ports: Ports) -> None:
    """
    Refuse to start when a port is taken, naming the setting that chooses another.

    Raises:
        click.ClickException: At least one is taken.
    """
    taken = [
        f"Port {number} is taken by another program: set {name} to a free one."
        for name, number in ports.named().items()
        if not is_free(number)
    ]
    if taken:
        raise click.ClickException("\n".join(taken))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_seeded(platform: Platform, url: str) -> bool:
    marker = platform.state.seeded
    return marker.exists() and marker.read_text() == _fingerprint(url)


def _fingerprint(url: str) -> str:
    """
    Tell databases apart without writing down a password.
    """
    return hashlib.sha256(url.encode()).hexdigest()
