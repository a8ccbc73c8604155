"""
Whose the accounts are, over a real database: named in one look-up, however many there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, event

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.journal import PostgresJournalQueries
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.system.ids import RandomIds
from application.ledger.books import Basis
from application.ledger.journal_search import JournalFilter
from domain.ledger.chart import PATIENT_FUNDS, wallet_available
from domain.ledger.journal import JournalDraft, Posting, Reason
from domain.shared.ids import PhysicianId, UserId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import a_physician_user, an_applicant
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import dollars

MANY = 20
LATE = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    with unit_of_work(engine, ids=RandomIds()) as uow:
        for number in range(1, MANY + 1):
            physician_id, user_id = PhysicianId(UUID(int=number)), UserId(UUID(int=900 + number))
            uow.users.add(a_physician_user(user_id=user_id, email=f"{number}@clinic.test"))
            uow.physicians.add(
                an_applicant(physician_id=physician_id, user_id=user_id, given=f"N{number}")
            )
            earned = Posting(
                debit=PATIENT_FUNDS, credit=wallet_available(physician_id), amount=dollars(1)
            )
            uow.journal.post(
                JournalDraft(
                    reason=Reason.SERVICE_DELIVERED,
                    cause=f"co_{number}",
                    occurred_at=MONDAY_NOON,
                    postings=(earned,),
                )
            )
        uow.commit()
    yield engine
    engine.dispose()


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_page_of_entries_takes_as_many_statements_as_one_entry(engine: Engine) -> None:
    queries = PostgresJournalQueries(engine)

    with counting(engine) as for_one:
        queries.entries(JournalFilter(), limit=1, cursor=None)
    with counting(engine) as for_many:
        page = queries.entries(JournalFilter(), limit=MANY, cursor=None)

    assert len({name for view in page.items for name in view.owners.values()}) == MANY
    assert len(for_many) == len(for_one)


def test_an_export_looks_names_up_for_many_entries_at_once(engine: Engine) -> None:
    with counting(engine) as statements:
        entries = list(PostgresJournalQueries(engine).every_entry(JournalFilter()))

    assert all(view.owners for view in entries)
    assert len(entries) == MANY
    assert len(statements) == 2


def test_a_trial_balance_looks_names_up_once(engine: Engine) -> None:
    with counting(engine) as statements:
        (view,) = PostgresBooks(engine).trial_balance(as_of=LATE, by=Basis.OCCURRED)

    assert [line.owner_name for line in view.lines].count(None) == 1
    assert len(statements) == 2
