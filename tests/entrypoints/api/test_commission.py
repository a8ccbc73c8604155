"""
Commission plans, previews and the report over HTTP.
"""

from typing import Any

import pytest

from domain.shared.ids import to_wire
from tests.builders.commission import STANDARD
from tests.builders.physicians import PHYSICIAN
from tests.entrypoints.api.world import World

PLAN = {
    "code": "evenings",
    "name": "Evenings",
    "level": "contract",
    "rules": [{"percent_bp": 2000, "tiers": [{"from_count": 2, "percent_bp": 1000}]}],
}


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def drafted(world: World) -> str:
    made = read(world.post("/commission-plans", "finance", json=PLAN), 201)
    assert (made["number"], made["revision"]) == (1, 1)
    return f"/commission-plans/{made['plan_id']}"


class TestPlans:
    def test_one_drafts_another_publishes(self, world: World) -> None:
        path = drafted(world)
        own = world.post(f"{path}/versions/1/publication", "finance", json={"revision": 1})
        assert read(own, 409)["code"] == "second_person_needed"

        settled = read(
            world.post(f"{path}/versions/1/publication", "administrator", json={"revision": 1})
        )

        assert (settled["status"], settled["told"]) == ("published", 0)
        (version,) = read(world.get(path, "operations"))["versions"]
        assert version["in_force"]
        (sentence,) = version["sentences"]
        assert sentence.endswith("10 % after 2 consultations in the calendar month.")
        assert version["published_by"] != version["drafted_by"]

    def test_a_draft_is_changed_and_approved_as_it_was_read(self, world: World) -> None:
        path = drafted(world)
        changed = {key: value for key, value in PLAN.items() if key != "code"} | {"name": "Nights"}
        revised = read(world.put(f"{path}/versions/1", "finance", json=changed))
        stale = world.post(f"{path}/versions/1/publication", "administrator", json={"revision": 1})

        assert revised["revision"] == 2
        assert read(stale, 409)["code"] == "draft_changed"

    def test_a_plan_that_asks_about_prescriptions_is_refused_in_words(self, world: World) -> None:
        rules = [{"when": {"prescriptions": ["many"]}, "percent_bp": 100}, {"percent_bp": 2000}]

        refused = read(
            world.post("/commission-plans", "finance", json=PLAN | {"rules": rules}), 422
        )

        assert refused["code"] == "plan_knows_too_much"
        assert "may not ask about prescriptions" in refused["detail"]

    def test_a_version_is_withdrawn_with_a_reason(self, world: World) -> None:
        path = drafted(world)

        settled = read(
            world.post(f"{path}/versions/1/withdrawal", "finance", json={"reason": "a typo"})
        )

        assert (settled["status"], settled["changes_at"]) == ("withdrawn", None)
        (version,) = read(world.get(path, "finance"))["versions"]
        assert version["withdrawal_reason"] == "a typo"

    def test_the_list_is_by_precedence(self, world: World) -> None:
        drafted(world)

        plans = read(world.get("/commission-plans", "operations"))["items"]

        assert [plan["code"] for plan in plans] == ["evenings", "standard"]
        assert world.get("/commission-plans", "physician").status_code == 403

    @pytest.mark.parametrize("number", ["0", "9", "x", "1234567"])
    def test_a_version_that_is_none_is_not_found(self, world: World, number: str) -> None:
        path = f"/commission-plans/{to_wire('commission_plan', STANDARD)}/versions/{number}"

        answer = world.post(f"{path}/publication", "finance", json={"revision": 1})

        assert read(answer, 404)["code"] == "plan_not_found"


class TestPreviews:
    def test_a_physician_sees_a_month_of_every_service(self, world: World) -> None:
        path = f"/physicians/{to_wire('physician', PHYSICIAN)}/earnings-preview"

        (found,) = read(world.get(f"{path}?consultations=3", "physician"))["items"]

        month = found["month"]
        assert month["consultations"] == 3
        assert month["gross"]["amount"] == sum(part["amount"] for part in month["totals"].values())
        assert found["plan"]["code"] == "standard"
        assert found["considered"][0]["chosen"]
        assert world.get(path, "other_physician").status_code == 403
        assert read(world.get(f"{path}?consultations=many", "physician"), 422)["code"] == "too_many"

    def test_finance_compares_a_draft_with_what_is_in_force(self, world: World) -> None:
        path = drafted(world)

        (found,) = read(world.get(f"{path}/versions/1/preview?consultations=4", "finance"))["items"]

        assert found["present"]["code"] == "standard"
        assert found["difference_minor"] == (
            found["month"]["totals"]["earning"]["amount"]
            - found["present_month"]["totals"]["earning"]["amount"]
        )


class TestReport:
    def test_is_for_finance_and_comes_as_csv_too(self, world: World) -> None:
        report = read(world.get("/reports/pay-and-prescribing?since=2026-01-01", "finance"))
        table = world.get("/reports/pay-and-prescribing.csv", "administrator")

        assert report["since"] == "2026-01-01"
        assert report["sides"] == []
        assert table.mimetype == "text/csv"
        assert table.text.startswith("physician,name,currency,finished consultations")
        for person in ("operations", "physician", "patient"):
            assert world.get("/reports/pay-and-prescribing", person).status_code == 403

    def test_says_what_is_no_day(self, world: World) -> None:
        answer = world.get("/reports/pay-and-prescribing?since=soon", "finance")

        assert read(answer, 422)["code"] == "period_unfit"
