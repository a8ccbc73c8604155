"""
A transaction in memory over every context's fake repositories.

A context adds its repositories as attributes that are made with the unit of work itself:
`payments: InMemoryPayments = field(default=Factory(InMemoryPayments, takes_self=True))`.

Repositories register here what has to be undone; `committed` and `events` say what became
true, and leaving without a commit restores every repository.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from attrs import Factory, define, field, fields, frozen

from application.shared.access import Actor
from domain.shared.events import Aggregate, DomainEvent
from tests.fakes.aggregates import Restorable
from tests.fakes.catalogue import InMemoryServices
from tests.fakes.commission import InMemoryCommissionPlans
from tests.fakes.consultations import (
    InMemoryConsultations,
    InMemoryFollowUps,
    InMemoryMessages,
)
from tests.fakes.disputes import InMemoryDisputes
from tests.fakes.documents import InMemoryDocuments
from tests.fakes.identity import (
    InMemoryMachineClients,
    InMemoryOneTimeTokens,
    InMemorySessions,
    InMemorySignInGuards,
    InMemoryUsers,
)
from tests.fakes.ledger import InMemoryHolds, InMemoryJournal, InMemoryLots
from tests.fakes.notifications import InMemoryAddressBook, InMemoryNotifications
from tests.fakes.orders import InMemoryOrders, InMemoryPharmacies
from tests.fakes.patients import InMemoryConsents, InMemoryHealthProfiles, InMemoryPatients
from tests.fakes.payments import InMemoryPayments, InMemoryRefunds
from tests.fakes.payout_schedules import InMemoryPayoutSchedules
from tests.fakes.payouts import InMemoryPayoutAccounts, InMemoryPayouts
from tests.fakes.physicians import InMemoryPhysicians
from tests.fakes.prescriptions import InMemoryPrescriptions
from tests.fakes.reconciliation import (
    InMemoryBookEntries,
    InMemoryBreaks,
    InMemoryFeeds,
    InMemoryMatches,
    InMemoryPeriods,
    InMemoryReconciledItems,
)
from tests.fakes.scheduling import InMemoryAppointments, InMemoryAvailability
from tests.fakes.treasury import InMemoryFloatFundings, InMemoryFundingRequests


@frozen(kw_only=True)
class AuditRecord:
    actor: Actor
    action: str
    subject: str
    patient_id: UUID | None
    reason: str | None
    details: Mapping[str, str]


@define(eq=False)
class InMemoryAudit:
    records: list[AuditRecord] = field(factory=list)

    def record(
        self,
        *,
        actor: Actor,
        action: str,
        subject: str,
        patient_id: UUID | None = None,
        reason: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        self.records.append(
            AuditRecord(
                actor=actor,
                action=action,
                subject=subject,
                patient_id=patient_id,
                reason=reason,
                details=dict(details or {}),
            )
        )

    def snapshot(self) -> Any:
        return list(self.records)

    def restore(self, snapshot: Any) -> None:
        self.records = snapshot


@define(eq=False)
class FakeUnitOfWork:
    """
    Also says how often it was committed, and which events came of it.
    """

    audit: InMemoryAudit = field(factory=InMemoryAudit)
    physicians: InMemoryPhysicians = field(default=Factory(InMemoryPhysicians, takes_self=True))
    services: InMemoryServices = field(default=Factory(InMemoryServices, takes_self=True))
    availability: InMemoryAvailability = field(
        default=Factory(InMemoryAvailability, takes_self=True)
    )
    appointments: InMemoryAppointments = field(
        default=Factory(InMemoryAppointments, takes_self=True)
    )
    journal: InMemoryJournal = field(factory=InMemoryJournal)
    lots: InMemoryLots = field(default=Factory(InMemoryLots, takes_self=True))
    holds: InMemoryHolds = field(default=Factory(InMemoryHolds, takes_self=True))
    payments: InMemoryPayments = field(default=Factory(InMemoryPayments, takes_self=True))
    refunds: InMemoryRefunds = field(default=Factory(InMemoryRefunds, takes_self=True))
    disputes: InMemoryDisputes = field(default=Factory(InMemoryDisputes, takes_self=True))
    commission_plans: InMemoryCommissionPlans = field(
        default=Factory(InMemoryCommissionPlans, takes_self=True)
    )
    payouts: InMemoryPayouts = field(default=Factory(InMemoryPayouts, takes_self=True))
    payout_accounts: InMemoryPayoutAccounts = field(
        default=Factory(InMemoryPayoutAccounts, takes_self=True)
    )
    funding_requests: InMemoryFundingRequests = field(
        default=Factory(InMemoryFundingRequests, takes_self=True)
    )
    float_fundings: InMemoryFloatFundings = field(
        default=Factory(InMemoryFloatFundings, takes_self=True)
    )
    payout_schedules: InMemoryPayoutSchedules = field(
        default=Factory(lambda self: InMemoryPayoutSchedules(self, self.journal), takes_self=True)
    )
    consultations: InMemoryConsultations = field(
        default=Factory(InMemoryConsultations, takes_self=True)
    )
    messages: InMemoryMessages = field(default=Factory(InMemoryMessages, takes_self=True))
    follow_ups: InMemoryFollowUps = field(default=Factory(InMemoryFollowUps, takes_self=True))
    prescriptions: InMemoryPrescriptions = field(
        default=Factory(InMemoryPrescriptions, takes_self=True)
    )
    orders: InMemoryOrders = field(default=Factory(InMemoryOrders, takes_self=True))
    pharmacies: InMemoryPharmacies = field(factory=InMemoryPharmacies)
    notifications: InMemoryNotifications = field(
        default=Factory(InMemoryNotifications, takes_self=True)
    )
    address_book: InMemoryAddressBook = field(factory=InMemoryAddressBook)
    users: InMemoryUsers = field(default=Factory(InMemoryUsers, takes_self=True))
    sessions: InMemorySessions = field(default=Factory(InMemorySessions, takes_self=True))
    sign_in_guards: InMemorySignInGuards = field(factory=InMemorySignInGuards)
    machine_clients: InMemoryMachineClients = field(
        default=Factory(InMemoryMachineClients, takes_self=True)
    )
    one_time_tokens: InMemoryOneTimeTokens = field(factory=InMemoryOneTimeTokens)
    patients: InMemoryPatients = field(default=Factory(InMemoryPatients, takes_self=True))
    health_profiles: InMemoryHealthProfiles = field(
        default=Factory(InMemoryHealthProfiles, takes_self=True)
    )
    consents: InMemoryConsents = field(default=Factory(InMemoryConsents, takes_self=True))
    documents: InMemoryDocuments = field(default=Factory(InMemoryDocuments, takes_self=True))
    book_entries: InMemoryBookEntries = field(default=Factory(InMemoryBookEntries, takes_self=True))
    reconciled_items: InMemoryReconciledItems = field(
        default=Factory(InMemoryReconciledItems, takes_self=True)
    )
    reconciliation_matches: InMemoryMatches = field(factory=InMemoryMatches)
    breaks: InMemoryBreaks = field(default=Factory(InMemoryBreaks, takes_self=True))
    accounting_periods: InMemoryPeriods = field(default=Factory(InMemoryPeriods, takes_self=True))
    feeds: InMemoryFeeds = field(factory=InMemoryFeeds)
    events: list[DomainEvent] = field(factory=list)
    commits: int = 0
    _open: bool = field(default=False, init=False)
    _pending: list[DomainEvent] = field(factory=list, init=False)
    _snapshots: list[tuple[Restorable, Any]] = field(factory=list, init=False)

    @property
    def committed(self) -> bool:
        return self.commits > 0

    def collect(self, aggregate: Aggregate) -> None:
        assert self._open, "a repository was used outside of a transaction"
        self._pending.extend(aggregate.pull_events())

    def events_of(self, kind: type[DomainEvent]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def __enter__(self) -> Self:
        assert not self._open, "a unit of work was entered while it was open"
        self._open = True
        self._take_snapshots()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for repository, snapshot in self._snapshots:
            repository.restore(snapshot)
        self._pending.clear()
        self._open = False

    def commit(self) -> None:
        assert self._open, "commit outside of a transaction"
        self.commits += 1
        self.events.extend(self._pending)
        self._pending.clear()
        self._take_snapshots()

    def _take_snapshots(self) -> None:
        self._snapshots = [(repository, repository.snapshot()) for repository in self._all()]

    def _all(self) -> list[Restorable]:
        values = [getattr(self, attribute.name) for attribute in fields(type(self))]
        return [value for value in values if hasattr(value, "snapshot")]
