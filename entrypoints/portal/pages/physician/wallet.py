"""
A physician's money: what there is, where every cent is and why, and taking it out.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import reflex as rx

from application.payouts.initiation import CancelPayout, RequestPayout
from application.payouts.queries import ListPayouts, PayoutView, ViewPayoutAccount
from application.wallets.queries import (
    StatementLine,
    ViewStatement,
    ViewWallet,
    WhereIsMyMoney,
)
from domain.ledger.journal import Reason
from domain.payouts.failure import PayoutFailure, WhoActs
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import PayoutAccountNotFound
from domain.shared.errors import InvalidInput
from domain.shared.ids import PayoutId, PhysicianId, from_wire, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.money_state import MoneyLine, MoneyRule
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment, short

ROUTE = "/physician/wallet"

RULE_WORDS = {
    MoneyRule.CLEARING_PERIOD: "Earned. It clears by itself.",
    MoneyRule.READY: "Ready to be withdrawn.",
    MoneyRule.PAYOUT_AWAITS_APPROVAL: "A large withdrawal. Two people of ours check it first.",
    MoneyRule.PAYOUT_QUEUED: "Set aside for a withdrawal that is about to be sent.",
    MoneyRule.PAYOUT_WAITS_FOR_FUNDING: "Waiting for our funding. It goes by itself.",
    MoneyRule.PAYOUT_PAUSED_BY_ACCOUNT: "Paused with your payout account. Nothing is lost.",
    MoneyRule.PAYOUT_WAITS_TO_RETRY: "The payout partner could not take it. We try again.",
    MoneyRule.PAYOUT_BEING_LOOKED_UP: "We are asking the payout partner whether it has this.",
    MoneyRule.UNDER_REVIEW: "A person of ours is looking into this.",
    MoneyRule.HELD_FOR_REVIEW: "We are looking into something. It is free again by this date.",
    MoneyRule.AT_THE_BANKS: "Sent. The banks are at work.",
    MoneyRule.REFUND_AFTER_PAYOUT: "Refunded to a patient after you were paid. Taken off later.",
}
WHO_WORDS = {
    WhoActs.NOBODY: "Nobody has to do anything",
    WhoActs.PHYSICIAN: "Waits for you",
    WhoActs.PLATFORM: "Waits for us",
    WhoActs.VENDOR: "Waits for the payout partner",
}
_REASONS = {
    Reason.SERVICE_DELIVERED: "Consultation",
    Reason.EARNING_MATURED: "Cleared, ready to withdraw",
    Reason.HOLD_PLACED: "Held for review",
    Reason.HOLD_RELEASED: "Released from review",
    Reason.PAYOUT_REQUESTED: "Withdrawal asked for",
    Reason.PAYOUT_SUBMITTED: "Withdrawal sent",
    Reason.PAYOUT_PAID: "Paid to your bank",
    Reason.PAYOUT_FAILED: "Withdrawal came back",
    Reason.PAYOUT_CANCELLED: "Withdrawal called off",
    Reason.PAYOUT_RETURNED: "Returned by the bank",
    Reason.REFUND_BEFORE_DELIVERY: "Refund to a patient",
    Reason.REFUND_AFTER_DELIVERY: "Refund to a patient",
    Reason.REFUND_FAILED: "Refund came back",
    Reason.DEBT_RECOVERED: "Taken off for an earlier refund",
    Reason.DISPUTE_OPENED: "Disputed by a patient's bank",
    Reason.DISPUTE_WON: "Dispute decided for you",
    Reason.DISPUTE_LOST: "Dispute decided against you",
    Reason.DISPUTE_LOSS_UNDONE: "Decision on a dispute overturned",
}
_PAYOUT_WORDS = {
    PayoutStatus.AWAITING_APPROVAL: ("Waits for our approval", "wait"),
    PayoutStatus.REQUESTED: ("About to be sent", "wait"),
    PayoutStatus.SENDING: ("Being sent", "wait"),
    PayoutStatus.UNKNOWN: ("Being looked up", "wait"),
    PayoutStatus.SUBMITTED: ("At the banks", "wait"),
    PayoutStatus.PAID: ("Paid", "good"),
    PayoutStatus.FAILED: ("Failed, back in your wallet", "harm"),
    PayoutStatus.CANCELLED: ("Cancelled, back in your wallet", ""),
    PayoutStatus.DECLINED: ("Not approved, back in your wallet", "harm"),
    PayoutStatus.RETURNED: ("Returned, back in your wallet", "harm"),
}
_BOOKED_LATE = timedelta(minutes=30)


class UnfitAmount(InvalidInput):
    """Not an amount of money."""


@dataclass(frozen=True)
class Balance:
    """The wallet in one currency."""

    currency: str
    available: str
    pending: str
    held: str
    in_transit: str
    debt: str
    paid_out: str
    clears: str
    can_withdraw: bool


@dataclass(frozen=True)
class Whereabouts:
    """A part of the money, and why it is where it is."""

    sum: str
    why: str
    who: str
    when: str
    cause: str


@dataclass(frozen=True)
class Line:
    """A line of the statement. `happened` is told where it was booked much later."""

    when: str
    happened: str
    what: str
    cause: str
    change: str
    balance: str


@dataclass(frozen=True)
class Withdrawal:
    """A payout."""

    key: str
    when: str
    sum: str
    words: str
    tone: str
    detail: str
    may_cancel: bool


class WalletState(PageState, rx.State):
    """Balances, whereabouts, statement and withdrawals, from the books."""

    balances: list[Balance] = []
    whereabouts: list[Whereabouts] = []
    statement: list[Line] = []
    withdrawals: list[Withdrawal] = []
    bank: str = ""
    has_more: bool = False
    asked_words: str = ""
    withdrawn: int = 0

    _asked: Money | None = None
    _cursor: str | None = None
    _currency: str = ""

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def prepare(self, form: dict[str, Any]) -> None:
        """Say what a withdrawal would be, before it is one."""
        async with acting(self):
            self._asked = read_money(str(form.get("amount", "")), str(form.get("currency", "")))
            self.asked_words = amount(self._asked)

    @allowed(Audience.PHYSICIAN)
    async def keep(self) -> None:
        """Withdraw nothing."""
        self._asked, self.asked_words = None, ""

    @allowed(Audience.PHYSICIAN)
    async def withdraw(self) -> None:
        """Withdraw what was confirmed."""
        async with acting(self):
            await self._go_on()

    @allowed(Audience.PHYSICIAN)
    async def call_back(self, key: str) -> None:
        """Cancel a withdrawal that was not sent yet."""
        async with acting(self):
            await ask(self, CancelPayout, payout_id=PayoutId(from_wire("payout", str(key))))
            await self._fill()
            self.notice = "The withdrawal is cancelled. The money is back in your wallet."

    @allowed(Audience.PHYSICIAN)
    async def more(self) -> None:
        """Show older lines of the statement."""
        async with acting(self):
            await self._read_statement(older=True)

    async def _go_on(self) -> None:
        if self._asked is None:
            return
        sum_words = amount(self._asked)
        await ask(self, RequestPayout, physician_id=await self._physician(), amount=self._asked)
        self._asked, self.asked_words = None, ""
        self.withdrawn += 1
        await self._fill()
        self.notice = f"{sum_words} are on their way to your bank."

    async def _physician(self) -> PhysicianId:
        actor = await actor_of(self)
        if actor.physician_id is None:
            raise PayoutAccountNotFound("There is no wallet of yours.")
        return actor.physician_id

    async def _fill(self) -> None:
        physician_id = await self._physician()
        follow(self, physician_id)
        zone = await zone_here(self)
        wallets = await ask(self, ViewWallet, physician_id=physician_id)
        self.balances = [
            Balance(
                currency=one.currency,
                available=amount(one.balances.available),
                pending=amount(one.balances.pending),
                held=amount(one.balances.held),
                in_transit=amount(one.balances.in_transit),
                debt=amount(one.balances.debt) if one.balances.debt else "",
                paid_out=amount(one.paid_out),
                clears=f"Next on {moment(one.next_clears_on, zone)}" if one.next_clears_on else "",
                can_withdraw=bool(one.balances.available),
            )
            for one in wallets
        ]
        self._currency = wallets[0].currency if wallets else ""
        maps = await ask(self, WhereIsMyMoney, physician_id=physician_id)
        self.whereabouts = [
            _whereabouts(line, zone) for one in maps for line in one.lines if line.amount
        ]
        await self._read_statement(older=False)
        payouts = await ask(self, ListPayouts, physician_id=physician_id, limit=10)
        self.withdrawals = [_withdrawal(one, zone) for one in payouts.items]
        self.bank = await self._bank_words(physician_id)

    async def _read_statement(self, *, older: bool) -> None:
        if not self._currency:
            return
        zone = await zone_here(self)
        page = await ask(
            self,
            ViewStatement,
            physician_id=await self._physician(),
            currency=Currency(self._currency),
            limit=20,
            cursor=self._cursor if older else None,
        )
        lines = [_line(one, zone) for one in page.items]
        self.statement = [*self.statement, *lines] if older else lines
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    async def _bank_words(self, physician_id: PhysicianId) -> str:
        try:
            account = await ask(self, ViewPayoutAccount, physician_id=physician_id)
        except PayoutAccountNotFound:
            return ""
        return f"account ending in {account.bank_last_four}" if account.bank_last_four else ""


def read_money(written: str, currency: str) -> Money:
    """
    Read an amount as people write it.

    Raises:
        UnfitAmount: It is none.
    """
    try:
        return Money.from_major(Decimal(written.strip().replace(",", ".")), currency)
    except InvalidOperation:
        raise UnfitAmount("Write the amount as a number, such as 120.50.", field="amount") from None


def _whereabouts(line: MoneyLine, zone: str) -> Whereabouts:
    return Whereabouts(
        sum=amount(line.amount),
        why=RULE_WORDS[line.rule],
        who=WHO_WORDS[line.who_acts],
        when=moment(line.on, zone) if line.on is not None else "",
        cause=short(line.cause or ""),
    )


def reason_words(reason: str) -> str:
    """Why a wallet moved, in words."""
    known = Reason(reason) if reason in set(Reason) else None
    words = _REASONS.get(known) if known is not None else None
    return words or reason.replace("_", " ").capitalize()


def _line(line: StatementLine, zone: str) -> Line:
    what = reason_words(line.reason)
    change = line.change
    late = line.recorded_at - line.occurred_at >= _BOOKED_LATE
    return Line(
        when=moment(line.recorded_at, zone),
        happened=f"Happened {moment(line.occurred_at, zone)}" if late else "",
        what=what,
        cause=short(line.consultation or line.cause),
        change=f"+{amount(change)}"
        if change.minor > 0
        else (amount(change) if change else "moved"),
        balance=amount(line.balance),
    )


def _withdrawal(one: PayoutView, zone: str) -> Withdrawal:
    words, tone = _PAYOUT_WORDS[one.status]
    detail = ""
    if one.expected_at is not None and one.status is PayoutStatus.SUBMITTED:
        detail = f"Expected {moment(one.expected_at, zone)}"
    if one.failure is PayoutFailure.FLOAT_TOO_LOW and one.ended_at is None:
        when = f", expected {moment(one.expected_at, zone)}" if one.expected_at else ""
        detail = f"Waiting for our funding{when}"
    elif one.failure is not None:
        detail = one.failure.value.replace("_", " ").capitalize()
    return Withdrawal(
        key=to_wire("payout", one.payout_id),
        when=moment(one.requested_at, zone),
        sum=amount(one.amount),
        words=words,
        tone=tone,
        detail=detail,
        may_cancel=one.status in (PayoutStatus.AWAITING_APPROVAL, PayoutStatus.REQUESTED),
    )
