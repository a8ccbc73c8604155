"""
What patients can choose from, and when.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from application.catalogue.publication import PublishService, RetireService
from application.catalogue.queries import ListServices, ServiceSummary, ViewService
from application.scheduling.queries import FindSlots
from domain.shared.ids import ServiceId
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import instant, required
from entrypoints.api.wire import AmountOut, Code, ToWire


class ServiceResource(Resource):
    service_id: Annotated[str, ToWire("service")]
    code: str
    version: int
    name: str
    summary: str
    mode: Code = Field(description="`async`, `video` or `phone`.")
    price: AmountOut
    promised_response: timedelta | None = Field(description="ISO 8601; for services in writing.")
    duration: timedelta | None
    jurisdictions: tuple[str, ...] = Field(description="ISO 3166.")
    specialties: tuple[str, ...]
    active: bool


class ServiceListing(Listing):
    items: list[ServiceResource]


class ServiceDetailResource(ServiceResource):
    tax: AmountOut
    platform_fee: AmountOut
    capture_on: Code
    refund_policy: list[dict[str, Any]]
    eligibility: dict[str, Any]
    questionnaire: dict[str, Any] = Field(description="In the terms of FHIR Questionnaire.")


class SlotResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    physician_name: str
    start_at: datetime
    end_at: datetime
    time_zone: str = Field(description="The physician's.")


class SlotListing(Resource):
    items: list[SlotResource]


class ServiceBody(Body):
    code: str = Field(min_length=1, max_length=60, description="Names the service for good.")
    offer: dict[str, Any] = Field(
        description="Name, price, questionnaire, eligibility and terms, as data."
    )


class ServicePublishedResource(Resource):
    service_id: Annotated[str, ToWire("service")]


@operation(
    "POST",
    "/services",
    tag="Catalogue",
    body=ServiceBody,
    returns=ServicePublishedResource,
    status=HTTPStatus.CREATED,
)
def publish_service(call: Call[ServiceBody]) -> ServicePublishedResource:
    """
    Offer a service, or a new version of one, as operations.

    What is offered already in the same words stays at its version.
    """
    service_id = call.use(PublishService)(
        actor=call.actor, code=call.body.code, offer=call.body.offer
    )
    return ServicePublishedResource.model_validate({"service_id": service_id})


@operation("POST", "/services/{service_id}/retirement", tag="Catalogue")
def retire_service(call: Call[None], service_id: UUID) -> None:
    """Offer a service no longer, as operations. What was booked goes on."""
    call.use(RetireService)(actor=call.actor, service_id=ServiceId(service_id))


@operation(
    "GET",
    "/services",
    tag="Catalogue",
    returns=ServiceListing,
    public=True,
    paged=True,
    query={"place": "ISO 3166 code; only services offered there."},
)
def list_services(call: Call[None]) -> ServiceListing:
    """List services by name."""
    page = call.use(ListServices)(actor=call.actor, place=call.query.get("place"), **call.page())
    items = [ServiceResource.model_validate(item) for item in page.items]
    return ServiceListing(items=items, next_cursor=page.next_cursor)


@operation(
    "GET", "/services/{service_id}", tag="Catalogue", returns=ServiceDetailResource, public=True
)
def view_service(call: Call[None], service_id: UUID) -> ServiceDetailResource:
    """Show a service with its questionnaire and its terms."""
    view = call.use(ViewService)(actor=call.actor, service_id=ServiceId(service_id))
    return ServiceDetailResource.model_validate(
        _fields(view.summary)
        | {
            "tax": view.tax,
            "platform_fee": view.platform_fee,
            "capture_on": view.capture_on,
            "refund_policy": [dict(rule) for rule in view.refund_policy],
            "eligibility": dict(view.eligibility),
            "questionnaire": dict(view.questionnaire),
        }
    )


@operation(
    "GET",
    "/services/{service_id}/slots",
    tag="Catalogue",
    returns=SlotListing,
    query={
        "place": "Where the patient is, ISO 3166. Required.",
        "from": "RFC 3339; now if not given.",
        "to": "RFC 3339.",
        "limit": "How many, at most 100; 20 if not given.",
    },
)
def find_slots(call: Call[None], service_id: UUID) -> SlotListing:
    """Find the earliest free times of physicians who may see a patient there."""
    place = required(call, "place", "Say where the patient is.")
    slots = call.use(FindSlots)(
        actor=call.actor,
        service_id=ServiceId(service_id),
        place=Jurisdiction(place),
        from_at=instant(call, "from"),
        to_at=instant(call, "to"),
        limit=call.page()["limit"],
    )
    return SlotListing(items=[SlotResource.model_validate(slot) for slot in slots])


def _fields(summary: ServiceSummary) -> dict[str, Any]:
    return {name: getattr(summary, name) for name in ServiceResource.model_fields}
