"""
Connected accounts and beneficiaries (https://www.airwallex.com/docs/api#/Scale/Accounts).

An account carries our own identifier, so that one that was made before a crash is found
again. Bank details pass through and leave no trace here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from adapters.airwallex.client import (
    AirwallexBusy,
    AirwallexClient,
    AirwallexRefused,
    AirwallexSilent,
    Answer,
)
from application.payouts.ports import FoundAccount, Payee, TransferOutcomeUnknown
from domain.payouts.payout_account import (
    BankDetails,
    MalformedBankDetails,
    PayoutAccountNotFound,
    PayoutAccountStatus,
)
from domain.shared.errors import InvariantError
from domain.shared.ids import PayoutAccountId

_NOT_FOUND = 404
_STATUSES = {
    "CREATED": PayoutAccountStatus.CREATED,
    "SUBMITTED": PayoutAccountStatus.SUBMITTED,
    "ACTION_REQUIRED": PayoutAccountStatus.ACTION_REQUIRED,
    "ACTIVE": PayoutAccountStatus.ACTIVE,
    "SUSPENDED": PayoutAccountStatus.RESTRICTED,
}


class AirwallexAccounts:
    """Physicians' accounts at Airwallex, and the bank accounts they are paid to."""

    def __init__(self, client: AirwallexClient) -> None:
        self._client = client

    def open(self, payout_account_id: PayoutAccountId, payee: Payee) -> FoundAccount:
        with _answering():
            account = self._by_identifier(payout_account_id)
            if account is None:
                account = self._create(payout_account_id, payee)
            if account["status"] == "CREATED":
                account = self._client.post(f"/accounts/{account['id']}/submit", {})
        return _found(account)

    def find_account(self, reference: str) -> FoundAccount:
        try:
            with _answering():
                return _found(self._client.get(f"/accounts/{reference}"))
        except AirwallexRefused as refused:
            if refused.status == _NOT_FOUND:
                raise PayoutAccountNotFound("The payout vendor does not know it.") from refused
            raise

    def add_beneficiary(self, payee: Payee, bank: BankDetails) -> str:
        try:
            with _answering():
                beneficiary = self._client.post("/beneficiaries/create", _beneficiary(payee, bank))
        except AirwallexRefused as refused:
            field = refused.source.rpartition(".")[2] or None
            raise MalformedBankDetails(
                "The bank details cannot be right. Check the numbers.", field=field
            ) from refused
        return str(beneficiary.get("id") or beneficiary["beneficiary_id"])

    def _by_identifier(self, payout_account_id: PayoutAccountId) -> Answer | None:
        wanted = str(payout_account_id)
        items = self._client.get("/accounts", identifier=wanted)["items"]
        return next((item for item in items if item.get("identifier") == wanted), None)

    def _create(self, payout_account_id: PayoutAccountId, payee: Payee) -> Answer:
        try:
            return self._client.post("/accounts/create", _account(payout_account_id, payee))
        except AirwallexRefused:
            # Two of our processes at once: the other one was faster.
            account = self._by_identifier(payout_account_id)
            if account is None:
                raise
            return account


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (AirwallexSilent, AirwallexBusy) as failure:
        raise TransferOutcomeUnknown("The payout vendor does not answer just now.") from failure


def _account(payout_account_id: PayoutAccountId, payee: Payee) -> dict[str, object]:
    return {
        "identifier": str(payout_account_id),
        "account_details": {
            "legal_entity_type": "INDIVIDUAL",
            "individual_details": {
                "first_name": payee.given_name,
                "last_name": payee.family_name,
            },
        },
        "primary_contact": {"email": payee.email},
        "customer_agreements": {
            "agreed_to_terms_and_conditions": True,
            "agreed_to_data_usage": True,
        },
        "metadata": {"payout_account_id": str(payout_account_id)},
    }


def _beneficiary(payee: Payee, bank: BankDetails) -> dict[str, object]:
    details = {
        "account_currency": bank.currency.code,
        "account_name": bank.account_name,
        "bank_country_code": bank.country,
    }
    if bank.routing_type == "iban":
        details |= {"iban": bank.account_number, "swift_code": bank.routing_value}
    elif bank.routing_type == "swift_code":
        details |= {"account_number": bank.account_number, "swift_code": bank.routing_value}
    else:
        details |= {
            "account_number": bank.account_number,
            "account_routing_type1": bank.routing_type,
            "account_routing_value1": bank.routing_value,
        }
    return {
        "beneficiary": {
            "type": "BANK_ACCOUNT",
            "entity_type": "PERSONAL",
            "first_name": payee.given_name,
            "last_name": payee.family_name,
            "bank_details": details,
        },
        "transfer_methods": ["LOCAL"],
    }


def _found(account: Answer) -> FoundAccount:
    status = _STATUSES.get(str(account["status"]))
    if status is None:
        raise InvariantError(
            f"Airwallex has an account status that we do not know: {account['id']}"
        )
    return FoundAccount(
        reference=str(account["id"]),
        payout_account_id=_own_id(account.get("identifier")),
        status=status,
    )


def _own_id(identifier: object) -> PayoutAccountId | None:
    try:
        return PayoutAccountId(UUID(str(identifier)))
    except ValueError:
        return None
