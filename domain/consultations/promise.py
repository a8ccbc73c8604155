"""
The promised response time of a service in writing: a physician begins before it is over.
"""

from datetime import datetime, timedelta

from attrs import frozen

# The last quarter of the time is when a reminder still helps.
_WARN_SHARE = 4


@frozen(kw_only=True)
class Promise:
    """Made when the patient's payment was secured."""

    made_at: datetime
    promised_by: datetime
    broken_at: datetime | None = None

    @classmethod
    def made(cls, *, now: datetime, within: timedelta) -> "Promise":
        """A promise that starts now."""
        return cls(made_at=now, promised_by=now + within)

    def is_overdue(self, now: datetime) -> bool:
        """Whether the promised time has come."""
        return now >= self.promised_by

    def is_at_risk(self, now: datetime) -> bool:
        """Whether only the last quarter of the time is left."""
        return now >= self.promised_by - (self.promised_by - self.made_at) / _WARN_SHARE
