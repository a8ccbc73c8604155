from datetime import timedelta

import pytest
from attrs import evolve

from application.identity.accounts import (
    AppointStaff,
    ChangePassword,
    IssueMachineClient,
    ReinstateUser,
    RevokeMachineClient,
    SuspendUser,
)
from application.identity.authentication import AuthenticateMachine, IssueMachineToken
from application.identity.queries import (
    ListMachineClients,
    ListUsers,
    ViewAccount,
)
from application.identity.registration import (
    ChoosePassword,
    InviteStaff,
    RequestPasswordReset,
    SendPasswordReset,
)
from application.identity.second_factors import (
    ConfirmSecondFactor,
    DropSecondFactor,
    StepUp,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role, require_person
from domain.identity.events import PasswordResetRequested
from domain.identity.lockout import SignInLocked, WrongCredentials
from domain.identity.machine_client import UnfitMachineRole, UnfitScope
from domain.identity.one_time_token import TokenSpent
from domain.identity.password import WeakPassword
from domain.identity.session import NotSignedIn, StepUpRequired
from domain.identity.user import EmailTaken, NotAStaffRole
from domain.shared.contact import EmailAddress
from domain.shared.ids import UserId
from tests.application.identity.conftest import EMAIL, PASSWORD, Door

NEW_PASSWORD = "another long phrase"
COLLEAGUE = EmailAddress("colleague@example.com")


class TestChangePassword:
    def test_ends_all_other_sessions(self, door: Door) -> None:
        door.register()
        other, mine = door.sign_in(), door.sign_in()
        actor = door.authenticate(mine.token)

        ChangePassword(door.uow, door.clock, door.passwords)(
            actor=actor, old_password=PASSWORD, new_password=NEW_PASSWORD
        )

        door.authenticate(mine.token)
        with pytest.raises(NotSignedIn):
            door.authenticate(other.token)
        with pytest.raises(WrongCredentials):
            door.sign_in()
        door.sign_in(password=NEW_PASSWORD)

    def test_takes_the_old_password_and_a_good_new_one(self, door: Door) -> None:
        door.register()
        actor = door.signed_in()
        change = ChangePassword(door.uow, door.clock, door.passwords)

        with pytest.raises(WrongCredentials):
            change(actor=actor, old_password="wrong password", new_password=NEW_PASSWORD)
        with pytest.raises(WeakPassword):
            change(actor=actor, old_password=PASSWORD, new_password="short")

    def test_guessing_the_old_password_is_slowed_down(self, door: Door) -> None:
        door.register()
        actor = door.signed_in()
        change = ChangePassword(door.uow, door.clock, door.passwords)
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                change(actor=actor, old_password="wrong password", new_password=NEW_PASSWORD)

        with pytest.raises(SignInLocked):
            change(actor=actor, old_password=PASSWORD, new_password=NEW_PASSWORD)


class TestForgottenPassword:
    def test_is_replaced_by_the_link_in_the_letter(self, door: Door) -> None:
        door.register()
        open_session = door.sign_in()
        door.forget()
        ((to, token),) = door.mail.resets
        choose = ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)

        choose(token=token, password=NEW_PASSWORD)

        assert to == EMAIL.value
        door.sign_in(password=NEW_PASSWORD)
        with pytest.raises(NotSignedIn):
            door.authenticate(open_session.token)
        with pytest.raises(TokenSpent):
            choose(token=token, password=NEW_PASSWORD)

    def test_says_nothing_to_somebody_without_an_account(self, door: Door) -> None:
        door.register()
        for email in (COLLEAGUE, EMAIL):
            RequestPasswordReset(door.uow, door.clock)(email=email)

        assert [one.user_id for one in door.uow.events_of(PasswordResetRequested)] == [
            door.uow.users.all()[0].id
        ]
        assert door.actions()[-2:] == ["user.password_reset_requested"] * 2
        assert door.mail.resets == []

    def test_sends_a_few_links_an_hour_at_most(self, door: Door) -> None:
        door.register()
        for _ in range(5):
            door.forget()
        assert len(door.mail.resets) == 3
        door.clock.pass_by(timedelta(hours=1, minutes=1))

        door.forget()

        assert len(door.mail.resets) == 4

    def test_sends_none_to_one_who_was_suspended_meanwhile(self, door: Door) -> None:
        user_id = door.register()
        SuspendUser(door.uow, door.clock)(
            actor=door.administrator(), user_id=user_id, reason="a stolen phone"
        )

        SendPasswordReset(door.uow, door.clock, door.tokens, door.mail)(
            actor=SYSTEM, user_id=user_id
        )

        assert door.mail.resets == []

    def test_links_are_sent_by_the_platform_alone(self, door: Door) -> None:
        user_id = door.register()

        with pytest.raises(AccessDenied):
            SendPasswordReset(door.uow, door.clock, door.tokens, door.mail)(
                actor=door.signed_in(), user_id=user_id
            )

    def test_a_link_that_is_used_proves_that_mail_arrives(self, door: Door) -> None:
        user_id = door.register()
        with door.uow as uow:
            user = uow.users.get(user_id)
            user.mail_came_back(now=door.clock.now())
            uow.users.save(user)
            uow.commit()
        door.forget()

        ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)(
            token=door.mail.resets[0][1], password=NEW_PASSWORD
        )

        assert door.uow.users.get(user_id).email_bounced_at is None

    def test_a_weak_password_does_not_spend_the_link(self, door: Door) -> None:
        door.register()
        door.forget()
        token = door.mail.resets[0][1]
        choose = ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)
        with pytest.raises(WeakPassword):
            choose(token=token, password="short")

        choose(token=token, password=NEW_PASSWORD)

    def test_a_new_password_spends_every_other_link(self, door: Door) -> None:
        door.register()
        for _ in range(3):
            door.forget()
        first, second, third = (token for _, token in door.mail.resets)
        choose = ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)
        choose(token=second, password=NEW_PASSWORD)

        for left_over in (first, third):
            with pytest.raises(TokenSpent):
                choose(token=left_over, password=PASSWORD)

    def test_a_changed_password_spends_them_too(self, door: Door) -> None:
        door.register()
        door.forget()
        ChangePassword(door.uow, door.clock, door.passwords)(
            actor=door.signed_in(), old_password=PASSWORD, new_password=NEW_PASSWORD
        )

        with pytest.raises(TokenSpent):
            ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)(
                token=door.mail.resets[0][1], password=PASSWORD
            )

    def test_the_link_is_good_for_an_hour(self, door: Door) -> None:
        door.register()
        door.forget()
        door.clock.pass_by(timedelta(hours=1))

        with pytest.raises(TokenSpent):
            ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)(
                token=door.mail.resets[0][1], password=NEW_PASSWORD
            )


