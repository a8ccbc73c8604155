"""
Whoever has the file of a clock open sees the same time.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from entrypoints.month.shared_clock import SharedClock


def test_a_new_clock_shows_the_present(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock")

    assert clock.behind == timedelta()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_set_back_by_one_it_is_back_for_all(tmp_path: Path) -> None:
    one, other = SharedClock(tmp_path / "clock"), SharedClock(tmp_path / "clock")

    one.behind = timedelta(days=30)

    assert other.behind == timedelta(days=30)
    assert datetime.now(UTC) - other.now() > timedelta(days=29)
    assert SharedClock(tmp_path / "clock").behind == timedelta(days=30)
