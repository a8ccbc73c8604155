"""
The jobs that the engine knows, and what becomes of the jobs of workers that died.
"""

import asyncio
import inspect

import pytest
from procrastinate import App
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.testing import InMemoryConnector

from entrypoints.worker.app import take_over_stalled, worker_options
from entrypoints.worker.schedule import SCHEDULE


class Manager(JobManager):
    """Knows of some stalled jobs, and notes what is done with them."""

    def __init__(self, *stalled: Job) -> None:
        super().__init__(App(connector=InMemoryConnector()).connector)
        self._stalled = stalled
        self.asked: float | None = None
        self.queued: list[str] = []
        self.let_go: list[tuple[str, Status]] = []

    async def get_stalled_jobs(  # type: ignore[override]
        self, *, seconds_since_heartbeat: float, **_: object
    ) -> tuple[Job, ...]:
        self.asked = seconds_since_heartbeat
        return self._stalled

    async def retry_job(self, job: Job, **_: object) -> None:  # type: ignore[override]
        self.queued.append(job.task_name)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001
        self.let_go.append((job.task_name, status))


def a_job(task: str, queue: str) -> Job:
    return Job(id=1, queue=queue, lock=None, queueing_lock=None, task_name=task, task_kwargs={})


def test_the_work_of_a_dead_worker_is_queued_again() -> None:
    manager = Manager(a_job("react", "reactions"), a_job("process_webhook", "webhooks"))

    asyncio.run(take_over_stalled(manager, 15.0))

    assert manager.asked == 15.0
    assert (manager.queued, manager.let_go) == (["react", "process_webhook"], [])


def test_its_sweeps_are_let_go_and_hold_up_no_other_work() -> None:
    manager = Manager(a_job("sweep:SweepPayments", "schedule"), a_job("react", "reactions"))

    asyncio.run(take_over_stalled(manager, 15.0))

    assert manager.let_go == [("sweep:SweepPayments", Status.FAILED)]
    assert manager.queued == ["react"]


def test_a_living_worker_is_heard_of_well_before_it_counts_as_dead() -> None:
    options = worker_options(4, stalled_after=15.0)

    assert options["update_heartbeat_interval"] * 2 < options["stalled_worker_timeout"]


@pytest.mark.parametrize("use_case", [each for _, each in SCHEDULE], ids=lambda each: each.__name__)
def test_what_runs_by_the_clock_needs_nothing_but_the_actor(use_case: type) -> None:
    taken = inspect.signature(use_case.__call__).parameters
    needed = {
        name
        for name, parameter in taken.items()
        if name != "self" and parameter.default is inspect.Parameter.empty
    }

    assert needed == {"actor"}


def test_nothing_runs_by_the_clock_twice() -> None:
    use_cases = [use_case for _, use_case in SCHEDULE]

    assert len(set(use_cases)) == len(use_cases)
