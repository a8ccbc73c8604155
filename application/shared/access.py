"""
Who asks, and what they may do.

Access is decided here and in the use cases, never in a front end, so that the API,
the portal and every later door obey the same rule. A record that the actor may not
know of is reported as not found; a deed that is not theirs is refused.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from attrs import field, frozen

from domain.identity.role import STAFF_ROLES, Role
from domain.identity.session import check_step_up
from domain.shared.errors import NotPermitted
from domain.shared.ids import (
    MachineClientId,
    PatientId,
    PhysicianId,
    SessionId,
    UserId,
    to_wire,
)

__all__ = [
    "SYSTEM",
    "AccessDenied",
    "Actor",
    "ActorKind",
    "Role",
    "require_fresh_second_factor",
    "require_person",
    "require_role",
    "require_self_patient",
    "require_self_physician",
    "require_system",
]


class AccessDenied(NotPermitted):
    """This person or program may not do this."""


class ActorKind(Enum):
    """A person, a program with its own credentials, or the platform itself."""

    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"


def _roles(roles: Iterable[Role]) -> frozenset[Role]:
    return frozenset(roles)


@frozen(kw_only=True)
class Actor:
    """
    The one on whose behalf a use case runs.

    `patient_id` and `physician_id` say which record is the actor's own. A machine
    client has roles and scopes but can never sign. `stepped_up_at` is when this session
    last passed a second factor.
    """

    kind: ActorKind = ActorKind.PERSON
    user_id: UserId | None = None
    roles: frozenset[Role] = field(factory=frozenset, converter=_roles)
    patient_id: PatientId | None = None
    physician_id: PhysicianId | None = None
    machine_client_id: MachineClientId | None = None
    session_id: SessionId | None = None
    scopes: frozenset[str] = frozenset()
    stepped_up_at: datetime | None = None
    label: str = "person"

    @property
    def reference(self) -> str:
        """The user or machine client as a wire identifier; the label of one that has none."""
        if self.user_id is not None:
            return to_wire("user", self.user_id)
        if self.machine_client_id is not None:
            return to_wire("machine_client", self.machine_client_id)
        return self.label

    @property
    def is_staff(self) -> bool:
        """Works for the platform, in whatever part of it."""
        return bool(self.roles & STAFF_ROLES)

    @property
    def is_system(self) -> bool:
        """The platform itself: a reaction or a scheduled job."""
        return self.kind is ActorKind.SYSTEM


SYSTEM = Actor(kind=ActorKind.SYSTEM, label="system")


def require_role(actor: Actor, *roles: Role) -> None:
    """
    Let the system and holders of one of the roles pass.

    Raises:
        AccessDenied: The actor holds none of them.
    """
    if not actor.is_system and not actor.roles.intersection(roles):
        raise AccessDenied("You may not do this.")


def require_self_patient(actor: Actor, patient_id: PatientId) -> None:
    """
    Let the system and the patient pass.

    Raises:
        AccessDenied: Somebody else.
    """
    if not actor.is_system and actor.patient_id != patient_id:
        raise AccessDenied("Only the patient may do this.")


def require_self_physician(actor: Actor, physician_id: PhysicianId) -> None:
    """
    Let the system and the physician pass.

    Raises:
        AccessDenied: Somebody else.
    """
    if not actor.is_system and actor.physician_id != physician_id:
        raise AccessDenied("Only the physician may do this.")


def require_person(actor: Actor) -> None:
    """
    Keep programs from what only a person can answer for, such as a signature.

    Raises:
        AccessDenied: A machine client or the system asks.
    """
    if actor.kind is not ActorKind.PERSON:
        raise AccessDenied("Only a person can do this; a program's credentials cannot.")


def require_fresh_second_factor(actor: Actor, *, now: datetime) -> None:
    """
    Let a session pass that gave its second factor just now, or belongs to nobody who has one.

    Raises:
        StepUpRequired: It was given too long ago.
    """
    if actor.stepped_up_at is not None:
        check_step_up(actor.stepped_up_at, now=now)


def require_system(actor: Actor) -> None:
    """
    Keep people from what only a reaction or schedule may do.

    Raises:
        AccessDenied: A person or a machine client asks.
    """
    if not actor.is_system:
        raise AccessDenied("Only the platform itself does this.")
