"""
A journal with people who own accounts, in memory or in PostgreSQL, to search in.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from attrs import frozen

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.journal import PostgresJournalQueries
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.system.ids import RandomIds
from application.ledger.books import Books
from application.ledger.journal_search import (
    EntryView,
    JournalFilter,
    JournalQueries,
    SearchJournal,
)
from domain.ledger import posting_rules
from domain.ledger.chart import (
    PATIENT_FUNDS,
    wallet_available,
)
from domain.ledger.journal import JournalDraft, Posting, Postings, Reason, key_of
from domain.shared.ids import JournalEntryId, PhysicianId, UserId, to_wire
from domain.shared.money import Money
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.physicians import a_physician_user, an_applicant
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.journal import InMemoryBooks, InMemoryJournalQueries
from tests.fakes.money import FINANCE, PHYSICIAN, dollars
from tests.fakes.unit_of_work import FakeUnitOfWork

OTHER = PhysicianId(UUID(int=77))
HOUR = timedelta(hours=1)
PAYOUT = to_wire("payout", UUID(int=9))
KINDS = ("memory", "postgres")


@frozen
class Store:
    """What is posted, and who asks about it."""

    uow: FakeUnitOfWork | PostgresUnitOfWork
    queries: JournalQueries
    books: Books

    def post(
        self,
        reason: Reason,
        cause: str,
        postings: Postings,
        *,
        at: datetime = MONDAY_NOON,
        resolves: str | None = None,
    ) -> JournalEntryId:
        draft = JournalDraft(
            reason=reason, cause=cause, occurred_at=at, postings=postings, resolves=resolves
        )
        with self.uow as uow:
            entry_id = uow.journal.post(draft)
            uow.commit()
        return entry_id

    def register(self, physician_id: PhysicianId, *, given: str, family: str) -> None:
        user_id = UserId(UUID(int=physician_id.int + 1000))
        user = a_physician_user(user_id=user_id, email=f"{given}@clinic.test")
        with self.uow as uow:
            uow.users.add(user)
            uow.physicians.add(
                an_applicant(physician_id=physician_id, user_id=user_id, given=given, family=family)
            )
            uow.commit()

    def found(self, **wanted: object) -> list[EntryView]:
        search = SearchJournal(self.queries)
        return list(search(actor=FINANCE, wanted=JournalFilter(**wanted)).items)  # type: ignore[arg-type]

    def causes(self, **wanted: object) -> list[str]:
        return [entry.cause for entry in self.found(**wanted)][::-1]


def earned(physician_id: PhysicianId, amount: Money) -> Postings:
    available = wallet_available(physician_id)
    return (Posting(debit=PATIENT_FUNDS, credit=available, amount=amount),)


def open_store(request: pytest.FixtureRequest, kind: str) -> Iterator[Store]:
    """
    An empty one; `kind` is `memory` or `postgres`.
    """
    if kind == "memory":
        uow = FakeUnitOfWork()
        yield Store(uow, InMemoryJournalQueries(uow), InMemoryBooks(uow))
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    queries, books = PostgresJournalQueries(engine), PostgresBooks(engine)
    yield Store(unit_of_work(engine, ids=RandomIds()), queries, books)
    engine.dispose()


def with_history(store: Store) -> Store:
    """Two payments, an earning for each of two physicians, a withdrawal that is called back."""
    store.post(Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(100)))
    yen = posting_rules.payment_captured(Money.of(9000, "JPY"))
    store.post(Reason.PAYMENT_CAPTURED, "pa_2", yen, at=MONDAY_NOON + HOUR)
    store.post(Reason.SERVICE_DELIVERED, "co_1", earned(PHYSICIAN, dollars(60)))
    store.post(Reason.SERVICE_DELIVERED, "co_2", earned(OTHER, dollars(40)), at=MONDAY_NOON - HOUR)
    held = posting_rules.payout_requested(PHYSICIAN, dollars(25))
    store.post(Reason.PAYOUT_REQUESTED, PAYOUT, held, at=MONDAY_NOON + 2 * HOUR)
    store.post(
        Reason.PAYOUT_CANCELLED,
        PAYOUT,
        posting_rules.payout_cancelled(PHYSICIAN, dollars(25)),
        at=MONDAY_NOON + 3 * HOUR,
        resolves=key_of(Reason.PAYOUT_REQUESTED, PAYOUT),
    )
    return store
