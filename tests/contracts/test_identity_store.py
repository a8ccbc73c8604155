"""
What is asked of the store of accounts and sessions, of the fake and of PostgreSQL alike.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import frozen
from sqlalchemy import create_engine

from adapters.postgres.queries.identity import PostgresIdentityQueries
from application.identity.forgetting import ForgetSignIns
from application.identity.ports import IdentityUnitOfWork
from application.identity.queries import IdentityQueries
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.identity.machine_client import MachineClient, MachineClientNotFound
from domain.identity.one_time_token import OneTimeToken, TokenPurpose, TokenSpent
from domain.identity.session import Session, SessionNotFound
from domain.identity.user import EmailTaken, User, UserNotFound
from domain.shared.contact import EmailAddress
from domain.shared.ids import MachineClientId, PatientId, PhysicianId, SessionId, UserId
from tests.adapters.postgres.transactions import CIPHER, unit_of_work
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.identity import InMemoryIdentityQueries
from tests.fakes.unit_of_work import FakeUnitOfWork

EMAIL = EmailAddress("Amelia@example.com")
CLOCK = FixedClock()
NOW = CLOCK.now()


@frozen
class Store:
    uow: IdentityUnitOfWork
    queries: IdentityQueries
    ids: SequentialIds

    def add(self, email: EmailAddress = EMAIL) -> User:
        user = User.register(
            id=UserId(self.ids.new()),
            email=email,
            name="Amelia Moreau",
            password_hash="hash",
            locale="en-AU",
            time_zone="Australia/Sydney",
            now=NOW,
        )
        with self.uow as uow:
            uow.users.add(user)
            uow.commit()
        return user

    def user(self, user_id: UserId) -> User:
        with self.uow as uow:
            return uow.users.get(user_id)

    def open_session(self, user_id: UserId, token_hash: bytes = b"token hash") -> Session:
        session = Session.of_person(
            id=SessionId(self.ids.new()),
            token_hash=token_hash,
            user_id=user_id,
            device="Firefox",
            stepped_up=True,
            now=NOW,
        )
        with self.uow as uow:
            uow.sessions.add(session)
            uow.commit()
        return session

    def client(self) -> MachineClient:
        client = MachineClient.issue(
            id=MachineClientId(self.ids.new()),
            name="Reports",
            secret_hash=b"secret hash",
            roles=frozenset({Role.FINANCE}),
            scopes=frozenset({"payouts:read"}),
            created_by=None,
            now=NOW,
        )
        with self.uow as uow:
            uow.machine_clients.add(client)
            uow.commit()
        return client


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    ids = SequentialIds()
    if request.param == "fake":
        fake = FakeUnitOfWork()
        queries = InMemoryIdentityQueries(fake.users, fake.sessions, fake.machine_clients)
        yield Store(fake, queries, ids)
        return
    engine = create_engine(request.getfixturevalue("database_url"))
    yield Store(unit_of_work(engine, ids=ids), PostgresIdentityQueries(engine, CIPHER), ids)
    engine.dispose()


class TestUsers:
    def test_come_back_as_they_were_saved(self, store: Store) -> None:
        user = store.add()
        with store.uow as uow:
            changed = uow.users.get(user.id)
            changed.become_patient(PatientId(store.ids.new()))
            changed.become_physician(PhysicianId(store.ids.new()))
            changed.appoint(frozenset({Role.FINANCE}))
            changed.prepare_second_factor("SECRET")
            changed.use_second_factor(step=7, now=NOW)
            changed.mail_came_back(now=NOW)
            uow.users.save(changed)
            uow.commit()

        again = store.user(user.id)
        assert (again.email, again.name, again.password_hash) == (EMAIL, "Amelia Moreau", "hash")
        assert (again.roles, again.status) == (changed.roles, changed.status)
        assert (again.patient_id, again.physician_id) == (
            changed.patient_id,
            changed.physician_id,
        )
        assert again.second_factor == changed.second_factor
        assert again.email_bounced_at == NOW
        assert (again.locale, again.time_zone) == ("en-AU", "Australia/Sydney")
        assert again.registered_at == NOW

    def test_are_undone_without_a_commit(self, store: Store) -> None:
        user = store.add()
        with store.uow as uow:
            changed = uow.users.get(user.id)
            changed.suspend(now=NOW)
            uow.users.save(changed)

        assert store.user(user.id).can_sign_in

    def test_are_found_by_address_in_whatever_case(self, store: Store) -> None:
        user = store.add()

        with store.uow as uow:
            found = uow.users.find_by_email(EmailAddress("aMELIA@EXAMPLE.com"))
            missing = uow.users.find_by_email(EmailAddress("other@example.com"))

        assert found is not None
        assert (found.id, missing) == (user.id, None)

    def test_share_no_address(self, store: Store) -> None:
        store.add()
        other = store.add(EmailAddress("other@example.com"))

        with pytest.raises(EmailTaken):
            store.add(EmailAddress("AMELIA@example.com"))
        with store.uow as uow:
            changed = uow.users.get(other.id)
            changed.email = EMAIL
            with pytest.raises(EmailTaken):
                uow.users.save(changed)

    def test_unknown_ones_are_not_found(self, store: Store) -> None:
        with store.uow as uow:
            with pytest.raises(UserNotFound):
                uow.users.get(UserId(store.ids.new()))
            with pytest.raises(UserNotFound):
                uow.users.read(UserId(store.ids.new()))

    def test_are_listed_and_viewed(self, store: Store) -> None:
        user = store.add()

        view = store.queries.find_user(user.id)

        assert view is not None
        assert (view.email, view.name, view.has_second_factor) == (
            EMAIL.value,
            "Amelia Moreau",
            False,
        )
        assert store.queries.list_users(limit=10, cursor=None, role=None).items == (view,)
        assert store.queries.list_users(limit=10, cursor=None, role=Role.FINANCE).items == ()
        assert store.queries.find_user(UserId(store.ids.new())) is None


class TestSessions:
    def test_come_back_as_they_were_saved(self, store: Store) -> None:
        session = store.open_session(store.add().id)
        later = NOW + timedelta(minutes=10)
        with store.uow as uow:
            changed = uow.sessions.get(session.id)
            changed.see(now=later)
            uow.sessions.save(changed)
            uow.commit()

        with store.uow as uow:
            again = uow.sessions.get(session.id)
        assert (again.last_seen_at, again.idle_expires_at) == (later, changed.idle_expires_at)
        assert (again.device, again.stepped_up_at) == ("Firefox", NOW)

    def test_are_found_by_the_hash_of_their_token(self, store: Store) -> None:
        user = store.add()
        session = store.open_session(user.id)

        holder = store.queries.find_session(b"token hash")

        assert holder is not None
        assert (holder.session_id, holder.user_id, holder.may_enter) == (session.id, user.id, True)
        assert holder.stepped_up_at == NOW
        assert store.queries.find_session(b"another") is None

    def test_of_a_suspended_person_may_not_enter(self, store: Store) -> None:
        user = store.add()
        store.open_session(user.id)
        with store.uow as uow:
            changed = uow.users.get(user.id)
            changed.suspend(now=NOW)
            uow.users.save(changed)
            uow.commit()

        holder = store.queries.find_session(b"token hash")

        assert holder is not None
        assert not holder.may_enter

    def test_lasting_ones_are_listed_newest_first(self, store: Store) -> None:
        user = store.add()
        first, second, ended = (store.open_session(user.id, bytes([n]) * 32) for n in range(3))
        store.open_session(store.add(EmailAddress("other@example.com")).id)
        with store.uow as uow:
            changed = uow.sessions.get(ended.id)
            changed.end(now=NOW)
            uow.sessions.save(changed)
            uow.commit()

        listed = store.queries.list_sessions(user.id, now=NOW)
        with store.uow as uow:
            lasting = {each.id for each in uow.sessions.lasting_of(user.id)}

        assert [each.id for each in listed] == [second.id, first.id]
        assert lasting == {first.id, second.id}
        assert store.queries.list_sessions(user.id, now=NOW + timedelta(hours=13)) == []

    def test_unknown_ones_are_not_found(self, store: Store) -> None:
        with store.uow as uow, pytest.raises(SessionNotFound):
            uow.sessions.get(SessionId(store.ids.new()))


class TestGuards:
    def test_remember_attempts_by_address(self, store: Store) -> None:
        for attempts in range(3):
            with store.uow as uow:
                guard = uow.sign_in_guards.of(EMAIL)
                assert guard.failures == attempts
                guard.admit(now=NOW)
                uow.sign_in_guards.save(guard)
                uow.commit()

        with store.uow as uow:
            same = uow.sign_in_guards.of(EmailAddress("amelia@EXAMPLE.com"))
            other = uow.sign_in_guards.of(EmailAddress("other@example.com"))
        assert (same.failures, other.failures) == (3, 0)


class TestMachineClients:
    def test_come_back_as_they_were_saved(self, store: Store) -> None:
        client = store.client()
        with store.uow as uow:
            changed = uow.machine_clients.get(client.id)
            changed.revoke(now=NOW)
            uow.machine_clients.save(changed)
            uow.commit()

        with store.uow as uow:
            again = uow.machine_clients.get(client.id)
        assert (again.roles, again.scopes, again.revoked_at) == (
            frozenset({Role.FINANCE}),
            frozenset({"payouts:read"}),
            NOW,
        )
        assert [view.id for view in store.queries.list_machine_clients()] == [client.id]
        with store.uow as uow, pytest.raises(MachineClientNotFound):
            uow.machine_clients.get(MachineClientId(store.ids.new()))

    def test_hold_sessions(self, store: Store) -> None:
        client = store.client()
        session = Session.of_machine(
            id=SessionId(store.ids.new()),
            token_hash=b"machine token",
            machine_client_id=client.id,
            scopes=frozenset({"payouts:read"}),
            now=NOW,
        )
        with store.uow as uow:
            uow.sessions.add(session)
            uow.commit()

        holder = store.queries.find_session(b"machine token")

        assert holder is not None
        assert (holder.machine_client_id, holder.label, holder.may_enter) == (
            client.id,
            "Reports",
            True,
        )
        assert (holder.roles, holder.scopes) == (client.roles, client.scopes)


class TestOneTimeTokens:
    def test_stay_used(self, store: Store) -> None:
        token = OneTimeToken.issue(
            token_hash=b"hash",
            purpose=TokenPurpose.INVITATION,
            user_id=store.add().id,
            now=NOW,
        )
        with store.uow as uow:
            uow.one_time_tokens.add(token)
            uow.commit()
        with store.uow as uow:
            stored = uow.one_time_tokens.get(b"hash")
            stored.use(purpose=TokenPurpose.INVITATION, now=NOW)
            uow.one_time_tokens.save(stored)
            uow.commit()

        with store.uow as uow:
            assert uow.one_time_tokens.get(b"hash").used_at == NOW
            with pytest.raises(TokenSpent):
                uow.one_time_tokens.get(b"other")

    def test_are_counted_by_person_purpose_and_time(self, store: Store) -> None:
        one, other = store.add().id, store.add(EmailAddress("other@example.com")).id
        given = [
            (one, TokenPurpose.PASSWORD_RESET, NOW),
            (one, TokenPurpose.PASSWORD_RESET, NOW - timedelta(hours=1)),
            (one, TokenPurpose.INVITATION, NOW),
            (other, TokenPurpose.PASSWORD_RESET, NOW),
        ]
        with store.uow as uow:
            for number, (user_id, purpose, now) in enumerate(given):
                uow.one_time_tokens.add(
                    OneTimeToken.issue(
                        token_hash=bytes([number]), purpose=purpose, user_id=user_id, now=now
                    )
                )
            uow.commit()

        with store.uow as uow:
            counted = uow.one_time_tokens.count(
                one, purpose=TokenPurpose.PASSWORD_RESET, issued_after=NOW - timedelta(hours=1)
            )

        assert counted == 1

    def test_are_spent_together_and_only_ones_own(self, store: Store) -> None:
        one, other = store.add().id, store.add(EmailAddress("other@example.com")).id
        with store.uow as uow:
            for number, user_id in enumerate((one, one, other)):
                uow.one_time_tokens.add(
                    OneTimeToken.issue(
                        token_hash=bytes([number]),
                        purpose=TokenPurpose.PASSWORD_RESET,
                        user_id=user_id,
                        now=NOW,
                    )
                )
            uow.one_time_tokens.spend_all_of(one, now=NOW)
            uow.commit()

        with store.uow as uow:
            used = [uow.one_time_tokens.get(bytes([number])).used_at for number in range(3)]

        assert used == [NOW, NOW, None]


def test_what_nothing_can_come_of_is_forgotten(store: Store) -> None:
    user = store.add()
    session = store.open_session(user.id)
    token = OneTimeToken.issue(
        token_hash=b"hash", purpose=TokenPurpose.INVITATION, user_id=user.id, now=NOW
    )
    with store.uow as uow:
        uow.one_time_tokens.add(token)
        guard = uow.sign_in_guards.of(EMAIL)
        guard.admit(now=NOW)
        uow.sign_in_guards.save(guard)
        uow.commit()
    clock = FixedClock(NOW + timedelta(days=5))
    forget = ForgetSignIns(store.uow, clock)

    assert forget(actor=SYSTEM) == 0
    clock.pass_by(timedelta(days=3))
    assert forget(actor=SYSTEM) == 1
    clock.pass_by(timedelta(days=60))
    assert forget(actor=SYSTEM) == 2

    with store.uow as uow, pytest.raises(SessionNotFound):
        uow.sessions.get(session.id)
    with pytest.raises(AccessDenied):
        forget(actor=Actor())
