"""
Looking over the answers, agreeing, and paying at the processor's own page.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.catalogue.queries import ViewService
from application.consultations.intake import SubmitIntake
from application.consultations.viewing import ViewConsultation, answers_in_words
from application.consultations.views import ConsultationView
from application.documents.queries import ListDocuments
from application.patients.queries import ViewConsents
from application.payments.initiation import StartPayment
from application.scheduling.queries import ViewAppointment
from domain.catalogue.questionnaire_data import questionnaire_from_data
from domain.catalogue.service import Mode
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    facts,
    link_button,
    page_head,
    stack,
    status_sentence,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.papers import with_names
from entrypoints.portal.pages.patient.service import CHARGED_WORDS
from entrypoints.portal.pages.patient.services import promise_words
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.settings import portal_settings
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment_with_zone

ROUTE = "/consultations/[consultation_id]/review"


@dataclass(frozen=True)
class Answered:
    """A question with its answer in words."""

    question: str
    answer: str


class ReviewState(PageState, rx.State):
    """What is about to be sent and paid."""

    address: str = ""
    service: str = ""
    price: str = ""
    when: str = ""
    charged: str = ""
    answers: list[Answered] = []
    needs_consent: bool = False
    is_draft: bool = True

    @allowed(Audience.PATIENT)
    async def load(self) -> Any:
        """Show it; send people on who have paid."""
        async with opening(self):
            return await self._look()
        return None

    @allowed(Audience.PATIENT)
    async def pay(self) -> Any:
        """Send the answers, and go to the page where the card is entered."""
        async with acting(self):
            consultation_id = id_in_address(self, "consultation")
            progress = await ask(self, SubmitIntake, consultation_id=consultation_id)
            if progress.status is ConsultationStatus.STOPPED:
                return rx.redirect(self.address)
            payment = await ask(
                self,
                StartPayment,
                consultation_id=consultation_id,
                return_url=f"{portal_settings().address}{self.address}/payment",
            )
            if payment.redirect_url:
                return rx.redirect(payment.redirect_url)
            return rx.redirect(f"{self.address}/payment")
        return None

    async def _look(self) -> Any:
        consultation_id = id_in_address(self, "consultation")
        view = await ask(self, ViewConsultation, consultation_id=consultation_id)
        self.address = f"/consultations/{to_wire('consultation', consultation_id)}"
        status = view.summary.status
        if status not in (ConsultationStatus.DRAFT, ConsultationStatus.AWAITING_PAYMENT):
            return rx.redirect(self.address)
        self.is_draft = status is ConsultationStatus.DRAFT
        actor = await actor_of(self)
        consents = await ask(self, ViewConsents, patient_id=actor.patient_id)
        self.needs_consent = not all(consent.is_in_force for consent in consents)
        await self._describe(view)
        return None

    async def _describe(self, view: ConsultationView) -> None:
        summary = view.summary
        service = await ask(
            self, ViewService, service_id=summary.service_id, version=view.service_version
        )
        self.service = summary.service_name
        self.price = amount(summary.price or service.summary.price)
        self.charged = CHARGED_WORDS[service.capture_on.value]
        documents = await ask(
            self,
            ListDocuments,
            patient_id=(await actor_of(self)).patient_id,
            consultation_id=summary.consultation_id,
        )
        self.answers = [
            Answered(one.question, with_names(one.answer, documents))
            for one in answers_in_words(
                questionnaire_from_data(service.questionnaire), view.answers
            )
        ]
        if summary.mode is Mode.ASYNC:
            self.when = promise_words(
                mode=summary.mode,
                promised_response=service.summary.promised_response,
                duration=None,
            )
        else:
            visit = await ask(self, ViewAppointment, consultation_id=summary.consultation_id)
            begins = moment_with_zone(visit.start_at, await zone_here(self))
            self.when = f"{begins}, with {visit.physician_name}"


def page() -> rx.Component:
    """Answers, price, and the way to the payment."""
    return patient_frame(
        phased(
            ReviewState,
            stack(
                page_head(
                    "Check and pay",
                    ReviewState.service,
                    back=("Your answers", f"{ReviewState.address}/intake"),
                ),
                notices(ReviewState),
                rx.cond(
                    ReviewState.needs_consent,
                    status_sentence(
                        "We need your consent before a physician can treat you.",
                        link("Read and agree", "/consents"),
                        tone="wait",
                    ),
                ),
                card(
                    facts(
                        ("To pay", rx.el.span(ReviewState.price, class_name="price")),
                        ("When", ReviewState.when),
                        ("You are charged", ReviewState.charged),
                    ),
                    actions(
                        button(
                            "Go to payment",
                            ReviewState.pay,
                            look="primary",
                            disabled=ReviewState.busy | ReviewState.needs_consent,
                        ),
                    ),
                    rx.el.p(
                        "You enter your card at our payment partner. We never see its number.",
                        class_name="small-text",
                    ),
                ),
                card(
                    rx.el.div(
                        rx.el.h2("Your answers"),
                        rx.cond(
                            ReviewState.is_draft,
                            link_button("Change", f"{ReviewState.address}/intake", look="small"),
                        ),
                        class_name="row between",
                    ),
                    rx.el.dl(
                        rx.foreach(
                            ReviewState.answers,
                            lambda one: rx.el.div(
                                rx.el.dt(one.question, class_name="small-text"),
                                rx.el.dd(one.answer, class_name="prose"),
                            ),
                        ),
                        class_name="stack",
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/services",
    )
