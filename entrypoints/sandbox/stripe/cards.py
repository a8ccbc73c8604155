"""
Test cards and what becomes of a payment with each (docs.stripe.com/testing).
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class Behaviour(StrEnum):
    """
    What happens when a card is charged.
    """

    OK = "ok"
    AUTHENTICATE = "authenticate"
    AUTHENTICATE_THEN_DECLINE = "authenticate_then_decline"
    DISPUTE = "dispute"
    INQUIRY = "inquiry"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILS = "refund_fails"
    AVAILABLE_AT_ONCE = "available_at_once"
    DECLINE = "decline"


@frozen
class TestCard:
    """
    ``decline`` is (error code, decline code, message), for cards that are declined.
    """

    __test__ = False

    number: str
    behaviour: Behaviour = Behaviour.OK
    brand: str = "visa"
    decline: tuple[str, str | None, str] | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]


DECLINES: dict[str, tuple[str, str | None, str]] = {
    "generic_decline": ("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    "lost_card": ("card_declined", "lost_card", "Your card was declined."),
    "stolen_card": ("card_declined", "stolen_card", "Your card was declined."),
    "fraudulent": ("card_declined", "fraudulent", "Your card was declined."),
    "expired_card": ("expired_card", None, "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", None, "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


def _declined(number: str, why: str) -> TestCard:
    return TestCard(number, Behaviour.DECLINE, decline=DECLINES[why])


_NAMED: dict[str, TestCard] = {
    "visa": TestCard("4242424242424242"),
    "visa_debit": TestCard("4000056655665556"),
    "mastercard": TestCard("5555555555554444", brand="mastercard"),
    "amex": TestCard("378282246310005", brand="amex"),
    "discover": TestCard("6011111111111117", brand="discover"),
    "us": TestCard("4242424242424242"),
    "chargeDeclined": _declined("4000000000000002", "generic_decline"),
    "visa_chargeDeclined": _declined("4000000000000002", "generic_decline"),
    "visa_chargeDeclinedInsufficientFunds": _declined("4000000000009995", "insufficient_funds"),
    "visa_chargeDeclinedLostCard": _declined("4000000000009987", "lost_card"),
    "visa_chargeDeclinedStolenCard": _declined("4000000000009979", "stolen_card"),
    "visa_chargeDeclinedFraudulent": _declined("4100000000000019", "fraudulent"),
    "chargeDeclinedExpiredCard": _declined("4000000000000069", "expired_card"),
    "chargeDeclinedIncorrectCvc": _declined("4000000000000127", "incorrect_cvc"),
    "chargeDeclinedProcessingError": _declined("4000000000000119", "processing_error"),
    "chargeCustomerFail": _declined("4000000000000341", "generic_decline"),
    "authenticationRequired": TestCard("4000002760003184", Behaviour.AUTHENTICATE),
    "authenticationRequiredOnSetup": TestCard("4000002500003155", Behaviour.AUTHENTICATE),
    "authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        "4000008260003178",
        Behaviour.AUTHENTICATE_THEN_DECLINE,
        decline=DECLINES["insufficient_funds"],
    ),
    "threeDSecure2Required": TestCard("4000000000003220", Behaviour.AUTHENTICATE),
    "threeDSecureRequiredChargeDeclined": TestCard(
        "4000008400001629",
        Behaviour.AUTHENTICATE_THEN_DECLINE,
        decline=DECLINES["generic_decline"],
    ),
    "createDispute": TestCard("4000000000000259", Behaviour.DISPUTE),
    "createDisputeInquiry": TestCard("4000000000001976", Behaviour.INQUIRY),
    "pendingRefund": TestCard("4000000000007726", Behaviour.REFUND_PENDING),
    "refundFail": TestCard("4000000000005126", Behaviour.REFUND_FAILS),
    "bypassPending": TestCard("4000000000000077", Behaviour.AVAILABLE_AT_ONCE),
}
BY_METHOD = {f"pm_card_{name}": card for name, card in _NAMED.items()}
BY_TOKEN = {f"tok_{name}": card for name, card in _NAMED.items()}
BY_NUMBER = {card.number: card for card in _NAMED.values()}


def luhn_valid(number: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(number)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def by_number(number: str) -> TestCard | None:
    """
    The test card of a number; any other number that passes the check digit is refused as unknown.
    """
    return BY_NUMBER.get(number.replace(" ", ""))
