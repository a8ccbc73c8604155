import uuid
from datetime import UTC, datetime, timedelta

import pytest

from domain.identity.events import PasswordChanged, SecondFactorChanged, UserRegistered
from domain.identity.locale import MalformedLocale, UnknownTimeZone, checked_locale
from domain.identity.lockout import LONGEST_WAIT, SignInGuard, SignInLocked
from domain.identity.machine_client import MachineClient, UnfitMachineRole, UnfitScope
from domain.identity.one_time_token import OneTimeToken, TokenPurpose, TokenSpent
from domain.identity.password import WeakPassword, check_password
from domain.identity.role import Role
from domain.identity.second_factor import (
    CodeAlreadyUsed,
    SecondFactorAlreadyOn,
    SecondFactorMissing,
)
from domain.identity.session import (
    IDLE,
    LONGEST,
    MACHINE_TOKEN,
    STEP_UP_LASTS,
    Session,
    StepUpRequired,
    check_step_up,
)
from domain.identity.user import (
    AlreadyLinked,
    IllegalUserMove,
    NotAStaffRole,
    User,
)
from domain.shared.contact import EmailAddress
from domain.shared.errors import InvariantError
from domain.shared.ids import MachineClientId, PatientId, PhysicianId, SessionId, UserId

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
EMAIL = EmailAddress("amelia@example.com")
USER = UserId(uuid.UUID(int=1))


def a_user(password_hash: str | None = "hash") -> User:
    return User.register(
        id=USER,
        email=EMAIL,
        name=" Amelia Moreau ",
        password_hash=password_hash,
        locale="en-AU",
        time_zone="Australia/Sydney",
        now=NOW,
    )


def can_sign_in(user: User) -> bool:
    return user.can_sign_in


class TestUser:
    def test_registers_as_active_with_a_fact(self) -> None:
        user = a_user()

        assert user.can_sign_in
        assert user.name == "Amelia Moreau"
        assert user.pull_events() == (UserRegistered(user_id=USER, occurred_at=NOW),)

    def test_waits_for_a_password_when_invited(self) -> None:
        user = a_user(password_hash=None)
        assert (user.status.value, user.can_sign_in) == ("invited", False)

        user.set_password("hash", now=NOW)

        assert can_sign_in(user)
        assert user.pull_events()[-1] == PasswordChanged(user_id=USER, occurred_at=NOW)

    def test_refuses_a_zone_that_does_not_exist(self) -> None:
        with pytest.raises(UnknownTimeZone):
            User.register(
                id=USER,
                email=EMAIL,
                name="",
                password_hash="hash",
                locale="en",
                time_zone="Mars/Olympus",
                now=NOW,
            )

    @pytest.mark.parametrize("zone", ["../etc/passwd", "", "/etc/localtime"])
    def test_refuses_a_zone_that_is_a_path(self, zone: str) -> None:
        from domain.identity.locale import checked_time_zone

        with pytest.raises(UnknownTimeZone):
            checked_time_zone(zone)

    @pytest.mark.parametrize("tag", ["english", "EN", "en_AU", "", "en-au"])
    def test_refuses_what_is_no_language_tag(self, tag: str) -> None:
        with pytest.raises(MalformedLocale):
            checked_locale(tag)

    def test_keeps_one_record_of_each_kind(self) -> None:
        user = a_user()
        user.become_patient(PatientId(uuid.UUID(int=2)))
        user.become_patient(PatientId(uuid.UUID(int=2)))
        user.become_physician(PhysicianId(uuid.UUID(int=3)))

        assert user.roles == {Role.PATIENT, Role.PHYSICIAN}
        with pytest.raises(AlreadyLinked):
            user.become_patient(PatientId(uuid.UUID(int=4)))
        with pytest.raises(AlreadyLinked):
            user.become_physician(PhysicianId(uuid.UUID(int=4)))

    def test_appointment_replaces_staff_roles_only(self) -> None:
        user = a_user()
        user.become_patient(PatientId(uuid.UUID(int=2)))
        user.appoint(frozenset({Role.FINANCE}))
        user.appoint(frozenset({Role.OPERATIONS}))

        assert user.roles == {Role.PATIENT, Role.OPERATIONS}
        with pytest.raises(NotAStaffRole):
            user.appoint(frozenset({Role.PHYSICIAN}))

    def test_suspension_closes_the_door_until_reinstated(self) -> None:
        user = a_user()
        user.suspend(now=NOW)
        assert not can_sign_in(user)
        with pytest.raises(IllegalUserMove):
            user.set_password("new", now=NOW)

        user.reinstate(now=NOW)

        assert can_sign_in(user)
        with pytest.raises(IllegalUserMove):
            user.reinstate(now=NOW)

    def test_erasure_is_final_and_forgets(self) -> None:
        user = a_user()
        user.prepare_second_factor("secret")
        user.erase(address=EmailAddress("gone@erased.invalid"))

        assert (user.name, user.password_hash, user.second_factor) == ("", None, None)
        with pytest.raises(IllegalUserMove):
            user.reinstate(now=NOW)

    def test_shows_no_secret_when_printed(self) -> None:
        user = a_user("argon2-hash")
        user.prepare_second_factor("TOTPSECRET")

        for secret in ("argon2-hash", "TOTPSECRET", "amelia@", "Moreau"):
            assert secret not in repr(user)


