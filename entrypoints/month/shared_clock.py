"""
A clock that can be set back, for several processes at once.
"""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import define, field

_SECONDS = struct.Struct("d")


@define(eq=False)
class SharedClock:
    """
    Runs at the usual pace, behind the present by what the file says to everybody who has it open.
    """

    path: Path
    _kept: mmap.mmap = field(init=False)

    def __attrs_post_init__(self) -> None:
        with self.path.open("a+b") as file:
            if file.tell() < _SECONDS.size:
                file.write(_SECONDS.pack(0.0))
                file.flush()
            self._kept = mmap.mmap(file.fileno(), _SECONDS.size)

    @property
    def behind(self) -> timedelta:
        """How far it is behind the present."""
        (seconds,) = _SECONDS.unpack(self._kept[:])
        return timedelta(seconds=seconds)

    @behind.setter
    def behind(self, behind: timedelta) -> None:
        self._kept[:] = _SECONDS.pack(behind.total_seconds())

    def now(self) -> datetime:
        """The instant that this clock shows."""
        return datetime.now(UTC) - self.behind
