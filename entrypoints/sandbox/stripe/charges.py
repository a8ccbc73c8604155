"""
Charges: each attempt at a card, what was captured of it, and what was given back.
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import books
from entrypoints.sandbox.stripe.cards import Behaviour
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

DISPUTE_AFTER_SECONDS = 1.0


def authorised(desk: Desk, intent: Document, method: Document) -> Document:
    """
    A charge that the issuer approved; nothing is captured yet.
    """
    charge = _attempt(desk, intent, method)
    charge |= {
        "paid": True,
        "status": "succeeded",
        "authorization_code": f"{desk.ctx.store.next_number('stripe', 'authorization'):06d}",
        "outcome": _outcome("approved_by_network", None, "authorized", "Payment complete."),
    }
    desk.save("charge", charge)
    desk.emit("charge.succeeded", charge)
    return charge


def declined(
    desk: Desk, intent: Document, method: Document, decline: tuple[str, str | None, str]
) -> Document:
    code, reason, message = decline
    charge = _attempt(desk, intent, method)
    charge |= {
        "failure_code": code,
        "failure_message": message,
        "status": "failed",
        "outcome": _outcome(
            "declined_by_network", reason or code, "issuer_declined", "The bank did not approve."
        ),
    }
    desk.save("charge", charge)
    desk.emit("charge.failed", charge)
    return charge


def capture(desk: Desk, charge: Document, amount: int, *, told: bool) -> Document:
    """
    Take `amount` of an authorised charge; the rest goes back to the card.

    Args:
        told: Whether the capture is a step of its own, with an event.
    """
    at_once = charge["_behaviour"] == Behaviour.AVAILABLE_AT_ONCE.value
    entry = books.enter(
        desk,
        entry_type="charge",
        source=charge["id"],
        amount=amount,
        currency=charge["currency"],
        fee=books.card_fee(desk, amount, charge["id"]),
        available_on=desk.now() if at_once else books.available_from(desk.now()),
        description=charge["description"],
    )
    charge |= {
        "captured": True,
        "amount_captured": amount,
        "balance_transaction": entry["id"],
    }
    if amount < charge["amount"]:
        give_back_uncaptured(desk, charge, charge["amount"] - amount, reason=None)
    desk.save("charge", charge)
    if told:
        desk.emit("charge.captured", charge)
    if charge["_behaviour"] in {Behaviour.DISPUTE.value, Behaviour.INQUIRY.value}:
        inquiry = charge["_behaviour"] == Behaviour.INQUIRY.value
        desk.later(
            DISPUTE_AFTER_SECONDS,
            "create_dispute",
            charge=charge["id"],
            inquiry=inquiry,
            reason="fraudulent",
        )
    return charge


def give_back_uncaptured(
    desk: Desk, charge: Document, amount: int, *, reason: str | None
) -> Document:
    """
    Release money that was only authorised: a refund without a balance transaction.
    """
    refund = new_refund(desk, charge, amount, reason=reason, metadata={})
    refund |= {"status": "succeeded", "_released": True}
    desk.save("refund", refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    return desk.save("charge", charge)


def new_refund(
    desk: Desk, charge: Document, amount: int, *, reason: str | None, metadata: dict[str, str]
) -> Document:
    return {
        "id": f"re_3{token()}",
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": desk.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }


def mount(gate: Gate, desk: Desk) -> None:
    @gate.get("/v1/charges", *PAGING, "created", "customer", "payment_intent")
    def list_charges(params: Params) -> Document:
        equals = {
            name: value for name in ("customer", "payment_intent") if (value := params.text(name))
        }
        return page(created_within(desk.find("charge", **equals), params), params)

    @gate.get("/v1/charges/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("charge", id)

    @gate.post("/v1/charges/<id>", "description", "metadata", "receipt_email")
    def update(params: Params, id: str) -> Document:
        charge = desk.load("charge", id)
        for name in ("description", "receipt_email"):
            if name in params:
                charge[name] = params.text(name)
        charge["metadata"] = params.metadata(charge["metadata"])
        desk.emit("charge.updated", desk.save("charge", charge))
        return charge

    @gate.get("/v1/charges/<id>/refunds", *PAGING)
    def refunds_of(params: Params, id: str) -> Document:
        return page(desk.find("refund", charge=desk.load("charge", id)["id"]), params)


def _attempt(desk: Desk, intent: Document, method: Document) -> Document:
    id = f"ch_3{token()}"
    return {
        "id": id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "authorization_code": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SCRIPTED",
        "captured": False,
        "created": desk.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card_used(method), "type": "card"},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": desk.url(f"/receipts/{id}"),
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
        "_behaviour": method["_behaviour"],
    }


def _card_used(method: Document) -> dict[str, Any]:
    card = method["card"]
    return {
        "brand": card["brand"],
        "checks": card["checks"],
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "last4": card["last4"],
        "network": card["brand"],
        "three_d_secure": None,
        "wallet": None,
    }


def _outcome(network: str, reason: str | None, verdict: str, message: str) -> dict[str, Any]:
    return {
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": message,
        "type": verdict,
    }
