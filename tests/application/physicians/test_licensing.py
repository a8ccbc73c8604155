"""
Claiming licences, believing them, and looking at them again.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.physicians.licensing import (
    AddLicence,
    AttestLicence,
    RecheckLicences,
    RefuseLicence,
    VerifyLicence,
)
from application.physicians.ports import LicenceRegistryUnavailable
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.physicians.events import (
    LicenceAdded,
    LicenceExpired,
    LicenceRefused,
    LicenceVerified,
    PhysicianSuspended,
)
from domain.physicians.licence import (
    Licence,
    LicenceKind,
    LicenceRefusal,
    LicenceStatus,
    MalformedLicence,
    SecondOperatorNeeded,
)
from domain.shared.ids import LicenceId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from tests.builders.physicians import (
    FIRST_OPERATOR,
    NPI,
    PHYSICIAN,
    PHYSICIAN_USER,
    SECOND_OPERATOR,
    a_physician_user,
    a_record,
    an_active_physician,
)
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.physicians import InMemoryLicenceRegistry
from tests.fakes.unit_of_work import FakeUnitOfWork

SELF = Actor(user_id=PHYSICIAN_USER, roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN)
OPERATOR = Actor(user_id=FIRST_OPERATOR, roles=frozenset({Role.OPERATIONS}))
OTHER_OPERATOR = Actor(user_id=SECOND_OPERATOR, roles=frozenset({Role.OPERATIONS}))
AMERICAN: dict[str, Any] = {
    "jurisdiction": Jurisdiction("US-CA"),
    "kind": LicenceKind.NPI,
    "number": NPI,
    "expires_on": date(2027, 6, 30),
}
AUSTRALIAN: dict[str, Any] = {
    "jurisdiction": Jurisdiction("AU"),
    "kind": LicenceKind.AHPRA,
    "number": "med0001234567 ",
    "expires_on": date(2026, 11, 30),
}


def add(
    uow: FakeUnitOfWork, claim: dict[str, Any], ids: SequentialIds, *, actor: Actor = SELF
) -> LicenceId:
    return AddLicence(uow, FixedClock(), ids)(actor=actor, physician_id=PHYSICIAN, **claim)


def licence(uow: FakeUnitOfWork, licence_id: LicenceId) -> Licence:
    return uow.physicians.read(PHYSICIAN).licence(licence_id)


class TestAddLicence:
    def test_claims_a_licence_once(self, uow: FakeUnitOfWork, ids: SequentialIds) -> None:
        first = add(uow, AUSTRALIAN, ids)
        second = add(uow, AUSTRALIAN, ids)

        assert first == second
        assert licence(uow, first).number == "MED0001234567"
        assert len(uow.events_of(LicenceAdded)) == 1

    def test_refuses_a_number_with_a_wrong_check_digit(
        self, uow: FakeUnitOfWork, ids: SequentialIds
    ) -> None:
        with pytest.raises(MalformedLicence):
            add(uow, {**AMERICAN, "number": "1003004168"}, ids)

    def test_is_for_the_physician(self, uow: FakeUnitOfWork, ids: SequentialIds) -> None:
        with pytest.raises(AccessDenied):
            add(uow, AMERICAN, ids, actor=Actor(physician_id=PhysicianId(UUID(int=99))))


class TestVerifyLicence:
    @pytest.fixture
    def verify(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, clock: FixedClock
    ) -> VerifyLicence:
        return VerifyLicence(uow, registry, clock)

    def test_believes_the_registry(
        self,
        uow: FakeUnitOfWork,
        registry: InMemoryLicenceRegistry,
        ids: SequentialIds,
        verify: VerifyLicence,
    ) -> None:
        registry.records[NPI] = a_record()
        licence_id = add(uow, AMERICAN, ids)

        verify(actor=SYSTEM, physician_id=PHYSICIAN, licence_id=licence_id)
        verify(actor=SYSTEM, physician_id=PHYSICIAN, licence_id=licence_id)

        assert licence(uow, licence_id).status is LicenceStatus.VERIFIED
        assert len(uow.events_of(LicenceVerified)) == 1

    def test_refuses_what_the_registry_does_not_know(
        self, uow: FakeUnitOfWork, ids: SequentialIds, verify: VerifyLicence
    ) -> None:
        licence_id = add(uow, AMERICAN, ids)

        verify(actor=SYSTEM, physician_id=PHYSICIAN, licence_id=licence_id)

        (event,) = uow.events_of(LicenceRefused)
        assert event.refusal is LicenceRefusal.NOT_FOUND

    def test_leaves_to_operators_what_has_no_registry(
        self,
        uow: FakeUnitOfWork,
        registry: InMemoryLicenceRegistry,
        ids: SequentialIds,
        verify: VerifyLicence,
    ) -> None:
        registry.silent = True
        licence_id = add(uow, AUSTRALIAN, ids)

        verify(actor=SYSTEM, physician_id=PHYSICIAN, licence_id=licence_id)

        assert licence(uow, licence_id).status is LicenceStatus.CLAIMED

    def test_changes_nothing_while_the_registry_is_silent(
        self,
        uow: FakeUnitOfWork,
        registry: InMemoryLicenceRegistry,
        ids: SequentialIds,
        verify: VerifyLicence,
    ) -> None:
        licence_id = add(uow, AMERICAN, ids)
        registry.silent = True

        with pytest.raises(LicenceRegistryUnavailable):
            verify(actor=SYSTEM, physician_id=PHYSICIAN, licence_id=licence_id)

        assert licence(uow, licence_id).status is LicenceStatus.CLAIMED

    def test_is_not_for_the_physician(
        self, uow: FakeUnitOfWork, ids: SequentialIds, verify: VerifyLicence
    ) -> None:
        licence_id = add(uow, AMERICAN, ids)

        with pytest.raises(AccessDenied):
            verify(actor=SELF, physician_id=PHYSICIAN, licence_id=licence_id)


class TestAttestLicence:
    def test_takes_two_operators(self, uow: FakeUnitOfWork, ids: SequentialIds) -> None:
        licence_id = add(uow, AUSTRALIAN, ids)
        attest = AttestLicence(uow, FixedClock())

        attest(actor=OPERATOR, physician_id=PHYSICIAN, licence_id=licence_id, evidence="page 1")
        with pytest.raises(SecondOperatorNeeded):
            attest(actor=OPERATOR, physician_id=PHYSICIAN, licence_id=licence_id, evidence="page 1")
        assert uow.events_of(LicenceVerified) == []
        attest(
            actor=OTHER_OPERATOR, physician_id=PHYSICIAN, licence_id=licence_id, evidence="page 2"
        )

        assert len(uow.events_of(LicenceVerified)) == 1

    @pytest.mark.parametrize(
        "actor",
        [
            SELF,
            SYSTEM,
            Actor(roles=frozenset({Role.OPERATIONS})),
            Actor(kind=ActorKind.MACHINE, roles=frozenset({Role.OPERATIONS})),
            Actor(
                user_id=FIRST_OPERATOR,
                roles=frozenset({Role.OPERATIONS}),
                physician_id=PHYSICIAN,
            ),
        ],
    )
    def test_is_for_operators_in_person_and_never_about_themselves(
        self, uow: FakeUnitOfWork, ids: SequentialIds, actor: Actor
    ) -> None:
        licence_id = add(uow, AUSTRALIAN, ids)

        with pytest.raises(AccessDenied):
            AttestLicence(uow, FixedClock())(
                actor=actor, physician_id=PHYSICIAN, licence_id=licence_id, evidence="page 1"
            )


class TestRefuseLicence:
    def test_overrules_what_was_believed(self, uow: FakeUnitOfWork, ids: SequentialIds) -> None:
        licence_id = add(uow, AUSTRALIAN, ids)
        refuse = RefuseLicence(uow, FixedClock())

        for _ in range(2):
            refuse(actor=OPERATOR, physician_id=PHYSICIAN, licence_id=licence_id, reason="forged")

        (event,) = uow.events_of(LicenceRefused)
        assert event.refusal is LicenceRefusal.BY_OPERATOR
        assert [record.reason for record in uow.audit.records][-1] == "forged"


class TestRecheckLicences:
    def recheck(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, clock: FixedClock
    ) -> int:
        return RecheckLicences(uow, registry, clock)(actor=SYSTEM)

    @pytest.fixture
    def licensed(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, ids: SequentialIds
    ) -> LicenceId:
        registry.records[NPI] = a_record()
        licence_id = add(uow, AMERICAN, ids)
        VerifyLicence(uow, registry, FixedClock())(
            actor=SYSTEM, physician_id=PHYSICIAN, licence_id=licence_id
        )
        uow.events.clear()
        return licence_id

    @pytest.mark.usefixtures("licensed")
    def test_looks_once_a_day(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, clock: FixedClock
    ) -> None:
        assert self.recheck(uow, registry, clock) == 0
        clock.pass_by(timedelta(hours=25))
        assert self.recheck(uow, registry, clock) == 1
        assert self.recheck(uow, registry, clock) == 0
        assert uow.events == []

    @pytest.mark.usefixtures("licensed")
    def test_notices_a_deactivated_number(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, clock: FixedClock
    ) -> None:
        registry.records[NPI] = a_record(active=False)
        clock.pass_by(timedelta(hours=25))

        self.recheck(uow, registry, clock)

        (event,) = uow.events_of(LicenceRefused)
        assert event.refusal is LicenceRefusal.DEACTIVATED

    @pytest.mark.usefixtures("licensed")
    def test_goes_on_with_the_others_when_a_registry_is_silent(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, clock: FixedClock
    ) -> None:
        other, user = UUID(int=31), UUID(int=32)
        with uow:
            uow.users.add(a_physician_user(user_id=user, email="other@clinic.test"))
            uow.physicians.add(
                an_active_physician(physician_id=other, user_id=user, expires_on=date(2026, 3, 31))
            )
            uow.commit()
        uow.events.clear()
        registry.silent = True
        clock.pass_by(timedelta(days=40))

        with pytest.raises(LicenceRegistryUnavailable):
            self.recheck(uow, registry, clock)

        assert len(uow.events_of(LicenceExpired)) == 1
        assert len(uow.events_of(PhysicianSuspended)) == 1
        registry.silent = False
        assert self.recheck(uow, registry, clock) == 1

    def test_is_for_the_system(
        self, uow: FakeUnitOfWork, registry: InMemoryLicenceRegistry, clock: FixedClock
    ) -> None:
        with pytest.raises(AccessDenied):
            RecheckLicences(uow, registry, clock)(actor=OPERATOR)
