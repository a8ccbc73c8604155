"""
Refunds: full, partial, several; and those that fail after they succeeded.

    pending ──> succeeded ──> failed        (requires_action ──> canceled)
"""

from __future__ import annotations

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import books, charges
from entrypoints.sandbox.stripe.cards import Behaviour
from entrypoints.sandbox.stripe.desk import Desk
from entrypoints.sandbox.stripe.errors import StripeError, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

SETTLES_AFTER_SECONDS = 2.0
FAILS_AFTER_SECONDS = 5.0
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def make(
    desk: Desk,
    charge: Document,
    amount: int | None,
    *,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Document:
    """
    Give back `amount` of what is left of a charge, all of it when ``None``.

    Raises:
        StripeError: Nothing was captured, less is left, or the charge is disputed.
    """
    taken = _refundable(charge, amount)
    refund = charges.new_refund(desk, charge, taken, reason=reason, metadata=metadata or {})
    taken_from = desk.find("balance_transaction", source=charge["id"], type="charge")[0]
    entry = books.enter(
        desk,
        entry_type="refund",
        source=refund["id"],
        amount=-taken,
        currency=charge["currency"],
        available_on=max(desk.now(), taken_from["available_on"]),
        description="REFUND FOR CHARGE",
    )
    refund["balance_transaction"] = entry["id"]
    waits = charge["_behaviour"] == Behaviour.REFUND_PENDING.value
    if waits or desk.strikes("refund_pending", charge=charge["id"]) is not None:
        refund |= {"status": "pending", "pending_reason": "processing"}
        desk.by_itself(SETTLES_AFTER_SECONDS, "settle_refund", id=refund["id"])
    else:
        refund["status"] = "succeeded"
    desk.save("refund", refund)
    charge["amount_refunded"] += taken
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    desk.save("charge", charge)
    desk.emit("refund.created", refund)
    desk.emit("charge.refunded", charge)
    if charge["_behaviour"] == Behaviour.REFUND_FAILS.value:
        desk.by_itself(FAILS_AFTER_SECONDS, "fail_refund", id=refund["id"])
    return refund


def settle(desk: Desk, id: str) -> Document:
    """
    The bank took a pending refund.
    """
    refund = desk.load("refund", id)
    if refund["status"] not in {"pending", "requires_action"}:
        return refund
    refund["status"] = "succeeded"
    refund.pop("pending_reason", None)
    desk.emit("refund.updated", desk.save("refund", refund), {"status": "pending"})
    return refund


def fail(desk: Desk, id: str, reason: str = "expired_or_canceled_card") -> Document:
    """
    The money came back from the bank, even if the refund had succeeded.

    Raises:
        StripeError: It has failed or been canceled before.
    """
    refund = desk.load("refund", id)
    before = refund["status"]
    _take_back(desk, refund, "failed", reason)
    desk.emit("refund.failed", refund)
    desk.emit("refund.updated", refund, {"status": before})
    return refund


def ask_for_action(desk: Desk, id: str) -> Document:
    """
    A refund waits for the customer to name an account.
    """
    refund = desk.load("refund", id)
    before = refund["status"]
    refund["status"] = "requires_action"
    desk.emit("refund.updated", desk.save("refund", refund), {"status": before})
    return refund


def mount(gate: Gate, desk: Desk) -> None:
    @gate.post("/v1/refunds", "amount", "charge", "payment_intent", "reason", "metadata",
               "instructions_email")  # fmt: skip
    def create(params: Params) -> Document:
        return make(
            desk,
            _charge_named(desk, params),
            params.integer("amount", at_least=1),
            reason=params.one_of("reason", _REASONS),
            metadata=params.metadata(),
        )

    @gate.get("/v1/refunds", *PAGING, "created", "charge", "payment_intent")
    def list_refunds(params: Params) -> Document:
        equals = {
            name: value for name in ("charge", "payment_intent") if (value := params.text(name))
        }
        return page(created_within(desk.find("refund", **equals), params), params)

    @gate.get("/v1/refunds/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("refund", id)

    @gate.post("/v1/refunds/<id>", "metadata")
    def update(params: Params, id: str) -> Document:
        refund = desk.load("refund", id)
        before = {"metadata": dict(refund["metadata"])}
        refund["metadata"] = params.metadata(refund["metadata"])
        desk.emit("refund.updated", desk.save("refund", refund), before)
        return refund

    @gate.post("/v1/refunds/<id>/cancel")
    def cancel(params: Params, id: str) -> Document:
        del params
        refund = desk.load("refund", id)
        if refund["status"] != "requires_action":
            raise StripeError(400, "Only refunds with a status of requires_action can be canceled.")
        _take_back(desk, refund, "canceled", "merchant_request")
        desk.emit("refund.updated", refund, {"status": "requires_action"})
        return refund


def _charge_named(desk: Desk, params: Params) -> Document:
    if id := params.text("charge"):
        return desk.load("charge", id, "charge")
    id = params.text("payment_intent")
    if id is None:
        raise missing("payment_intent")
    intent = desk.load("payment_intent", id, "payment_intent")
    if intent["status"] != "succeeded":
        raise StripeError(
            400,
            f"This PaymentIntent ({id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return desk.load("charge", intent["latest_charge"])


def _refundable(charge: Document, amount: int | None) -> int:
    if not charge["captured"]:
        raise StripeError(400, f"Charge {charge['id']} was not captured.", param="charge")
    left = int(charge["amount"] - charge["amount_refunded"])
    if left == 0:
        raise StripeError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if charge["disputed"] and not charge.get("_refundable_in_dispute"):
        raise StripeError(
            400, f"Charge {charge['id']} has been charged back.", code="charge_disputed"
        )
    if amount is not None and amount > left:
        raise StripeError(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    return left if amount is None else amount


def _take_back(desk: Desk, refund: Document, status: str, reason: str) -> None:
    if refund["status"] in {"failed", "canceled"} or refund["balance_transaction"] is None:
        raise StripeError(400, f"Refund {refund['id']} cannot become {status}.")
    charge = desk.load("charge", refund["charge"])
    entry = books.enter(
        desk,
        entry_type="refund_failure",
        source=refund["id"],
        amount=refund["amount"],
        currency=refund["currency"],
        description="REFUND FAILURE",
    )
    refund |= {
        "status": status,
        "failure_reason": reason,
        "failure_balance_transaction": entry["id"],
    }
    refund.pop("pending_reason", None)
    desk.save("refund", refund)
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    desk.save("charge", charge)
