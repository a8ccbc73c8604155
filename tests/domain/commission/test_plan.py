"""
A version is written by one person, approved by another, and then never changes.
"""

from datetime import timedelta

import pytest

from domain.commission.events import (
    CommissionPlanPublished,
    CommissionPlanWithdrawn,
    PayTermsStay,
    PayTermsWillChange,
)
from domain.commission.plan import (
    CommissionPlan,
    DraftChanged,
    LastPlan,
    NoticeTooShort,
    PlanContent,
    PlanSettled,
    PlanStatus,
    SecondPersonNeeded,
    in_force,
    require_another_default,
)
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import MalformedPlan
from domain.shared.ids import CommissionPlanId, PhysicianId
from tests.builders.commission import APPROVER, AUTHOR, STANDARD, a_plan, content, terms
from tests.fakes.clock import MONDAY_NOON

DAY = timedelta(days=1)
NOTICE = MONDAY_NOON + 14 * DAY
SOMEBODY = PhysicianId(STANDARD)


def a_draft(said: PlanContent | None = None, *, code: str = "standard") -> CommissionPlan:
    return CommissionPlan.draft(
        id=STANDARD, code=code, number=1, content=said or content(), by=AUTHOR, now=MONDAY_NOON
    )


def publish(plan: CommissionPlan, *, earliest: object = MONDAY_NOON) -> None:
    plan.publish(by=APPROVER, revision=plan.revision, earliest=earliest, now=MONDAY_NOON)  # type: ignore[arg-type]


class TestDraft:
    def test_every_change_is_another_revision_by_its_author(self) -> None:
        plan = a_draft()

        plan.revise(content({"percent_bp": 1500}), by=APPROVER, now=NOTICE)

        assert (plan.revision, plan.drafted_by, plan.drafted_at) == (2, APPROVER, NOTICE)

    def test_the_same_again_changes_nothing(self) -> None:
        plan = a_draft()

        plan.revise(content(), by=APPROVER, now=NOTICE)

        assert (plan.revision, plan.drafted_by) == (1, AUTHOR)

    def test_it_stays_the_kind_of_plan_that_it_is(self) -> None:
        with pytest.raises(MalformedPlan, match="one kind"):
            a_draft().revise(
                content(level=PlanLevel.CONTRACT, name="x"), by=AUTHOR, now=MONDAY_NOON
            )

    @pytest.mark.parametrize("code", ["", "Standard", "two words", "a--b", "x" * 81])
    def test_codes_are_plain(self, code: str) -> None:
        with pytest.raises(MalformedPlan, match="code"):
            a_draft(code=code)

    @pytest.mark.parametrize("name", [" ", "x" * 81])
    def test_names_are_short(self, name: str) -> None:
        with pytest.raises(MalformedPlan, match="name"):
            content(name=name)

    def test_amounts_of_nobody_knows_what_are_refused(self) -> None:
        with pytest.raises(MalformedPlan, match="currency"):
            a_draft(content({"fixed_minor": 1}))


class TestPublishing:
    def test_takes_a_second_person(self) -> None:
        plan = a_draft()

        with pytest.raises(SecondPersonNeeded):
            plan.publish(by=AUTHOR, revision=1, earliest=MONDAY_NOON, now=MONDAY_NOON)
        publish(plan)

        assert plan.status is PlanStatus.PUBLISHED
        assert plan.effective_from == MONDAY_NOON
        assert [type(event) for event in plan.pull_events()] == [CommissionPlanPublished]

    def test_approves_what_was_read_and_nothing_else(self) -> None:
        plan = a_draft()
        plan.revise(content({"percent_bp": 1500}), by=AUTHOR, now=MONDAY_NOON)

        with pytest.raises(DraftChanged):
            plan.publish(by=APPROVER, revision=1, earliest=MONDAY_NOON, now=MONDAY_NOON)

    def test_again_changes_nothing_and_by_somebody_else_is_refused(self) -> None:
        plan = a_draft()
        publish(plan)
        plan.pull_events()

        publish(plan, earliest=NOTICE)
        assert (plan.effective_from, plan.pull_events()) == (MONDAY_NOON, ())
        with pytest.raises(PlanSettled):
            plan.publish(by=AUTHOR, revision=1, earliest=NOTICE, now=NOTICE)

    def test_what_is_published_cannot_be_changed(self) -> None:
        plan = a_draft()
        publish(plan)

        with pytest.raises(PlanSettled):
            plan.revise(content({"percent_bp": 0}), by=AUTHOR, now=NOTICE)

    def test_it_takes_effect_when_wished_or_after_the_notice(self) -> None:
        later = NOTICE + 30 * DAY

        assert a_draft(content(effective_from=later)).starts(earliest=NOTICE) == later
        assert a_draft().starts(earliest=NOTICE) == NOTICE

    def test_never_earlier_than_people_were_told(self) -> None:
        with pytest.raises(NoticeTooShort, match="16 March 2026"):
            publish(a_draft(content(effective_from=NOTICE - DAY)), earliest=NOTICE)

    def test_a_campaign_begins_on_its_first_day_or_once_people_were_told(self) -> None:
        def campaign(first: int, last: int) -> CommissionPlan:
            return a_draft(
                content(
                    level=PlanLevel.CAMPAIGN,
                    starts_at=MONDAY_NOON + first * DAY,
                    ends_at=MONDAY_NOON + last * DAY,
                )
            )

        assert campaign(20, 30).starts(earliest=NOTICE) == MONDAY_NOON + 20 * DAY
        assert campaign(1, 30).starts(earliest=NOTICE) == NOTICE
        with pytest.raises(NoticeTooShort, match="over"):
            campaign(1, 14).starts(earliest=NOTICE)


