"""
Connected accounts and beneficiaries (https://www.airwallex.com/docs/api#/Scale/Accounts).

An account carries our own identifier, so that one that was made before a crash is found
again. Bank details pass through and leave no trace here.
"""

from collections.abc import Iterator, Mapping
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
    Requirement,
)
from domain.shared.errors import InvariantError
from domain.shared.ids import BankLinkId, PayoutAccountId

_NOT_FOUND = 404
_STATUSES = {
    "CREATED": PayoutAccountStatus.CREATED,
    "SUBMITTED": PayoutAccountStatus.SUBMITTED,
    "ACTION_REQUIRED": PayoutAccountStatus.ACTION_REQUIRED,
    "ACTIVE": PayoutAccountStatus.ACTIVE,
    "SUSPENDED": PayoutAccountStatus.RESTRICTED,
}

_REQUIREMENTS = {
    "agreement_to_terms_and_conditions_required": Requirement.TERMS,
    "agreement_to_data_usage_required": Requirement.TERMS,
    "primary_identification_required": Requirement.IDENTITY_DOCUMENT,
    "live_selfie_required": Requirement.IDENTITY_DOCUMENT,
    "individual_details_required": Requirement.IDENTITY_DETAILS,
    "nationality_required": Requirement.IDENTITY_DETAILS,
    "date_of_birth_required": Requirement.IDENTITY_DETAILS,
    "residential_address_required": Requirement.ADDRESS,
    "address_required": Requirement.ADDRESS,
    "business_details_required": Requirement.BUSINESS_DETAILS,
    "business_documents_required": Requirement.BUSINESS_DETAILS,
}
"""What Airwallex calls it (more appear with time; those are shown as something else it wants)."""


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

    def verification_page(self, reference: str, *, return_url: str) -> str:
        try:
            with _answering():
                flow = self._client.post(
                    "/hosted_flows/create",
                    {
                        "account_id": reference,
                        "template": "kyc",
                        "return_url": return_url,
                        "error_url": return_url,
                    },
                )
                opened = self._client.post(f"/hosted_flows/{flow['id']}/authorize", {})
        except AirwallexRefused as refused:
            if refused.status == _NOT_FOUND:
                raise PayoutAccountNotFound("The payout vendor does not know it.") from refused
            raise
        return str(opened["url"])

    def validate_beneficiary(self, payee: Payee, bank: BankDetails) -> None:
        with _right_details(), _answering():
            self._client.post("/beneficiaries/validate", _beneficiary(payee, bank))

    def find_beneficiary(self, link_id: BankLinkId) -> str | None:
        with _answering():
            found = self._client.get("/beneficiaries", nickname=str(link_id))["items"]
        return next(
            (_beneficiary_id(each) for each in found if each.get("nickname") == str(link_id)), None
        )

    def add_beneficiary(self, payee: Payee, bank: BankDetails, link_id: BankLinkId) -> str:
        body = {**_beneficiary(payee, bank), "nickname": str(link_id)}
        with _right_details(), _answering():
            return _beneficiary_id(self._client.post("/beneficiaries/create", body))

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


@contextmanager
def _right_details() -> Iterator[None]:
    try:
        yield
    except AirwallexRefused as refused:
        field = refused.source.rpartition(".")[2] or None
        raise MalformedBankDetails(
            "The bank details cannot be right. Check the numbers.", field=field
        ) from refused


def _beneficiary_id(beneficiary: Answer) -> str:
    return str(beneficiary.get("id") or beneficiary["beneficiary_id"])


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
        requirements=_requirements(account.get("requirements") or {}),
    )


def _requirements(told: Mapping[str, object]) -> tuple[Requirement, ...]:
    found = {_REQUIREMENTS.get(name, Requirement.OTHER) for name in told}
    return tuple(each for each in Requirement if each in found)


def _own_id(identifier: object) -> PayoutAccountId | None:
    try:
        return PayoutAccountId(UUID(str(identifier)))
    except ValueError:
        return None
