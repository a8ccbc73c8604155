"""
A world behind the API: real PostgreSQL, Flask's test client, people who are signed in.
"""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import define, field
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from application.identity.ports import IdentityUnitOfWork, Tokens
from application.shared.access import Role
from application.shared.ports import UnitOfWork
from domain.identity.session import Session
from domain.identity.user import User
from domain.patients.patient import Patient
from domain.shared.contact import EmailAddress
from domain.shared.ids import PatientId, PhysicianId, SessionId, UserId
from entrypoints.api.app import create_app
from entrypoints.config import Settings
from entrypoints.container import Container
from tests.builders.care import (
    PATIENT,
    PATIENT_USER,
    SECOND_PHYSICIAN,
    SECOND_PHYSICIAN_USER,
    Clinic,
    a_patient,
)
from tests.builders.physicians import PHYSICIAN, PHYSICIAN_USER
from tests.fakes.clock import MONDAY_NOON, FixedClock

KEY = base64.b64encode(b"k" * 32).decode()
SILENCE = "http://127.0.0.1:9"
VENDORS = ("STRIPE_API", "AIRWALLEX_API", "PHOTON_API", "FHIR_PHARMACY", "NPPES_API", "TWILIO_API")
STRANGER = PatientId(UUID(int=91))
STRANGER_USER = UserId(UUID(int=92))
STAFF = {
    Role.OPERATIONS: UserId(UUID(int=93)),
    Role.FINANCE: UserId(UUID(int=94)),
    Role.ADMINISTRATOR: UserId(UUID(int=95)),
}
PEOPLE = {
    "patient": PATIENT_USER,
    "stranger": STRANGER_USER,
    "physician": PHYSICIAN_USER,
    "other_physician": SECOND_PHYSICIAN_USER,
    **{role.value: user_id for role, user_id in STAFF.items()},
}
PASSWORD = "a long walk in winter"


def build_container(database_url: str, data_dir: Path, clock: FixedClock) -> Container:
    settings = Settings.from_environment(
        {
            "DATABASE_URL": database_url,
            "SCRIPTED_DATA": str(data_dir),
            "SCRIPTED_MASTER_KEY": KEY,
            "SCRIPTED_BLIND_INDEX_KEY": KEY,
            "SCRIPTED_SESSION_KEY": KEY,
            **{f"{vendor}_BASE": SILENCE for vendor in VENDORS},
        }
    )
    return Container(settings, clock)


@define(eq=False)
class World:
    """`clinic` makes what is in the database, `call` asks the API as one of `PEOPLE`."""

    container: Container
    clock: FixedClock
    rate_per_minute: int = 1_000_000
    client: FlaskClient = field(init=False)
    clinic: Clinic = field(init=False)
    tokens: dict[str, str] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        app = create_app(
            self.container,
            public_url="http://api.test",
            rate_per_minute=self.rate_per_minute,
        )
        self.client = app.test_client()
        self.clinic = Clinic(self.uow(), clock=self.clock)
        self._admit_everybody()

    def uow(self) -> Any:
        return self.container.resolve(UnitOfWork)

    def _admit_everybody(self) -> None:
        with self.container.resolve(IdentityUnitOfWork) as uow:
            users: Any = uow
            users.users.add(_a_user(STRANGER_USER))
            users.patients.add(_a_stranger())
            for role, user_id in STAFF.items():
                users.users.add(_a_user(user_id, roles=frozenset({role})))
            uow.commit()
        with self.container.resolve(IdentityUnitOfWork) as uow:
            for user_id, patient_id in ((PATIENT_USER, PATIENT), (STRANGER_USER, STRANGER)):
                user = uow.users.get(user_id)
                user.become_patient(patient_id)
                uow.users.save(user)
            for user_id, physician_id in (
                (PHYSICIAN_USER, PHYSICIAN),
                (SECOND_PHYSICIAN_USER, SECOND_PHYSICIAN),
            ):
                user = uow.users.get(user_id)
                user.become_physician(PhysicianId(physician_id))
                uow.users.save(user)
            for number, (name, user_id) in enumerate(PEOPLE.items()):
                self.tokens[name] = f"token-of-{name}"
                uow.sessions.add(self._session(user_id, number, self.tokens[name]))
            uow.commit()

    def _session(self, user_id: UserId, number: int, token: str) -> Session:
        return Session.of_person(
            id=SessionId(UUID(int=500 + number)),
            token_hash=self.container.resolve(Tokens).digest(token),
            user_id=user_id,
            device="test",
            stepped_up=False,
            now=self.clock.now(),
        )

    def call(
        self,
        method: str,
        path: str,
        person: str | None = None,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        sent = dict(headers or {})
        if person is not None:
            sent["Authorization"] = f"Bearer {self.tokens[person]}"
        return self.client.open("/v1" + path, method=method, json=json, headers=sent, **more)

    def get(self, path: str, person: str | None = None, **more: Any) -> TestResponse:
        return self.call("GET", path, person, **more)

    def post(self, path: str, person: str | None = None, **more: Any) -> TestResponse:
        return self.call("POST", path, person, **more)

    def put(self, path: str, person: str | None = None, **more: Any) -> TestResponse:
        return self.call("PUT", path, person, **more)

    def delete(self, path: str, person: str | None = None, **more: Any) -> TestResponse:
        return self.call("DELETE", path, person, **more)


def _a_user(user_id: UserId, roles: frozenset[Role] = frozenset()) -> User:
    return User.register(
        id=user_id,
        email=EmailAddress(f"user{user_id.int}@clinic.test"),
        name="",
        password_hash="hashed",
        locale="en",
        time_zone="Australia/Sydney",
        now=MONDAY_NOON,
        roles=roles,
    )


def _a_stranger() -> Patient:
    return a_patient(patient_id=STRANGER, user_id=STRANGER_USER)


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
