"""
The sandbox's time: the machine's, moved forward on request, and work that waits for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from entrypoints.sandbox.core.store import Store

logger = logging.getLogger(__name__)

TaskHandler = Callable[[dict[str, Any]], None]


class SandboxClock:
    """
    Wall clock plus an offset that survives a restart.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = self._stored_offset()

    def _stored_offset(self) -> float:
        document = self._store.get("_sandbox", "clock", "offset")
        return float(document["seconds"]) if document else 0.0

    @property
    def offset_seconds(self) -> float:
        return self._offset

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)

    def timestamp(self) -> float:
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        with self._store.transaction():
            self._offset += seconds
            self._store.put("_sandbox", "clock", "offset", {"seconds": self._offset})

    def reload(self) -> None:
        """
        Read the offset again, after the store was wiped.
        """
        self._offset = self._stored_offset()


class Scheduler:
    """
    Work that becomes due at a sandbox time, kept in the store until it has run.

    A handler runs in the same transaction that removes its task, so it happens once;
    it must not talk to the network.

    Args:
        pace: How many times faster than usual states advance by themselves.
    """

    def __init__(self, store: Store, clock: SandboxClock, pace: float = 1.0) -> None:
        self._store = store
        self._clock = clock
        self.pace = pace
        self._handlers: dict[tuple[str, str], TaskHandler] = {}

    def handler(self, vendor: str, action: str) -> Callable[[TaskHandler], TaskHandler]:
        def register(fn: TaskHandler) -> TaskHandler:
            self._handlers[vendor, action] = fn
            return fn

        return register

    def after(
        self, seconds: float, vendor: str, action: str, payload: dict[str, Any] | None = None
    ) -> None:
        self._store.execute(
            "INSERT INTO task (due_at, vendor, action, payload) VALUES (?, ?, ?, ?)",
            (self._clock.timestamp() + seconds, vendor, action, json.dumps(payload or {})),
        )

    def by_itself(
        self, seconds: float, vendor: str, action: str, payload: dict[str, Any] | None = None
    ) -> None:
        """
        As `after`, at the sandbox's pace: for the steps that a vendor's own people would take.
        """
        self.after(seconds / self.pace, vendor, action, payload)

    def run_due(self) -> int:
        """
        Run everything that is due, tasks that these tasks schedule included.

        Returns:
            How many ran. A task that raises is kept with its error, and shown on the overview.
        """
        ran = 0
        while self._run_next():
            ran += 1
        return ran

    def pending(self) -> list[dict[str, Any]]:
        rows = self._store.execute("SELECT * FROM task ORDER BY due_at, id")
        return [{**dict(row), "payload": json.loads(row["payload"])} for row in rows]

    def due(self, *, within_seconds: float) -> int:
        """
        How many tasks will run within this time.
        """
        rows = self._store.execute(
            "SELECT count(*) AS n FROM task WHERE error IS NULL AND due_at <= ?",
            (self._clock.timestamp() + within_seconds,),
        )
        return int(rows[0]["n"])

    def _run_next(self) -> bool:
        task: Any = None
        try:
            with self._store.transaction():
                rows = self._store.execute(
                    "SELECT * FROM task WHERE error IS NULL AND due_at <= ?"
                    " ORDER BY due_at, id LIMIT 1",
                    (self._clock.timestamp(),),
                )
                if not rows:
                    return False
                task = rows[0]
                self._store.execute("DELETE FROM task WHERE id = ?", (task["id"],))
                self._handlers[task["vendor"], task["action"]](json.loads(task["payload"]))
        except Exception as error:
            if task is None:
                raise
            logger.exception("scheduled %s.%s failed", task["vendor"], task["action"])
            self._store.execute("UPDATE task SET error = ? WHERE id = ?", (repr(error), task["id"]))
        return True
