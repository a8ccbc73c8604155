"""
Reading patients' records. Every reading is written down where the patient can see it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from attrs import field, frozen

from application.patients.access import Ground, RecordAccess, stated_reason
from application.patients.ports import PatientsUnitOfWork, Relationships
from application.shared.access import AccessDenied, Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import Clock
from domain.patients.consent import ConsentKind, ConsentText
from domain.patients.health_profile import HealthFacts
from domain.patients.patient import PatientNotFound, PersonName, PostalAddress, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import AuditEntryId, PatientId, UserId, to_wire
from domain.shared.jurisdiction import Jurisdiction

LARGEST_PAGE = 100


@frozen(kw_only=True)
class PatientView:
    """A record, opened."""

    id: PatientId
    user_id: UserId
    name: PersonName
    date_of_birth: date = field(repr=False)
    sex: Sex = field(repr=False)
    email: str = field(repr=False)
    phone: str | None = field(repr=False)
    address: PostalAddress | None
    place: Jurisdiction
    time_zone: str
    locale: str
    health: HealthFacts
    health_updated_at: datetime | None
    consents: frozenset[ConsentKind]
    registered_at: datetime


@frozen(kw_only=True)
class PatientSummary:
    """A patient in a list."""

    id: PatientId
    name: PersonName
    date_of_birth: date = field(repr=False)
    place: Jurisdiction
    registered_at: datetime


@frozen(kw_only=True)
class ConsentView:
    """A text, and whether and when the patient agreed to a version of it."""

    text: ConsentText
    given_version: int | None
    given_at: datetime | None

    @property
    def is_in_force(self) -> bool:
        """Whether the patient agrees to the newest version."""
        return self.given_version == self.text.version


@frozen(kw_only=True)
class AccessLogEntry:
    """
    Somebody did something with a record.

    Args:
        who: A name; "You" for the patient.
        role: What they were here as.
        reason: Why, in their own words, or the ground that entitled them.
    """

    id: AuditEntryId
    at: datetime
    who: str
    role: str
    action: str
    subject: str
    reason: str | None


class PatientQueries(Protocol):
    """Records, straight from the store. None or nothing for one that was erased."""

    def find(self, patient_id: PatientId) -> PatientView | None:
        """A record, opened."""
        ...

    def search(
        self, *, email: EmailAddress | None, phone: PhoneNumber | None
    ) -> Sequence[PatientSummary]:
        """Patients who are reached by this address or number."""
        ...

    def summaries(self, patient_ids: Sequence[PatientId]) -> Sequence[PatientSummary]:
        """Some patients, in the order that was asked for."""
        ...

    def list_patients(self, *, limit: int, cursor: str | None) -> Page[PatientSummary]:
        """All patients, newest first."""
        ...

    def consents(self, patient_id: PatientId, *, language: str) -> Sequence[ConsentView]:
        """Every text in its newest version, with what the patient agreed to."""
        ...

    def consent_texts(self, *, language: str) -> Sequence[ConsentText]:
        """Every text in its newest version."""
        ...


class AccessLog(Protocol):
    """Who did what with a record."""

    def entries(
        self, patient_id: PatientId, *, limit: int, cursor: str | None, include_own: bool
    ) -> Page[AccessLogEntry]:
        """The audit entries of a record with the names of those who acted, newest first."""
        ...


@frozen
class ViewPatient:
    """Open a record: the patient's own, a treated one, or any for a stated reason."""

    _queries: PatientQueries
    _access: RecordAccess
    _uow: PatientsUnitOfWork

    def __call__(
        self, *, actor: Actor, patient_id: PatientId, reason: str | None = None
    ) -> PatientView:
        """
        Open it.

        Raises:
            PatientNotFound: No such record, or none that the actor may know of.
            PurposeRequired: Staff that give no reason.
        """
        admission = self._access.admit(actor=actor, patient_id=patient_id, reason=reason)
        view = self._queries.find(patient_id)
        if view is None:
            raise PatientNotFound("There is no such patient.")
        with self._uow as uow:
            admission.note(uow.audit, actor=actor, action="patient.read")
            uow.commit()
        return view


