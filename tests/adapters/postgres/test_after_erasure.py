"""
A record that was erased holds up nobody else's work.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.relationships import PostgresRelationships
from application.consultations.care import CompleteConsultation
from application.consultations.deadlines import CheckPromises, RaiseDueFollowUps
from application.orders.tracking import RefreshOrder, SweepOrders
from application.shared.access import SYSTEM
from domain.consultations.follow_up import FollowUpPlan
from domain.consultations.outcome import ConsultationOutcome
from domain.documents import Document, DocumentKind
from domain.orders.fulfilment import OrderStatus
from domain.shared.ids import DocumentId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import A_PHYSICIAN, PATIENT, Clinic


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=2)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    return Clinic(uow=unit_of_work(engine))


def erase(clinic: Clinic) -> None:
    with clinic.uow as uow:
        patient = uow.patients.get(PATIENT)
        patient.erase(now=clinic.clock.now())
        uow.patients.erase(patient)
        uow.commit()


def test_a_promise_to_nobody_is_not_kept_in_mind(clinic: Clinic) -> None:
    clinic.waiting()
    erase(clinic)
    clinic.clock.pass_by(timedelta(days=1))

    assert CheckPromises(clinic.uow, clinic.clock)(actor=SYSTEM) == 0


def test_a_follow_up_with_nobody_does_not_fall_due(clinic: Clinic) -> None:
    CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PHYSICIAN,
        consultation_id=clinic.noted(),
        outcome=ConsultationOutcome.TREATED,
        follow_up=FollowUpPlan(due_at=clinic.clock.now() + timedelta(days=7), instructions=""),
    )
    erase(clinic)
    clinic.clock.pass_by(timedelta(days=8))

    assert RaiseDueFollowUps(clinic.uow, clinic.clock)(actor=SYSTEM) == 0


def test_a_file_that_cannot_be_opened_is_not_scanned(clinic: Clinic) -> None:
    document = Document.upload(
        id=DocumentId(UUID(int=9001)),
        patient_id=PATIENT,
        consultation_id=None,
        kind=DocumentKind.PHOTO,
        filename="skin.png",
        media_type="image/png",
        size=3,
        sha256=bytes(32),
        uploaded_by=None,
        now=clinic.clock.now(),
    )
    with clinic.uow as uow:
        uow.documents.add(document)
        uow.commit()
    erase(clinic)
    clinic.clock.pass_by(timedelta(days=1))

    with clinic.uow as uow:
        assert uow.documents.quarantined_since(clinic.clock.now(), limit=10) == []


def test_an_order_that_was_not_sent_is_given_up(clinic: Clinic) -> None:
    order_id = clinic.ordered()
    erase(clinic)
    clinic.clock.pass_by(timedelta(hours=1))
    refresh = RefreshOrder(clinic.uow, clinic.networks, clinic.clock)

    SweepOrders(clinic.uow, clinic.send_order, refresh, clinic.clock)(actor=SYSTEM)

    assert clinic.order(order_id).status is OrderStatus.CANCELLED
    assert clinic.network.sent == []


@pytest.mark.parametrize(
    ("stage", "under_way"),
    [("draft", False), ("submitted", True), ("waiting", True), ("opened", True)],
)
def test_care_is_under_way_from_its_submission(
    clinic: Clinic, engine: Engine, stage: str, *, under_way: bool
) -> None:
    getattr(clinic, stage)()

    assert PostgresRelationships(engine).is_in_care(PATIENT) is under_way
