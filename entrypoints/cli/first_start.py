"""
The clinic day is made once, in an empty platform, and never over what somebody else put there.

    empty ──seeding begins──> unfinished ──seeding ends──> filled
      ^                           │
      └───────start over──────────┘      only where the database is the checkout's own
"""

import hashlib
from collections.abc import Callable

from attrs import frozen

from entrypoints.cli.console import Progress
from entrypoints.cli.places import StateDirectory


@frozen(kw_only=True)
class Filling:
    """
    What is known about the data of one platform.

    Args:
        is_empty: Says of a migrated database whether it knows nobody yet.
        start_over: Deletes everything that seeding makes; None where the database is not ours.
        wanted: Whether the person wants a clinic day, and every vendor in it is played.
    """

    state: StateDirectory
    is_empty: Callable[[str], bool]
    start_over: Callable[[], None] | None
    wanted: bool = True

    def clear_unfinished(self, progress: Progress) -> None:
        """
        Throw away the half of a clinic day that an interrupted start left, if it is ours.
        """
        if self.start_over is None or _read(self.state, "seeding") != self._name(""):
            return
        with progress.step("clear away an unfinished clinic day"):
            self.start_over()

    def is_due(self, url: str, progress: Progress) -> bool:
        """
        Say whether the clinic day has to be made now, and tell the person if it cannot be.
        """
        if self.is_filled(url):
            return False
        if self.is_empty(url):
            return self.wanted
        if _read(self.state, "seeding") == self._name(url):
            progress.warn(
                "database",
                "an earlier start was interrupted while it made the clinic day, which is"
                " incomplete: name an empty database to have it made anew",
            )
        elif self.wanted:
            progress.say("The database holds people already: no clinic day is added.")
        return False

    def is_filled(self, url: str) -> bool:
        """
        Say whether the clinic day is there, and with it the people that can sign in.
        """
        return _read(self.state, "seeded") == self._name(url) and not self.is_empty(url)

    def begin(self, url: str) -> None:
        # The vendors' memory belongs to the platform that filled it.
        self.state.forget_sandbox()
        self.state.seeded.unlink(missing_ok=True)
        self.state.seeding.write_text(self._name(url))

    def end(self, url: str) -> None:
        self.state.seeded.write_text(self._name(url))
        self.state.seeding.unlink()

    def _name(self, url: str) -> str:
        """
        Tell databases apart without writing down a password.
        """
        if self.start_over is not None:
            return "embedded"
        return hashlib.sha256(url.encode()).hexdigest()


def _read(state: StateDirectory, marker: str) -> str:
    file = state.path / marker
    return file.read_text().strip() if file.exists() else ""
