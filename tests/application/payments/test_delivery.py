"""
A delivered service is shared by the plan that was frozen with it, once.
"""

import pytest

from application.payments.ports import Stage
from application.shared.access import SYSTEM
from domain.commission.terms import CommissionFacts, MonthStanding
from domain.ledger.chart import COMMISSION, PATIENT_FUNDS, PLATFORM_FEE, tax_payable, wallet_pending
from domain.ledger.events import EarningRecorded
from domain.payments.payment import Finding
from domain.shared.jurisdiction import Jurisdiction
from tests.builders.commission import a_frozen_plan
from tests.fakes.money import (
    CONSULTATION,
    PHYSICIAN,
    MoneyDesk,
    dollars,
)


@pytest.fixture
def desk() -> MoneyDesk:
    return MoneyDesk()


class TestRecordEarning:
    def test_shares_every_cent_of_the_price(self, desk: MoneyDesk) -> None:
        desk.consultations.change(CONSULTATION, tax=dollars(10))
        desk.pay()
        desk.complete()

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(68)
        assert desk.balance(COMMISSION) == dollars(17)
        assert desk.balance(PLATFORM_FEE) == dollars(5)
        assert desk.balance(tax_payable(Jurisdiction("AU-NSW"))) == dollars(10)
        assert desk.balance(PATIENT_FUNDS) == dollars(0)

    def test_credits_one_consultation_once(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.complete()

        desk.complete()

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)
        assert len(desk.uow.events_of(EarningRecorded)) == 1

    def test_waits_for_the_capture(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.consultations.change(CONSULTATION, stage=Stage.COMPLETED, physician_id=PHYSICIAN)
        desk.record_earning(actor=SYSTEM, consultation_id=CONSULTATION)
        assert desk.uow.lots.all() == []

        desk.report_payment(Finding.CAPTURED)
        desk.record_earning(actor=SYSTEM, consultation_id=CONSULTATION)

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)

    def test_waits_for_the_completion(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.report_payment(Finding.CAPTURED)

        desk.record_earning(actor=SYSTEM, consultation_id=CONSULTATION)

        assert desk.balance(PATIENT_FUNDS) == dollars(100)

    def test_keeps_what_decided_the_tier(self, desk: MoneyDesk) -> None:
        standing = MonthStanding(count=12, volume_minor=9900, month="2026-03", time_zone="UTC")
        desk.consultations.change(
            CONSULTATION,
            plan=a_frozen_plan(
                {"percent_bp": 2000, "tiers": [{"from_count": 12, "percent_bp": 1000}]}
            ),
            facts=CommissionFacts(values={}, standing=standing),
        )
        desk.pay()
        desk.complete()

        with desk.uow as uow:
            payment = uow.payments.of_consultation(CONSULTATION)
        assert payment is not None
        assert payment.delivery is not None
        assert payment.delivery.standing == standing
        assert desk.balance(COMMISSION) == dollars(9, 50)
