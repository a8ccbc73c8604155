"""
Following one consultation's money through the real database.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.money_trail import PostgresMoneyTrails
from application.shared.access import SYSTEM, AccessDenied
from application.wallets.money_trail import FollowTheMoney, MoneyTrail
from domain.ledger.lot import LotStatus
from domain.payments.payment import PaymentNotFound
from domain.payouts.payout import PayoutStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import ConsultationId, to_wire
from domain.shared.money import total
from tests.adapters.postgres.money_desk import open_desk
from tests.fakes.money import A_PHYSICIAN, AUD, FINANCE, PHYSICIAN, MoneyDesk, dollars

THIRD, FOURTH = (ConsultationId(UUID(int=number)) for number in (3, 4))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    return open_desk(engine)


def follow(engine: Engine, consultation_id: ConsultationId = THIRD) -> MoneyTrail:
    return FollowTheMoney(PostgresMoneyTrails(engine))(
        actor=FINANCE, consultation_id=consultation_id
    )


def test_a_payment_is_followed_to_the_bank_and_back(engine: Engine, desk: MoneyDesk) -> None:
    desk.earn(3)
    desk.earn(4)
    desk.be_payable()
    payout_id = desk.request(dollars(100))
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    with desk.uow as uow:
        reference = uow.payouts.get(payout_id).reference
    assert reference is not None
    desk.vendor.report(reference, TransferFinding.PAID, fee=dollars(0))
    desk.refresh_payout(actor=SYSTEM, reference=reference)
    quote = desk.quote_refund(actor=FINANCE, consultation_id=FOURTH)
    desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")

    trail = follow(engine, FOURTH)

    (paid,), earning = trail.payments, trail.earning
    assert earning is not None
    assert (paid.amount, earning.amount, earning.physician_id) == (
        dollars(100),
        dollars(76),
        PHYSICIAN,
    )
    assert (earning.status, earning.remaining) == (LotStatus.AVAILABLE, dollars(0))
    assert [(use.taken_by[:2], use.amount) for use in trail.uses] == [
        ("po", dollars(24)),
        ("re", dollars(52)),
    ]
    assert total([use.amount for use in trail.uses], AUD) + earning.remaining == earning.amount
    assert [(each.payout_id, each.status) for each in trail.payouts] == [
        (payout_id, PayoutStatus.PAID)
    ]
    assert [each.amount for each in trail.refunds] == [dollars(100)]
    assert [entry.reason for entry in trail.entries] == [
        "payment_captured",
        "service_delivered",
        "earning_matured",
        "refund_after_delivery",
    ]
    standing = {one.account: one.change for one in trail.standing}
    assert standing[f"physician_debt:{PHYSICIAN}"] == dollars(24)
    assert "revenue:commission" not in standing
    assert trail.entries[0].cause == to_wire("payment", paid.payment_id)


def test_what_nobody_paid_for_is_not_found(engine: Engine) -> None:
    with pytest.raises(PaymentNotFound):
        follow(engine)


def test_is_for_finance(engine: Engine) -> None:
    with pytest.raises(AccessDenied):
        FollowTheMoney(PostgresMoneyTrails(engine))(actor=A_PHYSICIAN, consultation_id=THIRD)
