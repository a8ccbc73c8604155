"""
Our own money at the payout vendor, as finance sees it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import Clock
from application.treasury.ports import PayoutFloat, StuckMove
from application.treasury.watch import FloatPositions
from domain.shared.ids import FloatFundingId, FundingRequestId
from domain.shared.money import Money
from domain.treasury.float_position import Due, FloatPosition, FundingPolicy
from domain.treasury.funding import FundingRequestStatus


@frozen(kw_only=True)
class FundingRequestView:
    """
    Money that was asked for.

    Args:
        missing: What is still to be sent.
    """

    funding_request_id: FundingRequestId
    amount: Money
    received: Money
    missing: Money
    due_on: date
    status: FundingRequestStatus
    opened_at: datetime
    closed_at: datetime | None


@frozen(kw_only=True)
class FloatFundingView:
    """Money that was sent to the payout vendor."""

    float_funding_id: FloatFundingId
    reference: str
    amount: Money
    occurred_at: datetime
    reversed_at: datetime | None


@frozen(kw_only=True)
class FloatView:
    """
    One currency of our balance at the payout vendor.

    Args:
        available: The vendor's word for what may be paid out.
        ours: What our books say of the same.
        difference: What the vendor has more.
        needed: What is due within the days looked ahead.
        looked_until: How far we look ahead.
        short_from: The first day on which it does not cover all that is due; None if it reaches further than we look.
    """

    currency: str
    available: Money
    reserved: Money
    pending: Money
    ours: Money
    difference: Money
    on_the_way: Money
    needed: Money
    looked_until: date
    short_from: date | None
    dues: tuple[Due, ...]


@frozen(kw_only=True)
class TreasuryView:
    """Everything on one page: balances, what is asked for, what was sent, and what is stuck."""

    at: datetime
    floats: tuple[FloatView, ...]
    requests: tuple[FundingRequestView, ...]
    fundings: tuple[FloatFundingView, ...]
    stuck: tuple[StuckMove, ...]


class TreasuryQueries(Protocol):
    """Requests and fundings, straight from the database."""

    def requests(
        self, *, only_open: bool, limit: int, cursor: str | None
    ) -> Page[FundingRequestView]:
        """The newest first."""
        ...

    def fundings(self, *, limit: int) -> Sequence[FloatFundingView]:
        """The newest first."""
        ...


_SHOWN = 20


@frozen
class ViewTreasury:
    """
    Show our balances at the payout vendor beside our books, and what was asked for and sent.
    """

    _positions: FloatPositions
    _float: PayoutFloat
    _queries: TreasuryQueries
    _policy: FundingPolicy
    _clock: Clock

    def __call__(self, *, actor: Actor) -> TreasuryView:
        """
        Asks the vendor each time.

        Raises:
            AccessDenied: Not finance staff.
            FloatUnknown: The vendor does not answer.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        return TreasuryView(
            at=self._clock.now(),
            floats=tuple(
                _float_view(position, self._policy) for position in self._positions.read()
            ),
            requests=tuple(
                self._queries.requests(only_open=False, limit=_SHOWN, cursor=None).items
            ),
            fundings=tuple(self._queries.fundings(limit=_SHOWN)),
            stuck=tuple(self._float.stuck()),
        )


@frozen
class ListFundingRequests:
    """
    List what was asked for, the newest first.
    """

    _queries: TreasuryQueries

    def __call__(
        self,
        *,
        actor: Actor,
        only_open: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[FundingRequestView]:
        """
        For finance staff.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        return self._queries.requests(only_open=only_open, limit=limit, cursor=cursor)


def _float_view(position: FloatPosition, policy: FundingPolicy) -> FloatView:
    until = position.today + policy.ahead
    return FloatView(
        currency=position.currency.code,
        available=position.theirs.available,
        reserved=position.theirs.reserved,
        pending=position.theirs.pending,
        ours=position.ours,
        difference=position.difference,
        on_the_way=position.on_the_way,
        needed=position.needed(until=until),
        looked_until=until,
        short_from=position.short_from(until=until),
        dues=tuple(position.dues),
    )
