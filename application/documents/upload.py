"""
Taking a file in: recorded under quarantine, stored sealed, scanned, and only then released.
"""

import hashlib
from datetime import timedelta

from attrs import frozen

from application.documents.ports import (
    DocumentsUnitOfWork,
    MalwareScanner,
    MediaTypes,
    ObjectNotStored,
    ObjectStorage,
    ScannerUnavailable,
)
from application.patients.access import Admission, Ground, RecordAccess
from application.shared.access import AccessDenied, Actor, require_system
from application.shared.ports import Clock, Ids
from domain.consultations.consultation import Consultation, ConsultationNotFound
from domain.documents import (
    Document,
    DocumentKind,
    DocumentStatus,
    Refusal,
    check_upload,
)
from domain.shared.ids import ConsultationId, DocumentId, PatientId, to_wire

# An upload that is still under way must not be mistaken for one that broke off.
UPLOAD_LASTS_AT_MOST = timedelta(minutes=10)


@frozen(kw_only=True)
class UploadedDocument:
    """What became of an upload. Still quarantined means that the scan will be repeated."""

    document_id: DocumentId
    status: DocumentStatus
    media_type: str


@frozen
class UploadDocument:
    """
    Put a file into a patient's record, by the patient or the treating physician.
    """

    _uow: DocumentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _access: RecordAccess
    _storage: ObjectStorage
    _scanner: MalwareScanner
    _media_types: MediaTypes

    def __call__(
        self,
        *,
        actor: Actor,
        patient_id: PatientId,
        kind: DocumentKind,
        filename: str,
        content: bytes,
        consultation_id: ConsultationId | None = None,
    ) -> UploadedDocument:
        """
        Upload.

        Raises:
            DocumentTooLarge, DocumentEmpty, UnfitMediaType: The file is not taken.
            PatientNotFound: The actor neither is nor treats this patient.
            ConsultationNotFound: It is none of this patient's.
            ObjectStorageUnavailable: It could not be stored.
        """
        admission = self._admit(actor, patient_id)
        document = Document.upload(
            id=DocumentId(self._ids.new()),
            patient_id=patient_id,
            consultation_id=consultation_id,
            kind=kind,
            filename=filename,
            media_type=check_upload(size=len(content), media_type=self._media_types.of(content)),
            size=len(content),
            sha256=hashlib.sha256(content).digest(),
            uploaded_by=actor.user_id,
            now=self._clock.now(),
        )
        with self._uow as uow:
            if consultation_id is not None:
                _require_of(uow.consultations.read(consultation_id), patient_id)
            uow.documents.add(document)
            sealed = uow.documents.seal(document, content)
            admission.note(
                uow.audit,
                actor=actor,
                action="document.uploaded",
                subject=to_wire("document", document.id),
            )
            uow.commit()
        self._storage.put(document.object_key, sealed)
        status = self._scanned(document.id, content)
        return UploadedDocument(
            document_id=document.id, status=status, media_type=document.media_type
        )

    def _admit(self, actor: Actor, patient_id: PatientId) -> Admission:
        admission = self._access.admit(actor=actor, patient_id=patient_id, reason="an upload")
        if admission.ground is Ground.OPERATIONS:
            raise AccessDenied("Only the patient and their physician add documents.")
        return admission

    def _scanned(self, document_id: DocumentId, content: bytes) -> DocumentStatus:
        try:
            infected = self._scanner.finds_malware(content)
        except ScannerUnavailable:
            # The sweep scans it again; until then nobody can open it.
            return DocumentStatus.QUARANTINED
        return record_verdict(
            self._uow,
            self._storage,
            self._clock,
            document_id,
            Refusal.MALWARE if infected else None,
        )


def _require_of(consultation: Consultation, patient_id: PatientId) -> None:
    if consultation.patient_id != patient_id:
        raise ConsultationNotFound("There is no such consultation.")


@frozen
class ScanQuarantined:
    """
    Scan what is still in quarantine: its first scan had no verdict, or the upload broke off.
    """

    _uow: DocumentsUnitOfWork
    _clock: Clock
    _storage: ObjectStorage
    _scanner: MalwareScanner

    def __call__(self, *, actor: Actor, limit: int = 20) -> int:
        """
        Scan up to `limit` documents, and say how many left quarantine.

        Raises:
            ScannerUnavailable: There is still no verdict.
            ObjectStorageUnavailable: The contents cannot be read now.
        """
        require_system(actor)
        before = self._clock.now() - UPLOAD_LASTS_AT_MOST
        with self._uow as uow:
            waiting = uow.documents.quarantined_since(before, limit=limit)
        unanswered: list[ScannerUnavailable] = []
        for document_id in waiting:
            try:
                verdict = self._verdict(document_id)
            except ScannerUnavailable as no_verdict:
                # One that cannot be scanned must not hold up those behind it.
                unanswered.append(no_verdict)
                continue
            record_verdict(self._uow, self._storage, self._clock, document_id, verdict)
        if unanswered:
            raise unanswered[0]
        return len(waiting)

    def _verdict(self, document_id: DocumentId) -> Refusal | None:
        with self._uow as uow:
            document = uow.documents.read(document_id)
        try:
            sealed = self._storage.get(document.object_key)
        except ObjectNotStored:
            return Refusal.LOST
        with self._uow as uow:
            content = uow.documents.unseal(document, sealed)
        return Refusal.MALWARE if self._scanner.finds_malware(content) else None


def record_verdict(
    unit_of_work: DocumentsUnitOfWork,
    storage: ObjectStorage,
    clock: Clock,
    document_id: DocumentId,
    refusal: Refusal | None,
) -> DocumentStatus:
    """Release a document or refuse it; the content of a refused one is removed."""
    with unit_of_work as uow:
        document = uow.documents.get(document_id)
        if document.status is DocumentStatus.QUARANTINED:
            if refusal is None:
                document.clear(now=clock.now())
            else:
                document.refuse(refusal, now=clock.now())
            uow.documents.save(document)
            uow.commit()
    if document.status is DocumentStatus.REFUSED:
        storage.delete(document.object_key)
    return document.status
