"""
What is asked of the store of patients' records, of the fake and of PostgreSQL alike.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from attrs import frozen
from sqlalchemy import create_engine

from adapters.postgres.queries.documents import PostgresDocumentQueries
from adapters.postgres.queries.patients import PostgresPatientQueries
from application.documents.ports import DocumentsUnitOfWork
from application.documents.queries import DocumentQueries
from application.patients.ports import PatientsUnitOfWork
from application.patients.queries import PatientQueries
from domain.documents import (
    Document,
    DocumentKind,
    DocumentNotFound,
    DocumentStatus,
    Refusal,
)
from domain.identity.user import User
from domain.patients.consent import Consent, ConsentKind
from domain.patients.erasure import RecordErased
from domain.patients.health_profile import HealthEntry, HealthFacts, PregnancyStatus
from domain.patients.patient import Patient, PatientNotFound, PersonName, PostalAddress, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import ConsentId, ConsultationId, DocumentId, PatientId, UserId
from domain.shared.jurisdiction import Jurisdiction
from tests.adapters.postgres.transactions import BLIND_INDEX, CIPHER, VAULTS, unit_of_work
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.documents import InMemoryDocumentQueries
from tests.fakes.patients import InMemoryPatientQueries
from tests.fakes.unit_of_work import FakeUnitOfWork

NOW = FixedClock().now()
PHONE = PhoneNumber("+61412345678")
FACTS = HealthFacts(
    allergies=(HealthEntry(name="Penicillin", code="penicillins", note="a rash"),),
    conditions=(),
    medications=None,
    pregnancy=PregnancyStatus.NOT_PREGNANT,
)


@frozen
class Store:
    uow: PatientsUnitOfWork
    documents_uow: DocumentsUnitOfWork
    queries: PatientQueries
    document_queries: DocumentQueries
    ids: SequentialIds

    def add(self, email: str = "amelia@example.com") -> Patient:
        user = User.register(
            id=UserId(self.ids.new()),
            email=EmailAddress(email),
            name="",
            password_hash="hash",
            locale="en",
            time_zone="UTC",
            now=NOW,
        )
        patient = Patient.register(
            id=PatientId(self.ids.new()),
            user_id=user.id,
            name=PersonName(given="Amélia", family="Moreau"),
            date_of_birth=date(1990, 3, 5),
            sex=Sex.FEMALE,
            place=Jurisdiction("AU-NSW"),
            phone=PHONE,
            time_zone="Australia/Sydney",
            locale="en-AU",
            now=NOW,
        )
        with self.uow as uow:
            uow.users.add(user)
            uow.patients.add(patient)
            uow.commit()
        return patient

    def erase(self, patient_id: PatientId) -> None:
        with self.uow as uow:
            patient = uow.patients.get(patient_id)
            patient.erase(now=NOW)
            uow.patients.erase(patient)
            uow.commit()

    def upload(self, patient_id: PatientId) -> Document:
        document = Document.upload(
            id=DocumentId(self.ids.new()),
            patient_id=patient_id,
            consultation_id=ConsultationId(self.ids.new()),
            kind=DocumentKind.LETTER,
            filename="letter.pdf",
            media_type="application/pdf",
            size=3,
            sha256=b"\x01\x02",
            uploaded_by=None,
            now=NOW,
        )
        with self.documents_uow as uow:
            uow.documents.add(document)
            uow.commit()
        return document


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    ids = SequentialIds()
    if request.param == "fake":
        fake = FakeUnitOfWork()
        yield Store(
            fake,
            fake,
            InMemoryPatientQueries(fake.patients, fake.health_profiles, fake.consents, fake.users),
            InMemoryDocumentQueries(fake.documents),
            ids,
        )
        return
    engine = create_engine(request.getfixturevalue("database_url"))
    uow = unit_of_work(engine, ids=ids)
    yield Store(
        uow,
        uow,
        PostgresPatientQueries(engine, VAULTS, CIPHER, BLIND_INDEX),
        PostgresDocumentQueries(engine, VAULTS),
        ids,
    )
    engine.dispose()


class TestPatients:
    def test_come_back_as_they_were_saved(self, store: Store) -> None:
        patient = store.add()
        address = PostalAddress(
            line="1 High St", city="Sydney", postal_code="2000", place=Jurisdiction("AU-NSW")
        )
        with store.uow as uow:
            changed = uow.patients.get(patient.id)
            changed.change_details(
                name=PersonName(given="Amélia", family="Lind"),
                sex=Sex.OTHER,
                phone=None,
                address=address,
                place=Jurisdiction("NZ"),
                time_zone="Pacific/Auckland",
                locale="fr",
            )
            uow.patients.save(changed)
            uow.commit()

        with store.uow as uow:
            again = uow.patients.read(patient.id)
        assert (again.name.full, again.sex, again.phone) == ("Amélia Lind", Sex.OTHER, None)
        assert (again.address, again.place.code) == (address, "NZ")
        assert (again.date_of_birth, again.user_id) == (date(1990, 3, 5), patient.user_id)

    def test_unknown_ones_are_not_found(self, store: Store) -> None:
        with store.uow as uow, pytest.raises(PatientNotFound):
            uow.patients.get(PatientId(store.ids.new()))
        assert store.queries.find(PatientId(store.ids.new())) is None

    def test_are_viewed_with_everything_that_belongs_to_them(self, store: Store) -> None:
        patient = store.add()
        with store.uow as uow:
            profile = uow.health_profiles.of(patient.id)
            profile.update(FACTS, now=NOW)
            uow.health_profiles.save(profile)
            uow.commit()

        view = store.queries.find(patient.id)

        assert view is not None
        assert (view.name.full, view.email, view.phone) == (
            "Amélia Moreau",
            "amelia@example.com",
            PHONE.value,
        )
        assert (view.health, view.health_updated_at) == (FACTS, NOW)

    def test_are_found_by_exact_address_or_number(self, store: Store) -> None:
        patient = store.add()
        store.add("other@example.com")
        email = EmailAddress("AMELIA@example.com")

        found = store.queries.search(email=email, phone=None)
        by_phone = store.queries.search(email=None, phone=PHONE)

        assert [each.id for each in found] == [patient.id]
        assert len(by_phone) == 2
        assert store.queries.search(email=None, phone=PhoneNumber("+33123456789")) == []
        assert store.queries.search(email=None, phone=None) == []

    def test_are_summed_up_in_the_order_asked_for(self, store: Store) -> None:
        first, second = store.add(), store.add("other@example.com")

        listed = store.queries.summaries([second.id, PatientId(store.ids.new()), first.id])

        assert [each.id for each in listed] == [second.id, first.id]
        assert store.queries.summaries([]) == []

    def test_erased_ones_are_gone(self, store: Store) -> None:
        patient, other = store.add(), store.add("other@example.com")

        store.erase(patient.id)

        with store.uow as uow, pytest.raises(RecordErased):
            uow.patients.get(patient.id)
        assert store.queries.find(patient.id) is None
        page = store.queries.list_patients(limit=10, cursor=None)
        assert [each.id for each in page.items] == [other.id]
        assert [p.id for p in store.queries.search(email=None, phone=PHONE)] == [other.id]


class TestHealthProfiles:
    def test_are_empty_before_anything_was_said(self, store: Store) -> None:
        patient = store.add()

        with store.uow as uow:
            profile = uow.health_profiles.read(patient.id)

        assert (profile.facts, profile.updated_at) == (HealthFacts(), None)

    def test_replace_what_was_said_before(self, store: Store) -> None:
        patient = store.add()
        for facts in (HealthFacts(allergies=()), FACTS):
            with store.uow as uow:
                profile = uow.health_profiles.of(patient.id)
                profile.update(facts, now=NOW)
                uow.health_profiles.save(profile)
                uow.commit()

        with store.uow as uow:
            assert uow.health_profiles.read(patient.id).facts == FACTS


class TestConsents:
    def give(self, store: Store, patient_id: PatientId) -> Consent:
        consent = Consent(
            id=ConsentId(store.ids.new()),
            patient_id=patient_id,
            kind=ConsentKind.PRIVACY,
            text_version=1,
            given_at=NOW,
        )
        with store.uow as uow:
            uow.consents.add(consent)
            uow.commit()
        return consent

    def test_are_in_force_until_withdrawn(self, store: Store) -> None:
        patient = store.add()
        self.give(store, patient.id)
        with store.uow as uow:
            assert uow.consents.kinds_in_force(patient.id) == {ConsentKind.PRIVACY}
            given = uow.consents.in_force(patient.id, ConsentKind.PRIVACY)
            assert given is not None
            given.end(now=NOW)
            uow.consents.save(given)
            uow.commit()

        with store.uow as uow:
            assert uow.consents.in_force(patient.id, ConsentKind.PRIVACY) is None
        self.give(store, patient.id)

    def test_are_shown_beside_the_newest_texts(self, store: Store) -> None:
        patient = store.add()
        self.give(store, patient.id)

        views = {
            view.text.kind: view for view in store.queries.consents(patient.id, language="en-AU")
        }

        assert set(views) == set(ConsentKind)
        assert (views[ConsentKind.PRIVACY].given_at, views[ConsentKind.PRIVACY].is_in_force) == (
            NOW,
            True,
        )
        assert not views[ConsentKind.TREATMENT].is_in_force
        with store.uow as uow:
            assert uow.consents.current_text(ConsentKind.TREATMENT, language="de").version == 1


class TestDocuments:
    def test_come_back_as_they_were_saved(self, store: Store) -> None:
        document = store.upload(store.add().id)
        with store.documents_uow as uow:
            changed = uow.documents.get(document.id)
            changed.refuse(Refusal.MALWARE, now=NOW)
            uow.documents.save(changed)
            uow.commit()

        with store.documents_uow as uow:
            again = uow.documents.read(document.id)
            with pytest.raises(DocumentNotFound):
                uow.documents.get(DocumentId(store.ids.new()))
        assert (again.status, again.refusal) == (DocumentStatus.REFUSED, Refusal.MALWARE)
        assert (again.filename, again.sha256, again.size) == ("letter.pdf", b"\x01\x02", 3)

    def test_contents_open_as_they_were_sealed(self, store: Store) -> None:
        document = store.upload(store.add().id)

        with store.documents_uow as uow:
            sealed = uow.documents.seal(document, b"content")
            assert sealed != b"content"
            assert uow.documents.unseal(document, sealed) == b"content"

    def test_wait_in_quarantine_oldest_first(self, store: Store) -> None:
        patient = store.add()
        first, second = store.upload(patient.id), store.upload(patient.id)
        with store.documents_uow as uow:
            assert uow.documents.quarantined_since(NOW, limit=5) == []
            cleared = uow.documents.get(first.id)
            cleared.clear(now=NOW)
            uow.documents.save(cleared)
            uow.commit()

        with store.documents_uow as uow:
            later = NOW.replace(year=2027)
            assert list(uow.documents.quarantined_since(later, limit=5)) == [second.id]

    def test_are_listed_by_patient_and_consultation(self, store: Store) -> None:
        patient = store.add()
        document = store.upload(patient.id)
        store.upload(store.add("other@example.com").id)

        listed = store.document_queries.list_documents(patient.id, consultation_id=None)
        of_another = store.document_queries.list_documents(
            patient.id, consultation_id=ConsultationId(store.ids.new())
        )

        assert [(each.id, each.filename) for each in listed] == [(document.id, "letter.pdf")]
        assert of_another == []
