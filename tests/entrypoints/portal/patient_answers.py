"""
What the use cases answer a patient in these tests: a small clinic on one day.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.catalogue.queries import ServiceSummary, ServiceView
from application.consultations.intake import (
    IntakeProgress,
)
from application.consultations.views import ConsultationSummary, ConsultationView, MessageView
from application.orders.queries import (
    OrderView,
    PharmacyView,
)
from application.patients.queries import (
    AccessLogEntry,
    ConsentView,
    PatientView,
)
from application.payments.queries import PaymentView
from application.prescriptions.views import PrescriptionItemView, PrescriptionView
from application.scheduling.queries import AppointmentView, SlotView
from application.shared.pages import Page
from domain.catalogue.answers import check_answers, prune_answers
from domain.catalogue.questionnaire_data import questionnaire_from_data
from domain.catalogue.service import CaptureOn, Mode
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import MessageSender
from domain.orders.fulfilment import OrderStatus
from domain.orders.pharmacy import Network
from domain.patients.consent import ConsentKind, ConsentText
from domain.patients.health_profile import HealthEntry, HealthFacts, PregnancyStatus
from domain.patients.patient import PersonName, Sex
from domain.payments.payment import PaymentStatus
from domain.prescriptions.prescription import PrescriptionStatus
from domain.scheduling.appointment import AppointmentStatus
from domain.shared.ids import (
    AppointmentId,
    AuditEntryId,
    ConsultationId,
    MessageId,
    OrderId,
    PaymentId,
    PharmacyId,
    PrescriptionId,
    ServiceId,
    UserId,
)
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.tabs import PATIENT, PHYSICIAN

MIGRAINE = ServiceId(UUID(int=0x21))
VIDEO_VISIT = ServiceId(UUID(int=0x22))
CONSULTATION = ConsultationId(UUID(int=0x31))
DRAFT = ConsultationId(UUID(int=0x32))
FINISHED = ConsultationId(UUID(int=0x34))
PRESCRIPTION = PrescriptionId(UUID(int=0x41))
ORDER = OrderId(UUID(int=0x51))
NEW_SOUTH_WALES = Jurisdiction("AU-NSW")

QUESTIONNAIRE: Mapping[str, Any] = {
    "title": "About your headache",
    "items": [
        {
            "link_id": "headache",
            "type": "group",
            "text": "Your headache",
            "items": [
                {
                    "link_id": "onset",
                    "type": "choice",
                    "text": "How did it begin?",
                    "required": True,
                    "options": [
                        {"code": "sudden", "display": "Within a minute, like a thunderclap"},
                        {"code": "gradual", "display": "Slowly, over an hour or more"},
                    ],
                },
                {
                    "link_id": "pain",
                    "type": "integer",
                    "text": "How strong is it, from 0 to 10?",
                    "required": True,
                    "minimum": 0,
                    "maximum": 10,
                    "enable_when": [{"question": "onset", "operator": "=", "value": "gradual"}],
                },
            ],
        },
        {
            "link_id": "around_it",
            "type": "group",
            "text": "What comes with it",
            "items": [
                {
                    "link_id": "signs",
                    "type": "choice",
                    "repeats": True,
                    "text": "Which of these do you have?",
                    "options": [
                        {"code": "nausea", "display": "I feel sick"},
                        {"code": "light", "display": "Light hurts my eyes"},
                        {"code": "aura", "display": "I see flashes or zigzag lines"},
                    ],
                },
                {
                    "link_id": "story",
                    "type": "text",
                    "text": "Tell us in your own words",
                    "help": "When it started, how often it comes, what helps.",
                },
            ],
        },
    ],
    "red_flags": [
        {
            "code": "thunderclap_headache",
            "effect": "stop",
            "message": "A headache that begins within a minute can be dangerous. "
            "Go to an emergency department now.",
            "when": {"all": [{"question": "onset", "operator": "=", "value": "sudden"}]},
        }
    ],
}


def service_summary(service_id: ServiceId = MIGRAINE, **changes: Any) -> ServiceSummary:
    """A service in writing, unless changed."""
    values: dict[str, Any] = {
        "service_id": service_id,
        "code": "migraine",
        "version": 3,
        "name": "Migraine treatment",
        "summary": "For attacks that you know, with or without aura. "
        "Includes a prescription where it helps.",
        "mode": Mode.ASYNC,
        "price": Money.of(4900, "AUD"),
        "promised_response": timedelta(hours=2),
        "duration": None,
        "jurisdictions": ("AU",),
        "specialties": ("general_practice",),
        "active": True,
    }
    return ServiceSummary(**(values | changes))


def video_summary() -> ServiceSummary:
    """A service by appointment."""
    return service_summary(
        VIDEO_VISIT,
        code="skin-video",
        name="Skin check by video",
        summary="A dermatologist looks at a mark or a rash that worries you.",
        mode=Mode.VIDEO,
        price=Money.of(8900, "AUD"),
        promised_response=None,
        duration=timedelta(minutes=20),
    )


def service_view(*, service_id: ServiceId = MIGRAINE, **_: Any) -> ServiceView:
    """A service with its questionnaire."""
    summary = video_summary() if service_id == VIDEO_VISIT else service_summary()
    return ServiceView(
        summary=summary,
        tax=Money.of(0, "AUD"),
        platform_fee=Money.of(500, "AUD"),
        capture_on=CaptureOn.CLAIMED,
        refund_policy=(
            {"applies_when": "before_claim", "refund_percent": 100},
            {"applies_when": "before_open", "refund_percent": 50},
        ),
        eligibility={},
        questionnaire=QUESTIONNAIRE,
    )


def consultation_summary(**changes: Any) -> ConsultationSummary:
    """A consultation that a physician has begun, unless changed."""
    values: dict[str, Any] = {
        "consultation_id": CONSULTATION,
        "patient_id": PATIENT,
        "service_id": MIGRAINE,
        "service_name": "Migraine treatment",
        "mode": Mode.ASYNC,
        "status": ConsultationStatus.IN_PROGRESS,
        "physician_id": PHYSICIAN,
        "physician_name": "Dr Louis Moreau",
        "promised_by": NOON + timedelta(hours=1),
        "promise_broken": False,
        "appointment_at": None,
        "started_at": NOON - timedelta(hours=1),
        "queued_at": NOON - timedelta(minutes=50),
        "claimed_at": NOON - timedelta(minutes=20),
        "ended_at": None,
        "outcome": None,
        "cancellation": None,
        "price": Money.of(4900, "AUD"),
        "unread": 1,
    }
    return ConsultationSummary(**(values | changes))


def draft_summary() -> ConsultationSummary:
    """One whose answers are not sent."""
    return consultation_summary(
        consultation_id=DRAFT,
        status=ConsultationStatus.DRAFT,
        physician_id=None,
        physician_name=None,
        promised_by=None,
        queued_at=None,
        claimed_at=None,
        price=None,
        unread=0,
    )


def consultation_view(
    *, consultation_id: ConsultationId = CONSULTATION, **changes: Any
) -> ConsultationView:
    """A consultation as its patient sees it."""
    is_draft = consultation_id == DRAFT
    values: dict[str, Any] = {
        "summary": draft_summary() if is_draft else consultation_summary(),
        "service_version": 3,
        "place": "AU-NSW",
        "appointment_id": None,
        "answers": {"onset": "gradual", "pain": 6, "signs": ["light"]},
        "stop_reason": None,
        "stops": (),
        "position": None,
        "advice": None,
        "follow_ups": (),
    }
    changes.pop("actor", None)
    return ConsultationView(**(values | changes))


def saved(*, consultation_id: ConsultationId, answers: Mapping[str, Any], **_: Any) -> Any:
    """Check answers as the real use case does."""
    questionnaire = questionnaire_from_data(QUESTIONNAIRE)
    checked = check_answers(questionnaire, prune_answers(questionnaire, answers))
    return IntakeProgress(
        consultation_id=consultation_id,
        status=ConsultationStatus.DRAFT,
        asked=checked.enabled,
        missing=checked.missing,
        stops=tuple(flag.message for flag in checked.stops),
    )


def message(body: str, sender: MessageSender, minutes: int) -> MessageView:
    """A letter of some minutes ago."""
    return MessageView(
        message_id=MessageId(UUID(int=0x60 + minutes)),
        sender=sender,
        body=body,
        sent_at=NOON - timedelta(minutes=minutes),
        read_at=None,
    )


def prescriptions_of(*, consultation_id: ConsultationId, **_: Any) -> tuple[PrescriptionView, ...]:
    """One prescription, but none of the consultation that is finished."""
    return () if consultation_id == FINISHED else (prescription_view(),)


def prescription_view(**changes: Any) -> PrescriptionView:
    """A signed prescription."""
    values: dict[str, Any] = {
        "prescription_id": PRESCRIPTION,
        "lineage_id": PRESCRIPTION,
        "consultation_id": CONSULTATION,
        "patient_id": PATIENT,
        "prescriber_id": PHYSICIAN,
        "status": PrescriptionStatus.SIGNED,
        "items": (
            PrescriptionItemView(
                code="sumatriptan-50",
                title="Sumatriptan 50 mg tablet",
                instructions="Take 1 tablet up to twice a day as needed.",
                quantity=6,
                unit="tablet",
                repeats=2,
                substitution_allowed=True,
                controlled=False,
            ),
        ),
        "replaces": None,
        "created_at": NOON - timedelta(minutes=12),
        "signed_at": NOON - timedelta(minutes=10),
        "content_hash": "ab" * 32,
        "findings": (),
        "overrides": (),
    }
    return PrescriptionView(**(values | changes))


def pharmacy(number: int = 1, name: str = "Harbour Street Pharmacy", **changes: Any) -> Any:
    """A pharmacy to choose."""
    values: dict[str, Any] = {
        "pharmacy_id": PharmacyId(UUID(int=0x70 + number)),
        "name": name,
        "address": f"{number} Harbour Street, Sydney",
        "phone": "+61212345678",
        "place": "AU-NSW",
        "delivers": number == 1,
        "network": Network.FHIR,
    }
    return PharmacyView(**(values | changes))


def order_view(**changes: Any) -> OrderView:
    """An order that is being prepared, unless changed."""
    values: dict[str, Any] = {
        "order_id": ORDER,
        "prescription_id": PRESCRIPTION,
        "consultation_id": CONSULTATION,
        "patient_id": PATIENT,
        "status": OrderStatus.PREPARING,
        "pharmacy": pharmacy(),
        "created_at": NOON - timedelta(minutes=10),
        "updated_at": NOON - timedelta(minutes=2),
        "sent_at": NOON - timedelta(minutes=9),
        "supplied_at": None,
        "cancel_requested_at": None,
        "cancel_outcome": None,
        "failure": None,
        "attention": None,
        "vendor_status": "in-progress",
        "rerouted_to": None,
        "fills": 0,
    }
    return OrderView(**(values | changes))


def patient_view(**changes: Any) -> PatientView:
    """The patient's own record."""
    values: dict[str, Any] = {
        "id": PATIENT,
        "user_id": UserId(UUID(int=1)),
        "name": PersonName(given="Ada", family="Moreau"),
        "date_of_birth": date(1988, 4, 2),
        "sex": Sex.FEMALE,
        "email": "ada@example.org",
        "phone": "+61412345678",
        "address": None,
        "place": NEW_SOUTH_WALES,
        "time_zone": "Australia/Sydney",
        "locale": "en",
        "health": HealthFacts(
            allergies=(HealthEntry(name="Penicillin", code="penicillins"),),
            conditions=(),
            medications=None,
            pregnancy=PregnancyStatus.NOT_PREGNANT,
        ),
        "health_updated_at": NOON - timedelta(days=20),
        "consents": frozenset(ConsentKind),
        "registered_at": NOON - timedelta(days=40),
    }
    return PatientView(**(values | changes))


