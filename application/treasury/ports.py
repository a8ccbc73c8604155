"""
What looking after our own money needs of the outside.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from domain.shared.errors import NotFound, Unavailable
from domain.shared.ids import FundingRequestId
from domain.shared.money import Currency, Money
from domain.treasury.float_position import Due, VendorBalance
from domain.treasury.funding import FloatFunding, FundingRequest


class FloatUnknown(Unavailable):
    """The payout vendor does not say what is there just now."""


class DepositNotFound(NotFound):
    """The payout vendor knows of no such deposit."""


@frozen(kw_only=True)
class StuckMove:
    """
    Money that the vendor took from our balance and that has not arrived anywhere.

    Args:
        vendor_status: The vendor's own word for it.
    """

    reference: str
    amount: Money
    vendor_status: str
    since: datetime


@frozen(kw_only=True)
class FoundDeposit:
    """
    Money that reached our balance from outside, as the vendor sees it.

    Args:
        known_as: What it may be called in our books: the vendor's name for it and the bank's.
        taken_back: It came, and the bank took it back.
    """

    known_as: tuple[str, ...]
    taken_back: bool


class PayoutFloat(Protocol):
    """Our balance at the payout vendor, in the vendor's own words."""

    def balances(self) -> Mapping[Currency, VendorBalance]:
        """
        What is there, in every currency that was ever used.

        Raises:
            FloatUnknown: The vendor does not answer.
        """
        ...

    def stuck(self) -> Sequence[StuckMove]:
        """
        What was taken from the balance and is neither delivered nor given back.

        Raises:
            FloatUnknown: The vendor does not answer.
        """
        ...

    def deposit(self, reference: str) -> FoundDeposit:
        """
        Look a deposit up.

        Raises:
            DepositNotFound: The vendor does not know it.
            FloatUnknown: The vendor does not answer.
        """
        ...


@frozen(kw_only=True)
class FloatBooks:
    """
    One currency, as our books see it.

    Args:
        ours: The float less what is in transit.
        on_the_way: What was sent to the vendor since the given time.
    """

    ours: Money
    on_the_way: Money
    dues: Sequence[Due]


class FloatForecast(Protocol):
    """What our books say of the balance, and of what will be needed from it."""

    def by_currency(
        self, *, today: date, until: date, sent_since: datetime
    ) -> Mapping[Currency, FloatBooks]:
        """Every currency that has a balance or something due."""
        ...


class FundingRequestRepository(Protocol):
    """Requests for money; all that is handed out is locked until the end of the transaction."""

    def add(self, request: FundingRequest) -> None:
        """Store a new one; a second open one in a currency is refused by the database."""
        ...

    def get(self, request_id: FundingRequestId) -> FundingRequest:
        """One request; it is there."""
        ...

    def open_in(self, currency: Currency) -> FundingRequest | None:
        """The open one of a currency."""
        ...

    def save(self, request: FundingRequest) -> None:
        """Store a changed one."""
        ...


class FloatFundingRepository(Protocol):
    """What was sent; all that is handed out is locked until the end of the transaction."""

    def add(self, funding: FloatFunding) -> None:
        """Store a new one."""
        ...

    def find(self, references: Sequence[str]) -> FloatFunding | None:
        """The one that is known by one of these references."""
        ...

    def save(self, funding: FloatFunding) -> None:
        """Store a changed one."""
        ...


class TreasuryUnitOfWork(LedgerUnitOfWork, Protocol):
    """A transaction over our own money and the books."""

    @property
    def funding_requests(self) -> FundingRequestRepository:
        """Requests for money."""
        ...

    @property
    def float_fundings(self) -> FloatFundingRepository:
        """What was sent."""
        ...
