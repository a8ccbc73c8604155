"""
Checkout Sessions: Stripe's hosted page takes the payment.

    open ──> complete
      └────> expired
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import intents
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.errors import StripeError, invalid, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

KIND = "checkout_session"
_PATH = "/v1/checkout/sessions"
_LASTS_SECONDS = 24 * 3600


def intent_of(desk: Desk, session: Document) -> Document:
    """
    The PaymentIntent of a session, made when the person first tries to pay.
    """
    if session["payment_intent"]:
        return desk.load("payment_intent", session["payment_intent"])
    told = Params(session["_payment_intent_data"])
    intent = intents.new(
        desk,
        session["amount_total"],
        session["currency"],
        customer=session["customer"],
        capture_method=told.text("capture_method") or "automatic_async",
        description=told.text("description"),
        metadata=told.metadata(),
        setup_future_usage=told.text("setup_future_usage"),
    )
    desk.emit("payment_intent.created", desk.save("payment_intent", intent))
    session["payment_intent"] = intent["id"]
    desk.save(KIND, session)
    return intent


def complete(desk: Desk, id: str) -> Document:
    """
    Close a session whose payment went through; one that is still unpaid stays as it is.
    """
    session = desk.load(KIND, id)
    intent = intent_of(desk, session)
    if session["status"] != "open" or intent["status"] not in {"succeeded", "requires_capture"}:
        return session
    session |= {
        "status": "complete",
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "customer_details": {
            "address": None,
            "email": session["customer_email"],
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "url": None,
    }
    desk.emit("checkout.session.completed", desk.save(KIND, session))
    return session


def expire(desk: Desk, id: str) -> Document:
    """
    Close a session that nobody paid.

    Raises:
        StripeError: The session is no longer open.
    """
    session = desk.load(KIND, id)
    if session["status"] != "open":
        raise StripeError(400, f"Only open sessions can be expired; this is {session['status']}.")
    session |= {"status": "expired", "url": None}
    desk.emit("checkout.session.expired", desk.save(KIND, session))
    return session


def mount(gate: Gate, desk: Desk) -> None:
    @gate.post(_PATH, "mode", "line_items", "success_url", "cancel_url", "customer",
               "customer_email", "client_reference_id", "metadata", "payment_intent_data",
               "payment_method_types", "expires_at", "currency", "locale", "submit_type",
               "ui_mode", "return_url", "customer_creation", "billing_address_collection")  # fmt: skip
    def create(params: Params) -> Document:
        session = _new(desk, params)
        desk.save(KIND, session)
        desk.later(session["expires_at"] - desk.now(), "expire_checkout", id=session["id"])
        return session

    @gate.get(_PATH, *PAGING, "created", "customer", "payment_intent", "status")
    def list_sessions(params: Params) -> Document:
        equals = {
            name: value
            for name in ("customer", "payment_intent", "status")
            if (value := params.text(name))
        }
        return page(created_within(desk.find(KIND, **equals), params), params)

    @gate.get(f"{_PATH}/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load(KIND, id)

    @gate.post(f"{_PATH}/<id>", "metadata")
    def update(params: Params, id: str) -> Document:
        session = desk.load(KIND, id)
        session["metadata"] = params.metadata(session["metadata"])
        return desk.save(KIND, session)

    @gate.post(f"{_PATH}/<id>/expire")
    def expire_session(params: Params, id: str) -> Document:
        del params
        return expire(desk, id)

    @gate.get(f"{_PATH}/<id>/line_items", *PAGING)
    def line_items(params: Params, id: str) -> Document:
        return page(desk.load(KIND, id)["_line_items"]["data"][::-1], params)


def _new(desk: Desk, params: Params) -> Document:
    if (params.text("mode") or "payment") != "payment":
        raise invalid("mode", "Only payment sessions are played here.")
    id = f"cs_test_{token(40)}"
    items = [_line_item(item) for item in params.items("line_items")]
    if not items:
        raise missing("line_items")
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise invalid("line_items", "All line items must have the same currency.")
    total = sum(item["amount_total"] for item in items)
    expires_at = params.integer("expires_at") or desk.now() + _LASTS_SECONDS
    if not desk.now() + 1800 <= expires_at <= desk.now() + _LASTS_SECONDS:
        raise invalid("expires_at", "expires_at lies between 30 minutes and 24 hours from now.")
    if customer := params.text("customer"):
        desk.load("customer", customer, "customer")
    success_url = params.needed("success_url").replace("{CHECKOUT_SESSION_ID}", id)
    return {
        "id": id,
        "object": "checkout.session",
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.text("billing_address_collection"),
        "cancel_url": params.text("cancel_url"),
        "client_reference_id": params.text("client_reference_id"),
        "client_secret": None,
        "created": desk.now(),
        "currency": currencies.pop(),
        "custom_fields": [],
        "customer": customer,
        "customer_creation": params.text("customer_creation") or "if_required",
        "customer_details": None,
        "customer_email": params.text("customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": params.text("locale"),
        "metadata": params.metadata(),
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_types": params.items("payment_method_types") or ["card"],
        "payment_status": "unpaid",
        "recovered_from": None,
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.text("submit_type"),
        "subscription": None,
        "success_url": success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": desk.url(f"/checkout/{id}"),
        "_line_items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"{_PATH}/{id}/line_items",
        },
        "_payment_intent_data": params.mapping("payment_intent_data").values,
    }


def _line_item(given: Any) -> Document:
    item = Params(given if isinstance(given, dict) else {}, "line_items")
    quantity = item.integer("quantity", at_least=1) or 1
    price = item.mapping("price_data")
    product = price.mapping("product_data")
    amount = price.integer("unit_amount", at_least=0)
    if amount is None:
        raise missing("line_items[price_data][unit_amount]")
    currency = price.needed("currency").lower()
    return {
        "id": f"li_1{token()}",
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount * quantity,
        "amount_tax": 0,
        "amount_total": amount * quantity,
        "currency": currency,
        "description": product.needed("name"),
        "price": {
            "id": f"price_1{token()}",
            "object": "price",
            "currency": currency,
            "type": "one_time",
            "unit_amount": amount,
        },
        "quantity": quantity,
    }
