"""
Cancelling: what comes back is said before anything is done.
"""

from typing import Any

import reflex as rx

from application.consultations.cancellation import CancelConsultation
from application.consultations.viewing import ViewConsultation
from application.payments.cancellation_quote import CancellationQuote, QuoteCancellation
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    link_button,
    page_head,
    stack,
    status_sentence,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    id_in_address,
    opening,
)
from entrypoints.portal.words import amount

ROUTE = "/consultations/[consultation_id]/cancel"

_UNPAID = frozenset({ConsultationStatus.DRAFT, ConsultationStatus.AWAITING_PAYMENT})


class CancelState(PageState, rx.State):
    """What cancelling would do."""

    address: str = ""
    service: str = ""
    words: str = ""
    detail: str = ""
    costs: bool = False

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show the consequence."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def cancel(self) -> Any:
        """Cancel, as it was shown."""
        async with acting(self):
            await ask(self, CancelConsultation, consultation_id=id_in_address(self, "consultation"))
            return rx.redirect(self.address)
        return None

    async def _fill(self) -> None:
        consultation_id = id_in_address(self, "consultation")
        follow(self, consultation_id)
        view = await ask(self, ViewConsultation, consultation_id=consultation_id)
        self.address = f"/consultations/{to_wire('consultation', consultation_id)}"
        self.service = view.summary.service_name
        if view.summary.status in _UNPAID:
            self.words, self.detail, self.costs = "You have not paid anything.", "", False
            return
        quote = await ask(self, QuoteCancellation, consultation_id=consultation_id)
        self.words, self.detail = quote_words(quote)
        self.costs = bool(quote.kept)


def quote_words(quote: CancellationQuote) -> tuple[str, str]:
    """What a quote means for the patient."""
    if quote.released:
        return (
            "You will not be charged.",
            f"The {amount(quote.released)} reserved on your card are let go.",
        )
    if not quote.paid:
        return "You have not paid anything.", ""
    if not quote.kept:
        return (
            f"All of your {amount(quote.paid)} come back.",
            "Your bank usually needs 5 to 10 days.",
        )
    return (
        f"{amount(quote.back)} of your {amount(quote.paid)} come back.",
        f"{amount(quote.kept)} are kept, by the terms that you agreed to when you booked.",
    )


def page() -> rx.Component:
    """The consequence, then the decision."""
    return patient_frame(
        phased(
            CancelState,
            stack(
                page_head(
                    "Cancel this consultation?",
                    CancelState.service,
                    back=("Back to the consultation", CancelState.address),
                ),
                notices(CancelState),
                card(
                    status_sentence(
                        CancelState.words,
                        CancelState.detail,
                        tone=rx.cond(CancelState.costs, "wait", "plain"),
                    ),
                    rx.el.p("This cannot be undone. You can begin a new one at any time."),
                    actions(
                        button(
                            "Cancel the consultation",
                            CancelState.cancel,
                            look="harm",
                            disabled=CancelState.busy,
                        ),
                        link_button("Keep it", CancelState.address),
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/consultations",
    )
