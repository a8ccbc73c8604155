from datetime import timedelta

import pytest

from application.identity.queries import ListSessions
from application.identity.sign_in import SignOut, SignOutElsewhere
from application.shared.access import ActorKind
from domain.identity.events import UserRegistered
from domain.identity.lockout import SecondFactorRequired, SignInLocked, WrongCredentials
from domain.identity.password import WeakPassword
from domain.identity.session import IDLE, NotSignedIn, SessionNotFound
from domain.identity.user import EmailTaken
from domain.shared.contact import EmailAddress
from tests.application.identity.conftest import EMAIL, PASSWORD, Door

NOBODY = EmailAddress("nobody@example.com")


class TestRegisterUser:
    def test_opens_an_account_without_a_role(self, door: Door) -> None:
        user_id = door.register()

        actor = door.signed_in()
        assert (actor.user_id, actor.roles) == (user_id, frozenset())
        assert [event.user_id for event in door.uow.events_of(UserRegistered)] == [user_id]

    def test_refuses_an_address_that_is_taken_in_whatever_case(self, door: Door) -> None:
        door.register()

        with pytest.raises(EmailTaken):
            door.register(email=EmailAddress("Amelia@Example.com"))

    def test_refuses_a_weak_password(self, door: Door) -> None:
        with pytest.raises(WeakPassword):
            door.register(password="password1234")

        assert not door.uow.committed


class TestSignIn:
    def test_opens_a_session_that_says_who_it_is(self, door: Door) -> None:
        user_id = door.register()

        issued = door.sign_in(email=EmailAddress("AMELIA@example.com"))

        actor = door.authenticate(issued.token)
        assert (actor.kind, actor.user_id, actor.session_id) == (
            ActorKind.PERSON,
            user_id,
            issued.session_id,
        )
        assert door.actions()[-1] == "user.signed_in"
        assert issued.token not in repr(issued)

    def test_stores_no_token_that_could_be_used(self, door: Door) -> None:
        door.register()
        issued = door.sign_in()

        assert issued.token.encode() not in door.uow.sessions.all()[0].token_hash

    def test_treats_an_unknown_address_like_a_wrong_password(self, door: Door) -> None:
        door.register()
        seen = []
        for email, password in ((EMAIL, "wrong password"), (NOBODY, PASSWORD)):
            compared, commits = door.passwords.comparisons, door.uow.commits
            with pytest.raises(WrongCredentials) as refused:
                door.sign_in(email=email, password=password)
            seen.append(
                (
                    str(refused.value),
                    door.passwords.comparisons - compared,
                    door.uow.commits - commits,
                    door.actions()[-1],
                )
            )

        assert seen[0] == seen[1]

    @pytest.mark.parametrize("email", [EMAIL, NOBODY])
    def test_locks_after_a_few_failures_and_remembers(
        self, door: Door, email: EmailAddress
    ) -> None:
        door.register()
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                door.sign_in(email=email, password="wrong password")

        with pytest.raises(SignInLocked) as locked:
            door.sign_in(email=email, password=PASSWORD)

        assert locked.value.retry_at == door.clock.now() + timedelta(seconds=30)

    def test_opens_again_after_the_wait(self, door: Door) -> None:
        door.register()
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                door.sign_in(password="wrong password")
        door.clock.pass_by(timedelta(seconds=30))

        door.sign_in()

        assert door.uow.sign_in_guards.rows[EMAIL.canonical].failures == 0

    def test_renews_a_hash_made_with_older_parameters(self, door: Door) -> None:
        user_id = door.register()
        door.passwords.generation = 2

        door.sign_in()

        stored = door.queries.users.get(user_id).password_hash
        assert stored is not None
        assert not door.passwords.is_outdated(stored)


