"""
What a program's scopes allow it, whatever its roles would.
"""

from uuid import UUID

import pytest

from application.identity.accounts import IssueMachineClient
from application.shared.access import Actor, Role
from domain.shared.ids import to_wire
from entrypoints.api import app  # noqa: F401 - declares the operations
from entrypoints.api.operations import OPERATIONS, Operation
from tests.entrypoints.api.world import STAFF, World

BOSS = Actor(user_id=STAFF[Role.ADMINISTRATOR], roles={Role.ADMINISTRATOR})


def admit_program(world: World, *scopes: str) -> None:
    """Let a program with the role of operations and these scopes call as `program`."""
    issued = world.container.resolve(IssueMachineClient)(
        actor=BOSS, name="Reports", roles=frozenset({Role.OPERATIONS}), scopes=frozenset(scopes)
    )
    answer = world.post(
        "/machine-tokens",
        json={
            "client_id": to_wire("machine_client", issued.client_id),
            "client_secret": issued.secret,
        },
    )
    assert answer.json is not None
    world.tokens["program"] = answer.json["token"]


class TestScopes:
    def test_reading_is_not_writing(self, world: World) -> None:
        admit_program(world, "operations:read", "catalogue:read")

        assert world.get("/operations/reactions", "program").status_code == 200
        retired = world.post(
            f"/services/{to_wire('service', UUID(int=1))}/retirement", "program", json={}
        )

        assert retired.status_code == 403
        assert retired.json is not None
        assert retired.json["code"] == "scope_missing"

    def test_one_thing_is_not_another(self, world: World) -> None:
        admit_program(world, "catalogue:read")

        assert world.get("/operations/reactions", "program").status_code == 403

    def test_no_scope_opens_nothing_but_what_is_its_own(self, world: World) -> None:
        admit_program(world)

        assert world.get("/operations/reactions", "program").status_code == 403
        assert world.get("/me", "program").status_code == 200
        assert world.get("/services", "program").status_code == 200

    def test_people_have_no_scopes_and_need_none(self, world: World) -> None:
        assert world.get("/operations/reactions", "operations").status_code == 200

    @pytest.mark.parametrize("declared", OPERATIONS, ids=lambda declared: declared.name)
    def test_each_operation_has_one(self, declared: Operation) -> None:
        thing, _, deed = declared.scope.partition(":")

        assert thing.isidentifier()
        assert deed == ("read" if declared.method == "GET" else "write")
