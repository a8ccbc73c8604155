"""
Signed audit roots in a file that only grows, best on another machine's disk.
"""

import os
from pathlib import Path

from application.audit.ports import RootArchiveUnavailable, SignedRoot
from application.audit.roots import root_line


class FileRootArchive:
    """
    One JSON object a line, as `docs/audit/verify_audit.py` reads it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, signed: SignedRoot) -> None:
        """Append a root and flush it to the disk, unless it is the last one already."""
        line = root_line(signed) + "\n"
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path.exists() and self._path.read_text().endswith(line):
                return
            with self._path.open("a") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RootArchiveUnavailable("The signed root could not be put away.") from error
