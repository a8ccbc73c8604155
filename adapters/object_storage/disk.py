"""
Objects as files in a directory. A reader sees all of one or none of it, after a crash too.
"""

import os
import re
import tempfile
from pathlib import Path

from application.documents.ports import ObjectNotStored, ObjectStorageUnavailable

_KEY = re.compile(r"[a-z][a-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._-]*")


class DiskObjectStorage:
    """
    Spreads files over folders by the end of their key, so that no folder grows too long.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, key: str, data: bytes) -> None:
        """Write beside the place, flush to the disk, then move there in one step."""
        path = self._path(key)
        try:
            # `parents=True` would leave the folders between open to everybody.
            path.parent.parent.mkdir(mode=0o700, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write_at_once(path, data)
        except OSError as error:
            raise ObjectStorageUnavailable("The file could not be stored.") from error

    def get(self, key: str) -> bytes:
        """Read a whole object."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise ObjectNotStored("The file is not there.") from None
        except OSError as error:
            raise ObjectStorageUnavailable("The file cannot be read.") from error

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise ObjectStorageUnavailable("The file could not be removed.") from error

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("an object's key is a folder and a name")
        folder, _, name = key.rpartition("/")
        return self._root / folder / name[-2:].lower() / name


def _write_at_once(path: Path, data: bytes) -> None:
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    # The new name is safe only when its folder is on the disk as well.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
