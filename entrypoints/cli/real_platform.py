"""
The platform as it is: which processes it has, and what the person is told at the end.
"""

from collections.abc import Mapping

from entrypoints.cli import database
from entrypoints.cli.child import ProcessSpec, python
from entrypoints.cli.environment import Ports, platform_environment, ports
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.cli.platform import Platform

SIGN_INS = """\
  patient      maya@demo.scripted.example
  physician    moreau@demo.scripted.example
  operations   ops@demo.scripted.example
  password     a-calm-clinic-day"""


def real_platform(given: Mapping[str, str]) -> Platform:
    state = StateDirectory.from_environment(given)
    chosen = ports(given)
    return Platform(
        state=state,
        ports=chosen,
        directory=PROJECT,
        start_database=lambda: database.start(given, state),
        stop_database=lambda: database.stop(given, state),
        environment=lambda url: platform_environment(given, state=state, database_url=url),
        migrate=database.migrate_to,
        processes=processes(chosen),
        build=python("entrypoints.portal.build"),
        seed=python("entrypoints.cli", "seed"),
        farewell=lambda: farewell(chosen),
    )


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
        ProcessSpec(name="worker", command=python("entrypoints.worker")),
        ProcessSpec(
            name="portal",
            command=python("entrypoints.portal.serve"),
            health_url=f"http://127.0.0.1:{chosen.portal}/healthz",
            waits_for_build=True,
        ),
    )


def farewell(chosen: Ports) -> str:
    return f"""
  portal       http://127.0.0.1:{chosen.portal}
  API          http://127.0.0.1:{chosen.api}/docs
  sandbox      http://127.0.0.1:{chosen.sandbox}

{SIGN_INS}

Stop with Ctrl-C."""
