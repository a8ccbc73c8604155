"""
A prescription on its own: to read, to print, and to have supplied elsewhere.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.orders.creation import ChoosePharmacy
from application.orders.queries import (
    ListOrdersOfPrescription,
    ListPharmacies,
    OrderView,
    PharmacyView,
)
from application.orders.recall import RerouteOrder
from application.patients.queries import ViewPatient
from application.prescriptions.queries import ViewPrescription
from domain.orders.fulfilment import OrderStatus
from domain.shared.ids import OrderId, PharmacyId, from_wire, to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import (
    button,
    card,
    empty,
    has,
    page_head,
    stack,
    status_sentence,
    timeline,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.patient.consultation import Happening, Prescribed, prescribed
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.sentences import of_order
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
from entrypoints.portal.words import moment

ROUTE = "/prescriptions/[prescription_id]"

_WAITS_FOR_PHARMACY = frozenset({OrderStatus.CREATED})
_DONE = frozenset(
    {OrderStatus.DELIVERED, OrderStatus.COLLECTED, OrderStatus.SHIPPED, OrderStatus.CANCELLED}
)
_NOTHING = Prescribed("", [], "", "", "", "", False, False)


@dataclass(frozen=True)
class Pharmacy:
    """A pharmacy to choose."""

    key: str
    name: str
    address: str
    how: str
    chosen: bool


class PrescriptionState(PageState, rx.State):
    """The prescription, its way to the patient, and other pharmacies."""

    consultation: str = ""
    one: Prescribed = _NOTHING
    way: list[Happening] = []
    pharmacies: list[Pharmacy] = []
    changing: bool = False
    may_move: bool = False

    _order: str = ""
    _sent: bool = False

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show it, and follow its way."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def look_elsewhere(self) -> None:
        """List the pharmacies that could supply it."""
        async with acting(self):
            actor = await actor_of(self)
            patient = await ask(self, ViewPatient, patient_id=actor.patient_id)
            found = await ask(self, ListPharmacies, place=patient.place)
            self.pharmacies = [_pharmacy(one, self.one.detail) for one in found]
            self.changing = True

    @allowed(Audience.PATIENT)
    async def choose(self, key: str) -> None:
        """Have this pharmacy supply it: the first choice, or instead of another."""
        async with acting(self):
            order_id = OrderId(from_wire("order", self._order))
            pharmacy_id = PharmacyId(from_wire("pharmacy", str(key)))
            use_case: Any = RerouteOrder if self._sent else ChoosePharmacy
            await ask(self, use_case, order_id=order_id, pharmacy_id=pharmacy_id)
            self.changing = False
            await self._fill()
            self.notice = "The pharmacy was changed."

    async def _fill(self) -> None:
        prescription_id = id_in_address(self, "prescription")
        zone = await zone_here(self)
        view = await ask(self, ViewPrescription, prescription_id=prescription_id)
        orders = await ask(self, ListOrdersOfPrescription, prescription_id=prescription_id)
        follow(self, view.consultation_id)
        current = orders[-1] if orders else None
        self.consultation = f"/consultations/{to_wire('consultation', view.consultation_id)}"
        self.one = prescribed(view, current, zone=zone)
        self.way = [_happening(order, zone) for order in orders]
        self._order = to_wire("order", current.order_id) if current is not None else ""
        self._sent = current is not None and current.status not in _WAITS_FOR_PHARMACY
        self.may_move = (
            current is not None and current.status not in _DONE and not self.one.cancelled
        )


def _happening(order: OrderView, zone: str) -> Happening:
    sentence = of_order(order)
    tone = {"harm": "harm", "": "done"}.get(sentence.tone, "")
    return Happening(sentence.words, sentence.detail, moment(order.updated_at, zone), tone)


def _pharmacy(one: PharmacyView, current: str) -> Pharmacy:
    return Pharmacy(
        key=to_wire("pharmacy", one.pharmacy_id),
        name=one.name,
        address=one.address,
        how="Delivers to you" if one.delivers else "You collect it there",
        chosen=one.name == current,
    )


def page() -> rx.Component:
    """Medicines, where they are, and another pharmacy."""
    return patient_frame(
        phased(
            PrescriptionState,
            stack(
                page_head(
                    "Your prescription",
                    f"Signed {PrescriptionState.one.signed}",
                    back=("Back to the consultation", PrescriptionState.consultation),
                ),
                rx.el.div(
                    status_sentence(
                        PrescriptionState.one.words,
                        PrescriptionState.one.detail,
                        tone=PrescriptionState.one.tone,
                    ),
                    role="status",
                ),
                notices(PrescriptionState),
                rx.foreach(
                    PrescriptionState.one.medicines,
                    lambda medicine: card(
                        rx.el.h2(medicine.title),
                        rx.el.p(medicine.instructions),
                        rx.el.p(medicine.amount, class_name="small-text"),
                    ),
                ),
                card(rx.el.h2("Where it is"), timeline(PrescriptionState.way)),
                rx.cond(PrescriptionState.may_move, _pharmacies()),
                class_name="wide",
            ),
        ),
        here="/consultations",
    )


def _pharmacies() -> rx.Component:
    return card(
        rx.el.h2("Could not get it, or want it elsewhere?"),
        rx.el.p(
            "Another pharmacy can supply what is left. We call the first one back for you.",
            class_name="soft",
        ),
        rx.cond(
            PrescriptionState.changing,
            rx.cond(
                has(PrescriptionState.pharmacies),
                rx.el.ul(rx.foreach(PrescriptionState.pharmacies, _choice), class_name="list"),
                empty("No pharmacy serves your area yet", "Please write to your physician."),
            ),
            rx.el.div(
                button(
                    "See other pharmacies",
                    PrescriptionState.look_elsewhere,
                    disabled=PrescriptionState.busy,
                )
            ),
        ),
    )


def _choice(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(one.name, class_name="title"),
                rx.el.span(one.address, class_name="small-text"),
                rx.el.span(one.how, class_name="small-text"),
                class_name="grow",
            ),
            rx.cond(
                one.chosen,
                rx.el.span("Chosen", class_name="tag good"),
                rx.el.button(
                    "Choose",
                    rx.el.span(f" {one.name}", class_name="hidden"),
                    type="button",
                    class_name="small",
                    on_click=PrescriptionState.choose(one.key),
                ),
            ),
            class_name="list-item",
        )
    )
