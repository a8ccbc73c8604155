"""
A physician's money: what there is, where every cent is and why, and taking it out.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx

from application.payouts.initiation import CancelPayout, RequestPayout
from application.payouts.queries import ListPayouts, ViewPayoutAccount
from application.payouts.schedule_queries import ViewPayoutSchedules
from application.payouts.schedules import ChoosePayoutSchedule
from application.wallets.queries import (
    StatementLine,
    ViewStatement,
    ViewWallet,
    WhereIsMyMoney,
)
from domain.ledger.hold import HoldCategory
from domain.ledger.journal import Reason
from domain.payouts.failure import WhoActs
from domain.payouts.payout_account import PayoutAccountNotFound
from domain.payouts.schedule import Rhythm
from domain.shared.ids import PayoutId, PhysicianId, from_wire, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.money_state import MoneyLine, MoneyRule
from entrypoints.portal.pages.physician.amounts import read_money
from entrypoints.portal.pages.physician.payout_schedule import (
    Schedule,
    rhythm_from,
    rule_words,
    schedules,
)
from entrypoints.portal.pages.physician.payout_words import Withdrawal, withdrawal
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
    MoneyRule.HELD_FOR_REVIEW: "It is free again on this date, or as soon as we have finished.",
    MoneyRule.AT_THE_BANKS: "Sent. The banks are at work.",
    MoneyRule.REFUND_AFTER_PAYOUT: "Refunded to a patient after you were paid. Taken off later.",
}
HOLD_WORDS = {
    HoldCategory.UNUSUAL_ACTIVITY.value: "We look into unusual activity.",
    HoldCategory.PATIENT_COMPLAINT.value: "We look into a patient's complaint.",
    HoldCategory.EXPECTED_DISPUTE.value: "A patient's bank may take a payment back.",
    HoldCategory.IDENTITY_QUESTION.value: "We have a question about your identity.",
    HoldCategory.LEGAL_ORDER.value: "We are obliged by law to hold this.",
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
_BOOKED_LATE = timedelta(minutes=30)


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


class WalletState(PageState, rx.State):
    """Balances, whereabouts, statement and withdrawals, from the books."""

    balances: list[Balance] = []
    whereabouts: list[Whereabouts] = []
    statement: list[Line] = []
    withdrawals: list[Withdrawal] = []
    schedules: list[Schedule] = []
    changing: str = ""
    cadence: str = ""
    bank: str = ""
    has_more: bool = False
    asked_words: str = ""
    withdrawn: int = 0

    _asked: Money | None = None
    _wanted: Rhythm | None = None
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
    async def change_schedule(self, currency: str) -> None:
        """Begin to choose another schedule for a currency."""
        self.changing = str(currency)
        self.cadence = next(
            (one.cadence for one in self.schedules if one.currency == self.changing), ""
        )

    @allowed(Audience.PHYSICIAN)
    async def pick_cadence(self, cadence: str) -> None:
        """Show what this kind of schedule has to be told."""
        self.cadence = str(cadence)

    @allowed(Audience.PHYSICIAN)
    async def keep_schedule(self) -> None:
        """Leave the schedule as it is."""
        self.changing, self._wanted = "", None

    @allowed(Audience.PHYSICIAN)
    async def choose_schedule(self, form: dict[str, Any]) -> None:
        """Follow another schedule from tomorrow on."""
        async with acting(self):
            self._asked, self.asked_words = None, ""
            self._wanted = rhythm_from(form | {"cadence": self.cadence}, self.changing)
            await self._go_on()

    @allowed(Audience.PHYSICIAN)
    async def more(self) -> None:
        """Show older lines of the statement."""
        async with acting(self):
            await self._read_statement(older=True)

    async def _go_on(self) -> None:
        if self._wanted is not None:
            await self._follow_wanted(self._wanted)
        if self._asked is not None:
            await self._withdraw_asked(self._asked)

    async def _follow_wanted(self, rhythm: Rhythm) -> None:
        await ask(
            self,
            ChoosePayoutSchedule,
            physician_id=await self._physician(),
            currency=Currency(self.changing),
            rhythm=rhythm,
        )
        self.changing, self._wanted = "", None
        await self._fill()
        self.notice = f"{rule_words(rhythm)}: this holds from now on."

    async def _withdraw_asked(self, asked: Money) -> None:
        sum_words = amount(asked)
        payout_id = await ask(
            self, RequestPayout, physician_id=await self._physician(), amount=asked
        )
        self._asked, self.asked_words = None, ""
        self.withdrawn += 1
        await self._fill()
        key = to_wire("payout", payout_id)
        waits = any(one.key == key and one.needs_approval for one in self.withdrawals)
        self.notice = (
            f"{sum_words} are set aside. Two people of ours check a withdrawal of this size first."
            if waits
            else f"{sum_words} are on their way to your bank."
        )

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
        self.withdrawals = [withdrawal(one, zone) for one in payouts.items]
        chosen = await ask(self, ViewPayoutSchedules, physician_id=physician_id)
        self.schedules = schedules(chosen, [one.currency for one in wallets], zone)
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


def _whereabouts(line: MoneyLine, zone: str) -> Whereabouts:
    held = HOLD_WORDS.get(line.detail or "", "")
    return Whereabouts(
        sum=amount(line.amount),
        why=f"{held} {RULE_WORDS[line.rule]}".strip(),
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
