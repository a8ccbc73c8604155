"""
What identity needs: stored accounts, sessions and guards; and the arts of hashing and codes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from application.shared.ports import UnitOfWork
from domain.identity.lockout import SignInGuard
from domain.identity.machine_client import MachineClient
from domain.identity.one_time_token import OneTimeToken, TokenPurpose
from domain.identity.session import Session
from domain.identity.user import User
from domain.shared.contact import EmailAddress
from domain.shared.ids import MachineClientId, SessionId, UserId


class UserRepository(Protocol):
    """Accounts."""

    def add(self, user: User) -> None:
        """
        Store a new account.

        Raises:
            EmailTaken: Another account has the address.
        """
        ...

    def get(self, user_id: UserId) -> User:
        """
        Load an account and lock it.

        Raises:
            UserNotFound: There is none.
        """
        ...

    def read(self, user_id: UserId) -> User:
        """
        Load an account to look at, not locked and not to be saved.

        Raises:
            UserNotFound: There is none.
        """
        ...

    def find_by_email(self, email: EmailAddress) -> User | None:
        """Look an account up by its address, in whatever case it is typed, and lock it."""
        ...

    def save(self, user: User) -> None:
        """
        Store a changed account.

        Raises:
            EmailTaken: Another account has the address.
        """
        ...


class SessionRepository(Protocol):
    """Sessions of people and programs."""

    def add(self, session: Session) -> None:
        """Store a new session."""
        ...

    def get(self, session_id: SessionId) -> Session:
        """
        Load a session and lock it.

        Raises:
            SessionNotFound: There is none.
        """
        ...

    def lasting_of(self, user_id: UserId) -> Sequence[Session]:
        """A person's sessions that were not ended, locked."""
        ...

    def save(self, session: Session) -> None:
        """Store a changed session."""
        ...

    def forget(self, *, ended_before: datetime) -> int:
        """Remove those that could not be used since before a moment; the number of them."""
        ...


class SignInGuardRepository(Protocol):
    """Attempts, by address."""

    def of(self, email: EmailAddress) -> SignInGuard:
        """Load and lock the guard of an address; a new one if there was no attempt yet."""
        ...

    def save(self, guard: SignInGuard) -> None:
        """Store it."""
        ...

    def forget(self, *, quiet_since: datetime) -> int:
        """Remove those without an attempt since a moment; the number of them."""
        ...


class MachineClientRepository(Protocol):
    """Programs with credentials."""

    def add(self, client: MachineClient) -> None:
        """Store a new client."""
        ...

    def get(self, client_id: MachineClientId) -> MachineClient:
        """
        Load a client and lock it.

        Raises:
            MachineClientNotFound: There is none.
        """
        ...

    def save(self, client: MachineClient) -> None:
        """Store a changed client."""
        ...


class OneTimeTokenRepository(Protocol):
    """Invitations and forgotten passwords."""

    def add(self, token: OneTimeToken) -> None:
        """Store a new token."""
        ...

    def get(self, token_hash: bytes) -> OneTimeToken:
        """
        Load a token and lock it.

        Raises:
            TokenSpent: There is none.
        """
        ...

    def save(self, token: OneTimeToken) -> None:
        """Store a used token."""
        ...

    def spend_all_of(self, user_id: UserId, *, now: datetime) -> None:
        """Make every token of a person useless that was not used yet."""
        ...

    def count(self, user_id: UserId, *, purpose: TokenPurpose, issued_after: datetime) -> int:
        """How many a person was given for a purpose since a moment, used or not."""
        ...

    def forget(self, *, expired_before: datetime) -> int:
        """Remove those that were good until before a moment; the number of them."""
        ...


class IdentityUnitOfWork(UnitOfWork, Protocol):
    """A transaction over accounts."""

    @property
    def users(self) -> UserRepository: ...

    @property
    def sessions(self) -> SessionRepository: ...

    @property
    def sign_in_guards(self) -> SignInGuardRepository: ...

    @property
    def machine_clients(self) -> MachineClientRepository: ...

    @property
    def one_time_tokens(self) -> OneTimeTokenRepository: ...


class Passwords(Protocol):
    """A slow, salted hash."""

    def hash(self, password: str) -> str:
        """What is stored in place of the password."""
        ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """
        Compare. Without a hash the answer is no, after the same amount of work.
        """
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with weaker parameters than are used today."""
        ...


class Tokens(Protocol):
    """Secrets that nobody can guess: 256 random bits."""

    def new(self) -> str:
        """A new token, safe in a URL and in a header."""
        ...

    def digest(self, token: str) -> bytes:
        """What is stored in place of the token."""
        ...


class SecondFactors(Protocol):
    """Codes of an authenticator app (RFC 6238, 30 seconds, 6 digits)."""

    def new_secret(self) -> str:
        """A secret in base 32."""
        ...

    def enrolment_uri(self, *, secret: str, account: str) -> str:
        """What the QR code says."""
        ...

    def matching_step(self, *, secret: str, code: str, at: datetime) -> int | None:
        """The time step that the code belongs to, no more than one from now; None if none."""
        ...


class AccountMail(Protocol):
    """Letters that carry a one-time token."""

    def send_password_reset(self, *, to: EmailAddress, token: str, locale: str) -> None:
        """
        Send the link by which a forgotten password is replaced.

        Raises:
            Unavailable: The letter could not be handed over.
        """
        ...

    def send_invitation(self, *, to: EmailAddress, token: str, locale: str) -> None:
        """
        Send the link by which an invited person chooses a password.

        Raises:
            Unavailable: The letter could not be handed over.
        """
        ...
