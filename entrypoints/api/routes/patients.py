"""
Patients: registration, record, consents, and who looked.
"""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from application.patients.consents import GiveConsent, WithdrawConsent
from application.patients.queries import (
    PatientView,
    ViewAccessLog,
    ViewConsents,
    ViewPatient,
)
from application.patients.record import ChangePatientDetails, UpdateHealthProfile
from application.patients.registration import RegisterPatient
from domain.patients.consent import ConsentKind, ConsentTextNotFound
from domain.patients.health_profile import HealthEntry, HealthFacts, PregnancyStatus
from domain.patients.patient import PersonName, PostalAddress, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import purpose
from entrypoints.api.wire import Code, ToWire

_REASON = {"reason": "Why staff opens the record; shown to the patient."}


class RegisterPatientBody(Body):
    email: str
    password: str = Field(min_length=1, max_length=1_000)
    given_name: str
    family_name: str
    date_of_birth: date
    sex: Sex
    place: str = Field(description="Where the patient is, ISO 3166, such as AU-NSW.")
    phone: str | None = None
    time_zone: str = "UTC"
    locale: str = "en"


class PatientCreatedResource(Resource):
    patient_id: Annotated[str, ToWire("patient")]
    user_id: Annotated[str, ToWire("user")]


class AddressModel(Resource):
    line: str = Field(min_length=1, max_length=200)
    city: str = Field(min_length=1, max_length=100)
    postal_code: str = Field(min_length=1, max_length=20)


class DetailsBody(Body):
    given_name: str = Field(max_length=100)
    family_name: str = Field(max_length=100)
    sex: Sex
    place: str = Field(max_length=6, description="Where the patient is, ISO 3166, such as AU-NSW.")
    phone: str | None = Field(default=None, max_length=40)
    address: AddressModel | None = Field(default=None, description="Where medicines are sent.")
    time_zone: str = Field(max_length=64)
    locale: str = Field(max_length=20)


class HealthEntryModel(Resource):
    name: str = Field(min_length=1, max_length=200)
    code: str | None = Field(default=None, description="In the words of the rule pack.")
    note: str | None = Field(default=None, max_length=1_000)


class HealthModel(Resource):
    allergies: list[HealthEntryModel] | None = Field(description="null: never asked; []: none.")
    conditions: list[HealthEntryModel] | None
    medications: list[HealthEntryModel] | None
    pregnancy: PregnancyStatus

    @classmethod
    def of(cls, facts: HealthFacts) -> Self:
        """Write it."""
        return cls.model_validate(facts)


class HealthBody(Body):
    allergies: list[HealthEntryModel] | None = None
    conditions: list[HealthEntryModel] | None = None
    medications: list[HealthEntryModel] | None = None
    pregnancy: PregnancyStatus = PregnancyStatus.UNKNOWN


class PatientResource(Resource):
    patient_id: Annotated[str, ToWire("patient")]
    given_name: str
    family_name: str
    date_of_birth: date
    sex: Code
    email: str
    phone: str | None
    place: Code
    time_zone: str
    locale: str
    health: HealthModel
    consents: list[str]
    registered_at: datetime

    @classmethod
    def of(cls, view: PatientView) -> Self:
        """Write it."""
        return cls.model_validate(
            {
                "patient_id": view.id,
                "given_name": view.name.given,
                "family_name": view.name.family,
                "date_of_birth": view.date_of_birth,
                "sex": view.sex,
                "email": view.email,
                "phone": view.phone,
                "place": view.place,
                "time_zone": view.time_zone,
                "locale": view.locale,
                "health": HealthModel.of(view.health),
                "consents": sorted(kind.value for kind in view.consents),
                "registered_at": view.registered_at,
            }
        )


class ConsentResource(Resource):
    kind: str
    version: int
    title: str
    body: str
    given_version: int | None
    given_at: datetime | None
    in_force: bool


class ConsentListing(Resource):
    items: list[ConsentResource]


class ConsentBody(Body):
    kind: ConsentKind
    version: int = Field(ge=1, description="Of the text that the patient was shown.")


class AccessResource(Resource):
    id: Annotated[str, ToWire("audit_entry")]
    at: datetime
    who: str
    role: str
    action: str
    subject: str
    reason: str | None


class AccessListing(Listing):
    items: list[AccessResource]


