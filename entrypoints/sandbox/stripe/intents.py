"""
How a PaymentIntent moves.

    requires_payment_method ──> requires_confirmation ──> requires_action ──┐
             ^  declined <──────────────┴──────────────────────┤            │
             └─────────────────────────────────────────────────┘            v
        canceled <── any of these        requires_capture ──> succeeded <── charged
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import charges
from entrypoints.sandbox.stripe.cards import DECLINES, Behaviour
from entrypoints.sandbox.stripe.customers import attach
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.errors import CardRefused, StripeError, unexpected_state

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CONFIRMABLE, "requires_capture", "processing")
AUTHORISATION_LASTS_SECONDS = 7 * 24 * 3600
_AUTHENTICATING = {Behaviour.AUTHENTICATE.value, Behaviour.AUTHENTICATE_THEN_DECLINE.value}


def new(desk: Desk, amount: int, currency: str, **fields: Any) -> Document:
    """
    A PaymentIntent that has been told nothing but what it is for.
    """
    id = f"pi_3{token()}"
    return {
        "id": id,
        "object": "payment_intent",
        "allowed_payment_method_types": None,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{token(25)}",
        "confirmation_method": "automatic",
        "created": desk.now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **fields,
    }


def confirm(
    desk: Desk,
    intent: Document,
    *,
    off_session: bool = False,
    return_url: str | None = None,
    error_on_requires_action: bool = False,
) -> Document:
    """
    Try the card.

    Raises:
        CardRefused: It was declined; the intent has been put back to wait for another one.
    """
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirmed", CONFIRMABLE)
    if intent["payment_method"] is None:
        raise StripeError(
            400,
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    method = desk.load("payment_method", intent["payment_method"])
    facts = {"payment_intent": intent["id"], "customer": intent["customer"]}
    if (scripted := desk.strikes("decline", **facts)) is not None:
        why = scripted.get("decline_code", "generic_decline")
        _decline(desk, intent, method, DECLINES.get(why, ("card_declined", why, "Declined.")))
    if method["_behaviour"] == Behaviour.DECLINE.value:
        _decline(desk, intent, method, tuple(method["_decline"]))
    if _must_authenticate(intent, method) and (off_session or error_on_requires_action):
        _decline(desk, intent, method, DECLINES["authentication_required"])
    if _must_authenticate(intent, method):
        return _ask_to_authenticate(desk, intent, return_url)
    return _charge(desk, intent, method)


def authenticated(desk: Desk, intent: Document, *, approved: bool) -> Document:
    """
    The cardholder answered the bank's question.

    Raises:
        CardRefused: The bank then declined all the same.
    """
    method = desk.load("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if approved and method["_behaviour"] == Behaviour.AUTHENTICATE_THEN_DECLINE.value:
        _decline(desk, intent, method, tuple(method["_decline"]))
    if approved:
        return _charge(desk, intent, method)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": {
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
            "payment_method": method,
            "type": "invalid_request_error",
        },
    }
    desk.emit("payment_intent.payment_failed", desk.save("payment_intent", intent))
    return intent


def capture(desk: Desk, intent: Document, amount: int | None) -> Document:
    """
    Take what was authorised, or `amount` of it.

    Raises:
        StripeError: There is nothing to capture, or not as much.
    """
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "captured", ("requires_capture",))
    taken = intent["amount_capturable"] if amount is None else amount
    if taken > intent["amount_capturable"]:
        raise StripeError(
            400,
            f"The provided amount_to_capture ({taken}) is greater than the amount_capturable"
            f" ({intent['amount_capturable']}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    if desk.strikes("capture_refused", payment_intent=intent["id"]) is not None:
        raise StripeError(
            400,
            "The authorisation has expired at the issuer and can no longer be captured.",
            code="charge_expired_for_capture",
            payment_intent=intent,
        )
    charge = desk.load("charge", intent["latest_charge"])
    charges.capture(desk, charge, taken, told=True)
    return _succeed(desk, intent, taken)


def cancel(desk: Desk, intent: Document, reason: str | None) -> Document:
    """
    Give the payment up; what was authorised is released.

    Raises:
        StripeError: It has already succeeded or been canceled.
    """
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(intent, "canceled", CANCELABLE)
    if intent["status"] == "requires_capture":
        charge = desk.load("charge", intent["latest_charge"])
        expired = reason == "automatic"
        charges.give_back_uncaptured(
            desk,
            charge,
            charge["amount"],
            reason="expired_uncaptured_charge" if expired else None,
        )
        desk.emit("charge.expired" if expired else "charge.refunded", charge)
    intent |= {
        "status": "canceled",
        "canceled_at": desk.now(),
        "cancellation_reason": reason,
        "amount_capturable": 0,
        "next_action": None,
    }
    desk.emit("payment_intent.canceled", desk.save("payment_intent", intent))
    return intent


def expire_authorisation(desk: Desk, intent_id: str) -> None:
    intent = desk.load("payment_intent", intent_id)
    if intent["status"] == "requires_capture":
        cancel(desk, intent, "automatic")


def _must_authenticate(intent: Document, method: Document) -> bool:
    asked = intent["payment_method_options"].get("card", {}).get("request_three_d_secure")
    return method["_behaviour"] in _AUTHENTICATING or asked in {"any", "challenge"}


def _ask_to_authenticate(desk: Desk, intent: Document, return_url: str | None) -> Document:
    page = desk.url(f"/3ds/{intent['id']}?client_secret={intent['client_secret']}")
    if return_url:
        action: dict[str, Any] = {
            "redirect_to_url": {"return_url": return_url, "url": page},
            "type": "redirect_to_url",
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page},
        }
    intent |= {"status": "requires_action", "next_action": action, "last_payment_error": None}
    desk.emit("payment_intent.requires_action", desk.save("payment_intent", intent))
    return intent


def _charge(desk: Desk, intent: Document, method: Document) -> Document:
    charge = charges.authorised(desk, intent, method)
    intent |= {"latest_charge": charge["id"], "last_payment_error": None, "next_action": None}
    if intent["setup_future_usage"] and intent["customer"] and method["customer"] is None:
        attach(desk, method, intent["customer"])
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        desk.emit("payment_intent.amount_capturable_updated", desk.save("payment_intent", intent))
        desk.later(AUTHORISATION_LASTS_SECONDS, "expire_authorisation", id=intent["id"])
        return intent
    charges.capture(desk, charge, intent["amount"], told=False)
    return _succeed(desk, intent, intent["amount"])


def _succeed(desk: Desk, intent: Document, received: int) -> Document:
    intent |= {"status": "succeeded", "amount_received": received, "amount_capturable": 0}
    desk.emit("payment_intent.succeeded", desk.save("payment_intent", intent))
    return intent


def _decline(
    desk: Desk, intent: Document, method: Document, decline: tuple[str, str | None, str]
) -> None:
    code, reason, message = decline
    charge = charges.declined(desk, intent, method, decline)
    error = {
        "charge": charge["id"],
        "code": code,
        "decline_code": reason,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": method,
        "type": "card_error",
    }
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": {key: value for key, value in error.items() if value is not None},
    }
    desk.emit("payment_intent.payment_failed", desk.save("payment_intent", intent))
    raise CardRefused(
        message,
        charge=charge["id"],
        code=code,
        decline_code=reason,
        doc_url=error["doc_url"],
        payment_intent=intent,
        payment_method=method,
    )
