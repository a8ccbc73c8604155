"""
Object storage, the fake and the disk.
"""

import os
from pathlib import Path

import pytest

from adapters.object_storage.disk import DiskObjectStorage
from adapters.object_storage.media_types import SignatureMediaTypes
from application.documents.ports import (
    ObjectNotStored,
    ObjectStorage,
    ObjectStorageUnavailable,
)
from tests.fakes.documents import InMemoryObjectStorage

KEY = "documents/01900000-0000-7000-8000-0000000000ab"


@pytest.fixture(params=["fake", "disk"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    if request.param == "fake":
        return InMemoryObjectStorage()
    return DiskObjectStorage(tmp_path / "objects")


def test_gives_back_what_was_put(storage: ObjectStorage) -> None:
    storage.put(KEY, b"first")
    storage.put(KEY, b"second")

    assert storage.get(KEY) == b"second"


def test_knows_nothing_of_other_keys(storage: ObjectStorage) -> None:
    with pytest.raises(ObjectNotStored):
        storage.get(KEY)


def test_removes_once_or_more(storage: ObjectStorage) -> None:
    storage.put(KEY, b"first")
    for _ in range(2):
        storage.delete(KEY)

    with pytest.raises(ObjectNotStored):
        storage.get(KEY)


class TestDisk:
    @pytest.mark.parametrize(
        "key", ["../secret", "documents/../../secret", "/etc/passwd", "documents/.hidden", "x", ""]
    )
    def test_stays_within_its_directory(self, tmp_path: Path, key: str) -> None:
        storage = DiskObjectStorage(tmp_path / "objects")
        with pytest.raises(ValueError, match="key"):
            storage.put(key, b"x")

    def test_lets_nobody_else_read(self, tmp_path: Path) -> None:
        DiskObjectStorage(tmp_path / "objects").put(KEY, b"x")

        for path in (tmp_path / "objects").rglob("*"):
            assert path.stat().st_mode & 0o077 == 0

    def test_leaves_the_old_object_when_writing_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage = DiskObjectStorage(tmp_path / "objects")
        storage.put(KEY, b"old")

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ObjectStorageUnavailable):
            storage.put(KEY, b"new")

        assert storage.get(KEY) == b"old"
        assert not list((tmp_path / "objects").rglob(".unfinished-*"))


class TestMediaTypes:
    @pytest.mark.parametrize(
        ("content", "media_type"),
        [
            (b"%PDF-1.7\n", "application/pdf"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic"),
            (b"<html><script>", None),
            (b"", None),
        ],
    )
    def test_are_told_by_the_bytes(self, content: bytes, media_type: str | None) -> None:
        assert SignatureMediaTypes().of(content) == media_type

    def test_an_archive_is_not_taken_for_a_document(self) -> None:
        assert SignatureMediaTypes().of(b"PK\x03\x04" + bytes(30)) == "application/zip"
