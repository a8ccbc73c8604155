"""
Looking after accounts: passwords, roles, suspension, and programs' credentials.
"""

from collections.abc import Callable
from datetime import datetime

from attrs import field, frozen

from application.identity.ports import IdentityUnitOfWork, Passwords, Tokens
from application.identity.proving import prove_password
from application.identity.queries import require_account
from application.shared.access import (
    Actor,
    Role,
    require_fresh_second_factor,
    require_person,
    require_role,
)
from application.shared.ports import Clock, Ids
from domain.identity.machine_client import MachineClient
from domain.identity.password import check_password
from domain.identity.user import User, UserStatus
from domain.shared.contact import EmailAddress
from domain.shared.ids import MachineClientId, UserId, to_wire


@frozen
class ChangePassword:
    """
    Replace one's password, which takes the old one, and end all other sessions.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _passwords: Passwords

    def __call__(self, *, actor: Actor, old_password: str, new_password: str) -> None:
        """
        Change it.

        Raises:
            WrongCredentials: The old password is wrong.
            WeakPassword: The new one would be guessed.
            SignInLocked: Too many wrong passwords.
        """
        user_id = require_account(actor)
        now = self._clock.now()
        user = prove_password(
            self._uow, self._passwords, user_id=user_id, password=old_password, now=now
        )
        check_password(new_password, email=user.email)
        new_hash = self._passwords.hash(new_password)
        with self._uow as uow:
            user = uow.users.get(user_id)
            user.set_password(new_hash, now=now)
            uow.users.save(user)
            uow.one_time_tokens.spend_all_of(user_id, now=now)
            guard = uow.sign_in_guards.of(user.email)
            guard.relent()
            uow.sign_in_guards.save(guard)
            for session in uow.sessions.lasting_of(user_id):
                if session.id != actor.session_id:
                    session.end(now=now)
                    uow.sessions.save(session)
            uow.audit.record(
                actor=actor, action="user.password_changed", subject=to_wire("user", user_id)
            )
            uow.commit()


@frozen
class AppointStaff:
    """
    Give somebody exactly these staff roles; none takes them all away.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, user_id: UserId, roles: frozenset[Role]) -> None:
        """
        Appoint.

        Raises:
            StepUpRequired: The administrator has a second factor, and gave it too long ago.
            NotAStaffRole: A role that is not given by appointment.
        """
        require_person(actor)
        require_role(actor, Role.ADMINISTRATOR)
        require_fresh_second_factor(actor, now=self._clock.now())
        with self._uow as uow:
            user = uow.users.get(user_id)
            user.appoint(roles)
            uow.users.save(user)
            uow.audit.record(
                actor=actor,
                action="user.appointed",
                subject=to_wire("user", user_id),
                details={"roles": " ".join(sorted(roles))},
            )
            uow.commit()


@frozen
class SuspendUser:
    """
    Close an account's door and end its sessions.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, user_id: UserId, reason: str) -> None:
        require_role(actor, Role.ADMINISTRATOR)
        now = self._clock.now()

        def suspend(user: User, now: datetime) -> None:
            if user.status is not UserStatus.SUSPENDED:
                user.suspend(now=now)

        _change(
            self._uow,
            suspend,
            actor=actor,
            user_id=user_id,
            action="user.suspended",
            reason=reason,
            now=now,
        )


@frozen
class ReinstateUser:
    """
    Open a suspended account's door again.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, user_id: UserId, reason: str) -> None:
        """
        Reinstate; a second time changes nothing.

        Raises:
            StepUpRequired: The administrator has a second factor, and gave it too long ago.
        """
        require_role(actor, Role.ADMINISTRATOR)
        now = self._clock.now()
        require_fresh_second_factor(actor, now=now)

        def reinstate(user: User, now: datetime) -> None:
            if user.status is not UserStatus.ACTIVE:
                user.reinstate(now=now)

        _change(
            self._uow,
            reinstate,
            actor=actor,
            user_id=user_id,
            action="user.reinstated",
            reason=reason,
            now=now,
        )


def _change(
    unit_of_work: IdentityUnitOfWork,
    change: Callable[[User, datetime], None],
    *,
    actor: Actor,
    user_id: UserId,
    action: str,
    reason: str,
    now: datetime,
) -> None:
    with unit_of_work as uow:
        user = uow.users.get(user_id)
        change(user, now)
        uow.users.save(user)
        if user.status is not UserStatus.ACTIVE:
            for session in uow.sessions.lasting_of(user_id):
                session.end(now=now)
                uow.sessions.save(session)
        uow.audit.record(
            actor=actor, action=action, subject=to_wire("user", user_id), reason=reason
        )
        uow.commit()


@frozen
class EnsureAdministrator:
    """
    See to it that a new installation has somebody who can invite the others.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _ids: Ids
    _passwords: Passwords

    def __call__(self, *, email: EmailAddress, password: str, name: str) -> UserId:
        """Make the account, or find it as it is. Called by the operator, never by a front end."""
        check_password(password, email=email)
        password_hash = self._passwords.hash(password)
        with self._uow as uow:
            user = uow.users.find_by_email(email)
            if user is not None:
                return user.id
            user = User.register(
                id=UserId(self._ids.new()),
                email=email,
                name=name,
                password_hash=password_hash,
                roles=frozenset({Role.ADMINISTRATOR}),
                locale="en",
                time_zone="UTC",
                now=self._clock.now(),
            )
            uow.users.add(user)
            uow.audit.record(
                actor=Actor(user_id=user.id, label="operator"),
                action="user.administrator_made",
                subject=to_wire("user", user.id),
            )
            uow.commit()
        return user.id


@frozen(kw_only=True)
class IssuedCredentials:
    """A program's credentials. The secret is shown this once."""

    client_id: MachineClientId
    secret: str = field(repr=False)


@frozen
class IssueMachineClient:
    """
    Give a program credentials of its own.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _ids: Ids
    _tokens: Tokens

    def __call__(
        self, *, actor: Actor, name: str, roles: frozenset[Role], scopes: frozenset[str]
    ) -> IssuedCredentials:
        """
        Issue them.

        Raises:
            StepUpRequired: The administrator has a second factor, and gave it too long ago.
            UnfitMachineRole: A role that only a person can have.
            UnfitScope: A scope that is not one.
        """
        require_person(actor)
        require_role(actor, Role.ADMINISTRATOR)
        now = self._clock.now()
        require_fresh_second_factor(actor, now=now)
        secret = self._tokens.new()
        client = MachineClient.issue(
            id=MachineClientId(self._ids.new()),
            name=name,
            secret_hash=self._tokens.digest(secret),
            roles=roles,
            scopes=scopes,
            created_by=actor.user_id,
            now=now,
        )
        with self._uow as uow:
            uow.machine_clients.add(client)
            uow.audit.record(
                actor=actor,
                action="machine_client.issued",
                subject=to_wire("machine_client", client.id),
                details={"roles": " ".join(sorted(roles)), "scopes": " ".join(sorted(scopes))},
            )
            uow.commit()
        return IssuedCredentials(client_id=client.id, secret=secret)


@frozen
class RevokeMachineClient:
    """
    Take a program's credentials back; tokens that they opened end as well.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, client_id: MachineClientId) -> None:
        require_role(actor, Role.ADMINISTRATOR)
        with self._uow as uow:
            client = uow.machine_clients.get(client_id)
            client.revoke(now=self._clock.now())
            uow.machine_clients.save(client)
            uow.audit.record(
                actor=actor,
                action="machine_client.revoked",
                subject=to_wire("machine_client", client_id),
            )
            uow.commit()
