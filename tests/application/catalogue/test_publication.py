"""
Publishing and retiring services.
"""

from typing import Any

import pytest

from application.catalogue.publication import PublishService, RetireService
from application.catalogue.queries import ListServices, ViewService
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.catalogue.eligibility import MalformedEligibility
from domain.catalogue.events import ServicePublished, ServiceRetired
from domain.catalogue.questionnaire import MalformedQuestionnaire
from domain.catalogue.refund_policy import MalformedRefundPolicy
from domain.catalogue.service import MalformedTerms, ServiceNotFound
from domain.shared.ids import ServiceId
from tests.builders.catalogue import SERVICE, VISIT, WRITTEN, published
from tests.fakes.catalogue import InMemoryCatalogueQueries
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.unit_of_work import FakeUnitOfWork

OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))
PATIENT = Actor(roles=frozenset({Role.PATIENT}))


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.fixture
def publish(uow: FakeUnitOfWork) -> PublishService:
    return PublishService(uow, FixedClock(), SequentialIds())


class TestPublishService:
    def test_offers_a_new_service(self, uow: FakeUnitOfWork, publish: PublishService) -> None:
        service_id = publish(actor=OPERATOR, code="headache", offer=WRITTEN)

        assert uow.services.read(service_id).current.name == "Headache advice"
        assert len(uow.events_of(ServicePublished)) == 1
        assert uow.audit.records[0].action == "service.published"

    def test_changes_nothing_the_second_time(
        self, uow: FakeUnitOfWork, publish: PublishService
    ) -> None:
        first = publish(actor=OPERATOR, code="headache", offer=WRITTEN)
        second = publish(actor=OPERATOR, code="headache", offer=WRITTEN)

        assert first == second
        assert len(uow.events_of(ServicePublished)) == 1
        assert len(uow.audit.records) == 1

    def test_keeps_earlier_versions(self, uow: FakeUnitOfWork, publish: PublishService) -> None:
        service_id = publish(actor=OPERATOR, code="headache", offer=WRITTEN)
        publish(actor=OPERATOR, code="headache", offer={**WRITTEN, "price_minor": 9900})

        assert uow.services.version_of(service_id, 1).terms.price.minor == 4900
        assert uow.services.version_of(service_id, 2).terms.price.minor == 9900
        assert uow.services.read(service_id).current.number == 2

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"price_minor": 49.0}, MalformedTerms),
            ({"price_minor": True}, MalformedTerms),
            ({"currency": None}, MalformedTerms),
            ({"mode": "telepathy"}, MalformedTerms),
            ({"colour": "blue"}, MalformedTerms),
            ({"specialties": []}, MalformedTerms),
            ({"refund_policy": [{"applies_when": "never"}]}, MalformedRefundPolicy),
            ({"eligibility": {"jurisdictions": []}}, MalformedEligibility),
            ({"questionnaire": {"title": "x", "items": []}}, MalformedQuestionnaire),
        ],
    )
    def test_refuses_what_cannot_be_offered(
        self,
        uow: FakeUnitOfWork,
        publish: PublishService,
        change: dict[str, Any],
        refusal: type[Exception],
    ) -> None:
        with pytest.raises(refusal):
            publish(actor=OPERATOR, code="headache", offer={**WRITTEN, **change})

        assert not uow.committed

    @pytest.mark.parametrize("name", sorted(set(WRITTEN) - {"promised_response_minutes"}))
    def test_names_what_is_missing(self, publish: PublishService, name: str) -> None:
        offer = {key: value for key, value in WRITTEN.items() if key != name}

        with pytest.raises(MalformedTerms) as refused:
            publish(actor=OPERATOR, code="headache", offer=offer)

        assert refused.value.field == name

    def test_is_for_operators(self, uow: FakeUnitOfWork, publish: PublishService) -> None:
        with pytest.raises(AccessDenied):
            publish(actor=PATIENT, code="headache", offer=WRITTEN)

        assert not uow.committed


class TestRetireService:
    def test_takes_a_service_out_once(self, uow: FakeUnitOfWork) -> None:
        service_id = published(uow, FixedClock(), SequentialIds())
        retire = RetireService(uow, FixedClock())

        retire(actor=OPERATOR, service_id=service_id)
        retire(actor=OPERATOR, service_id=service_id)

        assert not uow.services.read(service_id).active
        assert len(uow.events_of(ServiceRetired)) == 1

    def test_is_for_operators(self, uow: FakeUnitOfWork) -> None:
        service_id = published(uow, FixedClock(), SequentialIds())

        with pytest.raises(AccessDenied):
            RetireService(uow, FixedClock())(actor=PATIENT, service_id=service_id)


class TestLookingAtTheCatalogue:
    def test_lists_what_is_offered_where_the_patient_is(self, uow: FakeUnitOfWork) -> None:
        clock, ids = FixedClock(), SequentialIds()
        published(uow, clock, ids)
        retired = published(uow, clock, ids, VISIT, code="visit")
        RetireService(uow, clock)(actor=SYSTEM, service_id=retired)
        list_services = ListServices(InMemoryCatalogueQueries(uow.services))

        def codes(actor: Actor, **asked: Any) -> list[str]:
            return [item.code for item in list_services(actor=actor, **asked).items]

        assert codes(PATIENT) == ["headache"]
        assert codes(PATIENT, place="AU-NSW") == ["headache"]
        assert codes(PATIENT, place="US-CA") == []
        assert codes(PATIENT, include_retired=True) == ["headache"]
        assert codes(OPERATOR, include_retired=True) == ["headache", "visit"]

    def test_shows_the_version_that_was_booked(self, uow: FakeUnitOfWork) -> None:
        clock, ids = FixedClock(), SequentialIds()
        service_id = published(uow, clock, ids)
        published(uow, clock, ids, {**WRITTEN, "price_minor": 9900})
        view = ViewService(InMemoryCatalogueQueries(uow.services))

        assert view(actor=PATIENT, service_id=service_id).summary.price.minor == 9900
        assert view(actor=PATIENT, service_id=service_id, version=1).summary.price.minor == 4900
        with pytest.raises(ServiceNotFound):
            view(actor=PATIENT, service_id=ServiceId(SERVICE))
