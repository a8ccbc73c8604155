"""
Finance reconciles over the API: a bank's file, a difference, two people, a closed month.
"""

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from application.reconciliation.ports import FeedPosition
from application.shared.access import Role
from domain.reconciliation.items import Source
from domain.shared.ids import to_wire
from tests.entrypoints.api.world import STAFF, World

CSV = "Date,Amount,Reference,Balance\n2026-02-27,42.00,B-1,52.00\n"
LAYOUT = {
    "account": "062-000 1234 4321",
    "currency": "AUD",
    "amount": "Amount",
    "identifier": "Reference",
    "balance": "Balance",
}


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def import_file(world: World, content: str = CSV, **layout: str) -> Any:
    form: dict[str, Any] = {**LAYOUT, **layout, "file": (io.BytesIO(content.encode()), "bank.csv")}
    return world.post("/reconciliation/statements", "finance", data=form)


@pytest.fixture
def difference(world: World) -> str:
    """A bank line that nobody can name."""
    read(import_file(world))
    read(world.post("/reconciliation/runs", "finance", json={}))
    (only,) = read(world.get("/reconciliation/breaks?status=open", "finance"))["items"]
    return f"/reconciliation/breaks/{only['break_id']}"


def test_a_file_is_taken_in_once(world: World) -> None:
    first, again = (read(import_file(world))["items"][0] for _ in range(2))

    assert (first["new"], first["known_file"]) == (1, False)
    assert first["gap"] == {"amount": 0, "currency": "AUD"}
    assert (again["new"], again["known"], again["known_file"]) == (0, 1, True)


def test_a_file_of_another_layout_is_refused(world: World) -> None:
    refused = read(import_file(world, balance="Saldo"), 422)

    assert refused["code"] == "unreadable_statement"


def test_a_difference_is_shown_with_what_would_close_it(world: World, difference: str) -> None:
    shown = read(world.get(difference, "finance"))

    assert (shown["kind"], shown["severity"]) == ("unknown_reference", "medium")
    assert shown["differences"] == [
        {"source": "bank", "amount": {"amount": 4200, "currency": "AUD"}}
    ]
    assert shown["items"][0]["references"] == ["b-1"]
    assert shown["suggestion"]["postings"] == [
        {
            "debit": "bank:operating",
            "credit": "suspense",
            "amount": {"amount": 4200, "currency": "AUD"},
        }
    ]


def test_a_repair_takes_two_people(world: World, difference: str) -> None:
    proposed = world.post(f"{difference}/repair", "finance", json={"rule": "suspense"})
    assert len(read(proposed)["postings"]) == 1

    alone = world.post(f"{difference}/approval", "finance", json={})
    assert read(alone, 403)["code"] == "own_repair"
    first, again = (
        read(world.post(f"{difference}/approval", "administrator", json={})) for _ in range(2)
    )

    assert first == again
    assert read(world.get(difference, "finance"))["status"] == "repaired"
    (currency,) = read(world.get("/reconciliation", "finance"))["currencies"]
    assert currency["suspense"] == {"amount": 4200, "currency": "AUD"}
    (bank,) = currency["places"]
    assert (bank["journal"]["amount"], bank["told"]["amount"]) == (4200, 5200)
    assert bank["theirs_unmatched"]["count"] == 0


def test_a_difference_has_an_owner(world: World, difference: str) -> None:
    finance = to_wire("user", STAFF[Role.FINANCE])

    read_nothing = world.put(f"{difference}/owner", "finance", json={"user_id": finance})

    assert read_nothing.status_code == 204
    mine = read(world.get(f"/reconciliation/breaks?user_id={finance}", "finance"))["items"]
    assert [each["owner_id"] for each in mine] == [finance]


def test_a_month_is_closed_when_it_is_explained(world: World, difference: str) -> None:
    days = {"starts_on": "2026-02-01", "ends_on": "2026-02-27"}
    period = read(world.post("/reconciliation/periods", "finance", json=days), 201)["period_id"]
    closing = f"/reconciliation/periods/{period}/closing"
    assert read(world.post(closing, "finance", json={}), 409)["code"] == "not_reconciled_yet"
    _read_vendors(world)

    refused = world.post(closing, "finance", json={})
    assert read(refused, 409)["code"] == "breaks_unexplained"
    why = {"explanation": "A gift of the bank."}
    assert world.post(f"{difference}/explanation", "finance", json=why).status_code == 204
    assert world.post(closing, "finance", json={}).status_code == 204

    (shown,) = read(world.get("/reconciliation/periods", "finance"))["items"]
    assert (shown["status"], shown["barring"]) == ("closed", 0)


def test_items_are_matched_by_hand_and_taken_apart(world: World) -> None:
    read(import_file(world, CSV + "2026-02-27,-42.00,B-2,10.00\n"))
    items = read(world.get("/reconciliation/items?unmatched=true", "finance"))["items"]
    chosen = {"items": [item["key"] for item in items], "note": "sent back"}

    match_id = read(world.post("/reconciliation/matches", "finance", json=chosen), 201)["match_id"]
    undoing = f"/reconciliation/matches/{match_id}/undoing"
    undone = world.post(undoing, "finance", json={"reason": "a mistake"})

    assert undone.status_code == 204
    left = read(world.get("/reconciliation/items?unmatched=true&source=bank", "finance"))["items"]
    assert len(left) == 2


def test_a_silent_vendor_is_said_to_be(world: World) -> None:
    answer = world.post("/reconciliation/imports", "finance", json={"source": "payout_vendor"})

    assert read(answer, 503)["code"] == "feed_silent"


def _read_vendors(world: World) -> None:
    """The vendors do not answer here: say that they were read, and compare."""
    with world.uow() as uow:
        for source in (Source.PROCESSOR, Source.PAYOUT_VENDOR):
            uow.feeds.note_position(
                source,
                FeedPosition(
                    position="x",
                    covers_until=datetime(2026, 3, 1, tzinfo=UTC),
                    read_at=world.clock.now(),
                ),
            )
        uow.commit()
    read(world.post("/reconciliation/runs", "finance", json={}))
