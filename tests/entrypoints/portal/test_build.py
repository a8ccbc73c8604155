"""
Building the portal leaves the checkout as it was.
"""

from pathlib import Path

import pytest

from entrypoints.portal.build import lock_kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('{"b":{"d":1,"c":2},"a":1}', '{"a": 1, "b": {"c": 2, "d": 1}}'),
        ('{"a": 1, "b": {"c": 2, "d": 3}}', '{"a": 1, "b": {"c": 2, "d": 3}}'),
    ],
    ids=["another order", "another version"],
)
def test_a_lock_changes_only_in_what_it_says(tmp_path: Path, written: str, kept: str) -> None:
    lock = tmp_path / "package.json"
    lock.write_text('{"a": 1, "b": {"c": 2, "d": 1}}')

    with lock_kept(tmp_path):
        lock.write_text(written)

    assert lock.read_text() == kept


def test_a_lock_that_is_gone_stays_gone(tmp_path: Path) -> None:
    lock = tmp_path / "package.json"
    lock.write_text("{}")

    with lock_kept(tmp_path):
        lock.unlink()

    assert not lock.exists()
