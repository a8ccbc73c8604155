"""
Payouts: Stripe sends the account's balance to its bank.

    pending ──> in_transit ──> paid ──> failed      (a bank may return the money days later)
"""

from __future__ import annotations

from collections import defaultdict

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import books
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.errors import StripeError, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

PAID_AFTER_SECONDS = 3.0
_BANK_ACCOUNT = "ba_1ScriptedOperatingAccount"


def make_automatic(desk: Desk, currency: str) -> Document:
    """
    Pay out everything that has become available and is in no payout yet.

    Raises:
        StripeError: Nothing is available.
    """
    entries = [entry for entry in _waiting(desk) if entry["currency"] == currency]
    payout = _make(desk, sum(entry["net"] for entry in entries), currency, automatic=True)
    for entry in entries:
        entry["_payout"] = payout["id"]
        desk.save("balance_transaction", entry)
    return payout


def make_all_automatic(desk: Desk) -> list[Document]:
    """
    The day's automatic payouts: one for each currency in which anything is to be paid out.
    """
    sums: dict[str, int] = defaultdict(int)
    for entry in _waiting(desk):
        sums[entry["currency"]] += entry["net"]
    return [make_automatic(desk, currency) for currency, net in sums.items() if net > 0]


def make_manual(desk: Desk, currency: str, amount: int) -> Document:
    return _make(desk, amount, currency, automatic=False)


def pay(desk: Desk, id: str) -> Document:
    """
    The bank has the money.
    """
    payout = desk.load("payout", id)
    if payout["status"] in {"pending", "in_transit"}:
        payout["status"] = "paid"
        payout["trace_id"] = {"status": "supported", "value": f"trace_{token(12)}"}
        desk.emit("payout.paid", desk.save("payout", payout))
    return payout


def fail(desk: Desk, id: str, code: str = "account_closed") -> Document:
    """
    The bank returned the money, perhaps after it had been paid.

    Raises:
        StripeError: It has failed or been canceled before.
    """
    payout = desk.load("payout", id)
    if payout["status"] in {"failed", "canceled"}:
        raise StripeError(400, f"Payout {id} is already {payout['status']}.")
    _return_money(desk, payout, "payout_failure", "PAYOUT FAILURE")
    payout |= {
        "status": "failed",
        "failure_code": code,
        "failure_message": "The bank could not credit the account.",
    }
    desk.emit("payout.failed", desk.save("payout", payout))
    return payout


def mount(gate: Gate, desk: Desk) -> None:
    @gate.post("/v1/payouts", "amount", "currency", "description", "metadata",
               "statement_descriptor", "method", "source_type")  # fmt: skip
    def create(params: Params) -> Document:
        amount = params.integer("amount", at_least=1)
        if amount is None:
            raise missing("amount")
        payout = make_manual(desk, params.needed("currency").lower(), amount)
        payout |= {
            "description": params.text("description"),
            "metadata": params.metadata(),
            "statement_descriptor": params.text("statement_descriptor"),
        }
        return desk.save("payout", payout)

    @gate.get("/v1/payouts", *PAGING, "created", "arrival_date", "status", "destination")
    def list_payouts(params: Params) -> Document:
        status = params.text("status")
        found = desk.find("payout", **({"status": status} if status else {}))
        found = created_within(found, params, "arrival_date")
        return page(created_within(found, params), params)

    @gate.get("/v1/payouts/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("payout", id)

    @gate.post("/v1/payouts/<id>", "metadata")
    def update(params: Params, id: str) -> Document:
        payout = desk.load("payout", id)
        payout["metadata"] = params.metadata(payout["metadata"])
        desk.emit("payout.updated", desk.save("payout", payout))
        return payout

    @gate.post("/v1/payouts/<id>/cancel")
    def cancel(params: Params, id: str) -> Document:
        del params
        payout = desk.load("payout", id)
        if payout["status"] != "pending" or payout["automatic"]:
            raise StripeError(400, "Only pending payouts that you made yourself can be canceled.")
        _return_money(desk, payout, "payout_cancel", "PAYOUT CANCEL")
        payout["status"] = "canceled"
        desk.emit("payout.canceled", desk.save("payout", payout))
        return payout


def _waiting(desk: Desk) -> list[Document]:
    now = desk.now()
    entries = desk.find("balance_transaction", _payout=None)
    return [entry for entry in entries if entry["available_on"] <= now]


def _make(desk: Desk, amount: int, currency: str, *, automatic: bool) -> Document:
    available = next(
        (
            part["amount"]
            for part in books.balance(desk)["available"]
            if part["currency"] == currency
        ),
        0,
    )
    if amount <= 0 or amount > available:
        raise StripeError(
            400,
            "You have insufficient funds in your Stripe account for this transfer.",
            code="balance_insufficient",
        )
    id = f"po_1{token()}"
    entry = books.enter(
        desk,
        entry_type="payout",
        source=id,
        amount=-amount,
        currency=currency,
        description="STRIPE PAYOUT",
        payout=id if automatic else None,
    )
    payout = {
        "id": id,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": books.available_from(desk.now()),
        "automatic": automatic,
        "balance_transaction": entry["id"],
        "created": desk.now(),
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": _BANK_ACCOUNT,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
    desk.emit("payout.created", desk.save("payout", payout))
    desk.by_itself(PAID_AFTER_SECONDS, "pay_payout", id=id)
    return payout


def _return_money(desk: Desk, payout: Document, entry_type: str, description: str) -> None:
    entry = books.enter(
        desk,
        entry_type=entry_type,
        source=payout["id"],
        amount=payout["amount"],
        currency=payout["currency"],
        description=description,
    )
    payout["failure_balance_transaction"] = entry["id"]
