"""
P1: a posting with all that belongs to it, beside a posting that is one bare statement.

All kinds of work are measured in turn within each round, so that what else the machine does
falls on all of them alike. Nothing is left out of ours to be faster: the server keeps what it
acknowledged, and the unit of work is the one that the product is made with.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, middle, ratio
from benchmarks.posting_clients import Clients, clients
from benchmarks.posting_work import Poster, fill_wallets
from benchmarks.raw_posting import RawPosting
from benchmarks.server import Server, temporary_server

ROUNDS = 7
SECONDS = 3.0
PROCESSES = 2
THREADS = 4
OURS = ("spread", "hot", "entry", "capture", "bulk")
SLOWER = ("spread", "hot", "entry")
SLOW_FLUSH = {"commit_delay": "2500", "commit_siblings": "0"}
"""PostgreSQL waits that many microseconds before it flushes, and then for all who wait at once."""

Measured = dict[str, list[float]]


def measure() -> Iterator[Figure]:
    """As the disk is, and as it would be if it took 2.5 ms longer to make something durable."""
    yield from _figures(_measured(OURS))
    yield from _slower_figures(_measured(SLOWER, **SLOW_FLUSH))


def _measured(kinds: Sequence[str], **settings: str) -> Measured:
    with temporary_server(**settings) as server, tempfile.TemporaryDirectory() as folder:
        raw = RawPosting(server, Path(folder), clients=PROCESSES * THREADS)
        fill_wallets(Poster.crew(server.url, 1)[0])
        with clients(server.url, processes=PROCESSES, threads=THREADS) as crew:
            return _rounds(server, raw, crew, kinds)


def _rounds(server: Server, raw: RawPosting, crew: Clients, kinds: Sequence[str]) -> Measured:
    measured: Measured = defaultdict(list)
    raw.per_second(1)
    for work in kinds:
        crew.post(work, 1, server_cpu=server.cpu_seconds)
    for _ in range(ROUNDS):
        before = server.cpu_seconds()
        measured["raw"].append(raw.per_second(SECONDS))
        spent = server.cpu_seconds() - before
        measured["raw server cpu"].append(1e3 * spent / (measured["raw"][-1] * SECONDS))
        measured["raw prepared"].append(raw.per_second(SECONDS, protocol="prepared"))
        for work in kinds:
            posted = crew.post(work, SECONDS, server_cpu=server.cpu_seconds)
            measured[work].append(posted.per_second)
            measured[f"{work} client cpu"].append(1e3 * posted.cpu_seconds / posted.entries)
            measured[f"{work} server cpu"].append(1e3 * posted.server_cpu_seconds / posted.entries)
    return measured


def _figures(measured: Measured) -> Iterator[Figure]:
    raw = measured["raw"]
    yield ratio("P1 single spread ratio", measured["spread"], raw, goal=0.40)
    yield ratio("P1 single hot ratio", measured["hot"], measured["spread"], goal=0.90)
    yield ratio("P1 bulk ratio", measured["bulk"], raw, goal=4)
    yield ratio("P1 entry alone ratio", measured["entry"], raw)
    yield ratio("P1 payment captured ratio", measured["capture"], raw)
    yield middle("P1 raw", raw, "postings/s")
    yield middle("P1 raw server cpu", measured["raw server cpu"], "ms a posting")
    yield middle("P1 raw prepared", measured["raw prepared"], "postings/s")
    for work in OURS:
        yield middle(f"P1 {work}", measured[work], "entries/s")
        for side in ("client", "server"):
            name = f"{work} {side} cpu"
            yield middle(f"P1 {name}", measured[name], "ms an entry")


def _slower_figures(measured: Measured) -> Iterator[Figure]:
    raw, flush = measured["raw"], "flush 2.5 ms"
    yield ratio(f"P1 single spread ratio, {flush}", measured["spread"], raw, goal=0.40)
    yield ratio(f"P1 single hot ratio, {flush}", measured["hot"], measured["spread"], goal=0.90)
    yield ratio(f"P1 entry alone ratio, {flush}", measured["entry"], raw)
    yield middle(f"P1 raw, {flush}", raw, "postings/s")
    for work in SLOWER:
        yield middle(f"P1 {work}, {flush}", measured[work], "entries/s")
