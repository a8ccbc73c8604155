"""
Looking ahead: does our balance at the payout vendor cover what physicians will be paid?
"""

from collections.abc import Sequence
from datetime import timedelta

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock, Ids
from application.treasury.ports import (
    FloatBooks,
    FloatForecast,
    PayoutFloat,
    TreasuryUnitOfWork,
)
from domain.shared.ids import FundingRequestId
from domain.shared.money import Currency, Money
from domain.treasury.float_position import (
    FloatPosition,
    FundingPolicy,
    VendorBalance,
    to_ask_for,
)
from domain.treasury.funding import FundingRequest

_ARRIVES_WITHIN = timedelta(days=3)
"""A bank transfer to the vendor takes no longer; what has not come by then is not on its way."""


@frozen
class FloatPositions:
    """Both sides of our balance, put together. Reads only."""

    _float: PayoutFloat
    _forecast: FloatForecast
    _clock: Clock
    _policy: FundingPolicy

    def read(self) -> Sequence[FloatPosition]:
        """
        Every currency, in order.

        Raises:
            FloatUnknown: The vendor does not answer.
        """
        now = self._clock.now()
        theirs = self._float.balances()
        ours = self._forecast.by_currency(
            today=now.date(),
            until=now.date() + self._policy.ahead,
            sent_since=now - _ARRIVES_WITHIN,
        )
        currencies = sorted(theirs.keys() | ours.keys(), key=lambda currency: currency.code)
        return [
            FloatPosition(
                theirs=theirs.get(currency, VendorBalance.nothing(currency)),
                ours=books.ours,
                on_the_way=books.on_the_way,
                dues=books.dues,
                today=now.date(),
            )
            for currency in currencies
            for books in [ours.get(currency, _nothing(currency))]
        ]


@frozen
class WatchFloat:
    """
    Ask for money before the balance runs out, and stop asking when it is there.
    """

    _uow: TreasuryUnitOfWork
    _clock: Clock
    _ids: Ids
    _positions: FloatPositions
    _policy: FundingPolicy

    def __call__(self, *, actor: Actor) -> None:
        """
        There is one open request for each currency; asking again changes it as needed.

        Raises:
            AccessDenied: Not finance staff.
            FloatUnknown: The vendor does not answer.
        """
        require_role(actor, Role.FINANCE)
        for position in self._positions.read():
            self._follow(position)

    def _follow(self, position: FloatPosition) -> None:
        now = self._clock.now()
        asked = to_ask_for(position, self._policy)
        with self._uow as uow:
            request = uow.funding_requests.open_in(position.currency)
            if request is None and asked is None:
                return
            if request is None and asked is not None:
                amount, due_on = asked
                request = FundingRequest.open(
                    id=FundingRequestId(self._ids.new()), amount=amount, due_on=due_on, now=now
                )
                uow.funding_requests.add(request)
            elif request is not None:
                nothing = (Money.zero(position.currency), request.due_on)
                missing, due_on = asked or nothing
                request.follow(missing=missing, due_on=due_on, now=now)
                uow.funding_requests.save(request)
            uow.commit()


def _nothing(currency: Currency) -> FloatBooks:
    zero = Money.zero(currency)
    return FloatBooks(ours=zero, on_the_way=zero, dues=())
