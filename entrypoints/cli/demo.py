"""
`scripted demo`: a story told on a platform that exists only for it.

It has its own database, ports, keys and vendors, in a temporary folder. Nothing of the person's
own platform is touched, and nothing is left afterwards.
"""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import click
from attrs import evolve, fields, frozen

from entrypoints.cli import database
from entrypoints.cli.child import ProcessSpec, Stage, python, start
from entrypoints.cli.console import Progress
from entrypoints.cli.environment import VENDOR_PREFIXES, Ports, platform_environment, ports
from entrypoints.cli.free_ports import free_ports
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.cli.real_platform import processes
from entrypoints.cli.running import only_one_here, running_pid
from entrypoints.cli.supervisor import ProcessDidNotStart, StopRequested, StopSignals, Supervisor
from entrypoints.config import Settings

STORY = python("entrypoints.demo")
MONTH = "entrypoints.month"
INTERRUPTED = 130
_PREFIX = "scripted-demo-"
_TICK = 0.1
_TOLD = {
    # The story ends with money in the bank, and nobody waits two days for it.
    "SCRIPTED_CLEARING_DAYS": "0",
    "SANDBOX_PACE": "5",
}
_MONTH = {
    "SCRIPTED_DATABASE_POOL": "30",
    "SANDBOX_AIRWALLEX_FLOAT": "AUD:0",
    # What is not delivered is told again at the month's next hour, which is soon enough.
    "SANDBOX_WEBHOOK_RETRY_BASE_SECONDS": "600",
    "SCRIPTED_PAYOUT_APPROVAL_ABOVE": "300",
}


def run_demo(
    shell: Mapping[str, str], progress: Progress, *, story: tuple[str, ...] = STORY
) -> int:
    """
    Start a platform, have the story told on it, and take it away again.

    Returns:
        The exit status of the story.

    Raises:
        click.ClickException: The platform does not start.
    """
    given = own_environment(shell) | _TOLD
    return _on_a_platform(given, progress, Telling(story, processes(ports(given))))


def run_month(shell: Mapping[str, str], progress: Progress, size: Mapping[str, int]) -> int:
    """
    Start a database and the vendors, have a month played with them, and take them away again.

    Returns:
        The exit status of the month.

    Raises:
        click.ClickException: They do not start.
    """
    given = own_environment(shell) | _MONTH
    arguments = (f"--{name}={value}" for name, value in size.items())
    return _on_a_platform(
        given, progress, Telling(python(MONTH, *arguments), _beside_a_month(ports(given)))
    )


def _beside_a_month(chosen: Ports) -> tuple[ProcessSpec, ...]:
    sandbox = next(each for each in processes(chosen) if each.name == "sandbox")
    background = ProcessSpec(
        name="background",
        command=python(f"{MONTH}.background"),
        health_url=f"http://127.0.0.1:{chosen.api}/healthz",
    )
    # Its vendors fail on purpose.
    return (evolve(sandbox, warns=False), background)


@frozen
class Telling:
    """
    What is told, and the processes that it takes beside.
    """

    story: tuple[str, ...]
    beside: tuple[ProcessSpec, ...]


def _on_a_platform(given: Mapping[str, str], progress: Progress, telling: Telling) -> int:
    _clear_abandoned()
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # The database server may run under an account of its own, which has to pass through.
    directory.chmod(0o755)
    state = StateDirectory(directory / "state")
    state.create()
    try:
        with only_one_here(state.lock):
            return _tell(given, state, progress, telling)
    finally:
        shutil.rmtree(directory)


def _tell(
    given: Mapping[str, str], state: StateDirectory, progress: Progress, telling: Telling
) -> int:
    try:
        with StopSignals() as signals, contextlib.ExitStack() as stopping:
            try:
                stopping.callback(database.delete, state)
                with progress.step("make a platform for the story"):
                    url = database.start(given, state, durable=False)
                    environment = platform_environment(given, state=state, database_url=url)
                    database.migrate_to(url)
                supervisor = Supervisor(
                    telling.beside, environment, PROJECT, state, progress, signals
                )
                stopping.callback(supervisor.stop)
                supervisor.start(Stage.FIRST)
                supervisor.start(Stage.FILLED)
                supervisor.wait_until_healthy()
                return _listen(telling.story, environment, supervisor, stopping)
            finally:
                signals.disarm()
    except StopRequested:
        progress.say("Stopped.")
        return INTERRUPTED
    except ProcessDidNotStart as error:
        raise click.ClickException(str(error)) from error


def _listen(
    story: tuple[str, ...],
    environment: Mapping[str, str],
    supervisor: Supervisor,
    stopping: contextlib.ExitStack,
) -> int:
    process = start(story, environment, PROJECT)
    stopping.callback(process.wait)
    stopping.callback(process.kill)
    while process.poll() is None:
        supervisor.tend()
        time.sleep(_TICK)
    return process.returncode


def own_environment(shell: Mapping[str, str]) -> dict[str, str]:
    """
    Give the shell's environment without anything that could lead to the person's own platform.
    """
    settings = {attribute.metadata["variable"] for attribute in fields(Settings)}
    kept = {
        name: value
        for name, value in shell.items()
        if name not in settings and not name.startswith(("SCRIPTED_", "SANDBOX_", *VENDOR_PREFIXES))
    }
    return kept | _free_ports("PORTAL", "API", "SANDBOX", "SMTP")


def _free_ports(*names: str) -> dict[str, str]:
    return {
        f"SCRIPTED_{name}_PORT": str(port)
        for name, port in zip(names, free_ports(len(names)), strict=True)
    }


def _clear_abandoned() -> None:
    """
    Take away what a killed demo left, its database server above all.
    """
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        state = StateDirectory(directory / "state")
        try:
            abandoned = state.lock.exists() and running_pid(state.lock) is None
        except PermissionError:
            continue  # another user's
        if abandoned:
            database.delete(state)
            shutil.rmtree(directory)
