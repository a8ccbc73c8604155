"""
The composition root: which adapter serves which port. Nothing else names adapters.

Resolved at the edge (a route, a page, a job) and never passed inwards.
"""

from functools import partial
from typing import Any, TypeVar

import httpx
import punq
from attrs import define, field
from sqlalchemy import Engine, make_url
from stripe import StripeClient

from adapters.identity_checks.stripe_identity import StripeIdentityChecks
from adapters.licence_registries.nppes import NppesRegistry
from adapters.malware.embedded import EmbeddedScanner
from adapters.object_storage.disk import DiskObjectStorage
from adapters.object_storage.media_types import SignatureMediaTypes
from adapters.postgres.change_feed import PostgresChangeFeed
from adapters.postgres.engine import build_engine
from adapters.postgres.queries.audit_chains import PostgresAuditChains
from adapters.postgres.queries.catalogue import PostgresCatalogueQueries
from adapters.postgres.queries.documents import PostgresDocumentQueries
from adapters.postgres.queries.identity import PostgresIdentityQueries
from adapters.postgres.queries.patients import PostgresPatientQueries
from adapters.postgres.queries.physicians import PostgresPhysicianQueries
from adapters.postgres.queries.scheduling import PostgresSchedulingQueries
from adapters.postgres.reactions import PostgresReactionLog
from adapters.postgres.readiness import PostgresReadiness
from adapters.postgres.request_memory import PostgresRequestMemory
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.webhooks import PostgresWebhookInbox
from adapters.security.encryption import BlindIndex, MasterKeys, PlatformCipher, Vaults
from adapters.security.passwords import Argon2Passwords
from adapters.security.second_factors import TotpSecondFactors
from adapters.security.signing import Ed25519Signer
from adapters.security.tokens import RandomTokens
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from application.audit.verification import AuditChains
from application.catalogue.ports import CatalogueUnitOfWork
from application.catalogue.queries import CatalogueQueries
from application.documents.ports import (
    DocumentsUnitOfWork,
    MalwareScanner,
    MediaTypes,
    ObjectStorage,
)
from application.documents.queries import DocumentQueries
from application.identity.ports import IdentityUnitOfWork, Passwords, SecondFactors, Tokens
from application.identity.queries import IdentityQueries
from application.patients.ports import PatientsUnitOfWork
from application.patients.queries import PatientQueries
from application.physicians.ports import IdentityChecks, LicenceRegistry, PhysiciansUnitOfWork
from application.physicians.queries import PhysicianQueries
from application.reactions import REACTIONS
from application.scheduling.ports import SchedulingUnitOfWork
from application.scheduling.queries import SchedulingQueries
from application.shared.changes import ChangeFeed
from application.shared.ports import Clock, Ids
from application.shared.readiness import Readiness
from application.shared.request_memory import RequestMemory
from application.webhooks.intake import WebhookVerifiers
from application.webhooks.ports import WebhookInbox
from application.workflow.ports import ReactionLog
from entrypoints.config import Settings

Service = TypeVar("Service")

UNITS_OF_WORK: tuple[type, ...] = (
    CatalogueUnitOfWork,
    DocumentsUnitOfWork,
    IdentityUnitOfWork,
    PatientsUnitOfWork,
    PhysiciansUnitOfWork,
    SchedulingUnitOfWork,
)


@define(eq=False)
class Container:
    """Every use case and query, ready to be made. One for a process; safe between threads."""

    settings: Settings
    clock: Clock = field(factory=SystemClock)
    engine: Engine = field(init=False)
    _punq: punq.Container = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.engine = build_engine(
            self.settings.database_url, pool_size=self.settings.database_pool
        )
        self._punq = punq.Container(auto_register=True)
        keys = MasterKeys.single(self.settings.master_key)
        self._register_core(keys)
        self._register_queries()
        self._register_security()
        self._register_vendors()

    def resolve(self, kind: type[Service]) -> Service:
        """Make a use case, query or port, anew where it holds a transaction."""
        return self._punq.resolve(kind)

    def close(self) -> None:
        """Give the connections back."""
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
        self._factories(*((port, lambda: unit_of_work()) for port in UNITS_OF_WORK))  # noqa: PLW0108 - punq reads the signature

    def _register_queries(self) -> None:
        self._factories(
            (AuditChains, PostgresAuditChains),
            (CatalogueQueries, PostgresCatalogueQueries),
            (DocumentQueries, PostgresDocumentQueries),
            (IdentityQueries, PostgresIdentityQueries),
            (PatientQueries, PostgresPatientQueries),
            (PhysicianQueries, PostgresPhysicianQueries),
            (SchedulingQueries, PostgresSchedulingQueries),
        )

    def _register_security(self) -> None:
        self._instances(
            (Passwords, Argon2Passwords()),
            (Tokens, RandomTokens()),
            (SecondFactors, TotpSecondFactors()),
            (Ed25519Signer, Ed25519Signer(self.settings.session_key)),
            (ObjectStorage, DiskObjectStorage(self.settings.data_dir / "documents")),
            (MalwareScanner, EmbeddedScanner()),
            (MediaTypes, SignatureMediaTypes()),
        )

    def _register_vendors(self) -> None:
        settings = self.settings
        stripe = StripeClient(
            settings.stripe_api_key,
            base_addresses={"api": settings.stripe_url, "files": settings.stripe_url},
            max_network_retries=1,
        )
        nppes = httpx.Client(base_url=settings.nppes_url, timeout=10)
        self._instances(
            (StripeClient, stripe),
            (IdentityChecks, StripeIdentityChecks(stripe)),
            (LicenceRegistry, NppesRegistry(nppes)),
            (WebhookVerifiers, WebhookVerifiers({})),
        )
