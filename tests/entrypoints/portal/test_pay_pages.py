"""
The pages about plans and pay without a browser.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.commission.drafting import DraftCommissionPlan, ReviseCommissionPlan
from application.commission.preview import PreviewEarnings, PreviewPlan
from application.commission.publication import PublishCommissionPlan, WithdrawCommissionPlan
from application.commission.queries import ViewCommissionPlan
from application.commission.report import ReportPayAndPrescribing
from application.shared.access import AccessDenied
from domain.commission.plan import PlanStatus, SecondPersonNeeded
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import MalformedPlan, Terms
from domain.shared.ids import UserId, to_wire
from entrypoints.portal.pages.operations.pay_report import PayReportState
from entrypoints.portal.pages.operations.plan import PlanState
from entrypoints.portal.pages.operations.plan_form import PlanFields, read_plan, written
from entrypoints.portal.pages.operations.plans import NewPlanState, PlansState, version_words
from entrypoints.portal.pages.physician.earnings import EarningsState
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.pay_answers import (
    STANDARD,
    TIERED,
    a_draft,
    a_version,
    prepare_for_pay,
    standard_plan,
)
from tests.entrypoints.portal.tabs import AN_OPERATOR, PHYSICIAN, Clinic, open_state

_PLAN = f"/operations/x?commission_plan_id={to_wire('commission_plan', STANDARD)}"


@pytest.fixture(autouse=True)
def paid_clinic(clinic: Clinic) -> Clinic:
    prepare_for_pay(clinic)
    return clinic


async def opened(state_class: Any, token: str = "staff-token", address: str = "/") -> Any:
    state = await open_state(state_class, token, address=address)
    await state.load()
    return state


class TestEarnings:
    def test_shows_every_service_with_its_steps_and_reasons(self) -> None:
        state = asyncio.run(opened(EarningsState, "physician-token"))

        skin, sleep = state.shown
        assert (skin.gross, skin.price) == ("A$1,180.00", "A$59.00")
        assert [(step.which, step.share) for step in skin.steps] == [
            ("1 to 12", "20 %"),
            ("13 to 20", "17.5 %"),
        ]
        assert skin.net_each == "A$44.00 to A$45.38"
        assert [plan.words for plan in skin.plans] == ["Chosen", "Default"]
        assert (skin.left_out, sleep.left_out[:40]) == (
            "",
            "Your plan also goes by the day of the we",
        )

    def test_asks_again_for_another_month_and_one_service(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(EarningsState, "physician-token")
            await state.work_out({"service": "sleep", "consultations": "1"})
            return state

        state = asyncio.run(scene())

        assert [one.code for one in state.shown] == ["sleep"]
        assert state.shown[0].steps[0].which == "1"
        assert state.notice == "Worked out for 1 consultation."
        last = clinic.arguments_of(PreviewEarnings)[-1]
        assert (last["consultations"], last["physician_id"]) == (1, PHYSICIAN)

    def test_says_what_is_no_number(self) -> None:
        async def scene() -> Any:
            state = await opened(EarningsState, "physician-token")
            await state.work_out({"consultations": "many"})
            return state

        assert asyncio.run(scene()).trouble.startswith("Write how many")


class TestPlans:
    def test_the_list_says_what_counts_and_what_waits(self) -> None:
        partner, standard = asyncio.run(opened(PlansState)).plans

        assert (partner.level, partner.words) == ("By contract", "In force")
        assert standard.words == "In force, a draft waits"
        assert standard.used == "412 bookings, 7 contracts"
        assert standard.terms.startswith("The platform keeps 20 %")

    def test_a_new_plan_is_drafted_by_form(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(NewPlanState)
            await state.draft({"code": " evenings ", "name": "E", "percent": "17,5"})
            assert state.trouble == "Choose the kind of plan."
            await state.draft(
                {"code": " evenings ", "name": "E", "percent": "17,5", "level": "default"}
            )
            return state

        state = asyncio.run(scene())

        (drafted,) = clinic.arguments_of(DraftCommissionPlan)
        assert (drafted["code"], drafted["content"].terms.rules[0].percent_bp) == ("evenings", 1750)
        assert state.address.startswith("/operations/plans/cp_")

    def test_a_plan_shows_its_draft_and_what_it_would_pay(self) -> None:
        state = asyncio.run(opened(PlanState, address=_PLAN))

        assert state.draft_number == 2
        assert "7 physicians are told" in state.draft_says
        assert not state.own_draft
        (line,) = state.compared
        assert line.difference.startswith("+A$")
        assert state.versions[1].people[1].startswith("Approved")
        assert state.said.tiers == "after 12: 17.5"

    def test_approving_names_the_revision_that_was_read(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(PlanState, address=_PLAN)
            await state.publish()
            return state

        state = asyncio.run(scene())

        (published,) = clinic.arguments_of(PublishCommissionPlan)
        assert (published["number"], published["revision"]) == (2, 3)
        assert "7 physicians are told." in state.notice

    def test_the_author_is_told_that_somebody_else_approves(self, clinic: Clinic) -> None:
        own = a_draft(drafted_by=UserId(AN_OPERATOR.user_id))  # type: ignore[arg-type]
        clinic.answer(ViewCommissionPlan, standard_plan(own))
        clinic.answer(PublishCommissionPlan, SecondPersonNeeded("Somebody else approves a plan."))

        async def scene() -> Any:
            state = await opened(PlanState, address=_PLAN)
            assert state.own_draft
            await state.publish()
            return state

        assert asyncio.run(scene()).trouble == "Somebody else approves a plan."

    def test_a_draft_is_changed_and_a_version_withdrawn(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(PlanState, address=_PLAN)
            await state.draft({"name": "Standard 2027", "percent": "21"})
            await state.withdraw({"number": "1", "reason": "too dear"})
            await state.compare({"consultations": "3"})

        asyncio.run(scene())

        (revised,) = clinic.arguments_of(ReviseCommissionPlan)
        assert (revised["number"], revised["content"].name) == (2, "Standard 2027")
        (withdrawn,) = clinic.arguments_of(WithdrawCommissionPlan)
        assert (withdrawn["number"], withdrawn["reason"]) == (1, "too dear")
        assert clinic.arguments_of(PreviewPlan)[-1]["consultations"] == 3

    def test_without_a_draft_a_new_version_is_drafted(self, clinic: Clinic) -> None:
        clinic.answer(ViewCommissionPlan, standard_plan(a_version(2)))

        async def scene() -> None:
            state = await opened(PlanState, address=_PLAN)
            await state.draft({"name": "Standard 2027", "percent": "21"})

        asyncio.run(scene())

        assert clinic.arguments_of(DraftCommissionPlan)[0]["plan_id"] == STANDARD

    def test_how_a_version_stands(self) -> None:
        now = datetime.now(UTC)
        later = now + timedelta(days=9)
        gone: dict[str, Any] = {
            "status": PlanStatus.WITHDRAWN,
            "withdrawn_at": now,
            "in_force": False,
        }

        stands = [
            version_words(one)[0]
            for one in (
                a_version(),
                a_draft(),
                a_version(in_force=False, effective_from=later),
                a_version(in_force=False),
                a_version(**gone, ends_at=later),
                a_version(**gone, ends_at=now),
            )
        ]

        assert stands == [
            "In force",
            "Waits for approval",
            "Takes effect later",
            "Replaced",
            "Ends soon",
            "Withdrawn",
        ]


class TestForm:
    def test_a_campaign_is_written_in_the_authors_days_and_reads_back(self) -> None:
        form = {
            "name": "Spring",
            "level": "campaign",
            "services": "skin, sleep",
            "first_day": "2026-09-01",
            "last_day": "2026-11-30",
            "joined_within_days": "90",
            "currency": "aud",
            "percent": "12.5",
            "fixed": "1.50",
            "minimum": "3",
            "measure": "volume",
            "tiers": "after 1000: 10\n\nafter 2500.50: 7.25 %",
        }

        content = read_plan(form, "Australia/Sydney")

        assert content.scope == PlanScope(
            level=PlanLevel.CAMPAIGN,
            services=frozenset({"skin", "sleep"}),
            starts_at=datetime(2026, 8, 31, 14, tzinfo=UTC),
            ends_at=datetime(2026, 11, 30, 13, tzinfo=UTC),
            joined_within_days=90,
        )
        assert content.terms.data() == [
            {
                "percent_bp": 1250,
                "fixed_minor": 150,
                "minimum_minor": 300,
                "when": {},
                "tiers": [
                    {"from_volume_minor": 100_000, "percent_bp": 1000},
                    {"from_volume_minor": 250_050, "percent_bp": 725},
                ],
            }
        ]
        version = a_version(terms=content.terms, scope=content.scope, name="Spring")
        again = written(version, "Australia/Sydney")
        assert again is not None
        assert read_plan(vars(again), "Australia/Sydney") == content

    def test_a_plan_with_several_rules_has_no_form(self) -> None:
        several = Terms.from_data(
            [{"when": {"mode": ["video"]}, "percent_bp": 1}, {"percent_bp": 2}]
        )

        assert written(a_version(terms=several), "UTC") is None

    def test_a_first_day_can_be_wished_for(self) -> None:
        said = read_plan({"name": "x", "level": "default", "effective_on": "2026-12-01"}, "UTC")

        assert said.effective_from == datetime(2026, 12, 1, tzinfo=UTC)
        version = a_version(terms=TIERED, wished_from=NOON)
        assert isinstance(written(version, "UTC"), PlanFields)

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"level": "other"}, "kind"),
            ({"percent": "much"}, "number"),
            ({"percent": "12.345"}, "two places"),
            ({"percent": "120"}, "10,000"),
            ({"fixed": "3"}, "currency"),
            ({"tiers": "20 = 17"}, "each tier"),
            ({"tiers": "after 1.5: 17"}, "whole number"),
            ({"effective_on": "tomorrow"}, "day"),
            ({"level": "campaign", "first_day": "2026-01-01"}, "last day"),
            (
                {
                    "level": "campaign",
                    "first_day": "2026-01-01",
                    "last_day": "2026-01-01",
                    "joined_within_days": "few",
                },
                "as a number",
            ),
            ({"name": ""}, "name"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, form: dict[str, str], words: str) -> None:
        with pytest.raises(MalformedPlan, match=words):
            read_plan({"name": "x", "level": "default"} | form, "UTC")


class TestReport:
    def test_shows_rates_plans_and_the_correlation_with_its_n(self) -> None:
        state = asyncio.run(opened(PayReportState))

        (side,) = state.sides
        assert side.words.startswith("n = 1")
        moreau, okafor = side.lines
        assert (moreau.each, moreau.rate, moreau.plans) == ("A$44.00", 42, "standard version 1")
        assert okafor.each == "Nothing shared yet"
        assert state.period == "1 August 2026 to 31 October 2026"

    def test_another_period_and_a_mistake(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(PayReportState)
            await state.report({"since": "soon"})
            assert state.trouble.startswith("Write the day")
            await state.report({"since": "2026-01-01", "until": ""})
            return state

        asyncio.run(scene())

        assert str(clinic.arguments_of(ReportPayAndPrescribing)[-1]["since"]) == "2026-01-01"

    def test_is_kept_from_those_who_may_not_see_it(self, clinic: Clinic) -> None:
        clinic.answer(ReportPayAndPrescribing, AccessDenied("You may not do this."))

        assert asyncio.run(opened(PayReportState)).phase == "forbidden"
