"""
Our own money in memory, and a payout vendor's balance that a test sets.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from attrs import define, evolve, field

from application.treasury.ports import (
    DepositNotFound,
    FloatBooks,
    FloatUnknown,
    FoundDeposit,
    StuckMove,
)
from domain.ledger.chart import PAYOUT_FLOAT, PAYOUTS_IN_TRANSIT
from domain.shared.ids import FundingRequestId
from domain.shared.money import Currency, Money, total
from domain.treasury.float_position import Due, VendorBalance
from domain.treasury.funding import FloatFunding, FundingRequest
from tests.fakes.aggregates import Aggregates, Collector


@define(eq=False)
class InMemoryFundingRequests:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, request: FundingRequest) -> None:
        assert self.open_in(request.amount.currency) is None, "one open request a currency"
        self._store.put(request.id, request)

    def get(self, request_id: FundingRequestId) -> FundingRequest:
        found: FundingRequest | None = self._store.find(request_id)
        assert found is not None
        return found

    def open_in(self, currency: Currency) -> FundingRequest | None:
        return next(
            (each for each in self.all() if each.is_open and each.amount.currency == currency),
            None,
        )

    def save(self, request: FundingRequest) -> None:
        self._store.put(request.id, request)

    def all(self) -> list[FundingRequest]:
        return sorted(self._store.all(), key=lambda request: request.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryFloatFundings:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, funding: FloatFunding) -> None:
        self._store.put(funding.id, funding)

    def find(self, references: Sequence[str]) -> FloatFunding | None:
        return next((each for each in self.all() if each.reference in references), None)

    def save(self, funding: FloatFunding) -> None:
        self._store.put(funding.id, funding)

    def all(self) -> list[FloatFunding]:
        return sorted(self._store.all(), key=lambda funding: funding.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryFloat:
    """What the vendor says is there."""

    held: dict[Currency, VendorBalance] = field(factory=dict)
    stuck_moves: list[StuckMove] = field(factory=list)
    deposits: dict[str, FoundDeposit] = field(factory=dict)
    silent: bool = False

    def put(self, available: Money) -> None:
        nothing = VendorBalance.nothing(available.currency)
        self.held[available.currency] = evolve(nothing, available=available)

    def balances(self) -> Mapping[Currency, VendorBalance]:
        if self.silent:
            raise FloatUnknown("The vendor does not answer.")
        return dict(self.held)

    def stuck(self) -> Sequence[StuckMove]:
        return list(self.stuck_moves)

    def deposit(self, reference: str) -> FoundDeposit:
        if reference not in self.deposits:
            raise DepositNotFound("The vendor does not know it.")
        return self.deposits[reference]


@define(eq=False)
class InMemoryForecast:
    """Our books' side, from the fake unit of work; what is due is set by the test."""

    uow: Any
    dues: list[Due] = field(factory=list)

    def by_currency(
        self, *, today: date, until: date, sent_since: datetime
    ) -> Mapping[Currency, FloatBooks]:
        with self.uow as uow:
            sent = [
                funding.amount
                for funding in uow.float_fundings.all()
                if funding.reversed_at is None and funding.occurred_at > sent_since
            ]
            currencies = {one.currency for one in sent} | {due.amount.currency for due in self.dues}
            return {
                currency: FloatBooks(
                    ours=uow.journal.balance(PAYOUT_FLOAT, currency)
                    - uow.journal.balance(PAYOUTS_IN_TRANSIT, currency),
                    on_the_way=total([one for one in sent if one.currency == currency], currency),
                    dues=[due for due in self.dues if due.amount.currency == currency],
                )
                for currency in currencies
            }
