from datetime import UTC, datetime, timedelta

import pytest

from application.reconciliation.ports import FeedSilent
from application.shared.access import SYSTEM, AccessDenied
from domain.reconciliation.items import Source
from domain.reconciliation.statements import UnreadableStatement
from tests.builders.reconciliation import theirs
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import A_PHYSICIAN, FINANCE, dollars
from tests.fakes.reconciliation_desk import ReconciliationDesk

TOMORROW = MONDAY_NOON + timedelta(days=1)


def keys(desk: ReconciliationDesk) -> set[str]:
    return set(desk.uow.reconciled_items.rows)


class TestImportProcessorTransactions:
    @pytest.fixture(autouse=True)
    def told(self, desk: ReconciliationDesk) -> None:
        desk.processor.covers_until = desk.vendor.covers_until = TOMORROW

    def test_stores_what_each_vendor_tells(self, desk: ReconciliationDesk) -> None:
        desk.charge("pi_1", dollars(100))
        desk.tell(theirs("f1", dollars(5), source=Source.PAYOUT_VENDOR), feed=desk.vendor)

        imported = desk.import_transactions(actor=SYSTEM)

        assert [(each.source, each.new) for each in imported] == [
            (Source.PROCESSOR, 1),
            (Source.PAYOUT_VENDOR, 1),
        ]
        assert keys(desk) == {"theirs:processor:txn_pi_1", "theirs:payout_vendor:f1"}
        assert desk.uow.feeds.read_to[Source.PROCESSOR].covers_until == TOMORROW

    def test_twice_is_once(self, desk: ReconciliationDesk) -> None:
        desk.charge("pi_1", dollars(100))
        desk.import_transactions(actor=SYSTEM)

        again = desk.import_transactions(actor=SYSTEM)

        assert (again[0].new, again[0].known) == (0, 1)
        assert len(keys(desk)) == 1

    def test_goes_on_where_it_stopped(self, desk: ReconciliationDesk) -> None:
        desk.charge("pi_1", dollars(100))

        desk.import_transactions(actor=SYSTEM)
        desk.import_transactions(actor=SYSTEM)

        assert desk.processor.asked_since == [None, "after 1"]

    def test_a_silent_vendor_does_not_keep_the_other_out(self, desk: ReconciliationDesk) -> None:
        desk.processor.silent = True
        desk.tell(theirs("f1", dollars(5), source=Source.PAYOUT_VENDOR), feed=desk.vendor)

        with pytest.raises(FeedSilent):
            desk.import_transactions(actor=SYSTEM)

        assert keys(desk) == {"theirs:payout_vendor:f1"}

    def test_one_that_is_told_differently_is_another_one(self, desk: ReconciliationDesk) -> None:
        desk.charge("pi_1", dollars(100))
        desk.import_transactions(actor=SYSTEM)
        desk.processor.items.clear()
        desk.charge("pi_1", dollars(90))

        imported = [desk.import_transactions(actor=SYSTEM)[0] for _ in range(2)]

        assert [(each.new, each.changed) for each in imported] == [(1, 1), (0, 1)]
        amounts = sorted(item.amount.minor for item, _ in desk.uow.reconciled_items.rows.values())
        assert amounts == [9000, 10000]

    def test_only_one_source_if_asked(self, desk: ReconciliationDesk) -> None:
        imported = desk.import_transactions(actor=FINANCE, source=Source.PAYOUT_VENDOR)

        assert [each.source for each in imported] == [Source.PAYOUT_VENDOR]

    def test_is_not_for_everybody(self, desk: ReconciliationDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.import_transactions(actor=A_PHYSICIAN)

    def test_is_audited(self, desk: ReconciliationDesk) -> None:
        desk.import_transactions(actor=SYSTEM)

        actions = {record.action for record in desk.uow.audit.records}
        assert "reconciliation.transactions_imported" in actions


class TestImportBankStatement:
    def test_stores_entries_and_balances(self, desk: ReconciliationDesk) -> None:
        (told,) = desk.bank_tells(
            desk.line("b1", dollars(96)), opening=dollars(4), closing=dollars(100)
        )

        assert (told.statement_id, told.new, told.gap) == ("2026/1", 1, dollars(0))
        assert {each.is_opening for each in desk.uow.feeds.balances} == {True, False}
        position = desk.uow.feeds.read_to[Source.BANK]
        assert position.covers_until == datetime(2026, 3, 3, tzinfo=UTC)

    def test_says_by_how_much_the_balances_are_wrong(self, desk: ReconciliationDesk) -> None:
        (told,) = desk.bank_tells(
            desk.line("b1", dollars(96)), opening=dollars(4), closing=dollars(101)
        )

        assert told.gap == dollars(1)

    def test_the_same_file_again_is_known(self, desk: ReconciliationDesk) -> None:
        line = desk.line("b1", dollars(96))
        desk.bank_tells(line)

        (again,) = desk.bank_tells(line)

        assert (again.known_file, again.new, again.known) == (True, 0, 1)

    def test_an_entry_that_another_file_held_is_known(self, desk: ReconciliationDesk) -> None:
        line = desk.line("b1", dollars(96))
        desk.bank_tells(line)

        (again,) = desk.bank_tells(line, desk.line("b2", dollars(1)), id="2026/2")

        assert (again.known_file, again.new, again.known) == (False, 1, 1)

    def test_only_the_first_opening_balance_counts(self, desk: ReconciliationDesk) -> None:
        desk.bank_tells(desk.line("b1", dollars(1)), opening=dollars(4), closing=dollars(5))
        desk.clock.pass_by(timedelta(days=1))
        desk.bank_tells(
            desk.line("b2", dollars(1)), opening=dollars(5), closing=dollars(6), id="2026/2"
        )

        openings = [each.amount for each in desk.uow.feeds.balances if each.is_opening]
        assert openings == [dollars(4)]

    def test_what_is_no_statement_is_refused(self, desk: ReconciliationDesk) -> None:
        with pytest.raises(UnreadableStatement):
            desk.import_statement(actor=FINANCE, content=b"hello")

    def test_a_huge_file_is_refused_unread(self, desk: ReconciliationDesk) -> None:
        with pytest.raises(UnreadableStatement, match="larger"):
            desk.import_statement(actor=FINANCE, content=bytes(20_000_001))

    def test_is_not_for_everybody(self, desk: ReconciliationDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.import_statement(actor=A_PHYSICIAN, content=b"")
