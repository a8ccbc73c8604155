"""
Commission plans: drafts, versions, and what they pay.
"""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from application.commission.drafting import DraftCommissionPlan, ReviseCommissionPlan
from application.commission.preview import PreviewEarnings, PreviewPlan
from application.commission.publication import PublishCommissionPlan, WithdrawCommissionPlan
from application.commission.queries import ListCommissionPlans, PlanView, ViewCommissionPlan
from domain.commission.plan import PlanContent, PlanNotFound
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import Terms
from domain.payments.preview import MonthPreview, TooMany
from domain.shared.ids import CommissionPlanId, PhysicianId, ServiceId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import identifier
from entrypoints.api.wire import AmountOut, Code, FromWire, ToWire

_TAG = "Commission"
_NUMBER = re.compile("[1-9][0-9]{0,5}")
_USUAL_MONTH = "20"


class PlanContentBody(Body):
    """All that a version says."""

    name: str = Field(min_length=1, max_length=80)
    level: PlanLevel = Field(default=PlanLevel.DEFAULT, description="The kind of plan.")
    rules: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=50,
        description="The first that applies decides. Each has `percent_bp`, `fixed_minor`, "
        "`minimum_minor`, `tiers` (`from_count` or `from_volume_minor`, and `percent_bp`) and "
        "`when`: values of `service_code`, `mode`, `jurisdiction`, `physician`, `weekday`. "
        "There is no word for what was prescribed.",
    )
    currency: str | None = Field(
        default=None,
        pattern="^[A-Z]{3}$",
        description="Of fixed amounts, minimums and volumes; needed if there are any.",
    )
    services: list[str] = Field(default=[], max_length=100, description="Codes; none means all.")
    starts_at: AwareDatetime | None = Field(default=None, description="Of a campaign.")
    ends_at: AwareDatetime | None = Field(default=None, description="Of a campaign.")
    joined_within_days: int | None = Field(
        default=None, ge=1, le=3_650, description="Of a campaign: only for new physicians."
    )
    effective_from: AwareDatetime | None = Field(
        default=None, description="As early as possible, if not given."
    )

    def content(self) -> PlanContent:
        """Read it."""
        return PlanContent(
            name=self.name,
            scope=PlanScope(
                level=self.level,
                services=frozenset(self.services),
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                joined_within_days=self.joined_within_days,
            ),
            terms=Terms.from_data(self.rules, currency=self.currency),
            effective_from=self.effective_from,
        )


class PlanDraftBody(PlanContentBody):
    code: str = Field(default="", max_length=80, description="Of a new plan.")
    plan_id: Annotated[UUID, FromWire("commission_plan")] | None = Field(
        default=None, description="The plan to draft a new version of; a new plan if not given."
    )


class PublishPlanBody(Body):
    revision: int = Field(ge=1, description="The revision of the draft that was read.")


class WithdrawPlanBody(Body):
    reason: str = Field(min_length=1, max_length=500)


class DraftedPlanResource(Resource):
    plan_id: Annotated[str, ToWire("commission_plan")]
    number: int
    revision: int


class SettledPlanResource(Resource):
    plan_id: Annotated[str, ToWire("commission_plan")]
    number: int
    status: Code
    changes_at: datetime | None = Field(
        description="The first booking that it changes anything for."
    )
    told: int = Field(description="Physicians who are told of it.")


class PlanScopeResource(Resource):
    level: Code
    services: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    joined_within_days: int | None


class PlanVersionResource(Resource):
    number: int
    name: str
    status: Code
    scope: PlanScopeResource
    currency: str | None
    rules: list[dict[str, Any]]
    sentences: list[str]
    revision: int
    drafted_by: Annotated[str, ToWire("user")] | None
    drafted_at: datetime
    published_by: Annotated[str, ToWire("user")] | None
    published_at: datetime | None
    effective_from: datetime | None
    withdrawn_by: Annotated[str, ToWire("user")] | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    ends_at: datetime | None
    in_force: bool
    bookings: int
    contracts: int
    may_start_at: datetime | None
    hindrance: str
    concerns: int

    @classmethod
    def of(cls, view: Any) -> Self:
        """Write it."""
        known = {name: getattr(view, name) for name in cls.model_fields if hasattr(view, name)}
        currency = view.terms.currency
        scope = {name: getattr(view.scope, name) for name in PlanScopeResource.model_fields} | {
            "services": sorted(view.scope.services)
        }
        return cls.model_validate(
            known
            | {
                "currency": currency.code if currency else None,
                "rules": view.terms.data(),
                "scope": scope,
            }
        )


