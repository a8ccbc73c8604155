"""
What the use cases answer about payouts: decisions and holds for finance, schedules for physicians.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.ledger.hold_queries import HoldView, ListHolds
from application.ledger.holds import PlaceHold, ReleaseHold
from application.payouts.approval import ApprovePayout, DeclinePayout, ResumePayout
from application.payouts.queries import ListPayouts, PayoutView, SignatureView
from application.payouts.schedule_queries import PayoutScheduleView, ViewPayoutSchedules
from application.payouts.schedules import ChoosePayoutSchedule
from application.physicians.search import FindPhysicians, FoundPhysician
from application.shared.pages import Page
from domain.ledger.hold import HoldCategory
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutStatus
from domain.payouts.schedule import Cadence, Rhythm, Run, SkipReason
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import HoldId, PayoutId, PhysicianId, UserId
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.physician_answers import PAYOUT, aud, payout_view
from tests.entrypoints.portal.tabs import PHYSICIAN, Clinic

LARGE = PayoutId(UUID(int=0xC8))
HOLD = HoldId(UUID(int=0xA1))
MONDAYS = Rhythm(cadence=Cadence.WEEKLY, weekday=0)


def large_payout(**changes: Any) -> PayoutView:
    """One that a first person has agreed to, unless changed."""
    values: dict[str, Any] = {
        "payout_id": LARGE,
        "amount": aud(1_240_000),
        "status": PayoutStatus.AWAITING_APPROVAL,
        "physician_name": "Dr Amelia Moreau",
        "expected_at": None,
        "reference": None,
        "attempts": 0,
        "above_limit": True,
        "scheduled": True,
        "signatures": (
            SignatureView(
                user_id=UserId(UUID(int=9)),
                name="Sam Reyes",
                at=NOON - timedelta(hours=2),
                note="Earnings of October checked",
            ),
        ),
        "signatures_missing": 1,
    }
    return payout_view(**(values | changes))


def uncertain_payout(**changes: Any) -> PayoutView:
    """One of which nobody knows whether it was sent, unless changed."""
    values: dict[str, Any] = {
        "payout_id": PAYOUT,
        "status": PayoutStatus.UNKNOWN,
        "physician_name": "Dr David Okafor",
        "review": "too_old_to_resend",
        "signatures_missing": 2,
        "expected_at": None,
    }
    return payout_view(**(values | changes))


def schedule_view(**changes: Any) -> PayoutScheduleView:
    """Every Monday; the last one was skipped, the one before was paid. Unless changed."""
    values: dict[str, Any] = {
        "physician_id": PHYSICIAN,
        "currency": "AUD",
        "rhythm": MONDAYS,
        "time_zone": "Australia/Sydney",
        "next_on": date(2026, 11, 30),
        "next_at": NOON + timedelta(days=7),
        "expected": aud(50_650),
        "runs": (
            Run(period="2026-11-23", at=NOON, reason=SkipReason.COOLING_OFF),
            Run(
                period="2026-11-16",
                at=NOON - timedelta(days=7),
                payout_id=PAYOUT,
                amount=aud(20_000),
            ),
        ),
    }
    return PayoutScheduleView(**(values | changes))


def hold_view() -> HoldView:
    """What is held because of a complaint."""
    return HoldView(
        hold_id=HOLD,
        physician_id=PHYSICIAN,
        physician_name="Dr Amelia Moreau",
        amount=aud(18_000),
        category=HoldCategory.PATIENT_COMPLAINT,
        placed_at=NOON - timedelta(days=3),
        review_until=NOON + timedelta(days=11),
    )


def payouts_of_finance(
    *, needs_review: bool = False, needs_approval: bool = False, **_: Any
) -> Page[PayoutView]:
    """The list that was asked for."""
    if needs_approval:
        return Page((large_payout(),))
    if needs_review:
        return Page((uncertain_payout(),))
    failed = payout_view(
        payout_id=PayoutId(UUID(int=0xC9)),
        status=PayoutStatus.FAILED,
        failure=PayoutFailure.BANK_ACCOUNT_CLOSED,
        physician_name="Dr Priya Raman",
    )
    return Page((large_payout(), uncertain_payout(), failed))


def prepare_schedules(clinic: Clinic) -> None:
    """Let the clinic answer about schedules."""
    clinic.answer(ViewPayoutSchedules, (schedule_view(),))
    clinic.answer(ChoosePayoutSchedule, None)


def prepare_payouts(clinic: Clinic) -> None:
    """Let the clinic answer what finance asks about payouts and holds."""
    for_physician = clinic.answers.get(ListPayouts)

    def listed(*, physician_id: Any = None, **arguments: Any) -> Any:
        if physician_id is not None and for_physician is not None:
            return for_physician(physician_id=physician_id, **arguments)
        return payouts_of_finance(**arguments)

    clinic.answer(ListPayouts, listed)
    clinic.answer(ListHolds, Page((hold_view(),)))
    clinic.answer(
        FindPhysicians,
        (
            FoundPhysician(
                physician_id=PHYSICIAN, name="Dr Amelia Moreau", status=PhysicianStatus.ACTIVE
            ),
            FoundPhysician(
                physician_id=PhysicianId(UUID(int=0xCA)),
                name="Dr Ada Moreau",
                status=PhysicianStatus.SUSPENDED,
            ),
        ),
    )
    clinic.answer(ApprovePayout, 0)
    clinic.answer(ResumePayout, 1)
    for use_case in (DeclinePayout, ReleaseHold):
        clinic.answer(use_case, None)
    clinic.answer(PlaceHold, HOLD)
