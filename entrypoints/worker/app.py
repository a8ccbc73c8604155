"""
The job engine with our jobs on it.
"""

from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from entrypoints.worker.execution import Execution
from entrypoints.worker.retrying import BackOff
from entrypoints.worker.schedule import SCHEDULE, Schedule

STALLED_AFTER_SECONDS = 15.0
KEEP_FINISHED_HOURS = 72
_SCHEDULE = "schedule"


def build_app(
    execution: Execution,
    conninfo: str,
    *,
    stalled_after: float = STALLED_AFTER_SECONDS,
    schedule: Schedule = SCHEDULE,
) -> App:
    """
    Register every job.

    Args:
        conninfo: As libpq takes it, without SQLAlchemy's driver name.
        stalled_after: Seconds without a heartbeat after which a worker's jobs are taken over.
        schedule: What runs by the machine's clock.
    """
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))
    _register_jobs(app, execution)
    _register_schedule(app, execution, schedule)
    _register_upkeep(app, stalled_after)
    return app


def _register_jobs(app: App, execution: Execution) -> None:
    @app.task(name="react", queue="reactions", retry=BackOff())
    def react(event_id: str, name: str) -> None:
        execution.react(event_id=event_id, name=name)

    @app.task(name="process_webhook", queue="webhooks", retry=BackOff())
    def process_webhook(webhook_id: str) -> None:
        execution.process_webhook(webhook_id=webhook_id)


def _register_schedule(app: App, execution: Execution, schedule: Schedule) -> None:
    for cron, use_case in schedule:

        def sweep(timestamp: int, use_case: type = use_case) -> None:
            execution.sweep(use_case)

        # The queueing lock keeps a slow sweep from piling up behind itself.
        name = f"sweep:{use_case.__name__}"
        task = app.task(name=name, queue=_SCHEDULE, queueing_lock=name)(sweep)
        app.periodic(cron=cron, periodic_id=name)(task)


def _register_upkeep(app: App, stalled_after: float) -> None:
    @app.periodic(cron="* * * * * */5")
    @app.task(
        name="retry_stalled", queue=_SCHEDULE, queueing_lock="retry_stalled", pass_context=True
    )
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        await take_over_stalled(context.app.job_manager, stalled_after)

    @app.periodic(cron="17 * * * *")
    @app.task(
        name="delete_finished", queue=_SCHEDULE, queueing_lock="delete_finished", pass_context=True
    )
    async def delete_finished(context: JobContext, timestamp: int) -> None:
        await context.app.job_manager.delete_old_jobs(
            nb_hours=KEEP_FINISHED_HOURS,
            include_failed=True,
            include_cancelled=True,
            include_aborted=True,
        )


async def take_over_stalled(manager: JobManager, stalled_after: float) -> None:
    """
    Queue the jobs of workers that died again.

    What runs by the clock is let go instead: the clock has called the next one already, and
    of two that are alike only one may wait.
    """
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after):
        if job.queue == _SCHEDULE:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        else:
            await manager.retry_job(job)


def worker_options(
    concurrency: int, *, stalled_after: float = STALLED_AFTER_SECONDS
) -> dict[str, Any]:
    """How a worker process runs the app."""
    return {
        "concurrency": concurrency,
        "fetch_job_polling_interval": 1.0,
        "update_heartbeat_interval": stalled_after / 3,
        "stalled_worker_timeout": stalled_after,
        "shutdown_graceful_timeout": 10.0,
        "delete_jobs": "never",
    }
