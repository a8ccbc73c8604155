"""
Pay and prescriptions as they are counted in the database, and where plans are used.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.commission import PostgresPlanUses
from adapters.postgres.queries.pay_reports import PostgresPayReports
from adapters.postgres.queries.payments import PostgresConsultationFacts
from application.commission.ports import PlanUse
from application.commission.preview import PreviewEarnings
from application.consultations.care import CompleteConsultation
from application.payments.delivery import RecordEarning
from application.shared.access import SYSTEM
from domain.consultations.outcome import ConsultationOutcome
from domain.ledger.chart import COMMISSION, wallet_pending
from domain.payments.payment import Finding, Payment, ProcessorReport
from domain.shared.ids import ConsultationId, PaymentId, PhysicianId
from domain.shared.money import Money
from domain.wallets.wallet import WalletPolicy
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import A_PHYSICIAN, PATIENT, Clinic
from tests.builders.commission import STANDARD, a_plan
from tests.builders.physicians import PHYSICIAN, PLAN
from tests.fakes.clock import MONDAY_NOON, FixedClock

DAY = timedelta(days=1)
TODAY = MONDAY_NOON.date()
TIERED = {"percent_bp": 3000, "tiers": [{"from_count": 2, "percent_bp": 1000}]}
ME = PhysicianId(PHYSICIAN)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    clock = FixedClock()
    return Clinic(uow=unit_of_work(engine, clock=clock), clock=clock)


def pay(clinic: Clinic, consultation_id: ConsultationId) -> Money:
    """The processor captures the price; nothing is shared yet."""
    price = clinic.consultation(consultation_id).frozen_policy.price
    payment = Payment.start(
        id=PaymentId(clinic.ids.new()),
        consultation_id=consultation_id,
        patient_id=PATIENT,
        amount=price,
        now=clinic.clock.now(),
    )
    payment.link(f"pi_{payment.id.hex}")
    payment.observe(ProcessorReport(finding=Finding.CAPTURED, amount=price), now=clinic.clock.now())
    with clinic.uow as uow:
        uow.payments.add(payment)
        uow.commit()
    return price


def finish(clinic: Clinic, consultation_id: ConsultationId, outcome: ConsultationOutcome) -> None:
    CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PHYSICIAN, consultation_id=consultation_id, outcome=outcome
    )


def share(engine: Engine, clinic: Clinic, consultation_id: ConsultationId) -> None:
    facts = PostgresConsultationFacts(engine)
    RecordEarning(clinic.uow, clinic.clock, clinic.ids, facts, WalletPolicy())(
        actor=SYSTEM, consultation_id=consultation_id
    )


def delivered(engine: Engine, clinic: Clinic) -> Money:
    consultation_id = clinic.noted()
    price = pay(clinic, consultation_id)
    finish(clinic, consultation_id, ConsultationOutcome.TREATED)
    share(engine, clinic, consultation_id)
    return price


def test_pay_is_what_was_shared_and_prescriptions_what_was_signed(
    engine: Engine, clinic: Clinic
) -> None:
    price = delivered(engine, clinic)
    prescription_id = clinic.signed()
    prescribed_in = clinic.prescription(prescription_id).consultation_id
    with engine.begin() as connection:
        connection.execute(
            text(
                "update consultation set status = 'completed', outcome = 'prescribed',"
                " ended_at = :now where id = :id"
            ),
            {"now": clinic.clock.now(), "id": prescribed_in},
        )
    clinic.claimed()

    (line,) = PostgresPayReports(engine).pay_and_prescribing(since=TODAY, until=TODAY + DAY)

    kept = clinic.uow
    with kept as uow:
        earned = uow.journal.balance(wallet_pending(ME), price.currency)
    assert (line.physician_id, line.finished, line.shared) == (PHYSICIAN, 2, 1)
    assert line.pay == earned
    assert line.prescriptions == 1
    assert [(plan.code, plan.version) for plan in line.plans] == [("standard", 3)]
    assert line.plans[0].terms[0].startswith("The platform keeps 30 %")
    assert "Moreau" in line.name


def test_only_what_ended_in_the_period_counts(engine: Engine, clinic: Clinic) -> None:
    delivered(engine, clinic)
    reports = PostgresPayReports(engine)

    assert reports.pay_and_prescribing(since=TODAY + DAY, until=TODAY + 9 * DAY) == ()
    assert reports.pay_and_prescribing(since=TODAY - 9 * DAY, until=TODAY) == ()


def test_versions_know_their_bookings_and_contracts(engine: Engine, clinic: Clinic) -> None:
    clinic.claimed()
    clinic.submitted()
    clinic.draft()

    uses = PostgresPlanUses(engine).of((STANDARD, PLAN))

    assert set(uses) == {
        PlanUse(plan_id=PLAN, version=1, bookings=0, contracts=2),
        PlanUse(plan_id=STANDARD, version=3, bookings=2, contracts=0),
    }


def test_the_books_show_what_was_previewed(engine: Engine, clinic: Clinic) -> None:
    """Four consultations of a month over a tier: counted, shared and posted in PostgreSQL."""
    with clinic.uow as uow:
        uow.commission_plans.add(evolve(a_plan(TIERED, number=4)))
        uow.commit()
    (found,) = PreviewEarnings(clinic.uow, clinic.clock)(
        actor=A_PHYSICIAN, physician_id=ME, consultations=4
    )

    prices = []
    for _ in range(4):
        prices.append(delivered(engine, clinic))
        clinic.clock.pass_by(timedelta(minutes=5))

    assert [(step.first, step.last) for step in found.month.steps] == [(1, 2), (3, 4)]
    with clinic.uow as uow:
        currency = prices[0].currency
        assert uow.journal.balance(wallet_pending(ME), currency) == found.month.totals.earning
        assert uow.journal.balance(COMMISSION, currency) == found.month.totals.commission
        payment = uow.payments.of_consultation(_latest(engine))
    assert payment is not None
    assert payment.delivery is not None
    assert payment.delivery.standing.count == 3
    assert payment.delivery.standing.month == "2026-03"


def _latest(engine: Engine) -> ConsultationId:
    with engine.connect() as connection:
        found: UUID = connection.execute(
            text("select id from consultation order by ended_at desc limit 1")
        ).scalar_one()
    return ConsultationId(found)
