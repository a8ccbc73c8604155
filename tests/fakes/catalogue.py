"""
The catalogue in memory.
"""

from typing import Any
from uuid import UUID

from attrs import define, field

from application.catalogue.queries import ServiceSummary, ServiceView
from application.shared.pages import Page
from domain.catalogue.questionnaire_data import questionnaire_data
from domain.catalogue.service import Service, ServiceNotFound, ServiceVersion
from domain.shared.ids import ServiceId
from domain.shared.jurisdiction import Jurisdiction
from tests.fakes.aggregates import Aggregates, Collector


@define(eq=False)
class InMemoryServices:
    _uow: Collector
    _versions: dict[tuple[UUID, int], ServiceVersion] = field(factory=dict, init=False)
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, service: Service) -> None:
        self._put(service)

    def get(self, service_id: ServiceId) -> Service:
        found: Service | None = self._store.find(service_id)
        if found is None:
            raise ServiceNotFound("There is no such service.")
        return found

    def find_by_code(self, code: str) -> Service | None:
        return next((service for service in self.all() if service.code == code), None)

    def read(self, service_id: ServiceId) -> Service:
        return self.get(service_id)

    def offered(self) -> tuple[Service, ...]:
        offered = (service for service in self.all() if service.active)
        return tuple(sorted(offered, key=lambda service: service.code))

    def version_of(self, service_id: ServiceId, number: int) -> ServiceVersion:
        try:
            return self._versions[service_id, number]
        except KeyError:
            raise ServiceNotFound("There is no such service.") from None

    def save(self, service: Service) -> None:
        self._put(service)

    def all(self) -> list[Service]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot(), dict(self._versions)

    def restore(self, snapshot: Any) -> None:
        rows, self._versions = snapshot
        self._store.restore(rows)

    def _put(self, service: Service) -> None:
        self._store.put(service.id, service)
        self._versions.setdefault((service.id, service.current.number), service.current)


@define(eq=False)
class InMemoryCatalogueQueries:
    services_: InMemoryServices

    def services(
        self, *, place: str | None, include_retired: bool, limit: int, cursor: str | None
    ) -> Page[ServiceSummary]:
        start = int(cursor or 0)
        offered = sorted(
            (
                service
                for service in self.services_.all()
                if (service.active or include_retired)
                and (
                    place is None or service.current.eligibility.is_offered_in(Jurisdiction(place))
                )
            ),
            key=lambda service: (service.current.name, service.id),
        )
        end = start + limit
        return Page(
            tuple(_summary(service, service.current) for service in offered[start:end]),
            str(end) if len(offered) > end else None,
        )

    def service(self, service_id: UUID, *, version: int | None) -> ServiceView:
        service = self.services_.read(ServiceId(service_id))
        number = version or service.current.number
        edition = self.services_.version_of(service.id, number)
        return ServiceView(
            summary=_summary(service, edition),
            tax=edition.terms.tax,
            platform_fee=edition.terms.platform_fee,
            capture_on=edition.terms.capture_on,
            refund_policy=tuple(edition.terms.refund_policy.data()),
            eligibility=edition.eligibility.data(),
            questionnaire=questionnaire_data(edition.questionnaire),
        )


def _summary(service: Service, edition: ServiceVersion) -> ServiceSummary:
    return ServiceSummary(
        service_id=service.id,
        code=service.code,
        version=edition.number,
        name=edition.name,
        summary=edition.summary,
        mode=edition.terms.mode,
        price=edition.terms.price,
        promised_response=edition.terms.promised_response,
        duration=edition.terms.duration,
        jurisdictions=tuple(place.code for place in edition.eligibility.jurisdictions),
        specialties=tuple(sorted(edition.specialties)),
        active=service.active,
    )
