"""
Every error is a problem with a status that somebody decided, and tells nothing of the inside.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import adapters
import application
import domain
from domain.identity.lockout import SignInLocked
from domain.shared import errors
from domain.shared.errors import Conflict, DomainError, InvalidInput
from entrypoints.api.problems import install_error_handlers, status_of
from entrypoints.api.security import install_security
from tests.entrypoints.api.logs import api_logs
from tests.fakes.clock import MONDAY_NOON


def _import_all(package: ModuleType) -> None:
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in found.name:
            import_module(found.name)


def _refusals() -> Iterator[type[DomainError]]:
    for package in (domain, application, adapters):
        _import_all(package)
    waiting = [DomainError]
    while waiting:
        for refusal in waiting.pop().__subclasses__():
            if refusal.__module__.split(".")[0] in {"domain", "application", "adapters"}:
                yield refusal
            waiting.append(refusal)


def test_every_refusal_has_a_status() -> None:
    undecided = {refusal.__qualname__ for refusal in _refusals() if status_of(refusal) is None}

    assert undecided == set()


def test_no_refusal_means_two_things() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, DomainError) and kind is not DomainError
    ]

    ambiguous = {
        refusal.__qualname__
        for refusal in _refusals()
        if sum(issubclass(refusal, kind) for kind in kinds) > 1
    }

    assert ambiguous == set()


class _Row(BaseModel):
    number: int


def _raise_validation_error() -> None:
    _Row.model_validate({"number": "a secret diagnosis"})


class _Undecided(DomainError):
    pass


ERRORS: dict[str, Any] = {
    "locked": lambda: SignInLocked(retry_at=MONDAY_NOON + timedelta(seconds=90)),
    "database": lambda: OperationalError("select secret", {}, Exception("host secret")),
    "pool": lambda: PoolTimeout("QueuePool limit of secret"),
    "driver": lambda: psycopg.OperationalError("connection to secret failed"),
    "lock": lambda: OperationalError("select", {}, psycopg.errors.LockNotAvailable("secret")),
    "bug": lambda: ValueError("a secret diagnosis"),
    "undecodable": lambda: UnicodeDecodeError("utf-8", b"secret", 0, 1, "secret"),
    "undecided": lambda: _Undecided("secret"),
    "conflict": lambda: Conflict("It has ended."),
    "field": lambda: InvalidInput("Too long.", field="name"),
}


@pytest.fixture
def client() -> Any:
    app = Flask("problems")
    install_security(app)
    install_error_handlers(app, lambda: MONDAY_NOON)

    @app.get("/raise/<name>")
    def fail(name: str) -> str:
        error: Exception = ERRORS[name]()
        raise error

    @app.get("/badly-built")
    def badly_built() -> str:
        _raise_validation_error()
        return ""

    return app.test_client()


class TestAnswers:
    def test_so_is_one_that_really_is(self, unreached: Any) -> None:
        for path in ("/v1/services", "/readyz"):
            answer = unreached.get(path)

            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
            assert "127.0.0.1" not in answer.text

    @pytest.mark.parametrize("name", ["database", "pool", "driver", "lock"])
    def test_a_database_that_is_away_is_temporary(self, client: Any, name: str) -> None:
        answer = client.get(f"/raise/{name}")

        assert answer.status_code == 503
        assert answer.json["code"] == "temporarily_unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert "secret" not in answer.text

    def test_a_locked_sign_in_says_when_to_come_again(self, client: Any) -> None:
        answer = client.get("/raise/locked")

        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "90"

    @pytest.mark.parametrize("name", ["bug", "undecodable", "undecided"])
    def test_a_bug_tells_nothing(
        self, client: Any, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with api_logs(capsys) as read:
            answer = client.get(f"/raise/{name}")
            log = read()

        assert answer.status_code == 500
        assert answer.json["code"] == "internal_error"
        assert answer.json["request_id"]
        assert "secret" not in answer.text
        assert "unforeseen error" in log
        assert "secret" not in log

    def test_a_resource_that_cannot_be_built_is_our_mistake(self, client: Any) -> None:
        answer = client.get("/badly-built")

        assert answer.status_code == 500
        assert "diagnosis" not in answer.text

    def test_a_refusal_is_told(self, client: Any) -> None:
        answer = client.get("/raise/conflict")

        assert answer.content_type == "application/problem+json"
        assert answer.status_code == answer.json["status"] == 409
        assert answer.json["detail"] == "It has ended."
        assert answer.json["type"] == "/problems/conflict"

    def test_bad_input_names_its_field(self, client: Any) -> None:
        answer = client.get("/raise/field")

        assert answer.status_code == 422
        assert answer.json["errors"] == [{"field": "name", "message": "Too long."}]

    def test_an_unknown_address_is_a_problem_too(self, client: Any) -> None:
        answer = client.get("/nowhere")

        assert answer.status_code == 404
        assert json.loads(answer.data)["code"] == "not_found"


class TestProblemTypes:
    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("step_up_required", 403),
            ("patient_not_found", 404),
            ("invalid_body", 422),
            ("internal_error", 500),
            ("method_not_allowed", 405),
        ],
    )
    def test_each_leads_to_its_meaning(
        self, unreached: FlaskClient, code: str, status: int
    ) -> None:
        answer = unreached.get(f"/problems/{code}")

        told = answer.get_json()
        assert (answer.status_code, told["code"], told["status"]) == (200, code, status)
        assert told["meaning"].endswith((".", "resource"))

    def test_those_of_answers_are_among_them(self, unreached: FlaskClient) -> None:
        refused = unreached.get("/v1/me").get_json()

        assert unreached.get(refused["type"]).get_json()["status"] == refused["status"]

    @pytest.mark.parametrize("code", ["nothing", "invariant_error", "ok"])
    def test_there_are_no_others(self, unreached: FlaskClient, code: str) -> None:
        assert unreached.get(f"/problems/{code}").status_code == 404

    def test_the_front_door_leads_to_the_documentation(self, unreached: FlaskClient) -> None:
        answer = unreached.get("/")

        assert (answer.status_code, answer.headers["Location"]) == (302, "/docs/")
