"""
A physician, from the application to the last patient.

    applied ──> in_onboarding ──> active <──> suspended
       └──────────────┴──> rejected

An application is accepted by offering a contract. Everything else may be done in any
order; whatever completes the checklist activates the physician.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from attrs import define, evolve, field

from domain.physicians.contract import Contract, NothingToSign
from domain.physicians.events import (
    ContractOffered,
    ContractSigned,
    IdentityCheckFailed,
    IdentityCheckStarted,
    IdentityVerified,
    LicenceAdded,
    PayoutAccountLinked,
    PhysicianActivated,
    PhysicianApplied,
    PhysicianRejected,
    PhysicianSuspended,
    SuspensionReason,
)
from domain.physicians.identity_check import (
    NAME_DIFFERS,
    IdentityAlreadyVerified,
    IdentityCheck,
    IdentityCheckStatus,
    IdentityCheckUnknown,
    IdentityFinding,
)
from domain.physicians.licence import (
    Licence,
    LicenceNotFound,
    LicenceStatus,
    RegistryRecord,
)
from domain.physicians.licensure import settlement, with_claim
from domain.physicians.name import PhysicianName
from domain.physicians.onboarding import (
    Checklist,
    ContractState,
    PayoutAccountState,
    contract_step,
    identity_step,
    licences_step,
    payout_account_step,
)
from domain.shared.errors import Conflict, InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import ContractId, LicenceId, PhysicianId, UserId
from domain.shared.jurisdiction import Jurisdiction


class PhysicianNotFound(NotFound):
    """No such physician, or none that this actor may know of."""


class MalformedApplication(InvalidInput):
    """Something that an application needs is missing or unknown."""


class PhysicianStatusConflict(Conflict):
    """Not possible for a physician in this status."""


class PhysicianStatus(StrEnum):
    """Where a physician stands."""

    APPLIED = "applied"
    IN_ONBOARDING = "in_onboarding"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"


_NEXT: Mapping[PhysicianStatus, frozenset[PhysicianStatus]] = {
    PhysicianStatus.APPLIED: frozenset({PhysicianStatus.IN_ONBOARDING, PhysicianStatus.REJECTED}),
    PhysicianStatus.IN_ONBOARDING: frozenset({PhysicianStatus.ACTIVE, PhysicianStatus.REJECTED}),
    PhysicianStatus.ACTIVE: frozenset({PhysicianStatus.SUSPENDED}),
    PhysicianStatus.SUSPENDED: frozenset({PhysicianStatus.ACTIVE}),
    PhysicianStatus.REJECTED: frozenset(),
}


@define(eq=False, kw_only=True)
class Physician(Aggregate):
    """`contract` is the signed one, `offered_contract` the next one."""

    id: PhysicianId
    user_id: UserId
    name: PhysicianName
    specialties: frozenset[str]
    languages: frozenset[str]
    time_zone: str
    applied_at: datetime
    status: PhysicianStatus = PhysicianStatus.APPLIED
    suspension: SuspensionReason | None = None
    identity: IdentityCheck | None = None
    licences: tuple[Licence, ...] = field(default=())
    contract: Contract | None = None
    offered_contract: Contract | None = None
    payout_account: PayoutAccountState = PayoutAccountState.NONE

    @classmethod
    def apply(
        cls,
        *,
        id: PhysicianId,
        user_id: UserId,
        name: PhysicianName,
        specialties: frozenset[str],
        languages: frozenset[str],
        time_zone: str,
        now: datetime,
    ) -> Self:
        """
        Ask to work here.

        Raises:
            MalformedApplication: No specialty or language, or an unknown time zone.
        """
        if not specialties:
            raise MalformedApplication("Name at least one specialty.", field="specialties")
        if not languages:
            raise MalformedApplication("Name at least one language.", field="languages")
        if time_zone not in available_timezones():
            raise MalformedApplication("Choose a time zone from the list.", field="time_zone")
        physician = cls(
            id=id,
            user_id=user_id,
            name=name,
            specialties=specialties,
            languages=languages,
            time_zone=time_zone,
            applied_at=now,
        )
        physician.record(PhysicianApplied(physician_id=id, user_id=user_id, occurred_at=now))
        return physician

    def reject(self, *, now: datetime) -> None:
        """Turn the application down; a second time changes nothing."""
        if self.status is not PhysicianStatus.REJECTED:
            self._move_to(PhysicianStatus.REJECTED)
            self.record(PhysicianRejected(physician_id=self.id, occurred_at=now))

    # Identity

    def begin_identity_check(self, *, now: datetime) -> IdentityCheck:
        """
        Begin an attempt, or go on with the open one.

        Raises:
            IdentityAlreadyVerified: There is nothing left to prove.
            PhysicianStatusConflict: The application was turned down.
        """
        self._require_wanted()
        check = self.identity
        if check is not None and check.status is IdentityCheckStatus.VERIFIED:
            raise IdentityAlreadyVerified("Your identity is verified already.")
        if check is None or not check.status.is_open:
            check = IdentityCheck(attempt=(check.attempt if check else 0) + 1, updated_at=now)
            self.identity = check
        return check

    def identity_check_started(self, *, attempt: int, reference: str, now: datetime) -> None:
        """Keep the vendor's reference of an attempt; a second time changes nothing."""
        check = self.identity
        if check is None or check.attempt != attempt or check.reference == reference:
            return
        self.identity = evolve(check, reference=reference, updated_at=now)
        self.record(
            IdentityCheckStarted(physician_id=self.id, reference=reference, occurred_at=now)
        )

    def record_identity(self, finding: IdentityFinding, *, now: datetime) -> None:
        """
        Take over what the vendor says. Verified is final; the same again changes nothing.

        Raises:
            IdentityCheckUnknown: It is about another check than the present one.
        """
        check = self.identity
        if check is None or check.reference != finding.reference:
            raise IdentityCheckUnknown("This identity check is not the present one.")
        status, failure = self._judge(finding)
        if check.status is IdentityCheckStatus.VERIFIED or (
            (check.status, check.failure) == (status, failure)
        ):
            return
        self.identity = evolve(
            check,
            status=status,
            failure=failure,
            checked_fields=finding.checked_fields,
            updated_at=now,
        )
        if status is IdentityCheckStatus.VERIFIED:
            self.record(IdentityVerified(physician_id=self.id, occurred_at=now))
        elif status is IdentityCheckStatus.FAILED:
            self.record(
                IdentityCheckFailed(
                    physician_id=self.id, failure=failure or "unknown", occurred_at=now
                )
            )

    # Licences

    def add_licence(self, licence: Licence, *, now: datetime) -> None:
        """
        Claim a licence. A claim that was refused or has expired may be made anew.

        Raises:
            MalformedLicence: It has expired, or there are too many.
            LicenceAlreadyAdded: One for that place is claimed or verified.
            PhysicianStatusConflict: The application was turned down.
        """
        self._require_wanted()
        self.licences = with_claim(self.licences, licence, today=self.today(now))
        self.record(LicenceAdded(physician_id=self.id, licence_id=licence.id, occurred_at=now))

    def licence(self, licence_id: LicenceId) -> Licence:
        """
        One of the licences.

        Raises:
            LicenceNotFound: This physician has no such licence.
        """
        for licence in self.licences:
            if licence.id == licence_id:
                return licence
        raise LicenceNotFound("There is no such licence.")

    def check_licence(
        self, licence_id: LicenceId, record: RegistryRecord | None, *, now: datetime
    ) -> None:
        """Believe or refuse a licence by what its registry says now."""
        licence = self.licence(licence_id)
        if licence.status in {LicenceStatus.CLAIMED, LicenceStatus.VERIFIED}:
            self._settle(licence.checked(record, name=self.name, now=now), now=now)

    def attest_licence(
        self, licence_id: LicenceId, *, by: UserId, evidence: str, now: datetime
    ) -> None:
        """
        Add an operator's word for a licence.

        Raises:
            LicenceSettled: It is no longer a mere claim.
            SecondOperatorNeeded: This operator attested before.
            MalformedLicence: No evidence is named.
        """
        self._settle(self.licence(licence_id).attested(by=by, evidence=evidence, now=now), now=now)

    def refuse_licence(self, licence_id: LicenceId, *, now: datetime) -> None:
        """Do not believe a licence, or no longer; a second time changes nothing."""
        licence = self.licence(licence_id)
        if licence.status in {LicenceStatus.CLAIMED, LicenceStatus.VERIFIED}:
            self._settle(licence.refused(now=now), now=now)

    def look_at_licences(self, *, now: datetime) -> None:
        """Notice the licences whose last day is over."""
        for licence in self.licences:
            self._settle(licence.looked_at(today=self.today(now), now=now), now=now)

    def is_licensed_for(self, place: Jurisdiction, *, on: date) -> bool:
        """Whether a verified licence covers a place on a day."""
        return any(
            licence.jurisdiction.covers(place) and licence.holds_on(on) for licence in self.licences
        )

    # Contract and payout account

    def offer_contract(self, contract: Contract, *, now: datetime) -> None:
        """
        Accept the application, or offer other terms later. The same offer changes nothing.

        Raises:
            PhysicianStatusConflict: The application was turned down.
        """
        self._require_wanted()
        plan = (contract.commission_plan_id, contract.commission_plan_version)
        latest = self.offered_contract or self.contract
        if latest and plan == (latest.commission_plan_id, latest.commission_plan_version):
            return
        self.offered_contract = contract
        if self.status is PhysicianStatus.APPLIED:
            self._move_to(PhysicianStatus.IN_ONBOARDING)
        self.record(
            ContractOffered(
                physician_id=self.id,
                commission_plan_id=contract.commission_plan_id,
                commission_plan_version=contract.commission_plan_version,
                occurred_at=now,
            )
        )

    def sign_contract(self, contract_id: ContractId, *, now: datetime) -> None:
        """
        Agree to the terms that were shown; a second time changes nothing.

        Raises:
            NothingToSign: That contract is not the one on offer.
        """
        if self.contract is not None and self.contract.id == contract_id:
            return
        offer = self.offered_contract
        if offer is None or offer.id != contract_id:
            raise NothingToSign("This contract is not on offer.")
        self.contract = evolve(offer, signed_at=now)
        self.offered_contract = None
        self.record(
            ContractSigned(
                physician_id=self.id,
                commission_plan_id=offer.commission_plan_id,
                commission_plan_version=offer.commission_plan_version,
                occurred_at=now,
            )
        )

    def record_payout_account(self, state: PayoutAccountState, *, now: datetime) -> None:
        """
        Mirror the payout account; the same again changes nothing.

        That it was opened is news only at first: it may be told after what came of it.
        """
        first_news = self.payout_account is PayoutAccountState.NONE
        if state is self.payout_account or (state is PayoutAccountState.OPENED and not first_news):
            return
        self.payout_account = state
        if state is PayoutAccountState.ACTIVE:
            self.record(PayoutAccountLinked(physician_id=self.id, occurred_at=now))

    # Seeing patients

    def checklist(self, *, now: datetime) -> Checklist:
        """What is done and what is missing before the first patient."""
        if self.contract is not None:
            contract = ContractState.SIGNED
        else:
            contract = ContractState.OFFERED if self.offered_contract else ContractState.NONE
        return Checklist(
            (
                identity_step(self.identity),
                licences_step(self.licences, today=self.today(now)),
                contract_step(contract),
                payout_account_step(self.payout_account),
            )
        )

    def activate_when_ready(self, *, now: datetime) -> None:
        """
        Let the physician see patients if nothing is missing; otherwise change nothing.

        A suspension for want of a licence ends here; every other one ends by a person.
        """
        lapsed = (
            self.status is PhysicianStatus.SUSPENDED
            and self.suspension is SuspensionReason.NO_LICENCE_IN_FORCE
        )
        onboarding = self.status is PhysicianStatus.IN_ONBOARDING
        if (lapsed or onboarding) and self.checklist(now=now).is_complete:
            self._activate(now=now)

    def suspend(self, *, reason: SuspensionReason, now: datetime) -> None:
        """
        Keep the physician from patients; a second time only the reason changes.

        Raises:
            PhysicianStatusConflict: The physician was never active.
        """
        if self.status is PhysicianStatus.SUSPENDED:
            self.suspension = reason
            return
        self._move_to(PhysicianStatus.SUSPENDED)
        self.suspension = reason
        self.record(PhysicianSuspended(physician_id=self.id, reason=reason, occurred_at=now))

    def reinstate(self, *, now: datetime) -> None:
        """
        End a suspension; a second time changes nothing.

        Raises:
            PhysicianStatusConflict: Not suspended, or something is missing meanwhile.
        """
        if self.status is PhysicianStatus.ACTIVE:
            return
        if self.status is not PhysicianStatus.SUSPENDED:
            raise PhysicianStatusConflict("Only a suspended physician is reinstated.")
        if not self.checklist(now=now).is_complete:
            raise PhysicianStatusConflict("Something is missing on the checklist.")
        self._activate(now=now)

    def today(self, now: datetime) -> date:
        """The date where the physician is."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def _judge(self, finding: IdentityFinding) -> tuple[IdentityCheckStatus, str | None]:
        named = finding.given is not None and finding.family is not None
        if (
            finding.status is IdentityCheckStatus.VERIFIED
            and named
            and not self.name.is_of_same_person(
                given=finding.given or "", family=finding.family or ""
            )
        ):
            return IdentityCheckStatus.FAILED, NAME_DIFFERS
        return finding.status, finding.failure

    def _settle(self, licence: Licence, *, now: datetime) -> None:
        before = self.licence(licence.id)
        self.licences = tuple(licence if held.id == licence.id else held for held in self.licences)
        event = settlement(before, licence, physician_id=self.id, now=now)
        if event is not None:
            self.record(event)
            self._suspend_without_licence(now=now)

    def _suspend_without_licence(self, *, now: datetime) -> None:
        in_force = any(licence.holds_on(self.today(now)) for licence in self.licences)
        if self.status is PhysicianStatus.ACTIVE and not in_force:
            self.suspend(reason=SuspensionReason.NO_LICENCE_IN_FORCE, now=now)

    def _activate(self, *, now: datetime) -> None:
        self._move_to(PhysicianStatus.ACTIVE)
        self.suspension = None
        self.record(PhysicianActivated(physician_id=self.id, occurred_at=now))

    def _require_wanted(self) -> None:
        if self.status is PhysicianStatus.REJECTED:
            raise PhysicianStatusConflict("This application was turned down.")

    def _move_to(self, status: PhysicianStatus) -> None:
        if status not in _NEXT[self.status]:
            raise PhysicianStatusConflict(
                f"A physician who is {self.status.value} cannot become {status.value}."
            )
        self.status = status
