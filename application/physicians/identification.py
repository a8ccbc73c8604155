"""
Proving who a physician is.
"""

from datetime import timedelta

from attrs import frozen

from application.physicians.ports import (
    IdentityChecks,
    PhysiciansUnitOfWork,
    StartedIdentityCheck,
)
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_person,
    require_self_physician,
    require_system,
)
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.physicians.identity_check import IdentityCheckUnknown
from domain.shared.ids import PhysicianId, to_wire

_PATIENCE = timedelta(minutes=5)
_GIVEN_UP = timedelta(days=7)  # who has not finished by then begins anew, and is seen then
_MOST_AT_ONCE = 200


@frozen
class StartIdentityCheck:
    """
    Send the physician to the vendor with document and face.
    """

    _uow: PhysiciansUnitOfWork
    _checks: IdentityChecks
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, return_url: str
    ) -> StartedIdentityCheck:
        """
        Begin a check, or go on with the one that is open.

        Args:
            return_url: Where the vendor sends the physician back to.

        Raises:
            AccessDenied: Somebody else, or a program.
            IdentityAlreadyVerified: There is nothing left to prove.
            IdentityChecksUnavailable: The vendor does not answer; trying again is safe.
        """
        require_person(actor)
        require_self_physician(actor, physician_id)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            check = physician.begin_identity_check(now=self._clock.now())
            uow.physicians.save(physician)
            uow.commit()
        if check.reference is not None:
            return self._checks.resume(check.reference)
        started = self._checks.start(
            physician_id=physician_id, attempt=check.attempt, return_url=return_url
        )
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            physician.identity_check_started(
                attempt=check.attempt, reference=started.reference, now=self._clock.now()
            )
            uow.physicians.save(physician)
            uow.commit()
        return started


@frozen
class RecordIdentityCheck:
    """
    Ask the vendor how a check stands, and take it over.
    """

    _uow: PhysiciansUnitOfWork
    _checks: IdentityChecks
    _clock: Clock

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Record the outcome; the same again changes nothing.

        Raises:
            AccessDenied: Not the physician, operations, an administrator or the system.
            IdentityCheckUnknown: No physician's present check has this reference (yet).
            IdentityChecksUnavailable: The vendor does not answer.
        """
        with self._uow as uow:
            physician_id = uow.physicians.find_by_identity_reference(reference)
        if physician_id is None:
            raise IdentityCheckUnknown("There is no such identity check.")
        _require_concerned(actor, physician_id)
        finding = self._checks.fetch(reference)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            before = physician.identity
            physician.record_identity(finding, now=self._clock.now())
            if physician.identity == before:
                return
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.identity_recorded",
                subject=to_wire("physician", physician_id),
                details={"status": finding.status.value, "reference": reference},
            )
            uow.commit()


@frozen
class SweepIdentityChecks:
    """
    Ask the vendor about unfinished checks of which no word came.
    """

    _uow: PhysiciansUnitOfWork
    _record: RecordIdentityCheck
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Record how they stand, and say how many were asked about.

        Raises:
            AccessDenied: Not the system.
            IdentityChecksUnavailable: The vendor does not answer.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            references = uow.physicians.open_identity_checks(
                since=now - _GIVEN_UP, before=now - _PATIENCE, limit=_MOST_AT_ONCE
            )
        return work_through(
            references, lambda reference: self._record(actor=actor, reference=reference)
        )


def _require_concerned(actor: Actor, physician_id: PhysicianId) -> None:
    staff = actor.roles & {Role.OPERATIONS, Role.ADMINISTRATOR}
    if not (actor.is_system or staff or actor.physician_id == physician_id):
        raise AccessDenied("Only the physician may do this.")
