"""
Building the portal leaves the checkout as it was.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from entrypoints.portal import build
from entrypoints.portal.build import BuildFailed, lock_kept

REGISTRY = "https://mirror.example/isbot/-/isbot-5.2.2.tgz"


def lock(**package: Any) -> str:
    packages = {"": {"name": "reflex"}, "node_modules/isbot": {"version": "5.2.2", **package}}
    return json.dumps({"lockfileVersion": 3, "packages": packages})


def after_building(folder: Path, *, kept: str, written: str) -> str:
    """What a lock says after the builder wrote it."""
    path = folder / "package-lock.json"
    path.write_text(kept)
    with lock_kept(folder):
        path.write_text(written)
    return path.read_text()


def build_in_vain(path: Path, written: str) -> None:
    with lock_kept(path.parent):
        path.write_text(written)
        raise BuildFailed("No room on the disk.")


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        ('{"a": 1, "b": {"c": 2, "d": 1}}', '{"b":{"d":1,"c":2},"a":1}'),
        (lock(integrity="sha512-A"), lock(integrity="sha512-A", resolved=REGISTRY)),
        (lock(integrity="sha512-A", resolved=REGISTRY), lock(integrity="sha512-A")),
        (lock(), lock(integrity="sha512-A", resolved=REGISTRY)),
        (lock(integrity="sha512-A"), lock()),
    ],
    ids=["another order", "an address", "no address", "a digest and an address", "no digest"],
)
def test_a_lock_that_locks_the_same_stays_as_it_was(
    tmp_path: Path, kept: str, written: str
) -> None:
    assert after_building(tmp_path, kept=kept, written=written) == kept


@pytest.mark.parametrize(
    "written",
    [
        lock(integrity="sha512-A", version="5.2.3"),
        lock(integrity="sha512-B", resolved=REGISTRY),
        lock(integrity="sha512-A", resolved="git+ssh://git@example.org/isbot.git#1234"),
        lock(integrity="sha512-A").replace("isbot", "wasbot"),
    ],
    ids=["another version", "another digest", "another source", "another package"],
)
def test_a_lock_that_says_something_else_is_kept_as_written(tmp_path: Path, written: str) -> None:
    before = lock(integrity="sha512-A")

    assert after_building(tmp_path, kept=before, written=written) == written


def test_a_lock_that_is_gone_stays_gone(tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text("{}")

    with lock_kept(tmp_path):
        path.unlink()

    assert not path.exists()


def test_a_build_that_fails_leaves_the_lock_as_well(tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text('{"a": 1, "b": 2}')

    with pytest.raises(BuildFailed):
        build_in_vain(path, '{"b": 2, "a": 1}')

    assert path.read_text() == '{"a": 1, "b": 2}'


def test_npm_writes_no_address_of_this_machines_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a change of packages brings none of them into the checkout either."""
    monkeypatch.setattr(build, "_npm_registry", lambda _: "https://mirror.example/")

    assert build._builder_environment()["npm_config_omit_lockfile_registry_resolved"] == "true"
