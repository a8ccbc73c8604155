"""
Documents, their contents and a scanner in memory.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from application.documents.ports import (
    ObjectNotStored,
    ObjectStorageUnavailable,
    ScannerUnavailable,
)
from application.documents.queries import DocumentView
from domain.documents import Document, DocumentNotFound, DocumentStatus
from domain.shared.ids import ConsultationId, DocumentId, PatientId
from tests.fakes.aggregates import Aggregates, Collector

MALWARE = b"%PDF-harmful"


@define(eq=False)
class InMemoryDocuments:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, document: Document) -> None:
        self._store.put(document.id, document)

    def get(self, document_id: DocumentId) -> Document:
        found: Document | None = self._store.find(document_id)
        if found is None:
            raise DocumentNotFound("There is no such document.")
        return found

    def read(self, document_id: DocumentId) -> Document:
        return self.get(document_id)

    def save(self, document: Document) -> None:
        self._store.put(document.id, document)

    def quarantined_since(self, before: datetime, *, limit: int) -> Sequence[DocumentId]:
        waiting = [
            document
            for document in self.all()
            if document.status is DocumentStatus.QUARANTINED and document.uploaded_at < before
        ]
        return [each.id for each in sorted(waiting, key=lambda each: each.uploaded_at)][:limit]

    def seal(self, document: Document, content: bytes) -> bytes:
        return b"sealed:" + str(document.id).encode() + content

    def unseal(self, document: Document, sealed: bytes) -> bytes:
        return sealed.removeprefix(b"sealed:" + str(document.id).encode())

    def all(self) -> list[Document]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryDocumentQueries:
    documents: InMemoryDocuments

    def list_documents(
        self, patient_id: PatientId, *, consultation_id: ConsultationId | None
    ) -> Sequence[DocumentView]:
        return [
            DocumentView(
                id=each.id,
                patient_id=each.patient_id,
                consultation_id=each.consultation_id,
                kind=each.kind,
                filename=each.filename,
                media_type=each.media_type,
                size=each.size,
                status=each.status,
                refusal=each.refusal,
                uploaded_at=each.uploaded_at,
            )
            for each in self.documents.all()
            if each.patient_id == patient_id and consultation_id in (None, each.consultation_id)
        ]


@define(eq=False)
class InMemoryObjectStorage:
    objects: dict[str, bytes] = field(factory=dict)
    is_down: bool = False

    def put(self, key: str, data: bytes) -> None:
        self._require_up()
        self.objects[key] = data

    def get(self, key: str) -> bytes:
        self._require_up()
        if key not in self.objects:
            raise ObjectNotStored("The file is not there.")
        return self.objects[key]

    def delete(self, key: str) -> None:
        self._require_up()
        self.objects.pop(key, None)

    def _require_up(self) -> None:
        if self.is_down:
            raise ObjectStorageUnavailable("The file could not be stored.")


@define(eq=False)
class StatedScanner:
    is_down: bool = False

    def finds_malware(self, content: bytes) -> bool:
        if self.is_down:
            raise ScannerUnavailable("Files cannot be checked at the moment.")
        return content == MALWARE


class StatedMediaTypes:
    def of(self, content: bytes) -> str | None:
        return "application/pdf" if content.startswith(b"%PDF") else None
