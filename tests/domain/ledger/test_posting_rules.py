"""
Each fact moves money between the accounts that the chart says, and every rule balances.
"""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import posting_rules
from domain.ledger.chart import (
    KINDS,
    AccountType,
    LedgerAccount,
    Side,
    UnknownLedgerAccount,
    account_of,
    pharmacy_payable,
    tax_payable,
)
from domain.ledger.journal import (
    JournalDraft,
    MalformedEntry,
    Posting,
    Postings,
    Reason,
    key_of,
)
from domain.payments.commission import Split
from domain.payments.refund import Shares
from domain.shared.ids import PharmacyId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, PHYSICIAN, dollars

NSW = Jurisdiction("AU-NSW")
ME = str(PHYSICIAN)


def moves(postings: Postings) -> list[tuple[str, str, int]]:
    short = [(p.debit.code, p.credit.code, p.amount.minor) for p in postings]
    return [(d.replace(ME, "me"), c.replace(ME, "me"), minor) for d, c, minor in short]


def shares(**parts: int) -> Shares:
    names = (
        "patient_funds",
        "commission",
        "platform_fee",
        "tax",
        "pending",
        "available",
        "debt",
        "goodwill",
    )
    return Shares(**{name: Money(parts.get(name, 0), AUD) for name in names})


SPLIT = Split(
    earning=Money(70, AUD),
    commission=Money(15, AUD),
    platform_fee=Money(5, AUD),
    tax=Money(10, AUD),
)
TEN, FEE, NOTHING = Money(10, AUD), Money(2, AUD), Money(0, AUD)
STRIPE, FLOAT = "processor_clearing:stripe", "payout_float:airwallex"
GIVEN_BACK = shares(commission=1, platform_fee=2, tax=3, pending=4, available=5, debt=6, goodwill=7)


def given_back(to: str) -> list[tuple[str, str, int]]:
    return [
        ("revenue:commission", to, 1),
        ("revenue:platform_fee", to, 2),
        ("tax_payable:AU-NSW", to, 3),
        ("wallet_pending:me", to, 4),
        ("wallet_available:me", to, 5),
        ("physician_debt:me", to, 6),
        ("expense:goodwill", to, 7),
    ]


RULES = [
    (posting_rules.payment_captured(TEN), [(STRIPE, "patient_funds", 10)]),
    (
        posting_rules.service_delivered(PHYSICIAN, NSW, SPLIT),
        [
            ("patient_funds", "wallet_pending:me", 70),
            ("patient_funds", "revenue:commission", 15),
            ("patient_funds", "revenue:platform_fee", 5),
            ("patient_funds", "tax_payable:AU-NSW", 10),
        ],
    ),
    (
        posting_rules.earning_matured(PHYSICIAN, TEN),
        [("wallet_pending:me", "wallet_available:me", 10)],
    ),
    (
        posting_rules.hold_placed(PHYSICIAN, TEN),
        [("wallet_available:me", "wallet_held:me", 10)],
    ),
    (
        posting_rules.hold_released(PHYSICIAN, TEN),
        [("wallet_held:me", "wallet_available:me", 10)],
    ),
    (
        posting_rules.payout_requested(PHYSICIAN, TEN),
        [("wallet_available:me", "wallet_held:me", 10)],
    ),
    (
        posting_rules.payout_submitted(PHYSICIAN, TEN),
        [("wallet_held:me", "payouts_in_transit", 10)],
    ),
    (
        posting_rules.payout_paid(TEN, FEE),
        [("payouts_in_transit", FLOAT, 10), ("expense:payout_fees", FLOAT, 2)],
    ),
    (posting_rules.payout_paid(TEN, NOTHING), [("payouts_in_transit", FLOAT, 10)]),
    (
        posting_rules.payout_failed(PHYSICIAN, TEN),
        [("payouts_in_transit", "wallet_available:me", 10)],
    ),
    (
        posting_rules.payout_cancelled(PHYSICIAN, TEN),
        [("wallet_held:me", "wallet_available:me", 10)],
    ),
    (posting_rules.payout_returned(PHYSICIAN, TEN), [(FLOAT, "wallet_available:me", 10)]),
    (posting_rules.refund_before_delivery(TEN), [("patient_funds", STRIPE, 10)]),
    (posting_rules.refund_after_delivery(PHYSICIAN, NSW, GIVEN_BACK), given_back(STRIPE)),
    (
        posting_rules.debt_recovered(PHYSICIAN, TEN),
        [("wallet_available:me", "physician_debt:me", 10)],
    ),
    (
        posting_rules.recovery_returned(PHYSICIAN, TEN),
        [("physician_debt:me", "wallet_available:me", 10)],
    ),
    (
        posting_rules.dispute_opened(TEN, FEE),
        [("disputed_funds", STRIPE, 10), ("expense:disputes", STRIPE, 2)],
    ),
    (posting_rules.dispute_won(TEN), [(STRIPE, "disputed_funds", 10)]),
    (
        posting_rules.dispute_lost_before_delivery(TEN),
        [("patient_funds", "disputed_funds", 10)],
    ),
    (
        posting_rules.dispute_lost_after_delivery(PHYSICIAN, NSW, GIVEN_BACK),
        given_back("disputed_funds"),
    ),
    (
        posting_rules.processor_settled(TEN, FEE),
        [("bank:operating", STRIPE, 10), ("expense:processing", STRIPE, 2)],
    ),
    (posting_rules.float_funded(TEN), [(FLOAT, "bank:operating", 10)]),
    (posting_rules.float_funding_reversed(TEN), [("bank:operating", FLOAT, 10)]),
    (posting_rules.capital_paid_in(TEN), [("bank:operating", "equity:capital", 10)]),
]


