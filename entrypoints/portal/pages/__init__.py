"""
Every page of the portal, in one table.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx
from attrs import frozen

from entrypoints.portal.pages import account, account_view, joining, passwords, sign_in, start
from entrypoints.portal.pages.operations import (
    applications,
    applications_view,
    books,
    difference,
    difference_view,
    dispute,
    dispute_view,
    disputes,
    given_up,
    journal,
    journal_view,
    money_trail,
    order,
    pay_report,
    pay_report_view,
    payments,
    payouts,
    payouts_view,
    periods,
    plan,
    plan_view,
    plans,
    plans_view,
    reconciliation,
    reconciliation_view,
    treasury,
    treasury_view,
    work,
)
from entrypoints.portal.pages.operations import consultation as staff_consultation
from entrypoints.portal.pages.operations import consultation_view as staff_consultation_view
from entrypoints.portal.pages.operations import payment as staff_payment
from entrypoints.portal.pages.operations import payment_view as staff_payment_view
from entrypoints.portal.pages.patient import (
    cancel,
    consents,
    consultation,
    consultation_view,
    consultations,
    details,
    intake,
    intake_form,
    move,
    payment,
    prescription,
    profile,
    profile_view,
    review,
    service,
    services,
    time,
)
from entrypoints.portal.pages.physician import (
    availability,
    availability_view,
    earnings,
    earnings_view,
    onboarding,
    onboarding_view,
    payout_account,
    payout_account_view,
    prescribing,
    queue,
    statements,
    wallet,
    wallet_view,
    workspace,
    workspace_view,
)
from entrypoints.portal.pages.physician import consultations as cases


@frozen
class PortalPage:
    """An address, its title, its content, and the handler that fills it."""

    route: str
    title: str
    content: Callable[[], rx.Component]
    load: Any


PUBLIC_PAGES = (
    PortalPage(start.ROUTE, "Welcome", start.page, start.StartState.load),
    PortalPage(sign_in.ROUTE, "Sign in", sign_in.page, sign_in.SignInState.load),
    PortalPage(
        joining.REGISTER_ROUTE,
        "Create an account",
        joining.register_page,
        joining.JoiningState.load,
    ),
    PortalPage(
        joining.APPLY_ROUTE, "Apply as a physician", joining.apply_page, joining.JoiningState.load
    ),
)
ACCOUNT_PAGES = (
    PortalPage(
        passwords.FORGOT_ROUTE,
        "Forgotten password",
        passwords.forgot_page,
        passwords.PasswordState.load,
    ),
    PortalPage(
        passwords.CHOOSE_ROUTE,
        "Choose your password",
        passwords.choose_page,
        passwords.PasswordState.load,
    ),
    PortalPage(account.ROUTE, "Your account", account_view.page, account.AccountState.load),
)
PATIENT_PAGES = (
    PortalPage(consents.ROUTE, "Consents", consents.page, consents.ConsentsState.load),
    PortalPage(services.ROUTE, "Services", services.page, services.ServicesState.load),
    PortalPage(service.ROUTE, "Service", service.page, service.ServiceState.load),
    PortalPage(
        consultations.ROUTE,
        "My consultations",
        consultations.page,
        consultations.ConsultationsState.load,
    ),
    PortalPage(
        consultation.ROUTE,
        "Consultation",
        consultation_view.page,
        consultation.ConsultationState.load,
    ),
    PortalPage(intake.ROUTE, "Your answers", intake_form.page, intake.IntakeState.load),
    PortalPage(time.ROUTE, "Choose a time", time.page, time.TimeState.load),
    PortalPage(move.ROUTE, "Move your visit", move.page, move.MoveState.load),
    PortalPage(review.ROUTE, "Check and pay", review.page, review.ReviewState.load),
    PortalPage(payment.ROUTE, "Payment", payment.page, payment.PaymentState.load),
    PortalPage(cancel.ROUTE, "Cancel", cancel.page, cancel.CancelState.load),
    PortalPage(
        prescription.ROUTE,
        "Prescription",
        prescription.page,
        prescription.PrescriptionState.load,
    ),
    PortalPage(details.ROUTE, "Your details", details.page, details.DetailsState.load),
    PortalPage(profile.ROUTE, "Profile", profile_view.page, profile.ProfileState.load),
)
PHYSICIAN_PAGES = (
    PortalPage(queue.ROUTE, "Queue", queue.page, queue.QueueState.load),
    PortalPage(cases.ROUTE, "Consultations", cases.page, cases.CasesState.load),
    PortalPage(
        workspace.ROUTE,
        "Consultation",
        workspace_view.page,
        [workspace.WorkspaceState.load, prescribing.PrescribingState.look_up],
    ),
    PortalPage(wallet.ROUTE, "Wallet", wallet_view.page, wallet.WalletState.load),
    PortalPage(statements.ROUTE, "Statements", statements.page, statements.StatementsState.load),
    PortalPage(
        payout_account.ROUTE,
        "Payout account",
        payout_account_view.page,
        payout_account.PayoutAccountState.load,
    ),
    PortalPage(
        earnings.ROUTE,
        "What would I earn",
        earnings_view.page,
        earnings.EarningsState.load,
    ),
    PortalPage(
        availability.ROUTE,
        "Availability",
        availability_view.page,
        availability.AvailabilityState.load,
    ),
    PortalPage(
        onboarding.ROUTE, "Onboarding", onboarding_view.page, onboarding.OnboardingState.load
    ),
)
OPERATIONS_PAGES = (
    PortalPage(work.ROUTE, "Work", work.page, work.WorkState.load),
    PortalPage(given_up.ROUTE, "Given up", given_up.page, given_up.GivenUpState.load),
    PortalPage(order.ROUTE, "Order", order.page, order.OrderState.load),
    PortalPage(
        applications.ROUTE,
        "Applications",
        applications_view.list_page,
        applications.ApplicationsState.load,
    ),
    PortalPage(
        applications.ONE_ROUTE,
        "Application",
        applications_view.page,
        applications.ApplicationState.load,
    ),
    PortalPage(
        staff_consultation.ROUTE,
        "Consultation",
        staff_consultation_view.page,
        staff_consultation.TimelineState.load,
    ),
    PortalPage(payments.ROUTE, "Payments", payments.page, payments.PaymentsState.load),
    PortalPage(payouts.ROUTE, "Payouts", payouts_view.page, payouts.PayoutsState.load),
    PortalPage(periods.ROUTE, "Periods", periods.page, periods.PeriodsState.load),
    PortalPage(
        staff_payment.ROUTE,
        "Payment",
        staff_payment_view.page,
        staff_payment.StaffPaymentState.load,
    ),
    PortalPage(disputes.ROUTE, "Disputes", disputes.page, disputes.DisputesState.load),
    PortalPage(dispute.ROUTE, "Dispute", dispute_view.page, dispute.DisputeState.load),
    PortalPage(
        reconciliation.ROUTE,
        "Reconciliation",
        reconciliation_view.page,
        reconciliation.ReconciliationState.load,
    ),
    PortalPage(
        difference.ROUTE,
        "Difference",
        difference_view.page,
        difference.DifferenceState.load,
    ),
    PortalPage(treasury.ROUTE, "Treasury", treasury_view.page, treasury.TreasuryState.load),
    PortalPage(plans.ROUTE, "Commission plans", plans_view.list_page, plans.PlansState.load),
    PortalPage(plans.NEW_ROUTE, "Draft a plan", plans_view.new_page, plans.NewPlanState.load),
    PortalPage(plan.ONE_ROUTE, "Commission plan", plan_view.page, plan.PlanState.load),
    PortalPage(
        pay_report.ROUTE,
        "Pay and prescribing",
        pay_report_view.page,
        pay_report.PayReportState.load,
    ),
    PortalPage(books.ROUTE, "Books", books.page, books.BooksState.load),
    PortalPage(journal.ROUTE, "Journal", journal_view.journal_page, journal.JournalState.load),
    PortalPage(
        journal.ENTRY_ROUTE, "Journal entry", journal_view.entry_page, journal.EntryState.load
    ),
    PortalPage(
        journal.ACCOUNT_ROUTE, "Account", journal_view.account_page, journal.AccountState.load
    ),
    PortalPage(
        money_trail.ROUTE,
        "Follow the money",
        money_trail.page,
        money_trail.MoneyTrailState.load,
    ),
)
PAGES = (*PUBLIC_PAGES, *ACCOUNT_PAGES, *PATIENT_PAGES, *PHYSICIAN_PAGES, *OPERATIONS_PAGES)
