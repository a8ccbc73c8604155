"""
One transaction over every context's repositories.
"""

from types import TracebackType
from typing import Self

import psycopg
from attrs import define, field
from sqlalchemy import Connection, Engine

from adapters.postgres.audit import AuditChainLost, PostgresAuditTrail, chain_lost
from adapters.postgres.driver import driver_of, engine_error, send
from adapters.postgres.outbox import ReactionNames, outgoing
from adapters.postgres.repositories.audit import PostgresAuditRoots
from adapters.postgres.repositories.catalogue import PostgresServices
from adapters.postgres.repositories.commission import PostgresCommissionPlans
from adapters.postgres.repositories.consultations import (
    PostgresConsultations,
    PostgresFollowUps,
    PostgresMessages,
)
from adapters.postgres.repositories.disputes import PostgresDisputes
from adapters.postgres.repositories.documents import PostgresDocuments
from adapters.postgres.repositories.identity import (
    PostgresMachineClients,
    PostgresOneTimeTokens,
    PostgresSessions,
    PostgresSignInGuards,
    PostgresUsers,
)
from adapters.postgres.repositories.journal import PostgresJournal
from adapters.postgres.repositories.ledger import PostgresHolds, PostgresLots
from adapters.postgres.repositories.notifications import (
    PostgresAddressBook,
    PostgresNotifications,
)
from adapters.postgres.repositories.orders import PostgresOrders, PostgresPharmacies
from adapters.postgres.repositories.patients import (
    PostgresConsents,
    PostgresHealthProfiles,
    PostgresPatients,
)
from adapters.postgres.repositories.payments import PostgresPayments, PostgresRefunds
from adapters.postgres.repositories.payout_schedules import PostgresPayoutSchedules
from adapters.postgres.repositories.payouts import PostgresPayoutAccounts, PostgresPayouts
from adapters.postgres.repositories.physicians import PostgresPhysicians
from adapters.postgres.repositories.prescriptions import PostgresPrescriptions
from adapters.postgres.repositories.reconciliation import (
    PostgresBookEntries,
    PostgresReconciledItems,
)
from adapters.postgres.repositories.reconciliation_breaks import (
    PostgresAccountingPeriods,
    PostgresBreaks,
)
from adapters.postgres.repositories.reconciliation_feeds import PostgresFeeds
from adapters.postgres.repositories.reconciliation_matches import PostgresMatches
from adapters.postgres.repositories.scheduling import (
    PostgresAppointments,
    PostgresAvailability,
)
from adapters.postgres.repositories.treasury import (
    PostgresFloatFundings,
    PostgresFundingRequests,
)
from adapters.postgres.request_memory import note_carried_out
from adapters.postgres.scope import Scope
from adapters.security.encryption import BlindIndex, MasterKeys, PatientVault, PlatformCipher
from application.shared.ports import Clock, Ids
from domain.shared.errors import InvariantError


