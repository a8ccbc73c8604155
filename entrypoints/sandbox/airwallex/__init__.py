"""
Airwallex: connected accounts, beneficiaries, payouts, and the wallets they are paid from.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from entrypoints.sandbox.airwallex import routes
from entrypoints.sandbox.airwallex.actions import ACTIONS
from entrypoints.sandbox.airwallex.bank import open_bank, register_tasks
from entrypoints.sandbox.airwallex.events import DEFAULT_WEBHOOK_SECRET, signature_headers
from entrypoints.sandbox.airwallex.wire import VENDOR_NAME
from entrypoints.sandbox.core.vendor import Sandbox, Vendor


def _start(ctx: Sandbox) -> None:
    bank = open_bank(ctx)
    bank.wallets.open_float()
    register_tasks(bank)
    secret = ctx.settings.secret("AIRWALLEX_WEBHOOK_SECRET", DEFAULT_WEBHOOK_SECRET)

    @ctx.webhooks.signer(VENDOR_NAME)
    def sign(body: bytes, at: datetime, url: str) -> dict[str, str]:
        del url
        return signature_headers(secret, body, at)


def _blueprint(ctx: Sandbox) -> Blueprint:
    return routes.blueprint(open_bank(ctx))


def _only_200(status: int) -> bool:
    return status == 200


VENDOR = Vendor(
    name=VENDOR_NAME,
    title="Airwallex",
    blueprint=_blueprint,
    start=_start,
    acknowledged=_only_200,
    actions=ACTIONS,
    describe=lambda: [
        ("transfer", ["id", "status", "amount_payer_pays", "source_currency", "request_id"]),
        ("account", ["id", "status", "identifier", "created_at"]),
        ("wallet", ["account", "currency", "available", "reserved", "pending"]),
        ("connected_account_transfer", ["id", "status", "amount", "currency", "destination"]),
        ("charge", ["id", "status", "amount", "currency", "source"]),
        ("conversion", ["conversion_id", "currency_pair", "sell_amount", "buy_amount"]),
        ("deposit", ["id", "status", "amount", "currency"]),
        ("hosted_flow", ["id", "status", "account_id"]),
    ],
    faults={
        "kyc_action_required": "The review of a submitted account ends in ACTION_REQUIRED.",
        "account_stale_event": "After ACTIVE, an older action_required event arrives.",
        "transfer_refused": "Refuse the next transfer with `code` (insufficient_funds).",
        "transfer_needs_funding_confirmation": "The transfer waits for confirm_funding.",
        "transfer_fee_differs": "Charge `amount` (2.50) more than the published fee.",
        "transfer_fails_after_sent": "SENT is followed by FAILED with `failure_type`.",
        "transfer_returned_after_paid": "`seconds` (5) after PAID the bank returns the money.",
        "conversion_rate_differs": "Exchange at a rate that is `percent` (-1) off the published.",
        "move_suspended": "A connected account transfer or charge ends in SUSPENDED.",
        "webhook_data_object": "Wrap the payload's data in `data.object`.",
    },
)
