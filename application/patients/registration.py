"""
How somebody becomes a patient.
"""

from datetime import date

from attrs import frozen

from application.identity.ports import Passwords
from application.identity.queries import require_account
from application.identity.registration import add_new_user
from application.patients.ports import PatientsUnitOfWork
from application.shared.access import Actor
from application.shared.ports import Clock, Ids
from domain.identity.password import check_password
from domain.identity.user import User
from domain.patients.patient import Patient, PersonName, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId, UserId, to_wire
from domain.shared.jurisdiction import Jurisdiction


@frozen(kw_only=True)
class RegisteredPatient:
    """The new account and the record that belongs to it."""

    user_id: UserId
    patient_id: PatientId


@frozen
class RegisterPatient:
    """
    Open an account and a record at once.
    """

    _uow: PatientsUnitOfWork
    _clock: Clock
    _ids: Ids
    _passwords: Passwords

    def __call__(
        self,
        *,
        email: EmailAddress,
        password: str,
        name: PersonName,
        date_of_birth: date,
        sex: Sex,
        place: Jurisdiction,
        phone: PhoneNumber | None = None,
        time_zone: str = "UTC",
        locale: str = "en",
    ) -> RegisteredPatient:
        """
        Register.

        Raises:
            WeakPassword: It would be guessed.
            EmailTaken: Somebody already signs in with this address.
            ImpossibleBirthDate: In the future, or longer ago than people live.
            UnknownTimeZone: The IANA database has no such zone.
        """
        check_password(password, email=email)
        now = self._clock.now()
        user = User.register(
            id=UserId(self._ids.new()),
            email=email,
            name=name.full,
            password_hash=self._passwords.hash(password),
            locale=locale,
            time_zone=time_zone,
            now=now,
        )
        patient = Patient.register(
            id=PatientId(self._ids.new()),
            user_id=user.id,
            name=name,
            date_of_birth=date_of_birth,
            sex=sex,
            place=place,
            phone=phone,
            time_zone=time_zone,
            locale=locale,
            now=now,
        )
        user.become_patient(patient.id)
        with self._uow as uow:
            add_new_user(uow, user)
            _add_record(uow, patient, actor=Actor(user_id=user.id, roles=user.roles))
            uow.commit()
        return RegisteredPatient(user_id=user.id, patient_id=patient.id)


@frozen
class OpenRecord:
    """
    Open a record for somebody who has an account already, such as a physician.
    """

    _uow: PatientsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        name: PersonName,
        date_of_birth: date,
        sex: Sex,
        place: Jurisdiction,
        phone: PhoneNumber | None = None,
    ) -> PatientId:
        """
        Open it; who has one already keeps it.

        Raises:
            ImpossibleBirthDate: In the future, or longer ago than people live.
        """
        user_id = require_account(actor)
        with self._uow as uow:
            user = uow.users.get(user_id)
            if user.patient_id is not None:
                return user.patient_id
            patient = Patient.register(
                id=PatientId(self._ids.new()),
                user_id=user.id,
                name=name,
                date_of_birth=date_of_birth,
                sex=sex,
                place=place,
                phone=phone,
                time_zone=user.time_zone,
                locale=user.locale,
                now=self._clock.now(),
            )
            user.become_patient(patient.id)
            uow.users.save(user)
            _add_record(uow, patient, actor=actor)
            uow.commit()
        return patient.id


def _add_record(uow: PatientsUnitOfWork, patient: Patient, *, actor: Actor) -> None:
    uow.patients.add(patient)
    uow.audit.record(
        actor=actor,
        action="patient.registered",
        subject=to_wire("patient", patient.id),
        patient_id=patient.id,
    )
