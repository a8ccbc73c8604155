"""
How long a time is held, and how often and late it may be moved.
"""

from datetime import datetime, timedelta

from attrs import frozen

from domain.shared.errors import Conflict


class TooLateToMove(Conflict):
    """The visit is too close."""


class MovedTooOften(Conflict):
    """The visit was moved as often as the policy allows."""


@frozen(kw_only=True)
class BookingPolicy:
    """
    The same for all visits.

    Args:
        hold_for: How long a chosen time is kept while the patient pays.
        move_until: The latest that a patient may move a visit, before its start.
        moves: How often.
    """

    hold_for: timedelta = timedelta(minutes=10)
    move_until: timedelta = timedelta(hours=12)
    moves: int = 2

    def require_movable(self, *, start_at: datetime, moved: int, now: datetime) -> None:
        """
        Insist that a patient may still move a visit.

        Raises:
            TooLateToMove: It starts too soon.
            MovedTooOften: It was moved before.
        """
        if now > start_at - self.move_until:
            hours = self.move_until // timedelta(hours=1)
            raise TooLateToMove(f"A visit can be moved until {hours} hours before it starts.")
        if moved >= self.moves:
            raise MovedTooOften(f"A visit can be moved {self.moves} times.")
