"""
Documents in PostgreSQL, and the sealing of their contents.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select

from adapters.postgres.repositories.patients import is_kept
from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.documents import document
from adapters.security.encryption import PatientVault
from domain.documents import Document, DocumentKind, DocumentNotFound, DocumentStatus, Refusal
from domain.shared.ids import DocumentId

_CONTENT = "document.content"


class PostgresDocuments:
    """Documents."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Document) -> None:
        insert_row(self._scope, document, new, _row(new, self._scope.vault))

    def get(self, document_id: DocumentId) -> Document:
        return self._one(document_id, lock=True)

    def read(self, document_id: DocumentId) -> Document:
        return self._one(document_id, lock=False)

    def save(self, changed: Document) -> None:
        update_row(self._scope, document, changed, changed.id, _row(changed, self._scope.vault))

    def quarantined_since(self, before: datetime, *, limit: int) -> Sequence[DocumentId]:
        ids = self._scope.connection.scalars(
            select(document.c.id)
            .where(
                document.c.status == DocumentStatus.QUARANTINED.value,
                document.c.uploaded_at < before,
                is_kept(document.c.patient_id),
            )
            .order_by(document.c.uploaded_at)
            .limit(limit)
        )
        return [DocumentId(each) for each in ids]

    def seal(self, of: Document, content: bytes) -> bytes:
        return self._scope.vault.seal_bytes(of.patient_id, _CONTENT, content, row=of.id)

    def unseal(self, of: Document, sealed: bytes) -> bytes:
        return self._scope.vault.open_bytes(of.patient_id, _CONTENT, sealed, row=of.id)

    def _one(self, document_id: DocumentId, *, lock: bool) -> Document:
        statement = select(document).where(document.c.id == document_id)
        row = (
            self._scope.connection.execute(statement.with_for_update() if lock else statement)
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise DocumentNotFound("There is no such document.")
        return _document(row, self._scope.vault)


def opened_filename(row: RowMapping, vault: PatientVault) -> str:
    """Open the name in a row of `document`."""
    name: str = vault.open(row["patient_id"], "document.filename", row["filename"], row=row["id"])
    return name


def _document(row: RowMapping, vault: PatientVault) -> Document:
    digest = vault.open(row["patient_id"], "document.sha256", row["sha256"], row=row["id"])
    return Document(
        id=row["id"],
        version=row["version"],
        patient_id=row["patient_id"],
        consultation_id=row["consultation_id"],
        kind=DocumentKind(row["kind"]),
        filename=opened_filename(row, vault),
        media_type=row["media_type"],
        size=row["size"],
        sha256=bytes.fromhex(digest),
        status=DocumentStatus(row["status"]),
        refusal=Refusal(row["refusal"]) if row["refusal"] else None,
        uploaded_by=row["uploaded_by"],
        uploaded_at=row["uploaded_at"],
        scanned_at=row["scanned_at"],
    )


def _row(stored: Document, vault: PatientVault) -> dict[str, Any]:
    def sealed(column: str, value: str) -> bytes:
        return vault.seal(stored.patient_id, f"document.{column}", value, row=stored.id)

    return {
        "id": stored.id,
        "patient_id": stored.patient_id,
        "consultation_id": stored.consultation_id,
        "kind": stored.kind.value,
        "filename": sealed("filename", stored.filename),
        "sha256": sealed("sha256", stored.sha256.hex()),
        "media_type": stored.media_type,
        "size": stored.size,
        "status": stored.status.value,
        "refusal": stored.refusal.value if stored.refusal else None,
        "object_key": stored.object_key,
        "uploaded_by": stored.uploaded_by,
        "uploaded_at": stored.uploaded_at,
        "scanned_at": stored.scanned_at,
    }
