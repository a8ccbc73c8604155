"""
The threads that run due tasks and send due webhooks while nobody asks.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from entrypoints.sandbox.core.clock import Scheduler
from entrypoints.sandbox.core.webhooks import WebhookSender

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.2
_SHORTEST_PAUSE_SECONDS = 0.02


class Background:
    """
    Two daemon threads, one for tasks and one for webhooks; a slow endpoint holds no task up.
    """

    def __init__(self, scheduler: Scheduler, webhooks: WebhookSender) -> None:
        self._scheduler = scheduler
        self._webhooks = webhooks
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sandbox-webhook")
        self._threads = [
            threading.Thread(target=self._tasks, name="sandbox-tasks", daemon=True),
            threading.Thread(target=self._deliveries, name="sandbox-deliveries", daemon=True),
        ]

    def start(self) -> None:
        self._webhooks.on_enqueue = self._news.set
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._news.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    def _tasks(self) -> None:
        while not self._stopping.wait(self._pause()):
            try:
                self._scheduler.run_due()
            except Exception:
                logger.exception("running due tasks failed; trying again")

    def _pause(self) -> float:
        return max(
            _SHORTEST_PAUSE_SECONDS, min(_PAUSE_SECONDS, _PAUSE_SECONDS / self._scheduler.pace)
        )

    def _deliveries(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(_PAUSE_SECONDS)
            self._news.clear()
            try:
                self._webhooks.deliver_due(pool=self._pool)
            except Exception:
                logger.exception("sending due webhooks failed; trying again")
