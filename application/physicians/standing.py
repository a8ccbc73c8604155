"""
Whether a physician may see patients.
"""

from attrs import frozen

from application.physicians.ports import PhysiciansUnitOfWork
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock
from domain.physicians.events import SuspensionReason
from domain.physicians.onboarding import PayoutAccountState
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import PhysicianId, to_wire


@frozen
class RecordPayoutAccount:
    """
    Mirror how the payout account stands.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, status: PayoutAccountState
    ) -> None:
        """
        Record it; the same again changes nothing.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            before = physician.payout_account
            physician.record_payout_account(status, now=self._clock.now())
            if physician.payout_account is before:
                return
            uow.physicians.save(physician)
            uow.commit()


@frozen
class ActivateWhenReady:
    """
    Let a physician see patients once nothing is missing.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> None:
        """
        Activate if the checklist is complete; otherwise, and a second time, do nothing.

        Raises:
            AccessDenied: Not operations, an administrator or the system.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            before = physician.status
            physician.activate_when_ready(now=self._clock.now())
            if physician.status is before:
                return
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.activated",
                subject=to_wire("physician", physician_id),
            )
            uow.commit()


@frozen
class SuspendPhysician:
    """
    Keep a physician from patients.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, reason: SuspensionReason
    ) -> None:
        """
        Suspend; a second time only the reason changes.

        Raises:
            AccessDenied: Not operations or an administrator.
            PhysicianStatusConflict: The physician was never active.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            if physician.suspension is reason:
                return
            physician.suspend(reason=reason, now=self._clock.now())
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.suspended",
                subject=to_wire("physician", physician_id),
                details={"reason": reason.value},
            )
            uow.commit()


@frozen
class ReinstatePhysician:
    """
    End a suspension.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> None:
        """
        Reinstate; a second time changes nothing.

        Raises:
            AccessDenied: Not operations or an administrator.
            PhysicianStatusConflict: Never active, or something is missing meanwhile.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            if physician.status is PhysicianStatus.ACTIVE:
                return
            physician.reinstate(now=self._clock.now())
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.reinstated",
                subject=to_wire("physician", physician_id),
            )
            uow.commit()
