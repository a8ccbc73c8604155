"""
What is previewed is what the books show once it is delivered.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.commission.booking import choose_plan
from application.commission.preview import EarningsPreview, PreviewEarnings, PreviewPlan
from application.shared.access import AccessDenied
from domain.commission.plan import PlanNotFound
from domain.commission.scope import PlanLevel
from domain.commission.terms import CommissionFacts, MonthStanding, Terms
from domain.ledger.chart import COMMISSION, PLATFORM_FEE, tax_payable, wallet_pending
from domain.payments.preview import TooMany
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import ConsultationId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Currency
from tests.application.commission.test_plans import Office
from tests.builders.care import A_PHYSICIAN, ANOTHER_PHYSICIAN, OPERATIONS
from tests.builders.catalogue import WRITTEN, a_service
from tests.builders.commission import FINANCE, a_plan, content
from tests.builders.physicians import PHYSICIAN
from tests.domain.payments.test_split import any_terms
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import PHYSICIAN as PAID_PHYSICIAN
from tests.fakes.money import MoneyDesk, a_consultation

SERVICE = a_service(WRITTEN)
TIERED = {"percent_bp": 2000, "tiers": [{"from_count": 2, "percent_bp": 1000}]}
ME = PhysicianId(PHYSICIAN)


@pytest.fixture
def office() -> Office:
    office = Office()
    office.published(content(TIERED))
    office.hire()
    return office


def preview(office: Office, **asked: object) -> tuple[EarningsPreview, ...]:
    arguments = {"actor": A_PHYSICIAN, "physician_id": ME, "consultations": 3} | asked
    return PreviewEarnings(office.uow, office.clock)(**arguments)  # type: ignore[arg-type]


class TestForPhysicians:
    def test_shows_every_service_with_plan_reason_and_steps(self, office: Office) -> None:
        (found,) = preview(office)

        sold = SERVICE.current.terms
        assert (found.service_code, found.month.price) == (SERVICE.code, sold.price)
        assert [(step.first, step.last) for step in found.month.steps] == [(1, 2), (3, 3)]
        assert found.plan.code == "standard"
        assert found.considered[0].chosen
        assert found.sentences[0].startswith("The platform keeps 20 %")
        assert found.left_out == ()

    def test_goes_by_the_contract_in_force_now(self, office: Office) -> None:
        partner = office.published(
            content({"percent_bp": 100}, level=PlanLevel.CONTRACT), code="partner"
        )
        office.clock.pass_by(timedelta(days=1))
        office.sign(partner.plan_id)

        (found,) = preview(office, service_id=SERVICE.id)

        assert found.plan.code == "partner"

    def test_says_what_it_had_to_leave_out(self, office: Office) -> None:
        sundays = {"when": {"weekday": ["sunday"]}, "percent_bp": 0}
        office.published(
            content(sundays, {"percent_bp": 3000}, level=PlanLevel.CONTRACT), code="sundays"
        )
        with office.uow as uow:
            plan = next(one for one in uow.commission_plans.all() if one.code == "sundays")
        office.sign(plan.id)

        (found,) = preview(office)

        assert found.left_out == ("weekday",)
        assert found.month.steps[0].percent_bp == 3000

    def test_is_the_physicians_own(self, office: Office) -> None:
        assert preview(office, actor=FINANCE)
        for actor in (ANOTHER_PHYSICIAN, OPERATIONS):
            with pytest.raises(AccessDenied):
                preview(office, actor=actor)
        with pytest.raises(PhysicianNotFound):
            preview(office, actor=FINANCE, physician_id=PhysicianId(UUID(int=999)))
        with pytest.raises(TooMany):
            preview(office, consultations=0)


class TestForAuthors:
    def test_compares_a_draft_with_what_is_in_force(self, office: Office) -> None:
        with office.uow as uow:
            standard = uow.commission_plans.all()[0]
        draft = office.draft(content({"percent_bp": 2000}), plan_id=standard.id)

        (found,) = PreviewPlan(office.uow, office.clock)(
            actor=FINANCE, plan_id=draft.plan_id, number=draft.number, consultations=4
        )

        assert found.present is not None
        assert found.present_month is not None
        assert found.present.version == 1
        assert found.difference_minor == (
            found.month.totals.earning.minor - found.present_month.totals.earning.minor
        )
        assert found.difference_minor < 0

    def test_only_for_services_that_it_is_meant_for(self, office: Office) -> None:
        other = office.draft(content(level=PlanLevel.CONTRACT, currency="KWD"), code="abroad")
        look = PreviewPlan(office.uow, office.clock)

        assert look(actor=FINANCE, plan_id=other.plan_id, number=1, consultations=1) == ()
        with pytest.raises(PlanNotFound):
            look(actor=FINANCE, plan_id=other.plan_id, number=2, consultations=1)
        with pytest.raises(AccessDenied):
            look(actor=OPERATIONS, plan_id=other.plan_id, number=1, consultations=1)

    def test_a_contracts_plan_is_compared_with_its_version_in_force(self, office: Office) -> None:
        partner = office.published(
            content({"percent_bp": 100}, level=PlanLevel.CONTRACT), code="partner"
        )
        draft = office.draft(
            content({"percent_bp": 200}, level=PlanLevel.CONTRACT), plan_id=partner.plan_id
        )

        (found,) = PreviewPlan(office.uow, office.clock)(
            actor=FINANCE, plan_id=draft.plan_id, number=2, consultations=1
        )

        assert found.present is not None
        assert found.present.code == "partner"


@settings(max_examples=25, deadline=None)
@given(terms=any_terms(), deliveries=st.integers(1, 12))
def test_the_books_show_to_the_cent_what_was_previewed(terms: Terms, deliveries: int) -> None:
    """Any plan, n consultations: previewed for the month, then paid and delivered one by one."""
    office = Office()
    with office.uow as uow:
        uow.commission_plans.add(evolve(a_plan(), content=evolve(content(), terms=terms)))
        uow.commit()
    office.hire()
    (found,) = preview(office, consultations=deliveries)
    with office.uow as uow:
        frozen = choose_plan(
            uow,
            service_code=SERVICE.code,
            currency=Currency("AUD"),
            booked_at=MONDAY_NOON,
            physician_id=ME,
        ).plan
    desk, sold = MoneyDesk(), SERVICE.current.terms
    for number in range(deliveries):
        consultation_id = ConsultationId(UUID(int=100 + number))
        desk.consultations.put(
            evolve(
                a_consultation(consultation_id),
                price=sold.price,
                tax=sold.tax,
                platform_fee=sold.platform_fee,
                plan=frozen,
                facts=CommissionFacts(
                    values={"service_code": SERVICE.code, "mode": sold.mode.value},
                    standing=MonthStanding(count=number, volume_minor=number * sold.price.minor),
                ),
            )
        )
        desk.pay(consultation_id)
        desk.complete(consultation_id)

    totals = found.month.totals
    assert desk.balance(wallet_pending(PAID_PHYSICIAN)) == totals.earning
    assert desk.balance(COMMISSION) == totals.commission
    assert desk.balance(PLATFORM_FEE) == totals.platform_fee
    assert desk.balance(tax_payable(Jurisdiction("AU-NSW"))) == totals.tax
