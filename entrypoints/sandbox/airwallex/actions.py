"""
What a test or a person makes this vendor do from behind the curtain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrypoints.sandbox.airwallex import deposits, moves, transfer_request
from entrypoints.sandbox.airwallex.bank import Bank, open_bank
from entrypoints.sandbox.airwallex.wallets import PLATFORM_ACCOUNT
from entrypoints.sandbox.airwallex.wire import VENDOR_NAME, ApiError
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Action, ActionRefused, Sandbox


def set_account_status(bank: Bank, body: Document) -> Document:
    """
    ``{account_id, status}``: ACTIVE, SUSPENDED or ACTION_REQUIRED, whatever it was.
    """
    account = bank.accounts.simulate(_text(body, "account_id"), _text(body, "status"), force=True)
    return bank.accounts.render(account)


def send_stale_account_event(bank: Bank, body: Document) -> Document:
    """
    ``{account_id, name?, created_at?}``: an event about a status that is no longer true.
    """
    account = bank.accounts.get(_text(body, "account_id"))
    bank.accounts.send_stale_event(
        account["id"],
        str(body.get("name", "action_required")),
        str(body.get("created_at", account["created_at"])),
    )
    return {}


def move_transfer(bank: Bank, body: Document) -> Document:
    """
    ``{transfer_id | request_id, next_status, failure_type?}``.
    """
    moved = bank.transfers.simulate(
        _transfer_id(bank, body), _text(body, "next_status"), body.get("failure_type")
    )
    return transfer_request.render(moved)


def advance_transfer(bank: Bank, body: Document) -> Document:
    """
    ``{transfer_id | request_id}``: one step further, as the autopilot would take it.
    """
    transfer_id = _transfer_id(bank, body)
    with bank.ctx.store.transaction():
        bank.transfers.advance(transfer_id)
    document = bank.ctx.store.get(VENDOR_NAME, "transfer", transfer_id)
    assert document is not None, "it has just been found"  # noqa: S101
    return transfer_request.render(document)


def send_stale_transfer_event(bank: Bank, body: Document) -> Document:
    """
    ``{transfer_id | request_id, status, created_at?}``: an event overtaken by later ones.
    """
    bank.transfers.send_stale_event(
        _transfer_id(bank, body), _text(body, "status"), body.get("created_at")
    )
    return {}


def reverse_funding(bank: Bank, body: Document) -> Document:
    """
    ``{transfer_id | request_id}``: the funding is taken back, and the transfer fails.
    """
    return transfer_request.render(bank.transfers.reverse_funding(_transfer_id(bank, body)))


def move_connected_transfer(bank: Bank, body: Document) -> Document:
    """
    ``{id, next_status}``: PENDING, SETTLED, SUSPENDED or FAILED.
    """
    return moves.render(
        bank.moves.move_to(moves.CONNECTED_TRANSFER, _text(body, "id"), _text(body, "next_status"))
    )


def move_charge(bank: Bank, body: Document) -> Document:
    """
    ``{id, next_status}``.
    """
    return moves.render(
        bank.moves.move_to(moves.CHARGE, _text(body, "id"), _text(body, "next_status"))
    )


def deposit(bank: Bank, body: Document) -> Document:
    """
    ``{amount, currency, account_id?, status?}``: money comes in.
    """
    owner = str(body.get("account_id", PLATFORM_ACCOUNT))
    return deposits.render(bank.deposits.simulate(owner, body))


def expire_tokens(bank: Bank, body: Document) -> Document:
    """
    Every token that was given out stops to be accepted.
    """
    del body
    bank.ctx.store.execute(
        "DELETE FROM document WHERE vendor = ? AND kind = 'token'", (VENDOR_NAME,)
    )
    return {}


def _action(act: Callable[[Bank, Document], Document]) -> Action:
    def run(ctx: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return act(open_bank(ctx), body)
        except ApiError as error:
            raise ActionRefused(error.message) from error

    return run


def _text(body: Document, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ActionRefused(f"{name} is needed")
    return value


def _transfer_id(bank: Bank, body: Document) -> str:
    if body.get("transfer_id"):
        return str(body["transfer_id"])
    found = bank.ctx.store.find(VENDOR_NAME, "transfer", request_id=_text(body, "request_id"))
    if not found:
        raise ActionRefused(f"no transfer has the request_id {body['request_id']}")
    return str(found[-1]["id"])


ACTIONS: dict[str, Action] = {
    act.__name__: _action(act)
    for act in (
        set_account_status,
        send_stale_account_event,
        move_transfer,
        advance_transfer,
        send_stale_transfer_event,
        reverse_funding,
        move_connected_transfer,
        move_charge,
        deposit,
        expire_tokens,
    )
}
