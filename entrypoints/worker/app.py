"""
The job engine with our jobs on it.
"""

from typing import Any

from procrastinate import App, JobContext, PsycopgConnector

from entrypoints.worker.execution import Execution
from entrypoints.worker.retrying import BackOff
from entrypoints.worker.schedule import SCHEDULE

HEARTBEAT_SECONDS = 5.0
STALLED_AFTER_SECONDS = 15.0
KEEP_FINISHED_HOURS = 72


def build_app(execution: Execution, conninfo: str) -> App:
    """
    Register every job.

    Args:
        conninfo: As libpq takes it, without SQLAlchemy's driver name.
    """
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))
    _register_jobs(app, execution)
    _register_schedule(app, execution)
    _register_upkeep(app)
    return app


def _register_jobs(app: App, execution: Execution) -> None:
    @app.task(name="react", queue="reactions", retry=BackOff())
    def react(event_id: str, name: str) -> None:
        execution.react(event_id=event_id, name=name)

    @app.task(name="process_webhook", queue="webhooks", retry=BackOff())
    def process_webhook(webhook_id: str) -> None:
        execution.process_webhook(webhook_id=webhook_id)


def _register_schedule(app: App, execution: Execution) -> None:
    for cron, use_case in SCHEDULE:

        def sweep(timestamp: int, use_case: type = use_case) -> None:
            execution.sweep(use_case)

        # The queueing lock keeps a slow sweep from piling up behind itself.
        name = f"sweep:{use_case.__name__}"
        task = app.task(name=name, queue="schedule", queueing_lock=name)(sweep)
        app.periodic(cron=cron, periodic_id=name)(task)


def _register_upkeep(app: App) -> None:
    @app.periodic(cron="* * * * * */5")
    @app.task(
        name="retry_stalled", queue="schedule", queueing_lock="retry_stalled", pass_context=True
    )
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        manager = context.app.job_manager
        stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
        for job in stalled:
            await manager.retry_job(job)

    @app.periodic(cron="17 * * * *")
    @app.task(
        name="delete_finished", queue="schedule", queueing_lock="delete_finished", pass_context=True
    )
    async def delete_finished(context: JobContext, timestamp: int) -> None:
        await context.app.job_manager.delete_old_jobs(
            nb_hours=KEEP_FINISHED_HOURS,
            include_failed=True,
            include_cancelled=True,
            include_aborted=True,
        )


def worker_options(concurrency: int) -> dict[str, Any]:
    """How a worker process runs the app."""
    return {
        "concurrency": concurrency,
        "fetch_job_polling_interval": 1.0,
        "update_heartbeat_interval": HEARTBEAT_SECONDS,
        "stalled_worker_timeout": STALLED_AFTER_SECONDS,
        "shutdown_graceful_timeout": 10.0,
        "delete_jobs": "never",
    }
