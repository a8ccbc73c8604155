"""
Physicians to test with.
"""

from datetime import date, datetime
from uuid import UUID

from attrs import evolve

from domain.identity.user import User
from domain.physicians.contract import Contract
from domain.physicians.identity_check import IdentityCheckStatus, IdentityFinding
from domain.physicians.licence import Licence, LicenceKind, RegistryRecord
from domain.physicians.name import PhysicianName
from domain.physicians.onboarding import PayoutAccountState
from domain.physicians.physician import Physician
from domain.shared.contact import EmailAddress
from domain.shared.ids import (
    CommissionPlanId,
    ContractId,
    LicenceId,
    PhysicianId,
    UserId,
)
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.clock import MONDAY_NOON

PHYSICIAN = PhysicianId(UUID(int=21))
PHYSICIAN_USER = UserId(UUID(int=22))
FIRST_OPERATOR = UserId(UUID(int=23))
SECOND_OPERATOR = UserId(UUID(int=24))
LICENCE = LicenceId(UUID(int=25))
CONTRACT = ContractId(UUID(int=26))
PLAN = CommissionPlanId(UUID(int=27))
NPI = "1003004169"
SYDNEY = "Australia/Sydney"


def an_applicant(
    *,
    physician_id: UUID = PHYSICIAN,
    user_id: UUID = PHYSICIAN_USER,
    given: str = "Amelia",
    family: str = "Moreau",
    specialties: frozenset[str] = frozenset({"general_practice"}),
    languages: frozenset[str] = frozenset({"en"}),
    time_zone: str = SYDNEY,
    now: datetime = MONDAY_NOON,
) -> Physician:
    return Physician.apply(
        id=PhysicianId(physician_id),
        user_id=UserId(user_id),
        name=PhysicianName(given=given, family=family),
        specialties=specialties,
        languages=languages,
        time_zone=time_zone,
        now=now,
    )


def a_licence(
    *,
    licence_id: UUID = LICENCE,
    place: str = "US-CA",
    kind: LicenceKind = LicenceKind.NPI,
    number: str = NPI,
    expires_on: date = date(2027, 6, 30),
) -> Licence:
    return Licence(
        id=LicenceId(licence_id),
        jurisdiction=Jurisdiction(place),
        kind=kind,
        number=number,
        expires_on=expires_on,
    )


def a_record(
    *, given: str = "AMELIA", family: str = "MOREAU", active: bool = True
) -> RegistryRecord:
    return RegistryRecord(
        given=given,
        family=family,
        active=active,
        licences={"US-CA": "A123456", "US-NY": "301234"},
    )


def a_contract(*, contract_id: UUID = CONTRACT, version: int = 1) -> Contract:
    return Contract(
        id=ContractId(contract_id),
        commission_plan_id=PLAN,
        commission_plan_version=version,
        offered_at=MONDAY_NOON,
    )


def an_active_physician(
    *,
    physician_id: UUID = PHYSICIAN,
    user_id: UUID = PHYSICIAN_USER,
    place: str = "AU",
    expires_on: date = date(2027, 6, 30),
    specialties: frozenset[str] = frozenset({"general_practice"}),
    languages: frozenset[str] = frozenset({"en"}),
    time_zone: str = SYDNEY,
    now: datetime = MONDAY_NOON,
) -> Physician:
    physician = an_applicant(
        physician_id=physician_id,
        user_id=user_id,
        specialties=specialties,
        languages=languages,
        time_zone=time_zone,
        now=now,
    )
    pass_identity(physician, now=now)
    licence = a_licence(
        licence_id=UUID(int=physician_id.int + (1 << 64)),
        place=place,
        kind=LicenceKind.REGISTRATION,
        number="REG12345",
        expires_on=expires_on,
    )
    physician.add_licence(licence, now=now)
    for operator in (FIRST_OPERATOR, SECOND_OPERATOR):
        physician.attest_licence(licence.id, by=operator, evidence="register, page 1", now=now)
    contract = evolve(a_contract(), id=ContractId(UUID(int=physician_id.int + (2 << 64))))
    physician.offer_contract(contract, now=now)
    physician.sign_contract(contract.id, now=now)
    physician.record_payout_account(PayoutAccountState.ACTIVE, now=now)
    physician.activate_when_ready(now=now)
    return physician


def pass_identity(physician: Physician, *, now: datetime = MONDAY_NOON) -> None:
    check = physician.begin_identity_check(now=now)
    reference = f"vs_{physician.id.hex}"
    physician.identity_check_started(attempt=check.attempt, reference=reference, now=now)
    physician.record_identity(
        IdentityFinding(reference=reference, status=IdentityCheckStatus.VERIFIED), now=now
    )


def a_physician_user(*, user_id: UUID = PHYSICIAN_USER, email: str = "amelia@clinic.test") -> User:
    return User.register(
        id=UserId(user_id),
        email=EmailAddress(email),
        name="Amelia Moreau",
        password_hash="hashed",
        locale="en",
        time_zone=SYDNEY,
        now=MONDAY_NOON,
    )
