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
from attrs import fields

from entrypoints.cli import database
from entrypoints.cli.child import Stage, python, start
from entrypoints.cli.console import Progress
from entrypoints.cli.environment import VENDOR_PREFIXES, platform_environment, ports
from entrypoints.cli.free_ports import free_ports
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.cli.real_platform import processes
from entrypoints.cli.running import only_one_here, running_pid
from entrypoints.cli.supervisor import ProcessDidNotStart, StopRequested, StopSignals, Supervisor
from entrypoints.config import Settings

STORY = python("entrypoints.demo")
INTERRUPTED = 130
_PREFIX = "scripted-demo-"
_TICK = 0.1
_TOLD = {
    # The story ends with money in the bank, and nobody waits two days for it.
    "SCRIPTED_CLEARING_DAYS": "0",
    "SANDBOX_PACE": "5",
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
    _clear_abandoned()
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # The database server may run under an account of its own, which has to pass through.
    directory.chmod(0o755)
    state = StateDirectory(directory / "state")
    state.create()
    try:
        with only_one_here(state.lock):
            return _tell(shell, state, progress, story)
    finally:
        shutil.rmtree(directory)


def _tell(
    shell: Mapping[str, str], state: StateDirectory, progress: Progress, story: tuple[str, ...]
) -> int:
    given = own_environment(shell)
    try:
        with StopSignals() as signals, contextlib.ExitStack() as stopping:
            try:
                stopping.callback(database.delete, state)
                with progress.step("make a platform for the story"):
                    url = database.start(given, state)
                    environment = platform_environment(given, state=state, database_url=url)
                    database.migrate_to(url)
                supervisor = Supervisor(
                    processes(ports(given)), environment, PROJECT, state, progress, signals
                )
                stopping.callback(supervisor.stop)
                supervisor.start(Stage.FIRST)
                supervisor.start(Stage.FILLED)
                supervisor.wait_until_healthy()
                return _listen(story, environment, supervisor, stopping)
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
    return kept | _TOLD | _free_ports("PORTAL", "API", "SANDBOX", "SMTP")


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
