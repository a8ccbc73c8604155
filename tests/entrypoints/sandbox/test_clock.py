from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrypoints.sandbox.core.clock import SandboxClock, Scheduler
from entrypoints.sandbox.core.store import Store

DAY = 24 * 3600


class TestSandboxClock:
    def test_runs_ahead_of_the_machine_by_what_it_was_moved(self) -> None:
        clock = SandboxClock(Store())
        clock.advance(DAY)

        assert clock.now() - datetime.now(UTC) > timedelta(hours=23)
        assert clock.now().utcoffset() == timedelta(0)

    def test_remembers_its_offset(self) -> None:
        store = Store()
        SandboxClock(store).advance(DAY)

        assert SandboxClock(store).offset_seconds == DAY


class TestScheduler:
    def test_runs_a_task_when_it_is_due_and_only_once(self) -> None:
        store = Store()
        clock = SandboxClock(store)
        scheduler = Scheduler(store, clock)
        ran: list[dict[str, Any]] = []
        scheduler.handler("v", "act")(ran.append)
        scheduler.after(60, "v", "act", {"n": 1})

        assert scheduler.run_due() == 0
        clock.advance(61)
        assert scheduler.run_due() == 1
        assert scheduler.run_due() == 0
        assert ran == [{"n": 1}]

    def test_runs_what_became_due_first_first_and_what_that_schedules(self) -> None:
        store = Store()
        clock = SandboxClock(store)
        scheduler = Scheduler(store, clock)
        ran: list[str] = []

        @scheduler.handler("v", "act")
        def act(payload: dict[str, Any]) -> None:
            ran.append(payload["name"])
            if payload["name"] == "early":
                scheduler.after(0, "v", "act", {"name": "consequence"})

        scheduler.after(20, "v", "act", {"name": "late"})
        scheduler.after(10, "v", "act", {"name": "early"})
        clock.advance(30)
        scheduler.run_due()

        assert ran == ["early", "late", "consequence"]

    def test_a_task_that_fails_undoes_its_work_and_is_shown_with_its_error(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = Store()
        scheduler = Scheduler(store, SandboxClock(store))

        @scheduler.handler("v", "act")
        def act(payload: dict[str, Any]) -> None:
            store.put("v", "k", "1", payload)
            raise LookupError("gone")

        scheduler.after(0, "v", "act")
        with caplog.at_level(logging.CRITICAL):
            scheduler.run_due()

        assert store.get("v", "k", "1") is None
        assert "gone" in scheduler.pending()[0]["error"]
        assert scheduler.run_due() == 0

    def test_what_a_vendor_does_by_itself_follows_the_pace_and_nothing_else_does(self) -> None:
        store = Store()
        clock = SandboxClock(store)
        scheduler = Scheduler(store, clock, pace=60)
        ran: list[str] = []
        scheduler.handler("v", "act")(lambda payload: ran.append(payload["name"]))
        scheduler.by_itself(600, "v", "act", {"name": "review"})
        scheduler.after(600, "v", "act", {"name": "deadline"})

        clock.advance(11)
        scheduler.run_due()

        assert ran == ["review"]

    def test_a_task_survives_the_process(self) -> None:
        store = Store()
        clock = SandboxClock(store)
        Scheduler(store, clock).after(0, "v", "act", {"n": 1})
        ran: list[dict[str, Any]] = []
        restarted = Scheduler(store, clock)
        restarted.handler("v", "act")(ran.append)
        restarted.run_due()

        assert ran == [{"n": 1}]
