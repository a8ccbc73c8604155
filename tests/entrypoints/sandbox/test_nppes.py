from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from entrypoints.sandbox.nppes.practitioners import SEED, is_valid_npi
from tests.entrypoints.sandbox.vendor_world import World, world


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


def ask(here: World, **params: str) -> dict[str, Any]:
    answer = here.http.get(f"{here.url}/nppes/api/", params={"version": "2.1", **params})
    assert answer.status_code == 200
    return dict(answer.json())


class TestRegistry:
    def test_finds_a_practitioner_by_number(self, here: World) -> None:
        answer = ask(here, number="1003004169")

        found = answer["results"][0]
        assert answer["result_count"] == 1
        assert (found["basic"]["last_name"], found["basic"]["status"]) == ("MOREAU", "A")
        assert {each["state"]: each["license"] for each in found["taxonomies"]} == {
            "CA": "A123456",
            "NY": "301234",
            "TX": "Q4567",
        }

    def test_every_number_has_its_check_digit(self) -> None:
        assert all(is_valid_npi(each.npi) for each in SEED)
        assert not is_valid_npi("1003004168")
        assert not is_valid_npi("3003004169")

    def test_an_unknown_number_finds_nobody(self, here: World) -> None:
        assert ask(here, number="1999999992") == {"result_count": 0, "results": []}

    def test_shows_or_withholds_the_deactivated(self, here: World) -> None:
        shown = ask(here, number="1253009215")["results"][0]
        withheld = ask(here, number="1303010221")

        assert shown["basic"]["status"] == "D"
        assert withheld["Errors"][0]["field"] == "number"

    @pytest.mark.parametrize(
        "params", [{"number": "12"}, {}, {"version": "1.0", "number": "1003004169"}]
    )
    def test_says_what_is_wrong_with_a_question(self, here: World, params: dict[str, str]) -> None:
        assert ask(here, **params)["Errors"]

    def test_searches_by_name_and_state(self, here: World) -> None:
        assert ask(here, last_name="okaf*", state="NY")["result_count"] == 1
        assert ask(here, last_name="okaf*", state="CA")["result_count"] == 0

    def test_learns_a_new_practitioner(self, here: World) -> None:
        added = here.control(
            "nppes/add_practitioner", first="Lena", last="Fox", licences={"OR": "MD1"}
        )

        assert is_valid_npi(added["number"])
        assert ask(here, number=added["number"])["results"][0]["basic"]["last_name"] == "FOX"

    def test_a_practitioner_is_deactivated(self, here: World) -> None:
        here.control("nppes/set_status", npi="1003004169", status="D")

        assert ask(here, number="1003004169")["results"][0]["basic"]["status"] == "D"
