"""
Keeping a record up to date, and erasing it.
"""

from attrs import frozen

from application.patients.access import RecordAccess, stated_reason
from application.patients.ports import PatientsUnitOfWork, Relationships
from application.shared.access import (
    Actor,
    Role,
    require_fresh_second_factor,
    require_person,
    require_self_patient,
)
from application.shared.ports import Clock
from domain.identity.user import UserStatus
from domain.patients.erasure import RecordErased
from domain.patients.health_profile import HealthFacts
from domain.patients.patient import PersonName, PostalAddress, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.errors import Conflict
from domain.shared.ids import PatientId, to_wire
from domain.shared.jurisdiction import Jurisdiction


@frozen
class ChangePatientDetails:
    """
    Write down who and where the patient is now. All of it at once; the date of birth stays.
    """

    _uow: PatientsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        name: PersonName,
        sex: Sex,
        phone: PhoneNumber | None,
        address: PostalAddress | None,
        place: Jurisdiction,
        time_zone: str,
        locale: str,
    ) -> None:
        """
        Change them.

        Raises:
            UnknownTimeZone: The IANA database has no such zone.
            MalformedLocale: Not a language tag.
        """
        require_self_patient(actor, patient_id)
        with self._uow as uow:
            patient = uow.patients.get(patient_id)
            patient.change_details(
                name=name,
                sex=sex,
                phone=phone,
                address=address,
                place=place,
                time_zone=time_zone,
                locale=locale,
            )
            uow.patients.save(patient)
            user = uow.users.get(patient.user_id)
            user.name = name.full
            user.locale = locale
            user.time_zone = time_zone
            uow.users.save(user)
            uow.audit.record(
                actor=actor,
                action="patient.details_changed",
                subject=to_wire("patient", patient_id),
                patient_id=patient_id,
            )
            uow.commit()


@frozen
class UpdateHealthProfile:
    """
    Write down allergies, conditions, medication and pregnancy, by the patient or a physician.
    """

    _uow: PatientsUnitOfWork
    _clock: Clock
    _access: RecordAccess

    def __call__(self, *, actor: Actor, patient_id: PatientId, facts: HealthFacts) -> None:
        """
        Replace all of it.

        Raises:
            PatientNotFound: The actor neither is nor treats this patient.
        """
        admission = self._access.admit(actor=actor, patient_id=patient_id, reason="")
        with self._uow as uow:
            profile = uow.health_profiles.of(patient_id)
            profile.update(facts, now=self._clock.now())
            uow.health_profiles.save(profile)
            admission.note(uow.audit, actor=actor, action="patient.health_profile_updated")
            uow.commit()


class CareUnderWay(Conflict):
    """A consultation goes on that nobody could treat, cancel or refund any more."""


@frozen
class ErasePatient:
    """
    Destroy the key of a record at the patient's request, and close the account.

    What money and audit keep of it are identifiers and amounts.
    """

    _uow: PatientsUnitOfWork
    _clock: Clock
    _relationships: Relationships

    def __call__(self, *, actor: Actor, patient_id: PatientId, reason: str) -> None:
        """
        Erase. It cannot be undone, by anybody.

        Raises:
            PatientNotFound: There is no such record.
            PurposeRequired: No reason was given.
            StepUpRequired: Who asks has a second factor, and gave it too long ago.
            CareUnderWay: A consultation has to end or be cancelled first.
        """
        require_person(actor)
        if actor.patient_id != patient_id and Role.ADMINISTRATOR not in actor.roles:
            require_self_patient(actor, patient_id)
        now = self._clock.now()
        require_fresh_second_factor(actor, now=now)
        stated = stated_reason(reason)
        if self._relationships.is_in_care(patient_id):
            raise CareUnderWay("Finish or cancel the open consultation first.")
        with self._uow as uow:
            try:
                patient = uow.patients.get(patient_id)
            except RecordErased:
                return
            patient.erase(now=now)
            uow.patients.erase(patient)
            user = uow.users.get(patient.user_id)
            if user.status is not UserStatus.ERASED:
                user.erase(address=EmailAddress(f"{to_wire('user', user.id)}@erased.invalid"))
                uow.users.save(user)
            for session in uow.sessions.lasting_of(user.id):
                session.end(now=now)
                uow.sessions.save(session)
            uow.audit.record(
                actor=actor,
                action="patient.erased",
                subject=to_wire("patient", patient_id),
                patient_id=patient_id,
                reason=stated,
            )
            uow.commit()
