"""
The played vendor put together, and what it does when its scheduled work is due.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from entrypoints.sandbox.airwallex.accounts import Accounts
from entrypoints.sandbox.airwallex.beneficiaries import Beneficiaries
from entrypoints.sandbox.airwallex.conversions import Conversions
from entrypoints.sandbox.airwallex.deposits import Deposits
from entrypoints.sandbox.airwallex.events import Events
from entrypoints.sandbox.airwallex.hosted import HostedFlows
from entrypoints.sandbox.airwallex.moves import KINDS, Moves
from entrypoints.sandbox.airwallex.transfers import Transfers
from entrypoints.sandbox.airwallex.wallets import DEFAULT_FLOAT, Wallets, parse_float
from entrypoints.sandbox.airwallex.wire import VENDOR_NAME
from entrypoints.sandbox.core.vendor import Sandbox


@frozen(kw_only=True)
class Bank:
    ctx: Sandbox
    wallets: Wallets
    accounts: Accounts
    beneficiaries: Beneficiaries
    transfers: Transfers
    moves: Moves
    deposits: Deposits
    conversions: Conversions
    hosted_flows: HostedFlows


def open_bank(ctx: Sandbox) -> Bank:
    opening = parse_float(ctx.settings.secret("AIRWALLEX_FLOAT", DEFAULT_FLOAT))
    wallets = Wallets(ctx.store, ctx.clock, opening)
    events = Events(ctx)
    accounts = Accounts(ctx, events)
    beneficiaries = Beneficiaries(ctx)
    transfers = Transfers(
        ctx, accounts=accounts, beneficiaries=beneficiaries, wallets=wallets, events=events
    )
    return Bank(
        ctx=ctx,
        wallets=wallets,
        accounts=accounts,
        beneficiaries=beneficiaries,
        transfers=transfers,
        moves=Moves(ctx, accounts=accounts, wallets=wallets, events=events),
        deposits=Deposits(ctx, wallets=wallets, transfers=transfers, events=events),
        conversions=Conversions(ctx, wallets),
        hosted_flows=HostedFlows(ctx, accounts),
    )


def register_tasks(bank: Bank) -> None:
    handler = bank.ctx.scheduler.handler

    @handler(VENDOR_NAME, "review_account")
    def review_account(payload: dict[str, Any]) -> None:
        bank.accounts.review(payload["account_id"])

    @handler(VENDOR_NAME, "stale_account_event")
    def stale_account_event(payload: dict[str, Any]) -> None:
        bank.accounts.send_stale_event(**payload)

    @handler(VENDOR_NAME, "advance_transfer")
    def advance_transfer(payload: dict[str, Any]) -> None:
        bank.transfers.advance(payload["transfer_id"])

    @handler(VENDOR_NAME, "cancel_transfer")
    def cancel_transfer(payload: dict[str, Any]) -> None:
        bank.transfers.finish_cancelling(payload["transfer_id"])

    @handler(VENDOR_NAME, "return_transfer")
    def return_transfer(payload: dict[str, Any]) -> None:
        bank.transfers.give_back(payload["transfer_id"], payload["failure_type"])

    @handler(VENDOR_NAME, "advance_move")
    def advance_move(payload: dict[str, Any]) -> None:
        bank.moves.advance(KINDS[payload["kind"]], payload["id"])