class TestSecondFactor:
    def test_counts_from_the_first_right_code(self) -> None:
        user = a_user()
        user.prepare_second_factor("secret")
        before = user.asks_second_factor

        user.use_second_factor(step=10, now=NOW)

        assert (before, user.asks_second_factor) == (False, True)
        assert SecondFactorChanged(user_id=USER, enabled=True, occurred_at=NOW) in (
            user.pull_events()
        )

    @pytest.mark.parametrize("step", [9, 10])
    def test_takes_no_code_twice(self, step: int) -> None:
        user = a_user()
        user.prepare_second_factor("secret")
        user.use_second_factor(step=10, now=NOW)

        with pytest.raises(CodeAlreadyUsed):
            user.use_second_factor(step=step, now=NOW)

    def test_is_not_replaced_while_in_use(self) -> None:
        user = a_user()
        with pytest.raises(SecondFactorMissing):
            user.use_second_factor(step=1, now=NOW)
        user.prepare_second_factor("secret")
        user.prepare_second_factor("other")
        user.use_second_factor(step=10, now=NOW)

        with pytest.raises(SecondFactorAlreadyOn):
            user.prepare_second_factor("third")

    def test_can_be_dropped(self) -> None:
        user = a_user()
        user.prepare_second_factor("secret")
        user.use_second_factor(step=10, now=NOW)
        user.drop_second_factor(now=NOW)

        assert not user.asks_second_factor
        assert user.pull_events()[-1] == SecondFactorChanged(
            user_id=USER, enabled=False, occurred_at=NOW
        )


class TestPassword:
    @pytest.mark.parametrize(
        "password",
        [
            "short",
            "a" * 40,
            "abababababababab",
            "password12345678",
            "Qwertyqwerty1",
            "1234567890123",
            "amelia.moreau1",
            "x" * 300,
        ],
    )
    def test_refuses_what_is_guessed_first(self, password: str) -> None:
        with pytest.raises(WeakPassword) as refused:
            check_password(password, email=EmailAddress("Amelia.Moreau@example.com"))
        assert refused.value.field == "password"

    @pytest.mark.parametrize(
        "password", ["correct horse battery", "Zq8!vR2#nL5x", "été à la mer 9"]
    )
    def test_takes_what_is_long_and_unusual(self, password: str) -> None:
        check_password(password, email=EMAIL)


class TestSignInGuard:
    def test_lets_a_few_failures_pass_then_waits_longer_each_time(self) -> None:
        guard = SignInGuard(email=EMAIL)
        for _ in range(5):
            guard.admit(now=NOW)

        waits = []
        now = NOW
        for _ in range(10):
            with pytest.raises(SignInLocked) as locked:
                guard.admit(now=now)
            waits.append(locked.value.retry_at - now)
            now = locked.value.retry_at
            guard.admit(now=now)

        assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
        assert max(waits) == waits[-1] == LONGEST_WAIT

    def test_a_success_forgets_the_failures(self) -> None:
        guard = SignInGuard(email=EMAIL)
        for _ in range(5):
            guard.admit(now=NOW)
        guard.relent()

        guard.admit(now=NOW)

        assert guard.failures == 1

    def test_a_day_forgets_them_too(self) -> None:
        guard = SignInGuard(email=EMAIL)
        for _ in range(5):
            guard.admit(now=NOW)

        guard.admit(now=NOW + timedelta(hours=25))

        assert guard.failures == 1


