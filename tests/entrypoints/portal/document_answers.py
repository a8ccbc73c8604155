"""
The documents of the clinic in these tests.
"""

from uuid import UUID

from attrs import evolve

from application.documents.queries import DocumentView
from domain.documents import DocumentKind, DocumentStatus
from domain.shared.ids import DocumentId
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import CONSULTATION
from tests.entrypoints.portal.tabs import PATIENT


def document_views() -> tuple[DocumentView, ...]:
    """A clean photo and a result that is still being checked."""
    photo = DocumentView(
        id=DocumentId(UUID(int=0xD0C1)),
        patient_id=PATIENT,
        consultation_id=CONSULTATION,
        kind=DocumentKind.PHOTO,
        filename="forearm-in-daylight.jpg",
        media_type="image/jpeg",
        size=1_240_000,
        status=DocumentStatus.CLEAN,
        refusal=None,
        uploaded_at=NOON,
    )
    result = evolve(
        photo,
        id=DocumentId(UUID(int=0xD0C2)),
        kind=DocumentKind.RESULT,
        filename="blood-test.pdf",
        media_type="application/pdf",
        status=DocumentStatus.QUARANTINED,
    )
    return (photo, result)
