"""
A physician at work on one consultation: read, note, write, decide, finish.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import reflex as rx

from application.consultations.assignment import ReturnConsultation
from application.consultations.cancellation import CancelConsultation
from application.consultations.care import (
    CompleteConsultation,
    OpenConsultation,
    SignNote,
    WriteNote,
)
from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.viewing import ViewWorkspace
from application.consultations.views import WorkspaceView
from application.documents.queries import ListDocuments
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.follow_up import FollowUpPlan
from domain.consultations.outcome import CancellationReason, ConsultationOutcome, MessageSender
from domain.shared.errors import InvalidInput
from entrypoints.portal.pages.papers import Paper, papers_of, with_names
from entrypoints.portal.pages.patient.consultation import Letter
from entrypoints.portal.places import place_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import day, moment, moment_with_zone, zone_of

ROUTE = "/physician/consultations/[consultation_id]"

_LONGEST_FOLLOW_UP_DAYS = 365
_MORNING = time(9, 0)


class UnfitFollowUp(InvalidInput):
    """Not a number of days ahead."""


@dataclass(frozen=True)
class Fact:
    """A name and what it holds."""

    name: str
    value: str


@dataclass(frozen=True)
class Known:
    """Allergies, conditions or medicines; `recorded` tells none from nothing asked."""

    name: str
    names: list[str]
    recorded: bool


class WorkspaceState(PageState, rx.State):
    """What the treating physician sees. Cleared when they leave."""

    patient: str = ""
    about: str = ""
    service: str = ""
    status: str = ""
    status_words: str = ""
    red_flags: list[str] = []
    known: list[Known] = []
    answers: list[Fact] = []
    history: list[Fact] = []
    letters: list[Letter] = []
    papers: list[Paper] = []
    subjective: str = ""
    objective: str = ""
    assessment: str = ""
    plan: str = ""
    note_signed: str = ""
    addenda: list[str] = []
    follow_ups: list[Fact] = []
    sent: int = 0
    saved: str = ""
    is_open: bool = False
    may_begin: bool = False

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def begin(self) -> None:
        """Begin the work."""
        async with acting(self):
            await ask(self, OpenConsultation, consultation_id=self._id())
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def give_back(self) -> Any:
        """Put it back into the queue before it was begun."""
        async with acting(self):
            await ask(self, ReturnConsultation, consultation_id=self._id())
            return rx.redirect("/physician/queue")
        return None

    @allowed(Audience.PHYSICIAN)
    async def decline(self) -> Any:
        """Say that this patient has to be seen in person; the patient pays nothing."""
        async with acting(self):
            await ask(
                self,
                CancelConsultation,
                consultation_id=self._id(),
                reason=CancellationReason.NOT_SUITABLE_ONLINE,
            )
            return rx.redirect("/physician/queue")
        return None

    @allowed(Audience.PHYSICIAN)
    async def write_part(self, part: str, text: str) -> None:
        """Keep a part of the note as it is left."""
        if part not in ("subjective", "objective", "assessment", "plan"):
            return
        async with acting(self):
            setattr(self, part, str(text))
            await self._keep_note()
            self.saved = "The note is saved."

    @allowed(Audience.PHYSICIAN)
    async def sign_note(self) -> None:
        """Make the note final."""
        async with acting(self):
            await self._keep_note()
            await ask(self, SignNote, consultation_id=self._id())
            await self._fill()
            self.notice = "The note is signed."

    @allowed(Audience.PHYSICIAN)
    async def send(self, form: dict[str, Any]) -> None:
        """Write to the patient."""
        async with acting(self):
            await ask(self, SendMessage, consultation_id=self._id(), body=str(form.get("body", "")))
            self.sent += 1
            await self._fill()
            self.notice = "Your message was sent."

    @allowed(Audience.PHYSICIAN)
    async def complete(self, form: dict[str, Any]) -> Any:
        """Finish with an outcome, and a follow-up if one was asked for."""
        async with acting(self):
            await ask(
                self,
                CompleteConsultation,
                consultation_id=self._id(),
                outcome=ConsultationOutcome(str(form.get("outcome", ""))),
                follow_up=follow_up_of(form, zone=await zone_here(self)),
            )
            await self._fill()
            self.notice = "The consultation is completed."

    def _id(self) -> Any:
        return id_in_address(self, "consultation")

    async def _keep_note(self) -> None:
        await ask(
            self,
            WriteNote,
            consultation_id=self._id(),
            subjective=self.subjective,
            objective=self.objective,
            assessment=self.assessment,
            plan=self.plan,
        )

    async def _fill(self) -> None:
        consultation_id = self._id()
        zone = await zone_here(self)
        view = await ask(self, ViewWorkspace, consultation_id=consultation_id)
        patient_id = view.patient.patient_id
        # A document's changes name the patient only.
        follow(self, consultation_id, patient_id)
        self._describe_patient(view)
        self._describe_work(view, zone)
        documents = await ask(
            self, ListDocuments, patient_id=patient_id, consultation_id=consultation_id
        )
        self.papers = papers_of(documents, zone)
        self.answers = [
            Fact(one.question, with_names(one.answer, documents)) for one in view.answers
        ]
        if view.summary.unread:
            await ask(self, ReadMessages, consultation_id=consultation_id)

    def _describe_patient(self, view: WorkspaceView) -> None:
        patient = view.patient
        self.patient = patient.name
        self.about = " · ".join(
            (
                f"{patient.age} years, born {day(patient.date_of_birth)}",
                patient.sex.capitalize(),
                PREGNANCY_WORDS.get(patient.pregnancy, "Pregnancy not known"),
                place_name(view.place),
            )
        )
        self.red_flags = [flag.message for flag in view.red_flags]
        self.known = [
            Known(name, list(entries or ()), entries is not None)
            for name, entries in (
                ("Allergies", patient.allergies),
                ("Conditions", patient.conditions),
                ("Medicines", patient.medications),
            )
        ]

    def _describe_work(self, view: WorkspaceView, zone: str) -> None:
        summary, note = view.summary, view.note
        self.service = summary.service_name
        self.status = summary.status.value
        self.status_words = work_words(view, zone)
        self.may_begin = summary.status is ConsultationStatus.CLAIMED
        self.is_open = summary.status is ConsultationStatus.IN_PROGRESS
        self.history = [
            Fact(moment(one.started_at, zone), f"{one.service_name}: {outcome_words(one.outcome)}")
            for one in view.history
        ]
        self.letters = [
            Letter(
                body=message.body,
                who="You" if message.sender is MessageSender.PHYSICIAN else view.patient.name,
                when=moment(message.sent_at, zone),
                mine=message.sender is MessageSender.PHYSICIAN,
            )
            for message in view.messages
        ]
        self.subjective, self.objective = note.subjective, note.objective
        self.assessment, self.plan = note.assessment, note.plan
        self.note_signed = moment(note.signed_at, zone) if note.signed_at is not None else ""
        self.addenda = [one.text for one in note.addenda]
        self.follow_ups = [
            Fact(moment_with_zone(one.due_at, zone), one.instructions) for one in view.follow_ups
        ]


PREGNANCY_WORDS = {
    "pregnant": "Pregnant",
    "not_pregnant": "Not pregnant",
    "not_applicable": "Pregnancy does not apply",
    "unknown": "Pregnancy not known",
}

OUTCOME_WORDS = {
    ConsultationOutcome.TREATED: "Advice or treatment given",
    ConsultationOutcome.PRESCRIBED: "Prescribed",
    ConsultationOutcome.REFERRED: "Referred to somebody else",
    ConsultationOutcome.NO_TREATMENT: "No treatment needed",
}


def outcome_words(outcome: ConsultationOutcome | None) -> str:
    """An outcome in words."""
    return OUTCOME_WORDS[outcome] if outcome is not None else "not finished"


def work_words(view: WorkspaceView, zone: str) -> str:
    """Where the work stands."""
    summary = view.summary
    if summary.status is ConsultationStatus.CLAIMED:
        if summary.promised_by is not None:
            return f"Begin by {moment_with_zone(summary.promised_by, zone)}."
        if summary.appointment_at is not None:
            return f"The visit is {moment_with_zone(summary.appointment_at, zone)}."
        return "You have taken this case. Begin when you are ready."
    if summary.status is ConsultationStatus.IN_PROGRESS:
        signed = view.note.is_signed
        return "Finish with an outcome." if signed else "Write and sign the note, then finish."
    if summary.status is ConsultationStatus.COMPLETED:
        return f"Completed: {outcome_words(summary.outcome)}."
    return "This consultation is over."


def follow_up_of(form: dict[str, Any], *, zone: str) -> FollowUpPlan | None:
    """
    The follow-up that the form asks for: on a morning so many days ahead.

    Raises:
        UnfitFollowUp: Not a number of days from 1 to 365.
    """
    written = str(form.get("follow_up_days", "")).strip()
    if not written:
        return None
    if not written.isdigit() or not 1 <= int(written) <= _LONGEST_FOLLOW_UP_DAYS:
        raise UnfitFollowUp("Give the follow-up as 1 to 365 days.", field="follow_up_days")
    today = datetime.now(UTC).astimezone(zone_of(zone)).date()
    due = datetime.combine(today + timedelta(days=int(written)), _MORNING, zone_of(zone))
    return FollowUpPlan(
        due_at=due.astimezone(UTC), instructions=str(form.get("follow_up_words", "")).strip()
    )
