"""
One order at a pharmacy for staff: what is odd about it, and what somebody found out.

Codes and places only: which medicine it is, is not for operations.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.orders.queries import ListOrdersOfPrescription, OrderView, TrackOrder
from application.orders.recall import CancelOrder
from application.orders.tracking import SettleAttention
from domain.orders.fulfilment import AttentionReason, CancelOutcome
from domain.orders.order import ENDED, OrderWarningChanged
from domain.shared.ids import OrderId, to_wire
from entrypoints.portal.components.forms import long_text, submit
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    facts,
    has,
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
    zone_here,
)
from entrypoints.portal.words import moment

ROUTE = "/operations/orders/[order_id]"

_TO_DO = {
    AttentionReason.UNKNOWN_VENDOR_STATUS: (
        "The pharmacy says something that we do not know.",
        "Ask where the order is.",
    ),
    AttentionReason.CONTRADICTING_STATUS: (
        "The pharmacy contradicts itself.",
        "Ask whether the patient has the medicine. If so, call any other copy back first.",
    ),
    AttentionReason.STILL_UNKNOWN: (
        "Nobody knows whether the pharmacy has it.",
        "Ask the network. We go on looking, and nothing is sent twice.",
    ),
    AttentionReason.CANCEL_REFUSED: (
        "The pharmacy does not give it back.",
        "Tell the patient and the physician.",
    ),
    AttentionReason.NO_PHARMACY: (
        "No pharmacy serves the patient's area.",
        "Find one with the patient.",
    ),
    AttentionReason.PRESCRIBER_MUST_SIGN: (
        "The network wants the physician's own signature.",
        "Ask them to sign in the network's application.",
    ),
    AttentionReason.MOVED_ELSEWHERE: (
        "It was given to a pharmacy that is not in our directory.",
        "Find out which, and tell the patient.",
    ),
    AttentionReason.DISPENSED_TWICE: (
        "It was handed out more often than prescribed.",
        "Call the patient, then the pharmacy, and tell the physician.",
    ),
}
_OUTCOMES = {
    CancelOutcome.CANCELLED: "It is called back.",
    CancelOutcome.NOT_FOUND: "The pharmacy does not know it. It is called off.",
    CancelOutcome.MARKED_WITH_DISPENSER: "The pharmacy was asked, and has yet to act.",
}


@dataclass(frozen=True)
class Copy:
    """Another order of the same prescription."""

    address: str
    words: str


class OrderState(PageState, rx.State):
    """Where it is, what is odd, and the two things that staff can do."""

    reference: str = ""
    consultation: str = ""
    attention: str = ""
    odd: str = ""
    to_do: str = ""
    status: str = ""
    pharmacy: str = ""
    phone: str = ""
    said: str = ""
    fills: str = ""
    heard: str = ""
    copies: list[Copy] = []
    may_call_back: bool = False
    deeds: int = 0

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def settle(self, form: dict[str, Any]) -> None:
        """Say what was found out."""
        async with acting(self):
            await ask(
                self,
                SettleAttention,
                order_id=self._id(),
                attention=_seen(form),
                reason=str(form.get("reason", "")),
            )
            await self._fill()
            self.deeds += 1
            self.notice = "Noted. The order is off the list."

    @allowed(Audience.STAFF)
    async def call_back(self) -> None:
        """Ask the pharmacy to give it back."""
        async with acting(self):
            outcome = await ask(self, CancelOrder, order_id=self._id())
            await self._fill()
            self.notice = _OUTCOMES.get(outcome, "The pharmacy does not give it back.")

    def _id(self) -> OrderId:
        return OrderId(id_in_address(self, "order"))

    async def _fill(self) -> None:
        order = await ask(self, TrackOrder, order_id=self._id())
        follow(self, order.consultation_id)
        self._describe(order, await zone_here(self))
        all_of_them = await ask(
            self, ListOrdersOfPrescription, prescription_id=order.prescription_id
        )
        self.copies = [_copy(one) for one in all_of_them if one.order_id != order.order_id]

    def _describe(self, order: OrderView, zone: str) -> None:
        self.reference = to_wire("order", order.order_id)
        self.consultation = (
            f"/operations/consultations/{to_wire('consultation', order.consultation_id)}"
        )
        self.attention = order.attention.value if order.attention else ""
        self.odd, self.to_do = _TO_DO[order.attention] if order.attention else ("", "")
        self.status = order.status.value.capitalize()
        self.pharmacy = order.pharmacy.name if order.pharmacy else "None yet"
        self.phone = order.pharmacy.phone if order.pharmacy else ""
        self.said = order.vendor_status or "Nothing"
        self.fills = str(order.fills)
        self.heard = moment(order.updated_at, zone)
        self.may_call_back = order.status not in ENDED


def _seen(form: dict[str, Any]) -> AttentionReason:
    try:
        return AttentionReason(str(form.get("attention", "")))
    except ValueError as error:
        raise OrderWarningChanged("Look at the order again.") from error


def _copy(one: OrderView) -> Copy:
    where = one.pharmacy.name if one.pharmacy else "No pharmacy yet"
    return Copy(
        address=f"/operations/orders/{to_wire('order', one.order_id)}",
        words=f"{where}, {one.status.value}",
    )


def page() -> rx.Component:
    """What is odd first, then where it is."""
    return operations_frame(
        phased(
            OrderState,
            stack(
                page_head("Order", OrderState.reference, back=("Work", "/operations")),
                notices(OrderState),
                rx.cond(OrderState.odd != "", _settle()),
                _facts(),
                rx.cond(OrderState.may_call_back, _call_back()),
                class_name="wide",
            ),
        ),
        here="/operations",
    )


def _settle() -> rx.Component:
    return card(
        rx.el.div(
            status_sentence(OrderState.odd, OrderState.to_do, tone="wait"),
            role="status",
        ),
        rx.el.form(
            rx.el.input(
                type="hidden", name="attention", value=OrderState.attention, read_only=True
            ),
            long_text("What you found", "reason", rows=2, required=True, max_length=500),
            rx.el.div(submit("Take it off the list", look="", disabled=OrderState.busy)),
            on_submit=OrderState.settle,
            class_name="stack",
            key=OrderState.deeds,
        ),
    )


def _facts() -> rx.Component:
    return card(
        facts(
            ("Status", OrderState.status),
            ("Pharmacy", OrderState.pharmacy),
            ("Telephone", OrderState.phone),
            ("The pharmacy says", OrderState.said),
            ("Handed out", OrderState.fills),
            ("Last heard of", OrderState.heard),
        ),
        rx.cond(
            has(OrderState.copies),
            rx.fragment(
                rx.el.h2("Other orders of this prescription"),
                rx.el.ul(
                    rx.foreach(
                        OrderState.copies, lambda copy: rx.el.li(link(copy.words, copy.address))
                    )
                ),
            ),
        ),
        rx.el.p(link("What happened in the consultation", OrderState.consultation)),
    )


def _call_back() -> rx.Component:
    return card(
        rx.el.details(
            rx.el.summary("Call this order back"),
            rx.el.p("The pharmacy says what it can still do. The patient can choose another one."),
            actions(
                button(
                    "Call it back",
                    OrderState.call_back,
                    look="harm",
                    disabled=OrderState.busy,
                )
            ),
        )
    )
