"""
Deeds are chained in the transaction that did them, and nobody changes them afterwards.
"""

import json
import random
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from adapters.object_storage.root_archive import FileRootArchive
from adapters.postgres.audit import AuditChainLost
from adapters.postgres.queries.audit import PostgresAuditQueries
from adapters.postgres.queries.audit_chains import PostgresAuditChains
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.security.signing import Ed25519Signer
from application.audit.queries import AuditFilter, SearchAudit
from application.audit.roots import ExportAuditTrail, SignAuditRoot
from application.audit.verification import VerifyAuditTrail
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.audit import Finding, Tampering
from domain.identity.user import User
from domain.shared.contact import EmailAddress
from domain.shared.ids import PatientId, UserId
from tests.adapters.postgres.transactions import CIPHER, unit_of_work
from tests.fakes.clock import FixedClock, SequentialIds

VERIFIER = Path(__file__).parents[3] / "docs" / "audit" / "verify_audit.py"
PATIENT = PatientId(uuid.UUID(int=7))
SIGNER = Ed25519Signer(bytes(range(32)))
BOSS = Actor(user_id=UserId(uuid.UUID(int=1)), roles=frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def uow(engine: Engine, clock: FixedClock) -> PostgresUnitOfWork:
    return unit_of_work(engine, clock=clock)


def note(
    uow: PostgresUnitOfWork,
    times: int = 1,
    *,
    patient: uuid.UUID | None = PATIENT,
    actor: Actor = BOSS,
    action: str = "patient.read",
) -> None:
    with uow:
        for number in range(times):
            uow.audit.record(
                actor=actor,
                action=action,
                subject=f"pt_{number}",
                patient_id=patient,
                reason="Überprüfung",
                details={"ground": "operations"},
            )
        uow.commit()


def note_many_patients(uow: PostgresUnitOfWork) -> None:
    for number in range(40):
        note(uow, 3, patient=uuid.UUID(int=number))


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("select count(*) from audit_entry")) or 0)


class TestWriting:
    def test_is_part_of_the_transaction(self, engine: Engine, uow: PostgresUnitOfWork) -> None:
        with uow:
            uow.audit.record(actor=BOSS, action="patient.read", subject="pt_1")
        assert count(engine) == 0

        note(uow, 2)

        assert count(engine) == 2
        assert VerifyAuditTrail(PostgresAuditChains(engine), SIGNER)(actor=SYSTEM).findings == ()

    def test_is_refused_with_the_deed_when_its_chain_is_gone(
        self, engine: Engine, uow: PostgresUnitOfWork
    ) -> None:
        with engine.begin() as connection:
            connection.execute(text("alter table audit_chain disable trigger never_removed"))
            connection.execute(text("delete from audit_chain"))

        with pytest.raises(AuditChainLost):
            note(uow)

        assert count(engine) == 0

    def test_by_many_at_once_leaves_chains_whole(self, engine: Engine) -> None:
        def write(number: int) -> None:
            own = unit_of_work(engine, ids=SequentialIds(number * 1000))
            for turn in range(10):
                with own:
                    # Two chains in one transaction, in both orders over the threads.
                    for patient in (number % 2, (number + 1) % 2):
                        own.audit.record(
                            actor=SYSTEM,
                            action="patient.read",
                            subject=f"{number}-{turn}",
                            patient_id=uuid.UUID(int=patient),
                        )
                    own.commit()

        writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(timeout=60)

        verified = VerifyAuditTrail(PostgresAuditChains(engine), SIGNER)(actor=SYSTEM)
        assert (verified.entries, verified.findings) == (120, ())

    @pytest.mark.parametrize(
        "statement",
        [
            "update audit_entry set reason = null",
            "delete from audit_entry",
            "truncate audit_entry",
            "delete from audit_chain",
            "truncate audit_chain",
            "update audit_chain set sequence = 0, hash = decode(repeat('00', 32), 'hex')",
            "update audit_chain set sequence = sequence",
            "delete from audit_root",
            "update audit_root set statement = ''",
        ],
    )
    def test_is_refused_afterwards_by_the_database(
        self, engine: Engine, uow: PostgresUnitOfWork, statement: str
    ) -> None:
        note(uow)
        with engine.connect() as connection, pytest.raises(DBAPIError, match=r"audit"):
            connection.execute(text(statement))

        assert count(engine) == 1


@pytest.fixture
def exported(uow: PostgresUnitOfWork, engine: Engine) -> Callable[[], list[str]]:
    return lambda: list(ExportAuditTrail(PostgresAuditChains(engine), uow)(actor=BOSS))


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    def run(lines: list[str], *, with_roots: bool = False) -> tuple[int, str]:
        export = tmp_path / "export.jsonl"
        export.write_text("\n".join(lines))
        roots = ["--roots", str(tmp_path / "roots.jsonl"), "--key", SIGNER.public_key.hex()]
        command = [sys.executable, str(VERIFIER), str(export), *(roots if with_roots else [])]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode in (0, 1), finished.stderr
        return finished.returncode, finished.stdout

    return run


