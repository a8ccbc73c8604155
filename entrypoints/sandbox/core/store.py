"""
Everything the sandbox remembers: JSON documents in one SQLite file.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    vendor TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (vendor, kind, id)
);
CREATE INDEX IF NOT EXISTS document_order ON document (vendor, kind, seq);
CREATE INDEX IF NOT EXISTS document_charge ON document (kind, json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS document_payment_intent
    ON document (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS document_source ON document (kind, json_extract(body, '$.source'));
CREATE INDEX IF NOT EXISTS document_request ON document (kind, json_extract(body, '$.request_id'));
CREATE TABLE IF NOT EXISTS counter (
    vendor TEXT NOT NULL, kind TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (vendor, kind)
);
CREATE TABLE IF NOT EXISTS task (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due_at REAL NOT NULL, vendor TEXT NOT NULL,
    action TEXT NOT NULL, payload TEXT NOT NULL, error TEXT
);
CREATE INDEX IF NOT EXISTS task_due ON task (due_at) WHERE error IS NULL;
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, name TEXT NOT NULL,
    times INTEGER NOT NULL, match TEXT NOT NULL, params TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, url TEXT NOT NULL,
    event_id TEXT NOT NULL, event_type TEXT NOT NULL, body BLOB NOT NULL,
    content_type TEXT NOT NULL, status TEXT NOT NULL, flaw TEXT, created_at REAL NOT NULL,
    next_attempt_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, attempted_at REAL,
    last_status INTEGER, last_error TEXT
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next_attempt_at) WHERE status = 'pending';
"""
_TABLES = ("document", "counter", "task", "fault", "delivery")


class Store:
    """
    Documents by (vendor, kind, id), kept in insertion order. Safe to share between threads.

    Args:
        path: The SQLite file; ``None`` keeps everything in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            str(path) if path else ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        Everything written inside is kept together or not at all. May be nested.

        Never talk to the network inside: all other requests wait for the outermost one to end.
        """
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """
        Run an INSERT and return the number of the new row.
        """
        with self._lock:
            return self._connection.execute(sql, parameters).lastrowid or 0

    def put(self, vendor: str, kind: str, id: str, doc: Document) -> None:
        """
        Store a document; one with the same id is replaced and keeps its place in the order.
        """
        self.execute(
            "INSERT INTO document (vendor, kind, id, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (vendor, kind, id) DO UPDATE SET body = excluded.body",
            (vendor, kind, id, json.dumps(doc)),
        )

    def get(self, vendor: str, kind: str, id: str) -> Document | None:
        rows = self.execute(
            "SELECT body FROM document WHERE vendor = ? AND kind = ? AND id = ?", (vendor, kind, id)
        )
        return json.loads(rows[0]["body"]) if rows else None

    def delete(self, vendor: str, kind: str, id: str) -> None:
        self.execute(
            "DELETE FROM document WHERE vendor = ? AND kind = ? AND id = ?", (vendor, kind, id)
        )

    def all(self, vendor: str, kind: str) -> list[Document]:
        rows = self.execute(
            "SELECT body FROM document WHERE vendor = ? AND kind = ? ORDER BY seq", (vendor, kind)
        )
        return [json.loads(row["body"]) for row in rows]

    def find(self, vendor: str, kind: str, **equals: Any) -> list[Document]:
        """
        Documents whose top-level fields equal the given values, in insertion order.
        """
        # Spelt out, so that an index is found; field names are the program's own.
        clauses = "".join(f" AND json_extract(body, '$.{field}') IS ?" for field in equals)
        rows = self.execute(
            f"SELECT body FROM document WHERE vendor = ? AND kind = ?{clauses} ORDER BY seq",  # noqa: S608
            (vendor, kind, *equals.values()),
        )
        return [json.loads(row["body"]) for row in rows]

    def newest(self, vendor: str, kind: str, limit: int) -> list[Document]:
        """
        The documents inserted last, the very last one first.
        """
        rows = self.execute(
            "SELECT body FROM document WHERE vendor = ? AND kind = ? ORDER BY seq DESC LIMIT ?",
            (vendor, kind, limit),
        )
        return [json.loads(row["body"]) for row in rows]

    def kinds(self, vendor: str) -> dict[str, int]:
        """
        How many documents of each kind a vendor has.
        """
        rows = self.execute(
            "SELECT kind, count(*) AS n FROM document WHERE vendor = ? GROUP BY kind ORDER BY kind",
            (vendor,),
        )
        return {row["kind"]: row["n"] for row in rows}

    def next_number(self, vendor: str, kind: str) -> int:
        """
        1, 2, 3 … for each (vendor, kind); never the same twice.
        """
        rows = self.execute(
            "INSERT INTO counter (vendor, kind, value) VALUES (?, ?, 1)"
            " ON CONFLICT (vendor, kind) DO UPDATE SET value = value + 1 RETURNING value",
            (vendor, kind),
        )
        return int(rows[0]["value"])

    def wipe(self) -> None:
        with self.transaction():
            for table in _TABLES:
                self.execute(f"DELETE FROM {table}")  # noqa: S608

    def close(self) -> None:
        with self._lock:
            self._connection.close()