class TestInviteStaff:
    def invite(self, door: Door, actor: Actor, roles: frozenset[Role]) -> UserId:
        invite = InviteStaff(door.uow, door.clock, door.ids, door.tokens, door.mail)
        return invite(actor=actor, email=COLLEAGUE, name="Colleague", roles=roles)

    def test_lets_the_invited_choose_a_password(self, door: Door) -> None:
        boss = door.administrator()
        user_id = self.invite(door, boss, frozenset({Role.FINANCE}))
        with pytest.raises(WrongCredentials):
            door.sign_in(email=COLLEAGUE)

        ChoosePassword(door.uow, door.clock, door.passwords, door.tokens)(
            token=door.mail.invitations[0][1], password=NEW_PASSWORD
        )

        actor = door.signed_in(email=COLLEAGUE, password=NEW_PASSWORD)
        assert (actor.user_id, actor.roles) == (user_id, frozenset({Role.FINANCE}))

    def test_who_has_a_second_factor_gives_it_again(self, door: Door) -> None:
        boss = evolve(door.administrator(), stepped_up_at=door.clock.now())
        door.clock.pass_by(timedelta(minutes=16))

        with pytest.raises(StepUpRequired):
            self.invite(door, boss, frozenset({Role.FINANCE}))
        with pytest.raises(StepUpRequired):
            IssueMachineClient(door.uow, door.clock, door.ids, door.tokens)(
                actor=boss, name="Reports", roles=frozenset(), scopes=frozenset()
            )
        user_id = door.register()
        with pytest.raises(StepUpRequired):
            AppointStaff(door.uow, door.clock)(
                actor=boss, user_id=user_id, roles=frozenset({Role.FINANCE})
            )
        SuspendUser(door.uow, door.clock)(actor=boss, user_id=user_id, reason="a stolen phone")
        with pytest.raises(StepUpRequired):
            ReinstateUser(door.uow, door.clock)(actor=boss, user_id=user_id, reason="found")

    def test_again_sends_another_link_to_the_same_account(self, door: Door) -> None:
        boss = door.administrator()
        first = self.invite(door, boss, frozenset({Role.FINANCE}))
        second = self.invite(door, boss, frozenset({Role.OPERATIONS}))

        assert first == second
        assert door.uow.users.get(first).roles == {Role.OPERATIONS}
        assert len(door.mail.invitations) == 2

    def test_refuses_somebody_with_an_account(self, door: Door) -> None:
        boss = door.administrator()
        door.register(email=COLLEAGUE)

        with pytest.raises(EmailTaken):
            self.invite(door, boss, frozenset({Role.FINANCE}))

    def test_is_for_administrators_and_staff_roles(self, door: Door) -> None:
        door.register()
        with pytest.raises(AccessDenied):
            self.invite(door, door.signed_in(), frozenset({Role.FINANCE}))
        with pytest.raises(NotAStaffRole):
            self.invite(door, door.administrator(), frozenset({Role.PHYSICIAN}))


