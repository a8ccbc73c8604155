"""
What cancelling would give back is said beforehand, and is what comes back.
"""

from typing import Any

import pytest

from application.payments.cancellation_quote import CancellationQuote, QuoteCancellation
from application.payments.ports import Stage
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.catalogue.refund_policy import RefundPolicy
from domain.payments.payment import Finding, PaymentNotFound
from tests.fakes.money import (
    A_PHYSICIAN,
    CONSULTATION,
    PHYSICIAN,
    MoneyDesk,
    dollars,
)

HALF_BEFORE_OPEN = RefundPolicy.from_data([{"applies_when": "before_open", "refund_percent": 50}])


@pytest.fixture
def desk() -> MoneyDesk:
    return MoneyDesk()


def quote(desk: MoneyDesk, actor: Actor | None = None) -> CancellationQuote:
    quote_cancellation = QuoteCancellation(desk.uow, desk.clock, desk.consultations)
    billed = desk.consultations.get(CONSULTATION)
    patient = Actor(
        roles=frozenset({Role.PATIENT}), patient_id=billed.patient_id if billed else None
    )
    return quote_cancellation(actor=actor or patient, consultation_id=CONSULTATION)


def test_costs_nothing_before_anything_was_paid(desk: MoneyDesk) -> None:
    quoted = quote(desk)

    assert (quoted.paid, quoted.kept, quoted.released) == (dollars(0), dollars(0), dollars(0))


def test_lets_a_reservation_go(desk: MoneyDesk) -> None:
    desk.pay()

    assert quote(desk).released == dollars(100)


def test_gives_everything_back_before_a_physician_has_it(desk: MoneyDesk) -> None:
    desk.pay()
    desk.report_payment(Finding.CAPTURED)
    desk.consultations.change(CONSULTATION, physician_id=None, refund_policy=RefundPolicy(()))

    assert quote(desk).back == dollars(100)


@pytest.mark.parametrize(("opened", "back"), [(False, 50), (True, 0)])
def test_quotes_what_would_come_back(desk: MoneyDesk, *, opened: bool, back: int) -> None:
    facts: dict[str, Any] = {
        "refund_policy": HALF_BEFORE_OPEN,
        "claimed": True,
        "opened": opened,
        "physician_id": PHYSICIAN,
    }
    desk.pay()
    desk.report_payment(Finding.CAPTURED)
    desk.consultations.change(CONSULTATION, **facts)

    quoted = quote(desk)
    desk.consultations.change(CONSULTATION, stage=Stage.CANCELLED, ended_at=desk.clock.now())
    desk.refund_when_cancelled(actor=SYSTEM, consultation_id=CONSULTATION)

    assert (quoted.paid, quoted.back) == (dollars(100), dollars(back))
    assert sum(refund.amount.minor for refund in desk.uow.refunds.all()) == quoted.back.minor


def test_is_the_patients_own(desk: MoneyDesk) -> None:
    with pytest.raises(AccessDenied):
        quote(desk, A_PHYSICIAN)


def test_knows_no_consultation_that_was_not_handed_in(desk: MoneyDesk) -> None:
    desk.consultations.drafts.add(CONSULTATION)

    with pytest.raises(PaymentNotFound):
        quote(desk)
