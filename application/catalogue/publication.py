"""
Putting services into the catalogue and taking them out.

A service arrives as plain values, so that a new one needs no code:

    {"name": …, "summary": …, "mode": "async" | "video" | "phone", "currency": "AUD",
     "price_minor": 4900, "tax_minor": 0, "platform_fee_minor": 500,
     "capture_on": "claimed" | "completed",
     "promised_response_minutes": 240, "duration_minutes": null,
     "specialties": [code, …], "refund_policy": [rule, …],
     "eligibility": {…}, "questionnaire": {…}}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from application.catalogue.ports import CatalogueUnitOfWork
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock, Ids
from domain.catalogue.eligibility import Eligibility
from domain.catalogue.questionnaire_data import questionnaire_from_data
from domain.catalogue.service import (
    MalformedTerms,
    Service,
    ServiceTerms,
    ServiceVersion,
)
from domain.shared.ids import ServiceId, to_wire

_OPTIONAL = frozenset({"promised_response_minutes", "duration_minutes"})
_REQUIRED = frozenset(
    {
        "name",
        "summary",
        "mode",
        "currency",
        "price_minor",
        "tax_minor",
        "platform_fee_minor",
        "capture_on",
        "specialties",
        "refund_policy",
        "eligibility",
        "questionnaire",
    }
)


@frozen
class PublishService:
    """
    Offer a new service, or a new version of the one with that code.
    """

    _uow: CatalogueUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, code: str, offer: Mapping[str, Any]) -> ServiceId:
        """
        Publish. What is offered already in the same words stays at its version.

        Raises:
            AccessDenied: Not operations or an administrator.
            MalformedTerms: A value is missing, unknown or of the wrong kind.
            MalformedQuestionnaire: The questionnaire could not be answered.
            MalformedRefundPolicy: A refund rule makes no sense.
            MalformedEligibility: The limits leave nobody.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        now = self._clock.now()
        with self._uow as uow:
            service = uow.services.find_by_code(code)
            if service is None:
                service_id = ServiceId(self._ids.new())
                first = _version(service_id, offer, now)
                uow.services.add(Service.publish(id=service_id, code=code, first=first, now=now))
                number = first.number
            else:
                service_id = service.id
                before = (service.current.number, service.active)
                service.revise(to=_version(service_id, offer, now), now=now)
                number = service.current.number
                if before == (number, service.active):
                    return service_id
                uow.services.save(service)
            uow.audit.record(
                actor=actor,
                action="service.published",
                subject=to_wire("service", service_id),
                details={"code": code, "version": str(number)},
            )
            uow.commit()
        return service_id


@frozen
class RetireService:
    """
    Offer a service no longer. What was booked goes on.
    """

    _uow: CatalogueUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, service_id: ServiceId) -> None:
        """
        Retire; a second time changes nothing.

        Raises:
            AccessDenied: Not operations or an administrator.
            ServiceNotFound: There is none.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            service = uow.services.get(service_id)
            if not service.active:
                return
            service.retire(now=self._clock.now())
            uow.services.save(service)
            uow.audit.record(
                actor=actor, action="service.retired", subject=to_wire("service", service_id)
            )
            uow.commit()


def _version(service_id: ServiceId, offer: Mapping[str, Any], now: datetime) -> ServiceVersion:
    for name in sorted(_REQUIRED - set(offer)):
        raise MalformedTerms(f"The service needs {name}.", field=name)
    for name in sorted(set(offer) - _REQUIRED - _OPTIONAL):
        raise MalformedTerms("A service has nothing of that name.", field=name)
    for name in ("price_minor", "tax_minor", "platform_fee_minor"):
        if isinstance(offer[name], bool) or not isinstance(offer[name], int):
            raise MalformedTerms("Amounts are whole numbers of minor units.", field=name)
    return ServiceVersion(
        terms=_terms(service_id, offer),
        name=offer["name"],
        summary=offer["summary"],
        questionnaire=questionnaire_from_data(offer["questionnaire"]),
        eligibility=Eligibility.from_data(offer["eligibility"]),
        specialties=frozenset(offer["specialties"]),
        published_at=now,
    )


def _terms(service_id: ServiceId, offer: Mapping[str, Any]) -> ServiceTerms:
    frozen_terms = {
        "promised_response_minutes": None,
        "duration_minutes": None,
        **offer,
        "service_id": str(service_id),
        "service_version": 1,
    }
    try:
        return ServiceTerms.from_data(frozen_terms)
    except (TypeError, ValueError) as unreadable:
        raise MalformedTerms(f"The terms cannot be read: {unreadable}.") from unreadable
