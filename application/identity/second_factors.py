"""
Setting up an authenticator app, and proving its possession again before a grave deed.
"""

from collections.abc import Callable
from datetime import datetime

from attrs import field, frozen

from application.identity.ports import IdentityUnitOfWork, Passwords, SecondFactors
from application.identity.proving import prove_password
from application.identity.queries import require_account
from application.identity.sign_in import spend_code
from application.shared.access import Actor
from application.shared.ports import Clock
from domain.identity.lockout import WrongCredentials
from domain.identity.user import User
from domain.shared.ids import UserId, to_wire


@frozen(kw_only=True)
class Enrolment:
    """What goes into the app: the secret in base 32, and the same as a URI for a QR code."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@frozen
class EnrolSecondFactor:
    """
    Hand out a secret. It counts once `ConfirmSecondFactor` was given a code made from it.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _passwords: Passwords
    _second_factors: SecondFactors

    def __call__(self, *, actor: Actor, password: str) -> Enrolment:
        """
        Enrol, which takes the password: an open session alone must not lock its owner out.

        Raises:
            WrongCredentials: The password is wrong.
            SignInLocked: Too many wrong passwords.
            SecondFactorAlreadyOn: One is in use.
        """
        user_id = require_account(actor)
        now = self._clock.now()
        prove_password(self._uow, self._passwords, user_id=user_id, password=password, now=now)
        secret = self._second_factors.new_secret()
        with self._uow as uow:
            user = uow.users.get(user_id)
            user.prepare_second_factor(secret)
            uow.users.save(user)
            guard = uow.sign_in_guards.of(user.email)
            guard.relent()
            uow.sign_in_guards.save(guard)
            uow.audit.record(
                actor=actor,
                action="user.second_factor_prepared",
                subject=to_wire("user", user.id),
            )
            uow.commit()
        uri = self._second_factors.enrolment_uri(secret=secret, account=user.email.value)
        return Enrolment(secret=secret, uri=uri)


@frozen
class StepUp:
    """
    Take a code, and let the session do for a while what needs one.

    The first code after `EnrolSecondFactor` turns the second factor on.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _second_factors: SecondFactors

    def __call__(self, *, actor: Actor, code: str) -> None:
        """
        Step up.

        Raises:
            WrongCredentials: The code is wrong, or there is no authenticator.
            CodeAlreadyUsed: The code is right, but was used before.
            SignInLocked: Too many wrong codes.
        """
        with_code(
            self._uow,
            self._second_factors,
            actor=actor,
            code=code,
            action="user.stepped_up",
            now=self._clock.now(),
        )


@frozen
class ConfirmSecondFactor:
    """
    Turn the second factor on by giving back a first code.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _second_factors: SecondFactors

    def __call__(self, *, actor: Actor, code: str) -> None:
        """
        Confirm.

        Raises:
            WrongCredentials: The code is wrong, or none was prepared.
            SignInLocked: Too many wrong codes.
        """
        with_code(
            self._uow,
            self._second_factors,
            actor=actor,
            code=code,
            action="user.second_factor_on",
            now=self._clock.now(),
        )


@frozen
class DropSecondFactor:
    """
    Turn the second factor off, which takes a code of it.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _second_factors: SecondFactors

    def __call__(self, *, actor: Actor, code: str) -> None:
        """
        Drop it.

        Raises:
            WrongCredentials: The code is wrong, or there is no authenticator.
            SignInLocked: Too many wrong codes.
        """

        def drop(user: User, now: datetime) -> None:
            user.drop_second_factor(now=now)

        with_code(
            self._uow,
            self._second_factors,
            actor=actor,
            code=code,
            action="user.second_factor_off",
            now=self._clock.now(),
            then=drop,
        )


def with_code(
    unit_of_work: IdentityUnitOfWork,
    second_factors: SecondFactors,
    *,
    actor: Actor,
    code: str,
    action: str,
    now: datetime,
    then: Callable[[User, datetime], None] | None = None,
) -> None:
    """
    Spend a code, step the actor's session up, and do what the code was given for.

    The code that turns a second factor on ends the sessions that were opened without one.

    Raises:
        WrongCredentials: The code is wrong, or there is no authenticator.
        SignInLocked: Too many wrong codes.
    """
    user_id = require_account(actor)
    with unit_of_work as uow:
        guard = uow.sign_in_guards.of(uow.users.get(user_id).email)
        guard.admit(now=now)
        uow.sign_in_guards.save(guard)
        uow.commit()
    with unit_of_work as uow:
        user = uow.users.get(user_id)
        was_on = user.asks_second_factor
        if not spend_code(second_factors, user, code, now=now):
            raise WrongCredentials("The code is wrong.")
        if then is not None:
            then(user, now)
        uow.users.save(user)
        guard = uow.sign_in_guards.of(user.email)
        guard.relent()
        uow.sign_in_guards.save(guard)
        if not was_on:
            _end_others(uow, actor, user_id, now)
        if actor.session_id is not None:
            session = uow.sessions.get(actor.session_id)
            session.step_up(now=now)
            uow.sessions.save(session)
        uow.audit.record(actor=actor, action=action, subject=to_wire("user", user.id))
        uow.commit()


def _end_others(uow: IdentityUnitOfWork, actor: Actor, user_id: UserId, now: datetime) -> None:
    for session in uow.sessions.lasting_of(user_id):
        if session.id != actor.session_id:
            session.end(now=now)
            uow.sessions.save(session)
