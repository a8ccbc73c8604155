"""
Beneficiaries: where a payout goes, checked by the rules of the receiving country.
"""

from __future__ import annotations

import re
from uuid import uuid4

from entrypoints.sandbox.airwallex.wire import (
    VENDOR_NAME,
    not_found,
    validation_failed,
)
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

_ROUTING = {
    "AU": ("bsb", r"\d{6}"),
    "US": ("aba", r"\d{9}"),
    "GB": ("sort_code", r"\d{6}"),
    "CA": ("institution_number", r"\d{3}"),
}
_ACCOUNT_NUMBER = {"AU": r"\d{5,9}", "US": r"\d{1,17}", "GB": r"\d{8}", "CA": r"\d{7,12}"}
_METHODS = {"LOCAL", "SWIFT"}
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_SWIFT_CODE = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
Problem = tuple[str, str]


class Beneficiaries:
    def __init__(self, ctx: Sandbox) -> None:
        self._ctx = ctx

    def create(self, owner: str, body: Document) -> Document:
        check(body)
        beneficiary = {"id": str(uuid4()), "owner": owner, **_kept(body)}
        self._ctx.store.put(VENDOR_NAME, "beneficiary", beneficiary["id"], beneficiary)
        return beneficiary

    def get(self, owner: str, id: str) -> Document:
        found = self._ctx.store.get(VENDOR_NAME, "beneficiary", id)
        if found is None or found["owner"] != owner:
            raise not_found("Beneficiary", id)
        return found

    def all(self, owner: str) -> list[Document]:
        return self._ctx.store.find(VENDOR_NAME, "beneficiary", owner=owner)[::-1]

    def update(self, owner: str, id: str, body: Document) -> Document:
        with self._ctx.store.transaction():
            found = self.get(owner, id)
            changed = {**found, **_kept({**found, **body})}
            check(changed)
            self._ctx.store.put(VENDOR_NAME, "beneficiary", id, changed)
        return changed

    def delete(self, owner: str, id: str) -> None:
        with self._ctx.store.transaction():
            self.get(owner, id)
            self._ctx.store.delete(VENDOR_NAME, "beneficiary", id)


def render(beneficiary: Document) -> Document:
    shown = {key: value for key, value in beneficiary.items() if key != "owner"}
    # Callers of an older version read the id under this name.
    return {**shown, "beneficiary_id": beneficiary["id"]}


def check(body: Document) -> None:
    """
    Check what a saved beneficiary needs.

    Raises:
        ApiError: ``validation_failed``, with every problem in ``details``.
    """
    problems = _problems(body.get("beneficiary"))
    methods = body.get("transfer_methods", body.get("payment_methods"))
    if not isinstance(methods, list) or not methods or not set(methods) <= _METHODS:
        problems.append(("transfer_methods", "must name LOCAL, SWIFT or both"))
    if problems:
        raise validation_failed(problems)


def check_details(beneficiary: object) -> Document:
    """
    Check a beneficiary that is given within a transfer.
    """
    problems = _problems(beneficiary)
    if problems or not isinstance(beneficiary, dict):
        raise validation_failed(problems)
    return beneficiary


def _kept(body: Document) -> Document:
    return {
        "beneficiary": body["beneficiary"],
        "transfer_methods": body.get("transfer_methods", body.get("payment_methods")),
        "nickname": body.get("nickname"),
        "payer_entity_type": body.get("payer_entity_type"),
    }


def _problems(details: object) -> list[Problem]:
    if not isinstance(details, dict):
        return [("beneficiary", "must not be null")]
    problems = _name_problems(details)
    if details.get("type") not in {None, "BANK_ACCOUNT"}:
        problems.append(("beneficiary.type", "must be BANK_ACCOUNT"))
    bank = details.get("bank_details")
    if not isinstance(bank, dict):
        return [*problems, ("beneficiary.bank_details", "must not be null")]
    return problems + _bank_problems(bank)


def _name_problems(details: Document) -> list[Problem]:
    kind = details.get("entity_type")
    if kind not in {"COMPANY", "PERSONAL"}:
        return [("beneficiary.entity_type", "must be COMPANY or PERSONAL")]
    needed = ("company_name",) if kind == "COMPANY" else ("first_name", "last_name")
    return [
        (f"beneficiary.{name}", "must not be blank") for name in needed if not details.get(name)
    ]


def _bank_problems(bank: Document) -> list[Problem]:
    prefix = "beneficiary.bank_details"
    problems = [
        (f"{prefix}.{name}", "must not be blank")
        for name in ("account_currency", "account_name", "bank_country_code")
        if not bank.get(name)
    ]
    country = str(bank.get("bank_country_code") or "")
    if bank.get("iban"):
        if not _IBAN.fullmatch(str(bank["iban"]).replace(" ", "")):
            problems.append((f"{prefix}.iban", "is not an IBAN"))
    elif country and not re.fullmatch(
        _ACCOUNT_NUMBER.get(country, r"[A-Za-z0-9]{1,34}"), str(bank.get("account_number") or "")
    ):
        problems.append((f"{prefix}.account_number", f"is not an account number of {country}"))
    if bank.get("swift_code") and not _SWIFT_CODE.fullmatch(str(bank["swift_code"])):
        problems.append((f"{prefix}.swift_code", "is not a SWIFT code"))
    return problems + _routing_problems(bank, country, prefix)


def _routing_problems(bank: Document, country: str, prefix: str) -> list[Problem]:
    if country not in _ROUTING or bank.get("swift_code") or bank.get("iban"):
        return []
    kind, pattern = _ROUTING[country]
    if bank.get("account_routing_type1") != kind:
        return [(f"{prefix}.account_routing_type1", f"must be {kind}")]
    if not re.fullmatch(pattern, str(bank.get("account_routing_value1") or "")):
        return [(f"{prefix}.account_routing_value1", f"is not a {kind}")]
    return []
