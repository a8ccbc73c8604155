"""
"Where is my money?": every cent we owe a physician, and why it is where it is.

Each line names a state, the rule behind it, a date where there is one, and whose turn it
is. The lines of a state add up to what the books say of it, or this is a bug.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.payouts.failure import WhoActs
from domain.shared.errors import InvariantError
from domain.shared.money import Money, total


class LinesDoNotAddUp(InvariantError):
    """The explanation and the books tell different amounts."""


class MoneyState(StrEnum):
    """Where the money is."""

    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    IN_TRANSIT = "in_transit"
    DEBT = "debt"


class MoneyRule(StrEnum):
    """Why it is there."""

    CLEARING_PERIOD = "clearing_period"  # earned, and clears on the date
    READY = "ready"  # may be withdrawn
    PAYOUT_AWAITS_APPROVAL = "payout_awaits_approval"  # a large one; two people of ours agree first
    PAYOUT_QUEUED = "payout_queued"  # set aside, about to be sent
    PAYOUT_WAITS_FOR_FUNDING = "payout_waits_for_funding"  # until our own money is there
    PAYOUT_PAUSED_BY_ACCOUNT = "payout_paused_by_account"  # until the vendor clears them again
    PAYOUT_WAITS_TO_RETRY = "payout_waits_to_retry"  # the vendor could not take it; again on date
    PAYOUT_BEING_LOOKED_UP = "payout_being_looked_up"  # the vendor did not answer
    UNDER_REVIEW = "under_review"  # a person of ours looks into it
    HELD_FOR_REVIEW = "held_for_review"  # set aside; given back on the date, or earlier
    AT_THE_BANKS = "at_the_banks"  # sent; the banks are at work
    REFUND_AFTER_PAYOUT = "refund_after_payout"  # owed, recovered from later earnings


@frozen(kw_only=True)
class MoneyLine:
    """
    A part of a wallet and its reason.

    Args:
        amount: Positive; a debt too.
        cause: The consultation, payout or hold, as a wire identifier.
        on: When it is expected to move on by itself.
        detail: The vendor's own status, or a failure code.
    """

    state: MoneyState
    rule: MoneyRule
    amount: Money
    who_acts: WhoActs
    cause: str | None = None
    on: datetime | None = None
    detail: str | None = None


@frozen(kw_only=True)
class WalletBalances:
    """What the books say of one physician in one currency; all positive."""

    pending: Money
    available: Money
    held: Money
    in_transit: Money
    debt: Money

    @property
    def owed(self) -> Money:
        """What we owe in all: the debt is taken off, money in transit is still owed."""
        return self.pending + self.available + self.held + self.in_transit - self.debt

    def of(self, state: MoneyState) -> Money:
        """The balance of one state."""
        return {
            MoneyState.PENDING: self.pending,
            MoneyState.AVAILABLE: self.available,
            MoneyState.HELD: self.held,
            MoneyState.IN_TRANSIT: self.in_transit,
            MoneyState.DEBT: self.debt,
        }[state]


def check_lines(lines: Sequence[MoneyLine], balances: WalletBalances) -> None:
    """
    Hold the explanation against the books.

    Raises:
        LinesDoNotAddUp: They differ in some state.
    """
    currency = balances.pending.currency
    for state in MoneyState:
        explained = total([line.amount for line in lines if line.state is state], currency)
        if explained != balances.of(state):
            raise LinesDoNotAddUp(
                f"{state} is {balances.of(state)} in the books, {explained} is explained"
            )
