"""
Deposits: money that reaches a wallet from outside.

    PENDING ──> SETTLED ──> REVERSED
       └──────> REJECTED
"""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from entrypoints.sandbox.airwallex.events import Events
from entrypoints.sandbox.airwallex.transfers import Transfers
from entrypoints.sandbox.airwallex.wallets import Wallets, WalletTooSmall
from entrypoints.sandbox.airwallex.wire import (
    VENDOR_NAME,
    ApiError,
    amount_field,
    currency_field,
    invalid,
    not_found,
    number,
    text_field,
    timestamp,
)
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

_MOVES = {
    "PENDING": frozenset({"SETTLED", "REJECTED"}),
    "SETTLED": frozenset({"REVERSED"}),
    "REJECTED": frozenset[str](),
    "REVERSED": frozenset[str](),
}
GLOBAL_ACCOUNT_CURRENCIES = ("AUD", "USD", "GBP", "EUR")


def global_account_id(account_id: str, currency: str) -> str:
    return f"ga_{account_id}_{currency}"


def global_accounts(account_id: str) -> list[Document]:
    """
    The bank accounts in the vendor's name that fill a wallet, one a currency.
    """
    return [
        {
            "id": global_account_id(account_id, currency),
            "account_name": "Scripted",
            "account_number": f"90{index:02}{abs(hash_digits(account_id)):06}",
            "required_features": [{"currency": currency, "transfer_method": "LOCAL"}],
            "supported_features": [{"currency": currency, "type": "DEPOSIT"}],
            "status": "ACTIVE",
            "nick_name": f"{currency} account",
        }
        for index, currency in enumerate(GLOBAL_ACCOUNT_CURRENCIES)
    ]


def hash_digits(text: str) -> int:
    """
    Six digits that stay the same from run to run.
    """
    return sum((index + 1) * ord(letter) * 7919 for index, letter in enumerate(text)) % 1_000_000


class Deposits:
    def __init__(
        self, ctx: Sandbox, *, wallets: Wallets, transfers: Transfers, events: Events
    ) -> None:
        self._ctx = ctx
        self._wallets = wallets
        self._transfers = transfers
        self._events = events

    def simulate(self, owner: str, body: Document) -> Document:
        """
        Somebody pays into a global account, named by ``global_account_id`` or ``currency``.
        """
        named = body.get("global_account_id")
        if named is not None:
            text = text_field(body, "global_account_id")
            prefix = f"ga_{owner}_"
            if not text.startswith(prefix):
                raise invalid("global_account_id", f"Global account {text} does not exist.")
            currency = text.removeprefix(prefix)
        else:
            currency = currency_field(body, "currency")
        amount = amount_field(body, "amount", currency)
        status = body.get("status", "SETTLED")
        if status not in _MOVES:
            raise invalid("status", f"{status} is not a status of a deposit.")
        now = timestamp(self._ctx.clock.now())
        deposit: Document = {
            "id": str(uuid4()),
            "owner": owner,
            "amount": str(amount),
            "currency": currency,
            "type": "BANK_TRANSFER",
            "global_account_id": global_account_id(owner, currency),
            "reference": body.get("reference"),
            "payer": {"name": body.get("payer_name", "A payer")},
            "status": "PENDING",
            "created_at": now,
            "estimated_settled_at": now,
        }
        with self._ctx.store.transaction():
            self._save(deposit)
            self._wallets.expect(owner, currency, amount)
            if status == "PENDING":
                self._events.deposit(render(deposit), owner)
            elif status == "REVERSED":
                self._move(deposit, "SETTLED")
                self._move(deposit, "REVERSED")
            else:
                self._move(deposit, status)
        return deposit

    def get(self, id: str, owner: str | None = None) -> Document:
        found = self._ctx.store.get(VENDOR_NAME, "deposit", id)
        if found is None or (owner is not None and found["owner"] != owner):
            raise not_found("Deposit", id)
        return found

    def all(self, owner: str) -> list[Document]:
        return self._ctx.store.find(VENDOR_NAME, "deposit", owner=owner)[::-1]

    def move_to(self, id: str, status: str) -> Document:
        with self._ctx.store.transaction():
            deposit = self.get(id)
            if status not in _MOVES[deposit["status"]]:
                raise ApiError(
                    400,
                    "invalid_status_for_operation",
                    f"Deposit {id} is {deposit['status']} and cannot become {status}.",
                )
            self._move(deposit, status)
        return deposit

    def _move(self, deposit: Document, status: str) -> None:
        owner, currency = deposit["owner"], deposit["currency"]
        amount = Decimal(deposit["amount"])
        if deposit["status"] == "PENDING":
            self._wallets.expect(owner, currency, -amount)
        if status == "SETTLED":
            self._wallets.credit(owner, currency, amount, "DEPOSIT", deposit["id"])
            deposit["settled_at"] = timestamp(self._ctx.clock.now())
        elif status == "REVERSED":
            try:
                self._wallets.debit(owner, currency, amount, "DEPOSIT_REVERSAL", deposit["id"])
            except WalletTooSmall:
                raise ApiError(
                    400, "insufficient_funds", "The money of this deposit has been spent."
                ) from None
        deposit["status"] = status
        self._save(deposit)
        self._events.deposit(render(deposit), owner)
        if status == "SETTLED":
            self._transfers.fund_overdue(owner, currency)

    def _save(self, deposit: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "deposit", deposit["id"], deposit)


def render(deposit: Document) -> Document:
    shown = {k: v for k, v in deposit.items() if v is not None and k != "owner"}
    return {
        **shown,
        "amount": number(deposit["amount"]),
        "fee": {"amount": 0, "currency": deposit["currency"]},
    }
