"""
What the use cases answer about commission plans and pay in these tests.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve

from application.commission.drafting import DraftCommissionPlan, DraftedPlan, ReviseCommissionPlan
from application.commission.ports import PayAndPrescribing, PlanInUse
from application.commission.preview import (
    DraftComparison,
    EarningsPreview,
    PreviewEarnings,
    PreviewPlan,
)
from application.commission.publication import (
    PublishCommissionPlan,
    SettledPlan,
    WithdrawCommissionPlan,
)
from application.commission.queries import (
    ListCommissionPlans,
    PlanVersionView,
    PlanView,
    ViewCommissionPlan,
)
from application.commission.report import (
    PayReport,
    PayReportLine,
    PayReportSide,
    ReportPayAndPrescribing,
)
from domain.commission.choice import Considered, FrozenPlan
from domain.commission.independence import Correlation
from domain.commission.plan import PlanStatus
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import Terms
from domain.commission.words import terms_words
from domain.payments.preview import MonthPreview, preview_month
from domain.shared.ids import CommissionPlanId, ServiceId, UserId
from domain.shared.money import Currency, Money
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.tabs import PHYSICIAN, Clinic

STANDARD = CommissionPlanId(UUID(int=0xF2))
PARTNER = CommissionPlanId(UUID(int=0xF3))
AUTHOR, APPROVER = UserId(UUID(int=0xF8)), UserId(UUID(int=0xF9))
TIERED = Terms.from_data(
    [
        {
            "percent_bp": 2000,
            "minimum_minor": 500,
            "tiers": [{"from_count": 12, "percent_bp": 1750}],
        }
    ],
    currency="AUD",
)
FLAT = Terms.from_data([{"percent_bp": 2000}])


def a_version(number: int = 1, terms: Terms = FLAT, **changes: Any) -> PlanVersionView:
    view = PlanVersionView(
        plan_id=STANDARD,
        code="standard",
        number=number,
        name="Standard 2026",
        status=PlanStatus.PUBLISHED,
        scope=PlanScope(),
        terms=terms,
        sentences=terms_words(terms),
        revision=1,
        wished_from=None,
        drafted_by=AUTHOR,
        drafted_at=NOON - timedelta(days=90),
        published_by=APPROVER,
        published_at=NOON - timedelta(days=89),
        effective_from=NOON - timedelta(days=89),
        withdrawn_by=None,
        withdrawn_at=None,
        withdrawal_reason=None,
        ends_at=None,
        in_force=True,
        bookings=412,
        contracts=7,
    )
    return evolve(view, **changes)


def a_draft(number: int = 2, **changes: Any) -> PlanVersionView:
    return a_version(
        number,
        TIERED,
        **{
            "status": PlanStatus.DRAFT,
            "published_by": None,
            "published_at": None,
            "effective_from": None,
            "in_force": False,
            "bookings": 0,
            "contracts": 0,
            "may_start_at": NOON + timedelta(days=14),
            "concerns": 7,
            "revision": 3,
        }
        | changes,
    )


def plans() -> tuple[PlanView, ...]:
    partner = a_version(
        plan_id=PARTNER,
        code="partner",
        name="Partner physicians",
        scope=PlanScope(level=PlanLevel.CONTRACT),
        bookings=31,
        contracts=1,
    )
    return (
        PlanView(plan_id=PARTNER, code="partner", level=PlanLevel.CONTRACT, versions=(partner,)),
        standard_plan(),
    )


def standard_plan(draft: PlanVersionView | None = None) -> PlanView:
    return PlanView(
        plan_id=STANDARD,
        code="standard",
        level=PlanLevel.DEFAULT,
        versions=(draft or a_draft(), a_version()),
    )


def a_month(consultations: int, terms: Terms = TIERED) -> MonthPreview:
    return preview_month(
        terms,
        price=Money.of(5900, "AUD"),
        tax=Money.of(0, "AUD"),
        platform_fee=Money.of(400, "AUD"),
        values={"service_code": "skin", "mode": "async"},
        consultations=consultations,
    )


def frozen(terms: Terms = TIERED) -> FrozenPlan:
    return FrozenPlan(
        plan_id=PARTNER,
        version=1,
        code="partner",
        name="Partner physicians",
        level=PlanLevel.CONTRACT,
        terms=terms,
        why="The physician's contract at the booking names “Partner physicians”.",
    )


def previews(*, consultations: int, **_: Any) -> tuple[EarningsPreview, ...]:
    return tuple(
        EarningsPreview(
            service_id=ServiceId(UUID(int=number)),
            service_code=code,
            service_name=name,
            plan=frozen(),
            sentences=terms_words(TIERED),
            considered=(
                Considered(
                    code="partner",
                    version=1,
                    level=PlanLevel.CONTRACT,
                    chosen=True,
                    because="The physician's contract at the booking names it.",
                ),
                Considered(
                    code="standard",
                    version=1,
                    level=PlanLevel.DEFAULT,
                    chosen=False,
                    because="partner is a contract plan and goes before it.",
                ),
            ),
            month=a_month(consultations),
            left_out=("weekday",) if code == "sleep" else (),
        )
        for number, (code, name) in enumerate(
            (("skin", "Skin consultation"), ("sleep", "Sleep consultation")), start=1
        )
    )


def comparisons(*, consultations: int, **_: Any) -> tuple[DraftComparison, ...]:
    then, now = a_month(consultations), a_month(consultations, FLAT)
    return (
        DraftComparison(
            service_code="skin",
            service_name="Skin consultation",
            month=then,
            present=frozen(FLAT),
            present_month=now,
            difference_minor=then.totals.earning.minor - now.totals.earning.minor,
        ),
    )


def pay_report(**_: Any) -> PayReport:
    facts = PayAndPrescribing(
        physician_id=PHYSICIAN,
        name="Dr Amelia Moreau",
        finished=48,
        shared=47,
        pay=Money.of(206_800, "AUD"),
        prescriptions=20,
        plans=(PlanInUse(code="standard", version=1, terms=terms_words(FLAT)),),
    )
    return PayReport(
        since=date(2026, 8, 1),
        until=date(2026, 10, 31),
        sides=(
            PayReportSide(
                currency=Currency("AUD"),
                lines=(
                    PayReportLine(facts=facts, pay_each=Money.of(4400, "AUD"), prescribing=42),
                    PayReportLine(
                        facts=evolve(facts, name="Dr Chidi Okafor", shared=0),
                        pay_each=None,
                        prescribing=42,
                    ),
                ),
                correlation=Correlation(
                    n=1, coefficient=None, words="n = 1: no correlation is worked out."
                ),
            ),
        ),
    )


def prepare_for_pay(clinic: Clinic) -> None:
    """Let the clinic answer all that the pages about plans and pay ask."""
    settled = SettledPlan(
        plan_id=STANDARD,
        number=2,
        status=PlanStatus.PUBLISHED,
        changes_at=NOON + timedelta(days=14),
        told=7,
    )
    drafted = DraftedPlan(plan_id=STANDARD, number=2, revision=1)
    clinic.answer(ListCommissionPlans, plans())
    clinic.answer(ViewCommissionPlan, standard_plan())
    clinic.answer(PreviewPlan, comparisons)
    clinic.answer(PreviewEarnings, previews)
    clinic.answer(ReportPayAndPrescribing, pay_report)
    clinic.answer(PublishCommissionPlan, settled)
    clinic.answer(WithdrawCommissionPlan, settled)
    clinic.answer(DraftCommissionPlan, drafted)
    clinic.answer(ReviseCommissionPlan, drafted)
