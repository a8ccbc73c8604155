"""
Transfers: a payout on its way to a bank account.

    SCHEDULED ──> PROCESSING ──> SENT ──> PAID
      │   ^          │             │        │
      v   │          v             v        v        a bank can return a payout after PAID
    OVERDUE        FAILED <─────────────────┘
      │              │
      v              v   within seconds, by itself
    CANCELLED <──────┘   the money goes back to the wallet
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from entrypoints.sandbox.airwallex import request_ids, transfer_request
from entrypoints.sandbox.airwallex.accounts import Accounts
from entrypoints.sandbox.airwallex.beneficiaries import Beneficiaries
from entrypoints.sandbox.airwallex.events import Events
from entrypoints.sandbox.airwallex.transfer_request import render
from entrypoints.sandbox.airwallex.wallets import Wallets, WalletTooSmall
from entrypoints.sandbox.airwallex.wire import (
    VENDOR_NAME,
    ZERO,
    ApiError,
    invalid,
    not_found,
    timestamp,
)
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

AUTO_CANCEL_SECONDS = 2.0
_STEP_SECONDS = {"SCHEDULED": 1.0, "PROCESSING": 1.0, "SENT": 2.0}
_NEXT_STEP = {"SCHEDULED": "PROCESSING", "PROCESSING": "SENT", "SENT": "PAID"}
_MOVES = {
    "IN_APPROVAL": frozenset(
        {"SCHEDULED", "APPROVAL_RECALLED", "APPROVAL_REJECTED", "APPROVAL_BLOCKED", "CANCELLED"}
    ),
    "APPROVAL_RECALLED": frozenset({"IN_APPROVAL", "CANCELLED"}),
    "APPROVAL_REJECTED": frozenset({"IN_APPROVAL", "CANCELLED"}),
    "APPROVAL_BLOCKED": frozenset({"IN_APPROVAL", "CANCELLED"}),
    "SCHEDULED": frozenset(
        {"PROCESSING", "OVERDUE", "FAILED", "CANCELLATION_REQUESTED", "CANCELLED"}
    ),
    "OVERDUE": frozenset({"PROCESSING", "CANCELLED"}),
    "PROCESSING": frozenset({"SENT", "FAILED", "CANCELLATION_REQUESTED", "CANCELLED"}),
    "CANCELLATION_REQUESTED": frozenset({"CANCELLED", "PROCESSING"}),
    "SENT": frozenset({"PAID", "FAILED"}),
    "PAID": frozenset({"FAILED"}),
    "FAILED": frozenset({"CANCELLED"}),
    "CANCELLED": frozenset[str](),
}
_CANCELLABLE = frozenset({"IN_APPROVAL", "SCHEDULED", "OVERDUE", "PROCESSING"})
FAILURE_REASONS = {
    "ACCOUNT_CLOSED": "The beneficiary's account is closed.",
    "ACCOUNT_INACTIVE_OR_DORMANT": "The beneficiary's account is inactive.",
    "ACCOUNT_UNDER_RESTRICTION": "The beneficiary's account is restricted.",
    "BENEFICIARY_BANK_RETURNED": "The beneficiary's bank returned the payment.",
    "BENEFICIARY_NAME_MISMATCH": "The beneficiary's name does not match the account.",
    "INSUFFICIENT_FUNDS": "There were not enough funds.",
    "INVALID_ACCOUNT_NAME_OR_NUMBER": "The account name or number is invalid.",
    "INVALID_BANK_OR_BRANCH_CODE": "The bank or branch code is invalid.",
    "SYSTEM_ERROR": "The payment could not be processed.",
    "OTHER": "The payment failed.",
}
DEFAULT_FAILURE = "BENEFICIARY_BANK_RETURNED"


class Transfers:
    def __init__(
        self,
        ctx: Sandbox,
        *,
        accounts: Accounts,
        beneficiaries: Beneficiaries,
        wallets: Wallets,
        events: Events,
    ) -> None:
        self._ctx = ctx
        self._accounts = accounts
        self._beneficiaries = beneficiaries
        self._wallets = wallets
        self._events = events

    def validate(self, owner: str, body: Document) -> Document:
        """
        A transfer as it would be created; nothing is kept.
        """
        self._accounts.usable(owner, "x-on-behalf-of")
        transfer_request.check_texts(body)
        beneficiary_id, details = transfer_request.beneficiary(body, owner, self._beneficiaries)
        now = self._ctx.clock.now()
        fault = self._ctx.faults.take(VENDOR_NAME, "transfer_fee_differs", owner=owner)
        extra = Decimal(str(fault.params.get("amount", "2.50"))) if fault else ZERO
        return {
            "id": str(uuid4()),
            "owner": owner,
            "request_id": body.get("request_id"),
            "short_reference_id": f"P{now:%y%m%d}-{uuid4().hex[:7].upper()}",
            "status": "SCHEDULED",
            "beneficiary_id": beneficiary_id,
            "beneficiary": details,
            "payer": body.get("payer") or {"entity_type": "COMPANY", "company_name": "Scripted"},
            "payer_id": body.get("payer_id"),
            "reason": body["reason"],
            "reference": body["reference"],
            "remarks": body.get("remarks"),
            "metadata": body.get("metadata") or {},
            "quote_id": body.get("quote_id"),
            "transfer_method": transfer_request.method(body),
            "swift_charge_option": body.get("swift_charge_option"),
            "transfer_date": body.get("transfer_date") or f"{now:%Y-%m-%d}",
            "funding": {"status": "SCHEDULED", "deposit_type": "WALLET"},
            **transfer_request.amounts(body, extra).fields(),
            "reserved": False,
            "dispatched": False,
            "created_at": timestamp(now),
            "updated_at": timestamp(now),
        }

    def create(self, owner: str, body: Document) -> Document:
        self._refuse_if_scripted(owner, body)
        with self._ctx.store.transaction():
            transfer = self.validate(owner, body)
            request_ids.claim(self._ctx, "transfer", owner, body)
            self._try_to_reserve(transfer)
            fault = self._ctx.faults.take(
                VENDOR_NAME, "transfer_needs_funding_confirmation", owner=owner
            )
            if fault:
                transfer["funding"]["status"] = "REQUIRES_FUNDING_CONFIRMATION"
            self._save(transfer)
            self._report(transfer)
            if not fault:
                self._continue_later(transfer)
        return transfer

    def _refuse_if_scripted(self, owner: str, body: Document) -> None:
        # Outside the transaction: a refusal rolls it back, and the strike is used up all the same.
        fault = self._ctx.faults.take(
            VENDOR_NAME, "transfer_refused", owner=owner, request_id=body.get("request_id")
        )
        if fault:
            raise ApiError(
                400,
                str(fault.params.get("code", "insufficient_funds")),
                str(fault.params.get("message", "There are not enough funds available.")),
            )

    def get(self, owner: str, id: str) -> Document:
        found = self._ctx.store.get(VENDOR_NAME, "transfer", id)
        if found is None or found["owner"] != owner:
            raise not_found("Transfer", id)
        return found

    def all(self, owner: str) -> list[Document]:
        return self._ctx.store.find(VENDOR_NAME, "transfer", owner=owner)[::-1]

    def cancel(self, owner: str, id: str) -> Document:
        with self._ctx.store.transaction():
            transfer = self.get(owner, id)
            if transfer["status"] not in _CANCELLABLE:
                raise _wrong_status(transfer, "cancelled")
            asked_in_time = transfer["status"] != "PROCESSING"
            self._move(transfer, "CANCELLED" if asked_in_time else "CANCELLATION_REQUESTED")
            if not asked_in_time:
                self._ctx.scheduler.after(
                    AUTO_CANCEL_SECONDS, VENDOR_NAME, "cancel_transfer", {"transfer_id": id}
                )
        return transfer

    def confirm_funding(self, owner: str, id: str) -> Document:
        """
        Release a transfer that waits for money, or for leave to take it.
        """
        with self._ctx.store.transaction():
            transfer = self.get(owner, id)
            waits = transfer["funding"]["status"] == "REQUIRES_FUNDING_CONFIRMATION"
            if not waits and transfer["status"] != "OVERDUE":
                raise _wrong_status(transfer, "funded")
            if transfer["status"] == "OVERDUE":
                self._process(transfer)
            else:
                self._fund(transfer, "SCHEDULED")
                self._continue_later(transfer)
        return transfer

    def fund_overdue(self, owner: str, currency: str) -> None:
        """
        Money came in: what waited for it goes on, oldest first.
        """
        for transfer in reversed(self.all(owner)):
            if transfer["status"] == "OVERDUE" and transfer["source_currency"] == currency:
                self._process(transfer)

    def simulate(self, id: str, next_status: Any, failure_type: Any) -> Document:
        with self._ctx.store.transaction():
            transfer = self._ctx.store.get(VENDOR_NAME, "transfer", id)
            if transfer is None:
                raise not_found("Transfer", id)
            if next_status not in _MOVES:
                raise invalid("next_status", f"{next_status} is not a status of a transfer.")
            if next_status not in _MOVES[transfer["status"]]:
                raise _wrong_status(transfer, f"moved to {next_status}")
            if failure_type is not None and not isinstance(failure_type, str):
                raise invalid("failure_type", "failure_type must be a text.")
            if next_status == "PROCESSING":
                self._process(transfer)
            else:
                self._move(transfer, next_status, failure_type)
        return transfer

    def advance(self, id: str) -> None:
        """
        The next step of a transfer that nobody interferes with.
        """
        transfer = self._ctx.store.get(VENDOR_NAME, "transfer", id)
        if transfer is None or transfer["status"] not in _NEXT_STEP:
            return
        facts = {"request_id": transfer["request_id"], "owner": transfer["owner"]}
        if transfer["status"] == "SCHEDULED":
            self._process(transfer)
            return
        if transfer["status"] == "SENT":
            failing = self._ctx.faults.take(VENDOR_NAME, "transfer_fails_after_sent", **facts)
            if failing:
                self._move(transfer, "FAILED", failing.params.get("failure_type"))
                return
        self._move(transfer, _NEXT_STEP[transfer["status"]])
        if transfer["status"] == "PAID":
            returned = self._ctx.faults.take(VENDOR_NAME, "transfer_returned_after_paid", **facts)
            if returned:
                self._ctx.scheduler.after(
                    returned.seconds(5),
                    VENDOR_NAME,
                    "return_transfer",
                    {"transfer_id": id, "failure_type": returned.params.get("failure_type")},
                )
        self._continue_later(transfer)

    def give_back(self, id: str, failure_type: str | None) -> None:
        """
        The bank returns a payout that was already paid.
        """
        transfer = self._ctx.store.get(VENDOR_NAME, "transfer", id)
        if transfer is not None and transfer["status"] == "PAID":
            self._move(transfer, "FAILED", failure_type)

    def reverse_funding(self, id: str) -> Document:
        """
        The money that paid for a transfer on its way is taken back: it fails.
        """
        with self._ctx.store.transaction():
            transfer = self._ctx.store.get(VENDOR_NAME, "transfer", id)
            if transfer is None:
                raise not_found("Transfer", id)
            if transfer["funding"]["status"] != "FUNDED" or transfer["status"] == "PAID":
                raise _wrong_status(transfer, "unfunded")
            self._fund(transfer, "REVERSED")
            self._move(transfer, "FAILED", "OTHER")
        return transfer

    def send_stale_event(self, id: str, status: str, created_at: str | None) -> None:
        """
        Report a status that is no longer true, with the time at which it was.
        """
        transfer = self._ctx.store.get(VENDOR_NAME, "transfer", id)
        if transfer is None:
            raise not_found("Transfer", id)
        past = {**transfer, "status": status}
        at = created_at or transfer["created_at"]
        self._events.transfer(render(past), transfer["owner"], created_at=at)

    def finish_cancelling(self, id: str) -> None:
        transfer = self._ctx.store.get(VENDOR_NAME, "transfer", id)
        if transfer is not None and transfer["status"] in {"FAILED", "CANCELLATION_REQUESTED"}:
            self._move(transfer, "CANCELLED")

    def _process(self, transfer: Document) -> None:
        """
        Take the money and hand the transfer on, or leave it overdue.
        """
        if not transfer["reserved"] and not self._try_to_reserve(transfer):
            if transfer["status"] != "OVERDUE":
                transfer["funding"]["failure_reason"] = "INSUFFICIENT_FUNDS"
                self._move(transfer, "OVERDUE")
                self._fund(transfer, "FAILED")
            return
        self._wallets.pay_out(
            transfer["owner"],
            transfer["source_currency"],
            Decimal(transfer["amount_payer_pays"]),
            "PAYOUT",
            transfer["id"],
        )
        transfer["reserved"], transfer["dispatched"] = False, True
        transfer["funding"].pop("failure_reason", None)
        self._fund(transfer, "FUNDED")
        self._move(transfer, "PROCESSING")
        self._continue_later(transfer)

    def _try_to_reserve(self, transfer: Document) -> bool:
        try:
            self._wallets.reserve(
                transfer["owner"],
                transfer["source_currency"],
                Decimal(transfer["amount_payer_pays"]),
            )
        except WalletTooSmall:
            return False
        transfer["reserved"] = True
        return True

    def _move(self, transfer: Document, status: str, failure_type: str | None = None) -> None:
        transfer["status"] = status
        transfer["updated_at"] = timestamp(self._ctx.clock.now())
        if status == "SENT":
            transfer["dispatch_date"] = f"{self._ctx.clock.now():%Y-%m-%d}"
            transfer["dispatch_info"] = {
                "external_reference": transfer["short_reference_id"],
                "external_reference_type": "TRACE",
            }
        if status == "FAILED":
            kind = failure_type or DEFAULT_FAILURE
            transfer["failure_type"] = kind
            transfer["failure_reason"] = FAILURE_REASONS.get(kind, FAILURE_REASONS["OTHER"])
            self._ctx.scheduler.after(
                AUTO_CANCEL_SECONDS, VENDOR_NAME, "cancel_transfer", {"transfer_id": transfer["id"]}
            )
        self._save(transfer)
        self._report(transfer)
        if status == "CANCELLED":
            self._return_money(transfer)

    def _return_money(self, transfer: Document) -> None:
        amount = Decimal(transfer["amount_payer_pays"])
        owner, currency = transfer["owner"], transfer["source_currency"]
        if transfer["reserved"]:
            self._wallets.release(owner, currency, amount)
            self._fund(transfer, "CANCELLED")
        elif transfer["dispatched"]:
            self._wallets.credit(owner, currency, amount, "PAYOUT_REVERSAL", transfer["id"])
            if transfer["funding"]["status"] != "REVERSED":
                self._fund(transfer, "REVERSED")
        transfer["reserved"] = transfer["dispatched"] = False
        self._save(transfer)

    def _fund(self, transfer: Document, status: str) -> None:
        transfer["funding"]["status"] = status
        self._save(transfer)
        self._events.funding(render(transfer), transfer["owner"])

    def _report(self, transfer: Document) -> None:
        self._events.transfer(render(transfer), transfer["owner"])

    def _continue_later(self, transfer: Document) -> None:
        if self._ctx.settings.autopilot and transfer["status"] in _STEP_SECONDS:
            self._ctx.scheduler.by_itself(
                _STEP_SECONDS[transfer["status"]],
                VENDOR_NAME,
                "advance_transfer",
                {"transfer_id": transfer["id"]},
            )

    def _save(self, transfer: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "transfer", transfer["id"], transfer)


def _wrong_status(transfer: Document, wish: str) -> ApiError:
    return ApiError(
        400,
        "invalid_status_for_operation",
        f"Transfer {transfer['id']} is {transfer['status']} and cannot be {wish}.",
    )
