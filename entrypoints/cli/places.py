"""
Where the checkout is, and where a running platform keeps its state.
"""

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import click
from attrs import frozen

PROJECT = Path(__file__).resolve().parents[2]


@frozen
class StateDirectory:
    """
    The folder that holds what must survive a restart: database, secrets, logs, markers.
    """

    path: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "StateDirectory":
        given = (os.environ if environment is None else environment).get("SCRIPTED_DATA", "")
        return cls(PROJECT / (given or ".scripted"))

    @property
    def database(self) -> Path:
        return self.path / "postgres"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.env"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def lock(self) -> Path:
        return self.path / "up.lock"

    @property
    def processes(self) -> Path:
        return self.path / "processes.json"

    @property
    def seeding(self) -> Path:
        return self.path / "seeding"

    @property
    def seeded(self) -> Path:
        return self.path / "seeded"

    @property
    def sandbox(self) -> Path:
        return self.path / "sandbox.sqlite3"

    @property
    def portal_client(self) -> Path:
        return self.path / "portal-dist"

    @property
    def portal_builds(self) -> set[Path]:
        """
        What the portal's build keeps, which takes a minute to make and holds nobody's data.
        """
        return set(self.path.glob("portal-*"))

    @property
    def is_ours(self) -> bool:
        """
        Say whether the folder may be filled, and later emptied: SCRIPTED_DATA can name any folder.
        """
        if self.path == PROJECT / ".scripted" or self.marker.exists() or not self.path.exists():
            return True
        return all(entry.name.startswith("portal-") for entry in self.path.iterdir())

    @property
    def marker(self) -> Path:
        return self.path / "scripted-state"

    def create(self) -> None:
        """
        Make the folder, and mark it as one that holds nothing else.

        Raises:
            click.ClickException: It holds something else.
        """
        self.require_ours()
        # The database server's own account has to pass through; what is secret inside is closed.
        self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.marker.touch()

    def forget_sandbox(self) -> None:
        """
        Delete what the vendor sandbox remembers.
        """
        for file in self.path.glob(f"{self.sandbox.name}*"):
            file.unlink()

    def clear(self, *, keep: Collection[Path]) -> None:
        """
        Delete everything but what is named, the lock and the mark.
        """
        for entry in self.path.iterdir():
            if entry in {*keep, self.lock, self.marker}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def require_ours(self) -> None:
        if not self.is_ours:
            message = f"{self.path} holds other things: name a new folder with SCRIPTED_DATA"
            raise click.ClickException(message)
