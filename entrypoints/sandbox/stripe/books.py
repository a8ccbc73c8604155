"""
The account's money: balance transactions, what is available, and Stripe's fees.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

DISPUTE_FEE_MINOR = 1500
_FEE_PER_MILLE = 29
_FEE_FIXED_MINOR = 30
_DAYS_UNTIL_AVAILABLE = 2


def card_fee(desk: Desk, amount: int, charge_id: str) -> int:
    """
    2.9 % (half up) + 30 minor units, or what a scripted fault makes of it.
    """
    if (other := desk.strikes("fee_differs", charge=charge_id)) is not None:
        return int(other.get("fee_minor", 0))
    return (amount * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED_MINOR


def available_from(now: int) -> int:
    """
    Midnight UTC, two days on.
    """
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day + timedelta(days=_DAYS_UNTIL_AVAILABLE)).timestamp())


def enter(
    desk: Desk,
    *,
    entry_type: str,
    source: str,
    amount: int,
    currency: str,
    fee: int = 0,
    available_on: int | None = None,
    reporting_category: str | None = None,
    description: str | None = None,
    payout: str | None = None,
) -> Document:
    """
    Add a balance transaction; it is available at once unless told otherwise.

    Args:
        amount: Minor units, negative for money that leaves the balance.
        payout: The payout that this entry belongs to, if any.
    """
    fees = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees" if entry_type == "charge" else "Dispute fee",
            "type": "stripe_fee",
        }
    ]
    entry = {
        "id": f"txn_1{token()}",
        "object": "balance_transaction",
        "amount": amount,
        "available_on": desk.now() if available_on is None else available_on,
        "balance_type": "payments",
        "created": desk.now(),
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": reporting_category or entry_type,
        "source": source,
        "status": "pending",
        "type": entry_type,
        "_payout": payout,
    }
    return desk.save("balance_transaction", entry)


def balance(desk: Desk) -> Document:
    """
    What has become available and what is still pending, by currency.
    """
    now = desk.now()
    sums: dict[str, dict[str, int]] = {"available": defaultdict(int), "pending": defaultdict(int)}
    for entry in desk.find("balance_transaction"):
        part = "available" if entry["available_on"] <= now else "pending"
        sums[part][entry["currency"]] += entry["net"]
    currencies = sorted({*sums["available"], *sums["pending"]}) or ["usd"]

    def amounts(part: str) -> list[dict[str, Any]]:
        return [
            {
                "amount": sums[part][currency],
                "currency": currency,
                "source_types": {"card": sums[part][currency]},
            }
            for currency in currencies
        ]

    return {
        "object": "balance",
        "available": amounts("available"),
        "livemode": False,
        "pending": amounts("pending"),
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def mount(gate: Gate, desk: Desk) -> None:
    @gate.get("/v1/balance")
    def current(params: Params) -> Document:
        del params
        return balance(desk)

    @gate.get(
        "/v1/balance_transactions", *PAGING, "created", "currency", "payout", "source", "type"
    )
    def list_entries(params: Params) -> Document:
        equals: dict[str, Any] = {
            name: value for name in ("currency", "source", "type") if (value := params.text(name))
        }
        if payout := params.text("payout"):
            equals["_payout"] = desk.load("payout", payout, "payout")["id"]
        return page(created_within(desk.find("balance_transaction", **equals), params), params)

    @gate.get("/v1/balance_transactions/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load("balance_transaction", id)
