"""
P1: a posting with all that belongs to it, beside a posting that is one bare statement.

All kinds of work are measured in turn within each round, so that what else the machine does
falls on all of them alike. Nothing is left out of ours to be faster: the server keeps what it
acknowledged, and the unit of work is the one that the product is made with.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
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

Measured = dict[str, list[float]]


def measure() -> Iterator[Figure]:
    with temporary_server() as server, tempfile.TemporaryDirectory() as folder:
        raw = RawPosting(server, Path(folder), clients=PROCESSES * THREADS)
        fill_wallets(Poster.crew(server.url, 1)[0])
        with clients(server.url, processes=PROCESSES, threads=THREADS) as crew:
            measured = _rounds(server, raw, crew)
    yield from _figures(measured)


def _rounds(server: Server, raw: RawPosting, crew: Clients) -> Measured:
    measured: Measured = defaultdict(list)
    raw.per_second(1)
    for work in OURS:
        crew.post(work, 1, server_cpu=server.cpu_seconds)
    for _ in range(ROUNDS):
        before = server.cpu_seconds()
        measured["raw"].append(raw.per_second(SECONDS))
        spent = server.cpu_seconds() - before
        measured["raw server cpu"].append(1e3 * spent / (measured["raw"][-1] * SECONDS))
        measured["raw prepared"].append(raw.per_second(SECONDS, protocol="prepared"))
        for work in OURS:
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
