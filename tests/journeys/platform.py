"""
The whole platform as real processes, for journeys: sandbox, API and worker on free ports.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
from attrs import define, field

from entrypoints.cli.environment import platform_environment
from entrypoints.cli.free_ports import free_port
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.config import Settings
from entrypoints.container import Container
from tests.waiting import eventually


@define(eq=False)
class Child:
    """One process. Its output goes to a file."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: IO[bytes]

    def kill(self) -> None:
        """End it at once, as a failing machine would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self) -> None:
        """Ask it to end; insist after a while."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()


@define(eq=False)
class Platform:
    """Processes that can be started, stopped and killed one by one."""

    directory: Path
    database_url: str
    given: dict[str, str] = field(factory=dict, kw_only=True)
    environment: dict[str, str] = field(init=False)
    children: dict[str, Child] = field(factory=dict, init=False)
    container: Container = field(init=False)

    def __attrs_post_init__(self) -> None:
        state = StateDirectory(self.directory)
        state.create()
        ports = {
            f"SCRIPTED_{name}_PORT": str(free_port())
            for name in ("PORTAL", "API", "SANDBOX", "SMTP")
        }
        given = {"PATH": os.environ["PATH"], **ports, **self.given}
        self.environment = platform_environment(given, state=state, database_url=self.database_url)
        self.container = Container(Settings.from_environment(self.environment))

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['SCRIPTED_API_PORT']}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['SCRIPTED_SANDBOX_PORT']}"

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['SCRIPTED_PORTAL_PORT']}"

    def start(self, name: str, label: str = "", **changes: str) -> Child:
        """Start a process by its entry point, its environment changed; it is not waited for."""
        key = label or name
        log = (self.directory / "logs" / f"{key}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", f"entrypoints.{name}"],
            cwd=PROJECT,
            env=self.environment | changes,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        child = Child(key, process, log)
        self.children[key] = child
        return child

    def start_all(self) -> None:
        """Start everything but the portal, and wait until it answers."""
        self.start("sandbox")
        self.start("api")
        self.start("worker")
        self.wait_for(f"{self.sandbox_url}/_sandbox/health")
        self.wait_for(f"{self.api_url}/readyz")

    def wait_for(self, url: str) -> None:
        """Wait until an address answers."""

        def answers() -> bool:
            try:
                return httpx.get(url, timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        try:
            eventually(answers, f"{url} answers")
        except AssertionError as never:
            for name in self.children:
                never.add_note(f"{name} said at last:\n{self.log(name)[-2000:]}")
            raise

    def log(self, key: str) -> str:
        """What a process has said."""
        return (self.directory / "logs" / f"{key}.log").read_text(errors="replace")

    def close(self) -> None:
        """Stop everything."""
        for child in reversed(self.children.values()):
            child.stop()
        self.container.close()


@pytest.fixture
def platform(tmp_path: Path, database_url: str) -> Iterator[Platform]:
    """A running platform on a database of its own."""
    platform = Platform(tmp_path / "state", database_url)
    try:
        platform.start_all()
        yield platform
    finally:
        platform.close()
