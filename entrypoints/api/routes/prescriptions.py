"""
Prescriptions: finding medicines, drafting, screening, signing, withdrawing.
"""

from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.orders.recall import CancelPrescription
from application.prescriptions.drafting import (
    DiscardDraft,
    DraftPrescription,
    PrescriptionLine,
    ScreenPrescription,
    SearchMedications,
)
from application.prescriptions.queries import (
    ListMyPrescriptions,
    ListPrescriptionsOfConsultation,
    ViewPrescription,
)
from application.prescriptions.signing import SignPrescription
from domain.prescriptions.dosage import Timing
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import OverrideReason
from domain.shared.ids import ConsultationId, PrescriptionId
from entrypoints.api.operations import Body, Call, Resource, operation
from entrypoints.api.parameters import required
from entrypoints.api.wire import Code, FromWire, ToWire


class MedicationResource(Resource):
    code: str
    title: str
    name: str
    strength: str
    form: str
    route: str
    dose_unit: str
    controlled: bool
    max_repeats: int


class MedicationListing(Resource):
    items: list[MedicationResource]


class PrescriptionItemResource(Resource):
    code: str
    title: str
    instructions: str = Field(description="How to take it, in plain words.")
    quantity: int
    unit: str
    repeats: int
    substitution_allowed: bool
    controlled: bool


class FindingResource(Resource):
    code: str
    kind: Code
    severity: Code = Field(
        description="`contraindicated` needs an override, `warning` an acknowledgement."
    )
    message: str


class PrescriptionResource(Resource):
    prescription_id: Annotated[str, ToWire("prescription")]
    lineage_id: Annotated[str, ToWire("prescription")]
    consultation_id: Annotated[str, ToWire("consultation")]
    patient_id: Annotated[str, ToWire("patient")]
    prescriber_id: Annotated[str, ToWire("physician")]
    status: Code
    items: list[PrescriptionItemResource]
    replaces: Annotated[str, ToWire("prescription")] | None
    created_at: datetime
    signed_at: datetime | None
    content_hash: str | None
    findings: list[FindingResource] = Field(description="As they were at the signature.")
    overrides: list[tuple[str, str]] = Field(description="Finding and coded reason.")


class PrescriptionListing(Resource):
    items: list[PrescriptionResource]


class ScreenedPrescriptionResource(Resource):
    prescription: PrescriptionResource
    content_hash: str = Field(description="What has to be signed. It covers everything here.")
    rule_pack: str
    findings: list[FindingResource]
    not_checked: list[Code] = Field(description="What could not be checked, and why.")
    needs_second_factor: bool


class LineBody(Body):
    medication_code: str = Field(min_length=1, max_length=64)
    dose: Decimal = Field(gt=0, le=100_000, max_digits=10)
    times_per_day: int = Field(ge=1, le=24)
    quantity: int = Field(ge=1, le=10_000)
    days: int | None = Field(default=None, ge=1, le=366)
    as_needed: bool = False
    timing: Timing = Timing.ANY
    note: str = Field(default="", max_length=500)
    repeats: int = Field(default=0, ge=0, le=24)
    substitution_allowed: bool = True

    def line(self) -> PrescriptionLine:
        """Read it."""
        return PrescriptionLine(**self.model_dump())


class DraftBody(Body):
    lines: list[LineBody] = Field(min_length=1, max_length=20)
    replaces: Annotated[UUID, FromWire("prescription")] | None = Field(
        default=None, description="The signed prescription in whose place this one stands."
    )


class RedraftBody(Body):
    consultation_id: Annotated[UUID, FromWire("consultation")]
    lines: list[LineBody] = Field(min_length=1, max_length=20)


class DraftedResource(Resource):
    prescription_id: Annotated[str, ToWire("prescription")]


class SignatureBody(Body):
    content_hash: str = Field(min_length=1, max_length=128, description="Of what was shown.")
    overrides: dict[str, OverrideReason] = Field(
        default_factory=dict,
        max_length=200,
        description="A coded reason by finding, for every contraindication.",
    )
    acknowledged: list[str] = Field(
        default_factory=list, max_length=200, description="The warnings that were read."
    )


class CancelPrescriptionBody(Body):
    reason: PrescriptionCancelReason


class CancelledResource(Resource):
    outcome: Code = Field(
        description="`cancelled`, `marked_with_dispenser`, `already_dispensed`, "
        "`being_prepared`, `not_found` or `not_permitted`."
    )


@operation(
    "GET",
    "/medications",
    tag="Prescriptions",
    returns=MedicationListing,
    query={"words": "What the prescriber types. Required.", "limit": "How many; 20 if not given."},
)
def search_medications(call: Call[None]) -> MedicationListing:
    """Find the medicines that fit all words, best first."""
    found = call.use(SearchMedications)(
        actor=call.actor,
        words=required(call, "words", "Say what to look for."),
        limit=call.page()["limit"],
    )
    return MedicationListing(items=[MedicationResource.model_validate(one) for one in found])


