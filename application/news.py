"""
Who is told what, and when: the part of the workflow that writes to people.
"""

from application.notifications.delivery import DeliverNotification
from application.notifications.occasions import (
    TellOfMessage,
    TellOfOddOrder,
    TellOfOrder,
    TellOfPay,
    TellOfSkippedPayout,
    TellPatient,
    TellPhysician,
    TellStaff,
)
from application.notifications.staff import RemindOfDispute
from application.payments.news import TellOfLapsedPayment
from application.workflow.table import when
from domain.commission.events import PayTermsStay, PayTermsWillChange
from domain.consultations.events import (
    ConsultationCancelled,
    ConsultationClaimed,
    ConsultationCompleted,
    ConsultationQueued,
    ConsultationReassigned,
    FollowUpDue,
    MessageSent,
    PromiseBroken,
)
from domain.identity.role import Role
from domain.ledger.events import HoldPlaced, HoldReleased
from domain.notifications import NotificationQueued
from domain.orders.events import (
    OrderFailed,
    OrderMovedByNetwork,
    OrderNeedsAttention,
    OrderStatusChanged,
)
from domain.payments.events import (
    DisputeDeadlineNear,
    DisputeNeedsReview,
    DisputeOpened,
    PaymentCancelled,
    PaymentNeedsReview,
    RefundSucceeded,
)
from domain.payouts.events import (
    BankLinkLost,
    PayoutAccountActionRequired,
    PayoutAccountRestricted,
    PayoutDeclined,
    PayoutFailed,
    PayoutPaid,
    PayoutReturned,
    PayoutSkipped,
)
from domain.physicians.events import LicenceExpired, PhysicianActivated, PhysicianSuspended
from domain.scheduling.events import AppointmentBooked, AppointmentLost, AppointmentRescheduled
from domain.treasury.events import FundingReopened, FundingRequested

_PATIENT = ("patient_id", "consultation_id")
_VISIT = ("consultation_id", "appointment_id", "start_at")
_ORDER = ("patient_id", "prescription_id", "order_id")
_PHYSICIAN = ("physician_id", "consultation_id")
_STANDING = ("physician_id", "occurred_at")
_PAYMENT = ("payment_id", "consultation_id", "occurred_at")
_PAYOUT = ("physician_id", "payout_id")
_FUNDING = ("funding_request_id", "occurred_at")
_PAY = ("physician_id", "plan_id", "plan_version", "effective_from")

NEWS = (
    when(NotificationQueued, DeliverNotification, "notification_id"),
    # To patients
    when(ConsultationQueued, TellPatient, *_PATIENT, "promised_by", template="consultation_queued"),
    when(ConsultationClaimed, TellPatient, *_PATIENT, template="consultation_claimed"),
    when(ConsultationCompleted, TellPatient, *_PATIENT, template="consultation_completed"),
    when(ConsultationCancelled, TellPatient, *_PATIENT, template="consultation_cancelled"),
    when(PromiseBroken, TellPatient, *_PATIENT, "promised_by", template="promise_broken"),
    when(FollowUpDue, TellPatient, *_PATIENT, "follow_up_id", template="follow_up_due"),
    when(AppointmentBooked, TellPatient, *_VISIT, template="appointment_booked"),
    when(AppointmentRescheduled, TellPatient, *_VISIT, template="appointment_booked"),
    when(
        AppointmentLost,
        TellPatient,
        "consultation_id",
        "appointment_id",
        template="appointment_lost",
    ),
    when(OrderStatusChanged, TellOfOrder, *_ORDER, "status"),
    when(OrderFailed, TellPatient, *_ORDER, template="order_failed"),
    when(OrderMovedByNetwork, TellOfOddOrder, *_ORDER, "occurred_at"),
    when(OrderNeedsAttention, TellOfOddOrder, *_ORDER, "occurred_at", "reason"),
    when(PaymentCancelled, TellOfLapsedPayment, "consultation_id", "payment_id"),
    when(RefundSucceeded, TellPatient, "consultation_id", "refund_id", template="refund_succeeded"),
    # To whoever is written to
    when(
        MessageSent,
        TellOfMessage,
        "consultation_id",
        "patient_id",
        "physician_id",
        "message_id",
        "sender",
    ),
    # To physicians
    when(
        ConsultationReassigned,
        TellPhysician,
        *_PHYSICIAN,
        "occurred_at",
        template="consultation_assigned",
    ),
    when(ConsultationCancelled, TellPhysician, *_PHYSICIAN, template="consultation_withdrawn"),
    when(PhysicianActivated, TellPhysician, *_STANDING, template="physician_activated"),
    when(PhysicianSuspended, TellPhysician, *_STANDING, template="physician_suspended"),
    when(LicenceExpired, TellPhysician, *_STANDING, template="licence_expired"),
    when(PayTermsWillChange, TellOfPay, *_PAY, template="pay_terms_change"),
    when(PayTermsStay, TellOfPay, *_PAY, template="pay_terms_stay"),
    when(PayoutPaid, TellPhysician, *_PAYOUT, template="payout_paid"),
    when(PayoutFailed, TellPhysician, *_PAYOUT, template="payout_failed"),
    when(PayoutReturned, TellPhysician, *_PAYOUT, template="payout_failed"),
    when(HoldPlaced, TellPhysician, *_STANDING, template="hold_placed"),
    when(HoldReleased, TellPhysician, *_STANDING, template="hold_released"),
    when(PayoutDeclined, TellPhysician, *_PAYOUT, template="payout_declined"),
    when(
        PayoutSkipped,
        TellOfSkippedPayout,
        "physician_id",
        "payout_schedule_id",
        "period",
        "reason",
    ),
    when(
        PayoutAccountActionRequired,
        TellPhysician,
        *_STANDING,
        template="payout_account_action_required",
    ),
    when(PayoutAccountRestricted, TellPhysician, *_STANDING, template="payout_account_restricted"),
    when(BankLinkLost, TellPhysician, *_STANDING, template="bank_details_lost"),
    # To finance
    when(
        FundingRequested, TellStaff, *_FUNDING, role=Role.FINANCE, template="float_funding_needed"
    ),
    when(
        FundingReopened, TellStaff, *_FUNDING, role=Role.FINANCE, template="float_funding_reversed"
    ),
    when(PaymentNeedsReview, TellStaff, *_PAYMENT, role=Role.FINANCE, template="payment_review"),
    when(
        DisputeOpened,
        TellStaff,
        *_PAYMENT,
        "dispute_id",
        role=Role.FINANCE,
        template="dispute_opened",
    ),
    when(
        DisputeNeedsReview,
        TellStaff,
        *_PAYMENT,
        "dispute_id",
        role=Role.FINANCE,
        template="dispute_review",
    ),
    when(
        DisputeDeadlineNear,
        RemindOfDispute,
        "dispute_id",
        "owner_id",
        "due_at",
        "is_missed",
        "escalates",
        "occurred_at",
    ),
)
"""Lines of the reaction table; see `application.reactions`."""
