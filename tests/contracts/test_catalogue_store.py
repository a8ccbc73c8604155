"""
What is asked of the store of services, of the fake and of PostgreSQL alike.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import frozen
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.catalogue import PostgresCatalogueQueries
from application.catalogue.ports import CatalogueUnitOfWork
from application.catalogue.queries import CatalogueQueries
from domain.catalogue.service import Service, ServiceNotFound
from domain.shared.ids import ServiceId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.catalogue import SERVICE, VISIT, WRITTEN, a_service, a_version
from tests.fakes.catalogue import InMemoryCatalogueQueries
from tests.fakes.clock import MONDAY_NOON as NOW
from tests.fakes.unit_of_work import FakeUnitOfWork


@frozen
class Store:
    uow: CatalogueUnitOfWork
    queries: CatalogueQueries

    def add(self, *services: Service) -> None:
        with self.uow as uow:
            for service in services:
                uow.services.add(service)
            uow.commit()

    def read(self) -> Service:
        with self.uow as uow:
            return uow.services.read(ServiceId(SERVICE))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        fake = FakeUnitOfWork()
        return Store(fake, InMemoryCatalogueQueries(fake.services))
    engine: Engine = request.getfixturevalue("engine")
    return Store(unit_of_work(engine), PostgresCatalogueQueries(engine))


class TestServices:
    @pytest.mark.parametrize("offer", [WRITTEN, VISIT], ids=["written", "visit"])
    def test_come_back_as_they_were(self, store: Store, offer: dict[str, object]) -> None:
        service = a_service(offer)
        store.add(service)

        found = store.read()

        assert (found.code, found.active, found.current) == ("headache", True, service.current)

    def test_keep_every_version(self, store: Store) -> None:
        store.add(a_service())
        with store.uow as uow:
            service = uow.services.get(ServiceId(SERVICE))
            service.revise(
                to=a_version({**WRITTEN, "price_minor": 9900}), now=NOW + timedelta(days=1)
            )
            uow.services.save(service)
            uow.commit()

        with store.uow as uow:
            assert uow.services.version_of(ServiceId(SERVICE), 1) == a_service().current
            assert uow.services.version_of(ServiceId(SERVICE), 2).terms.price.minor == 9900
            with pytest.raises(ServiceNotFound):
                uow.services.version_of(ServiceId(SERVICE), 3)
        assert store.read().current.number == 2

    def test_are_found_by_code(self, store: Store) -> None:
        store.add(a_service())

        with store.uow as uow:
            assert uow.services.find_by_code("headache") is not None
            assert uow.services.find_by_code("skin") is None

    def test_are_not_found_when_there_are_none(self, store: Store) -> None:
        with pytest.raises(ServiceNotFound):
            store.read()
        with pytest.raises(ServiceNotFound):
            store.queries.service(SERVICE, version=None)


class TestCatalogueQueries:
    @pytest.fixture(autouse=True)
    def _three(self, store: Store) -> None:
        retired = a_service({**WRITTEN, "name": "Old advice"}, service_id=UUID(int=3), code="old")
        retired.retire(now=NOW)
        store.add(
            a_service(VISIT, service_id=UUID(int=1), code="visit"),
            a_service(
                {**WRITTEN, "eligibility": {"jurisdictions": ["US-CA", "NZ"]}},
                service_id=UUID(int=2),
                code="headache",
            ),
            retired,
        )

    @pytest.mark.parametrize(
        ("place", "codes"),
        [
            (None, ["headache", "visit"]),
            ("AU", ["visit"]),
            ("AU-NSW", ["visit"]),
            ("NZ", ["headache"]),
            ("US-CA", ["headache"]),
            ("US", []),
            ("US-NY", []),
        ],
    )
    def test_list_what_is_offered_in_a_place(
        self, store: Store, place: str | None, codes: list[str]
    ) -> None:
        page = store.queries.services(place=place, include_retired=False, limit=9, cursor=None)

        assert [item.code for item in page.items] == codes

    def test_list_page_by_page(self, store: Store) -> None:
        codes: list[str] = []
        cursor: str | None = None
        while True:
            page = store.queries.services(place=None, include_retired=True, limit=1, cursor=cursor)
            codes += [item.code for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert codes == ["headache", "old", "visit"]

    def test_show_all_that_a_patient_may_know(self, store: Store) -> None:
        view = store.queries.service(UUID(int=1), version=None)

        assert view.summary.duration == timedelta(minutes=30)
        assert view.summary.specialties == ("general_practice",)
        assert view.platform_fee.minor == 500
        assert view.refund_policy[0] == {
            "applies_when": "hours_before_appointment",
            "refund_percent": 100,
            "hours": 24,
        }
        assert view.eligibility["minimum_age"] == 18
        assert view.questionnaire["items"][0]["link_id"] == "onset"
        assert view == store.queries.service(UUID(int=1), version=1)


def test_a_published_version_can_never_be_changed(engine: Engine) -> None:
    Store(unit_of_work(engine), PostgresCatalogueQueries(engine)).add(a_service())

    for statement in (
        "update service_version set price_minor = 1",
        "delete from service_version",
    ):
        with pytest.raises(DBAPIError, match="never changes"), engine.begin() as connection:
            connection.execute(text(statement))
