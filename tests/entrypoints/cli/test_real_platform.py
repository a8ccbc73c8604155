from pathlib import Path

from entrypoints.cli.child import Stage
from entrypoints.cli.environment import ports
from entrypoints.cli.places import StateDirectory
from entrypoints.cli.real_platform import farewell, real_platform, start_over


def test_reactions_and_pages_wait_for_the_clinic_day_and_vendors_do_not(tmp_path: Path) -> None:
    platform = real_platform({"SCRIPTED_DATA": str(tmp_path)})

    assert {one.name: one.stage for one in platform.processes} == {
        "sandbox": Stage.FIRST,
        "api": Stage.FIRST,
        "worker": Stage.FILLED,
        "portal": Stage.BUILT,
    }


def test_production_has_no_sandbox_and_nobody_invented(tmp_path: Path) -> None:
    platform = real_platform({"SCRIPTED_DATA": str(tmp_path), "SCRIPTED_ENV": "production"})

    assert [one.name for one in platform.processes] == ["api", "worker", "portal"]
    assert not platform.filling.wanted


def test_a_database_of_the_persons_own_cannot_be_started_over(tmp_path: Path) -> None:
    mine = {"SCRIPTED_DATA": str(tmp_path), "DATABASE_URL": "postgresql://mine"}

    assert real_platform(mine).filling.start_over is None
    assert not real_platform(mine).database_is_away()


def test_starting_over_keeps_the_secrets_the_logs_and_the_built_portal(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    state.create()
    for file in (state.secrets, state.sandbox, state.seeding, state.path / "documents"):
        file.write_text("x")
    state.portal_client.mkdir()

    start_over(state)

    kept = {entry.name for entry in state.path.iterdir()}
    assert kept == {"secrets.env", "logs", "portal-dist", "scripted-state"}


def test_people_are_named_only_where_they_are() -> None:
    assert "maya@demo.scripted.example" in farewell(ports({}), filled=True)
    assert "maya@demo.scripted.example" not in farewell(ports({}), filled=False)
