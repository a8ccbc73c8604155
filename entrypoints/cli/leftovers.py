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
    Wait for those that are written down to end, groups included, and kill those that do not.

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
    groups = _living_groups()
    return [one for one in noted if _is_still_there(one, groups.get(one[0], []))]


def _is_still_there(noted: Identity, members: list[int]) -> bool:
    """
    Say whether a process or somebody of the group that it led is alive.

    While a group has members the number of its leader is not given to anybody else, so members
    without a leader are the old ones; a leader that began at another time is a stranger.
    """
    leader = identify(noted[0])
    return leader == noted if leader else bool(members)


def _living_groups() -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            groups.setdefault(int(fields[2]), []).append(int(process.name))
    return groups
