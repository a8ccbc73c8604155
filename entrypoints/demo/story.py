"""
One consultation from intake to the bank, told step by step and checked at the end.
"""

from collections.abc import Callable, Sequence

from attrs import define, field

from application.audit.verification import VerifyAuditTrail
from application.consultations.queries import ViewTimeline
from application.consultations.viewing import ViewConsultation
from application.ledger.books import TrialBalance, VerifyBooks
from application.ledger.maturity import MatureEarnings
from application.payments.queries import ViewPayment
from application.payouts.queries import PayoutView, ViewPayout
from application.shared.access import SYSTEM, Actor
from application.wallets.queries import ViewStatement, ViewWallet
from domain.consultations.outcome import ConsultationOutcome
from domain.orders.fulfilment import OrderStatus
from domain.shared.ids import ConsultationId, PayoutId, PrescriptionId, to_wire
from domain.shared.money import Money
from entrypoints.seeding import cast, scripts
from entrypoints.seeding.clinic import Clinic, StoryStuck, own_physician
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.seeding.settling import wait_until_settled

Say = Callable[[str], None]
SERVICE = "migraine-review"


@define(eq=False)
class Story:
    """Plays on an empty platform whose sandbox, API and worker run."""

    clinic: Clinic
    day: ClinicDay
    say: Say
    mismatches: list[str] = field(factory=list, init=False)

    def play(self) -> bool:
        """Tell everything; False when something was not as it must be."""
        self.day.open_the_house()
        self.day.open_the_books()
        physician = self.day.onboard(cast.MOREAU)
        self.say("registration of Maya Lindqvist, with consents and health profile")
        patient = self.clinic.register_patient(cast.MAYA)
        consultation_id = self._consult(patient, physician)
        prescription_id = self._treat(patient, physician, consultation_id)
        self._deliver(patient, prescription_id)
        payout_id = self._withdraw(physician)
        wait_until_settled(self.clinic.container)
        self._timeline(consultation_id)
        self._money(physician, patient, consultation_id, payout_id)
        self._verify()
        return not self.mismatches

    def _consult(self, patient: Actor, physician: Actor) -> ConsultationId:
        clinic = self.clinic
        self.say("intake: the questionnaire of a migraine review is answered and submitted")
        consultation_id = clinic.begin(
            patient, self.day.services[SERVICE], scripts.MIGRAINE_ANSWERS
        )
        clinic.submit(patient, consultation_id)
        self.say("payment: the patient pays by card; the processor tells us; it is queued")
        clinic.pay(patient, consultation_id, return_url=self.day.return_url)
        self.say("assignment: Dr Moreau, licensed where the patient is, claims it")
        clinic.claim(physician, consultation_id)
        return consultation_id

    def _treat(
        self, patient: Actor, physician: Actor, consultation_id: ConsultationId
    ) -> PrescriptionId:
        clinic = self.clinic
        self.say("consultation: notes, a safety screen, a signed prescription, an outcome")
        clinic.examine(physician, consultation_id, scripts.MIGRAINE_NOTE)
        prescription_id = clinic.prescribe(physician, consultation_id, scripts.SUMATRIPTAN)
        clinic.conclude(
            physician, consultation_id, ConsultationOutcome.PRESCRIBED, follow_up_days=14
        )
        seen = clinic.use(ViewConsultation)(actor=patient, consultation_id=consultation_id)
        self._expect(len(seen.follow_ups) == 1, "the follow-up is planned")
        return prescription_id

    def _deliver(self, patient: Actor, prescription_id: PrescriptionId) -> None:
        self.say("pharmacy: the order is sent, prepared and supplied")
        supplied = {OrderStatus.DELIVERED, OrderStatus.COLLECTED}
        self.clinic.wait_until(
            lambda: any(
                order.status in supplied
                for order in self.clinic.orders_of(patient, prescription_id)
            ),
            "the medicine is supplied",
        )

    def _withdraw(self, physician: Actor) -> PayoutId:
        clinic, physician_id = self.clinic, own_physician(physician)
        self.say("earning: the platform's share is split off, the rest clears")

        def available() -> Money | None:
            clinic.use(MatureEarnings)(actor=SYSTEM)
            wallets = clinic.use(ViewWallet)(actor=physician, physician_id=physician_id)
            return wallets[0].balances.available if wallets else None

        clinic.wait_until(lambda: bool(available()), "the earning is available")
        amount = available()
        if amount is None:
            raise StoryStuck("the wallet is empty")
        self.say(f"payout: Dr Moreau withdraws {amount}")
        return clinic.withdraw(physician, amount, finance=self.day.staff.values())

    def _payout(self, physician: Actor, payout_id: PayoutId) -> PayoutView:
        return self.clinic.use(ViewPayout)(actor=physician, payout_id=payout_id)

    def _timeline(self, consultation_id: ConsultationId) -> None:
        page = self.clinic.use(ViewTimeline)(
            actor=self.day.operator, consultation_id=consultation_id
        )
        self.say("")
        self.say(f"timeline of {to_wire('consultation', consultation_id)}")
        for entry in page.items:
            self.say(f"  {entry.occurred_at:%H:%M:%S}  {entry.type}")
            for reaction in entry.reactions:
                tries = "1 attempt" if reaction.attempts == 1 else f"{reaction.attempts} attempts"
                self.say(f"              -> {reaction.name}: {reaction.status}, {tries}")
                self._expect(reaction.status == "done", f"{entry.type} -> {reaction.name} is done")

    def _money(
        self,
        physician: Actor,
        patient: Actor,
        consultation_id: ConsultationId,
        payout_id: PayoutId,
    ) -> None:
        payment = self.clinic.use(ViewPayment)(actor=patient, consultation_id=consultation_id)
        payout = self._payout(physician, payout_id)
        self.say("")
        self.say("wallet statement of Dr Moreau")
        page = self.clinic.use(ViewStatement)(
            actor=physician,
            physician_id=own_physician(physician),
            currency=payment.amount.currency,
        )
        for line in reversed(page.items):
            self.say(
                f"  {line.occurred_at:%H:%M:%S}  {line.reason:<20} "
                f"pending {line.pending.major:>8}  available {line.available.major:>8}  "
                f"held {line.held.major:>8}  balance {line.balance.major:>8}"
            )
        self._expect(page.items[0].balance.minor == 0, "the wallet is empty after the payout")
        for balance in self.clinic.use(TrialBalance)(actor=self.day.operator):
            self.say("")
            self.say(f"trial balance in {balance.currency}")
            for account in balance.lines:
                self.say(
                    f"  {account.account:<58} {account.type.value:<10} {account.balance.major:>10}"
                )
            self.say(f"  {'debits = credits':<69} {balance.debits.major:>10}")
            self._expect(balance.debits == balance.credits, "debits equal credits")
        commission = payment.amount - payout.amount
        self.say("")
        self.say(f"the patient paid {payment.amount}, the physician got {payout.amount}, "
                 f"the platform keeps {commission}")  # fmt: skip

    def _verify(self) -> None:
        self.say("")
        books = self.clinic.use(VerifyBooks)(actor=self.day.operator)
        for result in books.results:
            verdict = "holds" if result.holds else "BROKEN"
            self.say(f"  {result.check.value:<44} {verdict}, {result.looked_at} looked at")
            self._expect(result.holds, f"{result.check.value} holds")
        trail = self.clinic.use(VerifyAuditTrail)(actor=SYSTEM)
        self.say(f"  audit trail: {trail.entries} entries recomputed, "
                 f"{len(trail.findings)} findings")  # fmt: skip
        self._expect(not trail.findings, "the audit trail is whole")
        self._expect(trail.entries > 0, "there is an audit trail")

    def _expect(self, holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.mismatches.append(what)


def verdict(mismatches: Sequence[str]) -> str:
    """The last line."""
    if mismatches:
        return "NOT AS IT MUST BE: " + "; ".join(mismatches)
    return "everything is as it must be"
