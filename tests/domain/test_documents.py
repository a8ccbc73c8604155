import uuid
from datetime import UTC, datetime

import pytest

from domain.documents import (
    LARGEST,
    Document,
    DocumentCleared,
    DocumentEmpty,
    DocumentKind,
    DocumentQuarantined,
    DocumentRefused,
    DocumentTooLarge,
    DocumentUploaded,
    IllegalDocumentMove,
    Refusal,
    UnfitMediaType,
    check_upload,
    shown_filename,
)
from domain.shared.ids import DocumentId, PatientId

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
DOCUMENT = DocumentId(uuid.UUID(int=5))
PATIENT = PatientId(uuid.UUID(int=2))


def a_document() -> Document:
    return Document.upload(
        id=DOCUMENT,
        patient_id=PATIENT,
        consultation_id=None,
        kind=DocumentKind.PHOTO,
        filename="rash.jpeg",
        media_type="image/jpeg",
        size=3,
        sha256=b"digest",
        uploaded_by=None,
        now=NOW,
    )


def test_waits_in_quarantine_until_it_is_cleared() -> None:
    document = a_document()
    with pytest.raises(DocumentQuarantined):
        document.require_clean()

    document.clear(now=NOW)

    document.require_clean()
    assert document.pull_events() == (
        DocumentUploaded(document_id=DOCUMENT, patient_id=PATIENT, occurred_at=NOW),
        DocumentCleared(document_id=DOCUMENT, patient_id=PATIENT, occurred_at=NOW),
    )


def test_is_never_opened_once_refused() -> None:
    document = a_document()
    document.refuse(Refusal.MALWARE, now=NOW)

    with pytest.raises(DocumentRefused):
        document.require_clean()
    with pytest.raises(IllegalDocumentMove):
        document.clear(now=NOW)


@pytest.mark.parametrize(
    ("size", "media_type", "refusal"),
    [
        (0, "image/png", DocumentEmpty),
        (LARGEST + 1, "image/png", DocumentTooLarge),
        (10, "application/zip", UnfitMediaType),
        (10, "text/html", UnfitMediaType),
        (10, None, UnfitMediaType),
    ],
)
def test_takes_only_small_files_of_known_types(
    size: int, media_type: str | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_upload(size=size, media_type=media_type)


@pytest.mark.parametrize("media_type", ["application/pdf", "image/jpeg", "image/png", "image/heic"])
def test_takes_documents_and_pictures(media_type: str) -> None:
    assert check_upload(size=LARGEST, media_type=media_type) == media_type


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("rash.jpeg", "rash.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\a\\photo.png", "photo.jpg"),
        ("evil.jpg\r\nX-Header: 1", "evil.jpg"),
        ("", "file.jpg"),
        ("..", "file.jpg"),
        ("malware.exe", "malware.jpg"),
        ("x" * 400 + ".jpg", "x" * 150 + ".jpg"),
    ],
)
def test_shows_a_harmless_name_with_the_right_ending(given: str, shown: str) -> None:
    assert shown_filename(given, "image/jpeg") == shown


def test_its_key_tells_nothing_of_the_file() -> None:
    assert a_document().object_key == f"documents/{DOCUMENT}"
