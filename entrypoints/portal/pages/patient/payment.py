"""
Back from the processor's page: wait for its word, which comes by itself.
"""

from contextlib import suppress
from typing import Any

import reflex as rx

from application.consultations.viewing import ViewConsultation
from application.payments.ports import PaymentOutcomeUnknown
from application.payments.queries import ViewPayment
from application.payments.settlement import FollowUpPayment
from domain.consultations.consultation import ConsultationStatus
from domain.payments.payment import PaymentStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import (
    actions,
    link_button,
    page_head,
    stack,
    status_sentence,
)
from entrypoints.portal.components.phases import phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, ask, follow, id_in_address, opening
from entrypoints.portal.words import amount

ROUTE = "/consultations/[consultation_id]/payment"

_WORDS = {
    PaymentStatus.CREATED: ("The payment was not finished.", "wait"),
    PaymentStatus.PENDING: ("We are waiting for your bank's answer.", "wait"),
    PaymentStatus.AUTHORISED: ("The amount is reserved on your card.", ""),
    PaymentStatus.CAPTURED: ("Your payment has arrived.", ""),
    PaymentStatus.FAILED: ("The payment did not go through. Nothing was charged.", "harm"),
    PaymentStatus.CANCELLED: ("The payment was cancelled. Nothing was charged.", "plain"),
}


class PaymentState(PageState, rx.State):
    """How the payment stands."""

    address: str = ""
    words: str = ""
    tone: str = ""
    price: str = ""
    is_paid: bool = False
    may_retry: bool = False

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            # The sweep asks again if the processor is away.
            with suppress(PaymentOutcomeUnknown):
                consultation_id = id_in_address(self, "consultation")
                await ask(self, FollowUpPayment, consultation_id=consultation_id)
            await self._fill()

    async def _fill(self) -> None:
        consultation_id = id_in_address(self, "consultation")
        follow(self, consultation_id)
        view = await ask(self, ViewConsultation, consultation_id=consultation_id)
        payment = await ask(self, ViewPayment, consultation_id=consultation_id)
        self.address = f"/consultations/{to_wire('consultation', consultation_id)}"
        self.price = amount(payment.amount)
        self.words, self.tone = _WORDS.get(payment.status, ("Your payment has arrived.", ""))
        self.is_paid = view.summary.status not in (
            ConsultationStatus.DRAFT,
            ConsultationStatus.AWAITING_PAYMENT,
        )
        self.may_retry = not self.is_paid and payment.status in (
            PaymentStatus.CREATED,
            PaymentStatus.FAILED,
            PaymentStatus.CANCELLED,
        )


def page() -> rx.Component:
    """The payment in a sentence, and what comes next."""
    return patient_frame(
        phased(
            PaymentState,
            stack(
                page_head("Payment", PaymentState.price),
                rx.el.div(
                    status_sentence(PaymentState.words, _next_words(), tone=PaymentState.tone),
                    role="status",
                ),
                actions(
                    rx.cond(
                        PaymentState.is_paid,
                        link_button("See your consultation", PaymentState.address, look="primary"),
                    ),
                    rx.cond(
                        PaymentState.may_retry,
                        link_button("Try again", f"{PaymentState.address}/review", look="primary"),
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/consultations",
    )


def _next_words() -> Any:
    return rx.cond(
        PaymentState.is_paid,
        "Your case is with our physicians.",
        rx.cond(
            PaymentState.may_retry,
            "Your answers are kept.",
            "This page changes by itself. It usually takes a few seconds.",
        ),
    )
