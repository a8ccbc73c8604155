import uuid
from datetime import timedelta

import pytest
from attrs import Factory, define, evolve, field

from application.documents.ports import ObjectStorageUnavailable, ScannerUnavailable
from application.documents.queries import (
    DocumentAltered,
    DocumentContent,
    DownloadDocument,
    ListDocuments,
)
from application.documents.upload import ScanQuarantined, UploadDocument, UploadedDocument
from application.patients.access import PurposeRequired, RecordAccess
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.consultations.consultation import Consultation, ConsultationNotFound
from domain.documents import (
    DocumentKind,
    DocumentNotFound,
    DocumentQuarantined,
    DocumentRefused,
    DocumentStatus,
    Refusal,
    UnfitMediaType,
)
from domain.patients.patient import PatientNotFound
from domain.shared.ids import (
    ConsultationId,
    DocumentId,
    PatientId,
    PhysicianId,
    ServiceId,
    UserId,
)
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.documents import (
    MALWARE,
    InMemoryDocumentQueries,
    InMemoryObjectStorage,
    StatedMediaTypes,
    StatedScanner,
)
from tests.fakes.patients import StatedRelationships
from tests.fakes.unit_of_work import FakeUnitOfWork

PATIENT_ID = PatientId(uuid.UUID(int=600))
PHYSICIAN_ID = PhysicianId(uuid.UUID(int=601))
PATIENT = Actor(
    user_id=UserId(uuid.UUID(int=602)), patient_id=PATIENT_ID, roles=frozenset({Role.PATIENT})
)
PHYSICIAN = Actor(physician_id=PHYSICIAN_ID, roles=frozenset({Role.PHYSICIAN}))
STAFF = Actor(roles=frozenset({Role.OPERATIONS}))
STRANGER = Actor(patient_id=PatientId(uuid.UUID(int=603)), roles=frozenset({Role.PATIENT}))
PDF = b"%PDF-1.7 a laboratory result"


@define(eq=False)
class Archive:
    uow: FakeUnitOfWork = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    ids: SequentialIds = field(factory=SequentialIds)
    storage: InMemoryObjectStorage = field(factory=InMemoryObjectStorage)
    scanner: StatedScanner = field(factory=StatedScanner)
    access: RecordAccess = field(
        default=Factory(
            lambda self: RecordAccess(
                StatedRelationships({(PHYSICIAN_ID, PATIENT_ID)}), self.clock
            ),
            takes_self=True,
        )
    )

    def upload(
        self,
        content: bytes = PDF,
        actor: Actor = PATIENT,
        consultation_id: ConsultationId | None = None,
    ) -> UploadedDocument:
        upload = UploadDocument(
            self.uow,
            self.clock,
            self.ids,
            self.access,
            self.storage,
            self.scanner,
            StatedMediaTypes(),
        )
        return upload(
            actor=actor,
            patient_id=PATIENT_ID,
            kind=DocumentKind.RESULT,
            filename="result.pdf",
            content=content,
            consultation_id=consultation_id,
        )

    def start_consultation(self, patient_id: PatientId) -> ConsultationId:
        consultation = Consultation.start(
            consultation_id=ConsultationId(self.ids.new()),
            patient_id=patient_id,
            service_id=ServiceId(uuid.UUID(int=604)),
            service_version=1,
            place=Jurisdiction("AU-NSW"),
            now=self.clock.now(),
        )
        with self.uow as uow:
            uow.consultations.add(consultation)
            uow.commit()
        return consultation.id

    def download(
        self, document_id: DocumentId, actor: Actor = PATIENT, reason: str | None = None
    ) -> DocumentContent:
        download = DownloadDocument(self.uow, self.access, self.storage)
        return download(actor=actor, document_id=document_id, reason=reason)

    def sweep(self) -> int:
        self.clock.pass_by(timedelta(hours=1))
        scan = ScanQuarantined(self.uow, self.clock, self.storage, self.scanner)
        return scan(actor=SYSTEM)


@pytest.fixture
def archive() -> Archive:
    return Archive()


def test_a_clean_file_comes_back_as_it_was(archive: Archive) -> None:
    uploaded = archive.upload()

    content = archive.download(uploaded.document_id)

    assert uploaded.status is DocumentStatus.CLEAN
    assert (content.content, content.filename, content.media_type) == (
        PDF,
        "result.pdf",
        "application/pdf",
    )


def test_may_belong_to_a_consultation_of_the_patient(archive: Archive) -> None:
    own = archive.start_consultation(PATIENT_ID)

    uploaded = archive.upload(consultation_id=own)

    assert archive.uow.documents.read(uploaded.document_id).consultation_id == own


