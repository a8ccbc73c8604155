"""
Processes of a platform whose supervisor was killed and could not stop them.

The kernel has asked them to end. One that is slow, or deaf, would still hold its port when the
next supervisor starts, so the processes are written down and what is left of them is ended first.
"""

import json
import signal
import time
from pathlib import Path

from entrypoints.cli.child import GRACE, signal_group

Identity = tuple[int, str]
"""A process number, and when that process began: numbers are used again, moments are not."""


def identify(pid: int) -> Identity | None:
    """
    Give a process's identity, or None where the system does not tell (no /proc) or it is gone.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else (pid, fields[19])


def note(file: Path, pids: list[int]) -> None:
    """
    Write down who has to be gone before another platform can start here.
    """
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.write_text(json.dumps([one for one in map(identify, pids) if one]))
    unfinished.replace(file)


def end_leftovers(file: Path, grace: float = GRACE) -> int:
    """
    Wait for those that are written down to end, and kill the groups of those that do not.

    Returns:
        How many had to be killed.
    """
    if not file.exists():
        return 0
    noted = [(int(pid), str(began)) for pid, began in json.loads(file.read_text())]
    for pid, _ in _alive(noted):
        signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while _alive(noted) and time.monotonic() < deadline:
        time.sleep(0.1)
    stubborn = _alive(noted)
    for pid, _ in stubborn:
        signal_group(pid, signal.SIGKILL)
    file.unlink()
    return len(stubborn)


def _alive(noted: list[Identity]) -> list[Identity]:
    return [one for one in noted if identify(one[0]) == one]