class TestIndependentVerifier:
    def sign(self, uow: PostgresUnitOfWork, clock: FixedClock, tmp_path: Path) -> None:
        SignAuditRoot(uow, clock, SIGNER, FileRootArchive(tmp_path / "roots.jsonl"))(actor=SYSTEM)

    def test_shares_no_code_and_is_short(self) -> None:
        source = VERIFIER.read_text()

        assert len(source.splitlines()) <= 200
        assert not any(f"from {ours}" in source for ours in ("domain", "application", "adapters"))

    def test_agrees_that_an_untouched_trail_holds(
        self,
        uow: PostgresUnitOfWork,
        clock: FixedClock,
        exported: Callable[[], list[str]],
        check: Callable[..., tuple[int, str]],
        tmp_path: Path,
    ) -> None:
        note_many_patients(uow)
        self.sign(uow, clock, tmp_path)
        note(uow, 5)
        self.sign(uow, clock, tmp_path)

        status, said = check(exported(), with_roots=True)

        assert (status, "126 entries, 0 findings" in said) == (0, True)

    def test_finds_every_kind_of_tampering(
        self,
        uow: PostgresUnitOfWork,
        exported: Callable[[], list[str]],
        check: Callable[..., tuple[int, str]],
    ) -> None:
        note_many_patients(uow)
        lines = exported()
        chance = random.Random(4)
        for kind in ("edited", "removed", "moved", "doubled") * 3:
            place = chance.randrange(1, len(lines) - 1)
            # The last of a chain may be missing without a root; take one that is not.
            while json.loads(lines[place])["chain"] != json.loads(lines[place + 1])["chain"]:
                place = chance.randrange(1, len(lines) - 1)
            tampered = list(lines)
            if kind == "edited":
                entry = json.loads(tampered[place])
                tampered[place] = json.dumps(entry | {"reason": "another"})
            elif kind == "removed":
                del tampered[place]
            elif kind == "moved":
                tampered[place], tampered[place + 1] = tampered[place + 1], tampered[place]
            else:
                tampered.insert(place, tampered[place])

            assert check(tampered)[0] == 1, (kind, place)

    def test_finds_a_cut_off_or_rewritten_end_by_the_signed_root(
        self,
        uow: PostgresUnitOfWork,
        clock: FixedClock,
        exported: Callable[[], list[str]],
        check: Callable[..., tuple[int, str]],
        tmp_path: Path,
    ) -> None:
        note(uow, 5)
        self.sign(uow, clock, tmp_path)
        chain = [line for line in exported() if json.loads(line)["patient_id"]]

        assert check(chain[:-1])[0] == 0
        status, said = check(chain[:-1], with_roots=True)
        assert (status, "cut off since" in said) == (1, True)
        assert check([], with_roots=True)[0] == 1

    def test_finds_a_root_that_somebody_else_signed(
        self,
        uow: PostgresUnitOfWork,
        clock: FixedClock,
        exported: Callable[[], list[str]],
        check: Callable[..., tuple[int, str]],
        tmp_path: Path,
    ) -> None:
        note(uow)
        archive = FileRootArchive(tmp_path / "roots.jsonl")
        SignAuditRoot(uow, clock, Ed25519Signer(bytes(32)), archive)(actor=SYSTEM)

        status, said = check(exported(), with_roots=True)

        assert (status, "signature does not hold" in said) == (1, True)


