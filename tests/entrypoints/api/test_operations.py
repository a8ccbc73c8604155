"""
The work lists of staff over the API.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from application.ledger.books import Books, SeveralVendorBooks, VerifyBooks
from tests.entrypoints.api.belongings import Belongings, own_everything
from tests.entrypoints.api.world import World


@pytest.fixture
def owned(world: World) -> Belongings:
    return own_everything(world)


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def queued(world: World, task: str) -> list[Any]:
    with world.container.engine.connect() as connection:
        return list(
            connection.execute(
                text("select args from procrastinate_jobs where task_name = :task"), {"task": task}
            ).scalars()
        )


class TestDeadReactions:
    def test_are_listed_with_their_cause(self, world: World, owned: Belongings) -> None:
        dead = read(world.get("/operations/reactions", "operations"))["items"]

        assert [(one["event_id"], one["name"]) for one in dead] == [
            (owned.ids["event_id"], owned.ids["name"])
        ]
        assert dead[0]["last_error"] == "PharmacyUnreachable"

    def test_come_in_pages(self, world: World, owned: Belongings) -> None:
        with world.container.engine.begin() as connection:
            connection.execute(text("update reaction set status = 'dead'"))
            known = connection.execute(text("select count(*) from reaction")).scalar_one()
        seen: set[tuple[str, str]] = set()
        cursor = None
        while cursor is not None or not seen:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = read(world.get("/operations/reactions", "operations", query_string=query))
            seen |= {(one["event_id"], one["name"]) for one in page["items"]}
            cursor = page["next_cursor"]

        assert len(seen) == known > 2

    def test_are_revived_once_and_noted(self, world: World, owned: Belongings) -> None:
        path = owned.path("/operations/reactions/{event_id}/{name}/revival")
        jobs = len(queued(world, "react"))

        answers = [world.post(path, "operations").status_code for _ in range(2)]

        assert answers == [204, 204]
        assert len(queued(world, "react")) == jobs + 1
        assert read(world.get("/operations/reactions", "operations"))["items"] == []
        with world.container.engine.connect() as connection:
            noted = connection.execute(
                text("select count(*) from audit_entry where action = 'reaction.revived'")
            ).scalar_one()
        assert noted == 2

    def test_an_unknown_one_is_not_found(self, world: World, owned: Belongings) -> None:
        path = owned.path("/operations/reactions/{event_id}/Nothing/revival")

        assert world.post(path, "operations").status_code == 404


class TestOrders:
    def test_are_settled_once_somebody_has_asked(self, world: World, owned: Belongings) -> None:
        with world.container.engine.begin() as connection:
            connection.execute(
                text("update pharmacy_order set attention = 'dispensed_twice', fills = 2")
            )
        (order,) = read(world.get("/operations/orders", "operations"))["items"]
        assert (order["attention"], order["fills"]) == ("dispensed_twice", 2)

        stale, answer = [
            world.post(
                owned.path("/operations/orders/{order_id}/settlement"),
                "operations",
                json={"attention": seen, "reason": "The second was never collected."},
            )
            for seen in ("unknown_vendor_status", "dispensed_twice")
        ]

        assert (stale.status_code, answer.status_code) == (409, 204)
        assert read(world.get("/operations/orders", "operations"))["items"] == []


class TestDeadWebhooks:
    def test_are_listed_and_revived(self, world: World, owned: Belongings) -> None:
        dead = read(world.get("/operations/webhooks", "administrator"))["items"]
        jobs = len(queued(world, "process_webhook"))

        revived = world.post(owned.path("/operations/webhooks/{webhook_id}/revival"), "operations")

        assert [(one["vendor"], one["last_error"]) for one in dead] == [
            ("stripe", "RefundNotFound")
        ]
        assert revived.status_code == 204
        assert len(queued(world, "process_webhook")) == jobs + 1
        assert read(world.get("/operations/webhooks", "administrator"))["items"] == []

    @pytest.mark.parametrize("cursor", ["WyJ4Il0", "WyJ4IiwieCJd", "x"])
    def test_an_unfit_cursor_is_refused(self, world: World, cursor: str) -> None:
        for kind in ("reactions", "webhooks"):
            path = f"/operations/{kind}?cursor={cursor}"
            assert world.get(path, "operations").status_code == 422


class TestLists:
    def test_what_is_stuck(self, world: World, owned: Belongings) -> None:
        soon = (world.clock.now() + timedelta(minutes=1)).isoformat()

        stuck = read(
            world.get(
                "/operations/stuck-consultations", "operations", query_string={"before": soon}
            )
        )

        assert [one["consultation_id"] for one in stuck["items"]] == [owned.ids["consultation_id"]]

    @pytest.mark.parametrize(
        ("path", "person"),
        [
            ("orders", "operations"),
            ("payouts", "finance"),
            ("payments", "finance"),
            ("notifications", "operations"),
        ],
    )
    def test_are_empty_on_a_good_day(
        self, world: World, owned: Belongings, path: str, person: str
    ) -> None:
        assert read(world.get(f"/operations/{path}", person))["items"] == []


class TestChecks:
    def test_the_trial_balance_balances(self, world: World, owned: Belongings) -> None:
        balances = read(world.get("/operations/trial-balance", "finance"))["items"]

        assert balances[0]["debits"] == balances[0]["credits"]
        assert {line["account"] for line in balances[0]["lines"]}

    def test_the_books_name_what_is_wrong(self, world: World, owned: Belongings) -> None:
        vendors = SeveralVendorBooks(())
        books = world.container.resolve(Books)
        verify = VerifyBooks(books, vendors, world.clock)
        world.container._punq.register(VerifyBooks, instance=verify)

        verified = read(world.get("/operations/books", "finance"))

        # The belongings have earnings that nobody paid for: the checks have to see that.
        assert verified["hold"] is False
        assert {"debits_equal_credits", "wallets_never_negative"} <= {
            one["check"] for one in verified["results"] if one["holds"]
        }

    def test_the_books_of_vendors_who_do_not_answer_are_not_called_right(
        self, world: World
    ) -> None:
        answer = world.get("/operations/books", "finance")

        assert read(answer, 503)["code"] == "vendor_books_unavailable"

    def test_the_audit_trail_is_whole(self, world: World, owned: Belongings) -> None:
        verified = read(world.get("/operations/audit", "administrator"))

        assert verified["entries"] > 0
        assert verified["findings"] == []
