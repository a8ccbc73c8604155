"""
One consultation: where it stands, what happened, letters, prescriptions and their way.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.viewing import ViewConsultation
from application.consultations.views import ConsultationSummary, ConsultationView
from application.documents.queries import ListDocuments
from application.orders.queries import ListOrdersOfPrescription, OrderView
from application.payments.queries import PaymentView, ViewPayment
from application.prescriptions.queries import ListPrescriptionsOfConsultation
from application.prescriptions.views import PrescriptionView
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import MessageSender
from domain.payments.payment import PaymentNotFound, PaymentStatus
from domain.payments.refund import RefundStatus
from domain.prescriptions.prescription import PrescriptionStatus
from domain.shared.ids import to_wire
from entrypoints.portal.pages.papers import Paper, papers_of, upload_trouble
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.sentences import for_patient, of_order
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment, moment_with_zone

ROUTE = "/consultations/[consultation_id]"

_TALKS = frozenset(
    {
        ConsultationStatus.WAITING,
        ConsultationStatus.CLAIMED,
        ConsultationStatus.IN_PROGRESS,
        ConsultationStatus.COMPLETED,
    }
)
_MAY_CANCEL = frozenset(
    {
        ConsultationStatus.DRAFT,
        ConsultationStatus.AWAITING_PAYMENT,
        ConsultationStatus.WAITING,
        ConsultationStatus.CLAIMED,
    }
)
_MAY_MOVE = frozenset({ConsultationStatus.WAITING, ConsultationStatus.CLAIMED})


@dataclass(frozen=True)
class Happening:
    """A point of the timeline."""

    title: str
    detail: str
    when: str
    tone: str


@dataclass(frozen=True)
class Letter:
    """A message as it is shown."""

    body: str
    who: str
    when: str
    mine: bool


@dataclass(frozen=True)
class Movement:
    """Money that went one way or the other between patient and clinic."""

    words: str
    when: str
    amount: str


@dataclass(frozen=True)
class Medicine:
    """A medicine, and how to take it in plain words."""

    title: str
    instructions: str
    amount: str


@dataclass(frozen=True)
class Prescribed:
    """A prescription with where its medicine is."""

    address: str
    medicines: list[Medicine]
    signed: str
    words: str
    detail: str
    tone: str
    may_change: bool
    cancelled: bool


class ConsultationState(PageState, rx.State):
    """What the patient sees of it."""

    address: str = ""
    service: str = ""
    physician: str = ""
    words: str = ""
    detail: str = ""
    tone: str = ""
    stops: list[str] = []
    happenings: list[Happening] = []
    letters: list[Letter] = []
    prescriptions: list[Prescribed] = []
    papers: list[Paper] = []
    movements: list[Movement] = []
    advice: str = ""
    follow_ups: list[Happening] = []
    talks: bool = False
    may_cancel: bool = False
    may_move: bool = False
    onward: str = ""
    onward_words: str = ""
    sent: int = 0

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()
            query = self.router.url.query_parameters
            self.trouble = upload_trouble(query)
            self.notice = "Your file is attached." if query.get("document") else ""

    @allowed(Audience.PATIENT)
    async def send(self, form: dict[str, Any]) -> None:
        """Write to the physician."""
        async with acting(self):
            await ask(
                self,
                SendMessage,
                consultation_id=id_in_address(self, "consultation"),
                body=str(form.get("body", "")),
            )
            self.sent += 1
            await self._fill()
            self.notice = "Your message was sent."

    async def _fill(self) -> None:
        consultation_id = id_in_address(self, "consultation")
        patient_id = (await actor_of(self)).patient_id
        # A document's changes name the patient only.
        follow(self, *(one for one in (consultation_id, patient_id) if one is not None))
        zone = await zone_here(self)
        view = await ask(self, ViewConsultation, consultation_id=consultation_id)
        self._describe(view, zone)
        if self.talks:
            messages = await ask(self, ReadMessages, consultation_id=consultation_id)
            self.letters = [
                Letter(
                    body=message.body,
                    who="You" if message.sender is MessageSender.PATIENT else self.physician,
                    when=moment(message.sent_at, zone),
                    mine=message.sender is MessageSender.PATIENT,
                )
                for message in messages
            ]
        documents = await ask(
            self, ListDocuments, patient_id=patient_id, consultation_id=consultation_id
        )
        self.papers = papers_of(documents, zone)
        prescriptions = await ask(
            self, ListPrescriptionsOfConsultation, consultation_id=consultation_id
        )
        self.prescriptions = [await self._prescribed(one, zone) for one in prescriptions]
        self.movements = []
        with suppress(PaymentNotFound):
            payment = await ask(self, ViewPayment, consultation_id=consultation_id)
            self.movements = movements(payment, zone)

    async def _prescribed(self, one: PrescriptionView, zone: str) -> Prescribed:
        orders = await ask(self, ListOrdersOfPrescription, prescription_id=one.prescription_id)
        return prescribed(one, orders[-1] if orders else None, zone=zone)

    def _describe(self, view: ConsultationView, zone: str) -> None:
        summary = view.summary
        self.address = f"/consultations/{to_wire('consultation', summary.consultation_id)}"
        self.service = summary.service_name
        self.physician = summary.physician_name or "Your physician"
        sentence = for_patient(summary, zone=zone, position=view.position)
        self.words, self.detail, self.tone = sentence.words, sentence.detail, sentence.tone
        self.stops = list(view.stops)
        self.happenings = happenings(summary, zone)
        self.advice = view.advice or ""
        self.follow_ups = [
            Happening(
                title=one.instructions or "Your physician wants to hear from you again.",
                detail="",
                when=moment_with_zone(one.due_at, zone),
                tone="",
            )
            for one in view.follow_ups
        ]
        self.talks = summary.status in _TALKS
        self.may_cancel = summary.status in _MAY_CANCEL
        self.may_move = summary.appointment_at is not None and summary.status in _MAY_MOVE
        self.onward, self.onward_words = {
            ConsultationStatus.DRAFT: (f"{self.address}/intake", "Go on with your answers"),
            ConsultationStatus.AWAITING_PAYMENT: (f"{self.address}/review", "Check and pay"),
        }.get(summary.status, ("", ""))


def happenings(summary: ConsultationSummary, zone: str) -> list[Happening]:
    """What happened so far, and what comes next."""
    done: list[Happening] = [Happening("You began", "", moment(summary.started_at, zone), "done")]
    if summary.queued_at is not None:
        done.append(
            Happening(
                "Paid and sent to our physicians", "", moment(summary.queued_at, zone), "done"
            )
        )
    status = summary.status
    if summary.physician_name is not None:
        when = moment(summary.claimed_at, zone) if summary.claimed_at is not None else ""
        done.append(Happening(f"{summary.physician_name} took your case", "", when, "done"))
    if summary.ended_at is not None:
        ended = {
            ConsultationStatus.COMPLETED: ("Finished", "done"),
            ConsultationStatus.STOPPED: ("Stopped for urgent care", "harm"),
        }.get(status, ("Cancelled", "harm"))
        done.append(Happening(ended[0], "", moment(summary.ended_at, zone), ended[1]))
        return done
    coming = {
        ConsultationStatus.DRAFT: "You send your answers",
        ConsultationStatus.AWAITING_PAYMENT: "You pay",
        ConsultationStatus.WAITING: "A physician takes your case",
        ConsultationStatus.CLAIMED: "Your physician begins",
        ConsultationStatus.IN_PROGRESS: "Your physician finishes",
    }.get(status)
    if coming is not None:
        detail = (
            f"At the latest {moment_with_zone(summary.promised_by, zone)}"
            if summary.promised_by is not None and status is not ConsultationStatus.IN_PROGRESS
            else ""
        )
        done.append(Happening(coming, detail, "Next", ""))
    return done


def movements(payment: PaymentView, zone: str) -> list[Movement]:
    """What was reserved, charged and given back; nothing of a payment that never came about."""
    if payment.captured_at is not None:
        paid = Movement("Charged", moment(payment.captured_at, zone), amount(payment.amount))
    elif payment.status is PaymentStatus.AUTHORISED:
        paid = Movement(
            "Reserved, not charged yet", moment(payment.created_at, zone), amount(payment.amount)
        )
    else:
        return []
    back = [
        Movement(
            "Given back" if refund.succeeded_at is not None else "On its way back to you",
            moment(refund.succeeded_at or refund.requested_at, zone),
            f"-{amount(refund.amount)}",
        )
        for refund in payment.refunds
        if refund.status is not RefundStatus.FAILED
    ]
    return [paid, *back]


def prescribed(one: PrescriptionView, order: OrderView | None, *, zone: str) -> Prescribed:
    """A prescription in plain words, with where its medicine is."""
    cancelled = one.status is PrescriptionStatus.CANCELLED
    sentence = of_order(order) if order is not None else None
    words = sentence.words if sentence is not None else "We are choosing a pharmacy."
    return Prescribed(
        address=f"/prescriptions/{to_wire('prescription', one.prescription_id)}",
        medicines=[
            Medicine(
                title=item.title,
                instructions=item.instructions,
                amount=f"{item.quantity} {item.unit}{'' if item.quantity == 1 else 's'}"
                + (f", {item.repeats} repeats" if item.repeats else ", no repeats"),
            )
            for item in one.items
        ],
        signed=moment(one.signed_at, zone) if one.signed_at is not None else "",
        words="This prescription was cancelled. Do not take it." if cancelled else words,
        detail=sentence.detail if sentence is not None and not cancelled else "",
        tone="harm" if cancelled else (sentence.tone if sentence is not None else "wait"),
        may_change=order is not None and not cancelled,
        cancelled=cancelled,
    )
