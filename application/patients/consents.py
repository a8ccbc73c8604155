"""
Giving and withdrawing consent.
"""

from attrs import frozen

from application.patients.ports import PatientsUnitOfWork
from application.shared.access import Actor, require_person, require_self_patient
from application.shared.ports import Clock, Ids
from domain.patients.consent import (
    Consent,
    ConsentKind,
    ConsentNotGiven,
    ConsentTextOutdated,
)
from domain.patients.events import ConsentGiven, ConsentWithdrawn
from domain.shared.ids import ConsentId, PatientId, to_wire


@frozen
class GiveConsent:
    """
    Agree to the newest version of a text. Agreeing twice is agreeing once.
    """

    _uow: PatientsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self, *, actor: Actor, patient_id: PatientId, kind: ConsentKind, text_version: int
    ) -> None:
        """
        Give it.

        Raises:
            ConsentTextOutdated: Another version is the newest; that one has to be read.
        """
        require_person(actor)
        require_self_patient(actor, patient_id)
        now = self._clock.now()
        with self._uow as uow:
            patient = uow.patients.get(patient_id)
            newest = uow.consents.current_text(kind, language=patient.locale)
            if newest.version != text_version:
                raise ConsentTextOutdated("Read the newest version of this text first.")
            before = uow.consents.in_force(patient_id, kind)
            if before is not None:
                if before.text_version == text_version:
                    return
                before.end(now=now)
                uow.consents.save(before)
            consent = Consent(
                id=ConsentId(self._ids.new()),
                patient_id=patient_id,
                kind=kind,
                text_version=text_version,
                given_at=now,
            )
            consent.record(ConsentGiven(patient_id=patient_id, kind=kind, occurred_at=now))
            uow.consents.add(consent)
            uow.audit.record(
                actor=actor,
                action="consent.given",
                subject=to_wire("consent", consent.id),
                patient_id=patient_id,
                details={"kind": kind.value, "text_version": str(text_version)},
            )
            uow.commit()


@frozen
class WithdrawConsent:
    """
    Agree no longer.
    """

    _uow: PatientsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, patient_id: PatientId, kind: ConsentKind) -> None:
        """
        Withdraw it.

        Raises:
            ConsentNotGiven: There is none in force.
        """
        require_person(actor)
        require_self_patient(actor, patient_id)
        now = self._clock.now()
        with self._uow as uow:
            consent = uow.consents.in_force(patient_id, kind)
            if consent is None:
                raise ConsentNotGiven("You have not given this consent.")
            consent.end(now=now)
            consent.record(ConsentWithdrawn(patient_id=patient_id, kind=kind, occurred_at=now))
            uow.consents.save(consent)
            uow.audit.record(
                actor=actor,
                action="consent.withdrawn",
                subject=to_wire("consent", consent.id),
                patient_id=patient_id,
                details={"kind": kind.value},
            )
            uow.commit()