def consents(*, agreed: bool = True) -> tuple[ConsentView, ...]:
    """The three texts."""
    titles = {
        ConsentKind.TREATMENT: "Treatment",
        ConsentKind.PRIVACY: "Your data",
        ConsentKind.TELEHEALTH: "Care at a distance",
    }
    return tuple(
        ConsentView(
            text=ConsentText(
                kind=kind,
                version=2,
                language="en",
                title=title,
                body="We treat you as a clinic would.\n\nYou can ask us anything, "
                "and you can say no at any time.",
                published_at=NOON - timedelta(days=90),
            ),
            given_version=2 if agreed else None,
            given_at=NOON - timedelta(days=39) if agreed else None,
        )
        for kind, title in titles.items()
    )


def access_log() -> Page[AccessLogEntry]:
    """Two looks into the record."""
    looks = (
        ("Dr Louis Moreau", "physician", "consultation.read", "treatment", 30),
        ("Noor Haddad", "operations", "patient.read", "Asked to correct the address", 300),
    )
    return Page(
        tuple(
            AccessLogEntry(
                id=AuditEntryId(UUID(int=0x90 + minutes)),
                at=NOON - timedelta(minutes=minutes),
                who=who,
                role=role,
                action=action,
                subject="consultation",
                reason=reason,
            )
            for who, role, action, reason, minutes in looks
        )
    )


