"""
Coming in by the front door, and leaving.
"""

from datetime import datetime
from typing import NoReturn

from attrs import field, frozen

from application.identity.ports import IdentityUnitOfWork, Passwords, SecondFactors, Tokens
from application.identity.queries import require_account
from application.shared.access import Actor
from application.shared.ports import Clock, Ids
from domain.identity.lockout import SecondFactorRequired, WrongCredentials
from domain.identity.session import Session, SessionNotFound
from domain.identity.user import User
from domain.shared.contact import EmailAddress
from domain.shared.ids import SessionId, UserId, to_wire


@frozen(kw_only=True)
class IssuedSession:
    """A token, shown this once, and when it ends at the latest."""

    token: str = field(repr=False)
    session_id: SessionId
    expires_at: datetime


@frozen
class SignIn:
    """
    Open a session with address and password, and a code if the account asks for one.

    What an attempt costs, in time and in writes, is the same for an address that nobody has.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _ids: Ids
    _passwords: Passwords
    _tokens: Tokens
    _second_factors: SecondFactors

    def __call__(
        self, *, email: EmailAddress, password: str, code: str | None = None, device: str = ""
    ) -> IssuedSession:
        """
        Sign in.

        Raises:
            SignInLocked: Too many failures with this address; it says when to retry.
            WrongCredentials: Address, password or code is wrong.
            SecondFactorRequired: All is right, but a code is needed.
        """
        user = self._admit(email)
        known_hash = user.password_hash if user is not None and user.can_sign_in else None
        # Hashing takes long on purpose: no row stays locked meanwhile.
        right = self._passwords.verify(known_hash, password)
        if user is None or known_hash is None or not right:
            self._refuse(user)
        if user.asks_second_factor and code is None:
            raise SecondFactorRequired("Enter the code from your authenticator.")
        renewed = (
            self._passwords.hash(password) if self._passwords.is_outdated(known_hash) else None
        )
        issued = self._open(user.id, known_hash, renewed, code, device)
        return issued or self._refuse(user)

    def _admit(self, email: EmailAddress) -> User | None:
        with self._uow as uow:
            # Account first, then guard, here and everywhere: two attempts never wait for each other.
            user = uow.users.find_by_email(email)
            guard = uow.sign_in_guards.of(email)
            guard.admit(now=self._clock.now())
            uow.sign_in_guards.save(guard)
            uow.commit()
        return user

    def _open(
        self,
        user_id: UserId,
        verified_hash: str,
        renewed_hash: str | None,
        code: str | None,
        device: str,
    ) -> IssuedSession | None:
        now = self._clock.now()
        token = self._tokens.new()
        with self._uow as uow:
            user = uow.users.get(user_id)
            if not user.can_sign_in or user.password_hash != verified_hash:
                return None
            stepped_up = user.asks_second_factor
            if stepped_up and not spend_code(self._second_factors, user, code or "", now=now):
                return None
            if renewed_hash is not None:
                user.password_hash = renewed_hash
            uow.users.save(user)
            guard = uow.sign_in_guards.of(user.email)
            guard.relent()
            uow.sign_in_guards.save(guard)
            session = Session.of_person(
                id=SessionId(self._ids.new()),
                token_hash=self._tokens.digest(token),
                user_id=user.id,
                device=device,
                stepped_up=stepped_up,
                now=now,
            )
            uow.sessions.add(session)
            uow.audit.record(
                actor=Actor(user_id=user.id, roles=user.roles),
                action="user.signed_in",
                subject=to_wire("user", user.id),
                details={"session": to_wire("session", session.id)},
            )
            uow.commit()
        return IssuedSession(token=token, session_id=session.id, expires_at=session.expires_at)

    def _refuse(self, user: User | None) -> NoReturn:
        with self._uow as uow:
            uow.audit.record(
                actor=Actor(label="anonymous"),
                action="user.sign_in_refused",
                subject=to_wire("user", user.id) if user is not None else "unknown",
            )
            uow.commit()
        raise WrongCredentials("The e-mail address, password or code is wrong.")


def spend_code(second_factors: SecondFactors, user: User, code: str, *, now: datetime) -> bool:
    """
    Use up a code of the user's authenticator; False if it is wrong or there is none.

    Raises:
        CodeAlreadyUsed: The code is right, but was used before.
    """
    if user.second_factor is None:
        return False
    step = second_factors.matching_step(secret=user.second_factor.secret, code=code, at=now)
    if step is None:
        return False
    user.use_second_factor(step=step, now=now)
    return True


@frozen
class SignOut:
    """
    End the session that the actor came with, or another of the actor's own.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, session_id: SessionId | None = None) -> None:
        """
        Sign out.

        Raises:
            SessionNotFound: The actor has no such session.
        """
        chosen = session_id or actor.session_id
        if chosen is None:
            return
        with self._uow as uow:
            session = uow.sessions.get(chosen)
            own = session.user_id == actor.user_id
            if not own or session.machine_client_id != actor.machine_client_id:
                raise SessionNotFound("There is no such session.")
            if session.ended_at is not None:
                return
            session.end(now=self._clock.now())
            uow.sessions.save(session)
            uow.audit.record(
                actor=actor, action="user.signed_out", subject=to_wire("session", session.id)
            )
            uow.commit()


@frozen
class SignOutElsewhere:
    """
    End every session of the actor but the one they are in.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Sign out the others, and say how many there were."""
        user_id = require_account(actor)
        with self._uow as uow:
            others = [s for s in uow.sessions.lasting_of(user_id) if s.id != actor.session_id]
            for session in others:
                session.end(now=self._clock.now())
                uow.sessions.save(session)
            uow.audit.record(
                actor=actor,
                action="user.signed_out_elsewhere",
                subject=to_wire("user", user_id),
                details={"sessions": str(len(others))},
            )
            uow.commit()
        return len(others)
