"""
What somebody sent never comes back in an error, and never reaches the logs.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from entrypoints.api.operations import OPERATIONS, Operation
from tests.entrypoints.api.belongings import Belongings, own_everything
from tests.entrypoints.api.bodies import BODIES
from tests.entrypoints.api.logs import api_logs
from tests.entrypoints.api.world import World

CANARY = "Zebra-Diagnose"
# Staff writes these, about nobody, and has to know which word is wrong.
AUTHORED = {"publish_service", "draft_commission_plan", "revise_commission_plan"}
PEOPLE = ("patient", "physician", "operations", "finance", "administrator")


def spoilt(value: Any) -> Iterator[Any]:
    """The value with the canary in place of one thing after another."""
    yield CANARY
    if isinstance(value, dict):
        yield {**value, CANARY: "x", f"{CANARY} of Ada": "x"}
        for name, inner in value.items():
            for bad in spoilt(inner):
                yield {**value, name: bad}
    if isinstance(value, list):
        for place, inner in enumerate(value):
            for bad in spoilt(inner):
                yield [*value[:place], bad, *value[place + 1 :]]


def tell_tales(world: World, owned: Belongings, operation: Operation, person: str) -> Iterator[str]:
    """Every error of an operation that was asked with canaries."""
    headers = {"Authorization": f"Bearer {world.tokens[person]}"}
    path = "/v1" + owned.path(operation.path)
    query = dict.fromkeys(operation.query, CANARY)
    plain = world.client.open(path, method=operation.method, query_string=query, headers=headers)
    if plain.status_code >= 400:
        yield plain.text
    for bad in spoilt(owned.body(operation.name)):
        if operation.form:
            if not isinstance(bad, dict):
                continue
            form = {**bad, "file": (io.BytesIO(CANARY.encode()), f"{CANARY}.pdf")}
            answer = world.client.open(path, method="POST", data=form, headers=headers)
        else:
            answer = world.client.open(path, method=operation.method, json=bad, headers=headers)
        if answer.status_code >= 400:
            yield answer.text


@pytest.mark.parametrize("person", PEOPLE)
def test_errors_and_logs_repeat_nothing(
    world: World, person: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owned = own_everything(world)
    told: dict[str, str] = {}
    with api_logs(capsys) as read:
        for operation in OPERATIONS:
            for error in tell_tales(world, owned, operation, person):
                if CANARY in error and operation.name not in AUTHORED:
                    told[operation.name] = error
        log = read()

    assert told == {}
    assert CANARY not in log


def test_a_path_is_not_repeated(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with api_logs(capsys) as read:
        errors = [
            world.get(f"/patients/{CANARY}", "patient").text,
            world.get(f"/{CANARY}", "patient").text,
            world.delete(
                f"/patients/pt_0000000000000000000000000z/consents/{CANARY}", "patient"
            ).text,
        ]
        log = read()

    assert CANARY not in "".join(errors)
    assert CANARY not in log


def test_what_was_sealed_is_not_in_the_database_in_plain_words(world: World) -> None:
    world.clinic.draft()
    listed: Any = world.get("/consultations", "patient").json
    path = f"/consultations/{listed['items'][0]['consultation_id']}"
    answers = {"onset": "gradual", "aura": False, "story": CANARY}

    saved = world.put(f"{path}/answers", "patient", json={"answers": answers})

    assert saved.status_code == 200
    assert json.loads(world.get(path, "patient").data)["answers"]["story"] == CANARY
    with world.container.engine.connect() as connection:
        tables = connection.exec_driver_sql(
            "select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).scalars()
        for table in list(tables):
            rows = connection.exec_driver_sql(f"select t::text from {table} t").scalars()
            assert CANARY not in "".join(rows), table


def test_every_body_is_tried() -> None:
    assert {one.name for one in OPERATIONS if one.body is not None} <= set(BODIES)
