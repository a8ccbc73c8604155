"""
Stripe: customers, payments, refunds, disputes, payouts, Checkout and Identity.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from entrypoints.sandbox.core.vendor import Sandbox, Vendor
from entrypoints.sandbox.stripe import (
    books,
    charges,
    checkout,
    customers,
    disputes,
    endpoints,
    hosted,
    identity,
    intent_routes,
    payouts,
    refunds,
)
from entrypoints.sandbox.stripe.actions import (
    AUTOMATIC_PAYOUT_EVERY_SECONDS,
    control_actions,
    schedule_handlers,
)
from entrypoints.sandbox.stripe.desk import NAME, Desk
from entrypoints.sandbox.stripe.gate import Gate

FAULTS = {
    "idempotency_key_in_use": "Answer 409, as if the first request with this key were running.",
    "slow_work": "Take `seconds` (5) over the work, the idempotency key being held meanwhile.",
    "decline": "Decline the next confirmation with `decline_code` (generic_decline).",
    "capture_refused": "Refuse the next capture: the authorisation is gone.",
    "fee_differs": "Charge `fee_minor` (0) rather than the published fee.",
    "refund_pending": "Let the next refund begin as pending.",
    "webhook_wrong_environment": "Mark the event as coming from live mode.",
    "webhook_stale_status": "Send the object with `status` (processing) rather than its own.",
}


def _blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("stripe", __name__)
    desk = Desk(ctx)
    gate = Gate(routes, desk)
    resources = (
        books, charges, checkout, customers, disputes, endpoints, identity, intent_routes,
        payouts, refunds,
    )  # fmt: skip
    for resource in resources:
        resource.mount(gate, desk)
    hosted.mount(routes, desk)
    return routes


def _start(ctx: Sandbox) -> None:
    desk = Desk(ctx)

    @ctx.webhooks.signer(NAME)
    def sign(body: bytes, at: datetime, url: str) -> dict[str, str]:
        return endpoints.signature(desk, body, at, url)

    @ctx.webhooks.copier(NAME)
    def copy(body: bytes) -> tuple[str, bytes]:
        return endpoints.second_event(desk, body)

    schedule_handlers(ctx, desk)
    endpoints.ensure_default(desk)
    waiting = (task["vendor"] == NAME and task["action"] == "automatic_payout"
               for task in ctx.scheduler.pending())  # fmt: skip
    if ctx.settings.autopilot and not any(waiting):
        desk.later(AUTOMATIC_PAYOUT_EVERY_SECONDS, "automatic_payout")


def _describe() -> list[tuple[str, list[str]]]:
    return [
        ("payment_intent", ["id", "amount", "currency", "status", "latest_charge"]),
        ("refund", ["id", "amount", "currency", "status", "charge"]),
        ("dispute", ["id", "amount", "currency", "status", "reason"]),
        ("balance_transaction", ["id", "type", "amount", "fee", "net", "source"]),
        ("payout", ["id", "amount", "currency", "status"]),
        ("verification_session", ["id", "type", "status", "created"]),
        ("checkout_session", ["id", "amount_total", "currency", "status", "payment_status"]),
        ("customer", ["id", "created"]),
    ]


VENDOR = Vendor(
    name=NAME,
    title="Stripe",
    blueprint=_blueprint,
    start=_start,
    describe=_describe,
    actions=control_actions(),
    faults=FAULTS,
)
