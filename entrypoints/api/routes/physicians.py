"""
Physicians: applying, the checklist, licences, contracts, standing.
"""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.physicians.application import (
    ApplyAsPhysician,
    OfferContract,
    RejectApplication,
    SignContract,
)
from application.physicians.identification import StartIdentityCheck
from application.physicians.licensing import AddLicence, AttestLicence, RefuseLicence
from application.physicians.queries import (
    APPLICATIONS,
    ListApplications,
    ViewOnboarding,
    ViewPhysician,
)
from application.physicians.search import FindPhysicians
from application.physicians.standing import ReinstatePhysician, SuspendPhysician
from domain.physicians.events import SuspensionReason
from domain.physicians.licence import LicenceKind
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import CommissionPlanId, ContractId, LicenceId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import choices, required
from entrypoints.api.wire import Code, FromWire, ToWire

_REASON = Field(min_length=1, max_length=500, description="For the audit trail.")


class ApplicationBody(Body):
    given_name: str = Field(max_length=100)
    family_name: str = Field(max_length=100)
    title: str = Field(default="Dr", max_length=20)
    specialties: list[str] = Field(max_length=30)
    languages: list[str] = Field(max_length=30)
    time_zone: str = Field(max_length=64)


class AppliedResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]


class PhysicianResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    name: str
    specialties: list[str]
    languages: list[str]
    licensed_in: list[str] = Field(description="ISO 3166.")


class StepResource(Resource):
    name: Code
    state: Code
    missing: str | None
    who_acts: Code | None


class LicenceResource(Resource):
    licence_id: Annotated[str, ToWire("licence")]
    jurisdiction: Code
    kind: Code
    number: str
    expires_on: date
    status: Code
    refusal: Code | None
    attested_by: list[Annotated[str, ToWire("user")]]
    checked_at: datetime | None


class ContractResource(Resource):
    contract_id: Annotated[str, ToWire("contract")]
    commission_plan_id: Annotated[str, ToWire("commission_plan")]
    commission_plan_version: int
    offered_at: datetime
    signed_at: datetime | None


class OnboardingResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    user_id: Annotated[str, ToWire("user")]
    name: str
    status: Code
    suspension: str | None
    applied_at: datetime
    time_zone: str
    specialties: list[str]
    languages: list[str]
    steps: list[StepResource]
    is_complete: bool
    identity_reference: str | None
    identity_checked_fields: list[str]
    licences: list[LicenceResource]
    contract: ContractResource | None
    offered_contract: ContractResource | None


class ApplicationResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    name: str
    status: Code
    applied_at: datetime
    specialties: list[str]
    open_steps: list[Code]
    waits_for: list[Code]


class ApplicationListing(Listing):
    items: list[ApplicationResource]


class FoundPhysicianResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    name: str
    status: Code


class FoundPhysicians(Resource):
    items: list[FoundPhysicianResource] = Field(description="By family name; twenty at most.")


class IdentityCheckBody(Body):
    return_url: str = Field(max_length=2_000, pattern="^https?://")


class IdentityCheckResource(Resource):
    reference: str
    url: str | None = Field(description="Where the physician shows document and face.")


class LicenceBody(Body):
    jurisdiction: str = Field(max_length=6, description="ISO 3166, such as AU or US-CA.")
    kind: LicenceKind
    number: str = Field(min_length=1, max_length=40)
    expires_on: date


class LicenceAddedResource(Resource):
    licence_id: Annotated[str, ToWire("licence")]


class AttestationBody(Body):
    evidence: str = Field(min_length=1, max_length=200, description="Where the proof is kept.")


class ReasonBody(Body):
    reason: str = _REASON


class ContractBody(Body):
    commission_plan_id: Annotated[UUID, FromWire("commission_plan")]
    commission_plan_version: int = Field(ge=1, le=1_000_000)


class ContractOfferedResource(Resource):
    contract_id: Annotated[str, ToWire("contract")] | None = Field(
        description="null if the physician has these terms already."
    )


class SuspensionBody(Body):
    reason: SuspensionReason


@operation(
    "POST",
    "/physicians",
    tag="Physicians",
    body=ApplicationBody,
    returns=AppliedResource,
    status=HTTPStatus.CREATED,
)
def apply_as_physician(call: Call[ApplicationBody]) -> AppliedResource:
    """Apply as a physician with one's account. Sign in again to act as one."""
    physician_id = call.use(ApplyAsPhysician)(actor=call.actor, **call.body.model_dump())
    return AppliedResource.model_validate({"physician_id": physician_id})


