"""
A cancelled consultation gives the money back, as the frozen policy says.
"""

from datetime import timedelta
from typing import Any

import pytest

from application.payments.ports import Stage
from application.reactions import REACTIONS
from application.shared.access import SYSTEM
from domain.catalogue.refund_policy import RefundPolicy
from domain.ledger.chart import COMMISSION, PATIENT_FUNDS, PROCESSOR_CLEARING, wallet_pending
from domain.payments.events import PaymentAuthorised
from domain.payments.payment import Finding, PaymentStatus
from domain.shared.money import Money
from tests.fakes.money import CONSULTATION, FINANCE, PHYSICIAN, MoneyDesk, dollars

HALF_BEFORE_OPEN = RefundPolicy.from_data([{"applies_when": "before_open", "refund_percent": 50}])


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.pay()
    return desk


def cancel(desk: MoneyDesk, **changes: Any) -> None:
    desk.consultations.change(
        CONSULTATION, stage=Stage.CANCELLED, ended_at=desk.clock.now(), **changes
    )
    desk.refund_when_cancelled(actor=SYSTEM, consultation_id=CONSULTATION)


def submit_refunds(desk: MoneyDesk) -> None:
    desk.clock.pass_by(timedelta(hours=1))
    desk.sweep_refunds(actor=SYSTEM)


def status(desk: MoneyDesk) -> PaymentStatus:
    payment = desk.uow.payments.of_consultation(CONSULTATION)
    assert payment is not None
    return payment.status


def test_an_authorisation_is_let_go(desk: MoneyDesk) -> None:
    cancel(desk)

    assert status(desk) is PaymentStatus.CANCELLED
    assert desk.uow.journal.keys() == []


def test_what_was_captured_goes_back_in_full_when_we_called_it_off(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)

    for _ in range(3):
        cancel(desk, full_refund=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    assert desk.balance(PROCESSOR_CLEARING) == dollars(0)
    assert desk.balance(PATIENT_FUNDS) == dollars(0)
    assert status(desk) is PaymentStatus.REFUNDED
    assert len(desk.uow.refunds.all()) == 1


def test_what_nobody_had_taken_goes_back_in_full_whatever_the_policy(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)

    cancel(desk, refund_policy=RefundPolicy(()))
    submit_refunds(desk)

    assert desk.balance(PROCESSOR_CLEARING) == dollars(0)


def test_what_the_policy_lets_us_keep_is_shared_like_a_delivered_service(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)

    for _ in range(2):
        cancel(desk, refund_policy=HALF_BEFORE_OPEN, claimed=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    assert desk.balance(PROCESSOR_CLEARING) == dollars(50)
    assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(38)
    assert desk.balance(COMMISSION) == dollars(9, 50)
    assert desk.balance(PATIENT_FUNDS) == dollars(0)


def test_a_capture_that_was_faster_than_the_cancellation_is_refunded(desk: MoneyDesk) -> None:
    desk.processor.report(desk.reference(), Finding.CAPTURED)

    cancel(desk, full_refund=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    assert status(desk) is PaymentStatus.REFUNDED


def test_a_failed_refund_is_not_shared_as_if_it_were_ours(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)
    desk.processor.refuses = True
    cancel(desk, full_refund=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    cancel(desk, full_refund=True, physician_id=PHYSICIAN)

    assert desk.balance(PATIENT_FUNDS) == dollars(100)
    assert desk.uow.lots.all() == []


def goodwill(desk: MoneyDesk, amount: Money) -> None:
    quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=amount)
    desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="a long wait")


def test_what_was_given_back_before_is_made_whole(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)
    goodwill(desk, dollars(10))

    for _ in range(2):
        cancel(desk, full_refund=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    assert status(desk) is PaymentStatus.REFUNDED
    assert desk.balance(PATIENT_FUNDS) == dollars(0)


def test_what_was_given_back_before_counts_towards_the_policy(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)
    goodwill(desk, dollars(70))

    for _ in range(2):
        cancel(desk, refund_policy=HALF_BEFORE_OPEN, claimed=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    assert desk.balance(PROCESSOR_CLEARING) == dollars(30)
    assert desk.balance(PATIENT_FUNDS) == dollars(0)


def test_a_refund_that_fails_is_left_to_a_person(desk: MoneyDesk) -> None:
    desk.report_payment(Finding.CAPTURED)
    desk.processor.refuses = True
    cancel(desk, full_refund=True, physician_id=PHYSICIAN)
    submit_refunds(desk)

    payment = desk.uow.payments.of_consultation(CONSULTATION)
    assert payment is not None
    assert payment.review == "refund_failed"


def test_paying_for_what_was_cancelled_meanwhile_is_let_go(desk: MoneyDesk) -> None:
    """The patient had the processor's page open; the workflow asks again once it was paid."""
    assert REACTIONS.find(PaymentAuthorised, "RefundWhenCancelled") is not None

    cancel(desk)

    assert status(desk) is PaymentStatus.CANCELLED


def test_a_consultation_that_goes_on_keeps_its_payment(desk: MoneyDesk) -> None:
    desk.refund_when_cancelled(actor=SYSTEM, consultation_id=CONSULTATION)

    assert status(desk) is PaymentStatus.AUTHORISED


def test_a_consultation_that_was_never_paid_for_is_left_alone() -> None:
    desk = MoneyDesk()

    cancel(desk)

    assert desk.processor.calls == []


def test_a_draft_that_is_thrown_away_costs_nothing() -> None:
    desk = MoneyDesk()
    desk.consultations.drafts.add(CONSULTATION)

    desk.refund_when_cancelled(actor=SYSTEM, consultation_id=CONSULTATION)

    assert desk.uow.payments.all() == []
