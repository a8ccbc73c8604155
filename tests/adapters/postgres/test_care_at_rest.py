"""
What only PostgreSQL can promise of care: races and sealed columns.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.consultations import PostgresConsultationQueries
from adapters.postgres.queries.orders import PostgresOrderQueries
from application.consultations.assignment import ClaimConsultation, ReturnConsultation
from application.consultations.conversation import SendMessage
from application.orders.recall import CancelOrder, RerouteOrder
from application.orders.sending import SendOrder
from application.orders.tracking import RefreshOrder
from application.shared.access import SYSTEM
from domain.consultations.consultation import (
    AlreadyClaimed,
)
from domain.orders.fulfilment import OrderStatus
from domain.shared.ids import (
    ConsultationId,
)
from tests.adapters.postgres.transactions import VAULTS, unit_of_work
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    ANOTHER_PHYSICIAN,
    OTHER_PHARMACY,
    PATIENT,
    Clinic,
)
from tests.builders.physicians import PHYSICIAN
from tests.fakes.clock import SequentialIds
from tests.waiting import eventually

_WAITING = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgres(engine: Engine) -> Clinic:
    return Clinic(unit_of_work(engine))


class TestPostgres:
    def test_of_two_physicians_at_once_one_wins(self, engine: Engine) -> None:
        clinic = Clinic(unit_of_work(engine))
        consultation_id = clinic.waiting()
        outcomes: list[str] = []
        start = Barrier(2)

        def claim(actor: Any, ids: SequentialIds) -> None:
            use_case = ClaimConsultation(unit_of_work(engine, ids=ids), clinic.clock)
            start.wait(timeout=10)
            try:
                use_case(actor=actor, consultation_id=consultation_id)
                outcomes.append("claimed")
            except AlreadyClaimed:
                outcomes.append("too late")

        threads = [
            Thread(target=claim, args=(A_PHYSICIAN, SequentialIds(5000))),
            Thread(target=claim, args=(ANOTHER_PHYSICIAN, SequentialIds(6000))),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["claimed", "too late"]

    def test_a_copy_that_is_sent_and_one_that_is_refreshed_do_not_wait_in_a_circle(
        self, on_postgres: Clinic, engine: Engine
    ) -> None:
        clinic = on_postgres
        first = clinic.sent()
        cancel = CancelOrder(clinic.uow, clinic.networks, clinic.send_order, clinic.clock)
        refresh = RefreshOrder(clinic.uow, clinic.networks, clinic.clock)
        second = RerouteOrder(clinic.uow, cancel, refresh, clinic.clock, clinic.ids)(
            actor=A_PATIENT, order_id=first, pharmacy_id=OTHER_PHARMACY
        )
        apart = unit_of_work(engine, ids=SequentialIds(5000))
        send = SendOrder(apart, clinic.networks, clinic.clock)

        def waits() -> bool:
            with engine.connect() as connection:
                return bool(connection.scalar(text(_WAITING)))

        with ThreadPoolExecutor(1) as threads:
            with clinic.uow as uow:
                prescription_id = uow.orders.get(first).prescription_id
                sent = threads.submit(send, actor=SYSTEM, order_id=second)
                eventually(waits, "the sender waits for the first copy")
                attempts = uow.orders.of_prescription(prescription_id)
            sent.result()

        assert [one.id for one in attempts] == [first, second]
        assert clinic.order(second).status is OrderStatus.SENT

    def test_nothing_clinical_is_stored_in_the_clear(
        self, on_postgres: Clinic, engine: Engine
    ) -> None:
        clinic = on_postgres
        consultation_id = clinic.noted()
        clinic.signed(consultation_id=consultation_id)
        SendMessage(clinic.uow, clinic.clock, clinic.ids)(
            actor=A_PATIENT, consultation_id=consultation_id, body="It still hurts."
        )

        with engine.connect() as connection:
            dump = " ".join(
                str(tuple(row))
                for table in ("consultation", "consultation_message", "prescription", "event")
                for row in connection.execute(text(f"select * from {table}"))
            )

        for secret in ("Since Sunday", "Tension", "Amoxicillin", "still hurts"):
            assert secret not in dump

    def test_a_physicians_list_names_their_patients(
        self, on_postgres: Clinic, engine: Engine
    ) -> None:
        on_postgres.claimed()
        queries = PostgresConsultationQueries(engine, VAULTS)

        own = queries.of_physician(PHYSICIAN, statuses=(), limit=10, cursor=None)
        theirs = queries.of_patient(PATIENT, limit=10, cursor=None)

        assert [one.patient_name for one in own.items] == ["Noah Tremblay"]
        assert [one.patient_name for one in theirs.items] == [None]
        assert theirs.items[0].physician_name == "Dr Amelia Moreau"
        assert theirs.items[0].claimed_at is not None

    def test_the_queue_is_paged_without_gaps(self, on_postgres: Clinic, engine: Engine) -> None:
        made = [on_postgres.waiting() for _ in range(4)]
        ReturnConsultation(on_postgres.uow, on_postgres.clock)(
            actor=A_PHYSICIAN, consultation_id=on_postgres.claimed()
        )
        queries = PostgresConsultationQueries(engine, VAULTS)
        seen: list[ConsultationId] = []
        cursor = None
        while True:
            page = queries.queue(
                jurisdictions=["AU"],
                specialties=["general_practice"],
                now=on_postgres.clock.now(),
                limit=2,
                cursor=cursor,
            )
            seen.extend(item.consultation_id for item in page.items)
            cursor = page.next_cursor
            if cursor is None:
                break

        assert seen[:4] == made
        assert len(set(seen)) == 5

    def test_the_timeline_tells_every_event_in_order(
        self, on_postgres: Clinic, engine: Engine
    ) -> None:
        consultation_id = on_postgres.claimed()
        queries = PostgresConsultationQueries(engine, VAULTS)

        first = queries.timeline(consultation_id, limit=3, cursor=None)
        rest = queries.timeline(consultation_id, limit=3, cursor=first.next_cursor)

        assert [entry.type for entry in (*first.items, *rest.items)] == [
            "ConsultationStarted",
            "IntakeSubmitted",
            "ConsultationQueued",
            "ConsultationClaimed",
        ]
        assert rest.next_cursor is None

    def test_orders_are_listed_with_their_pharmacies(
        self, on_postgres: Clinic, engine: Engine
    ) -> None:
        first, second = on_postgres.sent(), on_postgres.ordered()
        queries = PostgresOrderQueries(engine)

        page = queries.of_patient(PATIENT, limit=1, cursor=None)
        rest = queries.of_patient(PATIENT, limit=1, cursor=page.next_cursor)

        assert [one.order_id for one in (*page.items, *rest.items)] == [second, first]
        view = queries.one(first)
        assert view is not None
        assert view.pharmacy is not None
        assert view.pharmacy.name == "Harbour Pharmacy"
        assert queries.of_prescription(view.prescription_id) == (view,)
        assert queries.needing_attention(limit=5, cursor=None).items == ()
