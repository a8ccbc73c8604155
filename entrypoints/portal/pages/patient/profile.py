"""
The patient's own record: health, consents, and who opened it.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.patients.consents import WithdrawConsent
from application.patients.queries import (
    AccessLogEntry,
    PatientView,
    ViewAccessLog,
    ViewConsents,
    ViewPatient,
)
from application.patients.record import UpdateHealthProfile
from domain.patients.consent import ConsentKind
from domain.patients.health_profile import HealthEntry, HealthFacts, PregnancyStatus
from entrypoints.portal.places import place_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    opening,
    zone_here,
)
from entrypoints.portal.words import day, moment, zone_name

ROUTE = "/profile"

HEALTH_LISTS = {
    "allergies": "Allergies",
    "conditions": "Conditions",
    "medications": "Medicines that you take",
}

_ACTIONS = {
    "access_log.read": "Looked at who opened your record",
    "appointment.booked": "Booked your visit",
    "appointment.held": "Held a time for you",
    "appointment.released": "Gave a time back",
    "appointment.rescheduled": "Moved your visit",
    "consents.read": "Looked at what you agreed to",
    "consultation.addendum_written": "Added to a clinical note",
    "consultation.cancelled": "Cancelled a consultation",
    "consultation.claimed": "Took your case",
    "consultation.completed": "Finished a consultation",
    "consultation.follow_up_planned": "Planned a follow-up",
    "consultation.glass_broken": "Opened a consultation in an emergency",
    "consultation.message_sent": "Wrote a message",
    "consultation.messages_read": "Read messages",
    "consultation.note_signed": "Signed a clinical note",
    "consultation.note_written": "Wrote a clinical note",
    "consultation.opened": "Began a consultation",
    "consultation.read": "Read a consultation",
    "consultation.reassigned": "Handed your case to another physician",
    "consultation.returned": "Gave your case back",
    "consultation.timeline_read": "Looked at what happened in a consultation",
    "document.listed": "Looked at the list of documents",
    "document.read": "Opened a document",
    "document.uploaded": "Added a document",
    "order.attention_settled": "Looked into an order",
    "order.cancel_requested": "Asked a pharmacy to stop an order",
    "order.pharmacy_chosen": "Chose a pharmacy",
    "order.read": "Looked at an order",
    "order.rerouted": "Sent an order to another pharmacy",
    "patient.details_changed": "Changed your details",
    "patient.health_profile_updated": "Changed your health profile",
    "patient.listed": "Saw your name in a list",
    "patient.read": "Opened your record",
    "prescription.cancelled": "Cancelled a prescription",
    "prescription.discarded": "Threw a prepared prescription away",
    "prescription.drafted": "Prepared a prescription",
    "prescription.listed": "Looked at your prescriptions",
    "prescription.read": "Read a prescription",
    "prescription.screened": "Checked a prescription for safety",
    "prescription.signed": "Signed a prescription",
    "refund.requested": "Refunded you",
}
_GROUNDS = {"physician": "For your treatment", "system": "Done by the platform itself"}


@dataclass(frozen=True)
class Agreed:
    """A text and what the patient decided."""

    kind: str
    title: str
    when: str
    agreed: bool


@dataclass(frozen=True)
class Look:
    """Somebody opened the record."""

    who: str
    role: str
    what: str
    why: str
    when: str


@dataclass(frozen=True)
class HealthList:
    """Allergies, conditions or medicines as they are typed: one a line."""

    name: str
    label: str
    lines: str
    none: bool


class ProfileState(PageState, rx.State):
    """Who the patient is to us."""

    name: str = ""
    born: str = ""
    email: str = ""
    phone: str = ""
    place: str = ""
    zone: str = ""
    health: list[HealthList] = []
    pregnancy: str = ""
    health_updated: str = ""
    consents: list[Agreed] = []
    looks: list[Look] = []
    has_more: bool = False
    saves: int = 0

    _cursor: str | None = None

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def save_health(self, form: dict[str, Any]) -> None:
        """Replace what is known of the patient's health."""
        async with acting(self):
            actor = await actor_of(self)
            await ask(
                self,
                UpdateHealthProfile,
                patient_id=actor.patient_id,
                facts=facts_of(form),
            )
            await self._fill()
            self.saves += 1
            self.notice = "Your health profile is saved."

    @allowed(Audience.PATIENT)
    async def withdraw(self, kind: str) -> None:
        """Agree to a text no longer."""
        async with acting(self):
            actor = await actor_of(self)
            await ask(
                self, WithdrawConsent, patient_id=actor.patient_id, kind=ConsentKind(str(kind))
            )
            await self._fill()
            self.notice = "Your consent is withdrawn."

    @allowed(Audience.PATIENT)
    async def more(self) -> None:
        """Show who opened the record before."""
        async with acting(self):
            actor = await actor_of(self)
            page = await ask(self, ViewAccessLog, patient_id=actor.patient_id, cursor=self._cursor)
            zone = await zone_here(self)
            self.looks = [*self.looks, *(_look(entry, zone) for entry in page.items)]
            self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    async def _fill(self) -> None:
        actor = await actor_of(self)
        zone = await zone_here(self)
        patient = await ask(self, ViewPatient, patient_id=actor.patient_id)
        self._describe(patient, zone)
        texts = await ask(self, ViewConsents, patient_id=actor.patient_id)
        self.consents = [
            Agreed(
                kind=view.text.kind.value,
                title=view.text.title,
                when=moment(view.given_at, zone) if view.given_at is not None else "",
                agreed=view.is_in_force,
            )
            for view in texts
        ]
        log = await ask(self, ViewAccessLog, patient_id=actor.patient_id)
        self.looks = [_look(entry, zone) for entry in log.items]
        self._cursor, self.has_more = log.next_cursor, log.next_cursor is not None

    def _describe(self, patient: PatientView, zone: str) -> None:
        self.name = patient.name.full
        self.born = day(patient.date_of_birth)
        self.email = patient.email
        self.phone = patient.phone or "Not given"
        self.place = place_name(patient.place.code)
        self.zone = zone_name(patient.time_zone)
        self.health = [
            _health_list(name, label, getattr(patient.health, name))
            for name, label in HEALTH_LISTS.items()
        ]
        self.pregnancy = patient.health.pregnancy.value
        updated = patient.health_updated_at
        self.health_updated = moment(updated, zone) if updated is not None else ""


