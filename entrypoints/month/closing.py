"""
The end of the month: are all books right, and can a person add them up?
"""

from attrs import define, field

from application.audit.verification import VerifyAuditTrail
from application.ledger.books import TrialBalance, VerifyBooks
from application.shared.access import SYSTEM
from entrypoints.month.month import Month
from entrypoints.month.night import told


@define(eq=False)
class Closing:
    """Draws the line under a month."""

    month: Month
    mismatches: list[str] = field(factory=list, init=False)

    def draw(self) -> list[str]:
        """Check and print everything; returns what is not as it must be."""
        self._verify()
        self._mishaps()
        self._trial_balance()
        self._durations()
        return self.mismatches

    def _verify(self) -> None:
        use, say = self.month.practice.clinic.use, self.month.say
        operator = self.month.practice.day.operator
        with self.month.watch.on("verification"):
            books = use(VerifyBooks)(actor=operator)
            trail = use(VerifyAuditTrail)(actor=SYSTEM)
        say("")
        for result in books.results:
            verdict = "holds" if result.holds else "BROKEN"
            say(f"  {result.check.value:<44} {verdict}, {result.looked_at} looked at")
            for broken in result.breaks[:5]:
                say(f"      {broken.subject}: expected {broken.expected}, found {broken.found}")
            self._expect(result.holds, f"{result.check.value} holds")
        say(f"  audit trail: {trail.entries} entries recomputed, {len(trail.findings)} findings")
        self._expect(not trail.findings, "the audit trail is whole")
        standing = self.month.night.standing()
        say(f"  unexplained breaks: {told(standing)}")
        self._expect(not standing, "no difference is unexplained")

    def _mishaps(self) -> None:
        self.month.say("")
        self.month.say("vendors' faults that struck, by their number")
        for (number, vendor, name), times in sorted(self.month.mishaps.struck.items()):
            self.month.say(f"  {number:>4}  {vendor:<10} {name:<30} {times:>5}")

    def _trial_balance(self) -> None:
        say = self.month.say
        for balance in self.month.practice.clinic.use(TrialBalance)(
            actor=self.month.practice.day.operator
        ):
            say("")
            say(f"trial balance in {balance.currency}")
            for account in balance.lines:
                say(f"  {account.account:<58} {account.type.value:<10} {account.balance.major:>12}")
            say(f"  {'debits = credits':<69} {balance.debits.major:>12}")
            self._expect(balance.debits == balance.credits, "debits equal credits")

    def _durations(self) -> None:
        self.month.say("")
        for what, seconds in self.month.watch.seconds.items():
            self.month.say(f"  {what:<30} {seconds:7.1f} s")

    def _expect(self, holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.mismatches.append(what)