@pytest.mark.parametrize(("postings", "expected"), RULES)
def test_a_fact_moves_money_where_the_chart_says(
    postings: Postings, expected: list[tuple[str, str, int]]
) -> None:
    assert moves(postings) == expected


def test_a_reversal_takes_back_every_leg() -> None:
    entry = posting_rules.refund_after_delivery(PHYSICIAN, NSW, GIVEN_BACK)

    undone = posting_rules.reversal(entry)

    assert moves(undone) == [(credit, debit, minor) for debit, credit, minor in moves(entry)]


class TestChart:
    def test_what_we_own_and_spend_grows_on_the_left(self) -> None:
        left = {kind.name for kind in KINDS if kind.type.normal_side is Side.DEBIT}

        assert left == {
            "processor_clearing:stripe",
            "bank:operating",
            "payout_float:airwallex",
            "physician_debt",
            "disputed_funds",
            "expense:processing",
            "expense:payout_fees",
            "expense:disputes",
            "expense:goodwill",
            "expense:exchange_fees",
            "fx_difference",
            "fx_position",
        }

    def test_no_wallet_can_be_overdrawn(self) -> None:
        guarded = {kind.name for kind in KINDS if kind.never_negative}

        assert guarded == {"wallet_pending", "wallet_available", "wallet_held", "physician_debt"}

    def test_accounts_that_everybody_shares_are_spread_out(self) -> None:
        assert all((kind.shards > 1) != (kind.owned or kind.never_negative) for kind in KINDS)

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
    def test_every_code_reads_back_as_its_account(self, kind: object) -> None:
        account = next(
            LedgerAccount(each, "x" if each.owned else None) for each in KINDS if each is kind
        )

        assert account_of(account.code) == account

    def test_owners_are_part_of_the_code(self) -> None:
        pharmacy = pharmacy_payable(PharmacyId(PHYSICIAN))

        assert str(tax_payable(NSW)) == "tax_payable:AU-NSW"
        assert pharmacy.code == f"pharmacy_payable:{ME}"
        assert pharmacy.kind.type is AccountType.LIABILITY

    @pytest.mark.parametrize("code", ["wallet_available", "petty_cash", ""])
    def test_what_is_not_in_the_chart_is_no_account(self, code: str) -> None:
        with pytest.raises(UnknownLedgerAccount):
            account_of(code)

    def test_an_owned_account_needs_its_owner(self) -> None:
        kind = next(kind for kind in KINDS if kind.owned)

        with pytest.raises(UnknownLedgerAccount):
            LedgerAccount(kind)


class TestDraft:
    def draft(self, amount: Money, **changes: str) -> JournalDraft:
        return JournalDraft(
            reason=Reason.PAYMENT_CAPTURED,
            cause=changes.get("cause", "pa_1"),
            fact=changes.get("fact"),
            occurred_at=MONDAY_NOON,
            postings=posting_rules.payment_captured(amount),
        )

    def test_its_key_names_the_fact_and_nothing_else(self) -> None:
        assert self.draft(TEN).idempotency_key == self.draft(FEE).idempotency_key
        assert self.draft(TEN, fact="re_1").idempotency_key == "payment_captured:pa_1:re_1"
        assert key_of(Reason.PAYMENT_CAPTURED, "pa_1") == "payment_captured:pa_1"

    def test_its_fingerprint_changes_with_what_it_says(self) -> None:
        assert self.draft(TEN).fingerprint == self.draft(TEN).fingerprint
        assert self.draft(TEN).fingerprint != self.draft(FEE).fingerprint

    @given(cause=st.text(), resolves=st.none() | st.text(), parts=st.integers(1, 3))
    def test_its_fingerprint_is_that_of_entries_written_long_ago(
        self, cause: str, resolves: str | None, parts: int
    ) -> None:
        draft = JournalDraft(
            reason=Reason.PAYMENT_CAPTURED,
            cause=cause,
            resolves=resolves,
            occurred_at=MONDAY_NOON,
            postings=posting_rules.payment_captured(TEN) * parts,
        )
        moved = [["processor_clearing:stripe", "patient_funds", "AUD", TEN.minor]] * parts
        said = json.dumps(["payment_captured", cause, resolves, moved], separators=(",", ":"))

        assert draft.fingerprint == hashlib.sha256(said.encode()).hexdigest()

    def test_it_says_something(self) -> None:
        with pytest.raises(MalformedEntry):
            self.draft(NOTHING)

    @given(minor=st.integers(max_value=0))
    def test_nothing_is_posted_backwards(self, minor: int) -> None:
        account = account_of("patient_funds")

        with pytest.raises(MalformedEntry):
            Posting(debit=account_of("suspense"), credit=account, amount=Money(minor, AUD))

    def test_money_does_not_move_in_a_circle(self) -> None:
        account = account_of("patient_funds")

        with pytest.raises(MalformedEntry):
            Posting(debit=account, credit=account, amount=dollars(1))
