"""
What a journal promises, in memory and in PostgreSQL.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from application.ledger.ports import EntryNotFound, LedgerUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.chart import (
    PATIENT_FUNDS,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_held,
    wallet_pending,
)
from domain.ledger.journal import (
    InsufficientFunds,
    JournalDraft,
    Postings,
    Reason,
    ResolvesWrongly,
    SameKeyOtherEntry,
    key_of,
)
from domain.shared.ids import JournalEntryId
from domain.shared.money import Currency, Money
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, PHYSICIAN, dollars
from tests.fakes.unit_of_work import FakeUnitOfWork


@pytest.fixture(params=["memory", "postgres"])
def uow(request: pytest.FixtureRequest) -> Iterator[LedgerUnitOfWork]:
    if request.param == "memory":
        yield FakeUnitOfWork()
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    yield unit_of_work(engine, ids=RandomIds())
    engine.dispose()


def draft(
    reason: Reason,
    cause: str,
    postings: Postings,
    *,
    at: datetime = MONDAY_NOON,
    resolves: str | None = None,
) -> JournalDraft:
    return JournalDraft(
        reason=reason, cause=cause, occurred_at=at, postings=postings, resolves=resolves
    )


def post(uow: LedgerUnitOfWork, *args: Any, **kwargs: Any) -> JournalEntryId:
    with uow:
        entry_id = uow.journal.post(draft(*args, **kwargs))
        uow.commit()
    return entry_id


def balance(uow: LedgerUnitOfWork, account: Any, as_of: datetime | None = None) -> Money:
    with uow:
        return uow.journal.balance(account, AUD, as_of=as_of)


def fill_wallet(uow: LedgerUnitOfWork, amount: Money) -> None:
    post(uow, Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(amount))
    debit_funds = posting_rules.reversal(posting_rules.hold_placed(PHYSICIAN, amount))
    earned = tuple(
        type(p)(debit=PATIENT_FUNDS, credit=wallet_available(PHYSICIAN), amount=p.amount)
        for p in debit_funds
    )
    post(uow, Reason.SERVICE_DELIVERED, "co_1", earned)


def test_both_sides_of_a_posting_move(uow: LedgerUnitOfWork) -> None:
    post(uow, Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(100)))

    assert balance(uow, PROCESSOR_CLEARING) == dollars(100)
    assert balance(uow, PATIENT_FUNDS) == dollars(100)


def test_an_account_that_nothing_was_posted_to_holds_nothing(uow: LedgerUnitOfWork) -> None:
    assert balance(uow, wallet_pending(PHYSICIAN)) == dollars(0)


def test_currencies_are_kept_apart(uow: LedgerUnitOfWork) -> None:
    post(uow, Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(100)))
    post(
        uow,
        Reason.PAYMENT_CAPTURED,
        "pa_2",
        posting_rules.payment_captured(Money.of(9000, "JPY")),
    )

    assert balance(uow, PATIENT_FUNDS) == dollars(100)
    with uow:
        assert uow.journal.balance(PATIENT_FUNDS, Currency("JPY")) == Money.of(9000, "JPY")


def test_the_same_fact_again_is_the_first_entry(uow: LedgerUnitOfWork) -> None:
    rule = posting_rules.payment_captured(dollars(100))

    first = post(uow, Reason.PAYMENT_CAPTURED, "pa_1", rule)
    later = post(uow, Reason.PAYMENT_CAPTURED, "pa_1", rule, at=MONDAY_NOON + timedelta(days=1))

    assert first == later
    assert balance(uow, PATIENT_FUNDS) == dollars(100)


def test_the_same_fact_told_differently_is_refused(uow: LedgerUnitOfWork) -> None:
    post(uow, Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(100)))

    with pytest.raises(SameKeyOtherEntry):
        post(uow, Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(99)))

    assert balance(uow, PATIENT_FUNDS) == dollars(100)


def test_a_wallet_never_becomes_negative(uow: LedgerUnitOfWork) -> None:
    fill_wallet(uow, dollars(10))

    with pytest.raises(InsufficientFunds):
        post(
            uow,
            Reason.PAYOUT_REQUESTED,
            "po_1",
            posting_rules.payout_requested(PHYSICIAN, dollars(10, 1)),
        )

    post(
        uow,
        Reason.PAYOUT_REQUESTED,
        "po_2",
        posting_rules.payout_requested(PHYSICIAN, dollars(10)),
    )
    assert balance(uow, wallet_available(PHYSICIAN)) == dollars(0)
    assert balance(uow, wallet_held(PHYSICIAN)) == dollars(10)


def test_nobody_recovers_more_than_the_debt(uow: LedgerUnitOfWork) -> None:
    fill_wallet(uow, dollars(10))

    with pytest.raises(InsufficientFunds):
        post(
            uow, Reason.DEBT_RECOVERED, "lo_1", posting_rules.debt_recovered(PHYSICIAN, dollars(1))
        )

    assert balance(uow, physician_debt(PHYSICIAN)) == dollars(0)


def test_what_is_not_committed_was_never_posted(uow: LedgerUnitOfWork) -> None:
    with uow:
        uow.journal.post(
            draft(Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(100)))
        )

    assert balance(uow, PATIENT_FUNDS) == dollars(0)


def test_a_balance_is_known_as_of_any_past_instant(uow: LedgerUnitOfWork) -> None:
    rule = posting_rules.payment_captured(dollars(100))
    post(uow, Reason.PAYMENT_CAPTURED, "pa_1", rule, at=MONDAY_NOON)
    post(uow, Reason.PAYMENT_CAPTURED, "pa_2", rule, at=MONDAY_NOON + timedelta(days=2))
    back_dated = MONDAY_NOON + timedelta(days=1)
    post(uow, Reason.PAYMENT_CAPTURED, "pa_3", rule, at=back_dated)

    assert balance(uow, PATIENT_FUNDS, MONDAY_NOON - timedelta(seconds=1)) == dollars(0)
    assert balance(uow, PATIENT_FUNDS, MONDAY_NOON) == dollars(100)
    assert balance(uow, PROCESSOR_CLEARING, back_dated) == dollars(200)
    assert balance(uow, PATIENT_FUNDS, MONDAY_NOON + timedelta(days=9)) == dollars(300)


class TestResolves:
    @pytest.fixture(autouse=True)
    def requested(self, uow: LedgerUnitOfWork) -> None:
        fill_wallet(uow, dollars(50))
        post(
            uow,
            Reason.PAYOUT_REQUESTED,
            "po_1",
            posting_rules.payout_requested(PHYSICIAN, dollars(50)),
        )

    def submit(self, uow: LedgerUnitOfWork, amount: Money, resolves: str) -> None:
        rule = posting_rules.payout_submitted(PHYSICIAN, amount)
        post(uow, Reason.PAYOUT_SUBMITTED, "po_1", rule, resolves=resolves)

    def test_takes_up_what_the_other_entry_left(self, uow: LedgerUnitOfWork) -> None:
        self.submit(uow, dollars(50), key_of(Reason.PAYOUT_REQUESTED, "po_1"))

        assert balance(uow, wallet_held(PHYSICIAN)) == dollars(0)

    def test_refuses_another_amount(self, uow: LedgerUnitOfWork) -> None:
        with pytest.raises(ResolvesWrongly):
            self.submit(uow, dollars(49), key_of(Reason.PAYOUT_REQUESTED, "po_1"))

    def test_refuses_what_is_not_there(self, uow: LedgerUnitOfWork) -> None:
        with pytest.raises(ResolvesWrongly):
            self.submit(uow, dollars(50), key_of(Reason.PAYOUT_REQUESTED, "po_9"))

    def test_refuses_another_account(self, uow: LedgerUnitOfWork) -> None:
        with pytest.raises(ResolvesWrongly):
            self.submit(uow, dollars(50), key_of(Reason.SERVICE_DELIVERED, "co_1"))

    def test_happens_once(self, uow: LedgerUnitOfWork) -> None:
        self.submit(uow, dollars(50), key_of(Reason.PAYOUT_REQUESTED, "po_1"))

        with pytest.raises(ResolvesWrongly):
            post(
                uow,
                Reason.PAYOUT_CANCELLED,
                "po_1",
                posting_rules.payout_cancelled(PHYSICIAN, dollars(50)),
                resolves=key_of(Reason.PAYOUT_REQUESTED, "po_1"),
            )


class TestPostMany:
    def captured(self, cause: str, amount: Money) -> JournalDraft:
        return draft(Reason.PAYMENT_CAPTURED, cause, posting_rules.payment_captured(amount))

    def post(self, uow: LedgerUnitOfWork, *drafts: JournalDraft) -> tuple[JournalEntryId, ...]:
        with uow:
            posted = uow.journal.post_many(drafts)
            uow.commit()
        return posted

    def test_writes_entries_of_any_number_of_postings(self, uow: LedgerUnitOfWork) -> None:
        paid = posting_rules.payout_paid(dollars(50), dollars(1))

        posted = self.post(
            uow, self.captured("pa_1", dollars(100)), draft(Reason.PAYOUT_PAID, "po_1", paid)
        )

        assert balance(uow, PROCESSOR_CLEARING) == dollars(100)
        with uow:
            entry = uow.journal.entry("payout_paid:po_1")
            assert (uow.journal.entry("payment_captured:pa_1").id, entry.id) == posted
        assert entry.postings == paid
        assert entry.occurred_at == MONDAY_NOON

    def test_of_nothing_writes_nothing(self, uow: LedgerUnitOfWork) -> None:
        assert self.post(uow) == ()

    def test_facts_that_were_posted_before_are_the_first_entries(
        self, uow: LedgerUnitOfWork
    ) -> None:
        drafts = [self.captured(cause, dollars(10)) for cause in ("pa_1", "pa_2", "pa_1")]
        first = self.post(uow, *drafts)

        again = self.post(uow, *drafts, self.captured("pa_3", dollars(10)))

        assert first[0] == first[2] != first[1]
        assert again[:3] == first
        assert balance(uow, PATIENT_FUNDS) == dollars(30)

    def test_one_fact_told_differently_refuses_all(self, uow: LedgerUnitOfWork) -> None:
        self.post(uow, self.captured("pa_1", dollars(10)))

        with pytest.raises(SameKeyOtherEntry):
            self.post(uow, self.captured("pa_2", dollars(10)), self.captured("pa_1", dollars(11)))

        assert balance(uow, PATIENT_FUNDS) == dollars(10)

    def test_one_fact_told_twice_and_differently_refuses_all(self, uow: LedgerUnitOfWork) -> None:
        with pytest.raises(SameKeyOtherEntry):
            self.post(uow, self.captured("pa_1", dollars(10)), self.captured("pa_1", dollars(11)))

        assert balance(uow, PATIENT_FUNDS) == dollars(0)

    def test_a_wallet_that_would_be_negative_after_all_refuses_all(
        self, uow: LedgerUnitOfWork
    ) -> None:
        fill_wallet(uow, dollars(10))
        requests = [
            draft(
                Reason.PAYOUT_REQUESTED,
                f"po_{number}",
                posting_rules.payout_requested(PHYSICIAN, dollars(6)),
            )
            for number in range(2)
        ]

        with pytest.raises(InsufficientFunds):
            self.post(uow, *requests)
        assert balance(uow, wallet_available(PHYSICIAN)) == dollars(10)

        freed = draft(
            Reason.HOLD_RELEASED, "ho_1", posting_rules.hold_released(PHYSICIAN, dollars(2))
        )
        self.post(uow, *requests, freed)
        assert balance(uow, wallet_available(PHYSICIAN)) == dollars(0)
        assert balance(uow, wallet_held(PHYSICIAN)) == dollars(10)

    def resolving(self, amount: Money) -> list[JournalDraft]:
        requested = draft(
            Reason.PAYOUT_REQUESTED,
            "po_1",
            posting_rules.payout_requested(PHYSICIAN, dollars(10)),
        )
        submitted = draft(
            Reason.PAYOUT_SUBMITTED,
            "po_1",
            posting_rules.payout_submitted(PHYSICIAN, amount),
            resolves=requested.idempotency_key,
        )
        return [requested, submitted]

    def test_an_entry_may_resolve_one_that_stands_before_it(self, uow: LedgerUnitOfWork) -> None:
        fill_wallet(uow, dollars(20))

        self.post(uow, *self.resolving(dollars(10)))

        assert balance(uow, wallet_held(PHYSICIAN)) == dollars(0)

    def test_an_entry_that_is_named_twice_is_resolved_once(self, uow: LedgerUnitOfWork) -> None:
        fill_wallet(uow, dollars(20))
        requested, submitted = self.resolving(dollars(10))

        self.post(uow, requested, requested, submitted)
        self.post(uow, requested, submitted)

        assert balance(uow, wallet_held(PHYSICIAN)) == dollars(0)

    def test_an_entry_cannot_resolve_one_that_comes_after_it(self, uow: LedgerUnitOfWork) -> None:
        fill_wallet(uow, dollars(20))

        with pytest.raises(ResolvesWrongly):
            self.post(uow, *reversed(self.resolving(dollars(10))))

    def test_an_entry_cannot_take_up_something_else_than_was_left(
        self, uow: LedgerUnitOfWork
    ) -> None:
        fill_wallet(uow, dollars(20))

        with pytest.raises(ResolvesWrongly):
            self.post(uow, *self.resolving(dollars(9)))

        assert balance(uow, wallet_available(PHYSICIAN)) == dollars(20)

    def test_an_entry_is_resolved_once(self, uow: LedgerUnitOfWork) -> None:
        fill_wallet(uow, dollars(20))
        requested, submitted = self.resolving(dollars(10))
        self.post(uow, requested, submitted)
        cancelled = draft(
            Reason.PAYOUT_CANCELLED,
            "po_1",
            posting_rules.payout_cancelled(PHYSICIAN, dollars(10)),
            resolves=requested.idempotency_key,
        )

        with pytest.raises(ResolvesWrongly):
            self.post(uow, cancelled)


class TestEntry:
    def test_is_read_as_it_was_written(self, uow: LedgerUnitOfWork) -> None:
        rule = posting_rules.payout_paid(dollars(50), dollars(1))
        post(uow, Reason.PAYOUT_PAID, "po_1", rule)

        with uow:
            entry = uow.journal.entry("payout_paid:po_1")

        assert entry.postings == rule
        assert (entry.reason, entry.cause) == ("payout_paid", "po_1")
        assert entry.occurred_at == MONDAY_NOON

    def test_is_not_found_when_nothing_was_posted(self, uow: LedgerUnitOfWork) -> None:
        with uow, pytest.raises(EntryNotFound):
            uow.journal.entry("payout_paid:po_1")
