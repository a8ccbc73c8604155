"""
The endpoints of PaymentIntents.
"""

from __future__ import annotations

import re
from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import intents
from entrypoints.sandbox.stripe.customers import method_named
from entrypoints.sandbox.stripe.desk import Desk
from entrypoints.sandbox.stripe.errors import StripeError, invalid, missing, unexpected_state
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

_LARGEST_AMOUNT = 99_999_999
_SMALLEST_AMOUNT = 50
_TEXTS = (
    "description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix",
    "transfer_group", "setup_future_usage",
)  # fmt: skip
_WRITABLE = (
    *_TEXTS, "amount", "currency", "customer", "metadata", "payment_method",
    "payment_method_options", "payment_method_types", "shipping", "capture_method",
)  # fmt: skip
_CONFIRMING = ("off_session", "return_url", "error_on_requires_action", "use_stripe_sdk")
_CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
_CANCEL_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
_SEARCH_TERM = re.compile(
    r"""\s*(?:metadata\[(['"])(?P<key>.+?)\1\]|(?P<field>\w+))\s*:\s*(['"])(?P<value>.*?)\4\s*"""
)


def mount(gate: Gate, desk: Desk) -> None:
    _mount_reading(gate, desk)

    @gate.post(
        "/v1/payment_intents", *_WRITABLE, *_CONFIRMING, "automatic_payment_methods", "confirm",
        "confirmation_method",
    )  # fmt: skip
    def create(params: Params) -> Document:
        intent = intents.new(desk, _amount(params), params.needed("currency").lower())
        _write(desk, intent, params)
        intent["automatic_payment_methods"] = _automatic_methods(params)
        desk.emit("payment_intent.created", desk.save("payment_intent", intent))
        if params.boolean("confirm"):
            return _confirm(desk, intent, params)
        return intent

    @gate.post("/v1/payment_intents/<id>", *_WRITABLE)
    def update(params: Params, id: str) -> Document:
        intent = desk.load("payment_intent", id)
        terms = {"amount", "currency", "payment_method", "customer", "capture_method"}
        if terms & set(params.values) and intent["status"] not in intents.CONFIRMABLE:
            raise unexpected_state(intent, "updated", intents.CONFIRMABLE)
        if "amount" in params:
            intent["amount"] = _amount(params)
        if currency := params.text("currency"):
            intent["currency"] = currency.lower()
        _write(desk, intent, params)
        return desk.save("payment_intent", intent)

    @gate.post("/v1/payment_intents/<id>/confirm", *_CONFIRMING, "payment_method",
               "payment_method_options", "capture_method", "receipt_email", "shipping",
               "setup_future_usage")  # fmt: skip
    def confirm(params: Params, id: str) -> Document:
        intent = desk.load("payment_intent", id)
        if intent["status"] not in intents.CONFIRMABLE:
            raise unexpected_state(intent, "confirmed", intents.CONFIRMABLE)
        _write(desk, intent, params)
        return _confirm(desk, intent, params)

    @gate.post("/v1/payment_intents/<id>/capture", "amount_to_capture", "final_capture",
               "metadata", "statement_descriptor", "statement_descriptor_suffix")  # fmt: skip
    def capture(params: Params, id: str) -> Document:
        intent = desk.load("payment_intent", id)
        intent["metadata"] = params.metadata(intent["metadata"])
        return intents.capture(desk, intent, params.integer("amount_to_capture", at_least=1))

    @gate.post("/v1/payment_intents/<id>/cancel", "cancellation_reason")
    def cancel(params: Params, id: str) -> Document:
        reason = params.one_of("cancellation_reason", _CANCEL_REASONS)
        return intents.cancel(desk, desk.load("payment_intent", id), reason)


