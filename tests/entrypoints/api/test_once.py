"""
What must not happen twice does not, even if the process dies between the deed and its answer.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from adapters.postgres.request_memory import PostgresRequestMemory
from entrypoints.api.operations import MUTATING, OPERATIONS
from tests.entrypoints.api.belongings import Belongings, own_everything
from tests.entrypoints.api.world import World

# Made anew by each call, and nothing else keeps a second one from being made.
MAKES_ANOTHER = {
    "send_message",
    "add_addendum",
    "draft_prescription",
    "request_payout",
    "upload_document",
    "draft_commission_plan",
    "place_hold",
}


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def owned(world: World) -> Belongings:
    return own_everything(world)


@pytest.fixture
def path(owned: Belongings) -> str:
    return owned.path("/consultations/{consultation_id}/messages")


def send(world: World, path: str) -> TestResponse:
    return world.post(path, "patient", json={"body": "Hello"}, headers={"Idempotency-Key": "k1"})


def written(world: World, path: str) -> int:
    letters: Any = world.get(path, "physician").json
    return len(letters["items"])


def die(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(PostgresRequestMemory, method, killed)


class TestKilledAfterTheDeed:
    def test_is_not_done_again(
        self, world: World, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as dying:
            die(dying, "finish")
            with pytest.raises(Killed):
                send(world, path)

        soon = send(world, path)
        world.clock.pass_by(timedelta(minutes=5))
        later = send(world, path)

        assert (soon.status_code, later.status_code) == (409, 409)
        assert later.json is not None
        assert later.json["code"] == "answer_lost"
        assert written(world, path) == 1

    def test_an_error_afterwards_does_not_free_the_key(
        self, world: World, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unlucky(*_: object, **__: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as failing:
            failing.setattr(PostgresRequestMemory, "finish", unlucky)
            failed = send(world, path)

        assert failed.status_code == 500
        assert send(world, path).status_code == 409
        assert written(world, path) == 1


class TestKilledBeforeTheDeed:
    def test_it_is_done_once_the_first_has_had_its_time(
        self, world: World, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as dying:
            dying.setattr("entrypoints.api.serving._sent", _die)
            with pytest.raises(Killed):
                send(world, path)

        soon = send(world, path)
        world.clock.pass_by(timedelta(minutes=2))
        later = send(world, path)

        assert (soon.status_code, later.status_code) == (409, 201)
        assert written(world, path) == 1


def _die(_: object) -> None:
    raise Killed


def test_other_requests_of_the_thread_are_not_taken_for_it(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("entrypoints.api.serving._sent", _die)
        with pytest.raises(Killed):
            send(world, path)

    assert world.post(path, "patient", json={"body": "Without a key"}).status_code == 201

    world.clock.pass_by(timedelta(minutes=2))
    assert send(world, path).status_code == 201


def test_it_costs_nothing_where_it_is_not_needed(world: World, owned: Belongings) -> None:
    path = owned.path("/notifications/{notification_id}/seen")

    world.post(path, "patient", headers={"Idempotency-Key": "k1"})

    with world.container.engine.connect() as connection:
        lease = connection.execute(text("select locked_until from idempotency_key")).scalar_one()
    assert lease is None


def test_all_that_would_be_made_twice_says_so() -> None:
    declared = {one.name for one in OPERATIONS if one.once}

    assert declared == MAKES_ANOTHER
    assert all(one.method in MUTATING for one in OPERATIONS if one.once)
