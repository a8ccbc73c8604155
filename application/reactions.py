"""
The workflow: when this happens, that use case runs.

Every line is stored with its event, in the same transaction, and run by a worker as the
system until it is done. Each use case here can run twice without doing anything twice, and
none relies on another line of the same event having run before it.
"""

from application.consultations.assignment import (
    AssignConsultation,
    QueueConsultation,
    ReturnConsultationsOf,
)
from application.consultations.cancellation import CallOffUnpaid
from application.identity.registration import SendPasswordReset
from application.news import NEWS
from application.orders.creation import CreateOrder
from application.orders.recall import CancelOrdersOf
from application.orders.sending import SendOrder
from application.payments.cancellation import RefundWhenCancelled
from application.payments.delivery import RecordEarning
from application.payments.refunds import SubmitRefund
from application.payments.settlement import CapturePayment
from application.payouts.settlement import (
    ResumePayoutsOf,
    ResumePayoutsOnFunding,
    SubmitPayout,
)
from application.physicians.licensing import VerifyLicence
from application.physicians.standing import ActivateWhenReady, RecordPayoutAccount
from application.prescriptions.signing import RecordSupply
from application.scheduling.booking import ConfirmAppointment, ReleaseAppointment
from application.scheduling.standing import FreeAppointmentsOf
from application.treasury.watch import WatchFloat
from application.workflow.table import ReactionTable, when
from domain.consultations.events import (
    ConsultationCancelled,
    ConsultationClaimed,
    ConsultationCompleted,
    ConsultationQueued,
    IntakeStopped,
)
from domain.identity.events import PasswordResetRequested
from domain.orders.events import OrderCreated, OrderDelivered, PharmacyChosen
from domain.payments.events import (
    PaymentAuthorised,
    PaymentCancelled,
    PaymentCaptured,
    RefundRequested,
)
from domain.payouts.events import (
    PayoutAccountActivated,
    PayoutAccountOpened,
    PayoutAccountRestricted,
    PayoutApproved,
    PayoutRequested,
    PayoutWaitsForFunding,
)
from domain.physicians.events import (
    ContractSigned,
    IdentityVerified,
    LicenceAdded,
    LicenceVerified,
    PayoutAccountLinked,
    PhysicianSuspended,
)
from domain.physicians.onboarding import PayoutAccountState
from domain.prescriptions.events import PrescriptionCancelled, PrescriptionSigned
from domain.scheduling.events import AppointmentBooked
from domain.treasury.events import FloatFunded, FloatFundingReversed

REACTIONS = ReactionTable(
    (
        # From applicant to active physician
        when(LicenceAdded, VerifyLicence, "physician_id", "licence_id"),
        when(IdentityVerified, ActivateWhenReady, "physician_id"),
        when(LicenceVerified, ActivateWhenReady, "physician_id"),
        when(ContractSigned, ActivateWhenReady, "physician_id"),
        when(PayoutAccountLinked, ActivateWhenReady, "physician_id"),
        when(
            PayoutAccountOpened,
            RecordPayoutAccount,
            "physician_id",
            status=PayoutAccountState.OPENED,
        ),
        when(
            PayoutAccountActivated,
            RecordPayoutAccount,
            "physician_id",
            status=PayoutAccountState.ACTIVE,
        ),
        when(
            PayoutAccountRestricted,
            RecordPayoutAccount,
            "physician_id",
            status=PayoutAccountState.RESTRICTED,
        ),
        # From payment to a physician
        when(IntakeStopped, ReleaseAppointment, "consultation_id"),
        when(PaymentAuthorised, QueueConsultation, "consultation_id"),
        when(PaymentAuthorised, ConfirmAppointment, "consultation_id"),
        when(ConsultationQueued, AssignConsultation, "consultation_id"),
        when(AppointmentBooked, AssignConsultation, "consultation_id"),
        when(ConsultationClaimed, CapturePayment, "consultation_id"),
        # From outcome to earning
        when(ConsultationCompleted, CapturePayment, "consultation_id"),
        when(ConsultationCompleted, RecordEarning, "consultation_id"),
        when(PaymentCaptured, RecordEarning, "consultation_id"),
        # From signature to medicine
        when(PrescriptionSigned, CreateOrder, "prescription_id"),
        when(PrescriptionCancelled, CancelOrdersOf, "prescription_id", "reason"),
        when(OrderCreated, SendOrder, "order_id"),
        when(PharmacyChosen, SendOrder, "order_id"),
        when(OrderDelivered, RecordSupply, "prescription_id"),
        # When it is called off
        when(PaymentCancelled, CallOffUnpaid, "consultation_id"),
        when(PhysicianSuspended, ReturnConsultationsOf, "physician_id"),
        when(PhysicianSuspended, FreeAppointmentsOf, "physician_id"),
        when(ConsultationCancelled, RefundWhenCancelled, "consultation_id"),
        when(PaymentAuthorised, RefundWhenCancelled, "consultation_id"),
        when(ConsultationCancelled, ReleaseAppointment, "consultation_id"),
        when(RefundRequested, SubmitRefund, "refund_id"),
        # From wallet to bank
        when(PayoutRequested, SubmitPayout, "payout_id"),
        when(PayoutApproved, SubmitPayout, "payout_id"),
        when(PayoutAccountActivated, ResumePayoutsOf, "physician_id"),
        # From our bank to the payout vendor
        when(PayoutWaitsForFunding, WatchFloat),
        when(FloatFunded, ResumePayoutsOnFunding, "amount"),
        when(FloatFundingReversed, WatchFloat),
        # When a password is forgotten
        when(PasswordResetRequested, SendPasswordReset, "user_id"),
        *NEWS,
    )
)