def _mount_reading(gate: Gate, desk: Desk) -> None:
    @gate.get("/v1/payment_intents", *PAGING, "created", "customer")
    def list_intents(params: Params) -> Document:
        customer = params.text("customer")
        equals = {"customer": customer} if customer else {}
        return page(created_within(desk.find("payment_intent", **equals), params), params)

    @gate.get("/v1/payment_intents/search", "query", "limit", "page")
    def search(params: Params) -> Document:
        wanted = _terms(params.needed("query"))
        found = [
            intent
            for intent in desk.find("payment_intent")
            if all(_at(intent, path) == value for path, value in wanted)
        ]
        limit = params.integer("limit", at_least=1) or 10
        start = params.integer("page", at_least=0) or 0
        more = len(found) > start + limit
        return {
            "object": "search_result",
            "data": found[::-1][start : start + limit],
            "has_more": more,
            "next_page": str(start + limit) if more else None,
            "url": "/v1/payment_intents/search",
        }

    @gate.get("/v1/payment_intents/<id>", "client_secret")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("payment_intent", id)


def _confirm(desk: Desk, intent: Document, params: Params) -> Document:
    return_url = params.text("return_url")
    automatic = intent["automatic_payment_methods"] or {}
    if automatic.get("enabled") and automatic["allow_redirects"] != "never" and not return_url:
        raise StripeError(
            400,
            "This PaymentIntent accepts payment methods that might redirect your customer, so you"
            " must provide a `return_url`, or set automatic_payment_methods[allow_redirects] to"
            " never, or name the payment_method_types.",
            param="return_url",
        )
    return intents.confirm(
        desk,
        intent,
        off_session=params.text("off_session") in {"true", "one_off", "recurring"},
        return_url=return_url,
        error_on_requires_action=params.boolean("error_on_requires_action"),
    )


def _write(desk: Desk, intent: Document, params: Params) -> None:
    for name in _TEXTS:
        if name in params:
            intent[name] = params.text(name)
    intent["metadata"] = params.metadata(intent["metadata"])
    if "shipping" in params:
        intent["shipping"] = params.mapping("shipping").values or None
    if method := params.one_of("capture_method", _CAPTURE_METHODS):
        intent["capture_method"] = method
    if types := params.items("payment_method_types"):
        intent["payment_method_types"] = types
    for kind, options in params.mapping("payment_method_options").values.items():
        intent["payment_method_options"].setdefault(kind, {}).update(options)
    if customer := params.text("customer"):
        intent["customer"] = desk.load("customer", customer, "customer")["id"]
    if named := params.text("payment_method"):
        _take_method(desk, intent, method_named(desk, named))


def _take_method(desk: Desk, intent: Document, method: Document) -> None:
    del desk
    if method.get("_used_up") or method["customer"] not in (None, intent["customer"]):
        raise StripeError(
            400,
            "The PaymentMethod supplied belongs to a Customer that this PaymentIntent does not"
            " name, or can no longer be used.",
            param="payment_method",
        )
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"


def _amount(params: Params) -> int:
    amount = params.integer("amount")
    if amount is None:
        raise missing("amount")
    if amount > _LARGEST_AMOUNT:
        raise invalid("amount", "Amount must be no more than $999,999.99", "amount_too_large")
    if amount < _SMALLEST_AMOUNT:
        raise invalid("amount", "Amount must be at least $0.50", "amount_too_small")
    return amount


def _automatic_methods(params: Params) -> dict[str, Any] | None:
    """
    On by default, unless the caller names the kinds of payment method.
    """
    if "automatic_payment_methods" not in params:
        if "payment_method_types" in params:
            return None
        return {"allow_redirects": "always", "enabled": True}
    given = params.mapping("automatic_payment_methods")
    redirects = given.one_of("allow_redirects", ("always", "never")) or "always"
    return {"allow_redirects": redirects, "enabled": given.boolean("enabled")}


def _terms(query: str) -> list[tuple[tuple[str, ...], str]]:
    """
    ``metadata['key']:'value' AND status:'succeeded'``.
    """
    terms: list[tuple[tuple[str, ...], str]] = []
    for part in re.split(r"\s+AND\s+", query):
        match = _SEARCH_TERM.fullmatch(part)
        if match is None:
            raise invalid("query", "The search query could not be understood.")
        key = match["key"]
        path = ("metadata", key) if key else (match["field"],)
        terms.append((path, match["value"]))
    return terms


def _at(intent: Document, path: tuple[str, ...]) -> str | None:
    value: Any = intent
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return None if value is None else str(value)
