"""
Every failure says what can be done about it and whose turn it is.
"""

import pytest

from domain.payouts.failure import PayoutFailure, Remedy, WhoActs, repeats
from domain.payouts.payout_account import BankDetails, MalformedBankDetails
from domain.shared.money import Currency

CLOSED, WRONG = PayoutFailure.BANK_ACCOUNT_CLOSED, PayoutFailure.BANK_DETAILS_WRONG


@pytest.mark.parametrize("failure", list(PayoutFailure))
def test_no_failure_is_without_a_remedy(failure: PayoutFailure) -> None:
    assert failure.remedy in Remedy
    assert failure.who_acts in WhoActs


@pytest.mark.parametrize(
    ("failure", "who"),
    [
        (CLOSED, WhoActs.PHYSICIAN),
        (PayoutFailure.FLOAT_TOO_LOW, WhoActs.PLATFORM),
        (PayoutFailure.RATE_LIMITED, WhoActs.NOBODY),
        (PayoutFailure.UNRECOGNISED, WhoActs.PLATFORM),
    ],
)
def test_whose_turn_it_is(failure: PayoutFailure, who: WhoActs) -> None:
    assert failure.who_acts is who


@pytest.mark.parametrize(
    ("failures", "broken"),
    [
        ([CLOSED] * 3, True),
        ([CLOSED] * 2, False),
        ([CLOSED, WRONG, CLOSED], False),
        ([CLOSED] * 3 + [WRONG], True),
        ([WRONG] + [CLOSED] * 3, False),
        ([], False),
    ],
)
def test_the_loop_breaks_after_three_equal_failures_in_a_row(
    failures: list[PayoutFailure],
    broken: bool,  # noqa: FBT001 - the example's outcome
) -> None:
    assert repeats(failures, limit=3) is broken


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "Australia"},
        {"account_number": "12"},
        {"account_number": "12 34 56"},
        {"account_name": " "},
        {"routing_value": ""},
    ],
)
def test_bank_details_that_no_money_could_be_sent_to_are_refused(changes: dict[str, str]) -> None:
    details = {
        "country": "AU",
        "account_name": "Ada",
        "account_number": "12345678",
        "routing_type": "bsb",
        "routing_value": "062000",
        **changes,
    }

    with pytest.raises(MalformedBankDetails):
        BankDetails(currency=Currency("AUD"), **details)
