"""
The audit trail is read back from PostgreSQL and every tampering is named.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from adapters.postgres.audit import append
from adapters.postgres.driver import driver_of, send
from adapters.postgres.queries.audit_chains import PostgresAuditChains
from adapters.security.signing import Ed25519Signer
from application.audit.verification import AuditVerified, VerifyAuditTrail
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind
from domain.audit import AuditEntry, Tampering
from domain.shared.ids import AuditEntryId

LAST_ENTRY_GONE = """
    delete from audit_entry using audit_chain
    where audit_chain.chain = :chain and audit_entry.chain = audit_chain.chain
      and audit_entry.sequence = audit_chain.sequence
"""
SIGNER = Ed25519Signer(bytes(range(32)))
PATIENT = uuid.UUID(int=7)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def entry(number: int, patient_id: uuid.UUID = PATIENT) -> AuditEntry:
    return AuditEntry(
        id=AuditEntryId(uuid.UUID(int=1000 + number)),
        recorded_at=NOW,
        actor_kind="user",
        actor_id=uuid.UUID(int=1),
        actor_label="dr",
        actor_roles=("physician",),
        action="record.opened",
        subject=f"patient {number}",
        patient_id=patient_id,
    )


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        driver = driver_of(connection)
        send(driver, append(driver, [entry(number) for number in range(5)]))
        send(driver, append(driver, [entry(n, uuid.UUID(int=n)) for n in range(5, 40)]), b"commit")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def verified(engine: Engine) -> AuditVerified:
    return VerifyAuditTrail(PostgresAuditChains(engine), SIGNER)(actor=SYSTEM)


def tamper(connection: Connection, statement: str) -> None:
    # A thief with the database's own rights can switch off what guards the table.
    connection.execute(text("alter table audit_entry disable trigger user"))
    changed = connection.execute(text(statement), {"chain": entry(0).chain, "id": entry(1).id})
    assert changed.rowcount == 1
    connection.commit()


def test_an_untouched_trail_holds(connection: Connection) -> None:
    found = verified(connection.engine)

    assert (found.entries, found.findings) == (40, ())


@pytest.mark.parametrize(
    ("statement", "tampering"),
    [
        ("update audit_entry set reason = 'asked to' where id = :id", Tampering.EDITED),
        ("delete from audit_entry where id = :id", Tampering.MISSING),
        (
            LAST_ENTRY_GONE,
            Tampering.TRUNCATED,
        ),
    ],
)
def test_what_was_done_to_it_is_named(
    connection: Connection, statement: str, tampering: Tampering
) -> None:
    tamper(connection, statement)

    findings = verified(connection.engine).findings

    assert findings[0].tampering is tampering
    assert {finding.chain for finding in findings} == {entry(0).chain}


def test_not_everybody_may_ask(connection: Connection) -> None:
    somebody = Actor(kind=ActorKind.PERSON, label="somebody")

    with pytest.raises(AccessDenied):
        VerifyAuditTrail(PostgresAuditChains(connection.engine), SIGNER)(actor=somebody)
