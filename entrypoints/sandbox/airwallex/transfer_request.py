"""
What a caller asks of a transfer, checked and worked out: parties, amounts, fee.
"""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from entrypoints.sandbox.airwallex import rates
from entrypoints.sandbox.airwallex.beneficiaries import Beneficiaries, check_details
from entrypoints.sandbox.airwallex.wire import (
    ApiError,
    amount_field,
    currency_field,
    invalid,
    number,
    text_field,
)
from entrypoints.sandbox.core.store import Document


@frozen(kw_only=True)
class Amounts:
    source_currency: str
    source: Decimal
    transfer_currency: str
    transfer: Decimal
    rate: Decimal
    fee: Decimal
    fee_paid_by: str

    @property
    def payer_pays(self) -> Decimal:
        return self.source + (self.fee if self.fee_paid_by == "PAYER" else 0)

    @property
    def beneficiary_receives(self) -> Decimal:
        if self.fee_paid_by == "PAYER":
            return self.transfer
        return self.transfer - rates.rounded(self.fee * self.rate, self.transfer_currency)

    def fields(self) -> Document:
        """
        As kept in the store; exact, so as texts.
        """
        return {
            "source_currency": self.source_currency,
            "source_amount": str(self.source),
            "transfer_currency": self.transfer_currency,
            "transfer_amount": str(self.transfer),
            "amount_payer_pays": str(self.payer_pays),
            "amount_beneficiary_receives": str(self.beneficiary_receives),
            "fee_amount": str(self.fee),
            "fee_currency": self.source_currency,
            "fee_paid_by": self.fee_paid_by,
            "rate": str(self.rate),
        }


def amounts(body: Document, extra_fee: Decimal) -> Amounts:
    """
    Work out what is paid, received and charged.

    Args:
        extra_fee: What the fee differs from the published one.
    """
    transfer_currency = currency_field(body, "transfer_currency")
    source_currency = (
        currency_field(body, "source_currency")
        if body.get("source_currency") is not None
        else transfer_currency
    )
    given = [name for name in ("source_amount", "transfer_amount") if body.get(name) is not None]
    if len(given) != 1:
        raise invalid(
            "transfer_amount", "Exactly one of source_amount and transfer_amount must be given."
        )
    exchange = rates.rate(source_currency, transfer_currency)
    if given == ["transfer_amount"]:
        transfer = amount_field(body, "transfer_amount", transfer_currency)
        source = rates.rounded(transfer / exchange, source_currency)
    else:
        source = amount_field(body, "source_amount", source_currency)
        transfer = rates.rounded(source * exchange, transfer_currency)
    fee_paid_by = body.get("fee_paid_by", "PAYER")
    if fee_paid_by not in {"PAYER", "BENEFICIARY"}:
        raise invalid("fee_paid_by", "fee_paid_by must be PAYER or BENEFICIARY.")
    return Amounts(
        source_currency=source_currency,
        source=source,
        transfer_currency=transfer_currency,
        transfer=transfer,
        rate=exchange,
        fee=rates.fee(method(body)) + extra_fee,
        fee_paid_by=fee_paid_by,
    )


def method(body: Document) -> str:
    value = body.get("transfer_method", "LOCAL")
    if value not in {"LOCAL", "SWIFT"}:
        raise invalid("transfer_method", "transfer_method must be LOCAL or SWIFT.")
    return str(value)


def beneficiary(body: Document, owner: str, known: Beneficiaries) -> tuple[str | None, Document]:
    """
    The id, when it is a saved one, and the details of who is paid.
    """
    id, given = body.get("beneficiary_id"), body.get("beneficiary")
    if (id is None) == (given is None):
        raise invalid("beneficiary_id", "Exactly one of beneficiary_id and beneficiary is needed.")
    if id is None:
        return None, check_details(given)
    try:
        saved = known.get(owner, str(id))
    except ApiError:
        raise invalid("beneficiary_id", f"Beneficiary {id} does not exist.") from None
    if method(body) not in saved["transfer_methods"]:
        raise invalid("transfer_method", "The beneficiary cannot be paid by this method.")
    return str(id), saved["beneficiary"]


def check_texts(body: Document) -> None:
    text_field(body, "reason", longest=140)
    text_field(body, "reference", longest=140)
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise invalid("metadata", "metadata must be an object.")


_NUMBERS = (
    "source_amount",
    "transfer_amount",
    "amount_payer_pays",
    "amount_beneficiary_receives",
    "fee_amount",
)
_INTERNAL = frozenset({"owner", "rate", "reserved", "dispatched"})


def render(transfer: Document) -> Document:
    """
    A transfer as it is read: amounts are numbers, what is not known is absent.
    """
    shown = {
        key: value for key, value in transfer.items() if key not in _INTERNAL and value is not None
    }
    for name in _NUMBERS:
        shown[name] = number(transfer[name])
    if transfer["source_currency"] != transfer["transfer_currency"]:
        shown["conversion"] = {
            "currency_pair": transfer["source_currency"] + transfer["transfer_currency"],
            "rate": number(transfer["rate"]),
        }
    return shown