def facts_of(form: dict[str, Any]) -> HealthFacts:
    """
    What the health form says: one entry a line, "none" only where it was ticked.
    """
    pregnancy = str(form.get("pregnancy", ""))
    known = {status.value for status in PregnancyStatus}
    return HealthFacts(
        allergies=_entries(form, "allergies"),
        conditions=_entries(form, "conditions"),
        medications=_entries(form, "medications"),
        pregnancy=PregnancyStatus(pregnancy) if pregnancy in known else PregnancyStatus.UNKNOWN,
    )


def _entries(form: dict[str, Any], name: str) -> tuple[HealthEntry, ...] | None:
    written = [line.strip() for line in str(form.get(name, "")).splitlines() if line.strip()]
    if written:
        return tuple(HealthEntry(name=line) for line in written)
    return () if form.get(f"{name}_none") else None


def _health_list(name: str, label: str, entries: tuple[HealthEntry, ...] | None) -> HealthList:
    return HealthList(
        name=name,
        label=label,
        lines="\n".join(entry.name for entry in entries or ()),
        none=entries == (),
    )


def _look(entry: AccessLogEntry, zone: str) -> Look:
    return Look(
        who=entry.who,
        role=entry.role.replace("_", " "),
        what=_ACTIONS.get(entry.action, entry.action.replace("_", " ").replace(".", ": ")),
        why=(entry.reason or _GROUNDS.get(entry.role, "")).replace("_", " ").capitalize(),
        when=moment(entry.at, zone),
    )