@operation(
    "POST",
    "/patients",
    tag="Patients",
    body=RegisterPatientBody,
    returns=PatientCreatedResource,
    status=HTTPStatus.CREATED,
    public=True,
)
def register_patient(call: Call[RegisterPatientBody]) -> PatientCreatedResource:
    """Register a patient with an account to sign in to."""
    sent = call.body
    registered = call.use(RegisterPatient)(
        email=EmailAddress(sent.email),
        password=sent.password,
        name=PersonName(given=sent.given_name, family=sent.family_name),
        date_of_birth=sent.date_of_birth,
        sex=sent.sex,
        place=Jurisdiction(sent.place),
        phone=PhoneNumber.parse(sent.phone) if sent.phone else None,
        time_zone=sent.time_zone,
        locale=sent.locale,
    )
    return PatientCreatedResource.model_validate(registered)


@operation("GET", "/patients/{patient_id}", tag="Patients", returns=PatientResource, query=_REASON)
def view_patient(call: Call[None], patient_id: UUID) -> PatientResource:
    """
    Show a record.

    To the patient, to a physician who treats them, and to staff who say why.
    """
    view = call.use(ViewPatient)(
        actor=call.actor, patient_id=PatientId(patient_id), reason=purpose(call)
    )
    return PatientResource.of(view)


@operation("PUT", "/patients/{patient_id}/details", tag="Patients", body=DetailsBody)
def change_patient_details(call: Call[DetailsBody], patient_id: UUID) -> None:
    """Replace what is known of the patient besides their health."""
    sent, place = call.body, Jurisdiction(call.body.place)
    address = sent.address
    call.use(ChangePatientDetails)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        name=PersonName(given=sent.given_name, family=sent.family_name),
        sex=sent.sex,
        phone=PhoneNumber.parse(sent.phone) if sent.phone else None,
        address=PostalAddress(
            line=address.line, city=address.city, postal_code=address.postal_code, place=place
        )
        if address
        else None,
        place=place,
        time_zone=sent.time_zone,
        locale=sent.locale,
    )


@operation("PUT", "/patients/{patient_id}/health", tag="Patients", body=HealthBody)
def update_health(call: Call[HealthBody], patient_id: UUID) -> None:
    """Replace what the patient says of their health."""

    def entries(given: list[HealthEntryModel] | None) -> tuple[HealthEntry, ...] | None:
        if given is None:
            return None
        return tuple(
            HealthEntry(name=entry.name, code=entry.code, note=entry.note) for entry in given
        )

    call.use(UpdateHealthProfile)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        facts=HealthFacts(
            allergies=entries(call.body.allergies),
            conditions=entries(call.body.conditions),
            medications=entries(call.body.medications),
            pregnancy=call.body.pregnancy,
        ),
    )


@operation(
    "GET",
    "/patients/{patient_id}/consents",
    tag="Patients",
    returns=ConsentListing,
    query={"language": "`en` or `fr`."} | _REASON,
)
def list_consents(call: Call[None], patient_id: UUID) -> ConsentListing:
    """List the texts and whether the patient agreed to them."""
    views = call.use(ViewConsents)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        language=call.query.get("language", "en"),
        reason=purpose(call),
    )
    return ConsentListing(
        items=[
            ConsentResource(
                kind=view.text.kind.value,
                version=view.text.version,
                title=view.text.title,
                body=view.text.body,
                given_version=view.given_version,
                given_at=view.given_at,
                in_force=view.is_in_force,
            )
            for view in views
        ]
    )


@operation("POST", "/patients/{patient_id}/consents", tag="Patients", body=ConsentBody)
def give_consent(call: Call[ConsentBody], patient_id: UUID) -> None:
    """Agree to a version of a text."""
    call.use(GiveConsent)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        kind=call.body.kind,
        text_version=call.body.version,
    )


@operation("DELETE", "/patients/{patient_id}/consents/{kind}", tag="Patients")
def withdraw_consent(call: Call[None], patient_id: UUID, kind: str) -> None:
    """Withdraw a consent."""
    call.use(WithdrawConsent)(actor=call.actor, patient_id=PatientId(patient_id), kind=_kind(kind))


@operation(
    "GET",
    "/patients/{patient_id}/access-log",
    tag="Patients",
    returns=AccessListing,
    paged=True,
    query=_REASON,
)
def view_access_log(call: Call[None], patient_id: UUID) -> AccessListing:
    """Show who opened the record, when and why."""
    page = call.use(ViewAccessLog)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        reason=purpose(call),
        **call.page(),
    )
    return AccessListing(
        items=[AccessResource.model_validate(entry) for entry in page.items],
        next_cursor=page.next_cursor,
    )


def _kind(text: str) -> ConsentKind:
    try:
        return ConsentKind(text)
    except ValueError as error:
        raise ConsentTextNotFound("There is no such consent.") from error
