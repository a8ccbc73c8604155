"""
Listing and opening documents.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from application.documents.ports import DocumentsUnitOfWork, ObjectStorage
from application.patients.access import RecordAccess
from application.shared.access import Actor
from domain.documents import DocumentKind, DocumentStatus
from domain.shared.errors import InvariantError
from domain.shared.ids import ConsultationId, DocumentId, PatientId, to_wire


class DocumentAltered(InvariantError):
    """The content is not what was uploaded."""


@frozen(kw_only=True)
class DocumentView:
    """What is known of a document."""

    id: DocumentId
    patient_id: PatientId
    consultation_id: ConsultationId | None
    kind: DocumentKind
    filename: str = field(repr=False)
    media_type: str
    size: int
    status: DocumentStatus
    refusal: str | None
    uploaded_at: datetime


@frozen(kw_only=True)
class DocumentContent:
    """A file to hand out: always as an attachment, never to be shown in our own origin."""

    filename: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


class DocumentQueries(Protocol):
    """Documents, straight from the store."""

    def list_documents(
        self, patient_id: PatientId, *, consultation_id: ConsultationId | None
    ) -> Sequence[DocumentView]:
        """A patient's documents, newest first; nothing of a record that was erased."""
        ...


@frozen
class ListDocuments:
    """Show what lies in a patient's record, or in one consultation of it."""

    _queries: DocumentQueries
    _access: RecordAccess
    _uow: DocumentsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        consultation_id: ConsultationId | None = None,
        reason: str | None = None,
    ) -> Sequence[DocumentView]:
        """
        List them.

        Raises:
            PatientNotFound: None that the actor may know of.
            PurposeRequired: Staff that give no reason.
        """
        admission = self._access.admit(actor=actor, patient_id=patient_id, reason=reason)
        views = self._queries.list_documents(patient_id, consultation_id=consultation_id)
        with self._uow as uow:
            admission.note(uow.audit, actor=actor, action="document.listed")
            uow.commit()
        return views


@frozen
class DownloadDocument:
    """Open a document that was scanned and found clean."""

    _uow: DocumentsUnitOfWork
    _access: RecordAccess
    _storage: ObjectStorage

    def __call__(
        self, *, actor: Actor, document_id: DocumentId, reason: str | None = None
    ) -> DocumentContent:
        """
        Open it.

        Raises:
            DocumentNotFound, PatientNotFound: None that the actor may know of.
            PurposeRequired: Staff that give no reason.
            DocumentQuarantined, DocumentRefused: It cannot be opened.
            ObjectStorageUnavailable: It cannot be read now.
        """
        with self._uow as uow:
            document = uow.documents.read(document_id)
        admission = self._access.admit(actor=actor, patient_id=document.patient_id, reason=reason)
        document.require_clean()
        sealed = self._storage.get(document.object_key)
        with self._uow as uow:
            content = uow.documents.unseal(document, sealed)
            admission.note(
                uow.audit,
                actor=actor,
                action="document.read",
                subject=to_wire("document", document_id),
            )
            uow.commit()
        if hashlib.sha256(content).digest() != document.sha256:
            raise DocumentAltered("a document's content is not what was uploaded")
        return DocumentContent(
            filename=document.filename, media_type=document.media_type, content=content
        )
