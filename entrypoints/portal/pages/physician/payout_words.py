"""
Withdrawals in words: where each one is, what it waits for, and what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from application.payouts.queries import PayoutView
from domain.payouts.failure import ACCOUNT_PAUSED, PayoutFailure, Remedy
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import to_wire
from entrypoints.portal.words import amount, moment

STATUS_WORDS: Mapping[PayoutStatus, tuple[str, str]] = {
    PayoutStatus.AWAITING_APPROVAL: ("Waits for our approval", "wait"),
    PayoutStatus.REQUESTED: ("About to be sent", "wait"),
    PayoutStatus.SENDING: ("Being sent", "wait"),
    PayoutStatus.UNKNOWN: ("Being looked up", "wait"),
    PayoutStatus.SUBMITTED: ("At the banks", "wait"),
    PayoutStatus.PAID: ("Paid", "good"),
    PayoutStatus.FAILED: ("Failed, back in your wallet", "harm"),
    PayoutStatus.CANCELLED: ("Called back", ""),
    PayoutStatus.DECLINED: ("Not approved, back in your wallet", "harm"),
    PayoutStatus.RETURNED: ("Returned, back in your wallet", "harm"),
}
FAILURE_WORDS: Mapping[PayoutFailure, str] = {
    PayoutFailure.VENDOR_UNAVAILABLE: "Our payout partner could not be reached.",
    PayoutFailure.RATE_LIMITED: "Our payout partner was too busy.",
    PayoutFailure.FLOAT_TOO_LOW: "Our balance at the payout partner has to be topped up.",
    PayoutFailure.FUNDING_REVERSED: "A bank took our money back before it could be sent to you.",
    PayoutFailure.BANK_DETAILS_WRONG: "The bank does not know an account with these details.",
    PayoutFailure.BANK_ACCOUNT_CLOSED: "The bank account is closed or takes no payments.",
    PayoutFailure.RETURNED_BY_BANK: "Your bank sent the money back.",
    PayoutFailure.ACCOUNT_RESTRICTED: "Our payout partner has paused your account.",
    PayoutFailure.COMPLIANCE_REVIEW: "Our payout partner checks this payment.",
    PayoutFailure.LIMIT_EXCEEDED: "Our payout partner does not send this amount.",
    PayoutFailure.CURRENCY_UNSUPPORTED: "Our payout partner does not send this currency.",
    PayoutFailure.CANCELLED_AT_VENDOR: "It was stopped at our payout partner.",
    PayoutFailure.UNRECOGNISED: "Our payout partner refused without a reason that we know.",
}
WAITING_WORDS: Mapping[Remedy, str] = {
    Remedy.RETRY_LATER: "We try again by ourselves; you need not do anything.",
    Remedy.NEEDS_FLOAT: "That is our turn. It goes on by itself; you need not do anything.",
    Remedy.NEEDS_PHYSICIAN: "Correct your bank details, then withdraw again.",
    Remedy.NEEDS_REVIEW: "A person of ours looks into it; you need not do anything.",
    Remedy.FINAL: "It cannot be paid this way. Write to us, and we find another one.",
}
ENDED_WORDS: Mapping[Remedy, str] = {
    **WAITING_WORDS,
    Remedy.RETRY_LATER: "The money is in your wallet. You can withdraw it again now.",
    Remedy.NEEDS_FLOAT: "That was our fault, not yours. You can withdraw it again.",
    Remedy.NEEDS_REVIEW: "We look into why. The money is safe in your wallet meanwhile.",
}
_NOTHING = "You need not do anything."
_AFTER_THE_PAUSE = "It goes on by itself when the pause ends. See your payout account."
_BACK = (PayoutStatus.FAILED, PayoutStatus.RETURNED)
_NOT_SENT = (PayoutStatus.AWAITING_APPROVAL, PayoutStatus.REQUESTED)


@dataclass(frozen=True)
class Withdrawal:
    """
    A payout.

    Args:
        asked: When, and by whom if it was not the physician.
        detail: What happened, or when something will.
        to_do: What the reader can do, or that they need not do anything.
        mend: Whether that is to correct bank details.
    """

    key: str
    asked: str
    sum: str
    words: str
    tone: str
    detail: str
    to_do: str
    mend: bool
    needs_approval: bool
    may_cancel: bool


def withdrawal(one: PayoutView, zone: str) -> Withdrawal:
    """A payout, for its owner to read."""
    words, tone = STATUS_WORDS[one.status]
    detail, to_do = _story(one, zone)
    by_schedule = " by your schedule" if one.scheduled else ""
    mends = one.failure is not None and one.failure.remedy is Remedy.NEEDS_PHYSICIAN
    return Withdrawal(
        key=to_wire("payout", one.payout_id),
        asked=f"Asked for{by_schedule} {moment(one.requested_at, zone)}",
        sum=amount(one.amount),
        words=words,
        tone=tone,
        detail=detail,
        to_do=to_do,
        mend=mends and one.status in _BACK,
        needs_approval=one.status is PayoutStatus.AWAITING_APPROVAL,
        may_cancel=one.status in _NOT_SENT,
    )


def _story(one: PayoutView, zone: str) -> tuple[str, str]:
    """What happened or will happen, and what there is to do."""
    if one.status is PayoutStatus.DECLINED:
        return f"We said: {one.declined_because}", "Write to us if you do not agree."
    if one.status in _BACK and one.failure is not None:
        return FAILURE_WORDS[one.failure], ENDED_WORDS[one.failure.remedy]
    if one.status is PayoutStatus.PAID and one.ended_at is not None:
        return f"At your bank since {moment(one.ended_at, zone)}.", ""
    return _what_it_waits_for(one, zone)


def _what_it_waits_for(one: PayoutView, zone: str) -> tuple[str, str]:
    if one.review is not None and one.review.startswith(ACCOUNT_PAUSED):
        return FAILURE_WORDS[PayoutFailure.ACCOUNT_RESTRICTED], _AFTER_THE_PAUSE
    if one.review is not None:
        return "A person of ours looks into it before it goes on.", _NOTHING
    if one.status is PayoutStatus.AWAITING_APPROVAL:
        agreed = " One has agreed." if one.signatures_missing == 1 else ""
        return (
            f"Two people of ours check a withdrawal of this size.{agreed}",
            f"{_NOTHING} Until then you can call it back.",
        )
    if one.status is PayoutStatus.REQUESTED and one.failure is not None:
        if one.failure.remedy is Remedy.NEEDS_FLOAT and one.expected_at is not None:
            at_bank = f"Expected at your bank by {moment(one.expected_at, zone)}."
            return FAILURE_WORDS[one.failure], f"It goes on by itself. {at_bank}"
        again = f" Next try: {moment(one.retry_at, zone)}." if one.retry_at is not None else ""
        return FAILURE_WORDS[one.failure], WAITING_WORDS[one.failure.remedy] + again
    if one.status is PayoutStatus.UNKNOWN:
        return "Our payout partner did not answer. We ask first whether it has this.", _NOTHING
    if one.status is PayoutStatus.SUBMITTED and one.expected_at is not None:
        return f"Expected by {moment(one.expected_at, zone)}.", ""
    return "", ""
