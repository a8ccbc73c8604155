"""
What is sealed under a patient's key opens there and nowhere else, and not at all once erased.
"""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from adapters.postgres.patient_keys import PostgresPatientKeys
from adapters.security.encryption import (
    MasterKeys,
    PatientVault,
    SealBroken,
    UnknownMasterKey,
    rewrap_patient_keys,
)
from application.patients.keys import RewrapPatientKeys
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.patients.erasure import RecordErased
from tests.adapters.postgres.transactions import unit_of_work

KEYS = MasterKeys.single(bytes(range(32)))
ROTATED = MasterKeys(2, {1: bytes(range(32)), 2: bytes(range(1, 33))})
AMELIA, BRUNO = uuid.UUID(int=1), uuid.UUID(int=2)
NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def vault(connection: Connection) -> PatientVault:
    return PatientVault(connection, KEYS)


@pytest.mark.parametrize(
    "value", [None, "Amélia", "\x00 \ud800", 7, ["a", {"b": None}], {"x": 1.5}, ""]
)
def test_opens_what_it_sealed(connection: Connection, vault: PatientVault, value: Any) -> None:
    sealed = vault.seal(AMELIA, "patient.name", value)

    assert PatientVault(connection, KEYS).open(AMELIA, "patient.name", sealed) == value


def test_opens_nothing_that_was_moved(vault: PatientVault) -> None:
    row, other_row = uuid.UUID(int=10), uuid.UUID(int=11)
    sealed = vault.seal(AMELIA, "consultation.note", "secret", row=row)
    vault.seal(BRUNO, "consultation.note", "other", row=row)

    assert vault.open(AMELIA, "consultation.note", sealed, row=row) == "secret"
    with pytest.raises(SealBroken):
        vault.open(BRUNO, "consultation.note", sealed, row=row)
    with pytest.raises(SealBroken):
        vault.open(AMELIA, "consultation.answers", sealed, row=row)
    for elsewhere in (other_row, None):
        with pytest.raises(SealBroken):
            vault.open(AMELIA, "consultation.note", sealed, row=elsewhere)


def test_opens_nothing_that_was_changed(vault: PatientVault) -> None:
    sealed = vault.seal(AMELIA, "patient.name", "secret")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            vault.open(AMELIA, "patient.name", bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.open(AMELIA, "patient.name", sealed[:length])


def test_a_patient_without_a_key_has_nothing_to_open(vault: PatientVault) -> None:
    sealed = vault.seal(AMELIA, "patient.name", "secret")

    with pytest.raises(SealBroken):
        vault.open(BRUNO, "patient.name", sealed)


def test_a_wrapped_key_opens_for_its_patient_only(
    connection: Connection, vault: PatientVault
) -> None:
    sealed = vault.seal(AMELIA, "patient.name", "secret")
    connection.execute(
        text(
            "insert into patient_key (patient_id, wrapped_key, key_version)"
            " select :bruno, wrapped_key, key_version from patient_key where patient_id = :amelia"
        ),
        {"amelia": AMELIA, "bruno": BRUNO},
    )

    with pytest.raises(SealBroken):
        PatientVault(connection, KEYS).open(BRUNO, "patient.name", sealed)


def test_the_key_itself_is_not_in_the_database(connection: Connection, vault: PatientVault) -> None:
    vault.seal(AMELIA, "patient.name", "secret")
    wrapped = connection.scalar(text("select wrapped_key from patient_key"))

    assert len(wrapped) == 12 + 32 + 16
    with pytest.raises(SealBroken):
        PatientVault(connection, MasterKeys.single(bytes(32))).seal(AMELIA, "patient.name", "x")


def test_a_key_that_was_not_committed_never_was(engine: Engine) -> None:
    with engine.connect() as connection:
        PatientVault(connection, KEYS).seal(AMELIA, "patient.name", "secret")
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from patient_key")) == 0


def test_first_writers_at_once_share_one_key(engine: Engine) -> None:
    sealed: list[bytes] = []
    barrier = threading.Barrier(4)

    def write(number: int) -> None:
        with engine.connect() as connection:
            barrier.wait(timeout=30)
            sealed.append(PatientVault(connection, KEYS).seal(AMELIA, "patient.name", number))
            connection.commit()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=30)

    with engine.connect() as connection:
        vault = PatientVault(connection, KEYS)
        assert {vault.open(AMELIA, "patient.name", each) for each in sealed} == {0, 1, 2, 3}


def test_nothing_opens_or_is_sealed_once_erased(
    connection: Connection, vault: PatientVault
) -> None:
    sealed = vault.seal(AMELIA, "patient.name", "secret")
    kept = vault.seal(BRUNO, "patient.name", "kept")
    for _ in range(2):
        vault.destroy_key(AMELIA, now=NOW)

    for each in (vault, PatientVault(connection, KEYS)):
        with pytest.raises(RecordErased):
            each.open(AMELIA, "patient.name", sealed)
        with pytest.raises(RecordErased):
            each.seal(AMELIA, "patient.name", "again")
        assert each.open(BRUNO, "patient.name", kept) == "kept"
    row = connection.execute(text("select * from patient_key where destroyed_at is not null")).one()
    assert (row.patient_id, row.wrapped_key, row.destroyed_at) == (AMELIA, None, NOW)


def test_lists_are_opened_with_one_look_at_the_keys(
    connection: Connection, vault: PatientVault
) -> None:
    sealed = {patient: vault.seal(patient, "patient.name", "x") for patient in (AMELIA, BRUNO)}
    vault.destroy_key(BRUNO, now=NOW)
    reader = PatientVault(connection, KEYS)

    reader.preload([AMELIA, BRUNO, uuid.UUID(int=3)])

    assert reader.open_if_kept(AMELIA, "patient.name", sealed[AMELIA]) == "x"
    assert reader.open_if_kept(BRUNO, "patient.name", sealed[BRUNO]) is None


def test_rotation_wraps_keys_again_and_leaves_values_alone(
    connection: Connection, vault: PatientVault
) -> None:
    sealed = vault.seal(AMELIA, "patient.name", "secret")
    vault.seal(BRUNO, "patient.name", "other")
    vault.destroy_key(BRUNO, now=NOW)

    assert rewrap_patient_keys(connection, ROTATED, limit=10) == 1
    assert rewrap_patient_keys(connection, ROTATED, limit=10) == 0

    only_new = MasterKeys(2, {2: bytes(range(1, 33))})
    assert PatientVault(connection, only_new).open(AMELIA, "patient.name", sealed) == "secret"
    with pytest.raises(UnknownMasterKey):
        PatientVault(connection, KEYS).open(AMELIA, "patient.name", sealed)


def test_the_platform_brings_all_keys_along_and_notes_it_once(engine: Engine) -> None:
    with engine.begin() as connection:
        vault = PatientVault(connection, KEYS)
        for number in range(3):
            vault.seal(uuid.UUID(int=100 + number), "patient.name", "secret")
    rewrap = RewrapPatientKeys(
        PostgresPatientKeys(engine, ROTATED), unit_of_work(engine, master_keys=ROTATED)
    )

    assert [rewrap(actor=SYSTEM), rewrap(actor=SYSTEM)] == [3, 0]

    with engine.connect() as connection:
        noted = connection.scalars(text("select action from audit_entry")).all()
    assert noted == ["patient_keys.rewrapped"]


def test_keys_are_brought_along_by_the_platform_alone(engine: Engine) -> None:
    rewrap = RewrapPatientKeys(PostgresPatientKeys(engine, ROTATED), unit_of_work(engine))

    with pytest.raises(AccessDenied):
        rewrap(actor=Actor())
