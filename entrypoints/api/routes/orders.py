"""
Where the medicines are: orders at pharmacies.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.orders.creation import ChoosePharmacy
from application.orders.queries import (
    ListMyOrders,
    ListOrdersOfPrescription,
    ListPharmacies,
    TrackOrder,
)
from application.orders.recall import CancelOrder, RerouteOrder
from domain.prescriptions.events import PrescriptionCancelReason
from domain.shared.ids import OrderId, PharmacyId, PrescriptionId
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import required
from entrypoints.api.routes.prescriptions import CancelledResource
from entrypoints.api.wire import Code, FromWire, ToWire


class PharmacyResource(Resource):
    pharmacy_id: Annotated[str, ToWire("pharmacy")]
    name: str
    address: str
    phone: str
    place: Code
    delivers: bool
    network: Code


class PharmacyListing(Resource):
    items: list[PharmacyResource]


class OrderResource(Resource):
    order_id: Annotated[str, ToWire("order")]
    prescription_id: Annotated[str, ToWire("prescription")]
    consultation_id: Annotated[str, ToWire("consultation")]
    patient_id: Annotated[str, ToWire("patient")]
    status: Code
    pharmacy: PharmacyResource | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    supplied_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_outcome: Code | None
    failure: Code | None
    attention: Code | None
    vendor_status: str | None
    rerouted_to: Annotated[str, ToWire("order")] | None
    fills: int = Field(description="How often it was handed out, as far as the pharmacy tells.")


class OrderListing(Listing):
    items: list[OrderResource]


class PharmacyChoiceBody(Body):
    pharmacy_id: Annotated[UUID, FromWire("pharmacy")]


class CancelOrderBody(Body):
    reason: PrescriptionCancelReason = PrescriptionCancelReason.PATIENT_REQUEST


class ReroutedResource(Resource):
    order_id: Annotated[str, ToWire("order")]


@operation(
    "GET",
    "/pharmacies",
    tag="Orders",
    returns=PharmacyListing,
    query={"place": "Where the patient is, ISO 3166. Required."},
)
def list_pharmacies(call: Call[None]) -> PharmacyListing:
    """List the pharmacies that supply patients in a place, those in it first."""
    place = required(call, "place", "Say where the patient is.")
    found = call.use(ListPharmacies)(actor=call.actor, place=Jurisdiction(place))
    return PharmacyListing(items=[PharmacyResource.model_validate(one) for one in found])


@operation("GET", "/orders", tag="Orders", returns=OrderListing, paged=True)
def list_orders(call: Call[None]) -> OrderListing:
    """List a patient's own orders, latest first."""
    page = call.use(ListMyOrders)(actor=call.actor, **call.page())
    return OrderListing(
        items=[OrderResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/prescriptions/{prescription_id}/orders", tag="Orders", returns=OrderListing)
def list_orders_of_prescription(call: Call[None], prescription_id: UUID) -> OrderListing:
    """List the attempts to supply a prescription, oldest first."""
    found = call.use(ListOrdersOfPrescription)(
        actor=call.actor, prescription_id=PrescriptionId(prescription_id)
    )
    return OrderListing(items=[OrderResource.model_validate(one) for one in found])


@operation("GET", "/orders/{order_id}", tag="Orders", returns=OrderResource)
def track_order(call: Call[None], order_id: UUID) -> OrderResource:
    """Show where an order is."""
    return OrderResource.model_validate(
        call.use(TrackOrder)(actor=call.actor, order_id=OrderId(order_id))
    )


@operation("PUT", "/orders/{order_id}/pharmacy", tag="Orders", body=PharmacyChoiceBody)
def choose_pharmacy(call: Call[PharmacyChoiceBody], order_id: UUID) -> None:
    """Choose the pharmacy of an order that was not sent yet."""
    call.use(ChoosePharmacy)(
        actor=call.actor,
        order_id=OrderId(order_id),
        pharmacy_id=PharmacyId(call.body.pharmacy_id),
    )


@operation(
    "POST",
    "/orders/{order_id}/cancellation",
    tag="Orders",
    body=CancelOrderBody,
    returns=CancelledResource,
)
def cancel_order(call: Call[CancelOrderBody], order_id: UUID) -> CancelledResource:
    """Call an order back; the answer says what the pharmacy could still do."""
    outcome = call.use(CancelOrder)(
        actor=call.actor, order_id=OrderId(order_id), reason=call.body.reason
    )
    return CancelledResource.model_validate({"outcome": outcome})


@operation(
    "POST",
    "/orders/{order_id}/rerouting",
    tag="Orders",
    body=PharmacyChoiceBody,
    returns=ReroutedResource,
    status=HTTPStatus.CREATED,
)
def reroute_order(call: Call[PharmacyChoiceBody], order_id: UUID) -> ReroutedResource:
    """Have another pharmacy supply what this one could not; gives the new order."""
    new_id = call.use(RerouteOrder)(
        actor=call.actor,
        order_id=OrderId(order_id),
        pharmacy_id=PharmacyId(call.body.pharmacy_id),
    )
    return ReroutedResource.model_validate({"order_id": new_id})
