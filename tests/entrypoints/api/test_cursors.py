"""
Cursors come from outside: a made-up one is refused by every list, and breaks none.
"""

import base64
import json
from itertools import product

import pytest

from entrypoints.api import app  # noqa: F401 - declares the operations
from entrypoints.api.operations import OPERATIONS
from tests.entrypoints.api.belongings import own_everything
from tests.entrypoints.api.test_access import query_of
from tests.entrypoints.api.world import World

PAGED = [operation for operation in OPERATIONS if operation.paged]
PEOPLE = ("patient", "physician", "operations", "finance", "administrator")
ODD = (
    "9999-99-99T00:00:00+00:00",
    "2026-03-02T12:00:00",
    "0001-01-01T00:00:00+23:59",
    "00000000-0000-0000-0000-000000000001",
    "not-an-id",
    "nul \0 inside",
    "\ud800",
    2**70,
    True,
    None,
    1.5,
)


def forged(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def forgeries() -> list[str]:
    places: list[object] = [{}, 7, [], *([one] for one in ODD), *map(list, product(ODD, repeat=2))]
    places += [["2026-03-02T12:00:00+00:00", second, third] for second in ODD for third in ODD]
    return ["", "%", "x" * 2_000, base64.b64encode(b"[" * 100_000).decode(), *map(forged, places)]


def test_no_made_up_cursor_breaks_a_list(world: World) -> None:
    owned = own_everything(world)
    asked: set[str] = set()
    for operation in PAGED:
        path = owned.path(operation.path)
        reader = next(
            person
            for person in PEOPLE
            if world.get(path, person, query_string=query_of(operation)).status_code == 200
        )
        for cursor in forgeries():
            query = query_of(operation) | {"cursor": cursor}
            answer = world.get(path, reader, query_string=query)
            assert answer.status_code in {200, 422}, (operation.name, cursor, answer.text)
            asked.add(operation.name)

    assert asked == {operation.name for operation in PAGED}


@pytest.mark.parametrize("cursor", ["%", forged(["2026-99-99T00:00:00+00:00", "x"])])
def test_a_made_up_cursor_is_named_as_what_is_wrong(world: World, cursor: str) -> None:
    own_everything(world)

    refused = world.get("/operations/reactions", "operations", query_string={"cursor": cursor})

    assert refused.status_code == 422
    assert refused.json is not None
    assert refused.json["code"] == "malformed_cursor"
    assert refused.json["errors"][0]["field"] == "cursor"
