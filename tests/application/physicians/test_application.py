"""
Applying, being taken on, signing.
"""

from uuid import UUID

import pytest

from application.physicians.application import (
    ApplyAsPhysician,
    OfferContract,
    RejectApplication,
    SignContract,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.physicians.contract import NothingToSign
from domain.physicians.events import ContractOffered, ContractSigned, PhysicianApplied
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import ContractId, PhysicianId
from tests.builders.physicians import (
    PHYSICIAN,
    PHYSICIAN_USER,
    PLAN,
    SYDNEY,
    a_physician_user,
)
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.unit_of_work import FakeUnitOfWork

OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))
SELF = Actor(user_id=PHYSICIAN_USER, roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN)


class TestApplyAsPhysician:
    @pytest.fixture
    def new_uow(self) -> FakeUnitOfWork:
        uow = FakeUnitOfWork()
        with uow:
            uow.users.add(a_physician_user())
            uow.commit()
        return uow

    def apply(self, uow: FakeUnitOfWork, actor: Actor) -> PhysicianId:
        return ApplyAsPhysician(uow, FixedClock(), SequentialIds())(
            actor=actor,
            given_name="Amelia",
            family_name="Moreau",
            specialties=["general_practice"],
            languages=["en", "fr"],
            time_zone=SYDNEY,
        )

    def test_makes_the_signed_in_person_an_applicant(self, new_uow: FakeUnitOfWork) -> None:
        physician_id = self.apply(new_uow, Actor(user_id=PHYSICIAN_USER))

        user = new_uow.users.read(PHYSICIAN_USER)
        assert user.physician_id == physician_id
        assert Role.PHYSICIAN in user.roles
        assert new_uow.physicians.read(physician_id).status is PhysicianStatus.APPLIED

    def test_finds_the_application_that_was_made_before(self, new_uow: FakeUnitOfWork) -> None:
        actor = Actor(user_id=PHYSICIAN_USER)

        assert self.apply(new_uow, actor) == self.apply(new_uow, actor)
        assert len(new_uow.events_of(PhysicianApplied)) == 1

    @pytest.mark.parametrize("actor", [SYSTEM, Actor(), Actor(kind=ActorKind.MACHINE)])
    def test_is_for_people_who_are_signed_in(self, new_uow: FakeUnitOfWork, actor: Actor) -> None:
        with pytest.raises(AccessDenied):
            self.apply(new_uow, actor)


class TestContract:
    def offer(self, uow: FakeUnitOfWork, ids: SequentialIds, *, version: int = 1) -> ContractId:
        contract_id = OfferContract(uow, FixedClock(), ids)(
            actor=OPERATOR,
            physician_id=PHYSICIAN,
            commission_plan_id=PLAN,
            commission_plan_version=version,
        )
        assert contract_id is not None
        return contract_id

    def test_is_offered_once_and_accepts_the_application(
        self, uow: FakeUnitOfWork, ids: SequentialIds
    ) -> None:
        self.offer(uow, ids)
        again = OfferContract(uow, FixedClock(), ids)(
            actor=OPERATOR,
            physician_id=PHYSICIAN,
            commission_plan_id=PLAN,
            commission_plan_version=1,
        )

        assert again is None
        assert len(uow.events_of(ContractOffered)) == 1
        assert uow.physicians.read(PHYSICIAN).status is PhysicianStatus.IN_ONBOARDING

    def test_is_signed_once_by_the_physician(self, uow: FakeUnitOfWork, ids: SequentialIds) -> None:
        contract_id = self.offer(uow, ids)
        sign = SignContract(uow, FixedClock())

        sign(actor=SELF, physician_id=PHYSICIAN, contract_id=contract_id)
        sign(actor=SELF, physician_id=PHYSICIAN, contract_id=contract_id)

        (signed,) = uow.events_of(ContractSigned)
        assert signed.commission_plan_id == PLAN

    def test_cannot_be_signed_once_a_newer_one_is_on_offer(
        self, uow: FakeUnitOfWork, ids: SequentialIds
    ) -> None:
        older = self.offer(uow, ids)
        self.offer(uow, ids, version=2)

        with pytest.raises(NothingToSign):
            SignContract(uow, FixedClock())(actor=SELF, physician_id=PHYSICIAN, contract_id=older)

    @pytest.mark.parametrize(
        "actor",
        [
            OPERATOR,
            SYSTEM,
            Actor(kind=ActorKind.MACHINE, physician_id=PHYSICIAN),
            Actor(physician_id=PhysicianId(UUID(int=99))),
        ],
    )
    def test_is_signed_by_nobody_else(
        self, uow: FakeUnitOfWork, ids: SequentialIds, actor: Actor
    ) -> None:
        contract_id = self.offer(uow, ids)

        with pytest.raises(AccessDenied):
            SignContract(uow, FixedClock())(
                actor=actor, physician_id=PHYSICIAN, contract_id=contract_id
            )

    def test_is_offered_by_operators_only(self, uow: FakeUnitOfWork, ids: SequentialIds) -> None:
        with pytest.raises(AccessDenied):
            OfferContract(uow, FixedClock(), ids)(
                actor=SELF,
                physician_id=PHYSICIAN,
                commission_plan_id=PLAN,
                commission_plan_version=1,
            )


class TestRejectApplication:
    def test_keeps_the_reason_in_the_audit_trail(self, uow: FakeUnitOfWork) -> None:
        reject = RejectApplication(uow, FixedClock())

        reject(actor=OPERATOR, physician_id=PHYSICIAN, reason="not registered")
        reject(actor=OPERATOR, physician_id=PHYSICIAN, reason="again")

        assert uow.physicians.read(PHYSICIAN).status is PhysicianStatus.REJECTED
        assert [record.reason for record in uow.audit.records] == ["not registered"]

    def test_is_for_operators(self, uow: FakeUnitOfWork) -> None:
        with pytest.raises(AccessDenied):
            RejectApplication(uow, FixedClock())(actor=SELF, physician_id=PHYSICIAN, reason="no")
