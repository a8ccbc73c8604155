"""
Who a token or a program's secret stands for.
"""

import hmac

from attrs import frozen

from application.identity.ports import IdentityUnitOfWork, Tokens
from application.identity.queries import IdentityQueries, SessionHolder
from application.identity.sign_in import IssuedSession
from application.shared.access import Actor, ActorKind
from application.shared.ports import Clock, Ids
from domain.identity.lockout import WrongCredentials
from domain.identity.machine_client import MachineClient, MachineClientNotFound
from domain.identity.session import NotSignedIn, Session, is_worth_noting
from domain.shared.ids import MachineClientId, SessionId, to_wire


@frozen
class Authenticate:
    """
    Find the actor behind a token: a portal's cookie or an API's bearer token alike.
    """

    _queries: IdentityQueries
    _uow: IdentityUnitOfWork
    _clock: Clock
    _tokens: Tokens

    def __call__(self, *, token: str) -> Actor:
        """
        Authenticate.

        Raises:
            NotSignedIn: Unknown, ended or expired; or the account is closed.
        """
        now = self._clock.now()
        holder = self._queries.find_session(self._tokens.digest(token))
        if (
            holder is None
            or not holder.may_enter
            or holder.ended_at is not None
            or now >= min(holder.idle_expires_at, holder.expires_at)
        ):
            raise NotSignedIn("Sign in first.")
        if is_worth_noting(last_seen_at=holder.last_seen_at, now=now):
            self._note(holder)
        return Actor(
            kind=ActorKind.PERSON if holder.user_id else ActorKind.MACHINE,
            user_id=holder.user_id,
            machine_client_id=holder.machine_client_id,
            session_id=holder.session_id,
            roles=holder.roles,
            scopes=holder.scopes,
            patient_id=holder.patient_id,
            physician_id=holder.physician_id,
            stepped_up_at=holder.stepped_up_at,
            label=holder.label,
        )

    def _note(self, holder: SessionHolder) -> None:
        now = self._clock.now()
        with self._uow as uow:
            session = uow.sessions.get(holder.session_id)
            # Of many requests at once, the first one notes it.
            if session.lasts(now=now) and is_worth_noting(
                last_seen_at=session.last_seen_at, now=now
            ):
                session.see(now=now)
                uow.sessions.save(session)
                uow.commit()


@frozen
class AuthenticateMachine:
    """
    Find the actor behind a program's own credentials.
    """

    _uow: IdentityUnitOfWork
    _tokens: Tokens

    def __call__(self, *, client_id: MachineClientId, secret: str) -> Actor:
        """
        Authenticate.

        Raises:
            WrongCredentials: Unknown, revoked, or another secret.
        """
        client = proved_client(self._uow, self._tokens, client_id=client_id, secret=secret)
        return Actor(
            kind=ActorKind.MACHINE,
            machine_client_id=client.id,
            roles=client.roles,
            scopes=client.scopes,
            label=client.name,
        )


@frozen
class IssueMachineToken:
    """
    Exchange a program's credentials for a token that ends soon (RFC 6749, section 4.4).
    """

    _uow: IdentityUnitOfWork
    _clock: Clock
    _ids: Ids
    _tokens: Tokens

    def __call__(
        self, *, client_id: MachineClientId, secret: str, scopes: frozenset[str] = frozenset()
    ) -> IssuedSession:
        """
        Issue a token.

        Raises:
            WrongCredentials: Unknown, revoked, or another secret.
            UnfitScope: More was asked for than the client has.
        """
        client = proved_client(self._uow, self._tokens, client_id=client_id, secret=secret)
        token = self._tokens.new()
        session = Session.of_machine(
            id=SessionId(self._ids.new()),
            token_hash=self._tokens.digest(token),
            machine_client_id=client.id,
            scopes=client.narrowed(scopes),
            now=self._clock.now(),
        )
        with self._uow as uow:
            uow.sessions.add(session)
            uow.audit.record(
                actor=Actor(kind=ActorKind.MACHINE, machine_client_id=client.id, label=client.name),
                action="machine_client.token_issued",
                subject=to_wire("machine_client", client.id),
            )
            uow.commit()
        return IssuedSession(token=token, session_id=session.id, expires_at=session.expires_at)


def proved_client(
    uow: IdentityUnitOfWork, tokens: Tokens, *, client_id: MachineClientId, secret: str
) -> MachineClient:
    """
    Load a client whose secret was given.

    Raises:
        WrongCredentials: Unknown, revoked, or another secret.
    """
    given = tokens.digest(secret)
    with uow:
        try:
            client = uow.machine_clients.get(client_id)
        except MachineClientNotFound:
            raise WrongCredentials("The client or its secret is wrong.") from None
    if not hmac.compare_digest(given, client.secret_hash) or client.revoked_at is not None:
        raise WrongCredentials("The client or its secret is wrong.")
    return client
