"""
A physician's licences taken together.
"""

from datetime import date, datetime

from domain.physicians.events import LicenceExpired, LicenceRefused, LicenceVerified
from domain.physicians.licence import Licence, LicenceRefusal, LicenceStatus, MalformedLicence
from domain.shared.errors import Conflict
from domain.shared.ids import PhysicianId

_MOST_LICENCES = 80
_LIVE = frozenset({LicenceStatus.CLAIMED, LicenceStatus.VERIFIED})


class LicenceAlreadyAdded(Conflict):
    """A licence for that place is there already."""


def with_claim(
    licences: tuple[Licence, ...], claim: Licence, *, today: date
) -> tuple[Licence, ...]:
    """
    Add a claim.

    Raises:
        MalformedLicence: It has expired, or there are too many.
        LicenceAlreadyAdded: One for that place is claimed or verified.
    """
    if claim.expires_on < today:
        raise MalformedLicence("This licence has expired.", field="expires_on")
    if any(held.jurisdiction == claim.jurisdiction and held.status in _LIVE for held in licences):
        raise LicenceAlreadyAdded(f"You have added a licence for {claim.jurisdiction}.")
    if len(licences) >= _MOST_LICENCES:
        raise MalformedLicence("There are too many licences.", field="licences")
    return (*licences, claim)


def settlement(
    before: Licence, after: Licence, *, physician_id: PhysicianId, now: datetime
) -> LicenceVerified | LicenceExpired | LicenceRefused | None:
    """What is to be told when a licence was looked at; None if it stands as before."""
    if after.status is before.status:
        return None
    if after.status is LicenceStatus.VERIFIED:
        return LicenceVerified(physician_id=physician_id, licence_id=after.id, occurred_at=now)
    if after.status is LicenceStatus.EXPIRED:
        return LicenceExpired(physician_id=physician_id, licence_id=after.id, occurred_at=now)
    return LicenceRefused(
        physician_id=physician_id,
        licence_id=after.id,
        refusal=after.refusal or LicenceRefusal.BY_OPERATOR,
        occurred_at=now,
    )
