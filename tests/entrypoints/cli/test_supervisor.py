"""
The supervisor as a person meets it: a real process with real children, watched from outside.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field

from entrypoints.cli.free_ports import free_port
from entrypoints.cli.places import StateDirectory
from tests.waiting import eventually

PROJECT = Path(__file__).resolve().parents[3]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@define
class SmallPlatform:
    directory: Path
    port: int = field(factory=free_port)
    started: list[subprocess.Popen[bytes]] = field(factory=list)

    def up(self, *flags: str) -> subprocess.Popen[bytes]:
        with (self.directory / "output").open("ab") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    str(PROJECT / "tests/entrypoints/cli/small_platform.py"),
                    str(self.directory / "state"),
                    str(self.port),
                    *flags,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": str(PROJECT)},
                cwd=PROJECT,
            )
        self.started.append(process)
        return process

    def up_and_ready(self, *flags: str) -> subprocess.Popen[bytes]:
        before = self.output.count("everything runs"), len(self.pids("worker"))
        process = self.up(*flags)
        eventually(
            lambda: (
                (self.output.count("everything runs"), len(self.pids("worker")))
                == (before[0] + 1, before[1] + 1)
                or process.poll() is not None
            ),
            "the platform is ready",
        )
        assert process.poll() is None, self.output
        return process

    @property
    def output(self) -> str:
        return (self.directory / "output").read_text() if self._has("output") else ""

    @property
    def notes(self) -> list[str]:
        file = self.directory / "notes"
        return file.read_text().splitlines() if self._has("notes") else []

    def _has(self, name: str) -> bool:
        return (self.directory / name).exists()

    def pids(self, name: str) -> list[int]:
        return [
            int(pid)
            for note in self.notes
            if note.startswith(f"started {name} ")
            for pid in note.split()[2:]
        ]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[SmallPlatform]:
    small = SmallPlatform(tmp_path)
    yield small
    for process in small.started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        if process.poll() is None:
            process.kill()
            process.wait()


class TestStart:
    def test_prepares_before_it_starts_and_seeds_once(self, platform: SmallPlatform) -> None:
        first = platform.up_and_ready()
        first.terminate()
        first.wait()
        second = platform.up_and_ready()
        second.terminate()
        second.wait()

        once = [note for note in platform.notes if not note.startswith(("started s", "started w"))]
        assert once[0] == "started database"
        assert platform.notes.index("migrated postgresql://small") < next(
            index for index, note in enumerate(platform.notes) if note.startswith("started server")
        )
        assert platform.notes.count("seeded") == 1
        assert platform.notes.count("built") == 2
        assert platform.output.count("everything runs, filled") == 2

    def test_fills_it_between_the_server_and_the_worker_and_says_how_far_it_is(
        self, platform: SmallPlatform
    ) -> None:
        platform.up_and_ready()

        notes = [note.rstrip(" 0123456789") for note in platform.notes]
        assert notes.index("started server") < notes.index("seeded") < notes.index("started worker")
        assert "onboarding of Dr Small" in platform.output

    def test_a_second_one_in_the_same_place_says_so_and_fails(
        self, platform: SmallPlatform
    ) -> None:
        first = platform.up_and_ready()

        second = platform.up()

        assert second.wait(60) != 0
        assert f"already running here, as process {first.pid}" in platform.output
        assert first.poll() is None

    def test_a_taken_port_names_its_setting(self, platform: SmallPlatform) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", platform.port))
            taken.listen()

            assert platform.up().wait(60) != 0

        assert f"Port {platform.port} is taken" in platform.output
        assert "SCRIPTED_API_PORT" in platform.output
        assert platform.notes == []

    def test_a_process_that_does_not_start_is_shown_and_the_rest_stopped(
        self, platform: SmallPlatform
    ) -> None:
        assert platform.up("--failing").wait(60) != 0

        assert "failing ended with exit status 3" in platform.output
        assert "no such table" in platform.output
        assert platform.notes[-1] == "stopped database"
        assert not any(map(is_running, platform.pids("server")))


class TestFirstStart:
    def interrupted(self, platform: SmallPlatform, *flags: str) -> None:
        first = platform.up("--slow-seed", *flags)
        eventually(lambda: "began seeding" in platform.notes, "it is being filled")
        first.terminate()
        assert first.wait(60) == 0
        assert platform.pids("worker") == []

    def test_one_that_was_interrupted_starts_over(self, platform: SmallPlatform) -> None:
        self.interrupted(platform)

        platform.up_and_ready()

        assert platform.notes.count("started over") == 1
        assert "everything runs, filled" in platform.output

    def test_one_that_was_killed_starts_over(self, platform: SmallPlatform) -> None:
        first = platform.up("--slow-seed")
        eventually(lambda: "began seeding" in platform.notes, "it is being filled")
        first.kill()
        first.wait()

        platform.up_and_ready()

        assert platform.notes.count("started over") == 1

    def test_a_database_of_ones_own_is_never_emptied(self, platform: SmallPlatform) -> None:
        self.interrupted(platform, "--own-database")

        platform.up_and_ready("--own-database")

        assert "started over" not in platform.notes
        assert "seeded" not in platform.notes
        assert "name an empty database" in platform.output
        assert "everything runs, not filled" in platform.output

    @pytest.mark.parametrize("flags", [[], ["--own-database"]], ids=["embedded", "own"])
    def test_nothing_is_added_to_what_others_put_there(
        self, platform: SmallPlatform, flags: list[str]
    ) -> None:
        (platform.directory / "people").write_text("somebody")

        platform.up_and_ready(*flags)

        assert "seeded" not in platform.notes
        assert "holds people already" in platform.output
        assert "everything runs, not filled" in platform.output

    def test_nobody_is_invented_when_nobody_is_wanted(self, platform: SmallPlatform) -> None:
        platform.up_and_ready("--empty")

        assert "seeded" not in platform.notes
        assert "everything runs, not filled" in platform.output

    def test_the_vendors_forget_what_an_emptied_database_had(self, platform: SmallPlatform) -> None:
        state = StateDirectory(platform.directory / "state")
        state.create()
        state.sandbox.write_text("payments of people who are gone")

        platform.up_and_ready()

        assert not state.sandbox.exists()


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_stops_in_the_reverse_order(
        self, platform: SmallPlatform, number: signal.Signals
    ) -> None:
        process = platform.up_and_ready()

        process.send_signal(number)

        assert process.wait(60) == 0
        assert platform.notes[-3:] == ["stopped worker", "stopped server", "stopped database"]

    def test_one_that_ignores_the_request_is_killed_with_its_own_children(
        self, platform: SmallPlatform
    ) -> None:
        process = platform.up_and_ready("--stubborn")
        eventually(lambda: bool(platform.pids("stubborn")), "the stubborn process runs")
        stubborn, inner = platform.pids("stubborn")

        process.terminate()
        eventually(lambda: is_running(stubborn), "it is asked")
        process.terminate()

        assert process.wait(60) == 0
        assert not is_running(stubborn)
        eventually(lambda: not is_running(inner), "its child is gone")
        assert "stubborn did not stop when asked" in platform.output

    def test_nobody_is_left_when_the_supervisor_is_killed(self, platform: SmallPlatform) -> None:
        process = platform.up_and_ready()
        children = [*platform.pids("server"), *platform.pids("worker")]

        process.kill()
        process.wait()

        eventually(lambda: not any(map(is_running, children)), "the children are gone")
        platform.up_and_ready()

    def test_a_deaf_process_of_a_killed_supervisor_is_ended_by_the_next(
        self, platform: SmallPlatform
    ) -> None:
        process = platform.up_and_ready("--stubborn")
        eventually(lambda: bool(platform.pids("stubborn")), "the stubborn process runs")
        stubborn, inner = platform.pids("stubborn")
        process.kill()
        process.wait()

        platform.up_and_ready()

        assert not is_running(stubborn)
        assert not is_running(inner)
        assert "1 left by an earlier start had to be killed" in platform.output

    def test_what_a_killed_supervisor_was_building_is_ended_by_the_next(
        self, platform: SmallPlatform
    ) -> None:
        process = platform.up("--slow-build")
        eventually(lambda: bool(platform.pids("builder")), "the builder works")
        (inner,) = platform.pids("builder")
        process.kill()
        process.wait()

        platform.up_and_ready()

        assert not is_running(inner)


class TestWatch:
    def test_a_database_that_ended_is_announced_and_started_again(
        self, platform: SmallPlatform
    ) -> None:
        platform.up_and_ready()

        (platform.directory / "database-runs").unlink()

        eventually(lambda: "database started again" in platform.output, "it is said")
        assert platform.notes.count("started database") == 2

    def test_a_crash_is_announced_and_repaired(self, platform: SmallPlatform) -> None:
        platform.up_and_ready()

        os.kill(platform.pids("server")[0], signal.SIGKILL)

        eventually(lambda: len(platform.pids("server")) == 2, "the server runs again")
        assert "server ended with signal SIGKILL; starting it again in 1 s" in platform.output

    def test_warnings_of_a_process_are_shown_with_its_name(self, platform: SmallPlatform) -> None:
        platform.up_and_ready()

        eventually(
            lambda: "worker warning: the worker has something to say" in platform.output,
            "the warning is shown",
        )
