"""
What is asked of the store of physicians, of the fake and of PostgreSQL alike.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import frozen

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.cursors import MalformedCursor, read_cursor, write_cursor
from adapters.postgres.queries.physicians import PostgresPhysicianQueries
from adapters.postgres.rows import StaleAggregate
from application.physicians.ports import PhysiciansUnitOfWork
from application.physicians.search import FindPhysicians, NothingToFind
from application.shared.access import AccessDenied, Actor, Role
from domain.physicians.events import SuspensionReason
from domain.physicians.identity_check import IdentityCheckStatus, IdentityFinding
from domain.physicians.onboarding import PayoutAccountState
from domain.physicians.physician import Physician, PhysicianNotFound, PhysicianStatus
from domain.shared.ids import (
    ContractId,
    MalformedIdentifier,
    PhysicianId,
    UserId,
    to_wire,
)
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import (
    FIRST_OPERATOR,
    LICENCE,
    PHYSICIAN,
    a_contract,
    a_licence,
    a_physician_user,
    a_record,
    an_active_physician,
    an_applicant,
)
from tests.fakes.clock import MONDAY_NOON as NOW
from tests.fakes.money import FINANCE
from tests.fakes.physicians import InMemoryPhysicianQueries
from tests.fakes.unit_of_work import FakeUnitOfWork


@frozen
class Store:
    uow: PhysiciansUnitOfWork
    queries: InMemoryPhysicianQueries | PostgresPhysicianQueries

    def add(self, physician: Physician) -> None:
        user = a_physician_user(
            user_id=physician.user_id, email=f"{physician.user_id.hex}@clinic.test"
        )
        with self.uow as uow:
            uow.users.add(user)
            uow.physicians.add(physician)
            uow.commit()

    def save(self, physician: Physician) -> None:
        with self.uow as uow:
            uow.physicians.save(physician)
            uow.commit()

    def read(self, physician_id: PhysicianId = PHYSICIAN) -> Physician:
        with self.uow as uow:
            return uow.physicians.read(physician_id)


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "fake":
        fake = FakeUnitOfWork()
        yield Store(fake, InMemoryPhysicianQueries(fake.physicians))
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    try:
        yield Store(unit_of_work(engine), PostgresPhysicianQueries(engine))
    finally:
        engine.dispose()


def numbered(number: int) -> Physician:
    return an_applicant(
        physician_id=UUID(int=1000 + number),
        user_id=UUID(int=2000 + number),
        now=NOW + timedelta(minutes=number),
    )


def parts(physician: Physician) -> tuple[object, ...]:
    return (
        physician.name,
        physician.specialties,
        physician.languages,
        physician.time_zone,
        physician.status,
        physician.suspension,
        physician.applied_at,
        physician.identity,
        physician.licences,
        physician.contract,
        physician.offered_contract,
        physician.payout_account,
    )


class TestPhysicians:
    def test_come_back_as_they_were(self, store: Store) -> None:
        physician = an_active_physician()
        physician.add_licence(a_licence(licence_id=UUID(int=1 << 100)), now=NOW)
        physician.offer_contract(a_contract(contract_id=UUID(int=77), version=2), now=NOW)
        physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=NOW)
        store.add(physician)

        assert parts(store.read()) == parts(physician)

    def test_keep_every_change(self, store: Store) -> None:
        store.add(an_applicant())
        with store.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.begin_identity_check(now=NOW)
            physician.identity_check_started(attempt=1, reference="vs_1", now=NOW)
            physician.record_identity(
                IdentityFinding(
                    reference="vs_1",
                    status=IdentityCheckStatus.VERIFIED,
                    checked_fields=frozenset({"dob", "last_name"}),
                ),
                now=NOW,
            )
            physician.add_licence(a_licence(), now=NOW)
            physician.check_licence(LICENCE, a_record(), now=NOW)
            physician.record_payout_account(PayoutAccountState.RESTRICTED, now=NOW)
            uow.physicians.save(physician)
            uow.commit()

        assert parts(store.read()) == parts(physician)

    def test_keep_attestations(self, store: Store) -> None:
        physician = an_applicant()
        physician.add_licence(a_licence(), now=NOW)
        physician.attest_licence(LICENCE, by=FIRST_OPERATOR, evidence="page 1", now=NOW)
        store.add(physician)

        assert store.read().licence(LICENCE).attestations == physician.licences[0].attestations

    def test_keep_only_the_latest_unsigned_offer(self, store: Store) -> None:
        store.add(an_applicant())
        for version in (1, 2):
            with store.uow as uow:
                physician = uow.physicians.get(PHYSICIAN)
                contract = a_contract(contract_id=UUID(int=70 + version), version=version)
                physician.offer_contract(contract, now=NOW)
                uow.physicians.save(physician)
                uow.commit()
        with store.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.sign_contract(ContractId(UUID(int=72)), now=NOW)
            uow.physicians.save(physician)
            uow.commit()

        found = store.read()
        assert found.offered_contract is None
        assert found.contract is not None
        assert found.contract.commission_plan_version == 2

    def test_are_gone_without_a_commit(self, store: Store) -> None:
        with store.uow as uow:
            uow.users.add(a_physician_user())
            uow.physicians.add(an_applicant())

        with pytest.raises(PhysicianNotFound):
            store.read()

    def test_are_found_by_the_vendors_reference(self, store: Store) -> None:
        physician = an_applicant()
        physician.begin_identity_check(now=NOW)
        physician.identity_check_started(attempt=1, reference="vs_1", now=NOW)
        store.add(physician)

        with store.uow as uow:
            assert uow.physicians.find_by_identity_reference("vs_1") == PHYSICIAN
            assert uow.physicians.find_by_identity_reference("vs_2") is None

    def test_name_their_unfinished_identity_checks(self, store: Store) -> None:
        for number in (1, 2, 3):
            physician = numbered(number)
            at = NOW + timedelta(minutes=10 - number)
            physician.begin_identity_check(now=at)
            if number > 1:
                physician.identity_check_started(attempt=1, reference=f"vs_{number}", now=at)
            store.add(physician)

        def unfinished(minutes: int, limit: int = 9, since: int = 0) -> tuple[str, ...]:
            with store.uow as uow:
                return uow.physicians.open_identity_checks(
                    since=NOW - timedelta(minutes=since),
                    before=NOW + timedelta(minutes=minutes),
                    limit=limit,
                )

        assert unfinished(7) == ()
        assert unfinished(10) == ("vs_3", "vs_2")
        assert unfinished(10, limit=1) == ("vs_3",)
        assert unfinished(10, since=-8) == ("vs_2",)

    def test_are_read_in_the_order_that_was_asked_for(self, store: Store) -> None:
        for number in (1, 2, 3):
            store.add(numbered(number))
        asked = tuple(PhysicianId(UUID(int=1000 + number)) for number in (3, 9, 1))

        with store.uow as uow:
            found = uow.physicians.read_many(asked)

        assert [physician.id.int for physician in found] == [1003, 1001]

    def test_are_due_when_a_verified_licence_was_not_looked_at(self, store: Store) -> None:
        for number, minutes in ((1, 30), (2, 10), (3, 20)):
            physician = numbered(number)
            physician.add_licence(a_licence(licence_id=UUID(int=number)), now=NOW)
            licence = physician.licences[0]
            physician.check_licence(licence.id, a_record(), now=NOW + timedelta(minutes=minutes))
            store.add(physician)
        unverified = numbered(4)
        unverified.add_licence(a_licence(licence_id=UUID(int=4)), now=NOW)
        store.add(unverified)

        def due(minutes: int, limit: int = 9) -> list[int]:
            with store.uow as uow:
                found = uow.physicians.due_for_licence_check(
                    before=NOW + timedelta(minutes=minutes), limit=limit
                )
            return [one.int - 1000 for one in found]

        assert due(10) == []
        assert due(30) == [2, 3]
        assert due(31) == [2, 3, 1]
        assert due(31, limit=1) == [2]

    def test_are_listed_page_by_page(self, store: Store) -> None:
        for number in (3, 1, 2):
            store.add(numbered(number))
        store.add(an_active_physician(physician_id=UUID(int=9), user_id=UserId(UUID(int=10))))
        applied = (PhysicianStatus.APPLIED,)

        first = store.queries.in_status(applied, limit=2, cursor=None)
        second = store.queries.in_status(applied, limit=2, cursor=first.next_cursor)

        assert [one.int - 1000 for one in first.items] == [1, 2]
        assert [one.int - 1000 for one in second.items] == [3]
        assert second.next_cursor is None


class TestFinding:
    @pytest.fixture
    def known(self, store: Store) -> Store:
        """Two who share a family name, and one whose title stands before another name."""
        for number, (given, family) in enumerate(
            [("Priya", "Raman"), ("Amelia", "Moreau"), ("Élodie", "Moreau-Diaz")], start=1
        ):
            user_id, physician_id = UUID(int=2000 + number), UUID(int=1000 + number)
            store.add(
                an_applicant(physician_id=physician_id, user_id=user_id, given=given, family=family)
            )
        return store

    @pytest.mark.parametrize(
        ("written", "names"),
        [
            ("moreau", ["Dr Amelia Moreau", "Dr Élodie Moreau-Diaz"]),
            (" Moreau  amel ", ["Dr Amelia Moreau"]),
            ("dr", ["Dr Amelia Moreau", "Dr Élodie Moreau-Diaz", "Dr Priya Raman"]),
            ("élodie", ["Dr Élodie Moreau-Diaz"]),
            ("_", []),
            ("nobody", []),
        ],
    )
    def test_by_words_of_the_name_by_family(
        self, known: Store, written: str, names: list[str]
    ) -> None:
        found = FindPhysicians(known.queries)(actor=FINANCE, written=written)

        assert [one.name for one in found] == names

    def test_by_the_reference(self, known: Store) -> None:
        find = FindPhysicians(known.queries)
        (second,) = find(actor=FINANCE, written="amelia")

        wire = to_wire("physician", second.physician_id)
        assert find(actor=FINANCE, written=f" {wire} ") == (second,)
        assert find(actor=FINANCE, written=to_wire("physician", UUID(int=7))) == ()
        assert second.status is PhysicianStatus.APPLIED

    def test_shows_no_more_than_twenty(self, store: Store) -> None:
        for number in range(1, 23):
            store.add(numbered(number))

        assert len(FindPhysicians(store.queries)(actor=FINANCE, written="moreau")) == 20

    def test_refuses_what_cannot_be_sought(self, known: Store) -> None:
        with pytest.raises(NothingToFind):
            FindPhysicians(known.queries)(actor=FINANCE, written="  ")
        with pytest.raises(MalformedIdentifier):
            FindPhysicians(known.queries)(actor=FINANCE, written="ph_nobody")

    @pytest.mark.parametrize("roles", [[Role.PHYSICIAN], [Role.PATIENT], []])
    def test_is_for_staff(self, known: Store, roles: list[Role]) -> None:
        with pytest.raises(AccessDenied):
            FindPhysicians(known.queries)(actor=Actor(roles=roles), written="moreau")


def test_a_physician_that_changed_in_between_is_not_overwritten(database_url: str) -> None:
    engine = build_engine(database_url)
    store = Store(unit_of_work(engine), PostgresPhysicianQueries(engine))
    store.add(an_applicant())
    one, other = store.read(), store.read()
    store.save(one)

    with pytest.raises(StaleAggregate):
        store.save(other)
    engine.dispose()


class TestCursors:
    def test_name_a_place(self) -> None:
        assert read_cursor(write_cursor("Ärzte", 7), str, int) == ("Ärzte", 7)
        assert read_cursor(None, str) is None

    @pytest.mark.parametrize("cursor", ["", "x", "%%%", write_cursor(7), write_cursor("a", "b")])
    def test_of_another_list_are_refused(self, cursor: str) -> None:
        with pytest.raises(MalformedCursor):
            read_cursor(cursor, str)