@operation(
    "GET",
    "/physicians",
    tag="Physicians",
    returns=ApplicationListing,
    paged=True,
    query={"status": "Codes with commas between them; open applications if not given."},
)
def list_applications(call: Call[None]) -> ApplicationListing:
    """List applications for staff: what is open, and who must act."""
    statuses = tuple(choices(call, "status", PhysicianStatus)) or APPLICATIONS
    page = call.use(ListApplications)(actor=call.actor, statuses=statuses, **call.page())
    return ApplicationListing(
        items=[ApplicationResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET",
    "/operations/physicians",
    tag="Operations",
    returns=FoundPhysicians,
    query={"words": "Of the name, in any order, or `ph_…`. Required."},
)
def find_physicians(call: Call[None]) -> FoundPhysicians:
    """Find physicians by name, whatever their status, for staff who act on one."""
    written = required(call, "words", "Write a part of the name, or the reference.")
    found = call.use(FindPhysicians)(actor=call.actor, written=written)
    return FoundPhysicians(items=[FoundPhysicianResource.model_validate(one) for one in found])


@operation("GET", "/physicians/{physician_id}", tag="Physicians", returns=PhysicianResource)
def view_physician(call: Call[None], physician_id: UUID) -> PhysicianResource:
    """Show what patients may know of a physician."""
    return PhysicianResource.model_validate(
        call.use(ViewPhysician)(actor=call.actor, physician_id=PhysicianId(physician_id))
    )


@operation(
    "GET",
    "/physicians/{physician_id}/onboarding",
    tag="Physicians",
    returns=OnboardingResource,
)
def view_onboarding(call: Call[None], physician_id: UUID) -> OnboardingResource:
    """Show the checklist: each step's state, what is missing, who must act."""
    return OnboardingResource.model_validate(
        call.use(ViewOnboarding)(actor=call.actor, physician_id=PhysicianId(physician_id))
    )


@operation(
    "POST",
    "/physicians/{physician_id}/identity-checks",
    tag="Physicians",
    body=IdentityCheckBody,
    returns=IdentityCheckResource,
    status=HTTPStatus.CREATED,
    secret=True,
)
def start_identity_check(
    call: Call[IdentityCheckBody], physician_id: UUID
) -> IdentityCheckResource:
    """Begin to prove one's identity, or go on with a check that is open."""
    return IdentityCheckResource.model_validate(
        call.use(StartIdentityCheck)(
            actor=call.actor,
            physician_id=PhysicianId(physician_id),
            return_url=call.body.return_url,
        )
    )


@operation(
    "POST",
    "/physicians/{physician_id}/licences",
    tag="Physicians",
    body=LicenceBody,
    returns=LicenceAddedResource,
    status=HTTPStatus.CREATED,
)
def add_licence(call: Call[LicenceBody], physician_id: UUID) -> LicenceAddedResource:
    """Claim the right to practise somewhere; it is verified before it counts."""
    licence_id = call.use(AddLicence)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        jurisdiction=Jurisdiction(call.body.jurisdiction),
        kind=call.body.kind,
        number=call.body.number,
        expires_on=call.body.expires_on,
    )
    return LicenceAddedResource.model_validate({"licence_id": licence_id})


@operation(
    "POST",
    "/physicians/{physician_id}/licences/{licence_id}/attestations",
    tag="Physicians",
    body=AttestationBody,
)
def attest_licence(call: Call[AttestationBody], physician_id: UUID, licence_id: UUID) -> None:
    """Confirm, as operations, that a licence was looked up; two people have to."""
    call.use(AttestLicence)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        licence_id=LicenceId(licence_id),
        evidence=call.body.evidence,
    )


@operation(
    "POST",
    "/physicians/{physician_id}/licences/{licence_id}/refusal",
    tag="Physicians",
    body=ReasonBody,
)
def refuse_licence(call: Call[ReasonBody], physician_id: UUID, licence_id: UUID) -> None:
    """Disbelieve a licence as operations, whatever was found before."""
    call.use(RefuseLicence)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        licence_id=LicenceId(licence_id),
        reason=call.body.reason,
    )


@operation(
    "POST",
    "/physicians/{physician_id}/contracts",
    tag="Physicians",
    body=ContractBody,
    returns=ContractOfferedResource,
    status=HTTPStatus.CREATED,
)
def offer_contract(call: Call[ContractBody], physician_id: UUID) -> ContractOfferedResource:
    """Offer a physician terms of pay, as operations."""
    contract_id = call.use(OfferContract)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        commission_plan_id=CommissionPlanId(call.body.commission_plan_id),
        commission_plan_version=call.body.commission_plan_version,
    )
    return ContractOfferedResource.model_validate({"contract_id": contract_id})


@operation(
    "POST",
    "/physicians/{physician_id}/contracts/{contract_id}/signature",
    tag="Physicians",
)
def sign_contract(call: Call[None], physician_id: UUID, contract_id: UUID) -> None:
    """Agree to the terms of pay that were offered, in person."""
    call.use(SignContract)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        contract_id=ContractId(contract_id),
    )


@operation("POST", "/physicians/{physician_id}/rejection", tag="Physicians", body=ReasonBody)
def reject_application(call: Call[ReasonBody], physician_id: UUID) -> None:
    """Turn an application down, as operations."""
    call.use(RejectApplication)(
        actor=call.actor, physician_id=PhysicianId(physician_id), reason=call.body.reason
    )


@operation("PUT", "/physicians/{physician_id}/suspension", tag="Physicians", body=SuspensionBody)
def suspend_physician(call: Call[SuspensionBody], physician_id: UUID) -> None:
    """Keep a physician from patients, as operations."""
    call.use(SuspendPhysician)(
        actor=call.actor, physician_id=PhysicianId(physician_id), reason=call.body.reason
    )


@operation("DELETE", "/physicians/{physician_id}/suspension", tag="Physicians")
def reinstate_physician(call: Call[None], physician_id: UUID) -> None:
    """End a suspension, as operations."""
    call.use(ReinstatePhysician)(actor=call.actor, physician_id=PhysicianId(physician_id))
