"""
Plans are written by one, approved by another, announced in time, and used by what is booked.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import define, evolve, field

from application.commission.booking import choose_plan
from application.commission.drafting import DraftCommissionPlan, DraftedPlan, ReviseCommissionPlan
from application.commission.ports import PlanUse
from application.commission.publication import (
    PublishCommissionPlan,
    SettledPlan,
    WithdrawCommissionPlan,
)
from application.commission.queries import (
    ListCommissionPlans,
    ViewCommissionPlan,
)
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.commission.events import PayTermsStay, PayTermsWillChange
from domain.commission.plan import (
    DraftExists,
    LastPlan,
    NoticeTooShort,
    PlanCodeTaken,
    PlanContent,
    PlanNotFound,
    PlanPolicy,
    PlanStatus,
    SecondPersonNeeded,
)
from domain.commission.scope import PlanLevel
from domain.commission.terms import MalformedPlan
from domain.physicians.physician import Physician
from domain.shared.ids import CommissionPlanId, ContractId
from tests.builders.care import A_PHYSICIAN, OPERATIONS, SECOND_PHYSICIAN, SECOND_PHYSICIAN_USER
from tests.builders.catalogue import WRITTEN, a_service
from tests.builders.commission import FINANCE, SECOND_FINANCE, content
from tests.builders.physicians import PHYSICIAN, a_contract, an_active_physician
from tests.fakes.clock import MONDAY_NOON, FixedClock, SequentialIds
from tests.fakes.commission import KnownPlanUses
from tests.fakes.unit_of_work import FakeUnitOfWork

DAY = timedelta(days=1)
NOTICE = MONDAY_NOON + 14 * DAY
SERVICE = a_service(WRITTEN)


@define(eq=False)
class Office:
    """Two people of finance, two physicians under contract, one service."""

    uow: FakeUnitOfWork = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    ids: SequentialIds = field(factory=SequentialIds)
    uses: KnownPlanUses = field(factory=KnownPlanUses)

    def __attrs_post_init__(self) -> None:
        with self.uow as uow:
            uow.services.add(a_service(WRITTEN))
            uow.commit()

    def hire(self) -> None:
        with self.uow as uow:
            uow.physicians.add(an_active_physician())
            uow.physicians.add(
                an_active_physician(physician_id=SECOND_PHYSICIAN, user_id=SECOND_PHYSICIAN_USER)
            )
            uow.commit()

    def draft(
        self, said: PlanContent | None = None, *, actor: Actor = FINANCE, **more: object
    ) -> DraftedPlan:
        use = DraftCommissionPlan(self.uow, self.clock, self.ids)
        asked = {"code": "standard"} | more
        return use(actor=actor, content=said or content(), **asked)  # type: ignore[arg-type]

    def publish(self, drafted: DraftedPlan, *, actor: Actor = SECOND_FINANCE) -> SettledPlan:
        return PublishCommissionPlan(self.uow, self.clock, PlanPolicy())(
            actor=actor,
            plan_id=drafted.plan_id,
            number=drafted.number,
            revision=drafted.revision,
        )

    def published(self, said: PlanContent | None = None, **more: object) -> SettledPlan:
        return self.publish(self.draft(said, **more))  # type: ignore[arg-type]

    def withdraw(self, plan: SettledPlan | DraftedPlan, *, actor: Actor = FINANCE) -> SettledPlan:
        return WithdrawCommissionPlan(self.uow, self.clock, PlanPolicy())(
            actor=actor, plan_id=plan.plan_id, number=plan.number, reason="too dear"
        )

    def sign(self, plan_id: CommissionPlanId) -> None:
        """The first physician signs a contract that names a plan."""
        with self.uow as uow:
            physician: Physician = uow.physicians.get(PHYSICIAN)
            contract = evolve(
                a_contract(contract_id=ContractId(UUID(int=900))), commission_plan_id=plan_id
            )
            physician.offer_contract(contract, now=self.clock.now())
            physician.sign_contract(contract.id, now=self.clock.now())
            uow.physicians.save(physician)
            uow.commit()

    def in_force(self) -> int:
        """The version that a booking gets now, whoever takes it."""
        with self.uow as uow:
            choice = choose_plan(
                uow,
                service_code=SERVICE.code,
                currency=SERVICE.current.terms.price.currency,
                booked_at=self.clock.now(),
                physician_id=None,
            )
        return choice.plan.version

    def told(self, kind: type = PayTermsWillChange) -> list[UUID]:
        return [event.physician_id for event in self.uow.events_of(kind)]


@pytest.fixture
def office() -> Office:
    return Office()


class TestDrafting:
    def test_a_draft_applies_to_nothing(self, office: Office) -> None:
        office.draft()

        with pytest.raises(PlanNotFound):
            office.in_force()

    def test_versions_are_numbered_and_keep_the_code(self, office: Office) -> None:
        first = office.published()

        second = office.draft(plan_id=first.plan_id, code="ignored")

        assert (second.plan_id, second.number) == (first.plan_id, 2)
        with office.uow as uow:
            assert {plan.code for plan in uow.commission_plans.all()} == {"standard"}

    def test_one_draft_at_a_time_under_one_code_of_one_kind(self, office: Office) -> None:
        first = office.published()
        with pytest.raises(PlanCodeTaken):
            office.draft()
        with pytest.raises(MalformedPlan, match="one kind"):
            office.draft(content(level=PlanLevel.CONTRACT), plan_id=first.plan_id)
        office.draft(plan_id=first.plan_id)
        with pytest.raises(DraftExists):
            office.draft(plan_id=first.plan_id)
        with pytest.raises(PlanNotFound):
            office.draft(plan_id=CommissionPlanId(UUID(int=5)))

    def test_it_names_services_that_exist(self, office: Office) -> None:
        said = content(level=PlanLevel.SERVICE, services=frozenset({"no-such"}))

        with pytest.raises(MalformedPlan, match="no-such"):
            office.draft(said)
        office.draft(content(level=PlanLevel.SERVICE, services=frozenset({SERVICE.code})))

    def test_a_revision_makes_its_author_unfit_to_approve(self, office: Office) -> None:
        drafted = office.draft()
        revised = ReviseCommissionPlan(office.uow, office.clock)(
            actor=SECOND_FINANCE,
            plan_id=drafted.plan_id,
            number=1,
            content=content({"percent_bp": 1}),
        )

        with pytest.raises(SecondPersonNeeded):
            office.publish(revised)
        assert office.publish(revised, actor=FINANCE).status is PlanStatus.PUBLISHED

    @pytest.mark.parametrize(
        "actor",
        [
            A_PHYSICIAN,
            OPERATIONS,
            SYSTEM,
            Actor(kind=ActorKind.MACHINE, roles={Role.FINANCE}, label="program"),
        ],
    )
    def test_only_people_of_finance_decide_about_pay(self, office: Office, actor: Actor) -> None:
        drafted = office.draft()
        plan = {"plan_id": drafted.plan_id, "number": 1}

        with pytest.raises(AccessDenied):
            office.draft(actor=actor, code="other")
        with pytest.raises(AccessDenied):
            office.publish(drafted, actor=actor)
        with pytest.raises(AccessDenied):
            office.withdraw(drafted, actor=actor)
        with pytest.raises(AccessDenied):
            ReviseCommissionPlan(office.uow, office.clock)(
                actor=actor,
                content=content(),
                **plan,  # type: ignore[arg-type]
            )


class TestPublishing:
    def test_the_first_plan_takes_effect_at_once(self, office: Office) -> None:
        settled = office.published()

        assert (settled.changes_at, settled.told) == (MONDAY_NOON, 0)

    def test_whoever_is_under_contract_is_told_the_notice_ahead(self, office: Office) -> None:
        first = office.published()
        office.hire()

        second = office.published(content({"percent_bp": 2500}), plan_id=first.plan_id)

        assert second.changes_at == NOTICE
        assert office.told() == [PHYSICIAN, SECOND_PHYSICIAN]
        assert {event.effective_from for event in office.uow.events_of(PayTermsWillChange)} == {
            NOTICE
        }

    def test_a_wish_for_an_earlier_day_is_refused(self, office: Office) -> None:
        office.hire()
        drafted = office.draft(content(effective_from=NOTICE - DAY))

        with pytest.raises(NoticeTooShort):
            office.publish(drafted)

        assert office.told() == []

    def test_a_contracts_plan_concerns_those_who_signed_it(self, office: Office) -> None:
        office.published()
        office.hire()
        partner = office.published(content(level=PlanLevel.CONTRACT, name="P"), code="partner")
        assert (partner.changes_at, partner.told) == (MONDAY_NOON, 0)
        office.sign(partner.plan_id)

        office.published(
            content({"percent_bp": 1}, level=PlanLevel.CONTRACT), plan_id=partner.plan_id
        )

        assert office.told() == [PHYSICIAN]

    def test_other_plans_do_not_concern_them_and_campaigns_concern_all(
        self, office: Office
    ) -> None:
        office.published()
        office.hire()
        partner = office.published(content(level=PlanLevel.CONTRACT), code="partner")
        office.sign(partner.plan_id)

        office.published(
            content(level=PlanLevel.SERVICE, services=frozenset({SERVICE.code})), code="special"
        )
        assert office.told() == [SECOND_PHYSICIAN]
        office.published(
            content(
                level=PlanLevel.CAMPAIGN,
                starts_at=NOTICE + DAY,
                ends_at=NOTICE + 9 * DAY,
            ),
            code="spring",
        )
        assert office.told()[1:] == [PHYSICIAN, SECOND_PHYSICIAN]

    def test_again_tells_nobody_again(self, office: Office) -> None:
        office.hire()
        drafted = office.draft()
        office.publish(drafted)

        again = office.publish(drafted)

        assert again.changes_at == NOTICE
        assert len(office.told()) == 2

    def test_it_is_audited_with_both_people(self, office: Office) -> None:
        office.published()

        drafted, published = office.uow.audit.records
        assert (drafted.action, published.action) == (
            "commission_plan.drafted",
            "commission_plan.published",
        )
        assert published.actor == SECOND_FINANCE
        assert published.details["author"] == FINANCE.reference
        assert published.details["changes_at"] == MONDAY_NOON.isoformat()


class TestWithdrawing:
    def test_the_last_default_plan_stays(self, office: Office) -> None:
        first = office.published()

        with pytest.raises(LastPlan):
            office.withdraw(first)

    def test_a_version_ends_after_the_notice_and_the_one_before_comes_back(
        self, office: Office
    ) -> None:
        first = office.published()
        second = office.published(content({"percent_bp": 9000}), plan_id=first.plan_id)
        office.hire()

        settled = office.withdraw(second)

        assert (settled.changes_at, settled.told) == (NOTICE, 2)
        office.clock.pass_by(13 * DAY)
        assert office.in_force() == 2
        office.clock.pass_by(DAY)
        assert office.in_force() == 1

    def test_what_had_not_begun_never_does_and_people_hear_of_it(self, office: Office) -> None:
        first = office.published()
        office.hire()
        second = office.published(content({"percent_bp": 9000}), plan_id=first.plan_id)
        office.clock.pass_by(DAY)

        office.withdraw(second)
        office.withdraw(second)

        assert office.told(PayTermsStay) == [PHYSICIAN, SECOND_PHYSICIAN]
        office.clock.pass_by(20 * DAY)
        assert office.in_force() == 1

    def test_a_draft_is_dropped_and_makes_room(self, office: Office) -> None:
        first = office.published()
        office.withdraw(office.draft(plan_id=first.plan_id))

        assert office.draft(plan_id=first.plan_id).number == 3
        assert office.uow.audit.records[-2].reason == "too dear"


class TestLooking:
    def test_the_list_says_what_is_in_force_and_where_it_is_used(self, office: Office) -> None:
        first = office.published()
        office.published(content(level=PlanLevel.CONTRACT, name="Partner"), code="partner")
        office.hire()
        office.draft(content({"percent_bp": 1}), plan_id=first.plan_id)
        office.uses.uses.append(PlanUse(plan_id=first.plan_id, version=1, bookings=7, contracts=2))
        show = ListCommissionPlans(office.uow, office.uses, office.clock, PlanPolicy())

        partner, standard = show(actor=OPERATIONS)

        assert (partner.code, partner.level) == ("partner", PlanLevel.CONTRACT)
        draft, version = standard.versions
        assert (version.in_force, version.bookings, version.contracts) == (True, 7, 2)
        assert (draft.in_force, draft.concerns, draft.may_start_at) == (False, 2, NOTICE)
        assert version.sentences == (
            "The platform keeps 20 % of the price after tax and platform fee.",
        )

    def test_a_draft_says_why_it_cannot_be_published(self, office: Office) -> None:
        office.hire()
        drafted = office.draft(content(effective_from=MONDAY_NOON + DAY))
        view = ViewCommissionPlan(office.uow, office.uses, office.clock, PlanPolicy())

        (draft,) = view(actor=FINANCE, plan_id=drafted.plan_id).versions

        assert draft.may_start_at is None
        assert "at the earliest" in draft.hindrance

    def test_is_for_staff(self, office: Office) -> None:
        asked = (office.uow, office.uses, office.clock, PlanPolicy())
        with pytest.raises(AccessDenied):
            ListCommissionPlans(*asked)(actor=A_PHYSICIAN)
        with pytest.raises(AccessDenied):
            ViewCommissionPlan(*asked)(actor=A_PHYSICIAN, plan_id=CommissionPlanId(UUID(int=1)))
        with pytest.raises(PlanNotFound):
            ViewCommissionPlan(*asked)(actor=FINANCE, plan_id=CommissionPlanId(UUID(int=1)))
