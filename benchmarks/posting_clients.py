"""
Processes that post to the books as fast as they can, through the product's own unit of work.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from attrs import define, field, frozen

from benchmarks.posting_work import WORK, Poster

_START_SECONDS = 60


@frozen(kw_only=True)
class Posted:
    """What all clients together did in one stretch of time."""

    entries: int
    seconds: float
    cpu_seconds: float
    server_cpu_seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return self.entries / self.seconds


@define(eq=False)
class Clients:
    """Processes with some threads each, and a connection for each thread."""

    processes: list[SpawnProcess]
    pipes: list["Connection[Any, Any]"] = field(factory=list)

    def post(self, work: str, seconds: float, *, server_cpu: Callable[[], float]) -> Posted:
        """
        Let all of them do one kind of work at the same time.

        Args:
            server_cpu: What the server has used so far; asked when all are ready, and at the end.
        """
        for pipe in self.pipes:
            pipe.send((work, seconds))
        for pipe in self.pipes:
            _receive(pipe)
        before = server_cpu()
        for pipe in self.pipes:
            pipe.send("go")
        results: list[Posted] = [_receive(pipe) for pipe in self.pipes]
        return Posted(
            entries=sum(result.entries for result in results),
            seconds=max(result.seconds for result in results),
            cpu_seconds=sum(result.cpu_seconds for result in results),
            server_cpu_seconds=server_cpu() - before,
        )


@contextmanager
def clients(url: str, *, processes: int, threads: int) -> Iterator[Clients]:
    """Start them, connected and ready; stop them at the end."""
    context = multiprocessing.get_context("spawn")
    crew = Clients([])
    try:
        for number in range(processes):
            ours, theirs = context.Pipe()
            share = (number * threads, processes * threads)
            process = context.Process(
                target=_serve, args=(theirs, url, threads, share), daemon=True
            )
            process.start()
            theirs.close()
            crew.processes.append(process)
            crew.pipes.append(ours)
        yield crew
    finally:
        for pipe in crew.pipes:
            pipe.close()
        for process in crew.processes:
            process.join(_START_SECONDS)


def _receive(pipe: "Connection[Any, Any]") -> Any:  # noqa: ANN401 - what was sent
    answer = pipe.recv()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _serve(pipe: "Connection[Any, Any]", url: str, threads: int, share: tuple[int, int]) -> None:
    first, of = share
    posters = Poster.crew(url, threads, first=first, of=of)
    with ThreadPoolExecutor(threads) as pool:
        while True:
            try:
                work, seconds = pipe.recv()
            except EOFError:
                return
            try:
                jobs = [WORK[work](poster, seconds) for poster in posters]
                pipe.send("ready")
                pipe.recv()
                pipe.send(_post(pool, jobs, seconds))
            except Exception as error:  # noqa: BLE001 - told to the parent, which raises it
                pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))


def _post(pool: ThreadPoolExecutor, jobs: list[Callable[[], int]], seconds: float) -> Posted:
    cpu, start = time.process_time(), time.perf_counter()
    entries = sum(pool.map(lambda job: _repeat(job, start + seconds), jobs))
    return Posted(
        entries=entries,
        seconds=time.perf_counter() - start,
        cpu_seconds=time.process_time() - cpu,
    )


def _repeat(job: Callable[[], int], until: float) -> int:
    entries = 0
    while time.perf_counter() < until:
        entries += job()
    return entries
