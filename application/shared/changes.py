"""
Hearing of what changed, for front ends that show it without being asked again.
"""

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

from attrs import frozen


@frozen(kw_only=True)
class Change:
    """
    An event was committed. Says whom it may interest, not what it was about.

    Args:
        kind: The event's class name, such as `ConsultationClaimed`.
    """

    kind: str
    consultation_id: UUID | None
    patient_id: UUID | None
    physician_id: UUID | None


class ChangeFeed(Protocol):
    """Changes as they are committed by any process. Those during a gap are not repeated."""

    def changes(self) -> AsyncIterator[Change | None]:
        """
        Wait for changes for ever; reconnects by itself.

        Yields None after a gap, when anything may have changed.
        """
        ...
