"""
What people entrust to the platform is nowhere in the database in plain words.
"""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import define
from sqlalchemy import Engine, create_engine, insert, inspect, text

from adapters.postgres.queries.audit import PostgresAuditQueries
from adapters.postgres.queries.audit_chains import PostgresAuditChains
from adapters.postgres.queries.patients import PostgresPatientQueries
from adapters.postgres.queries.relationships import PostgresRelationships
from adapters.postgres.tables.consultations import consultation
from adapters.postgres.tables.physicians import physician
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.security.encryption import SealBroken
from adapters.security.signing import Ed25519Signer
from application.audit.verification import VerifyAuditTrail
from application.patients.access import RecordAccess
from application.patients.queries import ListMyPatients, ViewAccessLog, ViewPatient
from application.patients.record import ErasePatient, UpdateHealthProfile
from application.patients.registration import RegisteredPatient, RegisterPatient
from application.shared.access import SYSTEM, Actor, Role
from domain.patients.erasure import RecordErased
from domain.patients.health_profile import HealthEntry, HealthFacts
from domain.patients.patient import PatientNotFound, PersonName, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId, PhysicianId, UserId
from domain.shared.jurisdiction import Jurisdiction
from tests.adapters.postgres.transactions import BLIND_INDEX, CIPHER, VAULTS, unit_of_work
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.identity import PlainPasswords

CANARIES = ("Xanthippe", "Quagmire", "1971-02-03", "xanthippe@canary.example", "+61499888777")
SIGNER = Ed25519Signer(bytes(range(32)))
ALLERGY = "canary-allergy"
PHYSICIAN_ID = PhysicianId(uuid.UUID(int=701))


@define(eq=False)
class Clinic:
    engine: Engine
    clock: FixedClock
    ids: SequentialIds
    uow: PostgresUnitOfWork

    @property
    def access(self) -> RecordAccess:
        return RecordAccess(PostgresRelationships(self.engine), self.clock)

    @property
    def queries(self) -> PostgresPatientQueries:
        return PostgresPatientQueries(self.engine, VAULTS, CIPHER, BLIND_INDEX)

    def register(self, email: str = CANARIES[3]) -> Actor:
        registered: RegisteredPatient = RegisterPatient(
            self.uow, self.clock, self.ids, PlainPasswords()
        )(
            email=EmailAddress(email),
            password="correct horse battery",
            name=PersonName(given=CANARIES[0], family=CANARIES[1]),
            date_of_birth=date.fromisoformat(CANARIES[2]),
            sex=Sex.FEMALE,
            place=Jurisdiction("AU"),
            phone=PhoneNumber(CANARIES[4]),
        )
        actor = Actor(
            user_id=registered.user_id,
            patient_id=registered.patient_id,
            roles=frozenset({Role.PATIENT}),
        )
        UpdateHealthProfile(self.uow, self.clock, self.access)(
            actor=actor,
            patient_id=registered.patient_id,
            facts=HealthFacts(allergies=(HealthEntry(name=ALLERGY),)),
        )
        return actor

    def physician(self, user_id: UserId) -> Actor:
        with self.engine.begin() as connection:
            connection.execute(
                insert(physician).values(
                    id=PHYSICIAN_ID,
                    version=1,
                    user_id=user_id,
                    given_name="Greta",
                    family_name="Physician",
                    title="Dr",
                    specialties=[],
                    languages=[],
                    time_zone="UTC",
                    status="active",
                    applied_at=self.clock.now(),
                    identity_checked_fields=[],
                    payout_account="missing",
                )
            )
        return Actor(user_id=user_id, physician_id=PHYSICIAN_ID, roles=frozenset({Role.PHYSICIAN}))

    def share(self, patient_id: PatientId, *, status: str, ended_at: Any = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                insert(consultation).values(
                    id=self.ids.new(),
                    version=1,
                    patient_id=patient_id,
                    service_id=self.ids.new(),
                    service_version=1,
                    place="AU",
                    status=status,
                    intake=b"",
                    flagged=False,
                    specialties=[],
                    physician_id=PHYSICIAN_ID,
                    started_at=self.clock.now(),
                    ended_at=ended_at,
                )
            )

    def everything(self) -> str:
        """All rows of all tables as PostgreSQL prints them, and sealed bytes as they are."""
        printed = []
        with self.engine.connect() as connection:
            for table in inspect(connection).get_table_names():
                rows = connection.execute(text(f'select * from "{table}"'))
                printed += [repr(tuple(row)) for row in rows]
        return "\n".join(printed)


@pytest.fixture
def clinic(database_url: str) -> Iterator[Clinic]:
    engine = create_engine(database_url)
    clock, ids = FixedClock(), SequentialIds()
    yield Clinic(engine, clock, ids, unit_of_work(engine, clock=clock, ids=ids))
    engine.dispose()


def own(actor: Actor) -> PatientId:
    assert actor.patient_id is not None
    return actor.patient_id


