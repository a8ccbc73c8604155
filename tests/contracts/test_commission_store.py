"""
What the store of commission plans promises, in memory and in PostgreSQL.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from adapters.postgres.engine import build_engine
from adapters.postgres.rows import StaleAggregate
from adapters.system.ids import RandomIds
from domain.commission.plan import (
    CommissionPlan,
    DraftExists,
    PlanCodeTaken,
    PlanNotFound,
    PlanStatus,
)
from domain.commission.scope import PlanLevel
from domain.physicians.physician import Physician
from domain.shared.ids import CommissionPlanId, ContractId, PhysicianId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import SECOND_PHYSICIAN, SECOND_PHYSICIAN_USER, a_user
from tests.builders.catalogue import WRITTEN, a_service
from tests.builders.commission import APPROVER, AUTHOR, STANDARD, a_plan, content
from tests.builders.physicians import (
    PHYSICIAN,
    PHYSICIAN_USER,
    PLAN,
    a_contract,
    an_active_physician,
)
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.unit_of_work import FakeUnitOfWork

DAY = timedelta(days=1)
OTHER = CommissionPlanId(UUID(int=77))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", "postgres"])
def uow(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return FakeUnitOfWork()
    return unit_of_work(request.getfixturevalue("engine"), ids=RandomIds())


def a_draft(*, number: int = 1, **said: Any) -> CommissionPlan:
    return CommissionPlan.draft(
        id=STANDARD,
        code="standard",
        number=number,
        content=content(**said),
        by=AUTHOR,
        now=MONDAY_NOON,
    )


def add(uow: Any, *plans: CommissionPlan) -> None:
    with uow:
        for plan in plans:
            uow.commission_plans.add(plan)
        uow.commit()


def seen(plan: CommissionPlan) -> tuple[Any, ...]:
    """All that a version says, to be compared."""
    return (
        plan.id,
        plan.code,
        plan.number,
        plan.content,
        plan.status,
        plan.revision,
        (plan.drafted_by, plan.drafted_at),
        (plan.published_by, plan.published_at, plan.effective_from),
        (plan.withdrawn_by, plan.withdrawn_at, plan.withdrawal_reason, plan.ends_at),
    )


def test_a_version_is_found_as_it_was_stored(uow: Any) -> None:
    plan = a_draft(
        level=PlanLevel.CAMPAIGN,
        services=frozenset({"skin"}),
        starts_at=MONDAY_NOON + 20 * DAY,
        ends_at=MONDAY_NOON + 50 * DAY,
        joined_within_days=30,
        currency="KWD",
    )
    add(uow, plan)

    with uow:
        found = uow.commission_plans.get(STANDARD, 1)

    assert seen(found) == seen(plan)


def test_a_whole_life_is_kept(uow: Any) -> None:
    add(uow, a_draft())
    with uow:
        plan = uow.commission_plans.get(STANDARD, 1)
        plan.revise(content({"percent_bp": 5}), by=AUTHOR, now=MONDAY_NOON)
        uow.commission_plans.save(plan)
        plan.publish(by=APPROVER, revision=2, earliest=MONDAY_NOON, now=MONDAY_NOON)
        uow.commission_plans.save(plan)
        plan.withdraw(
            by=AUTHOR, reason="too dear", earliest=MONDAY_NOON + DAY, now=MONDAY_NOON + DAY
        )
        uow.commission_plans.save(plan)
        uow.commit()

    with uow:
        found = uow.commission_plans.get(STANDARD, 1)

    assert seen(found) == seen(plan)
    assert (found.status, found.withdrawal_reason) == (PlanStatus.WITHDRAWN, "too dear")


def test_what_is_not_there_is_not_found(uow: Any) -> None:
    with uow, pytest.raises(PlanNotFound):
        uow.commission_plans.get(STANDARD, 1)
    with uow:
        assert uow.commission_plans.versions_of(STANDARD) == ()


def test_one_draft_of_a_plan_at_a_time(uow: Any) -> None:
    add(uow, a_draft())
    with uow, pytest.raises(DraftExists):
        uow.commission_plans.add(a_draft(number=2))


def test_a_code_is_one_plans(uow: Any) -> None:
    add(uow, a_draft())
    with uow, pytest.raises(PlanCodeTaken):
        uow.commission_plans.add(a_plan(plan_id=OTHER))


def test_versions_come_in_order(uow: Any) -> None:
    first, second = a_plan(), a_plan(number=2, since=MONDAY_NOON)
    other = a_plan(plan_id=OTHER, code="another")
    add(uow, second, first, other)

    with uow:
        plans = uow.commission_plans
        assert [plan.number for plan in plans.versions_of(STANDARD)] == [1, 2]
        assert [(plan.code, plan.number) for plan in plans.all()] == [
            ("another", 1),
            ("standard", 1),
            ("standard", 2),
        ]


def test_in_force_are_those_that_began_and_did_not_end(uow: Any) -> None:
    ended = a_plan(plan_id=OTHER, code="another")
    ended.withdraw(by=AUTHOR, reason="x", earliest=MONDAY_NOON, now=MONDAY_NOON)
    add(uow, a_plan(), a_plan(number=2, since=MONDAY_NOON), a_draft(number=3), ended)

    def codes(at: Any) -> list[tuple[str, int]]:
        with uow:
            return [(plan.code, plan.number) for plan in uow.commission_plans.in_force(at)]

    assert codes(MONDAY_NOON - DAY) == [("another", 1), ("standard", 1)]
    assert codes(MONDAY_NOON) == [("standard", 1), ("standard", 2)]


def test_the_present_contract_binds(uow: Any) -> None:
    signed_again = an_active_physician()
    later = evolve(a_contract(contract_id=ContractId(UUID(int=900))), commission_plan_id=OTHER)
    with uow:
        for user_id in (PHYSICIAN_USER, SECOND_PHYSICIAN_USER):
            uow.users.add(a_user(user_id))
        uow.physicians.add(signed_again)
        uow.physicians.add(
            an_active_physician(physician_id=SECOND_PHYSICIAN, user_id=SECOND_PHYSICIAN_USER)
        )
        _sign(signed_again, later)
        uow.physicians.save(signed_again)
        uow.commit()

    with uow:
        plans = uow.commission_plans
        everybody = sorted((PhysicianId(PHYSICIAN), SECOND_PHYSICIAN))
        assert list(plans.under_contract()) == everybody
        assert plans.bound_to(OTHER) == (PHYSICIAN,)
        assert plans.bound_to(CommissionPlanId(PLAN)) == (SECOND_PHYSICIAN,)
        signed = uow.physicians.signed_contracts(PhysicianId(PHYSICIAN))
        assert [one.commission_plan_id for one in signed] == [PLAN, OTHER]


def _sign(physician: Physician, contract: Any) -> None:
    physician.offer_contract(contract, now=MONDAY_NOON + DAY)
    physician.sign_contract(contract.id, now=MONDAY_NOON + DAY)


def test_services_on_offer_come_by_code(uow: Any) -> None:
    with uow:
        uow.services.add(a_service(WRITTEN))
        uow.commit()

    with uow:
        assert [one.code for one in uow.services.offered()] == [a_service(WRITTEN).code]


class TestInPostgres:
    @pytest.fixture
    def stored(self, engine: Engine) -> Any:
        uow = unit_of_work(engine, ids=RandomIds())
        add(uow, a_plan())
        return uow

    @pytest.mark.parametrize(
        "change",
        [
            "update commission_plan set rules = '[{}]'",
            "update commission_plan set effective_from = now() - interval '9 years'",
            "update commission_plan set published_by = drafted_by",
            "update commission_plan set status = 'draft'",
            "delete from commission_plan",
        ],
    )
    def test_what_was_published_cannot_be_changed_even_by_hand(
        self, stored: Any, engine: Engine, change: str
    ) -> None:
        with engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(text(change))

    def test_the_author_cannot_approve_even_by_hand(self, engine: Engine) -> None:
        add(unit_of_work(engine, ids=RandomIds()), a_draft())
        with engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(
                text(
                    "update commission_plan set status = 'published', published_by = drafted_by,"
                    " published_at = now(), effective_from = now()"
                )
            )

    def test_of_two_who_change_a_draft_at_once_one_is_refused(self, engine: Engine) -> None:
        uow = unit_of_work(engine, ids=RandomIds())
        add(uow, a_draft())
        with uow:
            stale = uow.commission_plans.get(STANDARD, 1)
            fresh = uow.commission_plans.get(STANDARD, 1)
            fresh.revise(content({"percent_bp": 1}), by=AUTHOR, now=MONDAY_NOON)
            uow.commission_plans.save(fresh)
            stale.revise(content({"percent_bp": 2}), by=AUTHOR, now=MONDAY_NOON)
            with pytest.raises(StaleAggregate):
                uow.commission_plans.save(stale)
