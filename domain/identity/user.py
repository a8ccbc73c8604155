"""
Somebody who signs in.

    invited ──> active <──> suspended
                   └───────────┴──> erased
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import define, field

from domain.identity.events import (
    PasswordChanged,
    PasswordResetRequested,
    SecondFactorChanged,
    UserRegistered,
    UserReinstated,
    UserSuspended,
)
from domain.identity.locale import checked_locale, checked_time_zone
from domain.identity.role import STAFF_ROLES, Role
from domain.identity.second_factor import (
    SecondFactor,
    SecondFactorAlreadyOn,
    SecondFactorMissing,
)
from domain.shared.contact import EmailAddress
from domain.shared.errors import Conflict, NotFound, NotPermitted
from domain.shared.events import Aggregate
from domain.shared.ids import PatientId, PhysicianId, UserId


class UserStatus(StrEnum):
    """Whether somebody may sign in."""

    INVITED = "invited"  # asked to join, no password yet
    ACTIVE = "active"
    SUSPENDED = "suspended"  # by the platform; may come back
    ERASED = "erased"  # at their own request, for good


_MOVES = {
    UserStatus.INVITED: {UserStatus.ACTIVE, UserStatus.SUSPENDED, UserStatus.ERASED},
    UserStatus.ACTIVE: {UserStatus.SUSPENDED, UserStatus.ERASED},
    UserStatus.SUSPENDED: {UserStatus.ACTIVE, UserStatus.ERASED},
    UserStatus.ERASED: frozenset[UserStatus](),
}


class UserNotFound(NotFound):
    """No such user."""


class EmailTaken(Conflict):
    """Somebody already signs in with this address."""


class IllegalUserMove(Conflict):
    """The account is not in a state that allows this."""


class AlreadyLinked(Conflict):
    """The account already belongs to another record of this kind."""


class NotAStaffRole(NotPermitted):
    """Being a patient or a physician comes with the record, not by appointment."""


@define(eq=False, kw_only=True)
class User(Aggregate):
    """
    An account: how its owner signs in, what they are here as, which records are theirs.
    """

    id: UserId
    email: EmailAddress
    name: str = field(default="", repr=False)
    password_hash: str | None = field(default=None, repr=False)
    roles: frozenset[Role] = frozenset()
    status: UserStatus = UserStatus.ACTIVE
    patient_id: PatientId | None = None
    physician_id: PhysicianId | None = None
    locale: str
    time_zone: str
    second_factor: SecondFactor | None = None
    registered_at: datetime
    email_bounced_at: datetime | None = None

    @classmethod
    def register(
        cls,
        *,
        id: UserId,
        email: EmailAddress,
        name: str,
        password_hash: str | None,
        locale: str,
        time_zone: str,
        now: datetime,
        roles: frozenset[Role] = frozenset(),
    ) -> Self:
        """
        Make an account; without a password it waits for an invitation to be accepted.

        Raises:
            UnknownTimeZone: The IANA database has no such zone.
            MalformedLocale: Not a language tag.
        """
        user = cls(
            id=id,
            email=email,
            name=name.strip(),
            password_hash=password_hash,
            roles=roles,
            status=UserStatus.ACTIVE if password_hash else UserStatus.INVITED,
            locale=checked_locale(locale),
            time_zone=checked_time_zone(time_zone),
            registered_at=now,
        )
        user.record(UserRegistered(user_id=id, occurred_at=now))
        return user

    @property
    def can_sign_in(self) -> bool:
        """Whether the door is open to them."""
        return self.status is UserStatus.ACTIVE and self.password_hash is not None

    @property
    def asks_second_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return self.second_factor is not None and self.second_factor.is_on

    def become_patient(self, patient_id: PatientId) -> None:
        """Take a patient's record as one's own."""
        if self.patient_id not in (None, patient_id):
            raise AlreadyLinked("This account already has a patient record.")
        self.patient_id = patient_id
        self.roles |= {Role.PATIENT}

    def become_physician(self, physician_id: PhysicianId) -> None:
        """Take a physician's record as one's own."""
        if self.physician_id not in (None, physician_id):
            raise AlreadyLinked("This account already has a physician record.")
        self.physician_id = physician_id
        self.roles |= {Role.PHYSICIAN}

    def appoint(self, roles: frozenset[Role]) -> None:
        """
        Give exactly these staff roles, and leave the others as they are.

        Raises:
            NotAStaffRole: One of them is not given by appointment.
        """
        if not roles <= STAFF_ROLES:
            raise NotAStaffRole("Only staff roles are given by appointment.")
        self.roles = (self.roles - STAFF_ROLES) | roles

    def set_password(self, password_hash: str, *, now: datetime) -> None:
        """Sign in with this password from now on; an invited user becomes active."""
        if self.status is UserStatus.INVITED:
            self._move_to(UserStatus.ACTIVE)
        elif self.status is not UserStatus.ACTIVE:
            raise IllegalUserMove("This account cannot be used.")
        self.password_hash = password_hash
        self.record(PasswordChanged(user_id=self.id, occurred_at=now))

    def request_password_reset(self, *, now: datetime) -> None:
        """Ask for a link by which a new password is chosen."""
        self.record(PasswordResetRequested(user_id=self.id, occurred_at=now))

    def mail_came_back(self, *, now: datetime) -> None:
        """Note that the address does not take mail, until something proves that it does."""
        self.email_bounced_at = self.email_bounced_at or now

    def mail_arrived(self) -> None:
        """Note that a letter was read at the address."""
        self.email_bounced_at = None

    def suspend(self, *, now: datetime) -> None:
        """Close the door."""
        self._move_to(UserStatus.SUSPENDED)
        self.record(UserSuspended(user_id=self.id, occurred_at=now))

    def reinstate(self, *, now: datetime) -> None:
        """Open the door again."""
        if self.status is not UserStatus.SUSPENDED:
            raise IllegalUserMove("This account is not suspended.")
        self._move_to(UserStatus.ACTIVE)
        self.record(UserReinstated(user_id=self.id, occurred_at=now))

    def erase(self, *, address: EmailAddress) -> None:
        """Forget who it was; `address` stands where their own stood."""
        self._move_to(UserStatus.ERASED)
        self.email = address
        self.name = ""
        self.password_hash = None
        self.second_factor = None

    def prepare_second_factor(self, secret: str) -> None:
        """
        Hand out a secret; it counts once a code made from it was given back.

        Raises:
            SecondFactorAlreadyOn: One is in use.
        """
        if self.asks_second_factor:
            raise SecondFactorAlreadyOn("Turn off your authenticator first.")
        self.second_factor = SecondFactor(secret=secret)

    def use_second_factor(self, *, step: int, now: datetime) -> None:
        """
        Note that a right code was given; the first one turns the second factor on.

        Raises:
            SecondFactorMissing: None was prepared.
            CodeAlreadyUsed: The code was used before.
        """
        if self.second_factor is None:
            raise SecondFactorMissing("Set up an authenticator first.")
        was_on = self.second_factor.is_on
        self.second_factor = self.second_factor.used(step=step, now=now)
        if not was_on:
            self.record(SecondFactorChanged(user_id=self.id, enabled=True, occurred_at=now))

    def drop_second_factor(self, *, now: datetime) -> None:
        """Sign in with the password alone again."""
        if self.second_factor is not None:
            self.second_factor = None
            self.record(SecondFactorChanged(user_id=self.id, enabled=False, occurred_at=now))

    def _move_to(self, status: UserStatus) -> None:
        if status not in _MOVES[self.status]:
            raise IllegalUserMove(f"An account that is {self.status} cannot become {status}.")
        self.status = status