def test_no_plain_words_are_in_any_table(clinic: Clinic) -> None:
    actor = clinic.register()
    view = ViewPatient(clinic.queries, clinic.access, clinic.uow)(
        actor=actor, patient_id=own(actor)
    )
    assert view.health.allergies == (HealthEntry(name=ALLERGY),)

    stored = clinic.everything()

    assert str(own(actor)) in stored
    for canary in (*CANARIES, ALLERGY):
        assert canary not in stored


def test_one_patients_row_does_not_open_as_anothers(clinic: Clinic) -> None:
    first, second = clinic.register(), clinic.register("other@canary.example")
    with clinic.engine.begin() as connection:
        connection.execute(
            text(
                "update patient set name = (select name from patient where id = :first)"
                " where id = :second"
            ),
            {"first": own(first), "second": own(second)},
        )

    with pytest.raises(SealBroken):
        clinic.queries.find(own(second))


def test_after_erasure_nothing_opens_and_the_trail_still_holds(clinic: Clinic) -> None:
    actor = clinic.register()

    ErasePatient(clinic.uow, clinic.clock, PostgresRelationships(clinic.engine))(
        actor=actor, patient_id=own(actor), reason="I am moving away"
    )

    with clinic.uow as uow, pytest.raises(RecordErased):
        uow.patients.get(own(actor))
    with clinic.uow as uow, pytest.raises(RecordErased):
        uow.health_profiles.read(own(actor))
    assert clinic.queries.find(own(actor)) is None
    assert clinic.queries.search(email=EmailAddress(CANARIES[3]), phone=None) == []
    assert clinic.queries.search(email=None, phone=PhoneNumber(CANARIES[4])) == []
    verified = VerifyAuditTrail(PostgresAuditChains(clinic.engine), SIGNER)(actor=SYSTEM)
    assert verified.entries > 0
    assert verified.findings == ()


class TestRelationships:
    @pytest.mark.parametrize("status", ["claimed", "in_progress"])
    def test_last_as_long_as_the_consultation(self, clinic: Clinic, status: str) -> None:
        patient = own(clinic.register())
        doctor = clinic.register("doctor@canary.example")
        assert doctor.user_id is not None
        actor = clinic.physician(doctor.user_id)
        view = ViewPatient(clinic.queries, clinic.access, clinic.uow)
        with pytest.raises(PatientNotFound):
            view(actor=actor, patient_id=patient)

        clinic.share(patient, status=status)

        assert view(actor=actor, patient_id=patient).name.given == CANARIES[0]
        mine = ListMyPatients(
            clinic.queries, PostgresRelationships(clinic.engine), clinic.clock, clinic.uow
        )
        assert [each.id for each in mine(actor=actor)] == [patient]

    @pytest.mark.parametrize(("days", "treats"), [(89, True), (91, False)])
    def test_end_ninety_days_after_it(self, clinic: Clinic, days: int, *, treats: bool) -> None:
        patient = own(clinic.register())
        doctor = clinic.register("doctor@canary.example")
        assert doctor.user_id is not None
        clinic.physician(doctor.user_id)
        ended_at = clinic.clock.now() - timedelta(days=days)
        clinic.share(patient, status="completed", ended_at=ended_at)

        relationships = PostgresRelationships(clinic.engine)

        assert (
            relationships.is_treating(
                physician_id=PHYSICIAN_ID, patient_id=patient, now=clinic.clock.now()
            )
            is treats
        )

    @pytest.mark.parametrize("status", ["waiting", "cancelled", "draft"])
    def test_do_not_come_of_a_consultation_that_never_began(
        self, clinic: Clinic, status: str
    ) -> None:
        patient = own(clinic.register())
        doctor = clinic.register("doctor@canary.example")
        assert doctor.user_id is not None
        clinic.physician(doctor.user_id)
        clinic.share(patient, status=status, ended_at=clinic.clock.now())

        assert not PostgresRelationships(clinic.engine).is_treating(
            physician_id=PHYSICIAN_ID, patient_id=patient, now=clinic.clock.now()
        )


def test_the_patient_reads_who_opened_the_record(clinic: Clinic) -> None:
    patient = clinic.register()
    doctor = clinic.register("doctor@canary.example")
    assert doctor.user_id is not None
    physician_actor = clinic.physician(doctor.user_id)
    clinic.share(own(patient), status="claimed")
    ViewPatient(clinic.queries, clinic.access, clinic.uow)(
        actor=physician_actor, patient_id=own(patient)
    )
    log = ViewAccessLog(PostgresAuditQueries(clinic.engine, CIPHER), clinic.access, clinic.uow)

    others = log(actor=patient, patient_id=own(patient)).items
    everybody = log(actor=patient, patient_id=own(patient), include_own=True).items

    assert [(e.who, e.role, e.action, e.reason) for e in others] == [
        ("Dr Greta Physician", "physician", "patient.read", "treatment")
    ]
    assert {entry.who for entry in everybody} == {"Dr Greta Physician", "You"}
