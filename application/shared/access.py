"""
Who asks, and what they may do.

Access is decided here and in the use cases, never in a front end, so that the API,
the portal and every later door obey the same rule. A record that the actor may not
know of is reported as not found; a deed that is not theirs is refused.
"""

from enum import Enum, StrEnum

from attrs import field, frozen

from domain.shared.errors import NotPermitted
from domain.shared.ids import PatientId, PhysicianId, UserId


class AccessDenied(NotPermitted):
    """This person or program may not do this."""


class Role(StrEnum):
    """What a signed-in person or a machine client is here as."""

    PATIENT = "patient"
    PHYSICIAN = "physician"
    OPERATIONS = "operations"  # applications, stuck work, service catalogue
    FINANCE = "finance"  # payouts, refunds, reconciliation
    ADMINISTRATOR = "administrator"  # users, roles, configuration


class ActorKind(Enum):
    """A person, a program with its own credentials, or the platform itself."""

    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"


@frozen(kw_only=True)
class Actor:
    """
    The one on whose behalf a use case runs.

    `patient_id` and `physician_id` say which record is the actor's own. A machine
    client has roles but can never sign.
    """

    kind: ActorKind = ActorKind.PERSON
    user_id: UserId | None = None
    roles: frozenset[Role] = field(factory=frozenset, converter=frozenset)
    patient_id: PatientId | None = None
    physician_id: PhysicianId | None = None
    label: str = "person"

    @property
    def is_staff(self) -> bool:
        """Works for the platform, in whatever part of it."""
        return bool(self.roles & {Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR})

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


def require_system(actor: Actor) -> None:
    """
    Keep people from what only a reaction or schedule may do.

    Raises:
        AccessDenied: A person or a machine client asks.
    """
    if not actor.is_system:
        raise AccessDenied("Only the platform itself does this.")
