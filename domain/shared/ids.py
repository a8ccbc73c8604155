"""
Every identifier in the platform, and how it is written outside.

Identifiers are UUIDv7, made in the application through the `Ids` port. On the wire
they carry a prefix and are written in Crockford's base 32, as TypeID does
(https://github.com/jetify-com/typeid/tree/main/spec): `po_01j9…`.
"""

from typing import NewType
from uuid import UUID

from domain.shared.errors import InvalidInput

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
MachineClientId = NewType("MachineClientId", UUID)
PatientId = NewType("PatientId", UUID)
ConsentId = NewType("ConsentId", UUID)
PhysicianId = NewType("PhysicianId", UUID)
LicenceId = NewType("LicenceId", UUID)
ContractId = NewType("ContractId", UUID)
ServiceId = NewType("ServiceId", UUID)
QuestionnaireId = NewType("QuestionnaireId", UUID)
SlotId = NewType("SlotId", UUID)
AppointmentId = NewType("AppointmentId", UUID)
ConsultationId = NewType("ConsultationId", UUID)
MessageId = NewType("MessageId", UUID)
DocumentId = NewType("DocumentId", UUID)
FollowUpId = NewType("FollowUpId", UUID)
PrescriptionId = NewType("PrescriptionId", UUID)
OrderId = NewType("OrderId", UUID)
PharmacyId = NewType("PharmacyId", UUID)
PaymentId = NewType("PaymentId", UUID)
RefundId = NewType("RefundId", UUID)
RefundQuoteId = NewType("RefundQuoteId", UUID)
DisputeId = NewType("DisputeId", UUID)
CommissionPlanId = NewType("CommissionPlanId", UUID)
JournalEntryId = NewType("JournalEntryId", UUID)
LotId = NewType("LotId", UUID)
HoldId = NewType("HoldId", UUID)
PayoutId = NewType("PayoutId", UUID)
PayoutAttemptId = NewType("PayoutAttemptId", UUID)
PayoutAccountId = NewType("PayoutAccountId", UUID)
BankLinkId = NewType("BankLinkId", UUID)
FundingRequestId = NewType("FundingRequestId", UUID)
FloatFundingId = NewType("FloatFundingId", UUID)
PayoutScheduleId = NewType("PayoutScheduleId", UUID)
NotificationId = NewType("NotificationId", UUID)
EventId = NewType("EventId", UUID)
WebhookId = NewType("WebhookId", UUID)
AuditEntryId = NewType("AuditEntryId", UUID)
BreakId = NewType("BreakId", UUID)
ReconciliationMatchId = NewType("ReconciliationMatchId", UUID)
AccountingPeriodId = NewType("AccountingPeriodId", UUID)

WIRE_PREFIXES: dict[str, str] = {
    "user": "us",
    "session": "se",
    "machine_client": "mc",
    "patient": "pt",
    "consent": "cs",
    "physician": "ph",
    "licence": "li",
    "contract": "ct",
    "service": "sv",
    "questionnaire": "qn",
    "slot": "sl",
    "appointment": "ap",
    "consultation": "co",
    "message": "ms",
    "document": "do",
    "follow_up": "fu",
    "prescription": "rx",
    "order": "or",
    "pharmacy": "pm",
    "payment": "pa",
    "refund": "re",
    "refund_quote": "rq",
    "dispute": "di",
    "commission_plan": "cp",
    "journal_entry": "je",
    "lot": "lo",
    "hold": "ho",
    "payout": "po",
    "payout_account": "pc",
    "funding_request": "fr",
    "float_funding": "ff",
    "payout_schedule": "ps",
    "notification": "no",
    "event": "ev",
    "webhook": "wh",
    "audit_entry": "au",
    "break": "bk",
    "reconciliation_match": "rm",
    "accounting_period": "pd",
}

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PLACES = range(5 * _LENGTH - 10, -1, -10)


class MalformedIdentifier(InvalidInput):
    """The text is not an identifier of the kind that was asked for."""


def to_wire(kind: str, value: UUID) -> str:
    """
    Write an identifier for the outside, e.g. `to_wire("payout", id)` -> `po_01j9…`.
    """
    number = value.int
    digits = [_PAIRS[(number >> place) & 1023] for place in _PLACES]
    return f"{WIRE_PREFIXES[kind]}_{''.join(digits)}"


def from_wire(kind: str, text: str) -> UUID:
    """
    Read an identifier from the outside.

    Raises:
        MalformedIdentifier: Another kind's prefix, or not an identifier at all.
    """
    prefix, _, digits = text.partition("_")
    expected = WIRE_PREFIXES[kind]
    if prefix != expected or len(digits) != _LENGTH or digits[0] > "7":
        raise MalformedIdentifier(f"Expected an identifier that starts with {expected}_.")
    number = 0
    for digit in digits:
        place = _ALPHABET.find(digit)
        if place < 0:
            raise MalformedIdentifier(f"{digit!r} does not occur in an identifier.")
        number = number << 5 | place
    return UUID(int=number)
