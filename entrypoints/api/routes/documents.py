"""
Files in patients' records.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import Field

from application.documents.queries import DownloadDocument, ListDocuments
from application.documents.upload import UploadDocument
from domain.documents import DocumentKind
from domain.shared.ids import ConsultationId, DocumentId, PatientId
from entrypoints.api.files import attachment
from entrypoints.api.operations import Body, Call, Resource, operation
from entrypoints.api.parameters import identifier, purpose
from entrypoints.api.wire import Code, FromWire, ToWire

_REASON = {"reason": "Why staff opens the record; shown to the patient."}


class DocumentBody(Body):
    kind: DocumentKind
    consultation_id: Annotated[UUID, FromWire("consultation")] | None = Field(
        default=None, description="The consultation it belongs to."
    )


class DocumentUploadedResource(Resource):
    document_id: Annotated[str, ToWire("document")]
    status: Code = Field(description="`clean`, `refused`, or `quarantined` until it is scanned.")
    media_type: str = Field(description="By content, not by name.")


class DocumentResource(Resource):
    id: Annotated[str, ToWire("document")]
    patient_id: Annotated[str, ToWire("patient")]
    consultation_id: Annotated[str, ToWire("consultation")] | None
    kind: Code
    filename: str
    media_type: str
    size: int
    status: Code
    refusal: Code | None
    uploaded_at: datetime


class DocumentListing(Resource):
    items: list[DocumentResource]


@operation(
    "POST",
    "/patients/{patient_id}/documents",
    tag="Documents",
    body=DocumentBody,
    once=True,
    form=True,
    returns=DocumentUploadedResource,
    status=HTTPStatus.CREATED,
)
def upload_document(call: Call[DocumentBody], patient_id: UUID) -> DocumentUploadedResource:
    """
    Put a file into a record: PDF, JPEG, PNG or HEIC, at most 20 MB.

    It is kept sealed and can be opened once it was scanned.
    """
    file, consultation_id = call.upload, call.body.consultation_id
    uploaded = call.use(UploadDocument)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        kind=call.body.kind,
        filename=file.filename,
        content=file.content,
        consultation_id=ConsultationId(consultation_id) if consultation_id else None,
    )
    return DocumentUploadedResource.model_validate(uploaded)


@operation(
    "GET",
    "/patients/{patient_id}/documents",
    tag="Documents",
    returns=DocumentListing,
    query={"consultation_id": "Only what belongs to one consultation."} | _REASON,
)
def list_documents(call: Call[None], patient_id: UUID) -> DocumentListing:
    """List the files of a record, newest first."""
    consultation_id = identifier(call, "consultation_id")
    views = call.use(ListDocuments)(
        actor=call.actor,
        patient_id=PatientId(patient_id),
        consultation_id=ConsultationId(consultation_id) if consultation_id else None,
        reason=purpose(call),
    )
    return DocumentListing(items=[DocumentResource.model_validate(view) for view in views])


@operation(
    "GET",
    "/documents/{document_id}/content",
    tag="Documents",
    produces="application/octet-stream",
    query=_REASON,
)
def download_document(call: Call[None], document_id: UUID) -> Response:
    """Open a file that was scanned and found clean. It comes as an attachment."""
    found = call.use(DownloadDocument)(
        actor=call.actor,
        document_id=DocumentId(document_id),
        reason=purpose(call),
    )
    return attachment(found.content, media_type=found.media_type, filename=found.filename)
