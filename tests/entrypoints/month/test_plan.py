"""
What a month holds is decided by its seed alone.
"""

import pytest

from entrypoints.month.plan import (
    DAYS,
    DAYS_OF_PRACTICE,
    PAYDAYS,
    Fate,
    counted,
    make_plan,
    payday_after,
)


def test_the_same_seed_is_the_same_month_and_another_is_another() -> None:
    one = make_plan(seed=7, physicians=4, consultations=60)

    assert make_plan(seed=7, physicians=4, consultations=60) == one
    assert make_plan(seed=8, physicians=4, consultations=60) != one


@pytest.mark.parametrize("consultations", [40, 500, 2000])
def test_every_fate_happens_and_its_end_is_within_the_days(consultations: int) -> None:
    plan = make_plan(seed=3, physicians=5, consultations=consultations)

    assert len(plan.cases) == consultations
    assert set(counted(plan.cases)) == set(Fate)
    assert {case.day for case in plan.cases} <= set(range(1, DAYS_OF_PRACTICE + 1))
    days = {case.number: case.day for case in plan.cases}
    assert all(days[errand.case] < errand.day < DAYS for errand in plan.errands)


def test_a_day_has_its_cases_and_its_errands() -> None:
    plan = make_plan(seed=3, physicians=5, consultations=100)
    days = range(1, DAYS + 1)

    assert [case for day in days for case in plan.cases_on(day)] == list(plan.cases)
    assert [errand for day in days for errand in plan.errands_on(day)] == list(plan.errands)


def test_nobody_comes_twice_on_a_day() -> None:
    plan = make_plan(seed=1, physicians=4, consultations=40)

    for day in range(1, DAYS + 1):
        patients = [case.patient for case in plan.cases_on(day)]
        assert len(set(patients)) == len(patients)


def test_an_earning_is_paid_out_on_the_first_payday_after_it_has_cleared() -> None:
    assert [payday_after(day) for day in (1, 5, 6, 22)] == [8, 8, 15, 29]
    assert max(PAYDAYS) < DAYS
