"""
What holds for every request: keys, versions, ETags, headers, what cannot be read.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from entrypoints.api import serving
from entrypoints.api.operations import OPERATIONS, Operation
from tests.entrypoints.api.world import World

APPLICATION = {"service_id": "sv_0000000000000000000000001k"}


def start(world: World, key: str | None = None, **body: object) -> tuple[int, bytes, bool]:
    answer = world.post(
        "/consultations",
        "patient",
        json=APPLICATION | body,
        headers={"Idempotency-Key": key} if key is not None else {},
    )
    return answer.status_code, answer.data, "Idempotent-Replayed" in answer.headers


def send_message(world: World, consultation: str, key: str, body: str) -> int:
    return world.post(
        f"/consultations/{consultation}/messages",
        "patient",
        json={"body": body},
        headers={"Idempotency-Key": key},
    ).status_code


@pytest.fixture
def consultation(world: World) -> str:
    world.clinic.waiting()
    listed = world.get("/consultations", "patient").json
    assert listed is not None
    wire_id: str = listed["items"][0]["consultation_id"]
    return wire_id


class TestIdempotencyKey:
    def test_a_repeat_gets_the_first_answer(self, world: World, consultation: str) -> None:
        path = f"/consultations/{consultation}/messages"
        sent = {"json": {"body": "Hello"}, "headers": {"Idempotency-Key": "k1"}}

        first = world.post(path, "patient", **sent)
        second = world.post(path, "patient", **sent)

        assert first.status_code == second.status_code == 201
        assert first.data == second.data
        assert second.headers["Idempotent-Replayed"] == "true"
        messages = world.get(path, "patient").json
        assert messages is not None
        assert len(messages["items"]) == 1

    def test_another_body_is_refused(self, world: World, consultation: str) -> None:
        assert send_message(world, consultation, "k1", "Hello") == 201
        assert send_message(world, consultation, "k1", "Goodbye") == 422

    def test_keys_of_others_are_others(self, world: World, consultation: str) -> None:
        world.clinic.claimed()
        assert send_message(world, consultation, "k1", "Hello") == 201

        stranger = world.post(
            f"/consultations/{consultation}/messages",
            "stranger",
            json={"body": "Hello"},
            headers={"Idempotency-Key": "k1"},
        )

        assert stranger.status_code == 404

    def test_a_refused_request_may_be_mended(self, world: World, consultation: str) -> None:
        assert send_message(world, consultation, "k1", " ") == 422
        assert send_message(world, consultation, "k1", "Hello") == 201

    def test_visitors_do_not_share_their_keys(self, world: World) -> None:
        def register(email: str) -> int:
            person = {"email": email, "password": "seventeen green umbrellas"}
            headers = {"Idempotency-Key": "k1"}
            return world.post("/users", json=person, headers=headers).status_code

        assert register("one@example.com") == 201
        assert register("other@example.com") == 201

    def test_a_secret_is_never_kept(self, world: World) -> None:
        person = {"email": "one@example.com", "password": "seventeen green umbrellas"}
        world.post("/users", json=person)
        headers = {"Idempotency-Key": "k1"}

        first = world.post("/sessions", json=person, headers=headers).json
        second = world.post("/sessions", json=person, headers=headers).json

        assert first is not None
        assert second is not None
        assert first["token"] != second["token"]
        with world.container.engine.connect() as connection:
            assert connection.execute(text("select from idempotency_key")).one_or_none() is None

    @pytest.mark.parametrize("declared", OPERATIONS, ids=lambda declared: declared.name)
    def test_what_answers_with_a_secret_says_so(self, declared: Operation) -> None:
        shown = declared.returns.model_fields if declared.returns is not None else {}
        telling = {"token", "secret", "client_secret", "uri", "url", "redirect_url"}

        assert declared.secret is bool(telling & set(shown))

    @pytest.mark.parametrize("key", ["", "  ", "k" * 256])
    def test_an_unfit_key_is_refused(self, world: World, key: str) -> None:
        assert start(world, key)[0] == 422

    def test_the_answer_is_sealed_at_rest(self, world: World, consultation: str) -> None:
        send_message(world, consultation, "k1", "Hello")

        with world.container.engine.connect() as connection:
            body = connection.execute(text("select body from idempotency_key")).scalar_one()

        assert b"message_id" not in bytes(body)

    def test_the_same_key_at_the_same_time_runs_once(
        self, world: World, consultation: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inside, go_on = threading.Event(), threading.Event()
        answer = serving._answer

        def slow(*given: object) -> object:
            inside.set()
            go_on.wait(30)
            return answer(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(serving, "_answer", slow)
        with ThreadPoolExecutor(1) as other:
            first = other.submit(send_message, world, consultation, "k1", "Hello")
            inside.wait(30)
            second = send_message(world, consultation, "k1", "Hello")
            go_on.set()
            statuses = (first.result(), second)

        assert statuses == (201, 409)


class TestETag:
    def test_what_is_unchanged_is_not_sent_again(self, world: World) -> None:
        first = world.get("/me", "patient")
        again = world.get("/me", "patient", headers={"If-None-Match": first.headers["ETag"]})

        assert again.status_code == 304
        assert again.data == b""

    def test_what_changed_is(self, world: World, consultation: str) -> None:
        path = f"/consultations/{consultation}"
        first = world.get(path, "patient")
        world.post(f"{path}/cancellation", "patient", json={})

        again = world.get(path, "patient", headers={"If-None-Match": first.headers["ETag"]})

        assert again.status_code == 200
        assert again.headers["ETag"] != first.headers["ETag"]

    def test_each_look_is_in_the_trail(self, world: World, consultation: str) -> None:
        path = f"/consultations/{consultation}"
        first = world.get(path, "patient")
        world.get(path, "patient", headers={"If-None-Match": first.headers["ETag"]})

        with world.container.engine.connect() as connection:
            looks = connection.execute(
                text("select count(*) from audit_entry where action = 'consultation.read'")
            ).scalar_one()

        assert looks == 2


class TestVersion:
    def test_the_known_one_is_taken_and_named(self, world: World) -> None:
        answer = world.get("/services", headers={"Scripted-Version": "2026-11-01"})

        assert answer.status_code == 200
        assert answer.headers["Scripted-Version"] == "2026-11-01"

    def test_another_one_is_refused(self, world: World) -> None:
        assert world.get("/services", headers={"Scripted-Version": "1999-01-01"}).status_code == 400


class TestReading:
    """None of this needs the database, so none of it may ask it."""

    def post(self, client: FlaskClient, **json: object) -> TestResponse:
        return client.post("/v1/sessions", json=json)

    def test_broken_json(self, unreached: FlaskClient) -> None:
        answer = unreached.post("/v1/sessions", data=b'{"email": ', content_type="application/json")

        assert answer.status_code == 400
        assert answer.json is not None
        assert answer.json["code"] == "malformed_json"

    def test_something_else_than_json(self, unreached: FlaskClient) -> None:
        assert unreached.post("/v1/sessions", data=b"email=x").status_code == 415

    def test_nothing_is_coerced(self, unreached: FlaskClient) -> None:
        answer = self.post(unreached, email=5, password=True)

        assert answer.status_code == 422
        assert answer.json is not None
        assert {one["field"] for one in answer.json["errors"]} == {"email", "password"}

    def test_unknown_fields_are_named(self, unreached: FlaskClient) -> None:
        answer = self.post(unreached, email="a", password="b", passwrod="c")

        assert answer.json is not None
        assert answer.json["errors"][0]["field"] == "passwrod"

    @pytest.mark.parametrize("path", ["/v1/services?place=A\0", "/v1/services?cursor=%00"])
    def test_a_nul_character_is_refused(self, unreached: FlaskClient, path: str) -> None:
        assert unreached.get(path).status_code == 422

    def test_a_nul_character_in_a_text_is_refused(self, unreached: FlaskClient) -> None:
        assert self.post(unreached, email="a\0", password="b").status_code == 422

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "9" * 5_000, "\u0663"])
    def test_an_unfit_limit_is_refused(self, unreached: FlaskClient, limit: str) -> None:
        assert unreached.get("/v1/services", query_string={"limit": limit}).status_code == 422

    @pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyJ4Il0"])
    def test_an_unfit_cursor_is_refused(self, unreached: FlaskClient, cursor: str) -> None:
        assert unreached.get("/v1/services", query_string={"cursor": cursor}).status_code == 422

    @pytest.mark.parametrize(
        "wire_id", ["sv_x", "co_0000000000000000000000001k", "sv_8zzzzzzzzzzzzzzzzzzzzzzzzz", "%F0"]
    )
    def test_a_malformed_identifier_names_nothing(
        self, unreached: FlaskClient, wire_id: str
    ) -> None:
        assert unreached.get(f"/v1/services/{wire_id}").status_code == 404

    def test_too_large_a_body_is_refused(self, unreached: FlaskClient) -> None:
        answer = unreached.post(
            "/v1/sessions", data=b"x" * (26 * 1024 * 1024), content_type="application/json"
        )

        assert answer.status_code == 413


class TestHeaders:
    def test_every_answer_is_guarded(self, world: World) -> None:
        for path in ("/v1/services", "/v1/me", "/nowhere", "/healthz", "/openapi.json"):
            headers = world.client.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Request-Id"]

    def test_a_request_keeps_the_id_that_it_was_given(self, world: World) -> None:
        named = world.get("/services", headers={"X-Request-Id": "trace-12345678"})
        unfit = world.get("/services", headers={"X-Request-Id": "<script>"})

        assert named.headers["X-Request-Id"] == "trace-12345678"
        assert unfit.headers["X-Request-Id"] != "<script>"

    def test_an_unknown_method_says_which_are_known(self, world: World) -> None:
        answer = world.put("/services")

        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]

    def test_a_challenge_comes_with_a_missing_sign_in(self, world: World) -> None:
        answer = world.get("/me")

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
