"""
The composition root: which adapter serves which port. Nothing else names adapters.

Resolved at the edge (a route, a page, a job) and never passed inwards.
"""

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import httpx
import punq
from attrs import define, field
from sqlalchemy import Engine, make_url
from stripe import RequestsClient, StripeClient

from adapters.airwallex.accounts import AirwallexAccounts
from adapters.airwallex.books import AirwallexBooks
from adapters.airwallex.client import AirwallexClient
from adapters.airwallex.ledger_feed import AirwallexLedgerFeed
from adapters.airwallex.payout_float import AirwallexFloat
from adapters.airwallex.payouts import AirwallexPayouts
from adapters.airwallex.webhooks import AirwallexWebhooks
from adapters.bank_statements.reader import BankStatementReader
from adapters.email.account_mail import LinkMail
from adapters.email.bounces import MailWebhooks
from adapters.email.smtp import MailServer, SmtpEmail
from adapters.identity_checks.stripe_identity import StripeIdentityChecks
from adapters.licence_registries.nppes import NppesRegistry
from adapters.malware.clamd import ClamdScanner
from adapters.malware.embedded import EmbeddedScanner
from adapters.medications.shipped import ShippedMedications
from adapters.message_templates.shipped import ShippedTemplates
from adapters.object_storage.disk import DiskObjectStorage
from adapters.object_storage.media_types import SignatureMediaTypes
from adapters.object_storage.root_archive import FileRootArchive
from adapters.pharmacies.fhir.client import FhirClient, FhirServer
from adapters.pharmacies.fhir.pharmacy import FhirPharmacies
from adapters.pharmacies.fhir.webhooks import FhirPharmacyWebhooks
from adapters.pharmacies.networks import ConnectedNetworks
from adapters.pharmacies.photon.client import PhotonAccount, PhotonClient
from adapters.pharmacies.photon.pharmacy import PhotonPharmacies
from adapters.pharmacies.photon.webhooks import PhotonWebhooks
from adapters.postgres.change_feed import PostgresChangeFeed
from adapters.postgres.engine import build_engine
from adapters.postgres.patient_keys import PostgresPatientKeys
from adapters.postgres.queries.audit import PostgresAuditQueries
from adapters.postgres.queries.audit_chains import PostgresAuditChains
from adapters.postgres.queries.catalogue import PostgresCatalogueQueries
from adapters.postgres.queries.commission import PostgresPlanUses
from adapters.postgres.queries.consultations import PostgresConsultationQueries
from adapters.postgres.queries.disputes import PostgresDisputeQueries, PostgresServiceRecord
from adapters.postgres.queries.documents import PostgresDocumentQueries
from adapters.postgres.queries.holds import PostgresHoldQueries
from adapters.postgres.queries.identity import PostgresIdentityQueries
from adapters.postgres.queries.journal import PostgresJournalQueries
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.postgres.queries.money_trail import PostgresMoneyTrails
from adapters.postgres.queries.notifications import PostgresNotificationQueries
from adapters.postgres.queries.orders import PostgresOrderQueries
from adapters.postgres.queries.patients import PostgresPatientQueries
from adapters.postgres.queries.pay_reports import PostgresPayReports
from adapters.postgres.queries.payments import PostgresConsultationFacts, PostgresPaymentQueries
from adapters.postgres.queries.payout_schedules import PostgresPayoutScheduleQueries
from adapters.postgres.queries.payouts import PostgresPayees, PostgresPayoutQueries
from adapters.postgres.queries.physicians import PostgresPhysicianQueries
from adapters.postgres.queries.reconciliation import PostgresReconciliationQueries
from adapters.postgres.queries.relationships import PostgresRelationships
from adapters.postgres.queries.scheduling import PostgresSchedulingQueries
from adapters.postgres.queries.statements import PostgresStatements
from adapters.postgres.queries.treasury import PostgresFloatForecast, PostgresTreasuryQueries
from adapters.postgres.queries.wallets import PostgresWalletQueries
from adapters.postgres.queries.webhooks import PostgresWebhookLog
from adapters.postgres.queries.workflow import PostgresDeadLetters
from adapters.postgres.reactions import PostgresReactionLog
from adapters.postgres.readiness import PostgresReadiness
from adapters.postgres.request_memory import PostgresRequestMemory
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.webhooks import PostgresWebhookInbox
from adapters.printing.statements import PdfStatements
from adapters.rule_packs.shipped import ShippedRulePacks
from adapters.security.bank_fingerprints import KeyedBankFingerprints
from adapters.security.encryption import BlindIndex, MasterKeys, PlatformCipher, Vaults
from adapters.security.passwords import Argon2Passwords
from adapters.security.second_factors import TotpSecondFactors
from adapters.security.signing import Ed25519Signer
from adapters.security.tokens import RandomTokens
from adapters.sms.twilio import TwilioAccount, TwilioSms, TwilioWebhooks
from adapters.stripe.balance import StripeBalance
from adapters.stripe.books import StripeBooks
from adapters.stripe.disputes import StripeDisputes
from adapters.stripe.payments import StripePayments
from adapters.stripe.webhooks import StripeWebhooks
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from application.audit.ports import AuditUnitOfWork, RootArchive, RootSigner
from application.audit.queries import AuditQueries
from application.audit.verification import AuditChains
from application.catalogue.ports import CatalogueUnitOfWork
from application.catalogue.queries import CatalogueQueries
from application.commission.ports import CommissionUnitOfWork, PayReports, PlanUses
from application.consultations.ports import ConsultationsUnitOfWork, Duty
from application.consultations.queries import ConsultationQueries
from application.documents.ports import (
    DocumentsUnitOfWork,
    MalwareScanner,
    MediaTypes,
    ObjectStorage,
)
from application.documents.queries import DocumentQueries
from application.identity.ports import (
    AccountMail,
    IdentityUnitOfWork,
    Passwords,
    SecondFactors,
    Tokens,
)
from application.identity.queries import IdentityQueries
from application.ledger.books import Books, SeveralVendorBooks, VendorBooks
from application.ledger.hold_queries import HoldQueries
from application.ledger.journal_search import JournalQueries
from application.ledger.ports import LedgerUnitOfWork
from application.notifications.ports import (
    EmailSender,
    MessageTemplates,
    NotificationsUnitOfWork,
    SmsSender,
)
from application.notifications.queries import NotificationQueries
from application.orders.ports import OrdersUnitOfWork, PharmacyNetworks
from application.orders.queries import OrderQueries
from application.patients.keys import PatientKeys
from application.patients.ports import PatientsUnitOfWork, Relationships
from application.patients.queries import AccessLog, PatientQueries
from application.payments.dispute_ports import DisputeGateway, ServiceRecord
from application.payments.dispute_queries import DisputeQueries
from application.payments.ports import (
    ConsultationFacts,
    PaymentGateway,
    PaymentsUnitOfWork,
    RefundGateway,
)
from application.payments.queries import PaymentQueries
from application.payouts.ports import (
    BankFingerprints,
    Payees,
    PayoutAccountGateway,
    PayoutGateway,
    PayoutsUnitOfWork,
)
from application.payouts.queries import PayoutQueries
from application.payouts.schedule_queries import PayoutScheduleQueries
from application.physicians.ports import IdentityChecks, LicenceRegistry, PhysiciansUnitOfWork
from application.physicians.queries import PhysicianQueries
from application.physicians.search import PhysicianDirectory
from application.prescriptions.ports import Medications, PrescriptionsUnitOfWork, RulePacks
from application.reactions import REACTIONS
from application.reconciliation.ports import (
    PayoutVendorFeed,
    ProcessorFeed,
    ReconciliationUnitOfWork,
    StatementReader,
)
from application.reconciliation.queries import ReconciliationQueries
from application.scheduling.ports import SchedulingUnitOfWork
from application.scheduling.queries import SchedulingQueries
from application.shared.changes import ChangeFeed
from application.shared.ports import Clock, Ids, UnitOfWork
from application.shared.readiness import Readiness
from application.shared.request_memory import RequestMemory
from application.treasury.ports import FloatForecast, PayoutFloat, TreasuryUnitOfWork
from application.treasury.queries import TreasuryQueries
from application.wallets.money_trail import MoneyTrails
from application.wallets.papers import StatementPrinter
from application.wallets.queries import WalletQueries
from application.wallets.statements import StatementQueries
from application.webhooks.intake import WebhookVerifiers
from application.webhooks.ports import WebhookInbox, WebhookVerifier
from application.webhooks.queries import WebhookLog
from application.workflow.dead_letters import DeadLetters
from application.workflow.ports import ReactionLog
from domain.commission.plan import PlanPolicy
from domain.orders.pharmacy import Network
from domain.reconciliation.matching import MatchingPolicy
from domain.scheduling.booking_policy import BookingPolicy
from domain.treasury.float_position import FundingPolicy
from domain.wallets.wallet import WalletPolicy
from entrypoints.config import Settings, several

