"""
The platform as it is: which processes it has, and what the person is told at the end.
"""

from collections.abc import Mapping

from entrypoints.cli import database
from entrypoints.cli.child import ProcessSpec, Stage, python
from entrypoints.cli.environment import (
    Ports,
    all_vendors_are_played,
    platform_environment,
    ports,
)
from entrypoints.cli.first_start import Filling
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.cli.platform import Platform

SIGN_INS = """\
  patient      maya@demo.scripted.example
  physician    moreau@demo.scripted.example
  operations   ops@demo.scripted.example
  password     a-calm-clinic-day"""


def real_platform(given: Mapping[str, str], *, with_clinic_day: bool = True) -> Platform:
    state = StateDirectory.from_environment(given)
    chosen = ports(given)
    played = given.get("SCRIPTED_ENV") != "production"
    filling = Filling(
        state=state,
        is_empty=database.is_empty,
        start_over=None if given.get("DATABASE_URL") else lambda: start_over(state),
        wanted=with_clinic_day and played and all_vendors_are_played(given),
    )
    return Platform(
        state=state,
        ports=chosen,
        directory=PROJECT,
        start_database=lambda: database.start(given, state),
        stop_database=lambda: database.stop(given, state),
        database_is_away=lambda: database.is_away(given, state),
        environment=lambda url: platform_environment(given, state=state, database_url=url),
        migrate=database.migrate_to,
        processes=tuple(one for one in processes(chosen) if played or one.name != "sandbox"),
        build=python("entrypoints.portal.build"),
        seed=python("entrypoints.cli", "seed"),
        filling=filling,
        farewell=lambda filled: farewell(chosen, filled=filled),
    )


def start_over(state: StateDirectory) -> None:
    """
    Delete what a clinic day consists of. Secrets, logs and the built portal stay.
    """
    database.delete(state)
    state.clear(keep={state.secrets, state.logs, *state.portal_builds, state.processes})


def processes(chosen: Ports) -> tuple[ProcessSpec, ...]:
    """
    List the processes in the order they are started; they are stopped in reverse.
    """
    return (
        ProcessSpec(
            name="sandbox",
            command=python("entrypoints.sandbox"),
            health_url=f"http://127.0.0.1:{chosen.sandbox}/_sandbox/health",
        ),
        ProcessSpec(
            name="api",
            command=python("entrypoints.api"),
            health_url=f"http://127.0.0.1:{chosen.api}/healthz",
        ),
        ProcessSpec(name="worker", command=python("entrypoints.worker"), stage=Stage.FILLED),
        ProcessSpec(
            name="portal",
            command=python("entrypoints.portal.serve"),
            health_url=f"http://127.0.0.1:{chosen.portal}/healthz",
            stage=Stage.BUILT,
        ),
    )


def farewell(chosen: Ports, *, filled: bool) -> str:
    people = f"\n{SIGN_INS}\n" if filled else ""
    return f"""
  portal       http://127.0.0.1:{chosen.portal}
  API          http://127.0.0.1:{chosen.api}/docs/
  sandbox      http://127.0.0.1:{chosen.sandbox}
{people}
Stop with Ctrl-C."""
