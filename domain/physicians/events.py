"""
What happens to a physician on the platform.
"""

from enum import StrEnum

from attrs import frozen

from domain.physicians.licence import LicenceRefusal
from domain.shared.events import DomainEvent
from domain.shared.ids import CommissionPlanId, LicenceId, PhysicianId, UserId


class SuspensionReason(StrEnum):
    """Why a physician may not see patients for now."""

    NO_LICENCE_IN_FORCE = "no_licence_in_force"  # ends by itself with a new licence
    UNDER_REVIEW = "under_review"
    REGULATOR = "regulator"
    OWN_WISH = "own_wish"


@frozen(kw_only=True)
class PhysicianApplied(DomainEvent):
    """Somebody wants to work here."""

    physician_id: PhysicianId
    user_id: UserId


@frozen(kw_only=True)
class PhysicianRejected(DomainEvent):
    """The application was turned down."""

    physician_id: PhysicianId


@frozen(kw_only=True)
class IdentityCheckStarted(DomainEvent):
    """The vendor waits for the physician's document."""

    physician_id: PhysicianId
    reference: str


@frozen(kw_only=True)
class IdentityVerified(DomainEvent):
    """The physician is who they say they are."""

    physician_id: PhysicianId


@frozen(kw_only=True)
class IdentityCheckFailed(DomainEvent):
    """The check did not succeed; another may."""

    physician_id: PhysicianId
    failure: str


@frozen(kw_only=True)
class LicenceAdded(DomainEvent):
    """A licence was claimed and has to be checked."""

    physician_id: PhysicianId
    licence_id: LicenceId


@frozen(kw_only=True)
class LicenceVerified(DomainEvent):
    """A licence was found to be good."""

    physician_id: PhysicianId
    licence_id: LicenceId


@frozen(kw_only=True)
class LicenceRefused(DomainEvent):
    """A licence was not believed, or taken back."""

    physician_id: PhysicianId
    licence_id: LicenceId
    refusal: LicenceRefusal


@frozen(kw_only=True)
class LicenceExpired(DomainEvent):
    """A licence's last day is over."""

    physician_id: PhysicianId
    licence_id: LicenceId


@frozen(kw_only=True)
class ContractOffered(DomainEvent):
    """There is a contract to sign."""

    physician_id: PhysicianId
    commission_plan_id: CommissionPlanId
    commission_plan_version: int


@frozen(kw_only=True)
class ContractSigned(DomainEvent):
    """The physician agreed to the terms of pay."""

    physician_id: PhysicianId
    commission_plan_id: CommissionPlanId
    commission_plan_version: int


@frozen(kw_only=True)
class PayoutAccountLinked(DomainEvent):
    """Earnings can be paid out."""

    physician_id: PhysicianId


@frozen(kw_only=True)
class PhysicianActivated(DomainEvent):
    """The physician may see patients."""

    physician_id: PhysicianId


@frozen(kw_only=True)
class PhysicianSuspended(DomainEvent):
    """The physician may not see patients for now; the work moves to others."""

    physician_id: PhysicianId
    reason: SuspensionReason
