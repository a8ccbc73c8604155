"""
What runs by the clock: sweeps for what nobody told us, deadlines, and things that fall due.
"""

from application.audit.roots import SignAuditRoot
from application.consultations.deadlines import CheckPromises, RaiseDueFollowUps
from application.consultations.queue_news import TellOfQueue
from application.documents.upload import ScanQuarantined
from application.identity.forgetting import ForgetSignIns
from application.ledger.holds import ReleaseDueHolds
from application.ledger.maturity import MatureEarnings
from application.notifications.delivery import DeliverDueNotifications, SweepTexts
from application.orders.tracking import RecheckOrders, SweepOrders
from application.patients.keys import RewrapPatientKeys
from application.payments.disputes import RemindOfDisputes, SweepDisputes
from application.payments.refund_sweep import SweepRefunds
from application.payments.settlement import SweepPayments
from application.payouts.accounts import SweepPayoutAccounts
from application.payouts.bank_accounts import SweepBankLinks
from application.payouts.schedules import RunPayoutSchedules
from application.payouts.settlement import SweepPayouts
from application.physicians.identification import SweepIdentityChecks
from application.physicians.licensing import RecheckLicences
from application.reconciliation.comparison import Reconcile
from application.reconciliation.intake import ImportProcessorTransactions
from application.scheduling.booking import ExpireHolds
from application.scheduling.hours import ExtendOpenings
from application.scheduling.reminders import RemindOfAppointments
from application.treasury.watch import WatchFloat

Schedule = tuple[tuple[str, type], ...]
"""Cron, with a sixth field for seconds, and what runs then."""

SCHEDULE: Schedule = (
    ("* * * * * */15", SweepPayments),
    ("* * * * * */15", SweepRefunds),
    ("* * * * * */30", SweepDisputes),
    ("*/10 * * * *", RemindOfDisputes),
    ("* * * * * */15", SweepPayouts),
    ("* * * * * */15", SweepPayoutAccounts),
    ("* * * * * */15", SweepBankLinks),
    ("*/5 * * * *", WatchFloat),
    ("* * * * * */30", RunPayoutSchedules),
    ("* * * * * */15", SweepOrders),
    ("29 * * * *", RecheckOrders),
    ("* * * * * */30", ExpireHolds),
    ("* * * * * */30", MatureEarnings),
    ("* * * * *", ReleaseDueHolds),
    ("* * * * * */30", CheckPromises),
    ("* * * * * */30", RaiseDueFollowUps),
    ("* * * * * */30", DeliverDueNotifications),
    ("*/10 * * * *", SweepTexts),
    ("*/5 * * * *", SweepIdentityChecks),
    ("11 3 * * *", RecheckLicences),
    ("13 2 * * *", ImportProcessorTransactions),
    ("43 2 * * *", Reconcile),
    ("41 * * * *", ExtendOpenings),
    ("* * * * * */30", ScanQuarantined),
    ("*/5 * * * *", RemindOfAppointments),
    ("*/5 * * * *", TellOfQueue),
    ("*/10 * * * *", SignAuditRoot),
    ("23 * * * *", ForgetSignIns),
    ("37 * * * *", RewrapPatientKeys),
)
