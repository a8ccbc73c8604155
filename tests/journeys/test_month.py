"""
A small clinic's month, with everything that goes wrong in one, on a platform of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from application.ledger.books import Check
from entrypoints.cli.places import PROJECT

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("month"),
    pytest.mark.timeout(1800),
]
SUMS = 6
SMALL = ("--physicians", "4", "--consultations", "40")


def test_a_month_ends_with_all_books_right_and_every_difference_explained(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli", "demo", "--month", *SMALL],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    said = finished.stdout
    assert finished.returncode == 0, said + finished.stderr
    assert "everything is as it must be" in said.splitlines()[-1]
    for check in Check:
        assert f"{check.value:<44} holds" in said
    assert "unexplained breaks: none" in said
    assert "periods closed: 5 of 5" in said
    assert said.count("    = ") == SUMS
    assert list(tmp_path.iterdir()) == []
