"""
How somebody comes to have an account: by registering, or by invitation.
"""

from datetime import timedelta

from attrs import frozen

from application.identity.ports import AccountMail, IdentityUnitOfWork, Passwords, Tokens
from application.shared.access import (
    Actor,
    Role,
    require_fresh_second_factor,
    require_person,
    require_role,
    require_system,
)
from application.shared.ports import Clock, Ids
from domain.identity.one_time_token import OneTimeToken, TokenPurpose, TokenSpent
from domain.identity.password import check_password
from domain.identity.user import EmailTaken, User, UserStatus
from domain.shared.contact import EmailAddress
from domain.shared.ids import UserId, to_wire

_AN_HOUR = timedelta(hours=1)
_LINKS_AN_HOUR = 3


@frozen
class RegisterUser:
    """
    Open an account without a role: roles come with a patient's or a physician's record.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _ids: Ids
    _passwords: Passwords

    def __call__(
        self,
        *,
        email: EmailAddress,
        password: str,
        name: str = "",
        locale: str = "en",
        time_zone: str = "UTC",
    ) -> UserId:
        """
        Register.

        Raises:
            WeakPassword: It would be guessed.
            EmailTaken: Somebody already signs in with this address.
        """
        check_password(password, email=email)
        password_hash = self._passwords.hash(password)
        user = User.register(
            id=UserId(self._ids.new()),
            email=email,
            name=name,
            password_hash=password_hash,
            locale=locale,
            time_zone=time_zone,
            now=self._clock.now(),
        )
        with self._uow as uow:
            add_new_user(uow, user)
            uow.commit()
        return user.id


def add_new_user(uow: IdentityUnitOfWork, user: User) -> None:
    """
    Store an account that its owner has just opened.

    Raises:
        EmailTaken: Somebody already signs in with this address.
    """
    if uow.users.find_by_email(user.email) is not None:
        raise EmailTaken("There is already an account with this address.")
    uow.users.add(user)
    uow.audit.record(
        actor=Actor(user_id=user.id), action="user.registered", subject=to_wire("user", user.id)
    )


@frozen
class InviteStaff:
    """
    Ask a colleague to join, and send the link by which they choose a password.

    Inviting the same address again sends a new link.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _ids: Ids
    _tokens: Tokens
    _mail: AccountMail

    def __call__(
        self,
        *,
        actor: Actor,
        email: EmailAddress,
        name: str,
        roles: frozenset[Role],
        locale: str = "en",
        time_zone: str = "UTC",
    ) -> UserId:
        """
        Invite.

        Raises:
            StepUpRequired: The administrator has a second factor, and gave it too long ago.
            EmailTaken: They already have an account.
            NotAStaffRole: Only staff roles are given by invitation.
        """
        require_person(actor)
        require_role(actor, Role.ADMINISTRATOR)
        token = self._tokens.new()
        now = self._clock.now()
        require_fresh_second_factor(actor, now=now)
        with self._uow as uow:
            user = uow.users.find_by_email(email)
            if user is None:
                user = User.register(
                    id=UserId(self._ids.new()),
                    email=email,
                    name=name,
                    password_hash=None,
                    locale=locale,
                    time_zone=time_zone,
                    now=now,
                )
                user.appoint(roles)
                uow.users.add(user)
            elif user.status is UserStatus.INVITED:
                user.appoint(roles)
                uow.users.save(user)
            else:
                raise EmailTaken("There is already an account with this address.")
            uow.one_time_tokens.add(
                OneTimeToken.issue(
                    token_hash=self._tokens.digest(token),
                    purpose=TokenPurpose.INVITATION,
                    user_id=user.id,
                    now=now,
                )
            )
            uow.audit.record(
                actor=actor,
                action="user.invited",
                subject=to_wire("user", user.id),
                details={"roles": " ".join(sorted(roles))},
            )
            uow.commit()
        self._mail.send_invitation(to=email, token=token, locale=locale)
        return user.id


@frozen
class ChoosePassword:
    """
    Set a password by the link of an invitation or of a forgotten password.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _passwords: Passwords
    _tokens: Tokens

    def __call__(self, *, token: str, password: str) -> UserId:
        """
        Set it, and end every session that the old one opened.

        Raises:
            TokenSpent: Unknown, already used, or too old.
            WeakPassword: It would be guessed.
        """
        password_hash = self._passwords.hash(password)
        now = self._clock.now()
        with self._uow as uow:
            stored = uow.one_time_tokens.get(self._tokens.digest(token))
            stored.use(purpose=stored.purpose, now=now)
            user = uow.users.get(stored.user_id)
            if user.status not in (UserStatus.INVITED, UserStatus.ACTIVE):
                raise TokenSpent("This link cannot be used any more.")
            check_password(password, email=user.email)
            user.set_password(password_hash, now=now)
            # The link came by mail.
            user.mail_arrived()
            uow.users.save(user)
            uow.one_time_tokens.save(stored)
            # A link in an older letter must not undo this.
            uow.one_time_tokens.spend_all_of(user.id, now=now)
            for session in uow.sessions.lasting_of(user.id):
                session.end(now=now)
                uow.sessions.save(session)
            uow.audit.record(
                actor=Actor(user_id=user.id),
                action="user.password_set",
                subject=to_wire("user", user.id),
                details={"by": stored.purpose.value},
            )
            uow.commit()
        return user.id


@frozen
class RequestPasswordReset:
    """
    Note that somebody forgot their password. Says nothing to one who has no account.

    The link is sent later, by the worker: neither the answer nor how long it takes tells
    whether there is an account.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, email: EmailAddress) -> None:
        with self._uow as uow:
            user = uow.users.find_by_email(email)
            if user is not None and user.can_sign_in:
                user.request_password_reset(now=self._clock.now())
                uow.users.save(user)
            uow.audit.record(
                actor=Actor(user_id=user.id) if user is not None else Actor(label="anonymous"),
                action="user.password_reset_requested",
                subject=to_wire("user", user.id) if user is not None else "unknown",
            )
            uow.commit()


@frozen
class SendPasswordReset:
    """
    Send the link to somebody who forgot their password, a few times an hour at most.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _tokens: Tokens
    _mail: AccountMail

    def __call__(self, *, actor: Actor, user_id: UserId) -> None:
        """
        Send it. More than a few within an hour are not sent: the earlier ones still work.

        Raises:
            AccessDenied: Not the system.
            Unavailable: The letter could not be handed over.
        """
        require_system(actor)
        token = self._tokens.new()
        now = self._clock.now()
        with self._uow as uow:
            user = uow.users.get(user_id)
            sent = uow.one_time_tokens.count(
                user_id, purpose=TokenPurpose.PASSWORD_RESET, issued_after=now - _AN_HOUR
            )
            if not user.can_sign_in or sent >= _LINKS_AN_HOUR:
                return
            uow.one_time_tokens.add(
                OneTimeToken.issue(
                    token_hash=self._tokens.digest(token),
                    purpose=TokenPurpose.PASSWORD_RESET,
                    user_id=user.id,
                    now=now,
                )
            )
            uow.commit()
        self._mail.send_password_reset(to=user.email, token=token, locale=user.locale)
