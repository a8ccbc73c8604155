"""
A delivered service is shared by the plan that was frozen with it, once.
"""

import pytest

from application.payments.plans import PublishCommissionPlan
from application.payments.ports import Stage
from application.shared.access import SYSTEM, AccessDenied
from domain.ledger.chart import COMMISSION, PATIENT_FUNDS, PLATFORM_FEE, tax_payable, wallet_pending
from domain.ledger.events import EarningRecorded
from domain.payments.commission import PlanKnowsTooMuch
from domain.payments.payment import Finding
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.money import (
    A_PHYSICIAN,
    CONSULTATION,
    FINANCE,
    PHYSICIAN,
    PLAN,
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

    def test_uses_the_frozen_version_of_the_plan(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.publish_plan(actor=FINANCE, name="greedy", rules=[{"percent_bp": 9000}], plan_id=PLAN)
        desk.complete()

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(76)


class TestPublishCommissionPlan:
    def test_numbers_the_versions(self, desk: MoneyDesk) -> None:
        published = desk.publish_plan(
            actor=FINANCE, name="standard", rules=[{"percent_bp": 1500}], plan_id=PLAN
        )

        assert published.number == 2

    def test_refuses_a_plan_that_asks_about_prescriptions(self, desk: MoneyDesk) -> None:
        rule = {"when": {"prescriptions": ["0"]}, "percent_bp": 9000}

        with pytest.raises(PlanKnowsTooMuch):
            desk.publish_plan(actor=FINANCE, name="bad", rules=[rule, {"percent_bp": 1000}])

    def test_is_for_finance_staff(self, desk: MoneyDesk) -> None:
        publish = PublishCommissionPlan(*desk.core, desk.ids)

        with pytest.raises(AccessDenied):
            publish(actor=A_PHYSICIAN, name="mine", rules=[{"percent_bp": 0}])
