"""
A booking has one plan, for a reason that can be told, whoever looks and whenever.
"""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commission.choice import FrozenPlan, PlanChoice, choose
from domain.commission.plan import CommissionPlan, PlanNotFound
from domain.commission.scope import BookedPhysician, Booking, PlanLevel
from domain.shared.ids import CommissionPlanId
from tests.builders.commission import LONG_AGO, a_frozen_plan, a_plan
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD

DAY = timedelta(days=1)
PARTNER = CommissionPlanId(UUID(int=51))
SKIN = CommissionPlanId(UUID(int=52))
SPRING = CommissionPlanId(UUID(int=53))


def default() -> CommissionPlan:
    return a_plan()


def partner() -> CommissionPlan:
    return a_plan(plan_id=PARTNER, code="partner", name="Partner", level=PlanLevel.CONTRACT)


def skin() -> CommissionPlan:
    return a_plan(
        plan_id=SKIN,
        code="skin",
        name="Skin",
        level=PlanLevel.SERVICE,
        services=frozenset({"skin"}),
    )


def spring(**changes: object) -> CommissionPlan:
    said = {
        "plan_id": SPRING,
        "code": "spring",
        "name": "Spring",
        "level": PlanLevel.CAMPAIGN,
        "starts_at": MONDAY_NOON,
        "ends_at": MONDAY_NOON + 30 * DAY,
    } | changes
    return a_plan(**said)  # type: ignore[arg-type]


def booking(
    *,
    service: str = "skin",
    at: datetime = MONDAY_NOON,
    contract: CommissionPlanId | None = PARTNER,
    joined: datetime = LONG_AGO,
    known: bool = True,
) -> Booking:
    return Booking(
        service_code=service,
        currency=AUD,
        booked_at=at,
        physician=BookedPhysician(joined_at=joined, plan_id=contract) if known else None,
    )


def code(choice: PlanChoice) -> str:
    return choice.plan.code


def test_a_campaign_goes_before_a_contract_that_before_a_service_that_before_the_default() -> None:
    plans = [default(), skin(), partner(), spring()]

    assert code(choose(plans, booking())) == "spring"
    assert code(choose(plans[:3], booking())) == "partner"
    assert code(choose(plans[:2], booking())) == "skin"
    assert code(choose(plans[:1], booking())) == "standard"


def test_what_is_not_meant_for_the_booking_is_passed_over() -> None:
    plans = [default(), skin(), partner(), spring()]

    assert code(choose(plans, booking(at=MONDAY_NOON - DAY))) == "partner"
    assert code(choose(plans, booking(at=MONDAY_NOON + 30 * DAY))) == "partner"
    assert code(choose(plans[:3], booking(contract=None))) == "skin"
    assert code(choose(plans[:3], booking(contract=SKIN, service="other"))) == "standard"


def test_while_nobody_has_taken_it_no_contract_counts() -> None:
    choice = choose([default(), partner()], booking(known=False))

    assert code(choice) == "standard"
    assert "nobody has taken" in choice.considered[0].because


def test_a_campaign_can_be_for_some_services_or_for_new_physicians() -> None:
    limited = spring(services=frozenset({"skin"}), joined_within_days=30)
    newcomer = MONDAY_NOON - 30 * DAY

    assert code(choose([default(), limited], booking(joined=newcomer))) == "spring"
    assert code(choose([default(), limited], booking(joined=newcomer - DAY))) == "standard"
    assert code(choose([default(), limited], booking(joined=newcomer, service="x"))) == "standard"


def test_of_two_of_a_kind_the_later_goes_first_then_the_alphabet() -> None:
    later = spring(plan_id=PARTNER, code="zebra", since=MONDAY_NOON + DAY)
    twin = spring(plan_id=SKIN, code="autumn")

    assert code(choose([default(), spring(), later], booking(at=MONDAY_NOON + DAY))) == "zebra"
    assert code(choose([default(), spring(), twin], booking())) == "autumn"


def test_a_plan_in_another_currency_is_passed_over() -> None:
    dear = a_plan(plan_id=SKIN, code="dear", currency="KWD")

    choice = choose([default(), dear], booking())

    assert code(choice) == "standard"
    assert "currency" in choice.considered[0].because


def test_the_choice_says_why_this_one_and_why_not_the_others() -> None:
    choice = choose([default(), skin(), partner(), spring()], booking(contract=None))

    assert "The campaign “Spring” covered this booking." in choice.plan.why
    assert [(one.code, one.chosen) for one in choice.considered] == [
        ("spring", True),
        ("partner", False),
        ("skin", False),
        ("standard", False),
    ]
    assert "contract at the booking does not name it" in choice.considered[1].because
    assert "goes before it" in choice.considered[2].because


def test_without_any_plan_nothing_is_guessed() -> None:
    with pytest.raises(PlanNotFound):
        choose([skin()], booking(service="other"))


def test_what_was_chosen_reads_back_as_it_was_frozen() -> None:
    frozen = a_frozen_plan({"percent_bp": 10, "fixed_minor": 5}, currency="AUD")

    assert FrozenPlan.from_data(frozen.data()) == frozen


@given(
    order=st.permutations(range(5)),
    at=st.integers(-40, 60),
    service=st.sampled_from(["skin", "other"]),
    contract=st.sampled_from([None, PARTNER, SKIN]),
    known=st.booleans(),
)
def test_the_order_of_the_data_decides_nothing(
    order: list[int],
    at: int,
    service: str,
    contract: CommissionPlanId | None,
    known: bool,  # noqa: FBT001
) -> None:
    plans = [default(), skin(), partner(), spring(), a_plan({"percent_bp": 1}, number=2)]
    asked = booking(service=service, at=MONDAY_NOON + at * DAY, contract=contract, known=known)

    assert choose([plans[place] for place in order], asked) == choose(plans, asked)


def test_later_versions_and_withdrawals_do_not_touch_an_earlier_booking() -> None:
    plan = default()
    before = choose([plan], booking())
    plan.withdraw(
        by=plan.drafted_by or plan.published_by,  # type: ignore[arg-type]
        reason="x",
        earliest=MONDAY_NOON + DAY,
        now=MONDAY_NOON,
    )
    newer = a_plan({"percent_bp": 9000}, number=2, since=MONDAY_NOON + DAY)

    assert choose([plan, newer], booking()) == before
