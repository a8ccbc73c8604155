"""
A patient: who they are, where they are, how they are reached.

    active ──> erased
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from domain.identity.locale import checked_locale, checked_time_zone
from domain.patients.erasure import RecordErased
from domain.patients.events import PatientErased, PatientRegistered
from domain.shared.contact import PhoneNumber
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import PatientId, UserId
from domain.shared.jurisdiction import Jurisdiction

_LONGEST_NAME = 100
_LONGEST_LINE = 200
_OLDEST = 130


class PatientNotFound(NotFound):
    """No such patient, or none that the actor may know of."""


class MalformedName(InvalidInput):
    """A part of the name is missing or too long."""


class ImpossibleBirthDate(InvalidInput):
    """In the future, or longer ago than people live."""


class MalformedAddress(InvalidInput):
    """A part of the address is missing or too long."""


class Sex(StrEnum):
    """Administrative gender, in FHIR's words."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class PatientStatus(StrEnum):
    """Whether there is a record."""

    ACTIVE = "active"
    ERASED = "erased"  # its key was destroyed


def _trimmed(text: str) -> str:
    return text.strip()


@frozen(kw_only=True)
class PersonName:
    """A name in the two parts that pharmacies and registries ask for."""

    given: str = field(repr=False, converter=_trimmed)
    family: str = field(repr=False, converter=_trimmed)

    def __attrs_post_init__(self) -> None:
        for part, where in ((self.given, "given_name"), (self.family, "family_name")):
            if not part or len(part) > _LONGEST_NAME:
                raise MalformedName("Write both your given and your family name.", field=where)

    @property
    def full(self) -> str:
        """Given name first."""
        return f"{self.given} {self.family}"


@frozen(kw_only=True)
class PostalAddress:
    """Where parcels go."""

    line: str = field(repr=False, converter=_trimmed)
    city: str = field(repr=False, converter=_trimmed)
    postal_code: str = field(repr=False, converter=_trimmed)
    place: Jurisdiction

    def __attrs_post_init__(self) -> None:
        for part, where in (
            (self.line, "line"),
            (self.city, "city"),
            (self.postal_code, "postal_code"),
        ):
            if not part or len(part) > _LONGEST_LINE:
                raise MalformedAddress("Complete the address.", field=f"address.{where}")


@define(eq=False, kw_only=True)
class Patient(Aggregate):
    """
    A record. What it says of the person is sealed under a key of its own.

    Args:
        place: Where the patient is when treated; decides which licence is needed.
    """

    id: PatientId
    user_id: UserId
    name: PersonName
    date_of_birth: date = field(repr=False)
    sex: Sex = field(repr=False)
    phone: PhoneNumber | None = None
    address: PostalAddress | None = None
    place: Jurisdiction
    time_zone: str
    locale: str
    status: PatientStatus = PatientStatus.ACTIVE
    registered_at: datetime
    erased_at: datetime | None = None

    @classmethod
    def register(
        cls,
        *,
        id: PatientId,
        user_id: UserId,
        name: PersonName,
        date_of_birth: date,
        sex: Sex,
        place: Jurisdiction,
        phone: PhoneNumber | None,
        time_zone: str,
        locale: str,
        now: datetime,
    ) -> Self:
        """
        Open a record.

        Raises:
            ImpossibleBirthDate: In the future, or longer ago than people live.
            UnknownTimeZone: The IANA database has no such zone.
            MalformedLocale: Not a language tag.
        """
        patient = cls(
            id=id,
            user_id=user_id,
            name=name,
            date_of_birth=date_of_birth,
            sex=sex,
            place=place,
            phone=phone,
            time_zone=checked_time_zone(time_zone),
            locale=checked_locale(locale),
            registered_at=now,
        )
        if not 0 <= patient.age(now) <= _OLDEST:
            raise ImpossibleBirthDate("Check the date of birth.", field="date_of_birth")
        patient.record(PatientRegistered(patient_id=id, occurred_at=now))
        return patient

    def today(self, now: datetime) -> date:
        """The date where the patient lives."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def age(self, now: datetime) -> int:
        """Full years; negative for one who is not born yet."""
        today, born = self.today(now), self.date_of_birth
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    def change_details(
        self,
        *,
        name: PersonName,
        sex: Sex,
        phone: PhoneNumber | None,
        address: PostalAddress | None,
        place: Jurisdiction,
        time_zone: str,
        locale: str,
    ) -> None:
        """
        Write down who and where the patient is now. The date of birth stays.

        Raises:
            RecordErased: There is no record any more.
        """
        self._require_active()
        self.name = name
        self.sex = sex
        self.phone = phone
        self.address = address
        self.place = place
        self.time_zone = checked_time_zone(time_zone)
        self.locale = checked_locale(locale)

    def erase(self, *, now: datetime) -> None:
        """Mark the record as erased; destroying its key is what erases it."""
        self._require_active()
        self.status = PatientStatus.ERASED
        self.erased_at = now
        self.record(PatientErased(patient_id=self.id, occurred_at=now))

    def _require_active(self) -> None:
        if self.status is not PatientStatus.ACTIVE:
            raise RecordErased("This record was erased.")
