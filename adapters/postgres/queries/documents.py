"""
Documents, read straight from the table.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, select

from adapters.postgres.repositories.documents import opened_filename
from adapters.postgres.tables.documents import document
from adapters.security.encryption import Vaults
from application.documents.queries import DocumentView
from domain.documents import DocumentKind, DocumentStatus
from domain.patients.erasure import RecordErased
from domain.shared.ids import ConsultationId, PatientId


class PostgresDocumentQueries:
    """Documents."""

    def __init__(self, engine: Engine, vaults: Vaults) -> None:
        self._engine = engine
        self._vaults = vaults

    def list_documents(
        self, patient_id: PatientId, *, consultation_id: ConsultationId | None
    ) -> Sequence[DocumentView]:
        statement = (
            select(document)
            .where(document.c.patient_id == patient_id)
            .order_by(document.c.id.desc())
        )
        if consultation_id is not None:
            statement = statement.where(document.c.consultation_id == consultation_id)
        with self._engine.connect() as connection:
            vault = self._vaults.on(connection)
            try:
                return [
                    DocumentView(
                        id=row["id"],
                        patient_id=row["patient_id"],
                        consultation_id=row["consultation_id"],
                        kind=DocumentKind(row["kind"]),
                        filename=opened_filename(row, vault),
                        media_type=row["media_type"],
                        size=row["size"],
                        status=DocumentStatus(row["status"]),
                        refusal=row["refusal"],
                        uploaded_at=row["uploaded_at"],
                    )
                    for row in connection.execute(statement).mappings()
                ]
            except RecordErased:
                return []
