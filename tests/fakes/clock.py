"""
Time and identifiers that a test decides about.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import define, field

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@define(eq=False)
class FixedClock:
    """Stands still until a test moves it."""

    at: datetime = MONDAY_NOON

    def now(self) -> datetime:
        return self.at

    def pass_by(self, length: timedelta) -> None:
        self.at += length


@define(eq=False)
class SequentialIds:
    """Later ones sort after earlier ones, as UUIDv7 do."""

    last: int = field(default=0)

    def new(self) -> UUID:
        self.last += 1
        return UUID(int=(0x0190 << 112) | (7 << 76) | (2 << 62) | self.last)
