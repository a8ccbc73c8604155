"""
Connected accounts: who may be paid, once the vendor knows them.

    CREATED ──> SUBMITTED ──> ACTIVE <──> SUSPENDED
                   │  ^          │
                   v  │          v
               ACTION_REQUIRED <─┘
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from entrypoints.sandbox.airwallex.events import Events
from entrypoints.sandbox.airwallex.wallets import ORGANISATION, PLATFORM_ACCOUNT
from entrypoints.sandbox.airwallex.wire import (
    VENDOR_NAME,
    ApiError,
    invalid,
    not_found,
    timestamp,
    validation_failed,
)
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

REVIEW_SECONDS = 1.0
STALE_EVENT_SECONDS = 2.0

_NEXT_ACTION = {
    "CREATED": "SUBMIT",
    "SUBMITTED": "WAIT_FOR_REVIEW",
    "ACTION_REQUIRED": "PROVIDE_REQUIREMENTS",
}
_UPDATABLE = ("account_details", "customer_agreements", "identifier", "metadata", "nickname")
_SUBMITTABLE = frozenset({"CREATED", "ACTION_REQUIRED"})
_SIMULATED_FROM = {
    "ACTIVE": frozenset({"SUBMITTED", "ACTION_REQUIRED", "SUSPENDED"}),
    "SUSPENDED": frozenset({"SUBMITTED", "ACTION_REQUIRED", "ACTIVE"}),
    "ACTION_REQUIRED": frozenset({"SUBMITTED", "ACTIVE"}),
}


class Accounts:
    def __init__(self, ctx: Sandbox, events: Events) -> None:
        self._ctx = ctx
        self._events = events

    def create(self, body: Document) -> Document:
        details = _details(body)
        email = (body.get("primary_contact") or {}).get("email")
        if not isinstance(email, str) or "@" not in email:
            raise validation_failed([("primary_contact.email", "must be an e-mail address")])
        if body.get("identifier") and self._ctx.store.find(
            VENDOR_NAME, "account", identifier=body["identifier"]
        ):
            raise ApiError(400, "already_exists", "identifier is already in use.", "identifier")
        account: Document = {
            "id": f"acct_{uuid4().hex[:22]}",
            "account_details": details,
            "primary_contact": body["primary_contact"],
            "customer_agreements": body.get("customer_agreements") or {},
            "identifier": body.get("identifier"),
            "metadata": body.get("metadata") or {},
            "nickname": body.get("nickname"),
            "view_type": "COMPLETE",
            "status": "CREATED",
            "created_at": timestamp(self._ctx.clock.now()),
        }
        with self._ctx.store.transaction():
            self._save(account)
            self._events.account(account, "connected")
        return account

    def get(self, account_id: str) -> Document:
        account = self._ctx.store.get(VENDOR_NAME, "account", account_id)
        if account is None:
            raise not_found("Account", account_id)
        return account

    def all(self) -> list[Document]:
        return self._ctx.store.all(VENDOR_NAME, "account")[::-1]

    def update(self, account_id: str, body: Document) -> Document:
        with self._ctx.store.transaction():
            account = self.get(account_id)
            if account["status"] not in _SUBMITTABLE:
                raise _wrong_status(account, "updated")
            if "account_details" in body:
                _details(body)
            for name in (*_UPDATABLE, "primary_contact"):
                if isinstance(body.get(name), dict) and isinstance(account.get(name), dict):
                    account[name] = _merged(account[name], body[name])
                elif name in body:
                    account[name] = body[name]
            self._save(account)
        return account

    def agree(self, account_id: str, body: Document) -> Document:
        """
        Record the holder's agreement to the terms and conditions.
        """
        with self._ctx.store.transaction():
            account = self.get(account_id)
            account["customer_agreements"] = {
                **account["customer_agreements"],
                "agreed_to_terms_and_conditions": True,
                "terms_and_conditions": {
                    "agreed_at": body.get("agreed_at") or timestamp(self._ctx.clock.now()),
                    "device_data": body.get("device_data") or {},
                    "service_agreement_type": body.get("service_agreement_type", "FULL"),
                },
            }
            self._save(account)
        return account

    def submit(self, account_id: str) -> Document:
        with self._ctx.store.transaction():
            account = self.get(account_id)
            if account["status"] not in _SUBMITTABLE:
                raise _wrong_status(account, "submitted")
            problems = _missing(account)
            if problems:
                raise validation_failed(problems)
            account.pop("missing", None)
            self._move(account, "SUBMITTED")
            if self._ctx.settings.autopilot:
                self._ctx.scheduler.by_itself(
                    REVIEW_SECONDS, VENDOR_NAME, "review_account", {"account_id": account_id}
                )
        return account

    def review(self, account_id: str) -> None:
        """
        Decide on a submitted account; what a person at the vendor would do.
        """
        account = self.get(account_id)
        if account["status"] != "SUBMITTED":
            return
        fault = self._ctx.faults.take(
            VENDOR_NAME,
            "kyc_action_required",
            account_id=account_id,
            identifier=account["identifier"],
        )
        if fault is None:
            self._move(account, "ACTIVE")
        else:
            self._ask_for_more(account, fault.params.get("message"))

    def simulate(self, account_id: str, next_status: Any, *, force: bool) -> Document:
        if next_status not in _SIMULATED_FROM:
            raise invalid(
                "next_status", "next_status must be ACTIVE, SUSPENDED or ACTION_REQUIRED."
            )
        with self._ctx.store.transaction():
            account = self.get(account_id)
            if account["status"] == next_status:
                return account
            if not force and account["status"] not in _SIMULATED_FROM[next_status]:
                raise _wrong_status(account, f"moved to {next_status}")
            if next_status == "ACTION_REQUIRED":
                self._ask_for_more(account, None)
            else:
                account.pop("missing", None)
                self._move(account, next_status)
        return account

    def suspend(self, account_id: str, reason: str | None) -> Document:
        with self._ctx.store.transaction():
            account = self.get(account_id)
            if account["status"] != "ACTIVE":
                raise _wrong_status(account, "suspended")
            account["suspend_details"] = [{"reason": reason or "PLATFORM_REQUESTED"}]
            self._move(account, "SUSPENDED")
        return account

    def reactivate(self, account_id: str) -> Document:
        with self._ctx.store.transaction():
            account = self.get(account_id)
            if account["status"] != "SUSPENDED":
                raise _wrong_status(account, "reactivated")
            account.pop("suspend_details", None)
            account["reactivate_details"] = {
                "reactivated_at": timestamp(self._ctx.clock.now()),
            }
            self._move(account, "ACTIVE")
        return account

    def usable(self, account_id: str, source: str) -> None:
        """
        Let an account through that may move money now.

        Raises:
            ApiError: The account is unknown, or is not allowed to move money now.
        """
        if account_id == PLATFORM_ACCOUNT:
            return
        account = self._ctx.store.get(VENDOR_NAME, "account", account_id)
        if account is None:
            raise invalid(source, f"{account_id} is not a connected account of this platform.")
        if account["status"] != "ACTIVE":
            raise ApiError(
                400,
                "account_not_active",
                f"Account {account_id} is {account['status']}, not ACTIVE.",
                source,
            )

    def send_stale_event(self, account_id: str, name: str, created_at: str) -> None:
        """
        Report what was true before: an event overtaken by a later one.
        """
        account = self.get(account_id)
        past = {**account, "status": name.upper()}
        self._events.account(past, name, created_at=created_at)

    def render(self, account: Document) -> Document:
        shown = {key: value for key, value in account.items() if value is not None}
        missing = shown.pop("missing", None)
        shown["org_id"] = ORGANISATION
        shown["requirements"] = _requirements(account, missing)
        action = _NEXT_ACTION.get(account["status"], "NONE")
        shown["next_action"] = {"type": action}
        return shown

    def _ask_for_more(self, account: Document, message: str | None) -> None:
        account["missing"] = message or "The document is not readable. Provide another one."
        self._move(account, "ACTION_REQUIRED")

    def _move(self, account: Document, status: str) -> None:
        before = timestamp(self._ctx.clock.now())
        account["status"] = status
        self._save(account)
        self._events.account(account, status.lower())
        if status == "ACTIVE" and self._ctx.faults.take(
            VENDOR_NAME, "account_stale_event", account_id=account["id"]
        ):
            self._ctx.scheduler.after(
                STALE_EVENT_SECONDS,
                VENDOR_NAME,
                "stale_account_event",
                {"account_id": account["id"], "name": "action_required", "created_at": before},
            )

    def _save(self, account: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "account", account["id"], account)


def _details(body: Document) -> Document:
    details = body.get("account_details")
    if not isinstance(details, dict):
        raise validation_failed([("account_details", "must not be null")])
    kind = details.get("legal_entity_type")
    if kind not in {"BUSINESS", "INDIVIDUAL"}:
        raise validation_failed(
            [("account_details.legal_entity_type", "must be BUSINESS or INDIVIDUAL")]
        )
    return details


def _missing(account: Document) -> list[tuple[str, str]]:
    """
    What an account must have before it can be submitted, and has not.
    """
    details = account["account_details"]
    problems = []
    if details["legal_entity_type"] == "INDIVIDUAL":
        person = details.get("individual_details") or {}
        problems += [
            (f"account_details.individual_details.{name}", "must not be blank")
            for name in ("first_name", "last_name")
            if not person.get(name)
        ]
    elif not (details.get("business_details") or {}).get("business_name"):
        problems.append(("account_details.business_details.business_name", "must not be blank"))
    if not account["customer_agreements"].get("agreed_to_terms_and_conditions"):
        problems.append(("customer_agreements.agreed_to_terms_and_conditions", "must be true"))
    return problems


def _requirements(account: Document, missing: str | None) -> Document:
    requirements: Document = {}
    if not account["customer_agreements"].get("agreed_to_terms_and_conditions"):
        requirements["agreement_to_terms_and_conditions_required"] = {
            "endpoint": f"/api/v1/accounts/{account['id']}/terms_and_conditions/agree",
            "method": "POST",
            "message": "The account holder has to agree to the terms and conditions.",
        }
    if missing:
        requirements["primary_identification_required"] = [
            {"error_code": "DOCUMENT_UNREADABLE", "message": missing}
        ]
    return requirements


def _merged(old: Document, new: Document) -> Document:
    merged = dict(old)
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged


def _wrong_status(account: Document, wish: str) -> ApiError:
    return ApiError(
        400,
        "invalid_status_for_operation",
        f"Account {account['id']} is {account['status']} and cannot be {wish}.",
    )
