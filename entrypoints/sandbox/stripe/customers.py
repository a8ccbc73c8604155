"""
Customers and their payment methods.
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe.cards import BY_METHOD, BY_TOKEN, TestCard
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.errors import StripeError, invalid, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

_CUSTOMER_TEXTS = ("name", "email", "phone", "description", "business_name", "individual_name")
_CUSTOMER_FIELDS = (
    *_CUSTOMER_TEXTS, "metadata", "address", "shipping", "preferred_locales", "invoice_settings",
)  # fmt: skip


def mount(gate: Gate, desk: Desk) -> None:
    """
    Register the endpoints of customers and payment methods.
    """
    _mount_customers(gate, desk)
    _mount_payment_methods(gate, desk)


def _mount_customers(gate: Gate, desk: Desk) -> None:
    @gate.post("/v1/customers", *_CUSTOMER_FIELDS, "payment_method")
    def create(params: Params) -> Document:
        customer = _write(_new_customer(desk), params)
        desk.save("customer", customer)
        if method := params.text("payment_method"):
            attach(desk, method_named(desk, method), customer["id"])
        desk.emit("customer.created", customer)
        return customer

    @gate.get("/v1/customers", *PAGING, "email", "created")
    def list_customers(params: Params) -> Document:
        email = params.text("email")
        equals = {"email": email} if email else {}
        return page(created_within(desk.find("customer", **equals), params), params)

    @gate.get("/v1/customers/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("customer", id)

    @gate.post("/v1/customers/<id>", *_CUSTOMER_FIELDS)
    def update(params: Params, id: str) -> Document:
        customer = _write(_living(desk, id), params)
        desk.emit("customer.updated", desk.save("customer", customer))
        return customer

    @gate.delete("/v1/customers/<id>")
    def delete(params: Params, id: str) -> Document:
        del params
        customer = _living(desk, id)
        gone = {"id": customer["id"], "object": "customer", "deleted": True}
        desk.save("customer", gone)
        desk.emit("customer.deleted", customer)
        return gone

    @gate.get("/v1/customers/<id>/payment_methods", *PAGING, "type")
    def methods_of(params: Params, id: str) -> Document:
        return page(desk.find("payment_method", customer=_living(desk, id)["id"]), params)


def _mount_payment_methods(gate: Gate, desk: Desk) -> None:
    @gate.post("/v1/payment_methods", "type", "card", "billing_details", "metadata")
    def create(params: Params) -> Document:
        if params.needed("type") != "card":
            raise invalid("type", "Only card payment methods are played here.")
        return new_method(desk, _card_given(params.mapping("card")), params)

    @gate.get("/v1/payment_methods", *PAGING, "customer", "type")
    def list_methods(params: Params) -> Document:
        customer = params.text("customer")
        equals = {"customer": customer} if customer else {}
        return page(desk.find("payment_method", **equals), params)

    @gate.get("/v1/payment_methods/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return method_named(desk, id, "id")

    @gate.post("/v1/payment_methods/<id>", "billing_details", "metadata")
    def update(params: Params, id: str) -> Document:
        method = desk.load("payment_method", id)
        method["metadata"] = params.metadata(method["metadata"])
        method["billing_details"] |= params.mapping("billing_details").values
        return desk.save("payment_method", method)

    @gate.post("/v1/payment_methods/<id>/attach", "customer")
    def attach_method(params: Params, id: str) -> Document:
        customer = _living(desk, params.needed("customer"), "customer")
        return attach(desk, method_named(desk, id, "id"), customer["id"])

    @gate.post("/v1/payment_methods/<id>/detach")
    def detach(params: Params, id: str) -> Document:
        del params
        method = desk.load("payment_method", id)
        if method["customer"] is None:
            raise StripeError(
                400, "The payment method you provided is not attached to a customer.", param="id"
            )
        method |= {"customer": None, "_used_up": True}
        desk.emit("payment_method.detached", desk.save("payment_method", method))
        return method


def method_named(desk: Desk, id: str, param: str = "payment_method") -> Document:
    """
    A payment method; naming one of the shared test methods makes a new one of its kind.
    """
    if id in BY_METHOD:
        return new_method(desk, BY_METHOD[id])
    return desk.load("payment_method", id, param)


def new_method(desk: Desk, card: TestCard, params: Params | None = None) -> Document:
    params = params or Params({})
    billing: Document = {"address": None, "email": None, "name": None, "phone": None}
    method = {
        "id": f"pm_1{token()}",
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing | params.mapping("billing_details").values,
        "card": _card_details(card),
        "created": desk.now(),
        "customer": None,
        "livemode": False,
        "metadata": params.metadata(),
        "type": "card",
        "_number_ends": card.last4,
        "_behaviour": card.behaviour.value,
        "_decline": list(card.decline) if card.decline else None,
    }
    return desk.save("payment_method", method)


def attach(desk: Desk, method: Document, customer_id: str) -> Document:
    if method.get("_used_up") or method["customer"] not in (None, customer_id):
        raise StripeError(
            400,
            "The payment method you provided has already been attached to a customer,"
            " or was detached from one, and cannot be used again.",
            param="payment_method",
        )
    method["customer"] = customer_id
    desk.emit("payment_method.attached", desk.save("payment_method", method))
    return method


def _card_given(card: Params) -> TestCard:
    if "number" in card:
        raise StripeError(
            402,
            "Sending card numbers straight to the API is unsafe and not enabled for this account."
            " Use a test payment method or a hosted page.",
        )
    name = card.text("token")
    if name is None:
        raise missing("card[token]")
    if name not in BY_TOKEN:
        raise StripeError(400, f"No such token: '{name}'", code="resource_missing", param="card")
    return BY_TOKEN[name]


def _card_details(card: TestCard) -> dict[str, Any]:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"fp{card.last4}{card.brand}",
        "funding": "credit",
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _new_customer(desk: Desk) -> Document:
    return {
        "id": f"cus_{token(14)}",
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": desk.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": token(8).upper(),
        "invoice_settings": {"default_payment_method": None},
        "livemode": False,
        "metadata": {},
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **dict.fromkeys(_CUSTOMER_TEXTS),
    }


def _write(customer: Document, params: Params) -> Document:
    for name in _CUSTOMER_TEXTS:
        if name in params:
            customer[name] = params.text(name)
    for name in ("address", "shipping"):
        if name in params:
            customer[name] = params.mapping(name).values or None
    if "invoice_settings" in params:
        customer["invoice_settings"] |= params.mapping("invoice_settings").values
    if "preferred_locales" in params:
        customer["preferred_locales"] = params.items("preferred_locales")
    customer["metadata"] = params.metadata(customer["metadata"])
    return customer


def _living(desk: Desk, id: str, param: str = "id") -> Document:
    customer = desk.load("customer", id, param)
    if customer.get("deleted"):
        raise StripeError(404, f"No such customer: '{id}'", code="resource_missing", param=param)
    return customer
