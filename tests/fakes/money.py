"""
Everything that moves money, wired over fakes, with one consultation to move it for.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import define, evolve, field

from application.ledger.maturity import MatureEarnings
from application.payments.cancellation import RefundWhenCancelled
from application.payments.delivery import RecordEarning
from application.payments.disputes import (
    AssignDispute,
    RefreshDispute,
    RemindOfDisputes,
    SubmitEvidence,
    SweepDisputes,
)
from application.payments.evidence import DraftEvidence, EvidenceFacts
from application.payments.initiation import PaymentToMake, StartPayment
from application.payments.ports import BilledConsultation, Stage
from application.payments.refund_sweep import SweepRefunds
from application.payments.refund_tracking import RefreshRefund
from application.payments.refunds import QuoteRefund, RefundPayment, SubmitRefund
from application.payments.review import EndDisputeReview, EndPaymentReview
from application.payments.settlement import (
    CancelPayment,
    CapturePayment,
    RefreshPayment,
    SweepPayments,
)
from application.payouts.accounts import (
    OpenPayoutAccount,
    RefreshPayoutAccount,
    StartVerification,
    SweepPayoutAccounts,
)
from application.payouts.approval import ApprovePayout, DeclinePayout, ResumePayout
from application.payouts.bank_accounts import LinkBankAccount, SweepBankLinks
from application.payouts.initiation import CancelPayout, RequestPayout
from application.payouts.ports import Payee
from application.payouts.schedules import ChoosePayoutSchedule, RunPayoutSchedules
from application.payouts.settlement import LookUpPayout, RefreshPayout, SubmitPayout, SweepPayouts
from application.shared.access import SYSTEM, Actor, Role
from domain.catalogue.refund_policy import RefundPolicy
from domain.catalogue.service import CaptureOn
from domain.commission.choice import FrozenPlan
from domain.commission.scope import PlanLevel
from domain.commission.terms import CommissionFacts, Terms
from domain.ledger.chart import LedgerAccount
from domain.payments.payment import Finding
from domain.payouts.payout_account import BankDetails, PayoutAccountStatus
from domain.shared.ids import (
    CommissionPlanId,
    ConsultationId,
    PatientId,
    PayoutId,
    PhysicianId,
    UserId,
)
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Currency, Money
from domain.wallets.wallet import WalletPolicy
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.disputes import InMemoryBank, KnownServices
from tests.fakes.payments import InMemoryProcessor, KnownConsultations
from tests.fakes.payouts import InMemoryPayoutVendor, KnownPayees, PlainFingerprints
from tests.fakes.unit_of_work import FakeUnitOfWork

PATIENT = PatientId(UUID(int=1))
PHYSICIAN = PhysicianId(UUID(int=2))
CONSULTATION = ConsultationId(UUID(int=3))
PLAN = CommissionPlanId(UUID(int=4))
A_PATIENT = Actor(user_id=UserId(UUID(int=11)), roles=[Role.PATIENT], patient_id=PATIENT)
A_PHYSICIAN = Actor(user_id=UserId(UUID(int=12)), roles=[Role.PHYSICIAN], physician_id=PHYSICIAN)
FINANCE = Actor(user_id=UserId(UUID(int=13)), roles=[Role.FINANCE])
SECOND_FINANCE = Actor(user_id=UserId(UUID(int=14)), roles=[Role.FINANCE])
AUD = Currency("AUD")
RETURN_URL = "https://portal.test/paid"


def dollars(whole: int, cents: int = 0) -> Money:
    return Money(whole * 100 + cents, AUD)


def a_bank(number: str = "12345678") -> BankDetails:
    return BankDetails(
        country="AU",
        currency=AUD,
        account_name="Ada Example",
        account_number=number,
        routing_type="bsb",
        routing_value="062000",
    )


def a_consultation(consultation_id: ConsultationId = CONSULTATION) -> BilledConsultation:
    return BilledConsultation(
        consultation_id=consultation_id,
        patient_id=PATIENT,
        physician_id=None,
        stage=Stage.UNPAID,
        place=Jurisdiction("AU-NSW"),
        price=dollars(100),
        tax=dollars(0),
        platform_fee=dollars(5),
        refund_policy=RefundPolicy(()),
        capture_on=CaptureOn.COMPLETED,
        plan=FrozenPlan(
            plan_id=PLAN,
            version=1,
            code="standard",
            name="Standard",
            level=PlanLevel.DEFAULT,
            terms=Terms.from_data([{"percent_bp": 2000}]),
            why="It is the only one.",
        ),
        facts=CommissionFacts(values={}),
    )


@define(eq=False)
class MoneyDesk:
    """
    A patient pays 100 dollars: 5 are the platform's fee, 20 percent of the rest its commission.
    """

    uow: FakeUnitOfWork = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    ids: SequentialIds = field(factory=SequentialIds)
    processor: InMemoryProcessor = field(factory=InMemoryProcessor)
    bank: InMemoryBank = field(factory=InMemoryBank)
    vendor: InMemoryPayoutVendor = field(factory=InMemoryPayoutVendor)
    consultations: KnownConsultations = field(factory=KnownConsultations)
    services: KnownServices = field(factory=KnownServices)
    payees: KnownPayees = field(factory=KnownPayees)
    policy: WalletPolicy = field(factory=WalletPolicy)

    def __attrs_post_init__(self) -> None:
        self.consultations.put(a_consultation())
        self.payees.payees[PHYSICIAN] = Payee(
            physician_id=PHYSICIAN, given_name="Ada", family_name="Example", email="a@b.test"
        )

    @property
    def core(self) -> tuple[Any, Any]:
        return self.uow, self.clock

    @property
    def start_payment(self) -> StartPayment:
        return StartPayment(*self.core, self.ids, self.processor, self.consultations)

    @property
    def refresh_payment(self) -> RefreshPayment:
        return RefreshPayment(*self.core, self.processor)

    @property
    def capture_payment(self) -> CapturePayment:
        return CapturePayment(*self.core, self.processor, self.consultations)

    @property
    def cancel_payment(self) -> CancelPayment:
        return CancelPayment(*self.core, self.processor)

    @property
    def sweep_payments(self) -> SweepPayments:
        return SweepPayments(*self.core, self.refresh_payment)

    @property
    def record_earning(self) -> RecordEarning:
        return RecordEarning(*self.core, self.ids, self.consultations, self.policy)

    @property
    def quote_refund(self) -> QuoteRefund:
        return QuoteRefund(*self.core, self.ids)

    @property
    def refund_payment(self) -> RefundPayment:
        return RefundPayment(*self.core, self.ids)

    @property
    def submit_refund(self) -> SubmitRefund:
        return SubmitRefund(*self.core, self.processor)

    @property
    def refresh_refund(self) -> RefreshRefund:
        return RefreshRefund(*self.core, self.ids, self.processor)

    @property
    def sweep_refunds(self) -> SweepRefunds:
        return SweepRefunds(*self.core, self.processor, self.submit_refund, self.refresh_refund)

    @property
    def end_payment_review(self) -> EndPaymentReview:
        return EndPaymentReview(self.uow)

    @property
    def end_dispute_review(self) -> EndDisputeReview:
        return EndDisputeReview(self.uow)

    @property
    def refresh_dispute(self) -> RefreshDispute:
        return RefreshDispute(*self.core, self.ids, self.bank)

    @property
    def assign_dispute(self) -> AssignDispute:
        return AssignDispute(self.uow)

    @property
    def submit_evidence(self) -> SubmitEvidence:
        return SubmitEvidence(*self.core, self.ids, self.bank, self.evidence_facts)

    @property
    def evidence_facts(self) -> EvidenceFacts:
        return EvidenceFacts(self.uow, self.consultations, self.services)

    @property
    def draft_evidence(self) -> DraftEvidence:
        return DraftEvidence(self.evidence_facts)

    @property
    def remind_of_disputes(self) -> RemindOfDisputes:
        return RemindOfDisputes(*self.core)

    @property
    def sweep_disputes(self) -> SweepDisputes:
        return SweepDisputes(*self.core, self.ids, self.bank, self.refresh_dispute)

    @property
    def refund_when_cancelled(self) -> RefundWhenCancelled:
        return RefundWhenCancelled(
            *self.core, self.ids, self.consultations, self.cancel_payment, self.policy
        )

    @property
    def mature_earnings(self) -> MatureEarnings:
        return MatureEarnings(*self.core, self.policy)

    @property
    def open_account(self) -> OpenPayoutAccount:
        return OpenPayoutAccount(*self.core, self.ids, self.vendor, self.payees)

    @property
    def refresh_account(self) -> RefreshPayoutAccount:
        return RefreshPayoutAccount(*self.core, self.vendor)

    @property
    def link_bank(self) -> LinkBankAccount:
        return LinkBankAccount(*self.core, self.ids, self.vendor, self.payees, PlainFingerprints())

    @property
    def sweep_bank_links(self) -> SweepBankLinks:
        return SweepBankLinks(*self.core, self.vendor)

    @property
    def start_verification(self) -> StartVerification:
        return StartVerification(self.uow, self.vendor)

    @property
    def sweep_accounts(self) -> SweepPayoutAccounts:
        return SweepPayoutAccounts(*self.core, self.open_account, self.refresh_account)

    @property
    def request_payout(self) -> RequestPayout:
        return RequestPayout(*self.core, self.ids, self.policy)

    @property
    def cancel_payout(self) -> CancelPayout:
        return CancelPayout(*self.core)

    @property
    def resume_payout(self) -> ResumePayout:
        return ResumePayout(*self.core)

    @property
    def approve_payout(self) -> ApprovePayout:
        return ApprovePayout(*self.core)

    @property
    def decline_payout(self) -> DeclinePayout:
        return DeclinePayout(*self.core)

    @property
    def choose_schedule(self) -> ChoosePayoutSchedule:
        return ChoosePayoutSchedule(*self.core, self.ids, self.policy)

    @property
    def run_schedules(self) -> RunPayoutSchedules:
        return RunPayoutSchedules(*self.core, self.policy, self.request_payout)

    @property
    def submit_payout(self) -> SubmitPayout:
        return SubmitPayout(*self.core, self.ids, self.vendor)

    @property
    def look_up_payout(self) -> LookUpPayout:
        return LookUpPayout(*self.core, self.vendor)

    @property
    def refresh_payout(self) -> RefreshPayout:
        return RefreshPayout(*self.core, self.vendor)

    @property
    def sweep_payouts(self) -> SweepPayouts:
        return SweepPayouts(
            *self.core, self.submit_payout, self.look_up_payout, self.refresh_payout
        )

    def start(self, consultation_id: ConsultationId = CONSULTATION) -> PaymentToMake:
        return self.start_payment(
            actor=A_PATIENT, consultation_id=consultation_id, return_url=RETURN_URL
        )

    def reference(self, consultation_id: ConsultationId = CONSULTATION) -> str:
        with self.uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
        assert payment is not None
        assert payment.reference is not None
        return payment.reference

    def report_payment(
        self, finding: Finding, consultation_id: ConsultationId = CONSULTATION
    ) -> None:
        reference = self.reference(consultation_id)
        self.processor.report(reference, finding)
        self.refresh_payment(actor=SYSTEM, reference=reference)

    def pay(self, consultation_id: ConsultationId = CONSULTATION) -> None:
        """The patient pays; the consultation is queued."""
        self.start(consultation_id)
        self.report_payment(Finding.AUTHORISED, consultation_id)
        self.consultations.change(consultation_id, stage=Stage.WAITING)

    def complete(self, consultation_id: ConsultationId = CONSULTATION) -> None:
        """A physician completes it; the payment is captured and shared."""
        self.consultations.change(
            consultation_id,
            stage=Stage.COMPLETED,
            physician_id=PHYSICIAN,
            claimed=True,
            opened=True,
            ended_at=self.clock.now(),
        )
        self.capture_payment(actor=SYSTEM, consultation_id=consultation_id)
        self.record_earning(actor=SYSTEM, consultation_id=consultation_id)

    def deliver(self, number: int = 3) -> ConsultationId:
        """One more consultation, paid and completed: 76 dollars."""
        consultation_id = ConsultationId(UUID(int=number))
        if number != CONSULTATION.int:
            self.consultations.put(evolve(a_consultation(), consultation_id=consultation_id))
        self.pay(consultation_id)
        self.complete(consultation_id)
        return consultation_id

    def earn(self, number: int = 3) -> ConsultationId:
        """One more consultation that is out of its clearing period."""
        consultation_id = self.deliver(number)
        self.clock.pass_by(timedelta(days=2))
        self.mature_earnings(actor=SYSTEM)
        return consultation_id

    def be_payable(self) -> None:
        """The physician has an active payout account and a bank account."""
        account_id = self.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)
        self.vendor.decide(account_id, PayoutAccountStatus.ACTIVE)
        self.refresh_account(actor=SYSTEM, reference=self.vendor.accounts[account_id].reference)
        self.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank())

    def request(self, amount: Money) -> PayoutId:
        return self.request_payout(actor=A_PHYSICIAN, physician_id=PHYSICIAN, amount=amount)

    def balance(self, account: LedgerAccount) -> Money:
        with self.uow as uow:
            return uow.journal.balance(account, AUD)
