"""
What finance does every night: the clock's errands, the day's paper, and a comparison of all books.
"""

from collections import Counter
from datetime import UTC, datetime

from attrs import define, field, frozen
from stripe import StripeClient

from application.ledger.maturity import MatureEarnings
from application.payments.settlement import SweepPayments
from application.reconciliation.answers import ApproveRepair, ProposeRepair
from application.reconciliation.by_hand import MatchByHand
from application.reconciliation.comparison import Reconcile, Reconciled
from application.reconciliation.intake import ImportBankStatement, ImportProcessorTransactions
from application.reconciliation.periods import ClosePeriod, OpenPeriod
from application.reconciliation.queries import (
    BreakFilter,
    ListBreaks,
    ListReconciledItems,
    ViewBreak,
)
from application.reconciliation.views import BreakRow, ItemView
from application.shared.access import SYSTEM
from application.treasury.bookings import RecordSettlement
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Source, Whose
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import AccountingPeriodId
from domain.shared.money import Money
from entrypoints.month.bank import OperatingAccount
from entrypoints.month.calendar import Calendar
from entrypoints.month.curtain import Curtain
from entrypoints.seeding import cast
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.worker.schedule import SCHEDULE

_ITS_OWN_HOUR = frozenset({ImportProcessorTransactions, Reconcile})
_BY_ENTRY = frozenset({RepairRule.SETTLEMENT, RepairRule.FUNDING, RepairRule.FEE})
DAYS_OF_A_PERIOD = 7


@frozen(kw_only=True)
class NightBrought:
    """What a night found and what was done about it."""

    compared: Reconciled
    settled: int
    repaired: int
    standing: tuple[BreakRow, ...]


@define(eq=False)
class Night:
    """Finance, with the bank's and the vendors' paper."""

    day: ClinicDay
    curtain: Curtain
    calendar: Calendar
    account: OperatingAccount
    closed: list[AccountingPeriodId] = field(factory=list, init=False)
    # By the number of the bank's line, the processor's payout.
    _arrived: dict[int, str] = field(factory=dict, init=False)

    def run_what_is_due(self) -> None:
        """What the worker runs by the clock, as the clock has just jumped."""
        for _, use_case in SCHEDULE:
            if use_case not in _ITS_OWN_HOUR:
                self.day.clinic.use(use_case)(actor=SYSTEM)
        while self.day.clinic.use(MatureEarnings)(actor=SYSTEM):
            pass

    def ask_about_payments(self) -> None:
        """What the worker does every few seconds about payments that nobody told us of."""
        self.day.clinic.use(SweepPayments)(actor=SYSTEM)
        self.calendar.settle()

    def settle_at_the_processor(self) -> None:
        """The processor pays out what has become available, once a day."""
        self.curtain.do("stripe/automatic_payout")

    def book_arrivals(self, day: int) -> int:
        """What the processor sent reaches our bank on its day; returns how many did."""
        today = self.calendar.day(day)
        payouts = self.day.clinic.use(StripeClient).v1.payouts.list({"limit": 20})
        arrived = [
            payout
            for payout in payouts.data
            if payout.id not in self._arrived.values()
            and datetime.fromtimestamp(payout.arrival_date, UTC).date() <= today
        ]
        for payout in arrived:
            amount = Money.of(payout.amount, payout.currency.upper())
            # Banks name it now and then.
            named = len(self._arrived) % 2
            line = self.account.book(today, amount, f"STRIPE {payout.id}" if named else "STRIPE")
            self._arrived[line.number] = payout.id
        return len(arrived)

    def reconcile(self, day: int) -> NightBrought:
        """Take the day's paper in, compare, and answer what there is to answer."""
        use, operator = self.day.clinic.use, self.day.operator
        settled = self.book_arrivals(day)
        use(ImportBankStatement)(
            actor=operator, content=self.account.statement(self.calendar.day(day))
        )
        use(ImportProcessorTransactions)(actor=SYSTEM)
        compared = use(Reconcile)(actor=SYSTEM)
        repaired = self._repair()
        if repaired:
            use(Reconcile)(actor=SYSTEM)
        return NightBrought(
            compared=compared, settled=settled, repaired=repaired, standing=self.standing()
        )

    def standing(self) -> tuple[BreakRow, ...]:
        """Differences that nobody has answered for and that time alone does not explain."""
        return tuple(row for row in self._breaks() if row.kind is not BreakKind.TIMING)

    def close_period(self, first: int, last: int) -> None:
        """Open and close the period of these days."""
        use, operator = self.day.clinic.use, self.day.operator
        period_id = use(OpenPeriod)(
            actor=operator, starts_on=self.calendar.day(first), ends_on=self.calendar.day(last)
        )
        use(ClosePeriod)(actor=operator, period_id=period_id)
        self.closed.append(period_id)

    def _breaks(self) -> list[BreakRow]:
        listed = self.day.clinic.use(ListBreaks)
        return [
            row
            for status in (BreakStatus.OPEN, BreakStatus.PROPOSED)
            for row in listed(
                actor=self.day.operator, wanted=BreakFilter(status=status), limit=200
            ).items
        ]

    def _repair(self) -> int:
        """One of finance proposes what usually closes a break, another approves it."""
        use = self.day.clinic.use
        first, second = self.day.staff[cast.OPERATIONS], self.day.staff[cast.SECOND_OPERATOR]
        repaired = sum(self._name_by_hand(row) for row in self.standing())
        for row in self.standing():
            suggestion = use(ViewBreak)(actor=first, break_id=row.break_id).suggestion
            if suggestion is None or suggestion.rule not in _BY_ENTRY:
                continue
            use(ProposeRepair)(
                actor=first, break_id=row.break_id, rule=suggestion.rule, note="As both tell it."
            )
            use(ApproveRepair)(actor=second, break_id=row.break_id)
            repaired += 1
        return repaired

    def _name_by_hand(self, row: BreakRow) -> bool:
        """Of several settlements of one amount a bank line does not say which it is: ask."""
        if row.kind is not BreakKind.UNKNOWN_REFERENCE:
            return False
        seen = self.day.clinic.use(ViewBreak)(actor=self.day.operator, break_id=row.break_id)
        if seen.ended_at is not None:
            return False
        named = [
            (line, self._arrived[number])
            for line in seen.items
            for number in self.account.numbers_in(line.references)
            if number in self._arrived
        ]
        for line, payout in named:
            self._settle_by_hand(line, payout)
        return bool(named)

    def _settle_by_hand(self, line: ItemView, payout: str) -> None:
        use, operator = self.day.clinic.use, self.day.operator
        parts = use(StripeClient).v1.balance_transactions.list({"payout": payout, "limit": 100})
        fee = sum(part.fee for part in parts.auto_paging_iter())
        use(RecordSettlement)(
            actor=operator,
            received=line.amount,
            fee=Money(fee, line.amount.currency),
            reference=payout,
            occurred_at=line.at,
        )
        use(Reconcile)(actor=SYSTEM)
        listed = use(ListReconciledItems)
        (ours,) = [
            item
            for item in listed(
                actor=operator, source=Source.BANK, whose=Whose.OURS, limit=200
            ).items
            if payout.casefold() in item.references
        ]
        if ours.match_id is None:
            use(MatchByHand)(
                actor=operator, items=(ours.key, line.key), note="The bank named it when asked."
            )


def told(rows: tuple[BreakRow, ...]) -> str:
    """Breaks by kind, in a few words."""
    kinds = Counter(row.kind.value for row in rows)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