class PlanResource(Resource):
    plan_id: Annotated[str, ToWire("commission_plan")]
    code: str
    level: Code
    versions: list[PlanVersionResource]

    @classmethod
    def of(cls, view: PlanView) -> Self:
        """Write it."""
        return cls.model_validate(
            {
                "plan_id": view.plan_id,
                "code": view.code,
                "level": view.level,
                "versions": [PlanVersionResource.of(one) for one in view.versions],
            }
        )


class PlanListing(Listing):
    items: list[PlanResource]


class SplitResource(Resource):
    earning: AmountOut
    commission: AmountOut
    platform_fee: AmountOut
    tax: AmountOut


class PreviewStepResource(Resource):
    first: int = Field(description="Consultation of the month, counted from 1.")
    last: int
    percent_bp: int
    each: SplitResource


class MonthPreviewResource(Resource):
    consultations: int
    price: AmountOut
    gross: AmountOut
    totals: SplitResource
    steps: list[PreviewStepResource]


class FrozenPlanResource(Resource):
    plan_id: Annotated[str, ToWire("commission_plan")]
    version: int
    code: str
    name: str
    level: Code
    why: str


class ConsideredResource(Resource):
    code: str
    version: int
    level: Code
    chosen: bool
    because: str


class EarningsPreviewResource(Resource):
    service_id: Annotated[str, ToWire("service")]
    service_code: str
    service_name: str
    plan: FrozenPlanResource
    sentences: list[str]
    considered: list[ConsideredResource]
    month: MonthPreviewResource
    left_out: list[str] = Field(
        description="What the plan asks about and nobody can know before; taken not to apply."
    )


class EarningsPreviewListing(Listing):
    items: list[EarningsPreviewResource]


class PlanComparisonResource(Resource):
    service_code: str
    service_name: str
    month: MonthPreviewResource
    present: FrozenPlanResource | None
    present_month: MonthPreviewResource | None
    difference_minor: int = Field(description="What the physician would get more in the month.")


class PlanComparisonListing(Listing):
    items: list[PlanComparisonResource]


@operation("GET", "/commission-plans", tag=_TAG, returns=PlanListing)
def list_commission_plans(call: Call[None]) -> PlanListing:
    """List every commission plan with its versions, by precedence."""
    plans = call.use(ListCommissionPlans)(actor=call.actor)
    return PlanListing(items=[PlanResource.of(one) for one in plans])


@operation("GET", "/commission-plans/{commission_plan_id}", tag=_TAG, returns=PlanResource)
def view_commission_plan(call: Call[None], commission_plan_id: UUID) -> PlanResource:
    """Show a commission plan: its versions, who wrote and who approved them, where they count."""
    return PlanResource.of(
        call.use(ViewCommissionPlan)(actor=call.actor, plan_id=CommissionPlanId(commission_plan_id))
    )


@operation(
    "POST",
    "/commission-plans",
    tag=_TAG,
    body=PlanDraftBody,
    returns=DraftedPlanResource,
    status=HTTPStatus.CREATED,
    once=True,
)
def draft_commission_plan(call: Call[PlanDraftBody]) -> DraftedPlanResource:
    """
    Draft a commission plan, or a new version of one.

    It applies to nothing before a second person has published it.
    """
    plan_id = call.body.plan_id
    drafted = call.use(DraftCommissionPlan)(
        actor=call.actor,
        content=call.body.content(),
        code=call.body.code,
        plan_id=CommissionPlanId(plan_id) if plan_id else None,
    )
    return DraftedPlanResource.model_validate(drafted)