def test_belongs_to_nobody_elses_consultation(archive: Archive) -> None:
    another = archive.start_consultation(PatientId(uuid.UUID(int=603)))

    for unfit in (another, ConsultationId(uuid.UUID(int=605))):
        with pytest.raises(ConsultationNotFound):
            archive.upload(consultation_id=unfit)

    assert archive.storage.objects == {}
    assert archive.uow.documents.all() == []


def test_only_sealed_bytes_are_stored(archive: Archive) -> None:
    archive.upload()

    assert all(data.startswith(b"sealed:") for data in archive.storage.objects.values())


def test_malware_is_refused_and_removed(archive: Archive) -> None:
    uploaded = archive.upload(MALWARE)

    assert uploaded.status is DocumentStatus.REFUSED
    assert archive.storage.objects == {}
    with pytest.raises(DocumentRefused):
        archive.download(uploaded.document_id)


def test_what_it_is_not_by_content_is_not_taken(archive: Archive) -> None:
    with pytest.raises(UnfitMediaType):
        archive.upload(b"PK\x03\x04")

    assert not archive.uow.committed


def test_without_a_verdict_nobody_opens_it(archive: Archive) -> None:
    archive.scanner.is_down = True

    uploaded = archive.upload()

    assert uploaded.status is DocumentStatus.QUARANTINED
    with pytest.raises(DocumentQuarantined):
        archive.download(uploaded.document_id)
    with pytest.raises(ScannerUnavailable):
        archive.sweep()
    with pytest.raises(DocumentQuarantined):
        archive.download(uploaded.document_id)


def test_the_sweep_brings_the_verdict_later(archive: Archive) -> None:
    archive.scanner.is_down = True
    good, bad = archive.upload(), archive.upload(MALWARE)
    archive.scanner.is_down = False

    assert archive.sweep() == 2

    archive.download(good.document_id)
    with pytest.raises(DocumentRefused):
        archive.download(bad.document_id)
    assert archive.sweep() == 0


def test_the_sweep_leaves_uploads_under_way_alone(archive: Archive) -> None:
    archive.scanner.is_down = True
    archive.upload()
    archive.scanner.is_down = False
    scan = ScanQuarantined(archive.uow, archive.clock, archive.storage, archive.scanner)

    assert scan(actor=SYSTEM) == 0
    with pytest.raises(AccessDenied):
        scan(actor=STAFF)


def test_an_upload_that_broke_off_is_closed(archive: Archive) -> None:
    archive.storage.is_down = True
    with pytest.raises(ObjectStorageUnavailable):
        archive.upload()
    archive.storage.is_down = False

    archive.sweep()

    (document,) = archive.uow.documents.all()
    assert document.refusal is Refusal.LOST


def test_the_physician_and_staff_with_a_reason_open_it_and_are_noted(archive: Archive) -> None:
    document_id = archive.upload().document_id

    archive.download(document_id, PHYSICIAN)
    with pytest.raises(PurposeRequired):
        archive.download(document_id, STAFF)
    archive.download(document_id, STAFF, reason="Complaint 17")

    reads = [r for r in archive.uow.audit.records if r.action == "document.read"]
    assert [(r.patient_id, r.reason) for r in reads] == [
        (PATIENT_ID, "treatment"),
        (PATIENT_ID, "Complaint 17"),
    ]


def test_nobody_else_opens_lists_or_adds(archive: Archive) -> None:
    document_id = archive.upload().document_id
    listing = ListDocuments(
        InMemoryDocumentQueries(archive.uow.documents), archive.access, archive.uow
    )

    with pytest.raises(PatientNotFound):
        archive.download(document_id, STRANGER)
    with pytest.raises(PatientNotFound):
        listing(actor=STRANGER, patient_id=PATIENT_ID)
    with pytest.raises(PatientNotFound):
        archive.upload(actor=STRANGER)
    with pytest.raises(AccessDenied):
        archive.upload(actor=STAFF)
    with pytest.raises(DocumentNotFound):
        archive.download(DocumentId(uuid.UUID(int=1)))
    assert [view.id for view in listing(actor=PHYSICIAN, patient_id=PATIENT_ID)] == [document_id]


def test_a_changed_content_raises_the_alarm(archive: Archive) -> None:
    document_id = archive.upload().document_id
    with archive.uow as uow:
        document = uow.documents.get(document_id)
        uow.documents.save(evolve(document, sha256=b"other"))
        uow.commit()

    with pytest.raises(DocumentAltered):
        archive.download(document_id)
