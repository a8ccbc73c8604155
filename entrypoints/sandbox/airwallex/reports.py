"""
The vendor's side of reconciliation: balance history and financial transactions.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask import request

from entrypoints.sandbox.airwallex.wallets import Wallets
from entrypoints.sandbox.airwallex.wire import (
    created_between,
    cursor_page,
    invalid,
    matching,
    number,
    numbered_page,
    parse_time,
)
from entrypoints.sandbox.core.store import Document

_COUNTED_PAGES_SPAN = timedelta(days=7)
_TRANSACTION_TYPES = {
    "DEPOSIT": "DEPOSIT",
    "DEPOSIT_REVERSAL": "DEPOSIT_REVERSAL",
    "PAYOUT": "PAYOUT",
    "PAYOUT_REVERSAL": "PAYOUT_REVERSAL",
    "CONNECTED_ACCOUNT_TRANSFER": "TRANSFER",
    "CONNECTED_ACCOUNT_TRANSFER_REFUND": "TRANSFER_REVERSAL",
    "CHARGE": "CHARGE",
    "CHARGE_REFUND": "CHARGE_REVERSAL",
    "CONVERSION_SELL": "CONVERSION_SELL",
    "CONVERSION_BUY": "CONVERSION_BUY",
}


def history(wallets: Wallets, account_id: str) -> Document:
    """
    Counted pages for up to seven days, a cursor for more.
    """
    start, end = request.args.get("from_post_at"), request.args.get("to_post_at")
    if start and end and request.args.get("page_num") is not None:
        span = parse_time(end, "to_post_at") - parse_time(start, "from_post_at")
        if span > _COUNTED_PAGES_SPAN:
            raise invalid("page_num", "Use page instead of page_num for more than 7 days.")
    entries = created_between(
        wallets.entries(account_id), "from_post_at", "to_post_at", "posted_at"
    )
    return cursor_page(matching(entries, "currency"), _history_item)


def transactions(wallets: Wallets, account_id: str) -> Document:
    entries = [_transaction(entry) for entry in wallets.entries(account_id)]
    kept = created_between(entries)
    kept = matching(kept, "currency", "status", "source_id", "source_type", "batch_id")
    return numbered_page(kept)


def settlements() -> Document:
    """
    Settlements of card payments; this platform takes its cards elsewhere, so there are none.
    """
    for name in ("currency", "status", "from_settled_at", "to_settled_at"):
        short = name.removesuffix("_settled_at")
        if not request.args.get(name) and not request.args.get(short):
            raise invalid(short, f"{short} is required.")
    return {"items": [], "hasMore": False}


def _history_item(entry: Document) -> Document:
    return {
        "currency": entry["currency"],
        "amount": number(entry["amount"]),
        "fee": 0,
        "balance": number(entry["balance"]),
        "source_type": entry["source_type"],
        "source": entry["source"],
        "description": entry["source_type"].replace("_", " ").capitalize(),
        "posted_at": entry["posted_at"],
    }


def _transaction(entry: Document) -> Document:
    amount = Decimal(entry["amount"])
    return {
        "id": entry["id"],
        "source_id": entry["source"],
        "source_type": entry["source_type"],
        "transaction_type": _TRANSACTION_TYPES[entry["source_type"]],
        "currency": entry["currency"],
        "amount": number(amount),
        "fee": 0,
        "net": number(amount),
        "status": "SETTLED",
        "description": entry["source_type"].replace("_", " ").capitalize(),
        "created_at": entry["posted_at"],
        "settled_at": entry["posted_at"],
        "estimated_settled_at": entry["posted_at"],
    }