class TestLookingAfterAccounts:
    def test_suspension_ends_sessions_at_once(self, door: Door) -> None:
        user_id = door.register()
        issued = door.sign_in()
        boss = door.administrator()
        suspend = SuspendUser(door.uow, door.clock)

        for _ in range(2):
            suspend(actor=boss, user_id=user_id, reason="asked to by law")

        with pytest.raises(NotSignedIn):
            door.authenticate(issued.token)
        with pytest.raises(WrongCredentials):
            door.sign_in()

        ReinstateUser(door.uow, door.clock)(actor=boss, user_id=user_id, reason="cleared up")
        door.sign_in()

    def test_appointment_takes_effect_in_open_sessions(self, door: Door) -> None:
        user_id = door.register()
        issued = door.sign_in()

        AppointStaff(door.uow, door.clock)(
            actor=door.administrator(), user_id=user_id, roles=frozenset({Role.OPERATIONS})
        )

        assert door.authenticate(issued.token).roles == {Role.OPERATIONS}

    def test_is_for_administrators(self, door: Door) -> None:
        user_id = door.register()
        actor = door.signed_in()
        with pytest.raises(AccessDenied):
            AppointStaff(door.uow, door.clock)(
                actor=actor, user_id=user_id, roles=frozenset({Role.ADMINISTRATOR})
            )
        with pytest.raises(AccessDenied):
            SuspendUser(door.uow, door.clock)(actor=actor, user_id=user_id, reason="no")
        with pytest.raises(AccessDenied):
            ListUsers(door.queries)(actor=actor)
        with pytest.raises(AccessDenied):
            ListMachineClients(door.queries)(actor=actor)

    def test_people_see_their_own_account_only(self, door: Door) -> None:
        user_id = door.register()
        other_id = door.register(email=COLLEAGUE)
        actor = door.signed_in()
        view = ViewAccount(door.queries)

        assert view(actor=actor, user_id=user_id).email == EMAIL.value
        with pytest.raises(AccessDenied):
            view(actor=actor, user_id=other_id)
        assert view(actor=door.administrator(), user_id=other_id).email == COLLEAGUE.value


