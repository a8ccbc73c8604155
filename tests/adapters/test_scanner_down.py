"""
The malware scanner is away: what is uploaded meanwhile is kept, shown to nobody, scanned later.
"""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define
from sqlalchemy import Engine

from adapters.malware.clamd import ClamdScanner
from adapters.object_storage.disk import DiskObjectStorage
from adapters.object_storage.media_types import SignatureMediaTypes
from adapters.postgres.engine import build_engine
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.system.ids import RandomIds
from application.documents.ports import ScannerUnavailable
from application.documents.queries import DownloadDocument
from application.documents.upload import ScanQuarantined, UploadDocument
from application.patients.access import RecordAccess
from application.shared.access import SYSTEM, Actor
from domain.documents import (
    DocumentKind,
    DocumentQuarantined,
    DocumentRefused,
    DocumentStatus,
    UnfitMediaType,
)
from domain.shared.ids import DocumentId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import A_PATIENT, A_PHYSICIAN, OPERATIONS, PATIENT, Clinic
from tests.builders.physicians import PHYSICIAN
from tests.contracts.clamd import EICAR, Clamd, honest
from tests.fakes.clock import FixedClock
from tests.fakes.patients import StatedRelationships

pytestmark = pytest.mark.fault(20)

PDF = b"%PDF-1.7 a laboratory result"


@define(eq=False)
class Desk:
    """Where files are handed in, over a real database, disk and daemon."""

    uow: PostgresUnitOfWork
    clock: FixedClock
    storage: DiskObjectStorage
    scanner: ClamdScanner
    port: int

    @property
    def access(self) -> RecordAccess:
        return RecordAccess(StatedRelationships({(PHYSICIAN, PATIENT)}), self.clock)

    def upload(self, content: bytes) -> tuple[DocumentId, DocumentStatus]:
        taken = UploadDocument(
            self.uow,
            self.clock,
            RandomIds(),
            self.access,
            self.storage,
            self.scanner,
            SignatureMediaTypes(),
        )(
            actor=A_PATIENT,
            patient_id=PATIENT,
            kind=DocumentKind.RESULT,
            filename="result.pdf",
            content=content,
        )
        return taken.document_id, taken.status

    def scan(self) -> int:
        self.clock.pass_by(timedelta(hours=1))
        return ScanQuarantined(self.uow, self.clock, self.storage, self.scanner)(actor=SYSTEM)

    def open(self, document_id: DocumentId, actor: Actor = A_PATIENT) -> bytes:
        download = DownloadDocument(self.uow, self.access, self.storage)
        return download(actor=actor, document_id=document_id, reason="they asked").content


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    clock = FixedClock()
    uow = unit_of_work(engine, clock=clock, ids=RandomIds())
    Clinic(uow=uow, clock=clock)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    return Desk(
        uow=uow,
        clock=clock,
        storage=DiskObjectStorage(tmp_path),
        scanner=ClamdScanner(host="127.0.0.1", port=port, timeout_seconds=10),
        port=port,
    )


def test_it_is_kept_and_shown_to_nobody_until_the_scanner_is_back(desk: Desk) -> None:
    (harmless, first), (harmful, second) = desk.upload(PDF), desk.upload(PDF + EICAR)
    assert first is second is DocumentStatus.QUARANTINED
    with pytest.raises(ScannerUnavailable):
        desk.scan()
    for actor in (A_PATIENT, A_PHYSICIAN, OPERATIONS):
        with pytest.raises(DocumentQuarantined):
            desk.open(harmless, actor)

    daemon = Clamd(honest, port=desk.port)
    scanned = desk.scan()
    again = desk.scan()
    daemon.close()

    assert (scanned, again) == (2, 0)
    assert desk.open(harmless) == desk.open(harmless, A_PHYSICIAN) == PDF
    with pytest.raises(DocumentRefused):
        desk.open(harmful)


def test_a_daemon_that_gives_up_half_way_is_away_as_well(desk: Desk) -> None:
    daemon = Clamd(lambda _: b"", port=desk.port)
    document_id, status = desk.upload(PDF)
    daemon.close()

    assert status is DocumentStatus.QUARANTINED
    with pytest.raises(DocumentQuarantined):
        desk.open(document_id)


def test_what_a_file_is_needs_no_scanner(desk: Desk) -> None:
    with pytest.raises(UnfitMediaType):
        desk.upload(b"MZ a program")
