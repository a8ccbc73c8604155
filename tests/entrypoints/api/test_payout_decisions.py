"""
Payouts over the API: when they are made by themselves, and who agrees to large ones.
"""

from typing import Any

import pytest

from domain.payouts.payout import PayoutStatus
from domain.shared.ids import PayoutId, from_wire
from tests.entrypoints.api.belongings import Belongings, own_everything
from tests.entrypoints.api.world import World


@pytest.fixture
def owned(world: World) -> Belongings:
    return own_everything(world)


@pytest.fixture
def large(world: World, owned: Belongings) -> str:
    """The path of a payout that two people have to agree to."""
    with world.uow() as uow:
        payout = uow.payouts.get(PayoutId(from_wire("payout", owned.ids["payout_id"])))
        payout.status, payout.above_limit = PayoutStatus.AWAITING_APPROVAL, True
        uow.payouts.save(payout)
        uow.commit()
    return owned.path("/payouts/{payout_id}")


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


class TestSchedules:
    @pytest.mark.parametrize(
        ("chosen", "shown"),
        [
            ({"cadence": "weekly", "weekday": 0}, {"weekday": 0}),
            ({"cadence": "monthly", "day_of_month": 31}, {"day_of_month": 31}),
            (
                {"cadence": "minimum", "minimum": {"amount": 50_000, "currency": "AUD"}},
                {"minimum": {"amount": 50_000, "currency": "AUD"}, "next_on": None},
            ),
            ({"cadence": "manual"}, {"next_on": None, "expected": None}),
        ],
        ids=lambda body: body.get("cadence", ""),
    )
    def test_are_chosen_and_shown(
        self, world: World, owned: Belongings, chosen: dict[str, Any], shown: dict[str, Any]
    ) -> None:
        path = owned.path("/physicians/{physician_id}/payout-schedules")

        assert world.put(f"{path}/AUD", "physician", json=chosen).status_code == 204

        (schedule,) = read(world.get(path, "physician"))["items"]
        assert schedule == schedule | shown | {"cadence": chosen["cadence"], "currency": "AUD"}
        assert read(world.get(path, "finance"))["items"] == [schedule]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"cadence": "weekly"}, "weekday"),
            ({"cadence": "monthly", "day_of_month": 32}, "day_of_month"),
            ({"cadence": "manual", "weekday": 1}, "weekday"),
            ({"cadence": "hourly"}, "cadence"),
            (
                {"cadence": "minimum", "minimum": {"amount": 5_000, "currency": "USD"}},
                "minimum",
            ),
        ],
    )
    def test_say_what_is_unfit(
        self, world: World, owned: Belongings, body: dict[str, Any], field: str
    ) -> None:
        path = owned.path("/physicians/{physician_id}/payout-schedules/AUD")

        refused = read(world.put(path, "physician", json=body), 422)

        assert field in str(refused)

    def test_are_the_physicians_own(self, world: World, owned: Belongings) -> None:
        path = owned.path("/physicians/{physician_id}/payout-schedules/AUD")

        for person in ("finance", "other_physician", "patient"):
            answer = world.put(path, person, json={"cadence": "manual"})
            assert answer.status_code == 403, person


class TestLargePayouts:
    def test_wait_in_a_list_of_their_own(self, world: World, large: str) -> None:
        (waiting,) = read(world.get("/operations/payouts?waits_for=approval", "finance"))["items"]

        assert large.endswith(waiting["payout_id"])
        assert (waiting["signatures_missing"], waiting["signatures"]) == (2, [])
        assert read(world.get("/operations/payouts", "finance"))["items"] == []
        assert world.get("/operations/payouts?waits_for=x", "finance").status_code == 422

    def test_one_person_is_not_enough_however_often_they_agree(
        self, world: World, large: str
    ) -> None:
        agreed = read(world.post(f"{large}/approval", "finance", json={"note": "seen"}))
        again = world.post(f"{large}/approval", "finance", json={})

        assert agreed["signatures_missing"] == 1
        assert again.status_code == 403
        shown = read(world.get(large, "finance"))
        assert shown["status"] == "awaiting_approval"
        assert [one["note"] for one in shown["signatures"]] == ["seen"]
        assert read(world.get(large, "physician"))["signatures"] == []

    def test_one_no_gives_the_money_back_with_its_reason(self, world: World, large: str) -> None:
        reason = "Your contract has ended."

        assert world.post(f"{large}/refusal", "finance", json={"reason": reason}).status_code == 204

        shown = read(world.get(large, "physician"))
        assert (shown["status"], shown["declined_because"]) == ("declined", reason)
        assert world.post(f"{large}/approval", "finance", json={}).status_code == 409

    def test_are_nothing_that_others_decide_on(self, world: World, large: str) -> None:
        for person in ("physician", "operations", "patient"):
            answer = world.post(f"{large}/approval", person, json={})
            assert answer.status_code == 403, person
