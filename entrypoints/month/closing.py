"""
The end of the month: are all books right, and can a person add them up?
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from attrs import define, field
from stripe import StripeClient

from application.audit.verification import VerifyAuditTrail
from application.ledger.books import TrialBalance, VerifyBooks
from application.reconciliation.queries import ListPeriods
from application.shared.access import SYSTEM
from application.wallets.statements import (
    ListStatements,
    MonthlyStatement,
    ViewMonthlyStatement,
)
from domain.reconciliation.periods import PeriodStatus
from domain.shared.money import Money
from entrypoints.month.month import Month
from entrypoints.month.night import told
from entrypoints.month.sums import Part, Told
from entrypoints.seeding.clinic import own_physician

_SHOWN_BREAKS = 5


@define(eq=False)
class Closing:
    """Draws the line under a month."""

    month: Month
    mismatches: list[str] = field(factory=list, init=False)

    def draw(self) -> list[str]:
        """Check and print everything; returns what is not as it must be."""
        self._faults()
        self._payouts()
        with self.month.watch.on("statements and sums"):
            statements = self._statements()
            self._show(max(statements, key=lambda each: len(each.statement.lines)))
            books = self._trial_balance()
            self._add_up(statements, books)
        with self.month.watch.on("verification"):
            self._verify()
        self._durations()
        return self.mismatches

    def _verify(self) -> None:
        use, operator = self.month.practice.clinic.use, self.month.practice.day.operator
        self._say("")
        for result in use(VerifyBooks)(actor=operator).results:
            verdict = "holds" if result.holds else "BROKEN"
            self._say(f"  {result.check.value:<44} {verdict}, {result.looked_at} looked at")
            for broken in result.breaks[:_SHOWN_BREAKS]:
                self._say(
                    f"      {broken.subject}: expected {broken.expected}, found {broken.found}"
                )
            self._expect(result.holds, f"{result.check.value} holds")
        trail = use(VerifyAuditTrail)(actor=SYSTEM)
        self._say(f"  audit trail: {trail.entries} entries, {len(trail.findings)} findings")
        self._expect(trail.entries > 0 and not trail.findings, "the audit trail is whole")
        standing = self.month.night.standing()
        self._say(f"  unexplained breaks: {told(standing)}")
        self._expect(not standing, "no difference is unexplained")
        periods = use(ListPeriods)(actor=operator)
        shut = [period for period in periods if period.status is PeriodStatus.CLOSED]
        self._say(f"  periods closed: {len(shut)} of {len(periods)}")
        self._expect(len(shut) == len(periods) > 0, "every period is closed")

    def _faults(self) -> None:
        struck = self.month.mishaps.struck
        self._say("")
        self._say(f"vendors' faults that struck, by their number: {sum(struck.values())}")
        for (number, vendor, name), times in sorted(struck.items()):
            self._say(f"  {number:>4}  {vendor:<10} {name:<30} {times:>5}")
        self._say(f"  {self.month.echoes.told} messages were told again when they were not true")

    def _payouts(self) -> None:
        paydays = self.month.paydays
        states = Counter(payout.status.value for payout in paydays.seen())
        told = ", ".join(f"{count} {status}" for status, count in sorted(states.items()))
        self._say("")
        self._say(f"payouts: {told}; {paydays.approved} approved by two, "
                  f"{paydays.looked_into} looked into")  # fmt: skip
        self._say(f"  asked for twice at once: {paydays.raced}, refused: {paydays.too_late}")
        self._expect(paydays.raced == paydays.too_late, "no money is promised twice")

    def _statements(self) -> list[MonthlyStatement]:
        """Every physician's, as they see it; the sums are checked where they are made."""
        use = self.month.practice.clinic.use
        statements = []
        for actor in self.month.practice.physicians.values():
            physician_id = own_physician(actor)
            statements += [
                use(ViewMonthlyStatement)(
                    actor=actor,
                    physician_id=physician_id,
                    month=offer.month,
                    currency=offer.currency,
                )
                for offer in use(ListStatements)(actor=actor, physician_id=physician_id)
            ]
        return statements

    def _show(self, stated: MonthlyStatement) -> None:
        statement = stated.statement
        self._say("")
        self._say(f"statement of {stated.holder.name} in {statement.currency}, as booked")
        self._say(f"  {'owed at the start':<56} {statement.opening.owed.major:>14,}")
        for movement, owed in statement.lines:
            what = f"{movement.occurred_at:%Y-%m-%d}  {movement.kind.value}"
            self._say(f"  {what:<40} {movement.net.major:>15,} {owed.major:>14,}")
        self._say(f"  {'owed at the end':<56} {statement.closing.owed.major:>14,}")

    def _trial_balance(self) -> dict[str, Money]:
        (balance,) = self.month.practice.clinic.use(TrialBalance)(
            actor=self.month.practice.day.operator
        )
        self._say("")
        self._say(f"trial balance in {balance.currency}, physicians' accounts together")
        together: dict[str, Money] = {}
        for line in balance.lines:
            name = line.account
            if name.startswith(("wallet_", "physician_debt")):
                name = name.partition(":")[0]
            together[name] = together.get(name, Money.zero(line.balance.currency)) + line.balance
        kinds = {line.account.partition(":")[0]: line.type.value for line in balance.lines}
        for name, amount in together.items():
            kind = kinds[name.partition(":")[0]]
            self._say(f"  {name:<45} {kind:<10} {amount.major:>14,}")
        self._say(f"  {'debits = credits':<56} {balance.debits.major:>14,}")
        self._expect(balance.debits == balance.credits, "debits equal credits")
        return together

    def _add_up(self, statements: Sequence[MonthlyStatement], books: dict[str, Money]) -> None:
        everything = Told(
            currency=self.month.account.currency,
            processor=self._processor(),
            float_entries=self._float(),
            bank=[(line.text.partition(" ")[0], line.amount) for line in self.month.account.lines],
            books=books,
            statements=statements,
        )
        for each in everything.sums():
            self._say("")
            for line in each.lines():
                self._say(f"  {line}")
            self._expect(each.holds, f"{each.title} add up")

    def _processor(self) -> list[tuple[str, Money, Money]]:
        listed = self.month.practice.clinic.use(StripeClient).v1.balance_transactions.list(
            {"limit": 100}
        )
        return [
            (
                entry.reporting_category,
                Money.of(entry.amount, entry.currency.upper()),
                Money.of(entry.fee, entry.currency.upper()),
            )
            for entry in listed.auto_paging_iter()
        ]

    def _float(self) -> list[Part]:
        return [
            (
                entry["source_type"].lower(),
                Money.from_major(Decimal(entry["amount"]), entry["currency"]),
            )
            for entry in self.month.incidents.curtain.objects("airwallex", "wallet_entry")
        ]

    def _durations(self) -> None:
        self._say("")
        for what, seconds in self.month.watch.seconds.items():
            self._say(f"  {what:<30} {seconds:7.1f} s")

    def _say(self, what: str) -> None:
        self.month.say(what)

    def _expect(self, holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.mismatches.append(what)
