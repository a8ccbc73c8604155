"""
The work lists of staff, and the checks of books and audit trail.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.audit.verification import VerifyAuditTrail
from application.consultations.queries import ListStuckConsultations
from application.ledger.books import Basis, TrialBalance, VerifyBooks
from application.notifications.queries import ListUndelivered
from application.orders.queries import ListOrdersNeedingAttention
from application.orders.tracking import SettleAttention
from application.payments.queries import ListPayments
from application.payouts.queries import ListPayouts
from application.shared.ports import Clock
from application.webhooks.ports import WebhookStatus
from application.webhooks.queries import ListWebhooks
from application.workflow.dead_letters import (
    ListDeadReactions,
    ListDeadWebhooks,
    ReviveReaction,
    ReviveWebhook,
)
from domain.consultations.consultation import ConsultationStatus
from domain.orders.fulfilment import AttentionReason
from domain.shared.ids import EventId, OrderId, WebhookId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import choice, choices, instant
from entrypoints.api.routes.journal import OWNER_NAME
from entrypoints.api.routes.orders import OrderListing, OrderResource
from entrypoints.api.routes.payments import PaymentListing, PaymentResource
from entrypoints.api.routes.payouts import PayoutListing, PayoutResource
from entrypoints.api.wire import AmountOut, Code, ToWire

_LONG = timedelta(hours=4)


class PayoutsWaitFor(StrEnum):
    """What finance is asked for."""

    REVIEW = "review"
    APPROVAL = "approval"


class OrderFindingBody(Body):
    attention: AttentionReason = Field(
        description="What you dealt with, as the order has it. Another one now is a conflict."
    )
    reason: str = Field(min_length=1, max_length=500, description="For the audit trail.")


class StuckConsultationResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    patient_id: Annotated[str, ToWire("patient")]
    service_name: str
    status: Code
    place: Code
    physician_name: str | None
    since: datetime
    promised_by: datetime | None
    promise_broken: bool
    open_reactions: int = Field(description="Reactions that were given up.")


class StuckListing(Listing):
    items: list[StuckConsultationResource]


class UndeliveredResource(Resource):
    notification_id: Annotated[str, ToWire("notification")]
    user_id: Annotated[str, ToWire("user")]
    channel: Code
    template: str
    status: Code
    failure: Code | None
    attempts: int
    created_at: datetime


class UndeliveredListing(Listing):
    items: list[UndeliveredResource]


class DeadReactionResource(Resource):
    event_id: Annotated[str, ToWire("event")]
    name: str
    event_type: str
    consultation_id: Annotated[str, ToWire("consultation")] | None
    attempts: int
    last_error: str | None
    occurred_at: datetime
    given_up_at: datetime | None


class DeadReactionListing(Listing):
    items: list[DeadReactionResource]


class DeadWebhookResource(Resource):
    webhook_id: Annotated[str, ToWire("webhook")]
    vendor: str
    kind: str
    reference: str | None
    attempts: int
    last_error: str | None
    received_at: datetime
    given_up_at: datetime | None


class DeadWebhookListing(Listing):
    items: list[DeadWebhookResource]


class WebhookResource(Resource):
    webhook_id: Annotated[str, ToWire("webhook")]
    vendor: str
    event_id: str = Field(description="The vendor's identifier of the message.")
    kind: str
    reference: str | None
    status: Code
    attempts: int
    last_error: str | None
    received_at: datetime
    finished_at: datetime | None


class WebhookListing(Listing):
    items: list[WebhookResource]


class TrialBalanceLineResource(Resource):
    account: str
    owner_name: str | None = Field(description=OWNER_NAME)
    type: Code
    balance: AmountOut


class TrialBalanceResource(Resource):
    currency: str
    as_of: datetime
    lines: list[TrialBalanceLineResource]
    debits: AmountOut
    credits: AmountOut


class TrialBalanceListing(Resource):
    items: list[TrialBalanceResource] = Field(description="One for each currency.")


class BreakResource(Resource):
    check: Code
    subject: str
    expected: str
    found: str


class CheckResource(Resource):
    check: Code
    holds: bool
    looked_at: int
    breaks: list[BreakResource]


class BooksResource(Resource):
    at: datetime
    hold: bool
    results: list[CheckResource]


class AuditFindingResource(Resource):
    tampering: Code
    chain: int
    sequence: int


class AuditVerifiedResource(Resource):
    entries: int = Field(description="How many were recomputed.")
    findings: list[AuditFindingResource] = Field(description="Empty if the trail is whole.")


@operation(
    "GET",
    "/operations/stuck-consultations",
    tag="Operations",
    returns=StuckListing,
    paged=True,
    query={
        "before": "Where it is since then or longer, RFC 3339; four hours ago if not given.",
        "status": "Codes with commas between them.",
    },
)
def list_stuck_consultations(call: Call[None]) -> StuckListing:
    """List what has waited for long, or whose workflow has given up, oldest first."""
    page = call.use(ListStuckConsultations)(
        actor=call.actor,
        since=instant(call, "before") or call.use(Clock).now() - _LONG,
        statuses=choices(call, "status", ConsultationStatus),
        **call.page(),
    )
    return StuckListing(
        items=[StuckConsultationResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/operations/orders", tag="Operations", returns=OrderListing, paged=True)
def list_orders_needing_attention(call: Call[None]) -> OrderListing:
    """List orders that a person has to look at, longest waiting first."""
    page = call.use(ListOrdersNeedingAttention)(actor=call.actor, **call.page())
    return OrderListing(
        items=[OrderResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "POST", "/operations/orders/{order_id}/settlement", tag="Operations", body=OrderFindingBody
)
def settle_order(call: Call[OrderFindingBody], order_id: UUID) -> None:
    """Say what was found out about an order: it is off the list until there is news of it."""
    call.use(SettleAttention)(
        actor=call.actor,
        order_id=OrderId(order_id),
        attention=call.body.attention,
        reason=call.body.reason,
    )


@operation(
    "GET",
    "/operations/payouts",
    tag="Operations",
    returns=PayoutListing,
    paged=True,
    query={"waits_for": "`review`, which is meant if not given, or `approval`."},
)
def list_payouts_needing_review(call: Call[None]) -> PayoutListing:
    """List payouts that finance has to look into, or to agree to, the newest first."""
    waits_for = choice(call, "waits_for", PayoutsWaitFor) or PayoutsWaitFor.REVIEW
    page = call.use(ListPayouts)(
        actor=call.actor,
        needs_review=waits_for is PayoutsWaitFor.REVIEW,
        needs_approval=waits_for is PayoutsWaitFor.APPROVAL,
        **call.page(),
    )
    return PayoutListing(
        items=[PayoutResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/operations/payments", tag="Operations", returns=PaymentListing, paged=True)
def list_payments_needing_review(call: Call[None]) -> PaymentListing:
    """List payments that staff has to look into, the newest first."""
    page = call.use(ListPayments)(actor=call.actor, needs_review=True, **call.page())
    return PaymentListing(
        items=[PaymentResource.of(one, for_staff=True) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET", "/operations/notifications", tag="Operations", returns=UndeliveredListing, paged=True
)
def list_undelivered(call: Call[None]) -> UndeliveredListing:
    """List whom a notification did not reach, and why, latest first."""
    page = call.use(ListUndelivered)(actor=call.actor, **call.page())
    fields = UndeliveredResource.model_fields
    return UndeliveredListing(
        items=[
            UndeliveredResource.model_validate({name: getattr(row, name) for name in fields})
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET", "/operations/reactions", tag="Operations", returns=DeadReactionListing, paged=True
)
def list_dead_reactions(call: Call[None]) -> DeadReactionListing:
    """List reactions of the workflow that were given up, the oldest first."""
    page = call.use(ListDeadReactions)(actor=call.actor, **call.page())
    return DeadReactionListing(
        items=[DeadReactionResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("POST", "/operations/reactions/{event_id}/{name}/revival", tag="Operations")
def revive_reaction(call: Call[None], event_id: UUID, name: str) -> None:
    """Try a reaction that was given up again."""
    call.use(ReviveReaction)(actor=call.actor, event_id=EventId(event_id), name=name)


@operation("GET", "/operations/webhooks", tag="Operations", returns=DeadWebhookListing, paged=True)
def list_dead_webhooks(call: Call[None]) -> DeadWebhookListing:
    """List vendors' messages that could not be acted on, the oldest first."""
    page = call.use(ListDeadWebhooks)(actor=call.actor, **call.page())
    return DeadWebhookListing(
        items=[DeadWebhookResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET",
    "/operations/messages",
    tag="Operations",
    returns=WebhookListing,
    paged=True,
    query={
        "vendor": "Only theirs, such as `stripe`.",
        "status": "`pending`, `done` or `dead`.",
        "reference": "Only those about what the vendor calls so.",
    },
)
def list_webhooks(call: Call[None]) -> WebhookListing:
    """List what vendors told us, the newest first."""
    page = call.use(ListWebhooks)(
        actor=call.actor,
        vendor=call.query.get("vendor"),
        status=choice(call, "status", WebhookStatus),
        reference=call.query.get("reference"),
        **call.page(),
    )
    return WebhookListing(
        items=[WebhookResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("POST", "/operations/webhooks/{webhook_id}/revival", tag="Operations")
def revive_webhook(call: Call[None], webhook_id: UUID) -> None:
    """Act on a vendor's message again, whether it was given up or done."""
    call.use(ReviveWebhook)(actor=call.actor, webhook_id=WebhookId(webhook_id))


@operation(
    "GET",
    "/operations/trial-balance",
    tag="Operations",
    returns=TrialBalanceListing,
    query={
        "as_of": "RFC 3339; now if not given.",
        "by": "`occurred_at`, or `recorded_at` for what was booked by then.",
    },
)
def trial_balance(call: Call[None]) -> TrialBalanceListing:
    """Show finance every account, by currency, as of any instant."""
    views = call.use(TrialBalance)(
        actor=call.actor,
        as_of=instant(call, "as_of"),
        by=choice(call, "by", Basis) or Basis.OCCURRED,
    )
    return TrialBalanceListing(items=[TrialBalanceResource.model_validate(one) for one in views])


@operation("GET", "/operations/books", tag="Operations", returns=BooksResource)
def verify_books(call: Call[None]) -> BooksResource:
    """Check everything that must always be so about the money."""
    return BooksResource.model_validate(call.use(VerifyBooks)(actor=call.actor))


@operation("GET", "/operations/audit", tag="Operations", returns=AuditVerifiedResource)
def verify_audit_trail(call: Call[None]) -> AuditVerifiedResource:
    """Recompute every link of the audit trail. Takes time."""
    return AuditVerifiedResource.model_validate(call.use(VerifyAuditTrail)(actor=call.actor))
