"""
The worker process. Any number of them may run; `kill -9` of one loses nothing.
"""

import asyncio

from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.logging import configure_logging
from entrypoints.worker.app import build_app, worker_options
from entrypoints.worker.execution import Execution


def run() -> None:
    """Work until told to stop; jobs in hand are finished first."""
    settings = Settings.from_environment()
    configure_logging(settings.log_level, process="worker")
    container = Container(settings)
    stalled_after = float(settings.stalled_after_seconds)
    app = build_app(Execution.by(container), container.conninfo, stalled_after=stalled_after)
    options = worker_options(settings.worker_concurrency, stalled_after=stalled_after)

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(**options)

    asyncio.run(work())


if __name__ == "__main__":
    run()