class TestSecondFactor:
    def enrolled(self, door: Door) -> Actor:
        door.register()
        actor = door.signed_in()
        enrolment = door.enrol(actor)
        assert EMAIL.value in enrolment.uri
        assert enrolment.secret not in repr(enrolment)
        return actor

    def code(self, door: Door) -> str:
        return door.second_factors.code(door.clock.now())

    def test_is_set_up_by_who_knows_the_password(self, door: Door) -> None:
        door.register()
        actor = door.signed_in()
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                door.enrol(actor, password="a wrong password")

        with pytest.raises(SignInLocked):
            door.enrol(actor)
        assert all(user.second_factor is None for user in door.uow.users.all())

    def test_steps_the_session_up(self, door: Door) -> None:
        actor = self.enrolled(door)
        ConfirmSecondFactor(door.uow, door.clock, door.second_factors)(
            actor=actor, code=self.code(door)
        )
        door.clock.pass_by(timedelta(minutes=20))

        StepUp(door.uow, door.clock, door.second_factors)(actor=actor, code=self.code(door))

        assert actor.session_id is not None
        session = door.uow.sessions.get(actor.session_id)
        assert session.stepped_up_at == door.clock.now()

    def test_ends_the_sessions_that_were_opened_without_it(self, door: Door) -> None:
        actor = self.enrolled(door)
        other = door.sign_in()

        ConfirmSecondFactor(door.uow, door.clock, door.second_factors)(
            actor=actor, code=self.code(door)
        )

        with pytest.raises(NotSignedIn):
            door.authenticate(other.token)
        assert actor.session_id is not None
        assert door.uow.sessions.get(actor.session_id).ended_at is None

    def test_refuses_wrong_codes_and_then_locks(self, door: Door) -> None:
        actor = self.enrolled(door)
        step_up = StepUp(door.uow, door.clock, door.second_factors)
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                step_up(actor=actor, code="0")

        with pytest.raises(SignInLocked):
            step_up(actor=actor, code=self.code(door))

    def test_is_dropped_by_a_code_only(self, door: Door) -> None:
        actor = self.enrolled(door)
        ConfirmSecondFactor(door.uow, door.clock, door.second_factors)(
            actor=actor, code=self.code(door)
        )
        door.clock.pass_by(timedelta(minutes=1))
        drop = DropSecondFactor(door.uow, door.clock, door.second_factors)
        with pytest.raises(WrongCredentials):
            drop(actor=actor, code="0")

        drop(actor=actor, code=self.code(door))

        door.sign_in()


class TestMachineClients:
    def test_are_actors_that_are_no_persons(self, door: Door) -> None:
        issued = IssueMachineClient(door.uow, door.clock, door.ids, door.tokens)(
            actor=door.administrator(),
            name="Reports",
            roles=frozenset({Role.OPERATIONS}),
            scopes=frozenset({"consultations:read", "payouts:read"}),
        )
        issue_token = IssueMachineToken(door.uow, door.clock, door.ids, door.tokens)
        token = issue_token(
            client_id=issued.client_id, secret=issued.secret, scopes=frozenset({"payouts:read"})
        )

        direct = AuthenticateMachine(door.uow, door.tokens)(
            client_id=issued.client_id, secret=issued.secret
        )
        by_token = door.authenticate(token.token)

        assert direct.scopes == {"consultations:read", "payouts:read"}
        assert by_token.scopes == {"payouts:read"}
        for actor in (direct, by_token):
            assert (actor.kind, actor.machine_client_id) == (ActorKind.MACHINE, issued.client_id)
            assert actor.user_id is None
            with pytest.raises(AccessDenied):
                require_person(actor)
        with pytest.raises(UnfitScope):
            issue_token(
                client_id=issued.client_id,
                secret=issued.secret,
                scopes=frozenset({"patients:read"}),
            )

    def test_lose_their_tokens_when_revoked(self, door: Door) -> None:
        boss = door.administrator()
        issued = IssueMachineClient(door.uow, door.clock, door.ids, door.tokens)(
            actor=boss, name="Reports", roles=frozenset(), scopes=frozenset()
        )
        issue_token = IssueMachineToken(door.uow, door.clock, door.ids, door.tokens)
        token = issue_token(client_id=issued.client_id, secret=issued.secret)
        with pytest.raises(WrongCredentials):
            issue_token(client_id=issued.client_id, secret="wrong")

        RevokeMachineClient(door.uow, door.clock)(actor=boss, client_id=issued.client_id)

        with pytest.raises(NotSignedIn):
            door.authenticate(token.token)
        with pytest.raises(WrongCredentials):
            AuthenticateMachine(door.uow, door.tokens)(
                client_id=issued.client_id, secret=issued.secret
            )

    def test_are_issued_by_administrators_in_person(self, door: Door) -> None:
        issue = IssueMachineClient(door.uow, door.clock, door.ids, door.tokens)
        program = Actor(kind=ActorKind.MACHINE, roles=frozenset({Role.ADMINISTRATOR}))
        with pytest.raises(AccessDenied):
            issue(actor=program, name="More", roles=frozenset(), scopes=frozenset())
        with pytest.raises(UnfitMachineRole):
            issue(
                actor=door.administrator(),
                name="Doctor",
                roles=frozenset({Role.PHYSICIAN}),
                scopes=frozenset(),
            )
