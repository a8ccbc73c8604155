"""
The service catalogue in PostgreSQL.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.dialects.postgresql import insert as upsert

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.catalogue import service, service_version
from domain.catalogue.eligibility import Eligibility
from domain.catalogue.questionnaire_data import questionnaire_data, questionnaire_from_data
from domain.catalogue.service import Service, ServiceNotFound, ServiceTerms, ServiceVersion
from domain.shared.ids import ServiceId

_TERMS = (
    "mode",
    "currency",
    "price_minor",
    "tax_minor",
    "platform_fee_minor",
    "capture_on",
    "promised_response_minutes",
    "duration_minutes",
    "refund_policy",
)


class PostgresServices:
    """Services, with every version that was ever published."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Service) -> None:
        insert_row(self._scope, service, new, _row(new))
        self._keep_version(new)

    def get(self, service_id: ServiceId) -> Service:
        return self._one(select(service).where(service.c.id == service_id).with_for_update())

    def find_by_code(self, code: str) -> Service | None:
        return self._find(select(service).where(service.c.code == code).with_for_update())

    def read(self, service_id: ServiceId) -> Service:
        return self._one(select(service).where(service.c.id == service_id))

    def offered(self) -> tuple[Service, ...]:
        statement = select(service).where(service.c.active).order_by(service.c.code)
        rows = self._scope.connection.execute(statement).mappings().all()
        return tuple(self._service(row) for row in rows)

    def version_of(self, service_id: ServiceId, number: int) -> ServiceVersion:
        statement = select(service_version).where(
            service_version.c.service_id == service_id, service_version.c.number == number
        )
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise ServiceNotFound("There is no such service.")
        return opened_version(row)

    def save(self, changed: Service) -> None:
        update_row(self._scope, service, changed, changed.id, _row(changed))
        self._keep_version(changed)

    def _one(self, statement: Select[Any]) -> Service:
        found = self._find(statement)
        if found is None:
            raise ServiceNotFound("There is no such service.")
        return found

    def _find(self, statement: Select[Any]) -> Service | None:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        return None if row is None else self._service(row)

    def _service(self, row: RowMapping) -> Service:
        return Service(
            id=ServiceId(row["id"]),
            version=row["version"],
            code=row["code"],
            current=self.version_of(row["id"], row["current_version"]),
            active=row["active"],
        )

    def _keep_version(self, stored: Service) -> None:
        self._scope.connection.execute(
            upsert(service_version)
            .values(_version_row(stored.id, stored.current))
            .on_conflict_do_nothing(index_elements=["service_id", "number"])
        )


def opened_version(row: RowMapping) -> ServiceVersion:
    """A version as its row says."""
    terms = {name: row[name] for name in _TERMS}
    return ServiceVersion(
        terms=ServiceTerms.from_data(
            {**terms, "service_id": str(row["service_id"]), "service_version": row["number"]}
        ),
        name=row["name"],
        summary=row["summary"],
        questionnaire=questionnaire_from_data(row["questionnaire"]),
        eligibility=Eligibility.from_data(row["eligibility"]),
        specialties=frozenset(row["specialties"]),
        published_at=row["published_at"],
    )


def _row(stored: Service) -> dict[str, Any]:
    return {
        "id": stored.id,
        "code": stored.code,
        "current_version": stored.current.number,
        "active": stored.active,
        "name": stored.current.name,
        "jurisdictions": [place.code for place in stored.current.eligibility.jurisdictions],
    }


def _version_row(service_id: UUID, stored: ServiceVersion) -> dict[str, Any]:
    terms = stored.terms.data()
    return {
        "service_id": service_id,
        "number": stored.number,
        "name": stored.name,
        "summary": stored.summary,
        **{name: terms[name] for name in _TERMS},
        "eligibility": stored.eligibility.data(),
        "questionnaire": questionnaire_data(stored.questionnaire),
        "specialties": sorted(stored.specialties),
        "published_at": stored.published_at,
    }
