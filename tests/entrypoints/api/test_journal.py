"""
The journal over the API: found, followed, summed at an instant, and taken along.
"""

import csv
import io
from typing import Any

import pytest

from tests.entrypoints.api.belongings import Belongings, own_everything
from tests.entrypoints.api.world import World


@pytest.fixture
def owned(world: World) -> Belongings:
    return own_everything(world)


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.is_streamed
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.data.decode(), newline="")))


def test_entries_are_found_followed_and_taken_along(world: World, owned: Belongings) -> None:
    query = {"owner": owned.ids["physician_id"], "amount": "5000", "currency": "AUD"}

    found = read(world.get("/ledger/entries", "finance", query_string=query))["items"]
    one = read(world.get(f"/ledger/entries/{found[0]['entry_id']}", "finance"))
    saved = rows(world.get("/ledger/entries.csv", "finance", query_string=query))

    assert [entry["reason"] for entry in found] == ["payout_requested", "service_delivered"]
    assert one == found[0]
    assert [row["entry"] for row in saved] == [entry["entry_id"] for entry in found[::-1]]
    assert {row["amount"] for row in saved} == {"50.00"}


def test_accounts_say_whose_they_are_and_are_found_by_that(world: World, owned: Belongings) -> None:
    name = read(world.get(owned.path("/physicians/{physician_id}"), "finance"))["name"]
    query = {"owner": name.split()[-1].lower(), "reason": "payout_requested"}

    found = read(world.get("/ledger/entries", "finance", query_string=query))["items"]
    (row,) = rows(world.get("/ledger/entries.csv", "finance", query_string=query))
    (moved,) = found[0]["postings"]
    trail = read(world.get(owned.path("/consultations/{consultation_id}/money"), "finance"))
    account = f"/ledger/accounts/{moved['debit']}"
    (books,) = read(world.get("/operations/trial-balance", "finance"))["items"]

    assert (moved["debit_owner"], moved["credit_owner"]) == (name, name)
    assert (row["debit_owner"], row["credit_owner"]) == (name, name)
    for path in (f"{account}/statement", f"{account}/balance"):
        assert read(world.get(f"{path}?currency=AUD", "finance"))["owner_name"] == name
    assert trail["earning"]["physician_name"] == name
    assert {line["account"]: line["owner_name"] for line in books["lines"]}[moved["debit"]] == name
    assert all(one["owner_name"] is None for one in trail["standing"] if ":" not in one["account"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"amount": "many"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "9" * 30}, "amount"),
        ({"owner": "ph_nobody"}, "owner"),
        ({"currency": "dollars"}, "currency"),
        ({"recorded_from": "yesterday"}, "recorded_from"),
        (
            {"recorded_from": "2026-03-02T00:00:00Z", "recorded_until": "2026-03-01T00:00:00Z"},
            "recorded_until",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_searched_for_is_named(
    world: World, query: dict[str, str], field: str
) -> None:
    for path in ("/ledger/entries", "/ledger/entries.csv"):
        refused = read(world.get(path, "finance", query_string=query), 422)
        assert refused["errors"][0]["field"] == field


def test_an_account_runs_with_its_balance(world: World, owned: Belongings) -> None:
    path, query = "/ledger/accounts/patient_funds", {"currency": "AUD"}

    shown = read(world.get(f"{path}/statement", "finance", query_string=query))
    opening, *saved = rows(world.get(f"{path}/statement.csv", "finance", query_string=query))
    now = read(world.get(f"{path}/balance", "finance", query_string=query))
    before = {"before": shown["items"][0]["entry"]["recorded_at"], "by": "recorded_at"}
    past = read(world.get(f"{path}/balance", "finance", query_string=query | before))

    assert [line["balance"]["amount"] for line in shown["items"]] == [0, 5000]
    assert shown["closing"] == now["balance"] == {"amount": 0, "currency": "AUD"}
    assert past["balance"]["amount"] == 5000
    assert (opening["balance"], [row["balance"] for row in saved]) == ("0.00", ["50.00", "0.00"])
    assert (
        world.get("/ledger/accounts/petty_cash/balance?currency=AUD", "finance").status_code == 404
    )


def test_the_trial_balance_of_an_instant_comes_by_both_times(
    world: World, owned: Belongings
) -> None:
    at = {"as_of": "2026-03-02T12:00:00Z"}

    happened = read(world.get("/operations/trial-balance", "finance", query_string=at))["items"]
    booked = at | {"by": "recorded_at"}
    saved = rows(world.get("/ledger/trial-balance.csv", "finance", query_string=at))

    assert len(happened) == 1
    assert read(world.get("/operations/trial-balance", "finance", query_string=booked)) == {
        "items": []
    }
    assert (saved[-1]["account"], saved[-1]["debit"]) == ("total", saved[-1]["credit"])


def test_the_money_of_a_consultation_is_followed(world: World, owned: Belongings) -> None:
    trail = read(world.get(owned.path("/consultations/{consultation_id}/money"), "finance"))

    assert [one["amount"]["amount"] for one in trail["payments"]] == [5400]
    assert trail["earning"]["remaining"]["amount"] == 0
    assert [use["taken_by"] for use in trail["uses"]] == [owned.ids["payout_id"]]
    assert [one["payout_id"] for one in trail["payouts"]] == [owned.ids["payout_id"]]
    assert [one["dispute_id"] for one in trail["disputes"]] == [owned.ids["dispute_id"]]
    assert owned.ids["patient_id"] not in str(trail)
