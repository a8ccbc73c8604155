"""
What the use cases answer operations and finance in these tests.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from application.consultations.queries import ListStuckConsultations, ViewTimeline
from application.consultations.views import (
    StuckConsultation,
    TimelineEntry,
    TimelineReaction,
)
from application.ledger.books import (
    BooksVerified,
    Check,
    CheckResult,
    TrialBalance,
    TrialBalanceLine,
    TrialBalanceView,
    VerifyBooks,
)
from application.notifications.queries import ListUnreached, NotificationRow
from application.orders.queries import (
    ListOrdersNeedingAttention,
    ListOrdersOfPrescription,
    TrackOrder,
)
from application.orders.recall import CancelOrder
from application.orders.tracking import SettleAttention
from application.payments.queries import ListPayments
from application.payments.refunds import QuoteRefund, RefundPayment, RefundQuoteView
from application.physicians.application import OfferContract, RejectApplication
from application.physicians.licensing import AttestLicence, RefuseLicence, VerifyLicence
from application.physicians.queries import ApplicationSummary, ListApplications
from application.physicians.standing import (
    ActivateWhenReady,
    ReinstatePhysician,
    SuspendPhysician,
)
from application.shared.pages import Page
from application.workflow.dead_letters import (
    DeadReaction,
    DeadWebhook,
    ListDeadReactions,
    ListDeadWebhooks,
    ReviveReaction,
    ReviveWebhook,
)
from domain.consultations.consultation import ConsultationStatus
from domain.ledger.chart import AccountType, wallet_available, wallet_pending
from domain.notifications import Channel, FailureCode, NotificationStatus
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderStatus
from domain.payments.payment import PaymentStatus
from domain.payments.refund import Bearer, Shares
from domain.physicians.onboarding import Party, StepName
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import (
    EventId,
    NotificationId,
    OrderId,
    RefundQuoteId,
    UserId,
    WebhookId,
    to_wire,
)
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import CONSULTATION, order_view, payment_view
from tests.entrypoints.portal.payout_answers import prepare_payouts
from tests.entrypoints.portal.physician_answers import aud
from tests.entrypoints.portal.tabs import PATIENT, PHYSICIAN, Clinic

EVENT = UUID(int=0x101)
SUCCESSOR = OrderId(UUID(int=0x102))


def stuck(**changes: Any) -> StuckConsultation:
    """A consultation that nobody has taken in time, unless changed."""
    values: dict[str, Any] = {
        "consultation_id": CONSULTATION,
        "patient_id": PATIENT,
        "service_name": "Migraine treatment",
        "status": ConsultationStatus.WAITING,
        "place": "AU-NSW",
        "physician_name": None,
        "since": NOON - timedelta(hours=3),
        "promised_by": NOON - timedelta(hours=1),
        "promise_broken": True,
        "open_reactions": 0,
    }
    return StuckConsultation(**(values | changes))


def applicant(**changes: Any) -> ApplicationSummary:
    """Somebody who applied, unless changed."""
    values: dict[str, Any] = {
        "physician_id": PHYSICIAN,
        "name": "Dr Louis Moreau",
        "status": PhysicianStatus.APPLIED,
        "applied_at": NOON - timedelta(days=2),
        "specialties": ("general_practice",),
        "open_steps": (StepName.LICENCES, StepName.CONTRACT),
        "waits_for": (Party.PLATFORM,),
    }
    return ApplicationSummary(**(values | changes))


def dead_reaction() -> DeadReaction:
    """A step of a consultation that was tried often enough."""
    return DeadReaction(
        event_id=EventId(EVENT),
        name="NotifyPatient",
        event_type="PaymentAuthorised",
        consultation_id=CONSULTATION,
        attempts=12,
        last_error="smtp_refused",
        occurred_at=NOON - timedelta(hours=5),
        given_up_at=NOON - timedelta(hours=2),
    )


def dead_webhook() -> DeadWebhook:
    """A message of the payout partner that nobody could make sense of."""
    return DeadWebhook(
        webhook_id=WebhookId(UUID(int=0x201)),
        vendor="airwallex",
        kind="payout.transfer.failed",
        reference="tr_5f0c1d2e",
        attempts=1,
        last_error="payout_not_found",
        received_at=NOON - timedelta(days=1),
        given_up_at=None,
    )


def timeline() -> Page[TimelineEntry]:
    """Three events, one of whose reactions was given up."""
    return Page(
        (
            _event("ConsultationStarted", 1, {"service_id": "sv_1"}),
            _event(
                "PaymentAuthorised",
                2,
                {"payment_id": "pa_1"},
                _reaction("QueueConsultation", "done", 1),
                _reaction("NotifyPatient", "dead", 5, "smtp_refused"),
            ),
            _event("ConsultationQueued", 3, {}, _reaction("AssignConsultation", "done", 2)),
        )
    )


def _event(
    name: str, number: int, facts: dict[str, Any], *reactions: TimelineReaction
) -> TimelineEntry:
    return TimelineEntry(
        event_id=str(EVENT),
        sequence=number,
        type=name,
        schema_version=1,
        occurred_at=NOON - timedelta(minutes=60 - number),
        recorded_at=NOON,
        facts=facts,
        reactions=reactions,
    )


def _reaction(name: str, status: str, attempts: int, error: str | None = None) -> TimelineReaction:
    return TimelineReaction(
        name=name,
        status=status,
        attempts=attempts,
        last_error=error,
        started_at=NOON,
        finished_at=NOON,
    )


def refund_quote(**_: Any) -> RefundQuoteView:
    """A refund that is shared."""
    nothing = aud(0)
    return RefundQuoteView(
        quote_id=RefundQuoteId(UUID(int=0x111)),
        amount=aud(4_900),
        bearer=Bearer.SHARED,
        shares=Shares(
            patient_funds=nothing,
            commission=aud(970),
            platform_fee=aud(500),
            tax=nothing,
            pending=aud(3_430),
            available=nothing,
            debt=nothing,
            goodwill=nothing,
        ),
        expires_at=NOON + timedelta(minutes=15),
    )


def trial_balance() -> tuple[TrialBalanceView, ...]:
    """A few accounts, both sides equal."""
    lines = (
        ("processor_balance:AUD", AccountType.ASSET, 128_400, None),
        (wallet_pending(PHYSICIAN).code, AccountType.LIABILITY, 12_400, "Dr Ada Moreau"),
        (wallet_available(PHYSICIAN).code, AccountType.LIABILITY, 38_250, "Dr Ada Moreau"),
        ("commission", AccountType.INCOME, 77_750, None),
    )
    return (
        TrialBalanceView(
            currency="AUD",
            as_of=NOON,
            lines=tuple(
                TrialBalanceLine(account=account, type=kind, balance=aud(minor), owner_name=owner)
                for account, kind, minor, owner in lines
            ),
            debits=aud(128_400),
            credits=aud(128_400),
        ),
    )


def unreached() -> NotificationRow:
    """A patient whose order failed, and whom neither letter nor text reached."""
    return NotificationRow(
        notification_id=NotificationId(UUID(int=0x103)),
        user_id=UserId(UUID(int=1)),
        channel=Channel.SMS,
        template="order_failed",
        data={"order": to_wire("order", SUCCESSOR), "prescription": "rx_1"},
        locale="en",
        status=NotificationStatus.UNDELIVERED,
        failure=FailureCode.CARRIER,
        attempts=1,
        created_at=NOON - timedelta(hours=1),
        seen_at=None,
    )


def prepare_for_staff(clinic: Clinic) -> None:
    """Let the clinic answer all that the pages of operations ask."""
    clinic.answer(ListStuckConsultations, Page((stuck(), stuck(open_reactions=1))))
    clinic.answer(
        ListOrdersNeedingAttention,
        Page((order_view(status=OrderStatus.UNKNOWN, attention=AttentionReason.STILL_UNKNOWN),)),
    )
    clinic.answer(
        TrackOrder,
        order_view(
            status=OrderStatus.COLLECTED, attention=AttentionReason.DISPENSED_TWICE, fills=2
        ),
    )
    clinic.answer(ListOrdersOfPrescription, (order_view(), order_view(order_id=SUCCESSOR)))
    clinic.answer(SettleAttention, None)
    clinic.answer(CancelOrder, CancelOutcome.BEING_PREPARED)
    clinic.answer(ListUnreached, Page((unreached(),)))
    prepare_payouts(clinic)
    clinic.answer(
        ListPayments,
        Page(
            (
                payment_view(
                    status=PaymentStatus.CAPTURED, captured_at=NOON, review="amount_differs"
                ),
                payment_view(),
            )
        ),
    )
    clinic.answer(ListApplications, Page((applicant(),)))
    clinic.answer(ViewTimeline, timeline())
    clinic.answer(ListDeadReactions, Page((dead_reaction(),)))
    clinic.answer(ListDeadWebhooks, Page((dead_webhook(),)))
    clinic.answer(ReviveReaction, None)
    clinic.answer(ReviveWebhook, None)
    clinic.answer(QuoteRefund, refund_quote())
    for use_case in (
        OfferContract,
        RejectApplication,
        AttestLicence,
        RefuseLicence,
        VerifyLicence,
        ActivateWhenReady,
        ReinstatePhysician,
        SuspendPhysician,
        RefundPayment,
    ):
        clinic.answer(use_case, None)
    clinic.answer(TrialBalance, trial_balance())
    clinic.answer(
        VerifyBooks,
        BooksVerified(
            at=NOON,
            results=tuple(CheckResult(check=check, looked_at=42, breaks=()) for check in Check),
        ),
    )
