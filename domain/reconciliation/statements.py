"""
What a bank or vendor states: entries, and what the account held before and after them.
"""

from collections.abc import Mapping
from datetime import date, datetime

from attrs import field, frozen

from domain.reconciliation.findings import BreakKind, Finding
from domain.reconciliation.items import Item, Place, Source
from domain.shared.errors import InvalidInput
from domain.shared.money import Currency, Money, total


class UnreadableStatement(InvalidInput):
    """The file is not a bank statement of the kind that it is said to be."""


@frozen(kw_only=True)
class BankStatement:
    """
    One statement of one account.

    Args:
        id: The bank's own number of it.
        account: Ours, cut to its last four characters.
        opening: What the account held before the first entry.
        closing: What it held after the last, at the end of `ends_on`.
        entries: Booked ones alone.
    """

    id: str
    account: str
    currency: Currency
    starts_on: date
    ends_on: date
    opening: Money | None
    closing: Money | None
    entries: tuple[Item, ...] = field()

    @entries.validator
    def _check(self, _: object, entries: tuple[Item, ...]) -> None:
        foreign = [each for each in entries if each.amount.currency != self.currency]
        repeated = len({each.external_id for each in entries}) != len(entries)
        if foreign or repeated:
            raise UnreadableStatement(
                "An entry is in another currency than the account."
                if foreign
                else "Two entries of one statement have the same identifier."
            )

    @property
    def gap(self) -> Money:
        """By how much the closing balance is more than the opening one and all entries."""
        if self.opening is None or self.closing is None:
            return Money.zero(self.currency)
        moved = total([each.amount for each in self.entries], self.currency)
        return self.closing - self.opening - moved


@frozen(kw_only=True)
class StatedBalance:
    """
    What they say we have with them.

    Args:
        stated_by: The kind of paper that says so.
        at: As of when, including all that counted until then.
        is_opening: It was there before anything that we were ever told of.
    """

    source: Source
    stated_by: str
    at: datetime
    amount: Money
    is_opening: bool = False

    @property
    def place(self) -> Place:
        """Where it is compared."""
        return (self.source, self.amount.currency)


def check_balances(summed: Mapping[StatedBalance, Money]) -> tuple[Finding, ...]:
    """
    Their balance has to be the sum of all that they ever told; one finding for each place.

    Args:
        summed: Of each balance, what they had before and the sum of their items since.
    """
    differing = {
        balance.place: balance
        for balance in sorted(summed, key=lambda each: (each.at, each.stated_by))
        if balance.amount != summed[balance]
    }
    return tuple(
        Finding(
            kind=BreakKind.BALANCE_DIFFERS,
            items=(),
            subject=f"balance:{balance.source}:{balance.amount.currency}",
            differences={place: balance.amount - summed[balance]},
            reason=f"the {balance.stated_by} says {balance.amount},"
            f" the items make {summed[balance]}",
        )
        for place, balance in differing.items()
    )
