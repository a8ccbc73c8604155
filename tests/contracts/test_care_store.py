"""
What is asked of the store of care, of the fake and of PostgreSQL alike.

The clinic's own use cases fill it, so that every stage is stored and read back.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import fields, frozen
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.consultations import PostgresConsultationQueries
from application.consultations.care import AddAddendum, CompleteConsultation
from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.deadlines import CheckPromises, RaiseDueFollowUps
from application.consultations.queries import Reader
from application.orders.recall import CancelOrder, RerouteOrder
from application.orders.tracking import RefreshOrder, SweepOrders
from application.shared.access import SYSTEM
from domain.consultations.consultation import (
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.follow_up import FollowUpPlan
from domain.consultations.outcome import ConsultationOutcome
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.orders.order import CopyStillDispensable, Order, OrderNotFound
from domain.prescriptions.prescription import (
    OverrideReason,
    PrescriptionNotFound,
    PrescriptionStatus,
)
from domain.shared.ids import (
    ConsultationId,
    OrderId,
    PrescriptionId,
)
from tests.adapters.postgres.transactions import VAULTS, unit_of_work
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    OTHER_PHARMACY,
    PATIENT,
    PHARMACY,
    SECOND_PHYSICIAN,
    Clinic,
)
from tests.builders.physicians import PHYSICIAN
from tests.fakes.consultations import InMemoryConsultationQueries
from tests.fakes.unit_of_work import FakeUnitOfWork


@frozen
class Store:
    clinic: Clinic
    queries: Any


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgres(engine: Engine) -> Clinic:
    return Clinic(unit_of_work(engine))


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        fake = FakeUnitOfWork()
        queries = InMemoryConsultationQueries(fake.consultations, fake.messages, fake.services)
        return Store(Clinic(fake), queries)
    engine: Engine = request.getfixturevalue("engine")
    return Store(Clinic(unit_of_work(engine)), PostgresConsultationQueries(engine, VAULTS))


@pytest.fixture
def clinic(store: Store) -> Clinic:
    return store.clinic


def content(aggregate: Any) -> dict[str, Any]:
    return {
        one.name: getattr(aggregate, one.name)
        for one in fields(type(aggregate))
        if one.name not in {"version", "_events"}
    }


def saved_again(repository: Any, aggregate: Any, read: Any) -> None:
    repository.save(aggregate)
    assert content(read(aggregate.id)) == content(aggregate)


def complete(clinic: Clinic, consultation_id: ConsultationId) -> None:
    CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PHYSICIAN,
        consultation_id=consultation_id,
        outcome=ConsultationOutcome.TREATED,
        follow_up=FollowUpPlan(
            due_at=clinic.clock.now() + timedelta(days=7), instructions="Come back."
        ),
    )


class TestConsultations:
    @pytest.mark.parametrize(
        "stage", ["draft", "answered", "submitted", "waiting", "claimed", "opened", "noted"]
    )
    def test_every_stage_is_read_as_it_was_stored(self, clinic: Clinic, stage: str) -> None:
        consultation_id = getattr(clinic, stage)()

        with clinic.uow as uow:
            consultation = uow.consultations.get(consultation_id)
            saved_again(uow.consultations, consultation, uow.consultations.read)

    def test_nothing_of_a_completed_one_is_lost(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        complete(clinic, consultation_id)
        AddAddendum(clinic.uow, clinic.clock)(
            actor=A_PHYSICIAN, consultation_id=consultation_id, text="Called back."
        )

        consultation = clinic.consultation(consultation_id)
        assert consultation.intake.answers["story"] == "Since Sunday."
        assert consultation.note.plan == "Rest and fluids."
        assert consultation.note.addenda[0].text == "Called back."
        assert consultation.frozen_policy.commission_plan.version == 3
        with clinic.uow as uow:
            (follow_up,) = uow.follow_ups.of_consultation(consultation_id)
        assert follow_up.instructions == "Come back."

    def test_tells_when_a_physicians_last_one_ended(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            assert uow.consultations.last_end_of(PHYSICIAN) is None
        first, second = clinic.noted(), clinic.noted()
        clinic.claimed()

        complete(clinic, first)
        complete(clinic, second)

        ends = [clinic.consultation(each).ended_at for each in (first, second)]
        assert ends == [clinic.clock.now(), clinic.clock.now() + timedelta(microseconds=1)]
        with clinic.uow as uow:
            assert uow.consultations.last_end_of(PHYSICIAN) == ends[1]
            assert uow.consultations.last_end_of(SECOND_PHYSICIAN) is None

    def test_an_unknown_one_is_not_found(self, clinic: Clinic) -> None:
        with clinic.uow as uow, pytest.raises(ConsultationNotFound):
            uow.consultations.get(ConsultationId(clinic.ids.new()))

    def test_finds_the_draft_of_a_service(self, clinic: Clinic) -> None:
        assert clinic.draft() == clinic.draft()

    def test_finds_broken_promises_once(self, clinic: Clinic) -> None:
        clinic.waiting()
        check = CheckPromises(clinic.uow, clinic.clock)
        assert check(actor=SYSTEM) == 0
        clinic.clock.pass_by(timedelta(hours=4))

        assert [check(actor=SYSTEM), check(actor=SYSTEM)] == [1, 0]

    def test_finds_due_follow_ups_once(self, clinic: Clinic) -> None:
        complete(clinic, clinic.noted())
        raise_due = RaiseDueFollowUps(clinic.uow, clinic.clock)
        assert raise_due(actor=SYSTEM) == 0
        clinic.clock.pass_by(timedelta(days=7))

        assert [raise_due(actor=SYSTEM), raise_due(actor=SYSTEM)] == [1, 0]

    def test_letters_come_in_order_with_their_receipts(self, clinic: Clinic) -> None:
        consultation_id = clinic.claimed()
        send = SendMessage(clinic.uow, clinic.clock, clinic.ids)
        for body in ("Hello?", "Are you there?"):
            send(actor=A_PATIENT, consultation_id=consultation_id, body=body)

        read = ReadMessages(clinic.uow, clinic.clock)(
            actor=A_PHYSICIAN, consultation_id=consultation_id
        )

        assert [letter.body for letter in read] == ["Hello?", "Are you there?"]
        with clinic.uow as uow:
            stored = uow.messages.of_consultation(consultation_id)
        assert {letter.read_at for letter in stored} == {clinic.clock.now()}


class TestConsultationQueries:
    def test_summaries_say_where_it_stands(self, store: Store) -> None:
        clinic = store.clinic
        consultation_id = clinic.claimed()
        SendMessage(clinic.uow, clinic.clock, clinic.ids)(
            actor=A_PATIENT, consultation_id=consultation_id, body="Hello?"
        )

        for_patient = store.queries.summary(consultation_id, reader=Reader.PATIENT)
        for_physician = store.queries.summary(consultation_id, reader=Reader.PHYSICIAN)

        assert for_patient.status is ConsultationStatus.CLAIMED
        assert for_patient.service_name == "Headache advice"
        assert for_patient.promised_by == clinic.clock.now() + timedelta(hours=4)
        assert (for_patient.unread, for_physician.unread) == (0, 1)

    def test_pages_are_complete_and_latest_first(self, store: Store) -> None:
        made = [store.clinic.waiting() for _ in range(5)]

        seen: list[ConsultationId] = []
        cursor = None
        while True:
            page = store.queries.of_patient(PATIENT, limit=2, cursor=cursor)
            seen.extend(one.consultation_id for one in page.items)
            cursor = page.next_cursor
            if cursor is None:
                break

        assert seen == sorted(made, reverse=True)

    def test_a_physicians_list_can_be_narrowed(self, store: Store) -> None:
        claimed = store.clinic.claimed()
        store.clinic.opened()

        page = store.queries.of_physician(
            PHYSICIAN, statuses=[ConsultationStatus.CLAIMED], limit=10, cursor=None
        )

        assert [one.consultation_id for one in page.items] == [claimed]

    def test_the_queue_holds_what_may_be_taken(self, store: Store) -> None:
        first, second = store.clinic.waiting(), store.clinic.waiting()
        store.clinic.claimed()

        def queue(places: list[str], specialties: list[str]) -> list[ConsultationId]:
            page = store.queries.queue(
                jurisdictions=places,
                specialties=specialties,
                now=store.clinic.clock.now(),
                limit=10,
                cursor=None,
            )
            return [item.consultation_id for item in page.items]

        assert queue(["AU"], ["general_practice"]) == [first, second]
        assert queue(["US-CA"], ["general_practice"]) == []
        assert queue(["AU"], ["dermatology"]) == []
        assert queue([], []) == []

    def test_the_queue_warns_before_a_promise_is_broken(self, store: Store) -> None:
        store.clinic.waiting()
        states = []
        for hours in (0, 3, 1):
            store.clinic.clock.pass_by(timedelta(hours=hours))
            page = store.queries.queue(
                jurisdictions=["AU"],
                specialties=["general_practice"],
                now=store.clinic.clock.now(),
                limit=10,
                cursor=None,
            )
            (item,) = page.items
            states.append((item.at_risk, item.overdue))

        assert states == [(False, False), (True, False), (True, True)]

    def test_the_position_counts_those_who_came_before(self, store: Store) -> None:
        first = store.clinic.waiting()
        store.clinic.clock.pass_by(timedelta(minutes=1))
        second = store.clinic.waiting()

        assert store.queries.position(first) == 1
        assert store.queries.position(second) == 2
        assert store.queries.position(store.clinic.submitted()) is None

    def test_what_a_physician_has_is_found_begun_or_not(self, store: Store) -> None:
        store.clinic.waiting()
        first = store.clinic.opened()
        store.clinic.clock.pass_by(timedelta(minutes=1))
        second = store.clinic.claimed()

        with store.clinic.uow as uow:
            found = uow.consultations.open_with(PHYSICIAN)
            others = uow.consultations.open_with(SECOND_PHYSICIAN)

        assert list(found) == [first, second]
        assert list(others) == []

    def test_what_waits_for_long_is_stuck(self, store: Store) -> None:
        waiting = store.clinic.waiting()
        now = store.clinic.clock.now()

        def stuck(since: Any) -> list[ConsultationId]:
            page = store.queries.stuck(statuses=(), since=since, limit=10, cursor=None)
            return [one.consultation_id for one in page.items]

        assert stuck(now) == []
        assert stuck(now + timedelta(seconds=1)) == [waiting]


class TestPrescriptions:
    def test_a_signed_one_is_read_as_it_was_stored(self, clinic: Clinic) -> None:
        clinic.records(allergies=("penicillins",))
        prescription_id = clinic.drafted()
        clinic.sign(
            prescription_id,
            overrides={"allergy:penicillins:amoxicillin": OverrideReason.RECORD_IS_WRONG},
        )

        with clinic.uow as uow:
            prescription = uow.prescriptions.get(prescription_id)
            saved_again(uow.prescriptions, prescription, uow.prescriptions.read)
        assert prescription.signature.overrides == {
            "allergy:penicillins:amoxicillin": OverrideReason.RECORD_IS_WRONG
        }

    def test_lists(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()
        draft = clinic.drafted(consultation_id=consultation_id)
        signed = clinic.signed(consultation_id=consultation_id)

        with clinic.uow as uow:
            here = [one.id for one in uow.prescriptions.of_consultation(consultation_id)]
            mine = [one.id for one in uow.prescriptions.of_patient(PATIENT)]
            assert list(uow.prescriptions.signed_in(consultation_id)) == [signed]
        assert (here, mine) == ([draft, signed], [signed, draft])

    def test_a_replacement_keeps_the_lineage(self, clinic: Clinic) -> None:
        first = clinic.signed()
        second = clinic.drafted(
            consultation_id=clinic.prescription(first).consultation_id, replaces=first
        )
        clinic.sign(second)

        assert clinic.prescription(first).status is PrescriptionStatus.CANCELLED
        assert clinic.prescription(second).lineage_id == first

    def test_an_unknown_one_is_not_found(self, clinic: Clinic) -> None:
        with clinic.uow as uow, pytest.raises(PrescriptionNotFound):
            uow.prescriptions.get(PrescriptionId(clinic.ids.new()))


class TestOrders:
    def test_every_stage_is_read_as_it_was_stored(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=2)
        RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)

        with clinic.uow as uow:
            order = uow.orders.get(order_id)
            assert (order.fills, order.attention) == (2, AttentionReason.DISPENSED_TWICE)
            order.looked_at(AttentionReason.DISPENSED_TWICE, now=clinic.clock.now())
            saved_again(uow.orders, order, uow.orders.get)
            assert order.settled == {AttentionReason.DISPENSED_TWICE}
            assert uow.orders.find_by_reference(f"remote-{order_id}") == order_id
            assert uow.orders.find_by_reference("elsewhere") is None

    def test_two_dispensable_copies_cannot_be_stored(self, clinic: Clinic) -> None:
        order_id = clinic.sent()

        copy = second_copy(clinic.order(order_id), OrderId(clinic.ids.new()))
        copy.begin_sending(now=clinic.clock.now())

        with clinic.uow as uow, pytest.raises(CopyStillDispensable):
            uow.orders.add(copy)

    def test_a_rerouted_one_leaves_room_for_its_successor(self, clinic: Clinic) -> None:
        cancel = CancelOrder(clinic.uow, clinic.networks, clinic.send_order, clinic.clock)
        first = clinic.sent()
        successor = RerouteOrder(
            clinic.uow,
            cancel,
            RefreshOrder(clinic.uow, clinic.networks, clinic.clock),
            clinic.clock,
            clinic.ids,
        )(actor=A_PATIENT, order_id=first, pharmacy_id=OTHER_PHARMACY)
        clinic.send_order(actor=SYSTEM, order_id=successor)

        with clinic.uow as uow:
            lineage = uow.orders.of_lineage(uow.orders.get(first).lineage_id)
            assert [one.status for one in lineage] == [OrderStatus.REROUTED, OrderStatus.SENT]
            assert uow.pharmacies.preferred_by(PATIENT) == OTHER_PHARMACY

    def test_the_silent_ones_are_swept(self, clinic: Clinic) -> None:
        clinic.sent()
        clinic.clock.pass_by(timedelta(minutes=16))
        refresh = RefreshOrder(clinic.uow, clinic.networks, clinic.clock)
        sweep = SweepOrders(clinic.uow, clinic.send_order, refresh, clinic.clock)

        assert [sweep(actor=SYSTEM), sweep(actor=SYSTEM)] == [1, 0]

    def test_those_that_ended_are_found_by_when_they_did(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        at, moment = clinic.clock.now(), timedelta(microseconds=1)
        with clinic.uow as uow:
            assert uow.orders.ended_between(at, at + moment, limit=9) == []
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=1)
        RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)

        with clinic.uow as uow:
            assert uow.orders.ended_between(at, at + moment, limit=9) == [order_id]
            assert uow.orders.ended_between(at - moment, at, limit=9) == []
            assert uow.orders.ended_between(at, at + moment, limit=0) == []
            assert uow.orders.ended_between(at, at + moment, after=order_id, limit=9) == []
            before = OrderId(UUID(int=order_id.int - 1))
            assert uow.orders.ended_between(at, at + moment, after=before, limit=9) == [order_id]

    def test_pharmacies_of_a_country(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            assert [one.id for one in uow.pharmacies.in_country("AU")] == [
                PHARMACY,
                OTHER_PHARMACY,
            ]
            assert uow.pharmacies.in_country("FR") == []
            known = uow.pharmacies.get(PHARMACY)
            assert uow.pharmacies.find_by_network(known.network, known.network_reference) == known

    def test_an_unknown_one_is_not_found(self, clinic: Clinic) -> None:
        with clinic.uow as uow, pytest.raises(OrderNotFound):
            uow.orders.get(OrderId(clinic.ids.new()))


def second_copy(order: Order, order_id: OrderId) -> Order:
    return Order.create(
        order_id=order_id,
        prescription_id=order.prescription_id,
        lineage_id=order.lineage_id,
        consultation_id=order.consultation_id,
        patient_id=order.patient_id,
        pharmacy_id=order.pharmacy_id,
        now=order.created_at,
    )
