"""
A payment only ever moves forward, and what cannot be goes to a person.
"""

import itertools

import pytest

from domain.payments.events import PaymentNeedsReview
from domain.payments.payment import (
    Finding,
    Payment,
    PaymentMoved,
    PaymentStatus,
    ProcessorReport,
    RefundExceedsPayment,
)
from domain.shared.errors import InvariantError
from domain.shared.ids import PaymentId
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import CONSULTATION, PATIENT, dollars


def a_payment() -> Payment:
    payment = Payment.start(
        id=PaymentId(CONSULTATION),
        consultation_id=CONSULTATION,
        patient_id=PATIENT,
        amount=dollars(100),
        now=MONDAY_NOON,
    )
    payment.link("pi_1")
    payment.pull_events()
    return payment


def see(payment: Payment, finding: Finding) -> bool:
    return payment.observe(ProcessorReport(finding=finding, amount=dollars(100)), now=MONDAY_NOON)


@pytest.mark.parametrize("reports", list(itertools.permutations(list(Finding)[:5], 3)))
def test_reports_in_any_order_and_twice_never_undo_a_capture(reports: tuple[Finding, ...]) -> None:
    payment = a_payment()

    captures = sum(see(payment, finding) for finding in (*reports, *reports))

    assert captures <= 1
    assert payment.is_taken == (captures == 1)


def test_a_capture_without_an_authorisation_before_it_counts_as_both() -> None:
    payment = a_payment()
    see(payment, Finding.CAPTURED)

    kinds = [type(event).__name__ for event in payment.pull_events()]

    assert kinds == ["PaymentAuthorised", "PaymentCaptured"]


@pytest.mark.parametrize(
    ("first", "then", "finding"),
    [
        (Finding.CANCELLED, Finding.CAPTURED, "captured_after_cancellation"),
        (Finding.CANCELLED, Finding.AUTHORISED, "authorised_after_cancellation"),
        (Finding.CAPTURED, Finding.CANCELLED, "cancelled_after_capture"),
        (Finding.AUTHORISED, Finding.UNRECOGNISED, "unrecognised_status"),
    ],
)
def test_what_cannot_be_is_left_to_a_person_once(
    first: Finding, then: Finding, finding: str
) -> None:
    payment = a_payment()
    see(payment, first)
    for _ in range(2):
        see(payment, then)

    reviews = [e for e in payment.pull_events() if isinstance(e, PaymentNeedsReview)]

    assert [each.finding for each in reviews] == [finding]


def test_a_payment_has_one_name_at_the_processor() -> None:
    payment = a_payment()
    payment.link("pi_1")

    with pytest.raises(InvariantError):
        payment.link("pi_2")


def test_what_the_processor_knows_is_cancelled_there() -> None:
    with pytest.raises(PaymentMoved):
        a_payment().cancel_unasked(now=MONDAY_NOON)


class TestRefunds:
    @pytest.fixture
    def taken(self) -> Payment:
        payment = a_payment()
        see(payment, Finding.CAPTURED)
        return payment

    def test_never_exceed_what_was_taken(self, taken: Payment) -> None:
        taken.reserve_refund(dollars(60))

        with pytest.raises(RefundExceedsPayment):
            taken.reserve_refund(dollars(41))

    def test_show_in_the_status(self, taken: Payment) -> None:
        seen = []
        for amount in (dollars(60), dollars(40)):
            taken.reserve_refund(amount)
            taken.finish_refund(amount)
            seen.append(taken.status)
        for amount in (dollars(60), dollars(40)):
            taken.undo_refund(amount, was_finished=True)
            seen.append(taken.status)

        assert seen == [
            PaymentStatus.PARTIALLY_REFUNDED,
            PaymentStatus.REFUNDED,
            PaymentStatus.PARTIALLY_REFUNDED,
            PaymentStatus.CAPTURED,
        ]
        assert taken.refundable == dollars(100)

    def test_nothing_is_refundable_before_it_was_taken(self) -> None:
        assert a_payment().refundable == dollars(0)