@frozen
class SearchPatients:
    """Let staff find a patient by exact address or number, for a stated reason."""

    _queries: PatientQueries
    _uow: PatientsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        reason: str,
        email: EmailAddress | None = None,
        phone: PhoneNumber | None = None,
    ) -> Sequence[PatientSummary]:
        """
        Search.

        Raises:
            PurposeRequired: No reason was given.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        stated = stated_reason(reason)
        found = self._queries.search(email=email, phone=phone)
        _note_listed(self._uow, actor, found, reason=stated, ground=Ground.OPERATIONS)
        return found


@frozen
class ListPatients:
    """Let staff browse patients, newest first, for a stated reason."""

    _queries: PatientQueries
    _uow: PatientsUnitOfWork

    def __call__(
        self, *, actor: Actor, reason: str, limit: int = 50, cursor: str | None = None
    ) -> Page[PatientSummary]:
        """
        List.

        Raises:
            PurposeRequired: No reason was given.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        stated = stated_reason(reason)
        page = self._queries.list_patients(limit=min(limit, LARGEST_PAGE), cursor=cursor)
        _note_listed(self._uow, actor, page.items, reason=stated, ground=Ground.OPERATIONS)
        return page


@frozen
class ListMyPatients:
    """Show physicians whom they treat or treated lately."""

    _queries: PatientQueries
    _relationships: Relationships
    _clock: Clock
    _uow: PatientsUnitOfWork

    def __call__(self, *, actor: Actor) -> Sequence[PatientSummary]:
        if actor.physician_id is None:
            raise AccessDenied("Only physicians have patients.")
        treated = self._relationships.treated_by(
            physician_id=actor.physician_id, now=self._clock.now()
        )
        found = self._queries.summaries(treated)
        _note_listed(self._uow, actor, found, reason=None, ground=Ground.TREATMENT)
        return found


@frozen
class ViewConsents:
    """Show patients what they agreed to, and what there is to agree to."""

    _queries: PatientQueries
    _access: RecordAccess
    _uow: PatientsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        language: str = "en",
        reason: str | None = None,
    ) -> Sequence[ConsentView]:
        """
        View them.

        Raises:
            PatientNotFound: None that the actor may know of.
            PurposeRequired: Staff that give no reason.
        """
        admission = self._access.admit(actor=actor, patient_id=patient_id, reason=reason)
        if admission.ground is not Ground.SELF:
            with self._uow as uow:
                admission.note(uow.audit, actor=actor, action="consents.read")
                uow.commit()
        return self._queries.consents(patient_id, language=language)


@frozen
class ListConsentTexts:
    """Show anybody what a patient is asked to agree to."""

    _queries: PatientQueries

    def __call__(self, *, language: str = "en") -> Sequence[ConsentText]:
        return self._queries.consent_texts(language=language)


@frozen
class ViewAccessLog:
    """Show patients who opened their record, when, for what and why."""

    _log: AccessLog
    _access: RecordAccess
    _uow: PatientsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        limit: int = 50,
        cursor: str | None = None,
        include_own: bool = False,
        reason: str | None = None,
    ) -> Page[AccessLogEntry]:
        """
        View it.

        Raises:
            PatientNotFound: None that the actor may know of.
            PurposeRequired: Staff that give no reason.
        """
        admission = self._access.admit(actor=actor, patient_id=patient_id, reason=reason)
        page = self._log.entries(
            patient_id, limit=min(limit, LARGEST_PAGE), cursor=cursor, include_own=include_own
        )
        if admission.ground is not Ground.SELF:
            with self._uow as uow:
                admission.note(uow.audit, actor=actor, action="access_log.read")
                uow.commit()
        return page


def _note_listed(
    unit_of_work: PatientsUnitOfWork,
    actor: Actor,
    found: Sequence[PatientSummary],
    *,
    reason: str | None,
    ground: Ground,
) -> None:
    with unit_of_work as uow:
        for summary in found:
            uow.audit.record(
                actor=actor,
                action="patient.listed",
                subject=to_wire("patient", summary.id),
                patient_id=summary.id,
                reason=reason or ground.value,
                details={"ground": ground.value},
            )
        uow.commit()
