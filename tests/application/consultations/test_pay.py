"""
By which plan a consultation is shared is settled by what was in force when it was booked.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve

from application.consultations.assignment import (
    ClaimConsultation,
    ReassignConsultation,
    ReturnConsultation,
)
from domain.commission.choice import FrozenPlan
from domain.commission.scope import PlanLevel
from domain.consultations.consultation import ConsultationMoved
from domain.shared.ids import CommissionPlanId, ConsultationId, ContractId
from tests.builders.care import A_PHYSICIAN, ANOTHER_PHYSICIAN, OPERATIONS, SECOND_PHYSICIAN, Clinic
from tests.builders.commission import STANDARD, a_frozen_plan, a_plan
from tests.builders.physicians import PHYSICIAN, a_contract

PARTNER = CommissionPlanId(UUID(int=61))
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def plan_of(clinic: Clinic, consultation_id: ConsultationId) -> FrozenPlan:
    return clinic.consultation(consultation_id).frozen_policy.commission_plan


def publish(clinic: Clinic, **said: object) -> None:
    with clinic.uow as uow:
        uow.commission_plans.add(a_plan(**said))  # type: ignore[arg-type]
        uow.commit()


def sign_partner_contract(clinic: Clinic) -> None:
    """The first physician signs a contract that names the partner plan."""
    publish(clinic, plan_id=PARTNER, code="partner", name="Partner", level=PlanLevel.CONTRACT)
    contract = evolve(a_contract(contract_id=ContractId(UUID(int=901))), commission_plan_id=PARTNER)
    with clinic.uow as uow:
        physician = uow.physicians.get(PHYSICIAN)
        physician.offer_contract(contract, now=clinic.clock.now())
        physician.sign_contract(contract.id, now=clinic.clock.now())
        uow.physicians.save(physician)
        uow.commit()


def claim(clinic: Clinic, consultation_id: ConsultationId) -> None:
    ClaimConsultation(clinic.uow, clinic.clock)(actor=A_PHYSICIAN, consultation_id=consultation_id)


def test_terms_and_reason_are_kept_at_the_booking(clinic: Clinic) -> None:
    plan = plan_of(clinic, clinic.submitted())

    assert (plan.plan_id, plan.version, plan.level) == (STANDARD, 3, PlanLevel.DEFAULT)
    assert plan.terms == a_plan({"percent_bp": 3000}).terms
    assert "No more particular plan applied" in plan.why


def test_what_is_published_later_does_not_touch_it(clinic: Clinic) -> None:
    consultation_id = clinic.waiting()
    clinic.clock.pass_by(HOUR)
    publish(clinic, number=4, since=clinic.clock.now())

    claim(clinic, consultation_id)

    assert plan_of(clinic, consultation_id).version == 3


def test_whoever_takes_it_brings_the_contract_of_the_booking(clinic: Clinic) -> None:
    sign_partner_contract(clinic)
    clinic.clock.pass_by(HOUR)
    consultation_id = clinic.waiting()
    assert plan_of(clinic, consultation_id).code == "standard"

    claim(clinic, consultation_id)

    plan = plan_of(clinic, consultation_id)
    assert plan.code == "partner"
    assert "contract at the booking names “Partner”" in plan.why


def test_a_contract_that_was_signed_later_does_not_count(clinic: Clinic) -> None:
    consultation_id = clinic.waiting()
    clinic.clock.pass_by(HOUR)
    sign_partner_contract(clinic)

    claim(clinic, consultation_id)

    assert plan_of(clinic, consultation_id).code == "standard"


def test_a_later_contract_does_not_undo_the_one_of_the_booking(clinic: Clinic) -> None:
    sign_partner_contract(clinic)
    clinic.clock.pass_by(HOUR)
    consultation_id = clinic.waiting()
    clinic.clock.pass_by(HOUR)
    back = evolve(a_contract(contract_id=ContractId(UUID(int=902))), commission_plan_id=STANDARD)
    with clinic.uow as uow:
        physician = uow.physicians.get(PHYSICIAN)
        physician.offer_contract(back, now=clinic.clock.now())
        physician.sign_contract(back.id, now=clinic.clock.now())
        uow.physicians.save(physician)
        uow.commit()

    claim(clinic, consultation_id)

    assert plan_of(clinic, consultation_id).code == "partner"


def test_with_the_next_physician_it_is_chosen_again(clinic: Clinic) -> None:
    sign_partner_contract(clinic)
    clinic.clock.pass_by(HOUR)
    handed_over, put_back = clinic.claimed(), clinic.claimed()

    ReassignConsultation(clinic.uow, clinic.clock)(
        actor=OPERATIONS,
        consultation_id=handed_over,
        physician_id=SECOND_PHYSICIAN,
        reason="holiday",
    )
    ReturnConsultation(clinic.uow, clinic.clock)(actor=A_PHYSICIAN, consultation_id=put_back)
    ClaimConsultation(clinic.uow, clinic.clock)(actor=ANOTHER_PHYSICIAN, consultation_id=put_back)

    assert plan_of(clinic, handed_over).code == "standard"
    assert plan_of(clinic, put_back).code == "standard"


def test_a_finished_consultation_keeps_its_plan(clinic: Clinic) -> None:
    waiting = clinic.consultation(clinic.waiting())

    with pytest.raises(ConsultationMoved):
        waiting.settle_pay(a_frozen_plan())
    assert waiting.frozen_policy.commission_plan.version == 3
