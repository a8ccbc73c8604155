"""
Disputes: opened by the cardholder's bank, answered with evidence, won, lost or withdrawn.

    needs_response ──> under_review ──> won | lost          (inquiries: warning_… without money)
"""

from __future__ import annotations

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import books
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.errors import StripeError, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
_DAYS_TO_ANSWER = 7
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_on(
    desk: Desk,
    charge: Document,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> Document:
    """
    The cardholder's bank disputes a charge; unless it only inquires, the money goes at once.

    Raises:
        StripeError: The charge was never captured, or is disputed already.
    """
    if not charge["captured"]:
        raise StripeError(400, f"Charge {charge['id']} was not captured.")
    if charge["disputed"]:
        raise StripeError(400, f"Charge {charge['id']} is already disputed.")
    dispute = _new(desk, charge, amount or charge["amount_captured"], reason, inquiry=inquiry)
    charge |= {"disputed": True, "_refundable_in_dispute": inquiry}
    desk.save("charge", charge)
    desk.emit("charge.dispute.created", desk.save("dispute", dispute))
    if not inquiry:
        withdraw_funds(desk, dispute)
    return dispute


def withdraw_funds(desk: Desk, dispute: Document) -> Document:
    """
    Take the disputed amount and a fee from the balance.
    """
    return _move_funds(
        desk,
        dispute,
        amount=-dispute["amount"],
        fee=books.DISPUTE_FEE_MINOR,
        category="dispute",
        event="charge.dispute.funds_withdrawn",
    )


def reinstate_funds(desk: Desk, dispute: Document) -> Document:
    """
    Put the disputed amount back; the fee stays paid.
    """
    return _move_funds(
        desk,
        dispute,
        amount=dispute["amount"],
        fee=0,
        category="dispute_reversal",
        event="charge.dispute.funds_reinstated",
    )


def end(desk: Desk, dispute: Document, outcome: str) -> Document:
    """
    Close a dispute as won or lost; what is won is reinstated.

    Raises:
        StripeError: It is closed already.
    """
    if dispute["status"] not in _OPEN:
        raise StripeError(400, f"This dispute is already closed as {dispute['status']}.")
    inquiry = dispute["status"].startswith("warning_")
    before = {"status": dispute["status"]}
    dispute["status"] = "warning_closed" if inquiry else outcome
    dispute["is_charge_refundable"] = False
    desk.emit("charge.dispute.closed", desk.save("dispute", dispute), before)
    if outcome == "won" and not inquiry:
        reinstate_funds(desk, dispute)
        charge = desk.load("charge", dispute["charge"])
        charge["_refundable_in_dispute"] = True
        desk.save("charge", charge)
    return dispute


def mount(gate: Gate, desk: Desk) -> None:
    @gate.get("/v1/disputes", *PAGING, "created", "charge", "payment_intent")
    def list_disputes(params: Params) -> Document:
        equals = {
            name: value for name in ("charge", "payment_intent") if (value := params.text(name))
        }
        return page(created_within(desk.find("dispute", **equals), params), params)

    @gate.get("/v1/disputes/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("dispute", id)

    @gate.post("/v1/disputes/<id>", "evidence", "metadata", "submit")
    def update(params: Params, id: str) -> Document:
        dispute = desk.load("dispute", id)
        dispute["metadata"] = params.metadata(dispute["metadata"])
        if "evidence" in params:
            _give_evidence(dispute, params.mapping("evidence"))
        if dispute["status"] in _OPEN and "evidence" in params:
            details = dispute["evidence_details"]
            details["has_evidence"] = True
            if params.boolean("submit", default=True):
                details["submission_count"] += 1
                dispute["status"] = dispute["status"].replace("needs_response", "under_review")
        desk.emit("charge.dispute.updated", desk.save("dispute", dispute))
        return dispute

    @gate.post("/v1/disputes/<id>/close")
    def close(params: Params, id: str) -> Document:
        del params
        return end(desk, desk.load("dispute", id), "lost")


def _give_evidence(dispute: Document, evidence: Params) -> None:
    evidence.only(_EVIDENCE)
    if dispute["status"] not in _OPEN:
        raise StripeError(400, "This dispute is closed; it takes no more evidence.")
    if not evidence.values:
        raise missing("evidence")
    for name in evidence.values:
        dispute["evidence"][name] = evidence.text(name)


def _move_funds(
    desk: Desk, dispute: Document, *, amount: int, fee: int, category: str, event: str
) -> Document:
    entry = books.enter(
        desk,
        entry_type="adjustment",
        source=dispute["id"],
        amount=amount,
        currency=dispute["currency"],
        fee=fee,
        reporting_category=category,
        description=f"Chargeback {'reversal' if amount > 0 else 'withdrawal'}"
        f" for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(entry)
    desk.emit(event, desk.save("dispute", dispute))
    return dispute


def _new(desk: Desk, charge: Document, amount: int, reason: str, *, inquiry: bool) -> Document:
    return {
        "id": f"du_1{token()}",
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": desk.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(_EVIDENCE),
        "evidence_details": {
            "due_by": desk.now() + _DAYS_TO_ANSWER * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"],
                "case_type": "inquiry" if inquiry else "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
