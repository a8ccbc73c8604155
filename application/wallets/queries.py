"""
What a physician sees of their money: balances, a statement, and where every cent is.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from domain.shared.ids import PhysicianId
from domain.shared.money import Currency, Money
from domain.wallets.money_state import MoneyLine, WalletBalances, check_lines


@frozen(kw_only=True)
class WalletView:
    """
    One physician's money in one currency.

    Args:
        paid_out: All that ever reached the bank.
        next_clears_on: When the next earning becomes available.
    """

    physician_id: PhysicianId
    currency: str
    balances: WalletBalances
    paid_out: Money
    next_clears_on: datetime | None


class CauseKind(StrEnum):
    """What made a line of a statement."""

    CONSULTATION = "consultation"
    PAYOUT = "payout"
    REFUND = "refund"
    DISPUTE = "dispute"
    HOLD = "hold"
    EARNING = "earning"


@frozen(kw_only=True)
class StatementLine:
    """
    One journal entry as it changed one wallet.

    Args:
        reason: The posting rule, e.g. `service_delivered`.
        cause: The wire identifier of what made it.
        consultation: The consultation behind an earning or its refund, as a wire identifier.
        pending: By how much this part changed; may be negative or nothing.
        balance: Pending, available and held together, after this line.
    """

    entry_id: str
    occurred_at: datetime
    recorded_at: datetime
    reason: str
    cause_kind: CauseKind
    cause: str
    consultation: str | None
    pending: Money
    available: Money
    held: Money
    balance: Money

    @property
    def change(self) -> Money:
        """By how much the whole wallet changed; nothing if money only moved within it."""
        return self.pending + self.available + self.held


@frozen(kw_only=True)
class MoneyMap:
    """Where every cent of a wallet is; the lines add up to the balances."""

    physician_id: PhysicianId
    currency: str
    at: datetime
    balances: WalletBalances
    lines: tuple[MoneyLine, ...]


class WalletQueries(Protocol):
    """Wallets, straight from the database."""

    def wallets(self, physician_id: PhysicianId) -> tuple[WalletView, ...]:
        """One for each currency that was ever earned in."""
        ...

    def statement(
        self, physician_id: PhysicianId, currency: Currency, *, limit: int, cursor: str | None
    ) -> Page[StatementLine]:
        """The newest line first, each with the balance after it."""
        ...

    def money_maps(self, physician_id: PhysicianId) -> tuple[MoneyMap, ...]:
        """One for each currency, from one snapshot of the database."""
        ...


@frozen
class ViewWallet:
    """
    Show the balances of a physician's wallet, one for each currency.
    """

    _queries: WalletQueries

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> tuple[WalletView, ...]:
        """
        Empty before the first earning.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
        """
        _require_owner(actor, physician_id)
        return self._queries.wallets(physician_id)


@frozen
class ViewStatement:
    """
    Show every movement of a wallet, each with its cause and the balance after it.
    """

    _queries: WalletQueries

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        currency: Currency,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[StatementLine]:
        """
        The newest first.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
        """
        _require_owner(actor, physician_id)
        return self._queries.statement(physician_id, currency, limit=limit, cursor=cursor)


@frozen
class WhereIsMyMoney:
    """
    Explain every cent of a wallet: its state, the rule, the date, and whose turn it is.
    """

    _queries: WalletQueries

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> tuple[MoneyMap, ...]:
        """
        One map for each currency.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
            LinesDoNotAddUp: The explanation and the books differ; an alarm, not an answer.
        """
        _require_owner(actor, physician_id)
        maps = self._queries.money_maps(physician_id)
        for money_map in maps:
            check_lines(money_map.lines, money_map.balances)
        return maps


def _require_owner(actor: Actor, physician_id: PhysicianId) -> None:
    if actor.physician_id != physician_id:
        require_role(actor, Role.FINANCE)
