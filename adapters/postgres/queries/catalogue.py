"""
Reading the catalogue.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, RowMapping, Text, and_, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from adapters.postgres.repositories.catalogue import opened_version
from adapters.postgres.tables.catalogue import service, service_version
from application.catalogue.queries import ServiceSummary, ServiceView
from application.shared.pages import Page
from domain.catalogue.service import ServiceNotFound, ServiceVersion
from domain.shared.ids import ServiceId
from domain.shared.jurisdiction import Jurisdiction

_SERVICE = (service.c.code, service.c.active, service_version)


class PostgresCatalogueQueries:
    """Services as they are offered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def services(
        self, *, place: str | None, include_retired: bool, limit: int, cursor: str | None
    ) -> Page[ServiceSummary]:
        statement = (
            select(*_SERVICE)
            .join(
                service,
                and_(
                    service.c.id == service_version.c.service_id,
                    service.c.current_version == service_version.c.number,
                ),
            )
            .order_by(service.c.name, service.c.id)
            .limit(limit + 1)
        )
        if not include_retired:
            statement = statement.where(service.c.active)
        if place is not None:
            covering = sorted({place, Jurisdiction(place).country})
            statement = statement.where(
                service.c.jurisdictions.overlap(cast(covering, ARRAY(Text)))
            )
        if start := read_cursor(cursor, str, UUID):
            statement = statement.where(
                tuple_(service.c.name, service.c.id) > tuple_(*map(literal, start))
            )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(
            rows,
            limit=limit,
            view=lambda row: _summary(row, opened_version(row)),
            cursor=lambda row: write_cursor(row["name"], row["service_id"]),
        )

    def service(self, service_id: UUID, *, version: int | None) -> ServiceView:
        statement = (
            select(*_SERVICE)
            .join(service, service.c.id == service_version.c.service_id)
            .where(
                service.c.id == service_id,
                service_version.c.number == func.coalesce(version, service.c.current_version),
            )
        )
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise ServiceNotFound("There is no such service.")
        edition = opened_version(row)
        return ServiceView(
            summary=_summary(row, edition),
            tax=edition.terms.tax,
            platform_fee=edition.terms.platform_fee,
            capture_on=edition.terms.capture_on,
            refund_policy=_rules(row),
            eligibility=row["eligibility"],
            questionnaire=row["questionnaire"],
        )


def _rules(row: RowMapping) -> tuple[dict[str, Any], ...]:
    return tuple(row["refund_policy"])


def _summary(row: RowMapping, edition: ServiceVersion) -> ServiceSummary:
    return ServiceSummary(
        service_id=ServiceId(row["service_id"]),
        code=row["code"],
        version=edition.number,
        name=edition.name,
        summary=edition.summary,
        mode=edition.terms.mode,
        price=edition.terms.price,
        promised_response=edition.terms.promised_response,
        duration=edition.terms.duration,
        jurisdictions=tuple(place.code for place in edition.eligibility.jurisdictions),
        specialties=tuple(sorted(edition.specialties)),
        active=row["active"],
    )