class TestRoots:
    def test_that_was_forged_is_found(
        self, engine: Engine, uow: PostgresUnitOfWork, clock: FixedClock, tmp_path: Path
    ) -> None:
        archive = FileRootArchive(tmp_path / "roots.jsonl")
        verify = VerifyAuditTrail(PostgresAuditChains(engine), SIGNER)
        note(uow)
        SignAuditRoot(uow, clock, SIGNER, archive)(actor=SYSTEM)
        assert verify(actor=SYSTEM).findings == ()
        with engine.begin() as connection:
            connection.execute(text("alter table audit_root disable trigger user"))
            connection.execute(
                text("update audit_root set statement = replace(statement, '2026', '2027')")
            )

        assert verify(actor=SYSTEM).findings == (Finding(Tampering.FORGED_ROOT, -1, 1),)

    def test_that_saw_more_than_there_is_betrays_a_cut_off_end(
        self, engine: Engine, uow: PostgresUnitOfWork, clock: FixedClock, tmp_path: Path
    ) -> None:
        note(uow, 5)
        SignAuditRoot(uow, clock, SIGNER, FileRootArchive(tmp_path / "roots"))(actor=SYSTEM)
        with engine.begin() as connection:
            # A thief with the owner's rights cuts the end off and turns the head back.
            for table in ("audit_entry", "audit_chain"):
                connection.execute(text(f"alter table {table} disable trigger user"))
            connection.execute(text("delete from audit_entry where sequence > 3"))
            connection.execute(
                text(
                    "update audit_chain set sequence = 3, hash = (select hash from audit_entry"
                    " where audit_entry.chain = audit_chain.chain and sequence = 3)"
                    " where sequence > 0"
                )
            )

        found = VerifyAuditTrail(PostgresAuditChains(engine), SIGNER)(actor=SYSTEM).findings

        assert [(f.tampering, f.sequence) for f in found] == [(Tampering.TRUNCATED, 5)]

    def test_are_signed_only_when_something_was_written(
        self, uow: PostgresUnitOfWork, clock: FixedClock, tmp_path: Path
    ) -> None:
        path = tmp_path / "apart" / "roots.jsonl"
        sign = SignAuditRoot(uow, clock, SIGNER, FileRootArchive(path))
        note(uow)
        for _ in range(3):
            clock.pass_by(timedelta(hours=1))
            sign(actor=SYSTEM)
        note(uow)
        sign(actor=SYSTEM)

        assert len(path.read_text().splitlines()) == 2
        with pytest.raises(AccessDenied):
            sign(actor=BOSS)

    def test_that_were_not_put_away_are_put_away_by_the_next_run(
        self, uow: PostgresUnitOfWork, clock: FixedClock, tmp_path: Path
    ) -> None:
        from application.audit.ports import RootArchiveUnavailable

        path = tmp_path / "apart"
        path.mkdir()
        note(uow)
        with pytest.raises(RootArchiveUnavailable):
            SignAuditRoot(uow, clock, SIGNER, FileRootArchive(path))(actor=SYSTEM)

        kept = tmp_path / "roots.jsonl"
        SignAuditRoot(uow, clock, SIGNER, FileRootArchive(kept))(actor=SYSTEM)

        assert len(kept.read_text().splitlines()) == 1


class TestReading:
    @pytest.fixture
    def colleague(self, uow: PostgresUnitOfWork, clock: FixedClock) -> Actor:
        user = User.register(
            id=UserId(uuid.UUID(int=55)),
            email=EmailAddress("colleague@example.com"),
            name="Carla Colleague",
            password_hash="hash",
            locale="en",
            time_zone="UTC",
            now=clock.now(),
        )
        with uow:
            uow.users.add(user)
            uow.commit()
        return Actor(user_id=user.id, roles=frozenset({Role.OPERATIONS}))

    def test_the_access_log_names_who_when_what_and_why(
        self, engine: Engine, uow: PostgresUnitOfWork, clock: FixedClock, colleague: Actor
    ) -> None:
        note(uow, actor=colleague)
        note(uow, actor=SYSTEM, action="patient.changed")
        note(uow, actor=colleague, patient=uuid.UUID(int=8))
        log = PostgresAuditQueries(engine, CIPHER)

        page = log.entries(PATIENT, limit=10, cursor=None, include_own=True)

        assert [(e.who, e.role, e.action, e.reason) for e in page.items] == [
            ("Scripted", "system", "patient.changed", "Überprüfung"),
            ("Carla Colleague", "operations", "patient.read", "Überprüfung"),
        ]
        assert {entry.at for entry in page.items} == {clock.now()}

    def test_comes_in_pages(self, engine: Engine, uow: PostgresUnitOfWork) -> None:
        note(uow, 7)
        log = PostgresAuditQueries(engine, CIPHER)
        seen: list[uuid.UUID] = []
        cursor = None
        while True:
            page = log.entries(PATIENT, limit=3, cursor=cursor, include_own=True)
            seen += [entry.id for entry in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert len(seen) == len(set(seen)) == 7
        assert seen == sorted(seen, reverse=True)

    def test_administrators_search_and_leave_a_trace(
        self, engine: Engine, uow: PostgresUnitOfWork, colleague: Actor
    ) -> None:
        note(uow, actor=colleague)
        note(uow, actor=BOSS, action="payout.requested", patient=None)
        search = SearchAudit(PostgresAuditQueries(engine, CIPHER), uow)

        by_actor = search(actor=BOSS, wanted=AuditFilter(actor_id=colleague.user_id))
        by_action = search(actor=BOSS, wanted=AuditFilter(action="payout."))
        by_subject = search(actor=BOSS, wanted=AuditFilter(subject="audit"))

        assert [(e.who, e.action) for e in by_actor.items] == [("Carla Colleague", "patient.read")]
        assert [e.action for e in by_action.items] == ["payout.requested"]
        assert [e.action for e in by_subject.items] == ["audit.searched"] * 2
        with pytest.raises(AccessDenied):
            search(actor=colleague, wanted=AuditFilter())

    def test_a_program_is_named_by_its_client(
        self, engine: Engine, uow: PostgresUnitOfWork
    ) -> None:
        program = Actor(kind=ActorKind.MACHINE, label="Reports", roles=frozenset())
        note(uow, actor=program)

        page = PostgresAuditQueries(engine, CIPHER).entries(
            PATIENT, limit=1, cursor=None, include_own=True
        )

        assert [(e.who, e.role) for e in page.items] == [("Reports", "machine")]
