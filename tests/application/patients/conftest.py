import uuid
from datetime import date

import pytest
from attrs import Factory, define, field

from application.patients.access import RecordAccess
from application.patients.registration import RegisteredPatient, RegisterPatient
from application.shared.access import Actor, Role
from domain.patients.patient import PersonName, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId, PhysicianId, UserId
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.identity import PlainPasswords
from tests.fakes.patients import InMemoryPatientQueries, StatedRelationships
from tests.fakes.unit_of_work import FakeUnitOfWork

PHYSICIAN = PhysicianId(uuid.UUID(int=700))


@define(eq=False)
class Clinic:
    """Everything that the use cases of patients' records are made of."""

    uow: FakeUnitOfWork = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    ids: SequentialIds = field(factory=SequentialIds)
    passwords: PlainPasswords = field(factory=PlainPasswords)
    relationships: StatedRelationships = field(factory=StatedRelationships)
    access: RecordAccess = field(
        default=Factory(lambda self: RecordAccess(self.relationships, self.clock), takes_self=True)
    )
    queries: InMemoryPatientQueries = field(
        default=Factory(
            lambda self: InMemoryPatientQueries(
                self.uow.patients, self.uow.health_profiles, self.uow.consents, self.uow.users
            ),
            takes_self=True,
        )
    )

    def register(self, email: str = "amelia@example.com") -> RegisteredPatient:
        register = RegisterPatient(self.uow, self.clock, self.ids, self.passwords)
        return register(
            email=EmailAddress(email),
            password="correct horse battery",
            name=PersonName(given="Amelia", family="Moreau"),
            date_of_birth=date(1990, 3, 5),
            sex=Sex.FEMALE,
            place=Jurisdiction("AU"),
            phone=PhoneNumber("+61412345678"),
            time_zone="Australia/Sydney",
            locale="en-AU",
        )

    def patient(self, email: str = "amelia@example.com") -> Actor:
        registered = self.register(email)
        return Actor(
            user_id=registered.user_id,
            patient_id=registered.patient_id,
            roles=frozenset({Role.PATIENT}),
        )

    def physician(self, *, treats: PatientId | None = None) -> Actor:
        if treats is not None:
            self.relationships.pairs.add((PHYSICIAN, treats))
        return Actor(
            user_id=UserId(uuid.UUID(int=701)),
            physician_id=PHYSICIAN,
            roles=frozenset({Role.PHYSICIAN}),
        )

    def staff(self, role: Role = Role.OPERATIONS) -> Actor:
        return Actor(user_id=UserId(uuid.UUID(int=702)), roles=frozenset({role}))

    def audited(self, action: str) -> list[tuple[UserId | None, str | None, str | None]]:
        return [
            (record.actor.user_id, record.reason, record.details.get("ground"))
            for record in self.uow.audit.records
            if record.action == action
        ]


def own(actor: Actor) -> PatientId:
    assert actor.patient_id is not None
    return actor.patient_id


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()
