"""
Files in a patient's record. Nobody opens one before it was scanned.

    quarantined ──> clean
         └────────> refused
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import define, field, frozen

from domain.shared.errors import Conflict, InvalidInput, NotFound
from domain.shared.events import Aggregate, DomainEvent
from domain.shared.ids import ConsultationId, DocumentId, PatientId, UserId

LARGEST = 20 * 1024 * 1024
_LONGEST_FILENAME = 150
_EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
}
MEDIA_TYPES = frozenset(_EXTENSIONS)


class DocumentNotFound(NotFound):
    """No such document, or none that the actor may know of."""


class DocumentTooLarge(InvalidInput):
    """More bytes than one document may have."""


class DocumentEmpty(InvalidInput):
    """A document without a byte in it."""


class UnfitMediaType(InvalidInput):
    """By its content it is nothing that we keep, whatever its name says."""


class DocumentQuarantined(Conflict):
    """It was not scanned yet."""


class DocumentRefused(Conflict):
    """The scan found something; it cannot be opened."""


class IllegalDocumentMove(Conflict):
    """The document is not in a state that allows this."""


class DocumentKind(StrEnum):
    """What it is, as the one who uploads it says."""

    PHOTO = "photo"
    RESULT = "result"  # of a laboratory or of imaging
    LETTER = "letter"
    IDENTITY = "identity"
    OTHER = "other"


class DocumentStatus(StrEnum):
    """How far it can be trusted."""

    QUARANTINED = "quarantined"
    CLEAN = "clean"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why it was refused."""

    MALWARE = "malware"
    LOST = "lost"  # the upload broke off before its content was stored


_MOVES = {
    DocumentStatus.QUARANTINED: {DocumentStatus.CLEAN, DocumentStatus.REFUSED},
    DocumentStatus.CLEAN: frozenset[DocumentStatus](),
    DocumentStatus.REFUSED: frozenset[DocumentStatus](),
}


@frozen(kw_only=True)
class DocumentUploaded(DomainEvent):
    """A document waits for its scan."""

    document_id: DocumentId
    patient_id: PatientId


@frozen(kw_only=True)
class DocumentCleared(DomainEvent):
    """The scan found nothing."""

    document_id: DocumentId
    patient_id: PatientId


@frozen(kw_only=True)
class DocumentWasRefused(DomainEvent):
    """It will never be opened."""

    document_id: DocumentId
    patient_id: PatientId
    refusal: Refusal


@define(eq=False, kw_only=True)
class Document(Aggregate):
    """
    What is known of a file; its content lies elsewhere, sealed, under `object_key`.

    Args:
        media_type: By content, never by name.
        sha256: Of the content as it was uploaded.
    """

    id: DocumentId
    patient_id: PatientId
    consultation_id: ConsultationId | None = None
    kind: DocumentKind
    filename: str = field(repr=False)
    media_type: str
    size: int
    sha256: bytes = field(repr=False)
    status: DocumentStatus = DocumentStatus.QUARANTINED
    refusal: Refusal | None = None
    uploaded_by: UserId | None
    uploaded_at: datetime
    scanned_at: datetime | None = None

    @classmethod
    def upload(
        cls,
        *,
        id: DocumentId,
        patient_id: PatientId,
        consultation_id: ConsultationId | None,
        kind: DocumentKind,
        filename: str,
        media_type: str,
        size: int,
        sha256: bytes,
        uploaded_by: UserId | None,
        now: datetime,
    ) -> Self:
        """Take a file in, under quarantine. Its name is kept for show only."""
        document = cls(
            id=id,
            patient_id=patient_id,
            consultation_id=consultation_id,
            kind=kind,
            filename=shown_filename(filename, media_type),
            media_type=media_type,
            size=size,
            sha256=sha256,
            uploaded_by=uploaded_by,
            uploaded_at=now,
        )
        document.record(DocumentUploaded(document_id=id, patient_id=patient_id, occurred_at=now))
        return document

    @property
    def object_key(self) -> str:
        """Where its sealed content lies; says nothing of what it is."""
        return f"documents/{self.id}"

    def clear(self, *, now: datetime) -> None:
        """Let it be opened: the scan found nothing."""
        self._move_to(DocumentStatus.CLEAN)
        self.scanned_at = now
        self.record(
            DocumentCleared(document_id=self.id, patient_id=self.patient_id, occurred_at=now)
        )

    def refuse(self, refusal: Refusal, *, now: datetime) -> None:
        """Never let it be opened."""
        self._move_to(DocumentStatus.REFUSED)
        self.scanned_at = now
        self.refusal = refusal
        self.record(
            DocumentWasRefused(
                document_id=self.id, patient_id=self.patient_id, refusal=refusal, occurred_at=now
            )
        )

    def require_clean(self) -> None:
        """
        Let a scanned document pass.

        Raises:
            DocumentQuarantined: It was not scanned yet.
            DocumentRefused: The scan found something.
        """
        if self.status is DocumentStatus.QUARANTINED:
            raise DocumentQuarantined("This file is still being checked.")
        if self.status is DocumentStatus.REFUSED:
            raise DocumentRefused("This file did not pass the check and cannot be opened.")

    def _move_to(self, status: DocumentStatus) -> None:
        if status not in _MOVES[self.status]:
            raise IllegalDocumentMove(f"A document that is {self.status} cannot become {status}.")
        self.status = status


def check_upload(*, size: int, media_type: str | None) -> str:
    """
    Let a file pass whose size and type by content are allowed, and name its type.

    Raises:
        DocumentEmpty: Nothing in it.
        DocumentTooLarge: Too much in it.
        UnfitMediaType: Not a PDF, JPEG, PNG or HEIC.
    """
    if size == 0:
        raise DocumentEmpty("This file is empty.", field="file")
    if size > LARGEST:
        raise DocumentTooLarge(
            f"A file may have at most {LARGEST // 1024 // 1024} MB.", field="file"
        )
    if media_type not in MEDIA_TYPES:
        raise UnfitMediaType("Upload a PDF, or a JPEG, PNG or HEIC picture.", field="file")
    return media_type


def shown_filename(name: str, media_type: str) -> str:
    """A name without folders and control characters, with the ending of what it really is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*;')
    stem = printable.rpartition(".")[0] or printable
    extension = _EXTENSIONS[media_type]
    return f"{stem.strip(' .')[:_LONGEST_FILENAME] or 'file'}.{extension}"
