"""
What the use cases answer a physician in these tests.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.consultations.views import (
    AnswerView,
    PatientInCare,
    QueueItem,
    WorkspaceView,
)
from application.payouts.queries import (
    PayoutAccountView,
    PayoutView,
)
from application.physicians.queries import (
    ContractView,
    LicenceView,
    OnboardingView,
)
from application.prescriptions.views import MedicationView, ScreenedPrescription
from application.scheduling.queries import (
    AvailabilityView,
    ExceptionView,
    HoursView,
    WeekdayView,
)
from application.shared.pages import Page
from application.wallets.queries import (
    CauseKind,
    MoneyMap,
    StatementLine,
    WalletView,
)
from domain.catalogue.service import Mode
from domain.consultations.clinical_note import ClinicalNote
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.intake import RedFlag
from domain.consultations.outcome import ConsultationOutcome, MessageSender
from domain.payouts.failure import PayoutFailure, WhoActs
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import PayoutAccountStatus
from domain.physicians.licence import LicenceKind, LicenceStatus
from domain.physicians.onboarding import Party, Step, StepName, StepState
from domain.physicians.physician import PhysicianStatus
from domain.prescriptions.prescription import PrescriptionStatus
from domain.prescriptions.rule_pack import Severity
from domain.prescriptions.safety_screen import Finding, FindingKind, NotChecked
from domain.shared.ids import (
    CommissionPlanId,
    ConsultationId,
    ContractId,
    LicenceId,
    PayoutAccountId,
    PayoutId,
    PrescriptionId,
    UserId,
    to_wire,
)
from domain.shared.money import Money
from domain.wallets.money_state import MoneyLine, MoneyRule, MoneyState, WalletBalances
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import (
    CONSULTATION,
    FINISHED,
    consultation_summary,
    message,
    prescription_view,
)
from tests.entrypoints.portal.tabs import PATIENT, PHYSICIAN

WAITING = ConsultationId(UUID(int=0x33))
DRAFTED = PrescriptionId(UUID(int=0x42))
PAYOUT = PayoutId(UUID(int=0xC1))
CONTENT_HASH = "5f" * 32


def aud(minor: int) -> Money:
    """Australian dollars, in cents."""
    return Money.of(minor, "AUD")


def queue_item(**changes: Any) -> QueueItem:
    """A case that waits, unless changed."""
    values: dict[str, Any] = {
        "consultation_id": WAITING,
        "service_name": "Migraine treatment",
        "mode": Mode.ASYNC,
        "place": "AU-NSW",
        "waiting_since": NOON - timedelta(minutes=40),
        "promised_by": NOON + timedelta(minutes=80),
        "at_risk": False,
        "overdue": False,
        "has_red_flags": True,
        "language": "en",
    }
    return QueueItem(**(values | changes))


def workspace_of(*, consultation_id: ConsultationId, **_: Any) -> WorkspaceView:
    """A consultation that goes on, or the one that is finished."""
    if consultation_id != FINISHED:
        return workspace_view()
    summary = consultation_summary(
        patient_name="Ada Moreau",
        status=ConsultationStatus.COMPLETED,
        outcome=ConsultationOutcome.TREATED,
        ended_at=NOON,
    )
    return workspace_view(summary=summary)


def workspace_view(**changes: Any) -> WorkspaceView:
    """A consultation that has been begun, unless changed."""
    values: dict[str, Any] = {
        "red_flags": (
            RedFlag(code="aura_and_pill", message="Migraine with aura on a combined pill."),
        ),
        "summary": consultation_summary(patient_name="Ada Moreau"),
        "place": "AU-NSW",
        "patient": PatientInCare(
            patient_id=PATIENT,
            name="Ada Moreau",
            date_of_birth=date(1988, 4, 2),
            age=38,
            sex="female",
            pregnancy="not_pregnant",
            allergies=("Penicillin",),
            conditions=(),
            medications=None,
        ),
        "answers": (
            AnswerView(
                link_id="onset", question="How did it begin?", answer="Slowly, over an hour or more"
            ),
            AnswerView(link_id="pain", question="How strong is it, from 0 to 10?", answer="6"),
            AnswerView(
                link_id="signs",
                question="Which of these do you have?",
                answer="Light hurts my eyes",
            ),
        ),
        "note": ClinicalNote(subjective="Typical attack since this morning."),
        "messages": (
            message(
                "It started this morning, and light makes it worse.", MessageSender.PATIENT, 20
            ),
        ),
        "prescriptions": (),
        "follow_ups": (),
        "history": (
            consultation_summary(
                status=ConsultationStatus.COMPLETED,
                outcome=ConsultationOutcome.PRESCRIBED,
                started_at=NOON - timedelta(days=200),
            ),
        ),
    }
    return WorkspaceView(**(values | changes))


def screened(**changes: Any) -> ScreenedPrescription:
    """A draft with a warning, a contraindication and a gap."""
    values: dict[str, Any] = {
        "prescription": prescription_view(
            prescription_id=DRAFTED, status=PrescriptionStatus.DRAFT, signed_at=None
        ),
        "content_hash": CONTENT_HASH,
        "rule_pack": "2026-11",
        "findings": (
            Finding(
                code="condition:hypertension",
                kind=FindingKind.CONDITION,
                severity=Severity.CONTRAINDICATED,
                message="Sumatriptan is not for patients with high blood pressure.",
            ),
            Finding(
                code="dose:sumatriptan",
                kind=FindingKind.DOSE,
                severity=Severity.WARNING,
                message="More than 100 mg a day is seldom needed.",
            ),
        ),
        "not_checked": (NotChecked.NO_MEDICATIONS_RECORDED,),
        "needs_second_factor": False,
    }
    return ScreenedPrescription(**(values | changes))


def medication(code: str = "sumatriptan-50", title: str = "Sumatriptan 50 mg tablet") -> Any:
    """A choice in the search."""
    return MedicationView(
        code=code,
        title=title,
        name=title.split(maxsplit=1)[0],
        strength="50 mg",
        form="tablet",
        route="oral",
        dose_unit="tablet",
        controlled=False,
        max_repeats=5,
    )


def balances() -> WalletBalances:
    """A wallet with something in every state."""
    return WalletBalances(
        pending=aud(12_400),
        available=aud(38_250),
        held=aud(5_000),
        in_transit=aud(20_000),
        debt=aud(1_500),
    )


def wallet_view() -> WalletView:
    """Balances in one currency."""
    return WalletView(
        physician_id=PHYSICIAN,
        currency="AUD",
        balances=balances(),
        paid_out=aud(410_000),
        next_clears_on=NOON + timedelta(days=1),
    )


def money_map() -> MoneyMap:
    """Where every cent is."""
    consultation = to_wire("consultation", CONSULTATION)
    payout = to_wire("payout", PAYOUT)
    lines = (
        (MoneyState.PENDING, MoneyRule.CLEARING_PERIOD, 12_400, WhoActs.NOBODY, consultation, 1),
        (MoneyState.AVAILABLE, MoneyRule.READY, 38_250, WhoActs.PHYSICIAN, None, None),
        (MoneyState.HELD, MoneyRule.PAYOUT_QUEUED, 5_000, WhoActs.PLATFORM, payout, None),
        (MoneyState.IN_TRANSIT, MoneyRule.AT_THE_BANKS, 20_000, WhoActs.VENDOR, payout, 2),
        (MoneyState.DEBT, MoneyRule.REFUND_AFTER_PAYOUT, 1_500, WhoActs.NOBODY, consultation, None),
    )
    return MoneyMap(
        physician_id=PHYSICIAN,
        currency="AUD",
        at=NOON,
        balances=balances(),
        lines=tuple(
            MoneyLine(
                state=state,
                rule=rule,
                amount=aud(minor),
                who_acts=who,
                cause=cause,
                on=None if days is None else NOON + timedelta(days=days),
            )
            for state, rule, minor, who, cause, days in lines
        ),
    )


def statement() -> Page[StatementLine]:
    """An earning and a withdrawal."""
    return Page(
        tuple(
            StatementLine(
                entry_id=f"je_{number}",
                occurred_at=NOON - timedelta(days=number),
                recorded_at=NOON - timedelta(days=number),
                reason=reason,
                cause_kind=kind,
                cause=to_wire("payout", PAYOUT),
                consultation=to_wire("consultation", CONSULTATION)
                if kind is CauseKind.CONSULTATION
                else None,
                pending=aud(pending),
                available=aud(available),
                held=aud(0),
                balance=aud(55_650),
            )
            for number, (reason, kind, pending, available) in enumerate(
                (
                    ("service_delivered", CauseKind.CONSULTATION, 3_430, 0),
                    ("payout_requested", CauseKind.PAYOUT, 0, -20_000),
                    ("earning_matured", CauseKind.EARNING, -3_430, 3_430),
                )
            )
        )
    )


def payout_view(**changes: Any) -> PayoutView:
    """A payout that is at the banks, unless changed."""
    values: dict[str, Any] = {
        "payout_id": PAYOUT,
        "physician_id": PHYSICIAN,
        "amount": aud(20_000),
        "status": PayoutStatus.SUBMITTED,
        "requested_at": NOON - timedelta(days=1),
        "ended_at": None,
        "expected_at": NOON + timedelta(days=2),
        "retry_at": None,
        "reference": "tra_1",
        "vendor_status": "PROCESSING",
        "failure": None,
        "review": None,
        "fee": None,
        "attempts": 1,
    }
    return PayoutView(**(values | changes))


def payouts() -> Page[PayoutView]:
    """One at the banks, one that came back, one that can be called back."""
    return Page(
        (
            payout_view(
                payout_id=PayoutId(UUID(int=0xC2)),
                amount=aud(5_000),
                status=PayoutStatus.REQUESTED,
                expected_at=None,
                reference=None,
                attempts=0,
            ),
            payout_view(),
            payout_view(
                payout_id=PayoutId(UUID(int=0xC3)),
                amount=aud(12_000),
                status=PayoutStatus.RETURNED,
                failure=PayoutFailure.BANK_ACCOUNT_CLOSED,
                requested_at=NOON - timedelta(days=9),
            ),
        )
    )


def account_view() -> PayoutAccountView:
    """A payout account in use."""
    return PayoutAccountView(
        payout_account_id=PayoutAccountId(UUID(int=0xD1)),
        physician_id=PHYSICIAN,
        status=PayoutAccountStatus.ACTIVE,
        reference="acct_1",
        bank_last_four="4321",
        bank_country="AU",
        bank_currency="AUD",
        cooling_off_until=None,
    )


def onboarding_view(**changes: Any) -> OnboardingView:
    """An applicant half-way, unless changed."""
    values: dict[str, Any] = {
        "physician_id": PHYSICIAN,
        "user_id": UserId(UUID(int=2)),
        "name": "Dr Louis Moreau",
        "status": PhysicianStatus.IN_ONBOARDING,
        "suspension": None,
        "applied_at": NOON - timedelta(days=6),
        "time_zone": "Australia/Sydney",
        "specialties": ("general_practice", "neurology"),
        "languages": ("en", "fr"),
        "steps": (
            Step(name=StepName.IDENTITY, state=StepState.DONE),
            Step(
                name=StepName.LICENCES,
                state=StepState.WAITING,
                missing="1 of our staff must still confirm your AU licence.",
                who_acts=Party.PLATFORM,
            ),
            Step(
                name=StepName.CONTRACT,
                state=StepState.TO_DO,
                missing="Read and sign your contract.",
                who_acts=Party.PHYSICIAN,
            ),
            Step(
                name=StepName.PAYOUT_ACCOUNT,
                state=StepState.TO_DO,
                missing="Open a payout account.",
                who_acts=Party.PHYSICIAN,
            ),
        ),
        "is_complete": False,
        "identity_reference": "vs_1",
        "identity_checked_fields": (),
        "licences": (
            LicenceView(
                licence_id=LicenceId(UUID(int=0xE1)),
                jurisdiction="AU",
                kind=LicenceKind.AHPRA,
                number="MED0001234567",
                expires_on=date(2027, 9, 30),
                status=LicenceStatus.CLAIMED,
                refusal=None,
                attested_by=(UserId(UUID(int=3)),),
                checked_at=None,
            ),
            LicenceView(
                licence_id=LicenceId(UUID(int=0xE2)),
                jurisdiction="US-CA",
                kind=LicenceKind.NPI,
                number="1234567893",
                expires_on=date(2028, 1, 31),
                status=LicenceStatus.VERIFIED,
                refusal=None,
                attested_by=(),
                checked_at=NOON,
            ),
        ),
        "contract": None,
        "offered_contract": ContractView(
            contract_id=ContractId(UUID(int=0xF1)),
            commission_plan_id=CommissionPlanId(UUID(int=0xF2)),
            commission_plan_version=4,
            offered_at=NOON - timedelta(days=2),
            signed_at=None,
        ),
    }
    return OnboardingView(**(values | changes))


def availability_view() -> AvailabilityView:
    """Mornings on workdays, and leave over the new year."""
    return AvailabilityView(
        physician_id=PHYSICIAN,
        time_zone="Australia/Sydney",
        weekly=tuple(
            WeekdayView(weekday=weekday, hours=HoursView(start="09:00", end="12:30"))
            for weekday in range(5)
        ),
        exceptions=(
            ExceptionView(first_on=date(2026, 12, 24), last_on=date(2027, 1, 4), hours=()),
        ),
        buffer=timedelta(minutes=5),
        minimum_notice=timedelta(hours=2),
        daily_cap=12,
    )
