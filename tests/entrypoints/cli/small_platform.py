"""
A platform of small processes, run as a program by the tests of the supervisor.

    python small_platform.py STATE_DIRECTORY PORT [--name=value ...]
"""

import sys
from pathlib import Path

import click

from entrypoints.cli.child import ProcessSpec, Stage
from entrypoints.cli.console import Progress
from entrypoints.cli.environment import Ports
from entrypoints.cli.first_start import Filling
from entrypoints.cli.places import StateDirectory
from entrypoints.cli.platform import Platform, run

NOTES = """
import os, pathlib
def note(text):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(text + "\\n")
"""
SERVER = (
    NOTES
    + """
import http.server, signal, sys
def stop(number, frame):
    note("stopped server")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        return
note(f"started server {os.getpid()}")
http.server.HTTPServer(("127.0.0.1", int(os.environ["SERVER_PORT"])), Handler).serve_forever()
"""
)
STUBBORN = (
    NOTES
    + """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
note(f"started stubborn {os.getpid()} {inner.pid}")
time.sleep(600)
"""
)
WORKER = (
    NOTES
    + """
import signal, sys, time
def stop(number, frame):
    note("stopped worker")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("warning: the worker has something to say", flush=True)
note(f"started worker {os.getpid()}")
while True:
    time.sleep(0.05)
"""
)
SEED = (
    NOTES
    + """
import pathlib, sys, time
people = pathlib.Path(os.environ["PEOPLE"])
people.write_text("half")
print("onboarding of Dr Small", flush=True)
note("began seeding")
while "--slow-seed" in sys.argv:
    time.sleep(0.05)
people.write_text("all")
note("seeded")
"""
)
SLOW_BUILD = (
    NOTES
    + """
import subprocess, sys
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
note(f"started builder {inner.pid}")
inner.wait()
"""
)
FAILING = "import sys; print('no such table'); sys.exit(3)"


def script(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def main(state: Path, port: int, *flags: str) -> None:
    notes = state.parent / "notes"
    running = state.parent / "database-runs"
    people = state.parent / "people"

    def write(text: str) -> None:
        with notes.open("a") as file:
            file.write(text + "\n")

    def start_database() -> str:
        write("started database")
        running.touch()
        return "postgresql://small"

    def start_over() -> None:
        write("started over")
        people.unlink(missing_ok=True)
        StateDirectory(state).seeding.unlink()

    processes = [
        ProcessSpec(
            name="server", command=script(SERVER), health_url=f"http://127.0.0.1:{port}/healthz"
        ),
        ProcessSpec(name="worker", command=script(WORKER), stage=Stage.FILLED),
    ]
    if "--stubborn" in flags:
        processes.append(ProcessSpec(name="stubborn", command=script(STUBBORN)))
    if "--failing" in flags:
        processes.append(
            ProcessSpec(
                name="failing", command=script(FAILING), health_url="http://127.0.0.1:1/healthz"
            )
        )
    platform = Platform(
        state=StateDirectory(state),
        ports=Ports(portal=port, api=port, sandbox=port, smtp=port),
        directory=state.parent,
        start_database=start_database,
        stop_database=lambda: write("stopped database"),
        database_is_away=lambda: not running.exists(),
        environment=lambda url: {
            "NOTES": str(notes),
            "PEOPLE": str(people),
            "SERVER_PORT": str(port),
            "DATABASE_URL": url,
        },
        migrate=lambda url: write(f"migrated {url}"),
        processes=tuple(processes),
        build=script(SLOW_BUILD if "--slow-build" in flags else NOTES + "note('built')"),
        seed=(*script(SEED), *flags),
        filling=Filling(
            state=StateDirectory(state),
            is_empty=lambda _: not people.exists(),
            start_over=None if "--own-database" in flags else start_over,
            wanted="--empty" not in flags,
        ),
        farewell=lambda filled: f"everything runs, {'filled' if filled else 'not filled'}",
    )
    try:
        run(platform, Progress())
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
