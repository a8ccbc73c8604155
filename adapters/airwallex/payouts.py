"""
Payouts as Airwallex transfers (https://www.airwallex.com/docs/api#/Payouts/Transfers).

Airwallex does not replay an answer: a `request_id` that it has seen in the last seven days is
refused. So a refusal as a duplicate means that the transfer exists, and it is fetched.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from adapters.airwallex.client import (
    AirwallexBusy,
    AirwallexClient,
    AirwallexRefused,
    AirwallexSignedOut,
    AirwallexSilent,
    Answer,
)
from application.payouts.ports import PayoutInstruction, PayoutRejected, TransferOutcomeUnknown
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutNotFound
from domain.payouts.transfer import TransferFinding, TransferReport
from domain.shared.ids import PayoutAttemptId, to_wire
from domain.shared.money import Currency, Money

LOCAL_ARRIVES_WITHIN = timedelta(days=2)
"""What physicians are told to expect of a local transfer; most arrive the same day."""

_NOT_FOUND = 404
_FINDINGS = {
    "IN_APPROVAL": TransferFinding.IN_TRANSIT,
    "SCHEDULED": TransferFinding.IN_TRANSIT,
    "PROCESSING": TransferFinding.IN_TRANSIT,
    "SENT": TransferFinding.IN_TRANSIT,
    "CANCELLATION_REQUESTED": TransferFinding.IN_TRANSIT,
    "OVERDUE": TransferFinding.UNFUNDED,
    "PAID": TransferFinding.PAID,
    "FAILED": TransferFinding.FAILED,
    "CANCELLED": TransferFinding.FAILED,
}
_FAILURES = {
    "ACCOUNT_CLOSED": PayoutFailure.BANK_ACCOUNT_CLOSED,
    "ACCOUNT_INACTIVE_OR_DORMANT": PayoutFailure.BANK_ACCOUNT_CLOSED,
    "ACCOUNT_UNDER_RESTRICTION": PayoutFailure.BANK_ACCOUNT_CLOSED,
    "BENEFICIARY_BANK_RETURNED": PayoutFailure.RETURNED_BY_BANK,
    "BENEFICIARY_NAME_MISMATCH": PayoutFailure.BANK_DETAILS_WRONG,
    "INVALID_ACCOUNT_NAME_OR_NUMBER": PayoutFailure.BANK_DETAILS_WRONG,
    "INVALID_BANK_OR_BRANCH_CODE": PayoutFailure.BANK_DETAILS_WRONG,
    "INSUFFICIENT_FUNDS": PayoutFailure.FLOAT_TOO_LOW,
    "SYSTEM_ERROR": PayoutFailure.VENDOR_UNAVAILABLE,
}
_REFUSALS = {
    "insufficient_fund": PayoutFailure.FLOAT_TOO_LOW,
    "insufficient_funds": PayoutFailure.FLOAT_TOO_LOW,
    "account_not_active": PayoutFailure.ACCOUNT_RESTRICTED,
    "unauthorized": PayoutFailure.VENDOR_UNAVAILABLE,
    "currency_not_supported": PayoutFailure.CURRENCY_UNSUPPORTED,
    "unsupported_currency": PayoutFailure.CURRENCY_UNSUPPORTED,
    "amount_above_limit": PayoutFailure.LIMIT_EXCEEDED,
    "amount_below_limit": PayoutFailure.LIMIT_EXCEEDED,
}


class AirwallexPayouts:
    """Transfers from our own balance at Airwallex to a beneficiary."""

    def __init__(self, client: AirwallexClient) -> None:
        self._client = client

    def submit(self, instruction: PayoutInstruction) -> TransferReport:
        try:
            return _report(self._client.post("/transfers/create", _body(instruction)))
        except AirwallexSilent as silent:
            raise _unknown() from silent
        except AirwallexSignedOut as signed_out:
            raise PayoutRejected(
                "The payout vendor does not accept our sign-in.",
                failure=PayoutFailure.VENDOR_UNAVAILABLE,
            ) from signed_out
        except AirwallexBusy as busy:
            raise PayoutRejected(
                "The payout vendor is busy.", failure=PayoutFailure.RATE_LIMITED
            ) from busy
        except AirwallexRefused as refused:
            if "duplicate" in refused.code:
                return self._existing(instruction.attempt_id)
            raise PayoutRejected(
                "The payout vendor refused this payout.", failure=_failure(refused)
            ) from refused

    def find_attempt(self, attempt_id: PayoutAttemptId) -> TransferReport | None:
        try:
            answer = self._client.get("/transfers", request_id=str(attempt_id))
        except (AirwallexSilent, AirwallexBusy, AirwallexRefused) as failure:
            raise _unknown() from failure
        found = [item for item in answer["items"] if item["request_id"] == str(attempt_id)]
        return _report(found[0]) if found else None

    def find(self, reference: str) -> TransferReport:
        try:
            return _report(self._client.get(f"/transfers/{reference}"))
        except AirwallexRefused as refused:
            if refused.status == _NOT_FOUND:
                raise PayoutNotFound("The payout vendor does not know it.") from refused
            raise _unknown() from refused
        except (AirwallexSilent, AirwallexBusy) as failure:
            raise _unknown() from failure

    def available(self, currency: Currency) -> Money:
        try:
            balances = self._client.get_list("/balances/current")
        except (AirwallexSilent, AirwallexBusy, AirwallexRefused) as failure:
            raise _unknown() from failure
        for each in balances:
            if each["currency"] == currency.code:
                return _money(each["available_amount"], currency.code)
        return Money.zero(currency)

    def _existing(self, attempt_id: PayoutAttemptId) -> TransferReport:
        found = self.find_attempt(attempt_id)
        if found is None:
            raise TransferOutcomeUnknown("The vendor knows this payout but does not show it yet.")
        return found


def _unknown() -> TransferOutcomeUnknown:
    return TransferOutcomeUnknown("The payout vendor does not answer just now.")


def _body(instruction: PayoutInstruction) -> dict[str, object]:
    payout_id = to_wire("payout", instruction.payout_id)
    currency = instruction.amount.currency.code
    return {
        "request_id": str(instruction.attempt_id),
        "beneficiary_id": instruction.beneficiary,
        "transfer_amount": str(instruction.amount.major),
        "transfer_currency": currency,
        "source_currency": currency,
        "transfer_method": "LOCAL",
        "fee_paid_by": "PAYER",
        "reason": "professional_business_services",
        "reference": payout_id,
        "metadata": {"payout_id": payout_id},
    }


def _report(transfer: Answer) -> TransferReport:
    status = str(transfer["status"])
    return TransferReport(
        reference=str(transfer["id"]),
        attempt_id=str(transfer["request_id"]),
        # Rejected or blocked approvals, and whatever is new: a person has to act.
        finding=_FINDINGS.get(status, TransferFinding.STUCK),
        amount=_money(transfer["transfer_amount"], transfer["transfer_currency"]),
        fee=_money(
            transfer.get("fee_amount", 0),
            str(transfer.get("fee_currency") or transfer["transfer_currency"]),
        ),
        vendor_status=status,
        failure=_transfer_failure(transfer, status),
        expected_at=datetime.fromisoformat(str(transfer["created_at"])) + LOCAL_ARRIVES_WITHIN,
    )


def _money(amount: Decimal | int | str, currency: str) -> Money:
    return Money.from_major(Decimal(amount), currency)


def _transfer_failure(transfer: Answer, status: str) -> PayoutFailure:
    kind = transfer.get("failure_type")
    # An ordinary failure gives the money back, which is told as reversed too, but names a cause.
    funding = transfer.get("funding") or {}
    if funding.get("status") == "REVERSED" and kind in (None, "OTHER"):
        return PayoutFailure.FUNDING_REVERSED
    if kind is None and status == "CANCELLED":
        return PayoutFailure.CANCELLED_AT_VENDOR
    return _FAILURES.get(str(kind), PayoutFailure.UNRECOGNISED)


def _failure(refused: AirwallexRefused) -> PayoutFailure:
    if refused.code in _REFUSALS:
        return _REFUSALS[refused.code]
    if refused.source.startswith("beneficiary"):
        return PayoutFailure.BANK_DETAILS_WRONG
    return PayoutFailure.UNRECOGNISED
