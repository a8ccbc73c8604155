"""
Consultations whose payment came to nothing.
"""

import pytest

from application.consultations.cancellation import CallOffUnpaid
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.events import ConsultationCancelled
from domain.consultations.outcome import CancellationReason
from domain.payments.payment import Finding, Payment, ProcessorReport
from domain.shared.ids import ConsultationId, PaymentId
from tests.builders.care import OPERATIONS, PATIENT, Clinic


def call_off(clinic: Clinic, consultation_id: ConsultationId, actor: Actor = SYSTEM) -> None:
    CallOffUnpaid(clinic.uow, clinic.uow, clinic.clock)(
        actor=actor, consultation_id=consultation_id
    )


def paid(clinic: Clinic, consultation_id: ConsultationId, *findings: Finding) -> None:
    amount = clinic.consultation(consultation_id).frozen_policy.price
    now = clinic.clock.now()
    payment = Payment.start(
        id=PaymentId(clinic.ids.new()),
        consultation_id=consultation_id,
        patient_id=PATIENT,
        amount=amount,
        now=now,
    )
    payment.link(f"pi_{payment.id}")
    for finding in findings:
        payment.observe(ProcessorReport(finding=finding, amount=amount), now=now)
    with clinic.uow as uow:
        uow.payments.add(payment)
        uow.commit()


def test_what_waits_unpaid_is_called_off_once(clinic: Clinic) -> None:
    waiting = clinic.waiting()
    paid(clinic, waiting, Finding.AUTHORISED, Finding.CANCELLED)

    call_off(clinic, waiting)
    call_off(clinic, waiting)

    assert clinic.consultation(waiting).cancellation is CancellationReason.PAYMENT_FAILED
    assert len(clinic.uow.events_of(ConsultationCancelled)) == 1


def test_what_was_claimed_is_called_off(clinic: Clinic) -> None:
    claimed = clinic.claimed()
    paid(clinic, claimed, Finding.AUTHORISED, Finding.CANCELLED)

    call_off(clinic, claimed)

    assert clinic.consultation(claimed).status is ConsultationStatus.CANCELLED


def test_what_was_begun_goes_on(clinic: Clinic) -> None:
    opened = clinic.opened()
    paid(clinic, opened, Finding.AUTHORISED, Finding.CANCELLED)

    call_off(clinic, opened)

    assert clinic.consultation(opened).status is ConsultationStatus.IN_PROGRESS


def test_a_second_payment_counts(clinic: Clinic) -> None:
    waiting = clinic.waiting()
    paid(clinic, waiting, Finding.CANCELLED)
    paid(clinic, waiting, Finding.AUTHORISED)

    call_off(clinic, waiting)

    assert clinic.consultation(waiting).status is ConsultationStatus.WAITING


def test_who_was_not_charged_yet_can_still_pay(clinic: Clinic) -> None:
    submitted = clinic.submitted()
    paid(clinic, submitted, Finding.CANCELLED)

    call_off(clinic, submitted)

    assert clinic.consultation(submitted).status is ConsultationStatus.AWAITING_PAYMENT


def test_is_the_platforms_alone(clinic: Clinic) -> None:
    with pytest.raises(AccessDenied):
        call_off(clinic, clinic.waiting(), OPERATIONS)
