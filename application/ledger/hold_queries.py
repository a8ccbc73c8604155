"""
What is held for review, as finance sees it.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from domain.ledger.hold import HoldCategory
from domain.shared.ids import HoldId, PhysicianId
from domain.shared.money import Money


@frozen(kw_only=True)
class HoldView:
    """One amount that is held for review."""

    hold_id: HoldId
    physician_id: PhysicianId
    physician_name: str
    amount: Money
    category: HoldCategory
    placed_at: datetime
    review_until: datetime


class HoldQueries(Protocol):
    """Holds, straight from the database."""

    def under_review(self, *, limit: int, cursor: str | None) -> Page[HoldView]:
        """Those that bind money, by the day on which they end."""
        ...


@frozen
class ListHolds:
    """
    List what is held for review.
    """

    _queries: HoldQueries

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[HoldView]:
        """
        Those that end first come first.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE)
        return self._queries.under_review(limit=limit, cursor=cursor)