Service = TypeVar("Service")

_VENDOR_ANSWERS_WITHIN = 20.0
"""Seconds; a call that takes longer counts as unanswered, and what came of it is looked up."""

UNITS_OF_WORK: tuple[type, ...] = (
    AuditUnitOfWork,
    CatalogueUnitOfWork,
    CommissionUnitOfWork,
    ConsultationsUnitOfWork,
    DocumentsUnitOfWork,
    IdentityUnitOfWork,
    LedgerUnitOfWork,
    NotificationsUnitOfWork,
    OrdersUnitOfWork,
    PatientsUnitOfWork,
    PaymentsUnitOfWork,
    PayoutsUnitOfWork,
    PhysiciansUnitOfWork,
    PrescriptionsUnitOfWork,
    ReconciliationUnitOfWork,
    SchedulingUnitOfWork,
    TreasuryUnitOfWork,
    UnitOfWork,
)


@define(eq=False)
class Container:
    """
    Every use case and query, ready to be made. One for a process; safe between threads.

    Args:
        clock: What the use cases run by.
        vendors_clock: What vendors sign by, and let their tokens expire by.
    """

    settings: Settings
    clock: Clock = field(factory=SystemClock)
    vendors_clock: Clock = field(factory=SystemClock)
    engine: Engine = field(init=False)
    _punq: punq.Container = field(init=False, repr=False)
    _connections: ExitStack = field(factory=ExitStack, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.engine = build_engine(
            self.settings.database_url, pool_size=self.settings.database_pool
        )
        self._punq = punq.Container(auto_register=True)
        sealing, _ = self.settings.master_keys[0]
        keys = MasterKeys(sealing, dict(self.settings.master_keys))
        self._register_core(keys)
        self._register_queries()
        self._register_house_rules()
        self._register_security()
        self._register_stripe()
        self._register_airwallex()
        self._register_pharmacies()
        self._register_post()
        self._register_webhooks()

    def resolve(self, kind: type[Service]) -> Service:
        """Make a use case, query or port, anew where it holds a transaction."""
        return self._punq.resolve(kind)

    def close(self) -> None:
        """Give the connections back."""
        self._connections.close()
        self.engine.dispose()

    @property
    def conninfo(self) -> str:
        """The database as libpq takes it."""
        url = make_url(self.settings.database_url).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def _instances(self, *pairs: tuple[type, Any]) -> None:
        for port, instance in pairs:
            self._punq.register(port, instance=instance)

    def _factories(self, *pairs: tuple[type, Any]) -> None:
        for port, factory in pairs:
            self._punq.register(port, factory=factory)

    def _http(self, base_url: str = "") -> httpx.Client:
        return self._connections.enter_context(
            httpx.Client(base_url=base_url, timeout=_VENDOR_ANSWERS_WITHIN)
        )

    def _register_core(self, keys: MasterKeys) -> None:
        clock, ids = self.clock, RandomIds()
        cipher, index = PlatformCipher(keys), BlindIndex(self.settings.blind_index_key)
        self._instances(
            (Settings, self.settings),
            (Engine, self.engine),
            (Clock, clock),
            (Ids, ids),
            (MasterKeys, keys),
            (Vaults, Vaults(keys)),
            (PlatformCipher, cipher),
            (BlindIndex, index),
            (PatientKeys, PostgresPatientKeys(self.engine, keys)),
            (ReactionLog, PostgresReactionLog(self.engine)),
            (WebhookInbox, PostgresWebhookInbox(self.engine, cipher, ids)),
            (RequestMemory, PostgresRequestMemory(self.engine, cipher)),
            (Readiness, PostgresReadiness(self.engine)),
            (ChangeFeed, PostgresChangeFeed(self.conninfo)),
        )
        unit_of_work = partial(
            PostgresUnitOfWork,
            engine=self.engine,
            clock=clock,
            ids=ids,
            master_keys=keys,
            platform_cipher=cipher,
            blind_index=index,
            reaction_names=REACTIONS.names,
        )
        # A lambda, because punq would fill in a factory's own parameters.
        self._factories(*((port, lambda: unit_of_work()) for port in UNITS_OF_WORK))  # noqa: PLW0108

    def _register_queries(self) -> None:
        self._factories(
            (AccessLog, PostgresAuditQueries),
            (AuditChains, PostgresAuditChains),
            (AuditQueries, PostgresAuditQueries),
            (Books, PostgresBooks),
            (CatalogueQueries, PostgresCatalogueQueries),
            (ConsultationFacts, PostgresConsultationFacts),
            (ConsultationQueries, PostgresConsultationQueries),
            (DeadLetters, PostgresDeadLetters),
            (DisputeQueries, PostgresDisputeQueries),
            (DocumentQueries, PostgresDocumentQueries),
            (HoldQueries, PostgresHoldQueries),
            (IdentityQueries, PostgresIdentityQueries),
            (JournalQueries, PostgresJournalQueries),
            (MoneyTrails, PostgresMoneyTrails),
            (NotificationQueries, PostgresNotificationQueries),
            (OrderQueries, PostgresOrderQueries),
            (PatientQueries, PostgresPatientQueries),
            (Payees, PostgresPayees),
            (PaymentQueries, PostgresPaymentQueries),
            (PayReports, PostgresPayReports),
            (PayoutQueries, PostgresPayoutQueries),
            (PayoutScheduleQueries, PostgresPayoutScheduleQueries),
            (PhysicianDirectory, PostgresPhysicianQueries),
            (PhysicianQueries, PostgresPhysicianQueries),
            (PlanUses, PostgresPlanUses),
            (ReconciliationQueries, PostgresReconciliationQueries),
            (FloatForecast, PostgresFloatForecast),
            (Relationships, PostgresRelationships),
            (Duty, PostgresSchedulingQueries),
            (SchedulingQueries, PostgresSchedulingQueries),
            (ServiceRecord, PostgresServiceRecord),
            (TreasuryQueries, PostgresTreasuryQueries),
            (StatementPrinter, PdfStatements),
            (StatementQueries, PostgresStatements),
            (WalletQueries, PostgresWalletQueries),
            (WebhookLog, PostgresWebhookLog),
        )

    def _register_house_rules(self) -> None:
        limit = self.settings.payout_approval_above
        self._instances(
            (
                WalletPolicy,
                WalletPolicy(
                    clearing_period=timedelta(days=self.settings.clearing_days),
                    approval_above=limit.default,
                    approval_above_in=limit.by_currency,
                ),
            ),
            (PlanPolicy, PlanPolicy(notice=timedelta(days=self.settings.pay_notice_days))),
            (BookingPolicy, BookingPolicy()),
            (MatchingPolicy, MatchingPolicy()),
            (FundingPolicy, FundingPolicy()),
            (StatementReader, BankStatementReader()),
            (Medications, ShippedMedications()),
            (RulePacks, ShippedRulePacks()),
        )

    def _register_security(self) -> None:
        data = self.settings.data_dir
        self._instances(
            (Passwords, Argon2Passwords()),
            (Tokens, RandomTokens()),
            (SecondFactors, TotpSecondFactors()),
            (RootSigner, Ed25519Signer(self.settings.session_key)),
            (RootArchive, FileRootArchive(data / "audit-roots.jsonl")),
            (ObjectStorage, DiskObjectStorage(data / "documents")),
            (MalwareScanner, self._scanner()),
            (MediaTypes, SignatureMediaTypes()),
        )
        self._factories((BankFingerprints, KeyedBankFingerprints))

    def _scanner(self) -> MalwareScanner:
        settings = self.settings
        if not settings.clamd_host:
            return EmbeddedScanner()
        return ClamdScanner(host=settings.clamd_host, port=settings.clamd_port)

    def _register_stripe(self) -> None:
        settings = self.settings
        http = RequestsClient(timeout=_VENDOR_ANSWERS_WITHIN)
        self._connections.callback(http.close)
        client = StripeClient(
            settings.stripe_api_key,
            base_addresses={"api": settings.stripe_url, "files": settings.stripe_url},
            http_client=http,
            max_network_retries=1,
        )
        payments = StripePayments(client, settings.stripe_pay_url)
        nppes = self._http(settings.nppes_url)
        self._instances(
            (StripeClient, client),
            (PaymentGateway, payments),
            (RefundGateway, payments),
            (ProcessorFeed, StripeBalance(client, self.clock)),
            (DisputeGateway, StripeDisputes(client)),
            (IdentityChecks, StripeIdentityChecks(client)),
            (LicenceRegistry, NppesRegistry(nppes)),
        )

    def _register_airwallex(self) -> None:
        settings = self.settings
        client = AirwallexClient(
            self._http(settings.airwallex_url),
            client_id=settings.airwallex_client_id,
            api_key=settings.airwallex_api_key,
            clock=self.vendors_clock,
        )
        self._instances(
            (PayoutGateway, AirwallexPayouts(client)),
            (PayoutAccountGateway, AirwallexAccounts(client)),
            (PayoutFloat, AirwallexFloat(client)),
            (PayoutVendorFeed, AirwallexLedgerFeed(client, self.clock)),
        )
        stripe = self.resolve(StripeClient)
        vendors = SeveralVendorBooks((StripeBooks(stripe), AirwallexBooks(client)))
        self._instances((VendorBooks, vendors))

    def _register_pharmacies(self) -> None:
        settings = self.settings
        account = PhotonAccount(
            url=settings.photon_url,
            client_id=settings.photon_client_id,
            client_secret=settings.photon_client_secret,
        )
        server = FhirServer(url=settings.fhir_pharmacy_url, token=settings.fhir_pharmacy_token)
        http = self._http()
        networks = ConnectedNetworks(
            {
                Network.PHOTON: PhotonPharmacies(PhotonClient(http, account, self.vendors_clock)),
                Network.FHIR: FhirPharmacies(FhirClient(http, server)),
            }
        )
        self._instances((PharmacyNetworks, networks))

    def _register_post(self) -> None:
        settings = self.settings
        server = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            user=settings.smtp_user,
            password=settings.smtp_password,
        )
        email = SmtpEmail(server)
        account = TwilioAccount(
            sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token,
            base_url=settings.twilio_url,
            sender=settings.twilio_from,
            callback_url=f"{settings.public_api_url}/webhooks/twilio",
        )
        templates = ShippedTemplates(portal_url=settings.public_portal_url)
        self._instances(
            (EmailSender, email),
            (SmsSender, TwilioSms(account)),
            (MessageTemplates, templates),
            (AccountMail, LinkMail(email, RandomIds(), portal_url=settings.public_portal_url)),
        )

    def _register_webhooks(self) -> None:
        settings = self.settings
        clock = self.vendors_clock
        verifiers: dict[str, WebhookVerifier] = {
            "stripe": StripeWebhooks(
                several(settings.stripe_webhook_secret),
                clock,
                live="_live_" in settings.stripe_api_key,
            ),
            "airwallex": AirwallexWebhooks(several(settings.airwallex_webhook_secret), clock),
            "photon": PhotonWebhooks(several(settings.photon_webhook_secret)),
            "fhir-pharmacy": FhirPharmacyWebhooks(
                several(settings.fhir_pharmacy_webhook_secret), clock
            ),
            "mail": MailWebhooks(several(settings.mail_webhook_secret)),
            "twilio": TwilioWebhooks([settings.twilio_auth_token]),
        }
        self._instances((WebhookVerifiers, WebhookVerifiers(verifiers)))


def build() -> Container:
    """A container by the process's environment."""
    return Container(Settings.from_environment())
