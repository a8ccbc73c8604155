"""
Money between the platform and a connected account: transfers one way, charges the other.

    NEW ──> PENDING ──> SETTLED
               │  └───> SUSPENDED ──> FAILED     suspended: rejected, the money not given back yet
               └──────────────────────> FAILED    failed: rejected and given back

The source is debited at once, whatever comes after.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from attrs import frozen

from entrypoints.sandbox.airwallex import request_ids
from entrypoints.sandbox.airwallex.accounts import Accounts
from entrypoints.sandbox.airwallex.events import Events
from entrypoints.sandbox.airwallex.wallets import PLATFORM_ACCOUNT, Wallets, WalletTooSmall
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

STEP_SECONDS = 1.0
_MOVES = {
    "NEW": frozenset({"PENDING", "SETTLED", "SUSPENDED", "FAILED"}),
    "PENDING": frozenset({"SETTLED", "SUSPENDED", "FAILED"}),
    "SUSPENDED": frozenset({"FAILED", "SETTLED"}),
    "SETTLED": frozenset[str](),
    "FAILED": frozenset[str](),
}


@frozen(kw_only=True)
class MoveKind:
    """
    One direction of moving money within the platform.

    Args:
        counterpart: The field that names the connected account.
        to_connected: Whether the platform pays it, rather than the reverse.
    """

    name: str
    title: str
    counterpart: str
    to_connected: bool
    source_type: str


CONNECTED_TRANSFER = MoveKind(
    name="connected_account_transfer",
    title="Connected account transfer",
    counterpart="destination",
    to_connected=True,
    source_type="CONNECTED_ACCOUNT_TRANSFER",
)
CHARGE = MoveKind(
    name="charge",
    title="Charge",
    counterpart="source",
    to_connected=False,
    source_type="CHARGE",
)
KINDS = {kind.name: kind for kind in (CONNECTED_TRANSFER, CHARGE)}


class Moves:
    def __init__(
        self, ctx: Sandbox, *, accounts: Accounts, wallets: Wallets, events: Events
    ) -> None:
        self._ctx = ctx
        self._accounts = accounts
        self._wallets = wallets
        self._events = events

    def create(self, kind: MoveKind, body: Document) -> Document:
        currency = currency_field(body, "currency")
        amount = amount_field(body, "amount", currency)
        reason = text_field(body, "reason", longest=140)
        reference = text_field(body, "reference", longest=140)
        connected = text_field(body, kind.counterpart)
        if connected == PLATFORM_ACCOUNT:
            raise invalid(kind.counterpart, "Source and destination must differ.")
        self._accounts.usable(connected, kind.counterpart)
        now = timestamp(self._ctx.clock.now())
        with self._ctx.store.transaction():
            move: Document = {
                "id": str(uuid4()),
                "request_id": request_ids.claim(self._ctx, kind.name, PLATFORM_ACCOUNT, body),
                kind.counterpart: connected,
                "amount": str(amount),
                "fee": "0",
                "currency": currency,
                "reason": reason,
                "reference": reference,
                "metadata": body.get("metadata"),
                "status": "NEW",
                "created_at": now,
                "updated_at": now,
            }
            payer, _ = _parties(kind, move)
            self._debit(payer, move, kind)
            self._save(kind, move)
            self._events.moved(kind.name, render(move))
            if self._ctx.settings.autopilot:
                self._later(kind, move)
        return move

    def get(self, kind: MoveKind, id: str) -> Document:
        found = self._ctx.store.get(VENDOR_NAME, kind.name, id)
        if found is None:
            raise not_found(kind.title, id)
        return found

    def all(self, kind: MoveKind) -> list[Document]:
        return self._ctx.store.all(VENDOR_NAME, kind.name)[::-1]

    def move_to(self, kind: MoveKind, id: str, status: str) -> Document:
        with self._ctx.store.transaction():
            move = self.get(kind, id)
            if status not in _MOVES[move["status"]]:
                raise ApiError(
                    400,
                    "invalid_status_for_operation",
                    f"{kind.title} {id} is {move['status']} and cannot become {status}.",
                )
            payer, payee = _parties(kind, move)
            amount = Decimal(move["amount"])
            if status == "SETTLED":
                self._wallets.credit(payee, move["currency"], amount, kind.source_type, id)
            elif status == "FAILED":
                refund = f"{kind.source_type}_REFUND"
                self._wallets.credit(payer, move["currency"], amount, refund, id)
            move["status"] = status
            move["updated_at"] = timestamp(self._ctx.clock.now())
            self._save(kind, move)
            self._events.moved(kind.name, render(move))
        return move

    def advance(self, kind: MoveKind, id: str) -> None:
        move = self.get(kind, id)
        if move["status"] == "NEW":
            self._later(kind, self.move_to(kind, id, "PENDING"))
        elif move["status"] == "PENDING":
            suspended = self._ctx.faults.take(
                VENDOR_NAME, "move_suspended", kind=kind.name, request_id=move["request_id"]
            )
            self.move_to(kind, id, "SUSPENDED" if suspended else "SETTLED")

    def _debit(self, payer: str, move: Document, kind: MoveKind) -> None:
        try:
            self._wallets.debit(
                payer, move["currency"], Decimal(move["amount"]), kind.source_type, move["id"]
            )
        except WalletTooSmall:
            # The vendor spells this code in the singular.
            raise ApiError(
                400, "insufficient_fund", "There are insufficient funds.", "amount"
            ) from None

    def _later(self, kind: MoveKind, move: Document) -> None:
        self._ctx.scheduler.by_itself(
            STEP_SECONDS, VENDOR_NAME, "advance_move", {"kind": kind.name, "id": move["id"]}
        )

    def _save(self, kind: MoveKind, move: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, kind.name, move["id"], move)


def render(move: Document) -> Document:
    shown = {key: value for key, value in move.items() if value is not None}
    return {**shown, "amount": number(move["amount"]), "fee": number(move["fee"])}


def _parties(kind: MoveKind, move: Document) -> tuple[str, str]:
    connected = move[kind.counterpart]
    return (PLATFORM_ACCOUNT, connected) if kind.to_connected else (connected, PLATFORM_ACCOUNT)
