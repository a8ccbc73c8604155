"""
Events, reactions, jobs and audit are stored with the change itself, or not at all.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from attrs import frozen
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import IntegrityError

from adapters.postgres.engine import build_engine
from adapters.postgres.reactions import PostgresReactionLog
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.security.encryption import BlindIndex, MasterKeys, PlatformCipher
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from domain.shared.events import Aggregate, DomainEvent
from domain.shared.ids import ConsultationId, EventId
from domain.shared.money import Money

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@frozen(kw_only=True)
class KettleBoiled(DomainEvent):
    consultation_id: ConsultationId
    price: Money


def names(kind: type[DomainEvent]) -> tuple[str, ...]:
    return ("PourTea", "Whistle") if kind is KettleBoiled else ()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def uow(engine: Engine) -> PostgresUnitOfWork:
    keys = MasterKeys.single(b"k" * 32)
    return PostgresUnitOfWork(
        engine=engine,
        clock=SystemClock(),
        ids=RandomIds(),
        master_keys=keys,
        platform_cipher=PlatformCipher(keys),
        blind_index=BlindIndex(b"b" * 32),
        reaction_names=names,
    )


def boil(uow: PostgresUnitOfWork) -> ConsultationId:
    kettle, consultation_id = Aggregate(), ConsultationId(uuid4())
    kettle.record(
        KettleBoiled(consultation_id=consultation_id, price=Money.of(4500, "AUD"), occurred_at=NOW)
    )
    uow.scope.collect(kettle)
    return consultation_id


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


class TestCommit:
    def test_stores_the_event_its_reactions_and_their_jobs(
        self, engine: Engine, uow: PostgresUnitOfWork
    ) -> None:
        with uow:
            boil(uow)
            uow.commit()

        assert count(engine, "event") == 1
        assert count(engine, "reaction") == 2
        assert count(engine, "procrastinate_jobs where task_name = 'react'") == 2

    def test_keeps_the_order_in_which_things_happened(
        self, engine: Engine, uow: PostgresUnitOfWork
    ) -> None:
        with uow:
            boiled = [str(boil(uow)) for _ in range(5)]
            uow.commit()

        with engine.connect() as connection:
            stored = connection.execute(
                text("select payload ->> 'consultation_id' from event order by sequence")
            ).scalars()
            queued = connection.execute(
                text(
                    "select consultation_id::text, args ->> 'name' from procrastinate_jobs j"
                    " join event e on e.id = (j.args ->> 'event_id')::uuid order by j.id"
                )
            ).all()
            assert list(stored) == boiled
        expected = [(each, name) for each in boiled for name in ("PourTea", "Whistle")]
        assert [tuple(row) for row in queued] == expected

    def test_leaving_without_it_stores_nothing(
        self, engine: Engine, uow: PostgresUnitOfWork
    ) -> None:
        with uow:
            boil(uow)

        with uow:
            uow.commit()
        assert count(engine, "event") == 0
        assert count(engine, "procrastinate_jobs") == 0


class TestListeners:
    @pytest.fixture
    def listener(
        self, database_url: str, engine: Engine
    ) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        plain = make_url(database_url).set(drivername="postgresql")
        with psycopg.connect(
            plain.render_as_string(hide_password=False), autocommit=True
        ) as connection:
            connection.execute("listen scripted_changes")
            connection.execute("listen procrastinate_any_queue_v1")
            connection.execute("listen told_last")
            yield connection

    def heard(
        self, engine: Engine, listener: psycopg.Connection[tuple[object, ...]]
    ) -> list[tuple[str, dict[str, str]]]:
        # Notices arrive in the order of their commits, so that this one marks the end.
        with engine.begin() as connection:
            connection.execute(text("notify told_last"))
        told = []
        for notice in listener.notifies(timeout=30):
            if notice.channel == "told_last":
                break
            told.append((notice.channel, json.loads(notice.payload)))
        return told

    def test_are_told_of_a_commit_and_workers_are_woken_once(
        self,
        engine: Engine,
        uow: PostgresUnitOfWork,
        listener: psycopg.Connection[tuple[object, ...]],
    ) -> None:
        with uow:
            consultation_id = boil(uow)
            uow.commit()

        assert self.heard(engine, listener) == [
            (
                "scripted_changes",
                {"kind": "KettleBoiled", "consultation_id": str(consultation_id)},
            ),
            ("procrastinate_any_queue_v1", {"type": "job_inserted", "job_id": 0}),
        ]

    def test_hear_nothing_of_what_was_not_committed(
        self,
        engine: Engine,
        uow: PostgresUnitOfWork,
        listener: psycopg.Connection[tuple[object, ...]],
    ) -> None:
        with uow:
            boil(uow)
            uow.connection.execute(text("insert into broken_promise values (1), (1)"))
            with pytest.raises(IntegrityError):
                uow.commit()

        assert self.heard(engine, listener) == []
        assert count(engine, "event") == 0

    @pytest.fixture(autouse=True)
    def promise_kept_until_commit(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(
                text("create table broken_promise (n int unique deferrable initially deferred)")
            )


class TestReactionLog:
    @pytest.fixture
    def event_id(self, engine: Engine, uow: PostgresUnitOfWork) -> EventId:
        with uow:
            boil(uow)
            uow.commit()
        with engine.connect() as connection:
            return EventId(UUID(str(connection.execute(text("select id from event")).scalar_one())))

    def test_hands_over_the_event_as_it_was(self, engine: Engine, event_id: EventId) -> None:
        due = PostgresReactionLog(engine).begin(event_id=event_id, name="PourTea", now=NOW)

        assert due is not None
        assert isinstance(due.event, KettleBoiled)
        assert due.event.price == Money.of(4500, "AUD")
        assert due.event.occurred_at == NOW
        assert due.attempt == 1

    def test_a_reaction_that_is_done_is_not_begun_again(
        self, engine: Engine, event_id: EventId
    ) -> None:
        log = PostgresReactionLog(engine)
        log.begin(event_id=event_id, name="PourTea", now=NOW)
        log.finish(event_id=event_id, name="PourTea", now=NOW)

        assert log.begin(event_id=event_id, name="PourTea", now=NOW) is None
        assert log.begin(event_id=event_id, name="Whistle", now=NOW) is not None

    def test_one_that_failed_is_tried_again_until_given_up(
        self, engine: Engine, event_id: EventId
    ) -> None:
        log = PostgresReactionLog(engine)
        log.begin(event_id=event_id, name="PourTea", now=NOW)
        log.fail(event_id=event_id, name="PourTea", error="cold", given_up=False, now=NOW)
        again = log.begin(event_id=event_id, name="PourTea", now=NOW)
        assert again is not None
        assert again.attempt == 2

        log.fail(event_id=event_id, name="PourTea", error="cold", given_up=True, now=NOW)
        assert log.begin(event_id=event_id, name="PourTea", now=NOW) is None

    def test_a_person_can_revive_one_that_was_given_up(
        self, engine: Engine, event_id: EventId
    ) -> None:
        log = PostgresReactionLog(engine)
        assert not log.revive(event_id=event_id, name="PourTea")
        log.begin(event_id=event_id, name="PourTea", now=NOW)
        log.fail(event_id=event_id, name="PourTea", error="cold", given_up=True, now=NOW)
        jobs_before = count(engine, "procrastinate_jobs")

        assert log.revive(event_id=event_id, name="PourTea")

        assert count(engine, "procrastinate_jobs") == jobs_before + 1
        assert log.begin(event_id=event_id, name="PourTea", now=NOW) is not None
