"""
What documents need of the outside: a table, a place for contents, a scanner.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from application.shared.ports import UnitOfWork
from domain.consultations.consultation import Consultation
from domain.documents import Document
from domain.shared.errors import NotFound, Unavailable
from domain.shared.ids import ConsultationId, DocumentId


class ObjectNotStored(NotFound):
    """Nothing lies under this key."""


class ObjectStorageUnavailable(Unavailable):
    """The storage cannot be read or written now."""


class ScannerUnavailable(Unavailable):
    """No verdict: the scanner does not answer, or could not look at all of it."""


class DocumentRepository(Protocol):
    """Documents, and the sealing of their contents under the patient's key."""

    def add(self, document: Document) -> None:
        """Store a new document."""
        ...

    def get(self, document_id: DocumentId) -> Document:
        """
        Load a document and lock it.

        Raises:
            DocumentNotFound: There is none.
        """
        ...

    def read(self, document_id: DocumentId) -> Document:
        """
        Load a document to look at, not locked and not to be saved.

        Raises:
            DocumentNotFound: There is none.
        """
        ...

    def save(self, document: Document) -> None:
        """Store a changed document."""
        ...

    def quarantined_since(self, before: datetime, *, limit: int) -> Sequence[DocumentId]:
        """Those that have waited for their scan since before a moment, oldest first."""
        ...

    def seal(self, document: Document, content: bytes) -> bytes:
        """Encrypt a document's content."""
        ...

    def unseal(self, document: Document, sealed: bytes) -> bytes:
        """Decrypt a document's content."""
        ...


class ConsultationsOfPatients(Protocol):
    """What a document may belong to."""

    def read(self, consultation_id: ConsultationId, /) -> Consultation:
        """
        Load a consultation to look at, not locked and not to be saved.

        Raises:
            ConsultationNotFound: There is none.
        """
        ...


class DocumentsUnitOfWork(UnitOfWork, Protocol):
    """A transaction over documents."""

    @property
    def documents(self) -> DocumentRepository: ...

    @property
    def consultations(self) -> ConsultationsOfPatients: ...


class ObjectStorage(Protocol):
    """Keeps bytes under keys. What it is given is sealed already."""

    def put(self, key: str, data: bytes) -> None:
        """
        Store all of it or nothing; under a key in use, the new bytes replace the old.

        Raises:
            ObjectStorageUnavailable: It was not stored.
        """
        ...

    def get(self, key: str) -> bytes:
        """
        Fetch.

        Raises:
            ObjectNotStored: Nothing lies there.
            ObjectStorageUnavailable: It cannot be read now.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove; what is not there is removed already."""
        ...


class MalwareScanner(Protocol):
    """Looks for what harms the one who opens it."""

    def finds_malware(self, content: bytes) -> bool:
        """
        Whether it found something.

        Raises:
            ScannerUnavailable: There is no verdict. The content must stay where it is.
        """
        ...


class MediaTypes(Protocol):
    """Tells what bytes are, by the bytes."""

    def of(self, content: bytes) -> str | None:
        """The media type, or None if it is nothing known."""
        ...
