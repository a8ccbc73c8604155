"""
Services to test with.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from application.catalogue.ports import CatalogueUnitOfWork
from application.catalogue.publication import PublishService
from application.shared.access import SYSTEM
from application.shared.ports import Clock, Ids
from domain.catalogue.eligibility import Eligibility
from domain.catalogue.questionnaire_data import questionnaire_from_data
from domain.catalogue.service import Service, ServiceTerms, ServiceVersion
from domain.shared.ids import ServiceId
from tests.fakes.clock import MONDAY_NOON

SERVICE = UUID(int=51)

QUESTIONNAIRE: Mapping[str, Any] = {
    "title": "Headache",
    "items": [
        {
            "link_id": "onset",
            "type": "choice",
            "text": "How did it begin?",
            "required": True,
            "options": [
                {"code": "sudden", "display": "Within a minute"},
                {"code": "gradual", "display": "Over hours"},
            ],
        },
        {
            "link_id": "aura",
            "type": "boolean",
            "text": "Did you see flashes before?",
            "required": True,
            "enable_when": [{"question": "onset", "operator": "=", "value": "gradual"}],
        },
        {"link_id": "story", "type": "text", "text": "What else should we know?"},
    ],
    "red_flags": [
        {
            "code": "thunderclap_headache",
            "message": "Call an ambulance.",
            "when": {"question": "onset", "operator": "=", "value": "sudden"},
        }
    ],
}

WRITTEN: Mapping[str, Any] = {
    "name": "Headache advice",
    "summary": "A physician writes back.",
    "mode": "async",
    "currency": "AUD",
    "price_minor": 4900,
    "tax_minor": 0,
    "platform_fee_minor": 500,
    "capture_on": "claimed",
    "promised_response_minutes": 240,
    "specialties": ["general_practice"],
    "refund_policy": [{"applies_when": "before_claim", "refund_percent": 100}],
    "eligibility": {"jurisdictions": ["AU"], "minimum_age": 18},
    "questionnaire": QUESTIONNAIRE,
}

VISIT: Mapping[str, Any] = {
    **{name: value for name, value in WRITTEN.items() if name != "promised_response_minutes"},
    "name": "Video visit",
    "mode": "video",
    "duration_minutes": 30,
    "capture_on": "completed",
    "refund_policy": [
        {"applies_when": "hours_before_appointment", "hours": 24, "refund_percent": 100},
        {"applies_when": "before_open", "refund_percent": 50},
    ],
}


def a_service(
    offer: Mapping[str, Any] = WRITTEN,
    *,
    service_id: UUID = SERVICE,
    code: str = "headache",
    now: datetime = MONDAY_NOON,
) -> Service:
    first = a_version(offer, service_id=service_id, now=now)
    return Service.publish(id=ServiceId(service_id), code=code, first=first, now=now)


def a_version(
    offer: Mapping[str, Any] = WRITTEN,
    *,
    service_id: UUID = SERVICE,
    number: int = 1,
    now: datetime = MONDAY_NOON,
) -> ServiceVersion:
    return ServiceVersion(
        terms=ServiceTerms.from_data(
            {
                "promised_response_minutes": None,
                "duration_minutes": None,
                **offer,
                "service_id": str(service_id),
                "service_version": number,
            }
        ),
        name=offer["name"],
        summary=offer["summary"],
        questionnaire=questionnaire_from_data(offer["questionnaire"]),
        eligibility=Eligibility.from_data(offer["eligibility"]),
        specialties=frozenset(offer["specialties"]),
        published_at=now,
    )


def published(
    uow: CatalogueUnitOfWork,
    clock: Clock,
    ids: Ids,
    offer: Mapping[str, Any] = WRITTEN,
    *,
    code: str = "headache",
) -> ServiceId:
    return PublishService(uow, clock, ids)(actor=SYSTEM, code=code, offer=offer)