class TestWithdrawing:
    def test_a_draft_is_dropped(self) -> None:
        plan = a_draft()

        plan.withdraw(by=AUTHOR, reason="typo", earliest=NOTICE, now=MONDAY_NOON)

        assert (plan.status, plan.ends_at) == (PlanStatus.WITHDRAWN, None)
        assert not plan.is_in_force(NOTICE)
        assert plan.pull_events() == ()

    def test_what_has_not_begun_goes_at_once_and_those_who_were_told_hear_of_it(self) -> None:
        plan = a_draft()
        publish(plan, earliest=NOTICE)
        plan.pull_events()

        plan.withdraw(
            by=APPROVER, reason="no", earliest=MONDAY_NOON + 28 * DAY, now=MONDAY_NOON + DAY
        )
        plan.announce((SOMEBODY,), now=MONDAY_NOON + DAY)

        assert plan.ends_at == NOTICE
        assert not plan.is_in_force(NOTICE)
        assert [type(event) for event in plan.pull_events()] == [
            CommissionPlanWithdrawn,
            PayTermsStay,
        ]

    def test_what_is_in_force_ends_after_the_notice(self) -> None:
        plan = a_plan()

        plan.withdraw(by=APPROVER, reason="too dear", earliest=NOTICE, now=MONDAY_NOON)
        plan.announce((SOMEBODY,), now=MONDAY_NOON)

        assert plan.is_in_force(NOTICE - DAY)
        assert not plan.is_in_force(NOTICE)
        told = plan.pull_events()[-1]
        assert isinstance(told, PayTermsWillChange)
        assert (told.physician_id, told.effective_from) == (SOMEBODY, NOTICE)

    def test_again_changes_nothing(self) -> None:
        plan = a_plan()
        plan.withdraw(by=APPROVER, reason="no", earliest=NOTICE, now=MONDAY_NOON)

        plan.withdraw(by=AUTHOR, reason="other", earliest=NOTICE + DAY, now=NOTICE)

        assert (plan.ends_at, plan.withdrawn_by) == (NOTICE, APPROVER)

    def test_takes_a_reason(self) -> None:
        with pytest.raises(MalformedPlan, match="why"):
            a_plan().withdraw(by=APPROVER, reason=" ", earliest=NOTICE, now=MONDAY_NOON)


class TestVersionsInForce:
    def test_the_latest_that_has_begun_counts(self) -> None:
        first, second = a_plan(), a_plan(number=2, since=NOTICE)

        assert in_force((second, first), at=NOTICE - DAY) == (first,)
        assert in_force((first, second), at=NOTICE) == (second,)

    def test_the_one_before_comes_back_when_the_latest_is_withdrawn(self) -> None:
        first, second = a_plan(), a_plan(number=2)
        second.withdraw(by=APPROVER, reason="wrong", earliest=NOTICE, now=MONDAY_NOON)

        assert in_force((first, second), at=NOTICE - DAY) == (second,)
        assert in_force((first, second), at=NOTICE) == (first,)

    def test_some_default_plan_stays(self) -> None:
        only, other = a_plan(), a_plan(plan_id=CommissionPlanId(SOMEBODY), code="other", number=2)

        with pytest.raises(LastPlan):
            require_another_default(only, (only,), from_=NOTICE)
        require_another_default(only, (only, other), from_=NOTICE)
        other.withdraw(by=APPROVER, reason="x", earliest=NOTICE + DAY, now=MONDAY_NOON)
        with pytest.raises(LastPlan):
            require_another_default(only, (only, other), from_=NOTICE)


@pytest.mark.parametrize(
    "scope",
    [
        {"level": PlanLevel.SERVICE},
        {"level": PlanLevel.DEFAULT, "services": frozenset({"skin"})},
        {"level": PlanLevel.CAMPAIGN},
        {"level": PlanLevel.CAMPAIGN, "starts_at": NOTICE, "ends_at": NOTICE},
        {"level": PlanLevel.CONTRACT, "starts_at": NOTICE},
        {"level": PlanLevel.DEFAULT, "joined_within_days": 3},
        {
            "level": PlanLevel.CAMPAIGN,
            "starts_at": MONDAY_NOON,
            "ends_at": NOTICE,
            "joined_within_days": 0,
        },
    ],
)
def test_scopes_that_make_no_sense_are_refused(scope: dict[str, object]) -> None:
    with pytest.raises(MalformedPlan):
        PlanScope(**scope)  # type: ignore[arg-type]


def test_a_campaign_has_no_other_beginning() -> None:
    with pytest.raises(MalformedPlan):
        PlanContent(
            name="x",
            scope=PlanScope(level=PlanLevel.CAMPAIGN, starts_at=MONDAY_NOON, ends_at=NOTICE),
            terms=terms(),
            effective_from=NOTICE,
        )