class TestSession:
    def session(self) -> Session:
        return Session.of_person(
            id=SessionId(uuid.UUID(int=9)),
            token_hash=b"hash",
            user_id=USER,
            device="  Firefox \n on\x00  Linux ",
            stepped_up=False,
            now=NOW,
        )

    def test_ends_when_idle(self) -> None:
        session = self.session()

        assert session.lasts(now=NOW + IDLE - timedelta(seconds=1))
        assert not session.lasts(now=NOW + IDLE)

    def test_slides_but_not_beyond_its_latest_hour(self) -> None:
        session = self.session()
        now = NOW
        while session.lasts(now=now):
            session.see(now=now)
            now += timedelta(minutes=30)

        assert now == NOW + LONGEST

    def test_does_not_outlast_its_end(self) -> None:
        session = self.session()
        session.end(now=NOW)
        session.end(now=NOW + timedelta(minutes=1))

        assert session.ended_at == NOW
        assert not session.lasts(now=NOW)

    def test_keeps_the_device_in_one_short_line(self) -> None:
        assert self.session().device == "Firefox on Linux"

    def test_of_a_program_does_not_slide(self) -> None:
        session = Session.of_machine(
            id=SessionId(uuid.UUID(int=9)),
            token_hash=b"hash",
            machine_client_id=MachineClientId(uuid.UUID(int=8)),
            scopes=frozenset(),
            now=NOW,
        )
        session.see(now=NOW + timedelta(minutes=30))

        assert not session.lasts(now=NOW + MACHINE_TOKEN)

    def test_belongs_to_somebody(self) -> None:
        with pytest.raises(InvariantError):
            Session(
                id=SessionId(uuid.UUID(int=9)),
                token_hash=b"",
                started_at=NOW,
                last_seen_at=NOW,
                idle_expires_at=NOW,
                expires_at=NOW,
            )

    def test_a_step_up_lasts_a_short_while(self) -> None:
        check_step_up(NOW, now=NOW + STEP_UP_LASTS)
        for stepped_up_at in (None, NOW - timedelta(seconds=1)):
            with pytest.raises(StepUpRequired):
                check_step_up(stepped_up_at, now=NOW + STEP_UP_LASTS)


class TestOneTimeToken:
    def token(self) -> OneTimeToken:
        return OneTimeToken.issue(
            token_hash=b"hash", purpose=TokenPurpose.INVITATION, user_id=USER, now=NOW
        )

    def test_is_good_once(self) -> None:
        token = self.token()
        token.use(purpose=TokenPurpose.INVITATION, now=NOW)

        with pytest.raises(TokenSpent):
            token.use(purpose=TokenPurpose.INVITATION, now=NOW)

    def test_is_good_for_its_purpose_and_time_only(self) -> None:
        with pytest.raises(TokenSpent):
            self.token().use(purpose=TokenPurpose.PASSWORD_RESET, now=NOW)
        with pytest.raises(TokenSpent):
            self.token().use(purpose=TokenPurpose.INVITATION, now=NOW + timedelta(days=7))


class TestMachineClient:
    def client(self, *, roles: frozenset[Role], scopes: frozenset[str]) -> MachineClient:
        return MachineClient.issue(
            id=MachineClientId(uuid.UUID(int=8)),
            name="Reports",
            secret_hash=b"hash",
            roles=roles,
            scopes=scopes,
            created_by=USER,
            now=NOW,
        )

    @pytest.mark.parametrize("role", [Role.PATIENT, Role.PHYSICIAN, Role.ADMINISTRATOR])
    def test_cannot_be_what_only_a_person_is(self, role: Role) -> None:
        with pytest.raises(UnfitMachineRole):
            self.client(roles=frozenset({role}), scopes=frozenset())

    def test_refuses_what_is_no_scope(self) -> None:
        with pytest.raises(UnfitScope):
            self.client(roles=frozenset(), scopes=frozenset({"everything"}))

    def test_a_token_has_no_more_scopes_than_the_client(self) -> None:
        both = frozenset({"payouts:read", "payouts:write"})
        client = self.client(roles=frozenset({Role.FINANCE}), scopes=both)

        assert client.narrowed(frozenset()) == both
        assert client.narrowed(frozenset({"payouts:read"})) == {"payouts:read"}
        with pytest.raises(UnfitScope):
            client.narrowed(frozenset({"patients:read"}))