@operation(
    "POST",
    "/consultations/{consultation_id}/prescriptions",
    tag="Prescriptions",
    body=DraftBody,
    once=True,
    returns=DraftedResource,
    status=HTTPStatus.CREATED,
)
def draft_prescription(call: Call[DraftBody], consultation_id: UUID) -> DraftedResource:
    """
    Prepare a prescription.

    Staff and programs may prepare; only the treating physician in person can sign.
    """
    replaces = call.body.replaces
    prescription_id = call.use(DraftPrescription)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        lines=[line.line() for line in call.body.lines],
        replaces=PrescriptionId(replaces) if replaces else None,
    )
    return DraftedResource.model_validate({"prescription_id": prescription_id})


@operation(
    "GET",
    "/consultations/{consultation_id}/prescriptions",
    tag="Prescriptions",
    returns=PrescriptionListing,
)
def list_prescriptions_of_consultation(
    call: Call[None], consultation_id: UUID
) -> PrescriptionListing:
    """List the prescriptions of a consultation; the patient sees what was signed."""
    found = call.use(ListPrescriptionsOfConsultation)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id)
    )
    return PrescriptionListing(items=[PrescriptionResource.model_validate(one) for one in found])


@operation("GET", "/prescriptions", tag="Prescriptions", returns=PrescriptionListing)
def list_prescriptions(call: Call[None]) -> PrescriptionListing:
    """List a patient's own prescriptions, latest first."""
    found = call.use(ListMyPrescriptions)(actor=call.actor)
    return PrescriptionListing(items=[PrescriptionResource.model_validate(one) for one in found])


@operation(
    "GET", "/prescriptions/{prescription_id}", tag="Prescriptions", returns=PrescriptionResource
)
def view_prescription(call: Call[None], prescription_id: UUID) -> PrescriptionResource:
    """Show a prescription."""
    return PrescriptionResource.model_validate(
        call.use(ViewPrescription)(
            actor=call.actor, prescription_id=PrescriptionId(prescription_id)
        )
    )


@operation(
    "PUT",
    "/prescriptions/{prescription_id}",
    tag="Prescriptions",
    body=RedraftBody,
    returns=DraftedResource,
)
def redraft_prescription(call: Call[RedraftBody], prescription_id: UUID) -> DraftedResource:
    """Change a draft."""
    drafted = call.use(DraftPrescription)(
        actor=call.actor,
        consultation_id=ConsultationId(call.body.consultation_id),
        lines=[line.line() for line in call.body.lines],
        prescription_id=PrescriptionId(prescription_id),
    )
    return DraftedResource.model_validate({"prescription_id": drafted})


@operation("DELETE", "/prescriptions/{prescription_id}", tag="Prescriptions")
def discard_draft(call: Call[None], prescription_id: UUID) -> None:
    """Throw a draft away."""
    call.use(DiscardDraft)(actor=call.actor, prescription_id=PrescriptionId(prescription_id))


@operation(
    "GET",
    "/prescriptions/{prescription_id}/screen",
    tag="Prescriptions",
    returns=ScreenedPrescriptionResource,
)
def screen_prescription(call: Call[None], prescription_id: UUID) -> ScreenedPrescriptionResource:
    """Check a draft against the patient's record, and show what is to be signed."""
    return ScreenedPrescriptionResource.model_validate(
        call.use(ScreenPrescription)(
            actor=call.actor, prescription_id=PrescriptionId(prescription_id)
        )
    )


@operation(
    "POST",
    "/prescriptions/{prescription_id}/signature",
    tag="Prescriptions",
    body=SignatureBody,
)
def sign_prescription(call: Call[SignatureBody], prescription_id: UUID) -> None:
    """
    Sign exactly what was shown.

    Only the prescriber in person; a program's credentials never sign.
    """
    call.use(SignPrescription)(
        actor=call.actor,
        prescription_id=PrescriptionId(prescription_id),
        content_hash=call.body.content_hash,
        overrides=call.body.overrides,
        acknowledged=call.body.acknowledged,
    )


@operation(
    "POST",
    "/prescriptions/{prescription_id}/cancellation",
    tag="Prescriptions",
    body=CancelPrescriptionBody,
    returns=CancelledResource,
)
def cancel_prescription(
    call: Call[CancelPrescriptionBody], prescription_id: UUID
) -> CancelledResource:
    """Withdraw a prescription; the answer says what the pharmacy could still do."""
    outcome = call.use(CancelPrescription)(
        actor=call.actor,
        prescription_id=PrescriptionId(prescription_id),
        reason=call.body.reason,
    )
    return CancelledResource.model_validate({"outcome": outcome})