@operation(
    "PUT",
    "/commission-plans/{commission_plan_id}/versions/{number}",
    tag=_TAG,
    body=PlanContentBody,
    returns=DraftedPlanResource,
)
def revise_commission_plan(
    call: Call[PlanContentBody], commission_plan_id: UUID, number: str
) -> DraftedPlanResource:
    """Change a draft. What was published is never changed."""
    drafted = call.use(ReviseCommissionPlan)(
        actor=call.actor,
        plan_id=CommissionPlanId(commission_plan_id),
        number=_number(number),
        content=call.body.content(),
    )
    return DraftedPlanResource.model_validate(drafted)


@operation(
    "POST",
    "/commission-plans/{commission_plan_id}/versions/{number}/publication",
    tag=_TAG,
    body=PublishPlanBody,
    returns=SettledPlanResource,
)
def publish_commission_plan(
    call: Call[PublishPlanBody], commission_plan_id: UUID, number: str
) -> SettledPlanResource:
    """Publish a draft that somebody else wrote; physicians whose pay it changes are told."""
    settled = call.use(PublishCommissionPlan)(
        actor=call.actor,
        plan_id=CommissionPlanId(commission_plan_id),
        number=_number(number),
        revision=call.body.revision,
    )
    return SettledPlanResource.model_validate(settled)


@operation(
    "POST",
    "/commission-plans/{commission_plan_id}/versions/{number}/withdrawal",
    tag=_TAG,
    body=WithdrawPlanBody,
    returns=SettledPlanResource,
)
def withdraw_commission_plan(
    call: Call[WithdrawPlanBody], commission_plan_id: UUID, number: str
) -> SettledPlanResource:
    """Apply a version to no further booking, after the notice; or drop a draft."""
    settled = call.use(WithdrawCommissionPlan)(
        actor=call.actor,
        plan_id=CommissionPlanId(commission_plan_id),
        number=_number(number),
        reason=call.body.reason,
    )
    return SettledPlanResource.model_validate(settled)


@operation(
    "GET",
    "/commission-plans/{commission_plan_id}/versions/{number}/preview",
    tag=_TAG,
    returns=PlanComparisonListing,
    query={"consultations": "In a month, of each service; 20 if not given."},
)
def preview_commission_plan(
    call: Call[None], commission_plan_id: UUID, number: str
) -> PlanComparisonListing:
    """Compare what a version would pay with what is in force for the same bookings."""
    compared = call.use(PreviewPlan)(
        actor=call.actor,
        plan_id=CommissionPlanId(commission_plan_id),
        number=_number(number),
        consultations=_consultations(call),
    )
    return PlanComparisonListing(
        items=[
            PlanComparisonResource.model_validate(
                {
                    **{name: getattr(one, name) for name in PlanComparisonResource.model_fields},
                    "month": _month(one.month),
                    "present_month": _month(one.present_month) if one.present_month else None,
                }
            )
            for one in compared
        ]
    )


@operation(
    "GET",
    "/physicians/{physician_id}/earnings-preview",
    tag=_TAG,
    returns=EarningsPreviewListing,
    query={
        "service_id": "Only this service; all that are offered, if not given.",
        "consultations": "In a month, of each service; 20 if not given.",
    },
)
def preview_earnings(call: Call[None], physician_id: UUID) -> EarningsPreviewListing:
    """Work out what a month of a service would earn a physician, and by which plan and why."""
    service_id = identifier(call, "service_id")
    found = call.use(PreviewEarnings)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        service_id=ServiceId(service_id) if service_id else None,
        consultations=_consultations(call),
    )
    return EarningsPreviewListing(
        items=[
            EarningsPreviewResource.model_validate(
                {
                    **{name: getattr(one, name) for name in EarningsPreviewResource.model_fields},
                    "month": _month(one.month),
                }
            )
            for one in found
        ]
    )


def _month(month: MonthPreview) -> MonthPreviewResource:
    return MonthPreviewResource.model_validate(month)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise PlanNotFound("There is no such commission plan.")
    return int(text)


def _consultations(call: Call[None]) -> int:
    text = call.query.get("consultations", _USUAL_MONTH)
    if not re.fullmatch("[0-9]{1,5}", text):
        raise TooMany("Write how many consultations, as a number.", field="consultations")
    return int(text)
