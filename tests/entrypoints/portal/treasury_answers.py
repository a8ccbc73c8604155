"""
What the use cases of treasury, and of payout accounts that wait, answer in these tests.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import evolve

from application.payouts.accounts import StartVerification
from application.payouts.queries import PayoutAccountView, ViewPayoutAccount
from application.treasury.bookings import RecordCapital, RecordConversion
from application.treasury.funding import RecordFloatFunding, ReverseFloatFunding
from application.treasury.ports import StuckMove
from application.treasury.queries import (
    FloatFundingView,
    FloatView,
    FundingRequestView,
    TreasuryView,
    ViewTreasury,
)
from application.treasury.watch import WatchFloat
from domain.payouts.payout_account import PayoutAccountStatus, Requirement
from domain.shared.ids import FloatFundingId, FundingRequestId, JournalEntryId
from domain.shared.money import Currency, Money
from domain.treasury.float_position import Due, DueKind
from domain.treasury.funding import FundingRequestStatus
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.physician_answers import account_view, aud
from tests.entrypoints.portal.tabs import Clinic

ENTRY = JournalEntryId(UUID(int=0x401))
FUNDING = FloatFundingId(UUID(int=0x402))
TODAY = NOON.date()
PARTNERS_PAGE = "https://vendor.test/hosted/ahfi_1"


def float_view(**changes: Any) -> FloatView:
    """A balance that reaches for three days, unless changed."""
    values: dict[str, Any] = {
        "currency": "AUD",
        "available": aud(500_000),
        "reserved": aud(20_000),
        "pending": aud(0),
        "ours": aud(505_000),
        "difference": aud(-5_000),
        "on_the_way": aud(0),
        "needed": aud(810_000),
        "looked_until": TODAY + timedelta(days=7),
        "short_from": TODAY + timedelta(days=3),
        "dues": (
            Due(kind=DueKind.PAYOUTS_TO_SEND, amount=aud(60_000), on=TODAY),
            Due(kind=DueKind.WITHDRAWABLE, amount=aud(350_000), on=TODAY),
            Due(kind=DueKind.MATURING, amount=aud(400_000), on=TODAY + timedelta(days=3)),
        ),
    }
    return FloatView(**(values | changes))


def request_view(**changes: Any) -> FundingRequestView:
    """An open request that was answered in part, unless changed."""
    values: dict[str, Any] = {
        "funding_request_id": FundingRequestId(UUID(int=0x403)),
        "amount": aud(400_000),
        "received": aud(100_000),
        "missing": aud(300_000),
        "due_on": TODAY + timedelta(days=3),
        "status": FundingRequestStatus.OPEN,
        "opened_at": NOON - timedelta(hours=2),
        "closed_at": None,
    }
    return FundingRequestView(**(values | changes))


def treasury_view(**changes: Any) -> TreasuryView:
    """One currency that runs short and one that reaches, a request, top-ups, a stuck move."""
    zero = Money.zero(Currency("USD"))
    values: dict[str, Any] = {
        "at": NOON,
        "floats": (
            float_view(),
            float_view(
                currency="USD",
                available=Money.of(90_000, "USD"),
                reserved=zero,
                pending=zero,
                ours=Money.of(90_000, "USD"),
                difference=zero,
                on_the_way=Money.of(40_000, "USD"),
                needed=zero,
                short_from=None,
                dues=(),
            ),
        ),
        "requests": (
            request_view(),
            request_view(
                status=FundingRequestStatus.FUNDED,
                received=aud(400_000),
                missing=aud(0),
                closed_at=NOON,
            ),
        ),
        "fundings": (
            FloatFundingView(
                float_funding_id=FUNDING,
                reference="FLOAT-0002",
                amount=aud(100_000),
                occurred_at=NOON - timedelta(hours=1),
                reversed_at=None,
            ),
            FloatFundingView(
                float_funding_id=FloatFundingId(UUID(int=0x404)),
                reference="FLOAT-0001",
                amount=aud(400_000),
                occurred_at=NOON - timedelta(days=9),
                reversed_at=NOON - timedelta(days=8),
            ),
        ),
        "stuck": (
            StuckMove(
                reference="cat_7f3a",
                amount=aud(5_000),
                vendor_status="SUSPENDED",
                since=NOON - timedelta(days=1),
            ),
        ),
    }
    return TreasuryView(**(values | changes))


def waiting_account() -> PayoutAccountView:
    """An account of which the partner wants two things."""
    return evolve(
        account_view(),
        status=PayoutAccountStatus.ACTION_REQUIRED,
        requirements=(Requirement.IDENTITY_DOCUMENT, Requirement.ADDRESS),
    )


def prepare_for_treasury(clinic: Clinic) -> None:
    """Let the clinic answer all that treasury and a payout account ask."""
    clinic.answer(ViewTreasury, treasury_view())
    clinic.answer(RecordFloatFunding, FUNDING)
    clinic.answer(RecordCapital, ENTRY)
    clinic.answer(RecordConversion, ENTRY)
    clinic.answer(StartVerification, PARTNERS_PAGE)
    clinic.answer(ViewPayoutAccount, waiting_account())
    for use_case in (ReverseFloatFunding, WatchFloat):
        clinic.answer(use_case, None)
