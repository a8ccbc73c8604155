"""
Finance looks after our own money over the API.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from application.treasury.ports import PayoutFloat
from tests.entrypoints.api.bodies import BODIES
from tests.entrypoints.api.world import World
from tests.fakes.money import dollars
from tests.fakes.treasury import InMemoryFloat

WRITES = {
    "record_float_funding": "/treasury/float-fundings",
    "reverse_float_funding": "/treasury/float-fundings/reversal",
    "record_capital": "/treasury/capital",
    "record_settlement": "/treasury/settlements",
    "record_conversion": "/treasury/conversions",
}


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def send(world: World, name: str, person: str = "finance", **changes: Any) -> Any:
    body: Mapping[str, Any] = {**BODIES[name], **changes}
    return world.post(WRITES[name], person, json=body)


@pytest.fixture
def vendor(world: World) -> InMemoryFloat:
    """A vendor that says what is there; in this world all real ones are silent."""
    vendor = InMemoryFloat()
    vendor.put(dollars(100))
    world.container._instances((PayoutFloat, vendor))
    return vendor


def balances(world: World) -> dict[tuple[str, str], int]:
    listed = read(world.get("/operations/trial-balance", "finance"))["items"]
    return {
        (line["account"], one["currency"]): line["balance"]["amount"]
        for one in listed
        for line in one["lines"]
    }


def test_money_is_booked_once_for_each_reference(world: World) -> None:
    for _ in range(2):
        for name in ("record_capital", "record_settlement", "record_conversion"):
            assert read(send(world, name), 201)["entry_id"].startswith("je_")
        assert read(send(world, "record_float_funding"), 201)["float_funding_id"].startswith("ff_")

    assert balances(world) == {
        ("bank:operating", "AUD"): 10_000 + 9_700 - 10_000 - 10_000,
        ("bank:operating", "USD"): 6_600,
        ("equity:capital", "AUD"): 10_000,
        ("fx_position", "AUD"): 10_000,
        ("fx_position", "USD"): -6_600,
        ("payout_float:airwallex", "AUD"): 10_000,
        ("processor_clearing:stripe", "AUD"): -9_700,
    }


def test_a_reference_with_another_amount_is_refused(world: World) -> None:
    read(send(world, "record_capital"), 201)

    refused = send(world, "record_capital", amount={"amount": 1, "currency": "AUD"})

    assert read(refused, 409)["code"] == "reference_taken"


def test_a_rate_written_upside_down_is_refused_at_its_field(world: World) -> None:
    refused = read(send(world, "record_conversion", quoted_rate="1.515"), 422)

    assert refused["code"] == "rate_implausible"
    assert [one["field"] for one in refused["errors"]] == ["quoted_rate"]


def test_what_was_sent_is_shown_and_taken_back_once(world: World, vendor: InMemoryFloat) -> None:
    shown = read(world.get("/treasury", "finance"))
    assert shown["floats"][0]["available"] == {"amount": 10_000, "currency": "AUD"}
    assert shown["requests"] == []

    read(send(world, "record_float_funding"), 201)
    (funding,) = read(world.get("/treasury", "finance"))["fundings"]
    assert (funding["reference"], funding["reversed_at"]) == ("bank-1", None)
    assert send(world, "reverse_float_funding").status_code == 204
    assert send(world, "reverse_float_funding").status_code == 409

    (funding,) = read(world.get("/treasury", "finance"))["fundings"]
    assert funding["reversed_at"] is not None


def test_the_check_can_be_asked_for_now(world: World, vendor: InMemoryFloat) -> None:
    assert world.post("/treasury/float-checks", "finance", json={}).status_code == 204
    assert read(world.get("/treasury/funding-requests", "finance"))["items"] == []


def test_a_silent_vendor_is_said_to_be_silent(world: World) -> None:
    assert world.get("/treasury", "finance").status_code == 503


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("person", ["patient", "physician", "operations"])
def test_only_finance_books(world: World, name: str, person: str) -> None:
    assert send(world, name, person).status_code == 403


@pytest.mark.parametrize("path", ["/treasury", "/treasury/funding-requests"])
def test_only_finance_and_administrators_look(world: World, path: str) -> None:
    assert world.get(path, "physician").status_code == 403
    assert world.get(path, "operations").status_code == 403
