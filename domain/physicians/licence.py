"""
The right to practise somewhere.

    claimed ──> verified ──> expired
       └──────> refused        a registry took it back: verified ──> refused

A registry confirms what it covers. Where no registry can be asked, two different
operators attest that they looked it up, each naming their evidence.
"""

import re
from datetime import date, datetime
from enum import StrEnum

from attrs import evolve, field, frozen

from domain.physicians.name import PhysicianName
from domain.physicians.npi import is_npi
from domain.shared.errors import Conflict, InvalidInput, NotFound
from domain.shared.ids import LicenceId, UserId
from domain.shared.jurisdiction import Jurisdiction

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{2,39}")
_AHPRA = re.compile(r"[A-Z]{3}\d{10}")
_LONGEST_EVIDENCE = 200
ATTESTATIONS_NEEDED = 2


class MalformedLicence(InvalidInput):
    """The number or the date cannot be a licence's."""


class LicenceNotFound(NotFound):
    """This physician has no such licence."""


class LicenceSettled(Conflict):
    """It was verified or refused already."""


class SecondOperatorNeeded(Conflict):
    """The same operator cannot attest twice."""


class LicenceKind(StrEnum):
    """What the number is."""

    NPI = "npi"  # United States; the registry lists the states of licence
    AHPRA = "ahpra"  # Australia
    REGISTRATION = "registration"  # anywhere else

    @property
    def has_registry(self) -> bool:
        """Whether a public registry can be asked, so that no operator has to look it up."""
        return self is LicenceKind.NPI


class LicenceStatus(StrEnum):
    """How far the claim was believed."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REFUSED = "refused"
    EXPIRED = "expired"


class LicenceRefusal(StrEnum):
    """Why a claim was not believed."""

    NOT_FOUND = "not_found"
    DEACTIVATED = "deactivated"
    NAME_DIFFERS = "name_differs"
    NOT_LICENSED_THERE = "not_licensed_there"
    BY_OPERATOR = "by_operator"


@frozen(kw_only=True)
class RegistryRecord:
    """
    What a public registry says about a number.

    Args:
        licences: Jurisdiction code to licence number, as far as the registry lists them.
    """

    given: str = field(repr=False)
    family: str = field(repr=False)
    active: bool
    licences: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Attestation:
    """
    An operator looked the licence up.

    Args:
        evidence: Where the proof is kept: a document's identifier or a registry page.
    """

    by: UserId
    evidence: str
    attested_at: datetime


@frozen(kw_only=True)
class Licence:
    """
    A claim to practise somewhere until a day, that day included.

    Args:
        registry_reference: The licence number that the registry lists, where it lists one.
        checked_at: When it was last looked at, by a registry or the calendar.
    """

    id: LicenceId
    jurisdiction: Jurisdiction
    kind: LicenceKind
    number: str
    expires_on: date
    status: LicenceStatus = LicenceStatus.CLAIMED
    refusal: LicenceRefusal | None = None
    attestations: tuple[Attestation, ...] = ()
    registry_reference: str | None = None
    checked_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        fits = {
            LicenceKind.NPI: is_npi(self.number) and self.jurisdiction.country == "US",
            LicenceKind.AHPRA: bool(_AHPRA.fullmatch(self.number))
            and self.jurisdiction.country == "AU",
            LicenceKind.REGISTRATION: bool(_NUMBER.fullmatch(self.number)),
        }
        if not fits[self.kind]:
            raise MalformedLicence(
                f"This is no {self.kind.value.upper()} number for {self.jurisdiction}.",
                field="number",
            )

    def holds_on(self, day: date) -> bool:
        """Whether it is verified and not yet expired on a day."""
        return self.status is LicenceStatus.VERIFIED and day <= self.expires_on

    def is_same_claim(self, other: "Licence") -> bool:
        """Whether another claim is of the same licence, and this one still stands."""
        mine = (self.jurisdiction, self.kind, self.number, self.expires_on)
        theirs = (other.jurisdiction, other.kind, other.number, other.expires_on)
        return mine == theirs and self.status in {LicenceStatus.CLAIMED, LicenceStatus.VERIFIED}

    def checked(
        self, record: RegistryRecord | None, *, name: PhysicianName, now: datetime
    ) -> "Licence":
        """Believe or refuse the claim by what the registry says; None means: no such number."""
        refusal = self._refusal(record, name)
        if refusal is not None or record is None:
            return evolve(self, status=LicenceStatus.REFUSED, refusal=refusal, checked_at=now)
        return evolve(
            self,
            status=LicenceStatus.VERIFIED,
            refusal=None,
            registry_reference=record.licences.get(self.jurisdiction.code),
            checked_at=now,
        )

    def attested(self, *, by: UserId, evidence: str, now: datetime) -> "Licence":
        """
        Add an operator's word; with the second one's it is verified.

        Raises:
            LicenceSettled: It is no longer a mere claim.
            SecondOperatorNeeded: This operator attested before.
            MalformedLicence: No evidence is named.
        """
        if self.status is not LicenceStatus.CLAIMED:
            raise LicenceSettled(f"This licence is {self.status.value} already.")
        if any(attestation.by == by for attestation in self.attestations):
            raise SecondOperatorNeeded("A second operator has to confirm it.")
        if not evidence.strip() or len(evidence) > _LONGEST_EVIDENCE:
            raise MalformedLicence("Say where the evidence is kept.", field="evidence")
        attestations = (
            *self.attestations,
            Attestation(by=by, evidence=evidence.strip(), attested_at=now),
        )
        enough = len(attestations) >= ATTESTATIONS_NEEDED
        return evolve(
            self,
            attestations=attestations,
            status=LicenceStatus.VERIFIED if enough else LicenceStatus.CLAIMED,
            checked_at=now,
        )

    def refused(self, *, now: datetime) -> "Licence":
        """Not believed by an operator."""
        return evolve(
            self,
            status=LicenceStatus.REFUSED,
            refusal=LicenceRefusal.BY_OPERATOR,
            checked_at=now,
        )

    def looked_at(self, *, today: date, now: datetime) -> "Licence":
        """Expired if its last day is over."""
        over = self.status is LicenceStatus.VERIFIED and today > self.expires_on
        return evolve(self, status=LicenceStatus.EXPIRED if over else self.status, checked_at=now)

    def _refusal(self, record: RegistryRecord | None, name: PhysicianName) -> LicenceRefusal | None:
        if record is None:
            return LicenceRefusal.NOT_FOUND
        if not record.active:
            return LicenceRefusal.DEACTIVATED
        if not name.is_of_same_person(given=record.given, family=record.family):
            return LicenceRefusal.NAME_DIFFERS
        if self.jurisdiction.code not in record.licences:
            return LicenceRefusal.NOT_LICENSED_THERE
        return None
