"""
Believing licences, and looking at them again every day.
"""

from datetime import date, timedelta

from attrs import frozen

from application.physicians.ports import (
    LicenceRegistry,
    LicenceRegistryUnavailable,
    PhysiciansUnitOfWork,
)
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_person,
    require_role,
    require_self_physician,
    require_system,
)
from application.shared.ports import Clock, Ids
from domain.physicians.licence import Licence, LicenceKind, LicenceStatus
from domain.shared.ids import LicenceId, PhysicianId, to_wire
from domain.shared.jurisdiction import Jurisdiction

RECHECK_AFTER = timedelta(hours=24)
_MOST_AT_ONCE = 10_000


@frozen
class AddLicence:
    """
    Claim the right to practise somewhere.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        jurisdiction: Jurisdiction,
        kind: LicenceKind,
        number: str,
        expires_on: date,
    ) -> LicenceId:
        """
        Add a licence, to be verified. The same number for the same place is found again.

        Raises:
            AccessDenied: Somebody else.
            MalformedLicence: Not a number of that kind and place, or expired.
            LicenceAlreadyAdded: Another number for that place is claimed or verified.
        """
        require_self_physician(actor, physician_id)
        now = self._clock.now()
        claim = Licence(
            id=LicenceId(self._ids.new()),
            jurisdiction=jurisdiction,
            kind=kind,
            number=number.strip().upper(),
            expires_on=expires_on,
        )
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            for held in physician.licences:
                if held.is_same_claim(claim):
                    return held.id
            physician.add_licence(claim, now=now)
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.licence_added",
                subject=to_wire("licence", claim.id),
                details={"jurisdiction": jurisdiction.code},
            )
            uow.commit()
        return claim.id


@frozen
class VerifyLicence:
    """
    Ask the registry about a claim. Where there is none, operators attest instead.
    """

    _uow: PhysiciansUnitOfWork
    _registry: LicenceRegistry
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId, licence_id: LicenceId) -> None:
        """
        Verify or refuse; what is settled, or has no registry, stays as it is.

        Raises:
            AccessDenied: Not operations, an administrator or the system.
            LicenceNotFound: The physician has no such licence.
            LicenceRegistryUnavailable: The registry does not answer.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            licence = uow.physicians.read(physician_id).licence(licence_id)
        if licence.status is not LicenceStatus.CLAIMED or not licence.kind.has_registry:
            return
        record = self._registry.find(kind=licence.kind, number=licence.number)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            physician.check_licence(licence_id, record, now=self._clock.now())
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.licence_checked",
                subject=to_wire("licence", licence_id),
                details={"status": physician.licence(licence_id).status.value},
            )
            uow.commit()


@frozen
class AttestLicence:
    """
    Confirm, as an operator, that a licence was looked up. Two different ones are needed.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, licence_id: LicenceId, evidence: str
    ) -> None:
        """
        Attest.

        Args:
            evidence: Where the proof is kept: a document's identifier or a registry page.

        Raises:
            AccessDenied: Not a person in operations or an administrator, or the
                physician themselves.
            LicenceNotFound: The physician has no such licence.
            LicenceSettled: It is no longer a mere claim.
            SecondOperatorNeeded: This operator attested before.
            MalformedLicence: No evidence is named.
        """
        require_person(actor)
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        if actor.user_id is None or actor.physician_id == physician_id:
            raise AccessDenied("Somebody else has to confirm this.")
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            physician.attest_licence(
                licence_id, by=actor.user_id, evidence=evidence, now=self._clock.now()
            )
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.licence_attested",
                subject=to_wire("licence", licence_id),
            )
            uow.commit()


@frozen
class RefuseLicence:
    """
    Disbelieve a licence as an operator, whatever was found before.
    """

    _uow: PhysiciansUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, licence_id: LicenceId, reason: str
    ) -> None:
        """
        Refuse; a second time changes nothing.

        Raises:
            AccessDenied: Not operations or an administrator.
            LicenceNotFound: The physician has no such licence.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            before = physician.licences
            physician.refuse_licence(licence_id, now=self._clock.now())
            if physician.licences == before:
                return
            uow.physicians.save(physician)
            uow.audit.record(
                actor=actor,
                action="physician.licence_refused",
                subject=to_wire("licence", licence_id),
                reason=reason,
            )
            uow.commit()


@frozen
class RecheckLicences:
    """
    Look once a day at every verified licence: at its last day, and in its registry.
    """

    _uow: PhysiciansUnitOfWork
    _registry: LicenceRegistry
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Look at the licences that are due, and say at how many physicians'.

        A physician whose registry does not answer stays due; the others are done first.

        Raises:
            AccessDenied: Not the system.
            LicenceRegistryUnavailable: A registry did not answer.
        """
        require_system(actor)
        before = self._clock.now() - RECHECK_AFTER
        with self._uow as uow:
            due = uow.physicians.due_for_licence_check(before=before, limit=_MOST_AT_ONCE)
        silence: LicenceRegistryUnavailable | None = None
        for physician_id in due:
            try:
                self._recheck(physician_id)
            except LicenceRegistryUnavailable as unavailable:
                silence = unavailable
        if silence is not None:
            raise silence
        return len(due)

    def _recheck(self, physician_id: PhysicianId) -> None:
        with self._uow as uow:
            licences = uow.physicians.read(physician_id).licences
        records = {
            licence.id: self._registry.find(kind=licence.kind, number=licence.number)
            for licence in licences
            if licence.status is LicenceStatus.VERIFIED and licence.kind.has_registry
        }
        now = self._clock.now()
        with self._uow as uow:
            physician = uow.physicians.get(physician_id)
            for licence_id, record in records.items():
                physician.check_licence(licence_id, record, now=now)
            physician.look_at_licences(now=now)
            uow.physicians.save(physician)
            uow.commit()
