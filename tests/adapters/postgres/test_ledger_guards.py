"""
The database itself keeps the books right, whoever writes to it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, make_url

from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from domain.ledger import posting_rules
from domain.ledger.chart import (
    COMMISSION,
    DISPUTED_FUNDS,
    PATIENT_FUNDS,
    wallet_available,
    wallet_held,
)
from domain.ledger.journal import InsufficientFunds, JournalDraft, Posting, Reason
from domain.shared.ids import JournalEntryId, PhysicianId
from domain.shared.money import Money
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, PHYSICIAN, dollars
from tests.waiting import eventually


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=25)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(
    database_url: str, engine: Engine
) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    post(engine, captured("pa_1"))
    plain = make_url(database_url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as opened:
        yield opened


def captured(cause: str, amount: Money | None = None) -> JournalDraft:
    return JournalDraft(
        reason=Reason.PAYMENT_CAPTURED,
        cause=cause,
        occurred_at=MONDAY_NOON,
        postings=posting_rules.payment_captured(amount or dollars(100)),
    )


def earned(cause: str, amount: Money, physician_id: PhysicianId = PHYSICIAN) -> JournalDraft:
    posting = Posting(debit=PATIENT_FUNDS, credit=wallet_available(physician_id), amount=amount)
    return JournalDraft(
        reason=Reason.SERVICE_DELIVERED, cause=cause, occurred_at=MONDAY_NOON, postings=(posting,)
    )


def post(engine: Engine, draft: JournalDraft) -> None:
    uow = unit_of_work(engine, ids=RandomIds())
    with uow:
        uow.journal.post(draft)
        uow.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.posting set amount = 1",
        "delete from ledger.posting",
        "truncate ledger.posting cascade",
        "update ledger.journal_entry set cause = 'pa_2'",
        "delete from ledger.journal_entry",
        "truncate ledger.journal_entry cascade",
        "update ledger.account set floor = null",
        "delete from ledger.account",
        "update ledger.balance set amount = 0",
        "delete from ledger.balance",
        "truncate ledger.balance",
    ],
)
def test_nothing_is_changed_or_taken_out_even_by_the_owner(
    connection: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        connection.execute(statement)

    assert refused.value.sqlstate == "LG004"


_WRITE = """
with entry as (
    insert into ledger.journal_entry (
        id, idempotency_key, request_hash, reason, cause, postings, occurred_at, recorded_at
    ) values (%(id)s, %(id)s::text, '', 'r', 'c', %(postings)s, now(), now())
)
insert into ledger.posting
select %(id)s, part, %(debit)s, %(credit)s, %(currency)s, 5 from generate_series(1, %(parts)s) part
"""


def write_entry(
    connection: psycopg.Connection[tuple[object, ...]],
    *,
    postings: int = 1,
    parts: int = 1,
    debit: str = "processor_clearing:stripe",
    credit: str = "patient_funds",
    currency: str = "AUD",
) -> None:
    """Past the function, as the owner of the tables could."""

    def account(code: str) -> object:
        row = connection.execute("select id from ledger.account where code = %s", [code]).fetchone()
        return row[0] if row else -1

    values = {"id": uuid4(), "postings": postings, "parts": parts, "currency": currency}
    connection.execute(_WRITE, {**values, "debit": account(debit), "credit": account(credit)})


def test_an_entry_is_written_with_its_postings(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    write_entry(connection, postings=2, parts=2)

    found = connection.execute("select count(*) from ledger.posting").fetchone()
    assert found == (3,)


@pytest.mark.parametrize(("postings", "parts"), [(1, 0), (2, 1), (1, 2)])
def test_an_entry_without_some_of_its_postings_is_refused(
    connection: psycopg.Connection[tuple[object, ...]], postings: int, parts: int
) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        write_entry(connection, postings=postings, parts=parts)

    assert refused.value.sqlstate == "LG003"


def test_an_entry_is_refused_before_the_transaction_ends(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with connection.transaction(), pytest.raises(psycopg.DatabaseError) as refused:  # noqa: SIM117
        with connection.transaction():
            write_entry(connection, parts=0)

    assert refused.value.sqlstate == "LG003"


@pytest.mark.parametrize("parts", [1, 9])
@pytest.mark.parametrize(
    ("credit", "currency"), [("no_such_account", "AUD"), ("patient_funds", "EUR")]
)
def test_a_posting_is_between_accounts_of_its_currency(
    connection: psycopg.Connection[tuple[object, ...]], credit: str, currency: str, parts: int
) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        write_entry(connection, postings=parts, parts=parts, credit=credit, currency=currency)


def test_nothing_is_added_to_an_entry_later(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        connection.execute(
            "insert into ledger.posting select entry_id, 2, debit_account_id, credit_account_id,"
            " currency, amount from ledger.posting"
        )

    assert refused.value.sqlstate == "LG003"


def test_a_posting_of_no_entry_is_refused(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        connection.execute(
            "insert into ledger.posting select gen_random_uuid(), 1, debit_account_id,"
            " credit_account_id, currency, amount from ledger.posting"
        )

    assert refused.value.sqlstate == "LG003"


def test_an_unbalanced_posting_cannot_be_written_down(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with pytest.raises(errors.CheckViolation):
        write_entry(connection, credit="processor_clearing:stripe")


class TestApplicationRole:
    @pytest.fixture
    def application(
        self, connection: psycopg.Connection[tuple[object, ...]]
    ) -> psycopg.Connection[tuple[object, ...]]:
        connection.execute("grant scripted_application to current_user with set true")
        connection.execute("set role scripted_application")
        return connection

    @pytest.mark.parametrize(
        "statement",
        [
            "insert into ledger.posting select * from ledger.posting",
            "update ledger.balance set amount = 5",
            "delete from ledger.journal_entry",
            "insert into ledger.account (code, currency, normal_side) values ('x', 'AUD', 'debit')",
            "truncate ledger.posting",
        ],
    )
    def test_writes_no_table_of_the_books(
        self, application: psycopg.Connection[tuple[object, ...]], statement: str
    ) -> None:
        with pytest.raises(errors.InsufficientPrivilege):
            application.execute(statement)

    def test_posts_through_functions(
        self, application: psycopg.Connection[tuple[object, ...]]
    ) -> None:
        application.execute(
            "select ledger.open_accounts(array['a', 'b'], array['AUD', 'AUD'],"
            " array['debit', 'credit'], array[null, 0]::bigint[], array[16, 1]::smallint[])"
        )
        application.execute(
            "select ledger.post(gen_random_uuid(), 'k', 'h', 'r', 'c', now(), null,"
            " array['a'], array['b'], array['AUD'], array[7])"
        )

        found = application.execute(
            "select sum(amount) from ledger.balance join ledger.account on id = account_id"
            " where code = 'b'"
        ).fetchone()
        assert found == (7,)


class TestConcurrency:
    def test_of_fifty_withdrawals_of_one_balance_exactly_one_wins(self, engine: Engine) -> None:
        post(engine, captured("pa_1", dollars(10)))
        post(engine, earned("co_1", dollars(10)))

        def withdraw(number: int) -> bool:
            draft = JournalDraft(
                reason=Reason.PAYOUT_REQUESTED,
                cause=f"po_{number}",
                occurred_at=MONDAY_NOON,
                postings=posting_rules.payout_requested(PHYSICIAN, dollars(10)),
            )
            try:
                post(engine, draft)
            except InsufficientFunds:
                return False
            return True

        with ThreadPoolExecutor(50) as threads:
            won = list(threads.map(withdraw, range(50)))

        assert won.count(True) == 1
        with unit_of_work(engine, ids=RandomIds()) as uow:
            assert uow.journal.balance(wallet_available(PHYSICIAN), AUD) == dollars(0)
            assert uow.journal.balance(wallet_held(PHYSICIAN), AUD) == dollars(10)

    def test_the_same_fact_from_many_threads_is_one_entry(self, engine: Engine) -> None:
        with ThreadPoolExecutor(20) as threads:
            list(threads.map(lambda _: post(engine, captured("pa_1")), range(40)))

        with unit_of_work(engine, ids=RandomIds()) as uow:
            assert uow.journal.balance(PATIENT_FUNDS, AUD) == dollars(100)

    def test_batches_of_the_same_facts_in_another_order_wait_for_each_other(
        self, engine: Engine, connection: psycopg.Connection[tuple[object, ...]]
    ) -> None:
        facts = [captured(f"pa_{number}") for number in range(10, 15)]

        def post_all(drafts: list[JournalDraft]) -> set[JournalEntryId]:
            uow = unit_of_work(engine, ids=RandomIds())
            with uow:
                posted = uow.journal.post_many(drafts)
                uow.commit()
            return set(posted)

        def waiting() -> bool:
            found = connection.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchone()
            return found == (2,)

        with ThreadPoolExecutor(2) as threads:
            with unit_of_work(engine, ids=RandomIds()) as uow:
                uow.journal.post(facts[2])
                there = threads.submit(post_all, facts)
                back = threads.submit(post_all, facts[::-1])
                eventually(waiting, "both batches wait")
            assert there.result() == back.result()

    def test_a_batch_is_dated_in_its_own_order(
        self, engine: Engine, connection: psycopg.Connection[tuple[object, ...]]
    ) -> None:
        facts = [captured(f"pa_{number}") for number in range(40, 10, -1)]

        with unit_of_work(engine, ids=RandomIds()) as uow:
            uow.journal.post_many(facts)
            uow.commit()

        rows = connection.execute("select cause, recorded_at from ledger.journal_entry")
        dates = {str(cause): recorded_at for cause, recorded_at in rows}
        in_order: list[Any] = [dates[fact.cause] for fact in facts]
        assert in_order == sorted(in_order)
        assert in_order[0] < in_order[-1]

    def test_of_twins_in_a_batch_the_first_is_the_one_that_is_resolved(
        self, engine: Engine
    ) -> None:
        request = captured("pa_50")
        answer = JournalDraft(
            reason=Reason.REFUND_BEFORE_DELIVERY,
            cause="re_1",
            occurred_at=MONDAY_NOON,
            postings=posting_rules.refund_before_delivery(dollars(100)),
            resolves=request.idempotency_key,
        )
        others = [captured(f"pa_{number}") for number in range(51, 70)]

        with unit_of_work(engine, ids=RandomIds()) as uow:
            posted = uow.journal.post_many([request, *others, request, answer])
            uow.commit()

        assert posted[0] == posted[-2]
        assert len(set(posted)) == len(posted) - 1

    def test_one_fact_that_resolves_another_is_one_entry_whoever_posts_it(
        self, engine: Engine
    ) -> None:
        def fact(number: int) -> tuple[JournalDraft, JournalDraft]:
            request = JournalDraft(
                reason=Reason.PAYMENT_CAPTURED,
                cause=f"pa_{number}",
                occurred_at=MONDAY_NOON,
                postings=(Posting(debit=DISPUTED_FUNDS, credit=PATIENT_FUNDS, amount=dollars(1)),),
            )
            answer = JournalDraft(
                reason=Reason.SERVICE_DELIVERED,
                cause=f"co_{number}",
                occurred_at=MONDAY_NOON,
                postings=(Posting(debit=PATIENT_FUNDS, credit=COMMISSION, amount=dollars(1)),),
                resolves=request.idempotency_key,
            )
            return request, answer

        def entry_of(answer: JournalDraft) -> JournalEntryId:
            uow = unit_of_work(engine, ids=RandomIds())
            with uow:
                posted = uow.journal.post(answer)
                uow.commit()
            return posted

        with ThreadPoolExecutor(8) as threads:
            for number in range(40):
                request, answer = fact(number)
                post(engine, request)
                assert len(set(threads.map(entry_of, [answer] * 8))) == 1

    def test_crossing_entries_over_the_same_accounts_never_lock_each_other_out(
        self, engine: Engine
    ) -> None:
        physicians = [PhysicianId(UUID(int=n)) for n in range(1, 5)]
        post(engine, captured("pa_1", dollars(4000)))
        for number, physician_id in enumerate(physicians):
            post(engine, earned(f"co_{number}", dollars(1000), physician_id))

        def cross(number: int) -> None:
            there, back = physicians[number % 4], physicians[(number + 1) % 4]
            moves = [(there, back), (back, there)] if number % 2 else [(back, there), (there, back)]
            postings = tuple(
                Posting(
                    debit=wallet_available(giver),
                    credit=wallet_available(taker),
                    amount=Money(number + 1 + place, AUD),
                )
                for place, (giver, taker) in enumerate(moves)
            )
            draft = JournalDraft(
                reason=Reason.EARNING_MATURED,
                cause=f"x_{number}",
                occurred_at=MONDAY_NOON,
                postings=postings,
            )
            post(engine, draft)

        with ThreadPoolExecutor(16) as threads:
            list(threads.map(cross, range(200)))

        with unit_of_work(engine, ids=RandomIds()) as uow:
            held = [uow.journal.balance(wallet_available(p), AUD).minor for p in physicians]
        assert sum(held) == dollars(4000).minor
