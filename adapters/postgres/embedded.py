"""
A PostgreSQL server of the checkout's own, from the binaries of a package.

    absent ──start──> running <──start── stopped
                         └──────stop──────^

The server outlives the process that started it: whoever starts it next finds it running and uses
it, and one that was killed is recovered from its write-ahead log.
"""

import contextlib
import enum
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from attrs import define, field
from psycopg import sql

from adapters.postgres.embedded_places import (
    EmbeddedPostgresError,
    binaries,
    can_enter,
    hand_over,
    reachable_root,
    run_as,
    server_account,
    short_hash,
    socket_directory,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "ServerStatus"]

DATABASE = "scripted"
OWNER = "scripted"
SUPERUSER = "postgres"
PATIENCE = 120.0
"""Seconds to wait for another process that is starting or stopping the same server."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    # A failing statement and the row it names may hold what a patient told us.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
_FORGETFUL = {
    # Several tests at once may each let fifty threads withdraw.
    "max_connections": "300",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # A vacuum of the server's own would keep a test's database from being dropped.
    "autovacuum": "off",
}


class ServerStatus(enum.Enum):
    ABSENT = "absent"
    """Nothing was ever started here."""
    STOPPED = "stopped"
    """There is data, and no server."""
    RUNNING = "running"
    """A server is running on the data."""


def _absolute(path: str | Path) -> Path:
    return Path(path).absolute()


@define
class EmbeddedPostgres:
    """
    One server on one data directory, safe to start from several processes at once.

    Args:
        data_dir: Where the data belongs. When root owns the checkout and the server's account
            cannot reach it, the data lives elsewhere and `data_dir/location` says where.
        durable: False trades safety after a crash for speed, which only tests want.
        settings: What the server is told beside that when it starts, which only benchmarks want.
    """

    data_dir: Path = field(converter=_absolute)
    durable: bool = field(default=True, kw_only=True)
    settings: Mapping[str, str] = field(factory=dict, kw_only=True)

    def start(self) -> str:
        """
        Make the server run, with its database and the database's owner, and give the URL.

        Raises:
            EmbeddedPostgresError: It cannot run; the message says why.
        """
        with self._locked():
            home = self._prepared_home()
            account = server_account()
            sockets = socket_directory(home, account)
            if not self._initialised(home):
                self._initialise(home)
            if not _answers(sockets):
                self._launch(home, sockets)
            _ensure_database(sockets)
            return f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={sockets}"

    def stop(self) -> None:
        """
        Stop the server if it runs, letting it write a checkpoint.

        Raises:
            EmbeddedPostgresError: It does not stop.
        """
        if not self.data_dir.exists():
            return
        with self._locked():
            self._stop()

    def destroy(self) -> None:
        """
        Stop the server and delete its data for good.
        """
        if not self.data_dir.exists():
            return
        with self._locked():
            self._stop()
            home = self._home()
            if home is not None:
                shutil.rmtree(socket_directory(home, server_account()), ignore_errors=True)
                shutil.rmtree(home)
        shutil.rmtree(self.data_dir)

    @property
    def status(self) -> ServerStatus:
        home = self._home()
        if home is None or not self._initialised(home):
            return ServerStatus.ABSENT
        return ServerStatus.RUNNING if _postmaster(home) else ServerStatus.STOPPED

    @property
    def postmaster_pid(self) -> int | None:
        home = self._home()
        return _postmaster(home) if home else None

    @property
    def log_file(self) -> Path | None:
        home = self._home()
        return home / "server.log" if home else None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
            lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            message = f"{self.data_dir} belongs to another user: use that user, or `make reset`"
            raise EmbeddedPostgresError(message) from error
        try:
            _acquire(lock, self.data_dir)
            yield
        finally:
            os.close(lock)

    def _home(self) -> Path | None:
        location = self.data_dir / "location"
        if location.exists():
            home, _, original = location.read_text().partition("\n")
            # A copy of a checkout carries the pointer of the one it was copied from.
            copied = original != str(self.data_dir) and Path(original, "location").exists()
            return None if copied else Path(home)
        home_here = self.data_dir / "cluster"
        return home_here if home_here.exists() else None

    def _prepared_home(self) -> Path:
        account = server_account()
        home = self._home() or self.data_dir / "cluster"
        if not home.exists():
            home.mkdir(mode=0o700)
            hand_over(home, account)
        if can_enter(account, home):
            return home
        if self._initialised(home):
            message = f"the server's account cannot reach {home}: give others passage to it"
            raise EmbeddedPostgresError(message)
        home.rmdir()
        home = reachable_root() / f"cluster-{short_hash(str(self.data_dir))}"
        home.mkdir(mode=0o700, exist_ok=True)
        hand_over(home, account)
        (self.data_dir / "location").write_text(f"{home}\n{self.data_dir}")
        return home

    @staticmethod
    def _initialised(home: Path) -> bool:
        return (home / "data" / "PG_VERSION").exists()

    def _initialise(self, home: Path) -> None:
        account = server_account()
        unfinished = home / "data.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        finished = run_as(
            account,
            [
                str(binaries(account) / "initdb"),
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--data-checksums",
                "--no-instructions",
                *([] if self.durable else ["--no-sync"]),
            ],
        )
        if finished.returncode != 0:
            message = f"PostgreSQL could not set up its data: {_text(finished.stdout)}"
            raise EmbeddedPostgresError(message)
        unfinished.rename(home / "data")

    def _launch(self, home: Path, sockets: Path) -> None:
        account = server_account()
        settings = _SETTINGS | {"unix_socket_directories": str(sockets)}
        settings |= {} if self.durable else _FORGETFUL
        settings |= self.settings
        command = [
            str(binaries(account) / "pg_ctl"),
            f"--pgdata={home / 'data'}",
            f"--log={home / 'server.log'}",
            "--options=" + " ".join(f"-c {name}='{value}'" for name, value in settings.items()),
            "--wait",
            "--timeout=60",
            "start",
        ]
        deadline = time.monotonic() + 60
        while True:
            _drop_stale_lock(home)
            finished = run_as(account, command)
            if finished.returncode == 0 and _answers(sockets):
                return
            if time.monotonic() > deadline:
                log = run_as(account, ["tail", "-n", "15", str(home / "server.log")])
                message = f"PostgreSQL does not start: {_text(finished.stdout + log.stdout)}"
                raise EmbeddedPostgresError(message)
            # After a kill, the old server's children need a moment to leave its shared memory.
            time.sleep(0.2)

    def _stop(self) -> None:
        home = self._home()
        if home is None or _postmaster(home) is None:
            return
        account = server_account()
        command = [str(binaries(account) / "pg_ctl"), f"--pgdata={home / 'data'}", "--wait"]
        stopped = run_as(account, [*command, "--mode=fast", "--timeout=30", "stop"])
        if stopped.returncode != 0 and _postmaster(home) is not None:
            stopped = run_as(account, [*command, "--mode=immediate", "--timeout=30", "stop"])
            if stopped.returncode != 0 and _postmaster(home) is not None:
                message = f"PostgreSQL does not stop: {_text(stopped.stdout)}"
                raise EmbeddedPostgresError(message)


def _acquire(lock: int, data_dir: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                message = f"another process has been starting or stopping {data_dir} for too long"
                raise EmbeddedPostgresError(message) from None
            time.sleep(0.05)
        else:
            return


def _answers(sockets: Path) -> bool:
    try:
        _connect(sockets).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(sockets: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(sockets), user=SUPERUSER, dbname=SUPERUSER, connect_timeout=5, autocommit=True
    )


def _ensure_database(sockets: Path) -> None:
    # The owner is no superuser: row-level security would not hold for one.
    with _connect(sockets) as connection:
        found = connection.execute("select 1 from pg_roles where rolname = %s", [OWNER])
        if found.fetchone() is None:
            connection.execute(
                sql.SQL("create role {} login createdb createrole").format(sql.Identifier(OWNER))
            )
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )


def _postmaster(home: Path) -> int | None:
    """
    Give the process id of the server that really runs on this data.

    The lock file alone proves little: its process may be dead, a zombie, a stranger that was
    given the same number, or the server of the checkout that this one was copied from.
    """
    pid = _locked_by(home)
    if pid is None or not _alive(pid):
        return None
    process = Path("/proc", str(pid))
    if not process.exists():
        return pid
    state = (process / "stat").read_text().rpartition(")")[2].split()[0]
    if state == "Z":
        return None
    return pid if _works_in(process, home / "data") else None


def _locked_by(home: Path) -> int | None:
    try:
        lines = (home / "data" / "postmaster.pid").read_text().splitlines()
        return abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _works_in(process: Path, data: Path) -> bool:
    try:
        return (process / "cwd").samefile(data)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _drop_stale_lock(home: Path) -> None:
    """
    Remove the lock file of a dead server whose process number still seems alive.

    PostgreSQL itself handles a number that is gone. It cannot tell a zombie that nobody reaps, or
    a stranger with the same number, from a living server, and would refuse to start for ever. Its
    children share the memory that the lock file names, so they have to be gone first.
    """
    pid = _locked_by(home)
    if pid is None or not _alive(pid) or _postmaster(home) is not None:
        return
    data = home / "data"
    for process in Path("/proc").glob("[0-9]*"):
        if _works_in(process, data):
            return
    (data / "postmaster.pid").unlink(missing_ok=True)


def _text(output: bytes) -> str:
    return output.decode(errors="replace").strip()
