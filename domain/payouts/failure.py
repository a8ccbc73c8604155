"""
Why a payout did not arrive, and who has to act on it.
"""

from collections.abc import Sequence
from enum import StrEnum

from domain.shared.errors import Conflict

EQUAL_FAILURES = 3
"""After so many equal failures nothing is tried again by itself."""


ACCOUNT_PAUSED = "account_"
"""How a review is called that ends by itself when the vendor clears the physician again."""


class PayoutsPaused(Conflict):
    """The last payouts failed alike; something has to change first."""


class WhoActs(StrEnum):
    """Whose turn it is."""

    NOBODY = "nobody"  # time alone moves it on
    PHYSICIAN = "physician"
    PLATFORM = "platform"
    VENDOR = "vendor"


class Remedy(StrEnum):
    """What can be done about a failure."""

    RETRY_LATER = "retry_later"  # the same instruction may succeed later
    NEEDS_PHYSICIAN = "needs_physician"  # bank details have to be corrected
    NEEDS_FLOAT = "needs_float"  # our balance at the vendor has to be topped up
    NEEDS_REVIEW = "needs_review"  # a person of ours has to look
    FINAL = "final"  # it cannot be paid this way at all


class PayoutFailure(StrEnum):
    """A reason, in our words; adapters translate the vendor's."""

    VENDOR_UNAVAILABLE = "vendor_unavailable"
    RATE_LIMITED = "rate_limited"
    FLOAT_TOO_LOW = "float_too_low"
    FUNDING_REVERSED = "funding_reversed"  # our money came and was taken back under way
    BANK_DETAILS_WRONG = "bank_details_wrong"
    BANK_ACCOUNT_CLOSED = "bank_account_closed"
    RETURNED_BY_BANK = "returned_by_bank"
    ACCOUNT_RESTRICTED = "account_restricted"
    COMPLIANCE_REVIEW = "compliance_review"
    LIMIT_EXCEEDED = "limit_exceeded"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    CANCELLED_AT_VENDOR = "cancelled_at_vendor"
    UNRECOGNISED = "unrecognised"

    @property
    def remedy(self) -> Remedy:
        """What can be done about it."""
        return _REMEDIES[self]

    @property
    def who_acts(self) -> WhoActs:
        """Whose turn it is."""
        return _ACTORS[self.remedy]


_REMEDIES = {
    PayoutFailure.VENDOR_UNAVAILABLE: Remedy.RETRY_LATER,
    PayoutFailure.RATE_LIMITED: Remedy.RETRY_LATER,
    PayoutFailure.FLOAT_TOO_LOW: Remedy.NEEDS_FLOAT,
    PayoutFailure.FUNDING_REVERSED: Remedy.NEEDS_FLOAT,
    PayoutFailure.BANK_DETAILS_WRONG: Remedy.NEEDS_PHYSICIAN,
    PayoutFailure.BANK_ACCOUNT_CLOSED: Remedy.NEEDS_PHYSICIAN,
    PayoutFailure.RETURNED_BY_BANK: Remedy.NEEDS_PHYSICIAN,
    PayoutFailure.ACCOUNT_RESTRICTED: Remedy.NEEDS_REVIEW,
    PayoutFailure.COMPLIANCE_REVIEW: Remedy.NEEDS_REVIEW,
    PayoutFailure.LIMIT_EXCEEDED: Remedy.NEEDS_REVIEW,
    PayoutFailure.CURRENCY_UNSUPPORTED: Remedy.FINAL,
    PayoutFailure.CANCELLED_AT_VENDOR: Remedy.NEEDS_REVIEW,
    PayoutFailure.UNRECOGNISED: Remedy.NEEDS_REVIEW,
}

_ACTORS = {
    Remedy.RETRY_LATER: WhoActs.NOBODY,
    Remedy.NEEDS_PHYSICIAN: WhoActs.PHYSICIAN,
    Remedy.NEEDS_FLOAT: WhoActs.PLATFORM,
    Remedy.NEEDS_REVIEW: WhoActs.PLATFORM,
    Remedy.FINAL: WhoActs.PLATFORM,
}


def repeats(failures: Sequence[PayoutFailure], *, limit: int) -> bool:
    """
    Whether the latest failures, newest first, are `limit` times the same one.
    """
    latest = failures[:limit]
    return len(latest) == limit and len(set(latest)) == 1


def check_not_paused(recent_failures: Sequence[PayoutFailure]) -> None:
    """
    Break the loop of asking for what keeps failing.

    Args:
        recent_failures: Of the payouts since the last one that was paid, or since the bank
            details changed, newest first.

    Raises:
        PayoutsPaused: The last three failed for the same reason.
    """
    theirs = [each for each in recent_failures if each.remedy is not Remedy.NEEDS_FLOAT]
    if repeats(theirs, limit=EQUAL_FAILURES):
        raise PayoutsPaused(
            "Your last payouts failed for the same reason. Correct your bank details first."
        )
