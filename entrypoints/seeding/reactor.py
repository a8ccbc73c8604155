"""
A worker within this process, so that reactions run by this process's clock.
"""

import asyncio
import threading
from types import TracebackType
from typing import Self

from attrs import define, field

from entrypoints.container import Container
from entrypoints.worker.app import build_app, worker_options
from entrypoints.worker.execution import Execution
from entrypoints.worker.schedule import SCHEDULE, Schedule


@define(eq=False)
class Reactor:
    """
    Runs while entered. No other worker should run on the database meanwhile.

    Args:
        schedule: What runs by the machine's clock; nothing for who moves time in leaps.
    """

    container: Container
    schedule: Schedule = SCHEDULE
    _thread: threading.Thread = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _work: "asyncio.Task[None]" = field(init=False)
    _started: threading.Event = field(factory=threading.Event, init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="reactor", daemon=True)
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._work.cancel)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        app = build_app(
            Execution.by(self.container), self.container.conninfo, schedule=self.schedule
        )
        async with app.open_async():
            options = worker_options(concurrency=4) | {"install_signal_handlers": False}
            self._work = asyncio.create_task(app.run_worker_async(**options))
            self._started.set()
            try:
                await self._work
            except asyncio.CancelledError:
                return
