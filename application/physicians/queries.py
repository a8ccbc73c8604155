"""
Looking at physicians: the own checklist, the operators' lists, what patients may know.
"""

from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from application.physicians.ports import PhysiciansUnitOfWork
from application.shared.access import AccessDenied, Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import Clock
from domain.physicians.contract import Contract
from domain.physicians.licence import Licence, LicenceKind, LicenceRefusal, LicenceStatus
from domain.physicians.onboarding import Party, Step, StepName
from domain.physicians.physician import Physician, PhysicianNotFound, PhysicianStatus
from domain.shared.ids import (
    CommissionPlanId,
    ContractId,
    LicenceId,
    PhysicianId,
    UserId,
)

MOST_AT_ONCE = 100
APPLICATIONS = (PhysicianStatus.APPLIED, PhysicianStatus.IN_ONBOARDING)


@frozen(kw_only=True)
class LicenceView:
    """A licence. `attested_by` names the operators who looked it up."""

    licence_id: LicenceId
    jurisdiction: str
    kind: LicenceKind
    number: str
    expires_on: date
    status: LicenceStatus
    refusal: LicenceRefusal | None
    attested_by: tuple[UserId, ...]
    checked_at: datetime | None


@frozen(kw_only=True)
class ContractView:
    """A contract, signed or on offer."""

    contract_id: ContractId
    commission_plan_id: CommissionPlanId
    commission_plan_version: int
    offered_at: datetime
    signed_at: datetime | None


@frozen(kw_only=True)
class OnboardingView:
    """The checklist, with what it was derived from."""

    physician_id: PhysicianId
    user_id: UserId
    name: str
    status: PhysicianStatus
    suspension: str | None
    applied_at: datetime
    time_zone: str
    specialties: tuple[str, ...]
    languages: tuple[str, ...]
    steps: tuple[Step, ...]
    is_complete: bool
    identity_reference: str | None
    identity_checked_fields: tuple[str, ...]
    licences: tuple[LicenceView, ...]
    contract: ContractView | None
    offered_contract: ContractView | None


@frozen(kw_only=True)
class ApplicationSummary:
    """
    A line of the operators' list.

    Args:
        open_steps: What is not done yet.
        waits_for: Who has to act next; several may.
    """

    physician_id: PhysicianId
    name: str
    status: PhysicianStatus
    applied_at: datetime
    specialties: tuple[str, ...]
    open_steps: tuple[StepName, ...]
    waits_for: tuple[Party, ...]


@frozen(kw_only=True)
class PhysicianProfile:
    """What everybody may know of an active physician."""

    physician_id: PhysicianId
    name: str
    specialties: tuple[str, ...]
    languages: tuple[str, ...]
    licensed_in: tuple[str, ...]


class PhysicianQueries(Protocol):
    """Lists of physicians, straight from storage."""

    def in_status(
        self, statuses: tuple[PhysicianStatus, ...], *, limit: int, cursor: str | None
    ) -> Page[PhysicianId]:
        """Physicians in one of the statuses, the earliest application first."""
        ...


@frozen
class ViewOnboarding:
    """
    The checklist: each step's state, what is missing, who must act.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> OnboardingView:
        """
        View it as the physician or as staff.

        Raises:
            AccessDenied: Somebody else.
            PhysicianNotFound: There is none.
        """
        if not (actor.is_system or actor.is_staff or actor.physician_id == physician_id):
            raise AccessDenied("Only the physician may see this.")
        with self._uow as uow:
            physician = uow.physicians.read(physician_id)
        return _onboarding(physician, now=self._clock.now())


@frozen
class ListApplications:
    """
    The operators' work list: who applied, what is open, who must act.
    """

    _queries: PhysicianQueries
    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        statuses: tuple[PhysicianStatus, ...] = APPLICATIONS,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[ApplicationSummary]:
        """
        List physicians in the given statuses, applications by default.

        Raises:
            AccessDenied: Not staff.
        """
        require_role(actor, Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR)
        page = self._queries.in_status(
            statuses, limit=max(1, min(limit, MOST_AT_ONCE)), cursor=cursor
        )
        now = self._clock.now()
        with self._uow as uow:
            physicians = uow.physicians.read_many(page.items)
        return Page(
            tuple(_summary(physician, now=now) for physician in physicians), page.next_cursor
        )


@frozen
class ViewPhysician:
    """
    What patients may know of a physician.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> PhysicianProfile:
        """
        View a profile; of one who sees no patients, only they and staff may.

        Raises:
            PhysicianNotFound: There is none, or none that this actor may know of.
        """
        with self._uow as uow:
            physician = uow.physicians.read(physician_id)
        concerned = actor.is_system or actor.is_staff or actor.physician_id == physician_id
        if physician.status is not PhysicianStatus.ACTIVE and not concerned:
            raise PhysicianNotFound("There is no such physician.")
        today = physician.today(self._clock.now())
        return PhysicianProfile(
            physician_id=physician.id,
            name=physician.name.full,
            specialties=tuple(sorted(physician.specialties)),
            languages=tuple(sorted(physician.languages)),
            licensed_in=tuple(
                sorted(
                    licence.jurisdiction.code
                    for licence in physician.licences
                    if licence.holds_on(today)
                )
            ),
        )


def _onboarding(physician: Physician, *, now: datetime) -> OnboardingView:
    checklist = physician.checklist(now=now)
    identity = physician.identity
    return OnboardingView(
        physician_id=physician.id,
        user_id=physician.user_id,
        name=physician.name.full,
        status=physician.status,
        suspension=physician.suspension.value if physician.suspension else None,
        applied_at=physician.applied_at,
        time_zone=physician.time_zone,
        specialties=tuple(sorted(physician.specialties)),
        languages=tuple(sorted(physician.languages)),
        steps=checklist.steps,
        is_complete=checklist.is_complete,
        identity_reference=identity.reference if identity else None,
        identity_checked_fields=tuple(sorted(identity.checked_fields)) if identity else (),
        licences=tuple(_licence(licence) for licence in physician.licences),
        contract=_contract(physician.contract),
        offered_contract=_contract(physician.offered_contract),
    )


def _summary(physician: Physician, *, now: datetime) -> ApplicationSummary:
    steps = [step for step in physician.checklist(now=now).steps if not step.is_done]
    return ApplicationSummary(
        physician_id=physician.id,
        name=physician.name.full,
        status=physician.status,
        applied_at=physician.applied_at,
        specialties=tuple(sorted(physician.specialties)),
        open_steps=tuple(step.name for step in steps),
        waits_for=tuple(party for party in Party if any(step.who_acts is party for step in steps)),
    )


def _licence(licence: Licence) -> LicenceView:
    return LicenceView(
        licence_id=licence.id,
        jurisdiction=licence.jurisdiction.code,
        kind=licence.kind,
        number=licence.number,
        expires_on=licence.expires_on,
        status=licence.status,
        refusal=licence.refusal,
        attested_by=tuple(attestation.by for attestation in licence.attestations),
        checked_at=licence.checked_at,
    )


def _contract(contract: Contract | None) -> ContractView | None:
    if contract is None:
        return None
    return ContractView(
        contract_id=contract.id,
        commission_plan_id=contract.commission_plan_id,
        commission_plan_version=contract.commission_plan_version,
        offered_at=contract.offered_at,
        signed_at=contract.signed_at,
    )
