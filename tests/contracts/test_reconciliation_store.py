"""
What the store of reconciliation promises, in memory and in PostgreSQL.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import evolve

from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from application.reconciliation.ports import (
    AlreadyMatched,
    ItemNotFound,
    MatchNotFound,
    ReconciliationUnitOfWork,
    StoredMatch,
)
from domain.ledger import posting_rules
from domain.ledger.chart import PATIENT_FUNDS, PLATFORM_FEE
from domain.ledger.journal import JournalDraft, Posting, Reason
from domain.payments.payment import Payment
from domain.reconciliation.breaks import Break, BreakNotFound, BreakStatus
from domain.reconciliation.findings import BreakKind, Finding
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.matching import Match, Rule
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import (
    BreakId,
    ConsultationId,
    JournalEntryId,
    PatientId,
    PaymentId,
    ReconciliationMatchId,
    UserId,
    to_wire,
)
from domain.shared.money import Money
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.reconciliation import aud, ours, theirs
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import dollars
from tests.fakes.unit_of_work import FakeUnitOfWork

MONDAY = MONDAY_NOON.date()
DAY = timedelta(days=1)
ANNA, BEN = UserId(UUID(int=1)), UserId(UUID(int=2))
FEE = {"kind": ItemKind.FEE}


@pytest.fixture(params=["memory", "postgres"])
def uow(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield FakeUnitOfWork()
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    yield unit_of_work(engine, ids=RandomIds())
    engine.dispose()


def store(uow: ReconciliationUnitOfWork, *items: Item, on: date = MONDAY) -> None:
    with uow:
        uow.reconciled_items.add_new(dict.fromkeys(items, on))
        uow.commit()


def make_match(uow: ReconciliationUnitOfWork, *items: Item) -> ReconciliationMatchId:
    match_id = ReconciliationMatchId(uuid4())
    with uow:
        uow.reconciliation_matches.add(
            StoredMatch(
                id=match_id,
                match=Match(rule=Rule.HAND, items=items, explanation="they are alike"),
                made_at=MONDAY_NOON,
                made_by="us_1",
            )
        )
        uow.commit()
    return match_id


def pair(name: str = "1") -> tuple[Item, Item]:
    """Two of theirs that offset each other: ours would need an entry behind it."""
    return theirs(f"a{name}", aud(100), f"r{name}"), theirs(f"b{name}", aud(-100), f"r{name}")


def keys(items: Any) -> set[str]:
    return {item.external_id for item in items}


class TestItems:
    def test_come_back_as_they_were_told(self, uow: ReconciliationUnitOfWork) -> None:
        told = theirs("t1", aud(100), "pi_1", "ch_1", converted_from=Money.of(60, "EUR"))
        store(uow, told)

        with uow:
            assert uow.reconciled_items.get([told.key]) == (told,)

    def test_are_stored_once(self, uow: ReconciliationUnitOfWork) -> None:
        one = theirs("t1", aud(100))
        store(uow, one)

        with uow:
            added = uow.reconciled_items.add_new({one: MONDAY, theirs("t2", aud(5)): MONDAY})

        assert keys(added.new) == {"t2"}
        assert added.changed == ()

    def test_that_are_told_differently_are_said_to(self, uow: ReconciliationUnitOfWork) -> None:
        store(uow, theirs("t1", aud(100)))
        other = theirs("t1", aud(90))

        with uow:
            added = uow.reconciled_items.add_new({other: MONDAY})

            assert (added.new, added.changed) == ((), (other,))
            assert uow.reconciled_items.unmatched()[0].amount == aud(100)

    def test_of_two_sources_may_have_one_name(self, uow: ReconciliationUnitOfWork) -> None:
        store(uow, theirs("1", aud(100)), theirs("1", aud(7), source=Source.BANK))

        with uow:
            assert len(uow.reconciled_items.unmatched()) == 2

    def test_that_do_not_exist_are_not_found(self, uow: ReconciliationUnitOfWork) -> None:
        with uow, pytest.raises(ItemNotFound):
            uow.reconciled_items.get(["theirs:bank:x"])

    def test_know_the_settlement_they_are_part_of(self, uow: ReconciliationUnitOfWork) -> None:
        fee = theirs("t1:fee", aud(-3), **FEE)
        store(uow, fee, theirs("t2:fee", aud(-3), **FEE))
        for _ in range(2):
            with uow:
                uow.feeds.note_batches(Source.PROCESSOR, {"po_1": frozenset({"t1:fee"})})
                uow.commit()

        with uow:
            (member,) = uow.reconciled_items.of_batches(["po_1"])
            batches = {each.external_id: each.batch for each in uow.reconciled_items.unmatched()}

        assert member == evolve(fee, batch="po_1")
        assert batches == {"t1:fee": "po_1", "t2:fee": None}

    def test_of_a_settlement_add_up_or_are_told(self, uow: ReconciliationUnitOfWork) -> None:
        settled = {"kind": ItemKind.SETTLEMENT}
        store(
            uow,
            theirs("t1", aud(100)),
            theirs("t9", aud(-100), **settled),
            theirs("t2", aud(100)),
            theirs("t8", aud(-99), **settled),
        )
        with uow:
            uow.feeds.note_batches(
                Source.PROCESSOR,
                {"po_1": frozenset({"t1", "t9"}), "po_2": frozenset({"t2", "t8"})},
            )
            uow.commit()

        with uow:
            assert uow.reconciled_items.batches_that_do_not_add_up() == ("po_2",)

    def test_between_sources_are_found_since_a_day(self, uow: ReconciliationUnitOfWork) -> None:
        settled = {"kind": ItemKind.SETTLEMENT}
        store(
            uow,
            theirs("old", aud(-1), at=MONDAY_NOON - DAY, **settled),
            theirs("new", aud(-1), **settled),
            theirs("other", aud(1)),
        )

        with uow:
            assert keys(uow.reconciled_items.crossing(since=MONDAY_NOON)) == {"new"}

    def test_remember_the_day_they_count_on(self, uow: ReconciliationUnitOfWork) -> None:
        one = theirs("t1", aud(100))
        store(uow, one, on=MONDAY + DAY)

        with uow:
            assert uow.reconciled_items.counted_on([one.key]) == (MONDAY + DAY,)


class TestMatches:
    def test_take_their_items_out_of_the_unmatched(self, uow: ReconciliationUnitOfWork) -> None:
        store(uow, *pair(), theirs("c", aud(1), "r1"))
        make_match(uow, *pair())

        with uow:
            assert keys(uow.reconciled_items.unmatched()) == {"c"}
            assert keys(uow.reconciled_items.matched_as(frozenset({"r1"}))) == {"a1", "b1"}
            assert uow.reconciled_items.matched_as(frozenset({"r2"})) == ()
            assert uow.reconciled_items.matched_as(frozenset()) == ()

    def test_come_back_as_they_were_made(self, uow: ReconciliationUnitOfWork) -> None:
        store(uow, *pair())
        match_id = make_match(uow, *pair())

        with uow:
            stored = uow.reconciliation_matches.get(match_id)

        assert keys(stored.match.items) == {"a1", "b1"}
        assert (stored.match.rule, stored.match.explanation) == (Rule.HAND, "they are alike")
        assert (stored.made_by, stored.is_undone) == ("us_1", False)

    def test_have_an_item_only_once(self, uow: ReconciliationUnitOfWork) -> None:
        one, two = pair()
        third = theirs("c", aud(-100))
        store(uow, one, two, third)
        make_match(uow, one, two)

        with pytest.raises(AlreadyMatched):
            make_match(uow, one, third)

        with uow:
            assert keys(uow.reconciled_items.unmatched()) == {"c"}

    def test_that_are_undone_set_items_free_and_are_remembered(
        self, uow: ReconciliationUnitOfWork
    ) -> None:
        store(uow, *pair(), *pair("2"))
        match_id = make_match(uow, *pair())
        make_match(uow, *pair("2"))
        with uow:
            uow.reconciliation_matches.undo(match_id, now=MONDAY_NOON)
            uow.commit()
        apart = frozenset(item.key for item in pair())

        with uow:
            assert uow.reconciliation_matches.get(match_id).is_undone
            assert keys(uow.reconciled_items.unmatched()) == {"a1", "b1"}
            assert uow.reconciliation_matches.undone([pair()[0].key]) == {apart}
            assert uow.reconciliation_matches.undone([pair("2")[0].key]) == frozenset()
        make_match(uow, *pair())

    def test_that_do_not_exist_are_not_found(self, uow: ReconciliationUnitOfWork) -> None:
        with uow, pytest.raises(MatchNotFound):
            uow.reconciliation_matches.get(ReconciliationMatchId(uuid4()))


class TestBookEntries:
    def post(self, uow: ReconciliationUnitOfWork, cause: str) -> JournalEntryId:
        with uow:
            entry_id = uow.journal.post(
                JournalDraft(
                    reason=Reason.PAYMENT_CAPTURED,
                    cause=cause,
                    occurred_at=MONDAY_NOON,
                    postings=posting_rules.payment_captured(dollars(100)),
                )
            )
            uow.commit()
        return entry_id

    def test_are_told_until_they_are_noted(self, uow: ReconciliationUnitOfWork) -> None:
        entry_id = self.post(uow, "pa_x")
        with uow:
            (entry,) = uow.book_entries.untold()
            uow.book_entries.note_told([entry_id])
            uow.commit()

        with uow:
            assert uow.book_entries.untold() == ()
        assert (entry.id, entry.reason, entry.occurred_at) == (
            entry_id,
            "payment_captured",
            MONDAY_NOON,
        )
        assert entry.postings == posting_rules.payment_captured(dollars(100))
        assert entry.references == {"pa_x"}

    def test_that_move_nothing_of_others_are_left_out(self, uow: ReconciliationUnitOfWork) -> None:
        self.post(uow, "pa_x")
        with uow:
            uow.journal.post(
                JournalDraft(
                    reason=Reason.SERVICE_DELIVERED,
                    cause="co_x",
                    occurred_at=MONDAY_NOON,
                    postings=(
                        Posting(debit=PATIENT_FUNDS, credit=PLATFORM_FEE, amount=dollars(5)),
                    ),
                )
            )
            uow.commit()

        with uow:
            assert [entry.reason for entry in uow.book_entries.untold()] == ["payment_captured"]

    def test_know_what_the_processor_calls_their_cause(self, uow: Any) -> None:
        payment_id = PaymentId(uuid4())
        payment = Payment.start(
            id=payment_id,
            consultation_id=ConsultationId(uuid4()),
            patient_id=PatientId(uuid4()),
            amount=dollars(100),
            now=MONDAY_NOON,
        )
        payment.link("pi_77")
        with uow:
            uow.payments.add(payment)
            uow.commit()
        self.post(uow, to_wire("payment", payment_id))

        with uow:
            (entry,) = uow.book_entries.untold()

        assert entry.references == {to_wire("payment", payment_id), "pi_77"}


class TestBreaks:
    def make(self, uow: ReconciliationUnitOfWork, name: str = "t1") -> Break:
        found = Break.find(
            id=BreakId(uuid4()),
            finding=Finding(
                kind=BreakKind.FEE_DIFFERS, items=(theirs(name, aud(-300)),), reason="told"
            ),
            now=MONDAY_NOON,
        )
        with uow:
            uow.breaks.add(found)
            uow.commit()
        return found

    def test_come_back_as_they_were_found(self, uow: ReconciliationUnitOfWork) -> None:
        found = self.make(uow)

        with uow:
            again = uow.breaks.get(found.id)

        assert (again.subject, again.kind, again.reason) == (
            "theirs:processor:t1",
            BreakKind.FEE_DIFFERS,
            "told",
        )
        assert (again.items, again.differences) == (found.items, found.differences)
        assert again.is_unanswered

    def test_keep_a_proposal_and_its_postings(self, uow: ReconciliationUnitOfWork) -> None:
        found = self.make(uow)
        with uow:
            open_one = uow.breaks.get(found.id)
            open_one.propose(RepairRule.FEE, note="as billed", by=ANNA, now=MONDAY_NOON)
            uow.breaks.save(open_one)
            uow.commit()

        with uow:
            proposed = uow.breaks.get(found.id)

        assert proposed.status is BreakStatus.PROPOSED
        assert proposed.proposal == open_one.proposal
        assert proposed.approve(by=BEN) == open_one.proposal

    def test_that_were_changed_and_not_saved_are_as_before(
        self, uow: ReconciliationUnitOfWork
    ) -> None:
        found = self.make(uow)
        with uow:
            uow.breaks.get(found.id).heal(now=MONDAY_NOON)
            uow.commit()

        with uow:
            assert uow.breaks.get(found.id).is_unanswered

    def test_are_found_by_item_or_subject_when_answered(
        self, uow: ReconciliationUnitOfWork
    ) -> None:
        found = self.make(uow)
        self.make(uow, "t2")
        with uow:
            healed = uow.breaks.get(found.id)
            healed.heal(now=MONDAY_NOON)
            uow.breaks.save(healed)
            uow.commit()
        key = frozenset({"theirs:processor:t1"})

        with uow:
            by_item = uow.breaks.about(items=key, subjects=frozenset())
            by_subject = uow.breaks.about(items=frozenset(), subjects=key)
            others = uow.breaks.about(items=frozenset({"x"}), subjects=frozenset({"x"}))
            unanswered = uow.breaks.unanswered()

        assert [each.id for each in by_item] == [each.id for each in by_subject] == [found.id]
        assert others == ()
        assert [each.subject for each in unanswered] == ["theirs:processor:t2"]

    def test_that_do_not_exist_are_not_found(self, uow: ReconciliationUnitOfWork) -> None:
        with uow, pytest.raises(BreakNotFound):
            uow.breaks.get(BreakId(uuid4()))


def test_ours_comes_back_with_its_entry(uow: ReconciliationUnitOfWork) -> None:
    with uow:
        entry_id = uow.journal.post(
            JournalDraft(
                reason=Reason.FLOAT_FUNDED,
                cause="x",
                occurred_at=MONDAY_NOON,
                postings=posting_rules.float_funded(dollars(1)),
            )
        )
        line = ours("e1", aud(100), "x", entry_id=entry_id)
        uow.reconciled_items.add_new({line: MONDAY})
        uow.commit()

    with uow:
        assert uow.reconciled_items.get([line.key]) == (line,)
