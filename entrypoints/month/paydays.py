"""
Physicians withdraw what has cleared; the float at the payout vendor is filled first.
"""

from decimal import Decimal

from attrs import define, field

from application.ledger.holds import PlaceHold, ReleaseHold
from application.payouts.approval import ApprovePayout, ResumePayout
from application.payouts.initiation import RequestPayout
from application.payouts.queries import ListPayouts, PayoutView, ViewPayout
from application.shared.access import SYSTEM
from application.shared.ports import Clock
from application.treasury.bookings import RecordCapital
from application.treasury.funding import RecordFloatFunding
from application.wallets.queries import ViewWallet
from domain.ledger.hold import LONGEST_REVIEW, HoldCategory
from domain.ledger.journal import InsufficientFunds
from domain.shared.ids import HoldId, PayoutId
from domain.shared.money import Money, total
from entrypoints.month.bank import OperatingAccount
from entrypoints.month.calendar import Calendar
from entrypoints.month.curtain import Curtain
from entrypoints.month.practice import Practice
from entrypoints.seeding.clinic import own_physician

_SMALLEST = 100
_CAPITAL = Decimal(25_000)
_ON_REVIEW = 10
_TAKEN_BACK = Decimal(500)


@define(eq=False)
class Paydays:
    """
    Money on its way to physicians.

    Args:
        approved: How many payouts above the limit two people agreed to.
        looked_into: How many people of ours had to look into.
        raced: How often a physician asked for the same money twice at once.
        too_late: How often that, or anything else, was refused for want of money.
    """

    practice: Practice
    curtain: Curtain
    calendar: Calendar
    account: OperatingAccount
    payouts: list[PayoutId] = field(factory=list, init=False)
    approved: int = field(default=0, init=False)
    looked_into: int = field(default=0, init=False)
    raced: int = field(default=0, init=False)
    too_late: int = field(default=0, init=False)
    _holds: list[HoldId] = field(factory=list, init=False)
    _fundings: int = field(default=0, init=False)

    def pay_in_capital(self) -> None:
        """The owners put money into the bank before the first payday."""
        amount = Money.from_major(_CAPITAL, str(self.account.currency))
        reference = "CAPITAL-0001"
        self.account.book(self.calendar.day(1), amount, f"Paid in {reference}")
        self.practice.clinic.use(RecordCapital)(
            actor=self.practice.day.operator,
            amount=amount,
            reference=reference,
            occurred_at=self.practice.clinic.now(),
        )

    def fund(self, day: int) -> Money:
        """Send to the payout vendor what the physicians could withdraw; returns how much."""
        due = total(
            [self._available(number) for number in self.practice.physicians], self.account.currency
        )
        if not due:
            return due
        self._send(day, due, status="SETTLED")
        return due

    def _send(self, day: int, amount: Money, *, status: str) -> str:
        self._fundings += 1
        reference = f"FLOAT-{self._fundings:04}"
        self.account.book(self.calendar.day(day), -amount, f"Airwallex {reference}")
        self.practice.clinic.use(RecordFloatFunding)(
            actor=self.practice.day.operator,
            amount=amount,
            reference=reference,
            occurred_at=self.practice.clinic.now(),
        )
        self.curtain.do(
            "airwallex/deposit",
            amount=str(amount.major),
            currency=str(amount.currency),
            reference=reference,
            status=status,
        )
        return reference

    def lose_a_funding(self, day: int) -> None:
        """A bank takes back what was sent to the payout vendor; it is ours again a day later."""
        amount = Money.from_major(_TAKEN_BACK, str(self.account.currency))
        reference = self._send(day, amount, status="REVERSED")
        self.account.book(self.calendar.day(day + 1), amount, f"Returned {reference}")

    def withdraw(self) -> None:
        """Every physician takes what there is; the first of them tries to twice at once."""
        wanted = [
            (number, amount)
            for number in sorted(self.practice.physicians)
            if (amount := self._available(number)).minor >= _SMALLEST
        ]
        asked = self.practice.at_once([*wanted[:1], *wanted], self._ask)
        self.payouts += [payout_id for payout_id in asked if payout_id is not None]
        self.raced += len(wanted[:1])

    def _ask(self, wanted: tuple[int, Money]) -> PayoutId | None:
        number, amount = wanted
        actor = self.practice.physicians[number]
        try:
            return self.practice.clinic.use(RequestPayout)(
                actor=actor, physician_id=own_physician(actor), amount=amount
            )
        except InsufficientFunds:
            self.too_late += 1
            return None

    def decide(self) -> None:
        """Two of finance agree to what is above the limit, and look into what is uncertain."""
        use, staff = self.practice.clinic.use, list(self.practice.day.staff.values())
        first = staff[0]
        for payout in use(ListPayouts)(actor=first, needs_approval=True, limit=200).items:
            for person in staff:
                use(ApprovePayout)(actor=person, payout_id=payout.payout_id)
            self.approved += 1
        for payout in use(ListPayouts)(actor=first, needs_review=True, limit=200).items:
            for person in staff:
                missing = use(ResumePayout)(
                    actor=person, payout_id=payout.payout_id, reason="Looked up at the vendor."
                )
                if not missing:
                    break
            self.looked_into += 1

    def review_some(self) -> None:
        """Hold part of a tenth of the wallets back, to look into them."""
        for number in list(self.practice.physicians)[::_ON_REVIEW]:
            half = Money(self._available(number).minor // 2, self.account.currency)
            if half:
                self._holds.append(
                    self.practice.clinic.use(PlaceHold)(
                        actor=self.practice.day.operator,
                        physician_id=own_physician(self.practice.physicians[number]),
                        amount=half,
                        category=HoldCategory.UNUSUAL_ACTIVITY,
                        review_until=self.practice.clinic.use(Clock).now() + LONGEST_REVIEW,
                        reason="More consultations than usual.",
                    )
                )

    def end_reviews(self) -> None:
        """Nothing was found."""
        while self._holds:
            self.practice.clinic.use(ReleaseHold)(
                actor=self.practice.day.operator,
                hold_id=self._holds.pop(),
                reason="Everything is in order.",
            )

    def seen(self) -> list[PayoutView]:
        """Every payout as it is now."""
        view = self.practice.clinic.use(ViewPayout)
        return [view(actor=SYSTEM, payout_id=payout_id) for payout_id in self.payouts]

    def _available(self, number: int) -> Money:
        actor = self.practice.physicians[number]
        wallets = self.practice.clinic.use(ViewWallet)(
            actor=actor, physician_id=own_physician(actor)
        )
        held = [wallet.balances.available for wallet in wallets]
        return total(held, self.account.currency)
