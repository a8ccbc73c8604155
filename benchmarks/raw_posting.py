"""
The yardstick of P1: a posting as one statement, in tables that hold nothing else, by pgbench.
"""

import re
import subprocess
from pathlib import Path

import psycopg

from benchmarks.server import Server

ACCOUNTS = 10_000

_TABLES = f"""
create schema raw;
create table raw.balance (account int primary key, amount bigint not null);
create table raw.entry (id bigint generated always as identity primary key, at timestamptz not null);
create table raw.posting (
    entry bigint not null, debit int not null, credit int not null, amount bigint not null,
    primary key (entry)
);
insert into raw.balance select n, 0 from generate_series(1, {ACCOUNTS}) n;
"""

# A debit is always of the lower half: no two transactions lock each other out.
_SCRIPT = f"""
\\set debit random(1, {ACCOUNTS // 2})
\\set credit random({ACCOUNTS // 2 + 1}, {ACCOUNTS})
with entry as (insert into raw.entry (at) values (now()) returning id),
posting as (
    insert into raw.posting (entry, debit, credit, amount)
    select id, :debit, :credit, 100 from entry
),
debited as (update raw.balance set amount = amount - 100 where account = :debit)
update raw.balance set amount = amount + 100 where account = :credit;
"""


class RawPosting:
    """
    Args:
        folder: For the script that pgbench reads.
    """

    def __init__(self, server: Server, folder: Path, *, clients: int) -> None:
        self._server = server
        self._clients = clients
        self._script = folder / "raw_posting.sql"
        self._script.write_text(_SCRIPT)
        with psycopg.connect(server.conninfo) as connection:
            connection.cursor().execute(_TABLES.encode())

    def per_second(self, seconds: float, *, protocol: str = "simple") -> float:
        """
        Args:
            protocol: `simple` is pgbench's own choice; `prepared` spares it parsing and planning.
        """
        pgbench = str(self._server.program("pgbench"))
        load = [f"--client={self._clients}", "--jobs=2", f"--time={max(1, round(seconds))}"]
        options = ["--no-vacuum", f"--protocol={protocol}", f"--file={self._script}"]
        run = subprocess.run(
            [pgbench, *load, *options, self._server.conninfo],
            check=True,
            capture_output=True,
            text=True,
        )
        found = re.search(r"^tps = ([0-9.]+)", run.stdout, re.MULTILINE)
        assert found is not None, run.stdout
        return float(found[1])