def free_slots() -> tuple[SlotView, ...]:
    """Times on two days."""
    return tuple(
        SlotView(
            physician_id=PHYSICIAN,
            physician_name="Dr Louis Moreau",
            languages=("en", "fr"),
            start_at=NOON + timedelta(days=day, minutes=minutes),
            end_at=NOON + timedelta(days=day, minutes=minutes + 20),
            time_zone="Australia/Sydney",
        )
        for day in (1, 2)
        for minutes in (0, 30, 60, 90, 150)
    )


def payment_view(**changes: Any) -> PaymentView:
    """A payment whose amount is reserved."""
    values: dict[str, Any] = {
        "payment_id": PaymentId(UUID(int=0xA1)),
        "consultation_id": CONSULTATION,
        "patient_id": PATIENT,
        "status": PaymentStatus.AUTHORISED,
        "amount": Money.of(4900, "AUD"),
        "refunded": Money.of(0, "AUD"),
        "created_at": NOON - timedelta(minutes=55),
        "captured_at": None,
        "failure_code": None,
        "review": None,
        "refunds": (),
    }
    return PaymentView(**(values | changes))


def appointment_view(**_: Any) -> AppointmentView:
    """A held visit tomorrow."""
    return AppointmentView(
        appointment_id=AppointmentId(UUID(int=0xB1)),
        consultation_id=CONSULTATION,
        patient_id=PATIENT,
        physician_id=PHYSICIAN,
        physician_name="Dr Louis Moreau",
        start_at=NOON + timedelta(days=1),
        end_at=NOON + timedelta(days=1, minutes=20),
        status=AppointmentStatus.HELD,
        hold_expires_at=NOON + timedelta(minutes=15),
        time_zone="Australia/Sydney",
        version=1,
    )
