"""
Asking to work here, and being taken on.
"""

from collections.abc import Iterable

from attrs import frozen

from application.physicians.ports import PhysiciansUnitOfWork
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_person,
    require_role,
    require_self_physician,
)
from application.shared.ports import Clock, Ids
from domain.physicians.contract import Contract
from domain.physicians.name import PhysicianName
from domain.physicians.physician import Physician, PhysicianStatus
from domain.shared.ids import CommissionPlanId, ContractId, PhysicianId, to_wire


@frozen
class ApplyAsPhysician:
    """
    Make the signed-in person an applicant.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        given_name: str,
        family_name: str,
        title: str = "Dr",
        specialties: Iterable[str],
        languages: Iterable[str],
        time_zone: str,
    ) -> PhysicianId:
        """
        Apply. Who has applied before keeps their application.

        Raises:
            AccessDenied: Not a person, or not signed in.
            MalformedName: A part of the name is missing.
            MalformedApplication: No specialty or language, or an unknown time zone.
        """
        require_person(actor)
        if actor.user_id is None:
            raise AccessDenied("Sign in before you apply.")
        now = self._clock.now()
        with self._uow as uow:
            user = uow.users.get(actor.user_id)
            if user.physician_id is not None:
                return user.physician_id
            physician = Physician.apply(
                id=PhysicianId(self._ids.new()),
                user_id=user.id,
                name=PhysicianName(given=given_name, family=family_name, title=title),
                specialties=frozenset(specialties),
                languages=frozenset(languages),
                time_zone=time_zone,
                now=now,
            )
            user.become_physician(physician.id)
            uow.physicians.add(physician)
            uow.users.save(user)
            uow.audit.record(
                actor=actor,
                action="physician.applied",
                subject=to_wire("physician", physician.id),
            )
            uow.commit()
        return physician.id


@frozen
class OfferContract:
    """
    Accept an application, or offer a physician other terms of pay.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        commission_plan_id: CommissionPlanId,
        commission_plan_version: int,
    ) -> ContractId | None:
        """
        Offer a contract; None if the physician has or was offered these terms already.

        Raises:
            AccessDenied: Not operations or an administrator.
            PhysicianNotFound: There is none.
            PhysicianStatusConflict: The application was turned down.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        now = self._clock.now()
        contract = Contract(
            id=ContractId(self._ids.new()),
            commission_plan_id=commission_plan_id,
            commission_plan_version=commission_plan_version,
            offered_at=now,
        )
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            physician.offer_contract(contract, now=now)
            if physician.offered_contract != contract:
                return None
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.contract_offered",
                subject=to_wire("physician", physician_id),
                details={"commission_plan": to_wire("commission_plan", commission_plan_id)},
            )
            uow.commit()
        return contract.id


@frozen
class SignContract:
    """
    Agree to the terms of pay. Only the physician in person can.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId, contract_id: ContractId) -> None:
        """
        Sign the contract that was shown; a second time changes nothing.

        Raises:
            AccessDenied: Somebody else, or a program.
            NothingToSign: Another contract is on offer, or none.
        """
        require_person(actor)
        require_self_physician(actor, physician_id)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            if physician.contract is not None and physician.contract.id == contract_id:
                return
            physician.sign_contract(contract_id, now=self._clock.now())
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.contract_signed",
                subject=to_wire("physician", physician_id),
                details={"contract": to_wire("contract", contract_id)},
            )
            uow.commit()


@frozen
class RejectApplication:
    """
    Turn an application down.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId, reason: str) -> None:
        """
        Reject; a second time changes nothing.

        Args:
            reason: For the audit trail.

        Raises:
            AccessDenied: Not operations or an administrator.
            PhysicianStatusConflict: The physician was activated.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            if physician.status is PhysicianStatus.REJECTED:
                return
            physician.reject(now=self._clock.now())
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.rejected",
                subject=to_wire("physician", physician_id),
                reason=reason,
            )
            uow.commit()