@define(eq=False, kw_only=True)
class PostgresUnitOfWork:
    """
    Rolls back unless committed. Used for one transaction after another, never nested.
    """

    engine: Engine
    clock: Clock
    ids: Ids
    master_keys: MasterKeys
    platform_cipher: PlatformCipher
    blind_index: BlindIndex
    reaction_names: ReactionNames
    _scope: Scope | None = field(default=None, init=False)
    _audit: PostgresAuditTrail | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        if self._scope is not None:
            raise InvariantError("a unit of work was entered while it was open")
        connection = self.engine.connect()
        self._scope = Scope(
            connection=connection,
            clock=self.clock,
            vault=PatientVault(connection, self.master_keys),
            platform_cipher=self.platform_cipher,
            blind_index=self.blind_index,
        )
        self._audit = PostgresAuditTrail()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection = self.scope.connection
        self._scope = None
        self._audit = None
        # Closing gives the connection back to the pool, which rolls back what is open.
        connection.close()

    def commit(self) -> None:
        """
        Write the events, their reactions and the audit entries; then commit all at once.

        Raises:
            AuditChainLost: An audit entry has no chain to go to.
        """
        scope = self.scope
        note_carried_out(scope.connection)
        driver = driver_of(scope.connection)
        goes_along = outgoing(
            driver,
            events=scope.events,
            reaction_names=self.reaction_names,
            clock=self.clock,
            ids=self.ids,
        )
        scope.events.clear()
        audited = self.audit.write(driver, self.clock.now(), self.ids)
        try:
            send(driver, *goes_along.stored, *filter(None, [audited]), b"commit", *goes_along.told)
        except psycopg.Error as error:
            if chain_lost(error):
                raise AuditChainLost("a chain's head is missing") from error
            raise engine_error(scope.connection, error) from error
        # The engine has not seen that its transaction is over.
        scope.connection.commit()

    @property
    def scope(self) -> Scope:
        """The open transaction."""
        if self._scope is None:
            raise InvariantError("the unit of work is not open")
        return self._scope

    @property
    def connection(self) -> Connection:
        """The open transaction's connection."""
        return self.scope.connection

    @property
    def audit(self) -> PostgresAuditTrail:
        """The audit trail, in this transaction."""
        if self._audit is None:
            raise InvariantError("the unit of work is not open")
        return self._audit

    @property
    def physicians(self) -> PostgresPhysicians:
        """Physicians with their licences and contracts."""
        return PostgresPhysicians(self.scope)

    @property
    def services(self) -> PostgresServices:
        """The service catalogue."""
        return PostgresServices(self.scope)

    @property
    def availability(self) -> PostgresAvailability:
        """When physicians work."""
        return PostgresAvailability(self.scope)

    @property
    def appointments(self) -> PostgresAppointments:
        """The appointments."""
        return PostgresAppointments(self.scope)

    @property
    def users(self) -> PostgresUsers:
        """Accounts."""
        return PostgresUsers(self.scope)

    @property
    def sessions(self) -> PostgresSessions:
        """Sessions of people and programs."""
        return PostgresSessions(self.scope)

    @property
    def sign_in_guards(self) -> PostgresSignInGuards:
        """Attempts to sign in."""
        return PostgresSignInGuards(self.scope)

    @property
    def machine_clients(self) -> PostgresMachineClients:
        """Programs with credentials."""
        return PostgresMachineClients(self.scope)

    @property
    def one_time_tokens(self) -> PostgresOneTimeTokens:
        """Invitations and forgotten passwords."""
        return PostgresOneTimeTokens(self.scope)

    @property
    def patients(self) -> PostgresPatients:
        """Patients' records."""
        return PostgresPatients(self.scope)

    @property
    def health_profiles(self) -> PostgresHealthProfiles:
        """What patients say of their health."""
        return PostgresHealthProfiles(self.scope)

    @property
    def consents(self) -> PostgresConsents:
        """Consents and their texts."""
        return PostgresConsents(self.scope)

    @property
    def documents(self) -> PostgresDocuments:
        """Documents."""
        return PostgresDocuments(self.scope)

    @property
    def audit_roots(self) -> PostgresAuditRoots:
        """Signed roots of the audit chains."""
        return PostgresAuditRoots(self.scope, self.ids)

    @property
    def consultations(self) -> PostgresConsultations:
        """Consultations."""
        return PostgresConsultations(self.scope)

    @property
    def messages(self) -> PostgresMessages:
        """Letters within consultations."""
        return PostgresMessages(self.scope)

    @property
    def follow_ups(self) -> PostgresFollowUps:
        """Planned follow-ups."""
        return PostgresFollowUps(self.scope)

    @property
    def prescriptions(self) -> PostgresPrescriptions:
        """Prescriptions."""
        return PostgresPrescriptions(self.scope)

    @property
    def orders(self) -> PostgresOrders:
        """Orders at pharmacies."""
        return PostgresOrders(self.scope)

    @property
    def pharmacies(self) -> PostgresPharmacies:
        """The directory of pharmacies."""
        return PostgresPharmacies(self.scope)

    @property
    def notifications(self) -> PostgresNotifications:
        """What people are told."""
        return PostgresNotifications(self.scope)

    @property
    def address_book(self) -> PostgresAddressBook:
        """Where people are reached."""
        return PostgresAddressBook(self.scope)

    @property
    def journal(self) -> PostgresJournal:
        """The books."""
        return PostgresJournal(self.scope, self.ids)

    @property
    def lots(self) -> PostgresLots:
        """Earnings."""
        return PostgresLots(self.scope)

    @property
    def holds(self) -> PostgresHolds:
        """What is set aside."""
        return PostgresHolds(self.scope)

    @property
    def payments(self) -> PostgresPayments:
        """Payments."""
        return PostgresPayments(self.scope)

    @property
    def refunds(self) -> PostgresRefunds:
        """Refunds and quotes."""
        return PostgresRefunds(self.scope)

    @property
    def disputes(self) -> PostgresDisputes:
        """Disputes."""
        return PostgresDisputes(self.scope)

    @property
    def commission_plans(self) -> PostgresCommissionPlans:
        """Commission plans."""
        return PostgresCommissionPlans(self.scope)

    @property
    def payouts(self) -> PostgresPayouts:
        """Payouts."""
        return PostgresPayouts(self.scope)

    @property
    def payout_accounts(self) -> PostgresPayoutAccounts:
        """Payout accounts."""
        return PostgresPayoutAccounts(self.scope)

    @property
    def funding_requests(self) -> PostgresFundingRequests:
        """Requests for money at the payout vendor."""
        return PostgresFundingRequests(self.scope)

    @property
    def float_fundings(self) -> PostgresFloatFundings:
        """What was sent to the payout vendor."""
        return PostgresFloatFundings(self.scope)

    @property
    def payout_schedules(self) -> PostgresPayoutSchedules:
        """When money goes out by itself."""
        return PostgresPayoutSchedules(self.scope)

    @property
    def book_entries(self) -> PostgresBookEntries:
        """The journal, as reconciliation reads it."""
        return PostgresBookEntries(self.scope)

    @property
    def reconciled_items(self) -> PostgresReconciledItems:
        """What our books and others tell."""
        return PostgresReconciledItems(self.scope)

    @property
    def reconciliation_matches(self) -> PostgresMatches:
        """What of it belongs together."""
        return PostgresMatches(self.scope)

    @property
    def breaks(self) -> PostgresBreaks:
        """Differences."""
        return PostgresBreaks(self.scope)

    @property
    def accounting_periods(self) -> PostgresAccountingPeriods:
        """Periods."""
        return PostgresAccountingPeriods(self.scope)

    @property
    def feeds(self) -> PostgresFeeds:
        """How far each source was read."""
        return PostgresFeeds(self.scope)
