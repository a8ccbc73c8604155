"""
Our own balance at Airwallex, what was paid into it, and what is stuck on its way out.

https://www.airwallex.com/docs/api#/Core_Resources/Balances
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

from adapters.airwallex.client import (
    AirwallexBusy,
    AirwallexClient,
    AirwallexRefused,
    AirwallexSilent,
    Answer,
)
from application.treasury.ports import DepositNotFound, FloatUnknown, FoundDeposit, StuckMove
from domain.shared.money import Currency, Money
from domain.treasury.float_position import VendorBalance

_NOT_FOUND = 404
_PAGE = 200
_STUCK = ("SUSPENDED", "PENDING")
"""The source is debited at once; only SETTLED and FAILED say where the money is."""


class AirwallexFloat:
    """What Airwallex holds for us."""

    def __init__(self, client: AirwallexClient) -> None:
        self._client = client

    def balances(self) -> Mapping[Currency, VendorBalance]:
        with _answering():
            return {
                Currency(str(each["currency"])): _balance(each)
                for each in self._client.get_list("/balances/current")
            }

    def stuck(self) -> Sequence[StuckMove]:
        with _answering():
            return [
                StuckMove(
                    reference=str(each["id"]),
                    amount=_money(each["amount"], str(each["currency"])),
                    vendor_status=str(each["status"]),
                    since=datetime.fromisoformat(str(each["created_at"])).astimezone(UTC),
                )
                for status in _STUCK
                for each in self._moves(status)
            ]

    def deposit(self, reference: str) -> FoundDeposit:
        try:
            with _answering():
                found = self._client.get(f"/deposits/{reference}")
        except AirwallexRefused as refused:
            if refused.status == _NOT_FOUND:
                raise DepositNotFound("The payout vendor does not know it.") from refused
            raise
        named = (str(found["id"]), found.get("reference"))
        return FoundDeposit(
            known_as=tuple(str(name) for name in named if name),
            taken_back=found["status"] == "REVERSED",
        )

    def _moves(self, status: str) -> Iterator[Answer]:
        number, more = 0, True
        while more:
            page = self._client.get(
                "/connected_account_transfers",
                status=status,
                page_num=str(number),
                page_size=str(_PAGE),
            )
            yield from page["items"]
            number, more = number + 1, bool(page.get("has_more"))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (AirwallexSilent, AirwallexBusy) as failure:
        raise FloatUnknown("The payout vendor does not answer just now.") from failure


def _balance(each: Answer) -> VendorBalance:
    currency = str(each["currency"])
    return VendorBalance(
        available=_money(each["available_amount"], currency),
        reserved=_money(each["reserved_amount"], currency),
        pending=_money(each["pending_amount"], currency),
    )


def _money(amount: Decimal | int | str, currency: str) -> Money:
    return Money.from_major(Decimal(amount), currency)
