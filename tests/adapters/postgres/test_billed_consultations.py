"""
What money learns of a consultation as it is stored, and whom it introduces to the vendor.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.payments import PostgresConsultationFacts
from adapters.postgres.queries.payouts import PostgresPayees
from adapters.security.bank_fingerprints import KeyedBankFingerprints
from application.consultations.cancellation import CancelConsultation
from application.consultations.care import CompleteConsultation
from application.payments.ports import BilledConsultation, Stage
from application.scheduling.booking import ReleaseAppointment
from application.shared.access import SYSTEM, Actor
from domain.commission.terms import MonthStanding
from domain.consultations.consultation import ConsultationNotFound
from domain.consultations.outcome import CancellationReason, ConsultationOutcome
from domain.physicians.physician import PhysicianNotFound
from domain.scheduling.appointment import Appointment
from domain.scheduling.booking_policy import BookingPolicy
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId
from domain.shared.period import Period
from tests.adapters.postgres.transactions import BLIND_INDEX, CIPHER, unit_of_work
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    OPERATIONS,
    PATIENT,
    Clinic,
    a_commission_plan,
)
from tests.builders.physicians import PHYSICIAN
from tests.fakes.clock import FixedClock
from tests.fakes.money import a_bank


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    clock = FixedClock()
    return Clinic(uow=unit_of_work(engine, clock=clock), clock=clock)


def billed(engine: Engine, consultation_id: ConsultationId) -> BilledConsultation:
    found = PostgresConsultationFacts(engine).get(consultation_id)
    assert found is not None
    return found


def cancel(clinic: Clinic, consultation_id: ConsultationId, actor: Actor) -> None:
    reason = (
        CancellationReason.PATIENT_CHANGED_MIND
        if actor is A_PATIENT
        else CancellationReason.PLATFORM
    )
    CancelConsultation(clinic.uow, clinic.clock)(
        actor=actor, consultation_id=consultation_id, reason=reason
    )


def completed(clinic: Clinic) -> ConsultationId:
    consultation_id = clinic.noted()
    CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
        actor=A_PHYSICIAN, consultation_id=consultation_id, outcome=ConsultationOutcome.TREATED
    )
    return consultation_id


class TestConsultationFacts:
    def test_the_terms_are_those_that_were_frozen(self, engine: Engine, clinic: Clinic) -> None:
        consultation_id = clinic.submitted()
        stored = clinic.consultation(consultation_id)

        found = billed(engine, consultation_id)

        assert stored.policy is not None
        assert found.price == stored.policy.price
        assert (found.tax, found.platform_fee) == (
            stored.policy.terms.tax,
            stored.policy.terms.platform_fee,
        )
        assert (found.plan.plan_id, found.plan.version) == (
            a_commission_plan().id,
            a_commission_plan().number,
        )
        assert found.plan.terms == a_commission_plan().terms
        assert found.plan.why
        assert found.patient_id == PATIENT
        assert found.facts.values["service_code"]

    def test_stages_follow_the_consultation(self, engine: Engine, clinic: Clinic) -> None:
        stages = [
            billed(engine, consultation_id).stage
            for consultation_id in (
                clinic.submitted(),
                clinic.waiting(),
                clinic.claimed(),
                clinic.opened(),
            )
        ]

        assert stages == [Stage.UNPAID, Stage.WAITING, Stage.CLAIMED, Stage.OPENED]

    def test_the_visit_is_the_latest_that_was_chosen(self, engine: Engine, clinic: Clinic) -> None:
        consultation_id, now = clinic.waiting(), clinic.clock.now()
        times = [now + timedelta(days=1), now + timedelta(days=2)]
        for number, start in enumerate(times):
            ReleaseAppointment(clinic.uow, clinic.clock)(
                actor=SYSTEM, consultation_id=consultation_id
            )
            appointment = Appointment.hold(
                id=AppointmentId(UUID(int=71 + number)),
                physician_id=PHYSICIAN,
                patient_id=PATIENT,
                consultation_id=consultation_id,
                during=Period(start, start + timedelta(minutes=30)),
                policy=BookingPolicy(),
                now=now,
            )
            with clinic.uow as uow:
                uow.appointments.add(appointment)
                uow.commit()

        assert billed(engine, consultation_id).appointment_at == times[1]

    def test_a_draft_has_nothing_to_bill(self, engine: Engine, clinic: Clinic) -> None:
        assert PostgresConsultationFacts(engine).get(clinic.draft()) is None

    def test_an_unknown_one_is_not_found(self, engine: Engine) -> None:
        with pytest.raises(ConsultationNotFound):
            PostgresConsultationFacts(engine).get(ConsultationId(UUID(int=9)))

    @pytest.mark.parametrize(("actor", "full"), [(A_PATIENT, False), (OPERATIONS, True)])
    def test_who_called_it_off_decides_about_a_full_refund(
        self,
        engine: Engine,
        clinic: Clinic,
        actor: Actor,
        full: bool,  # noqa: FBT001
    ) -> None:
        consultation_id = clinic.claimed()
        cancel(clinic, consultation_id, actor)

        found = billed(engine, consultation_id)

        assert found.stage is Stage.CANCELLED
        assert found.full_refund is full
        assert found.claimed
        assert not found.opened

    def test_earlier_consultations_of_the_month_are_counted(
        self, engine: Engine, clinic: Clinic
    ) -> None:
        first = completed(clinic)
        clinic.clock.pass_by(timedelta(hours=1))
        second = completed(clinic)

        standings = [billed(engine, each).facts.standing for each in (first, second)]

        price = clinic.consultation(first).frozen_policy.price
        assert standings == [
            MonthStanding(count=0, volume_minor=0, month="2026-03", time_zone="Australia/Sydney"),
            MonthStanding(
                count=1, volume_minor=price.minor, month="2026-03", time_zone="Australia/Sydney"
            ),
        ]

    def test_the_month_is_the_physicians(self, engine: Engine, clinic: Clinic) -> None:
        """In Sydney it is April eleven hours before it is in London."""
        ends = [datetime(2026, 3, 31, 12, 59, tzinfo=UTC), datetime(2026, 3, 31, 13, tzinfo=UTC)]
        done = []
        for ends_at in ends:
            clinic.clock.pass_by(ends_at - clinic.clock.now())
            done.append(completed(clinic))

        standings = [billed(engine, each).facts.standing for each in done]

        assert [(one.month, one.count) for one in standings] == [("2026-03", 0), ("2026-04", 0)]
        assert billed(engine, done[1]).facts.values["weekday"] == "wednesday"

    def test_of_two_that_ended_at_once_one_was_first(self, engine: Engine, clinic: Clinic) -> None:
        done = [completed(clinic), completed(clinic)]

        assert [billed(engine, each).facts.standing.count for each in done] == [0, 1]

    def test_one_that_was_booked_before_plans_were_copied_finds_its_plan(
        self, engine: Engine, clinic: Clinic
    ) -> None:
        consultation_id = clinic.claimed()
        with engine.begin() as connection:
            connection.execute(text("update consultation set commission = null"))

        assert billed(engine, consultation_id).plan.terms == a_commission_plan().terms
        stored = clinic.consultation(consultation_id).frozen_policy.commission_plan
        assert stored.version == a_commission_plan().number


class TestPayees:
    def test_name_and_address_are_those_of_the_account(
        self, engine: Engine, clinic: Clinic
    ) -> None:
        payee = PostgresPayees(engine, CIPHER).get(PHYSICIAN)

        assert payee.email.endswith("@clinic.test")
        assert payee.given_name
        assert payee.email not in repr(payee)

    def test_an_unknown_physician_is_not_found(self, engine: Engine) -> None:
        with pytest.raises(PhysicianNotFound):
            PostgresPayees(engine, CIPHER).get(PhysicianId(UUID(int=9)))


class TestFingerprints:
    def test_tell_accounts_apart_without_naming_them(self) -> None:
        fingerprints = KeyedBankFingerprints(BLIND_INDEX)

        assert fingerprints.of(a_bank()) == fingerprints.of(a_bank())
        assert fingerprints.of(a_bank()) != fingerprints.of(a_bank("87654321"))
        assert "12345678" not in fingerprints.of(a_bank())
