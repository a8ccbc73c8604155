"""
`scripted up`: everything that has to happen for a person to open the portal, in order.
"""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from attrs import define, field, frozen

from entrypoints.cli.child import ProcessSpec, Stage
from entrypoints.cli.console import Progress
from entrypoints.cli.environment import Ports
from entrypoints.cli.first_start import Filling
from entrypoints.cli.free_ports import is_free
from entrypoints.cli.leftovers import end_leftovers
from entrypoints.cli.places import StateDirectory
from entrypoints.cli.running import only_one_here
from entrypoints.cli.supervisor import ProcessDidNotStart, StopRequested, StopSignals, Supervisor
from entrypoints.cli.tasks import StepFailed, Task


@frozen(kw_only=True)
class Platform:
    """
    What `up` runs, so that tests can put small processes in the place of the real ones.

    Args:
        start_database: Makes the database run and gives its URL.
        database_is_away: Says whether it has ended meanwhile, and is ours to start again.
        environment: Builds the processes' environment from the database's URL.
        build: The command that builds the portal's client, which takes longest when it is stale.
        seed: The command that fills an empty platform.
        filling: Whether it has to be run.
        farewell: What to tell the person once everything runs, and whether the people of the
            clinic day are there.
    """

    state: StateDirectory
    ports: Ports
    directory: Path
    start_database: Callable[[], str]
    stop_database: Callable[[], None]
    database_is_away: Callable[[], bool]
    environment: Callable[[str], Mapping[str, str]]
    migrate: Callable[[str], None]
    processes: tuple[ProcessSpec, ...]
    build: tuple[str, ...]
    seed: tuple[str, ...]
    filling: Filling
    farewell: Callable[[bool], str]


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
                _Start(platform, progress, signals, stopping).run()
            finally:
                signals.disarm()
    except StopRequested:
        progress.say(f"Stopped. Everything is kept in {platform.state.path}")
    except (ProcessDidNotStart, StepFailed) as error:
        raise click.ClickException(str(error)) from error


@define
class _Start:
    """
    The way from nothing to a running platform; `stopping` is the way back.
    """

    platform: Platform
    progress: Progress
    signals: StopSignals
    stopping: contextlib.ExitStack
    supervisor: Supervisor = field(init=False)
    building: Task = field(init=False)

    def run(self) -> None:
        platform, progress = self.platform, self.progress
        if killed := end_leftovers(platform.state.processes):
            progress.warn("leftovers", f"{killed} left by an earlier start had to be killed")
        require_free_ports(platform.ports)
        self.stopping.callback(platform.stop_database)
        platform.filling.clear_unfinished(progress)
        with progress.step("start the database"):
            url = platform.start_database()
        self._supervise(platform.environment(url))
        # The build takes longest of all when there is something to build, and needs nobody.
        self.building = self._begin("build", "build the portal", platform.build)
        with progress.step("migrate the database"):
            platform.migrate(url)
        self._start_and_fill(url)
        self.supervisor.start(Stage.FILLED)
        self.building.finish(progress, meanwhile=self.supervisor.tend)
        self.supervisor.start(Stage.BUILT)
        self.supervisor.wait_until_healthy()
        progress.say(f"\nReady in {progress.total():.0f} s.")
        progress.say(platform.farewell(platform.filling.is_filled(url)))
        self.supervisor.watch()

    def _supervise(self, environment: Mapping[str, str]) -> None:
        platform = self.platform
        self.supervisor = Supervisor(
            platform.processes,
            environment,
            platform.directory,
            platform.state,
            self.progress,
            self.signals,
            upkeep=self._keep_database,
        )
        self.stopping.callback(self.supervisor.stop)

    def _keep_database(self) -> None:
        if not self.platform.database_is_away():
            return
        self.progress.warn("database", "ended; starting it again")
        self.platform.start_database()
        self.progress.warn("database", "started again")

    def _start_and_fill(self, url: str) -> None:
        filling = self.platform.filling
        due = filling.is_due(url, self.progress)
        if due:
            filling.begin(url)
        self.supervisor.start(Stage.FIRST)
        if not due:
            return
        self.supervisor.wait_until_healthy()
        seeding = self._begin("seed", "seed a clinic day", self.platform.seed)
        seeding.finish(self.progress, meanwhile=self._meanwhile, aloud=True)
        filling.end(url)

    def _meanwhile(self) -> None:
        self.supervisor.tend()
        self.building.ended()

    def _begin(self, name: str, title: str, command: tuple[str, ...]) -> Task:
        log_file = self.platform.state.logs / f"{name}.log"
        environment = self.supervisor.environment
        task = Task(title, command, log_file, environment, self.platform.directory)
        self.stopping.callback(task.abandon)
        self.supervisor.include(task.pid)
        return task


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
        taken.append("A line NAME=NUMBER in a file .env here, or the environment, sets it.")
        raise click.ClickException("\n".join(taken))
