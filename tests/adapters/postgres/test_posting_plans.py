"""
What a posting costs does not depend on how many accounts and entries there are.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from domain.ledger.chart import PATIENT_FUNDS, PROCESSOR_CLEARING, wallet_pending
from domain.ledger.journal import JournalDraft, Posting, Reason
from domain.shared.ids import PhysicianId
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import dollars

_READ_WHOLE = text(
    "select relname, seq_scan from pg_stat_xact_all_tables"
    " where schemaname = 'ledger' and seq_scan > 0"
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=1)
    yield engine
    engine.dispose()


def earned(number: int, *, shares: int) -> JournalDraft:
    """An entry for physicians whom no other number has."""
    postings = tuple(
        Posting(
            debit=PATIENT_FUNDS,
            credit=wallet_pending(PhysicianId(UUID(int=100 * number + share))),
            amount=dollars(1),
        )
        for share in range(1, shares + 1)
    )
    return JournalDraft(
        reason=Reason.SERVICE_DELIVERED,
        cause=f"co_{number}",
        occurred_at=MONDAY_NOON,
        postings=postings,
    )


def read_whole(connection: Connection) -> dict[str, int]:
    return {row.relname: row.seq_scan for row in connection.execute(_READ_WHOLE)}


@pytest.mark.parametrize("shares", [1, 3])
def test_a_posting_reads_no_table_of_the_books_as_a_whole(engine: Engine, shares: int) -> None:
    uow = unit_of_work(engine, ids=RandomIds())
    with uow:
        # The first statement of a session decides how those after it are planned.
        uow.journal.post_many([earned(number, shares=1) for number in range(1, 1_001)])
        uow.commit()

    with uow:
        before = read_whole(uow.connection)
        for number in range(2_000, 2_020):
            uow.journal.post(earned(number, shares=shares))
        found = read_whole(uow.connection)
        uow.commit()

    assert found == before


def test_many_entries_at_once_move_the_same_balances_as_one_by_one(engine: Engine) -> None:
    drafts = [
        JournalDraft(
            reason=Reason.PAYMENT_CAPTURED,
            cause=f"pa_{number}",
            occurred_at=MONDAY_NOON,
            postings=(
                Posting(debit=PROCESSOR_CLEARING, credit=PATIENT_FUNDS, amount=dollars(number)),
                Posting(debit=PATIENT_FUNDS, credit=PROCESSOR_CLEARING, amount=dollars(1)),
            ),
        )
        for number in range(1, 21)
    ]
    uow = unit_of_work(engine, ids=RandomIds())
    with uow:
        for draft in drafts[:10]:
            uow.journal.post(draft)
        uow.journal.post_many(drafts[10:])

        assert uow.journal.balance(PATIENT_FUNDS, dollars(1).currency) == dollars(210 - 20)
        assert uow.journal.balance(PROCESSOR_CLEARING, dollars(1).currency) == dollars(210 - 20)