class TestAuthenticate:
    def test_refuses_a_token_that_it_did_not_give(self, door: Door) -> None:
        with pytest.raises(NotSignedIn):
            door.authenticate("token-99")

    def test_refuses_after_signing_out(self, door: Door) -> None:
        door.register()
        issued = door.sign_in()
        actor = door.authenticate(issued.token)

        for _ in range(2):
            SignOut(door.uow, door.clock)(actor=actor)

        with pytest.raises(NotSignedIn):
            door.authenticate(issued.token)

    def test_refuses_when_idle_too_long(self, door: Door) -> None:
        door.register()
        issued = door.sign_in()
        door.clock.pass_by(IDLE)

        with pytest.raises(NotSignedIn):
            door.authenticate(issued.token)

    def test_slides_while_it_is_used(self, door: Door) -> None:
        door.register()
        issued = door.sign_in()
        for _ in range(5):
            door.clock.pass_by(timedelta(minutes=45))
            door.authenticate(issued.token)

    def test_ends_at_its_latest_hour_however_much_it_is_used(self, door: Door) -> None:
        door.register()
        issued = door.sign_in()
        while door.clock.now() + timedelta(minutes=45) < issued.expires_at:
            door.clock.pass_by(timedelta(minutes=45))
            door.authenticate(issued.token)
        door.clock.pass_by(timedelta(minutes=45))

        with pytest.raises(NotSignedIn):
            door.authenticate(issued.token)

    def test_does_not_turn_every_request_into_a_write(self, door: Door) -> None:
        door.register()
        issued = door.sign_in()
        commits = door.uow.commits
        for _ in range(10):
            door.authenticate(issued.token)
            door.clock.pass_by(timedelta(seconds=5))

        assert door.uow.commits == commits


class TestDevices:
    def test_are_listed_with_the_present_one_marked(self, door: Door) -> None:
        door.register()
        door.sign_in(device="Phone")
        actor = door.signed_in(device="Laptop")

        listed = ListSessions(door.queries, door.clock)(actor=actor)

        assert [(s.device, s.is_current) for s in listed] == [("Laptop", True), ("Phone", False)]

    def test_can_be_signed_out_one_by_one_and_all_others_at_once(self, door: Door) -> None:
        door.register()
        first, second, third = (door.sign_in() for _ in range(3))
        actor = door.authenticate(third.token)

        SignOut(door.uow, door.clock)(actor=actor, session_id=first.session_id)
        assert SignOutElsewhere(door.uow, door.clock)(actor=actor) == 1

        for token in (first.token, second.token):
            with pytest.raises(NotSignedIn):
                door.authenticate(token)
        door.authenticate(third.token)

    def test_of_others_are_not_found(self, door: Door) -> None:
        door.register()
        theirs = door.sign_in()
        door.register(email=NOBODY)
        actor = door.signed_in(email=NOBODY)

        with pytest.raises(SessionNotFound):
            SignOut(door.uow, door.clock)(actor=actor, session_id=theirs.session_id)


class TestSecondFactorAtTheDoor:
    @pytest.fixture
    def guarded(self, door: Door) -> Door:
        from application.identity.second_factors import ConfirmSecondFactor

        door.register()
        actor = door.signed_in()
        door.enrol(actor)
        ConfirmSecondFactor(door.uow, door.clock, door.second_factors)(
            actor=actor, code=self.code(door)
        )
        door.clock.pass_by(timedelta(minutes=1))
        return door

    def code(self, door: Door) -> str:
        return door.second_factors.code(door.clock.now())

    def test_is_asked_for_after_the_right_password_only(self, guarded: Door) -> None:
        with pytest.raises(WrongCredentials):
            guarded.sign_in(password="wrong password")
        with pytest.raises(SecondFactorRequired):
            guarded.sign_in()

    def test_opens_a_session_that_is_stepped_up(self, guarded: Door) -> None:
        actor = guarded.signed_in(code=self.code(guarded))

        assert actor.stepped_up_at == guarded.clock.now()

    def test_refuses_a_wrong_code_like_a_wrong_password(self, guarded: Door) -> None:
        with pytest.raises(WrongCredentials):
            guarded.sign_in(code="000000")

    def test_takes_no_code_twice(self, guarded: Door) -> None:
        from domain.identity.second_factor import CodeAlreadyUsed

        code = self.code(guarded)
        guarded.sign_in(code=code)

        with pytest.raises(CodeAlreadyUsed):
            guarded.sign_in(code=code)

    def test_wrong_codes_lock_the_door(self, guarded: Door) -> None:
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                guarded.sign_in(code="000000")

        with pytest.raises(SignInLocked):
            guarded.sign_in(code=self.code(guarded))
