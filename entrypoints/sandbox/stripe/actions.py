"""
What happens at Stripe without a call of ours: by a cardholder, a bank, a person at the dashboard.

Each is a verb of the control API, and may be scheduled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Action, ActionRefused, Sandbox
from entrypoints.sandbox.stripe import (
    checkout,
    disputes,
    endpoints,
    identity,
    intents,
    payouts,
    refunds,
)
from entrypoints.sandbox.stripe.cards import BY_METHOD
from entrypoints.sandbox.stripe.customers import new_method
from entrypoints.sandbox.stripe.desk import NAME, Desk, shown
from entrypoints.sandbox.stripe.errors import CardRefused, StripeError

Payload = dict[str, Any]
Step = Callable[[Desk, Payload], Document]
AUTOMATIC_PAYOUT_EVERY_SECONDS = 24 * 3600


def _create_dispute(desk: Desk, payload: Payload) -> Document:
    return disputes.open_on(
        desk,
        _charge(desk, payload),
        amount=payload.get("amount"),
        reason=payload.get("reason", "fraudulent"),
        inquiry=bool(payload.get("inquiry")),
    )


def _end_dispute(outcome: str) -> Step:
    return lambda desk, payload: disputes.end(desk, _dispute(desk, payload), outcome)


def _refund(desk: Desk, payload: Payload) -> Document:
    charge = _charge(desk, payload)
    return refunds.make(
        desk, charge, payload.get("amount"), reason=payload.get("reason", "requested_by_customer")
    )


def _create_payout(desk: Desk, payload: Payload) -> Document:
    currency = payload.get("currency", "usd")
    if "amount" in payload:
        return payouts.make_manual(desk, currency, int(payload["amount"]))
    return payouts.make_automatic(desk, currency)


def _automatic_payout(desk: Desk, payload: Payload) -> Document:
    del payload
    desk.later(AUTOMATIC_PAYOUT_EVERY_SECONDS, "automatic_payout")
    return {"object": "list", "data": payouts.make_all_automatic(desk)}


def _pay(desk: Desk, payload: Payload) -> Document:
    """
    A person pays on the hosted page, with ``card`` naming a test payment method.
    """
    intent = desk.load("payment_intent", _needed(payload, "payment_intent"))
    method = new_method(desk, BY_METHOD[payload.get("card", "pm_card_visa")])
    intent["payment_method"] = method["id"]
    return intents.confirm(desk, intent, return_url=payload.get("return_url"))


def _authenticate(desk: Desk, payload: Payload) -> Document:
    intent = desk.load("payment_intent", _needed(payload, "payment_intent"))
    if intent["status"] != "requires_action":
        raise ActionRefused(f"{intent['id']} is {intent['status']}: nothing to authenticate")
    return intents.authenticated(desk, intent, approved=bool(payload.get("approved", True)))


def _pay_checkout(desk: Desk, payload: Payload) -> Document:
    session = desk.load("checkout_session", _needed(payload, "id"))
    intent = checkout.intent_of(desk, session)
    _pay(desk, {**payload, "payment_intent": intent["id"]})
    return checkout.complete(desk, session["id"])


def _expire_checkout(desk: Desk, payload: Payload) -> Document:
    return checkout.expire(desk, _needed(payload, "id"))


def _reject_identity(desk: Desk, payload: Payload) -> Document:
    return identity.reject(
        desk,
        _needed(payload, "id"),
        payload.get("code", "document_unverified_other"),
        payload.get("reason", "The document could not be verified."),
    )


def _verify_identity(desk: Desk, payload: Payload) -> Document:
    return identity.verify(desk, _needed(payload, "id"), payload.get("outputs"))


def _expire_authorisation(desk: Desk, payload: Payload) -> Document:
    id = _needed(payload, "id")
    intents.expire_authorisation(desk, id)
    return desk.load("payment_intent", id)


def _cancel_payment(desk: Desk, payload: Payload) -> Document:
    intent = desk.load("payment_intent", _needed(payload, "payment_intent"))
    return intents.cancel(desk, intent, payload.get("reason", "requested_by_customer"))


def _capture_payment(desk: Desk, payload: Payload) -> Document:
    intent = desk.load("payment_intent", _needed(payload, "payment_intent"))
    return intents.capture(desk, intent, payload.get("amount"))


def _send_event(desk: Desk, payload: Payload) -> Document:
    """
    Tell of an object as it is now, once more or out of turn.
    """
    subject = desk.lookup(_needed(payload, "id"))
    if subject is None:
        raise ActionRefused(f"no object {payload['id']}")
    desk.emit(_needed(payload, "type"), subject)
    return subject


def _rotate_webhook_secret(desk: Desk, payload: Payload) -> Document:
    return endpoints.rotate_secret(
        desk,
        payload.get("id", endpoints.default_id()),
        _needed(payload, "secret"),
        int(payload.get("overlap_seconds", 24 * 3600)),
    )


_STEPS: dict[str, Step] = {
    "create_dispute": _create_dispute,
    "win_dispute": _end_dispute("won"),
    "lose_dispute": _end_dispute("lost"),
    "withdraw_dispute": _end_dispute("won"),
    "withdraw_dispute_funds": lambda desk, p: disputes.withdraw_funds(desk, _dispute(desk, p)),
    "reinstate_dispute_funds": lambda desk, p: disputes.reinstate_funds(desk, _dispute(desk, p)),
    "refund": _refund,
    "settle_refund": lambda desk, p: refunds.settle(desk, _needed(p, "id")),
    "fail_refund": lambda desk, p: refunds.fail(
        desk, _needed(p, "id"), p.get("reason", "expired_or_canceled_card")
    ),
    "require_refund_action": lambda desk, p: refunds.ask_for_action(desk, _needed(p, "id")),
    "create_payout": _create_payout,
    "automatic_payout": _automatic_payout,
    "pay_payout": lambda desk, p: payouts.pay(desk, _needed(p, "id")),
    "fail_payout": lambda desk, p: payouts.fail(
        desk, _needed(p, "id"), p.get("failure_code", "account_closed")
    ),
    "process_identity": lambda desk, p: identity.process(desk, _needed(p, "id")),
    "verify_identity": _verify_identity,
    "reject_identity": _reject_identity,
    "pay": _pay,
    "authenticate": _authenticate,
    "pay_checkout": _pay_checkout,
    "expire_checkout": _expire_checkout,
    "cancel_payment": _cancel_payment,
    "capture_payment": _capture_payment,
    "expire_authorisation": _expire_authorisation,
    "send_event": _send_event,
    "rotate_webhook_secret": _rotate_webhook_secret,
}


def control_actions() -> dict[str, Action]:
    return {name: _controlled(step) for name, step in _STEPS.items()}


def schedule_handlers(ctx: Sandbox, desk: Desk) -> None:
    for name, step in _STEPS.items():
        ctx.scheduler.handler(NAME, name)(_scheduled(step, desk))


def _controlled(step: Step) -> Action:
    def act(ctx: Sandbox, payload: Payload) -> Document:
        desk = Desk(ctx)
        try:
            with ctx.store.transaction():
                return _kept(desk, step, payload)
        except StripeError as refusal:
            raise ActionRefused(str(refusal)) from refusal

    return act


def _kept(desk: Desk, step: Step, payload: Payload) -> Document:
    """
    The step's outcome; a declined card is one, and what it left behind is kept.
    """
    try:
        outcome = step(desk, payload)
    except CardRefused as declined:
        outcome = declined.body()
    answer: Document = shown(outcome, desk.now())
    return answer


def _scheduled(step: Step, desk: Desk) -> Callable[[Payload], None]:
    def run(payload: Payload) -> None:
        try:
            _kept(desk, step, payload)
        except StripeError as overtaken:
            desk.ctx.store.put(
                NAME,
                "overtaken_task",
                str(desk.ctx.store.next_number(NAME, "overtaken_task")),
                {"payload": payload, "why": str(overtaken), "at": desk.now()},
            )

    return run


def _needed(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise ActionRefused(f"{name} is missing")
    return value


def _charge(desk: Desk, payload: Payload) -> Document:
    if "charge" in payload:
        return desk.load("charge", _needed(payload, "charge"))
    intent = desk.load("payment_intent", _needed(payload, "payment_intent"))
    if intent["latest_charge"] is None:
        raise ActionRefused(f"{intent['id']} has no charge")
    return desk.load("charge", intent["latest_charge"])


def _dispute(desk: Desk, payload: Payload) -> Document:
    return desk.load("dispute", _needed(payload, "id"))
