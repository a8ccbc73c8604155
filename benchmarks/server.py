"""
A PostgreSQL server for one measurement: durable like the product's own, and gone afterwards.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from sqlalchemy import make_url

from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.embedded_places import binaries, server_account
from adapters.postgres.migrate import migrate

_PROC = Path("/proc")


@frozen
class Server:
    url: str
    postmaster: int

    @property
    def conninfo(self) -> str:
        """As libpq takes it."""
        plain = make_url(self.url).set(drivername="postgresql")
        return plain.render_as_string(hide_password=False)

    def program(self, name: str) -> Path:
        """One of PostgreSQL's own programs, of the server's version."""
        return binaries(server_account()) / name

    def cpu_seconds(self) -> float:
        """What the server and all its processes have used so far; 0.0 where no /proc tells."""
        if not _PROC.joinpath("self/stat").exists():
            return 0.0
        own = _stat(self.postmaster)
        # Sessions that ended are counted by their parent.
        ticks = sum(own[11:15])
        for process in _PROC.glob("[0-9]*"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = _stat(int(process.name))
                ticks += sum(fields[11:13]) if fields[1] == self.postmaster else 0
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def temporary_server(**settings: str) -> Iterator[Server]:
    """
    Start and migrate one in a folder of its own; stop and delete it at the end.

    Args:
        settings: Of PostgreSQL, beside those of the product's own server.
    """
    folder = Path(tempfile.mkdtemp(prefix="scripted-bench-"))
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "pg", settings=settings)
    try:
        url = postgres.start()
        migrate(url)
        pid = postgres.postmaster_pid
        assert pid is not None
        yield Server(url, pid)
    finally:
        postgres.destroy()
        shutil.rmtree(folder)


def _stat(pid: int) -> list[int]:
    # The process's name is in brackets and may hold anything; `ppid` is the second field after.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return [0, *(int(field) for field in fields[1:20])]
