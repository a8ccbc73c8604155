"""
Money in: payments by patients, with what waits for a person.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.payments.queries import ListPayments, PaymentView
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import button, page_head, stack, table, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.payment import review_words
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, follow, opening, zone_here
from entrypoints.portal.words import amount, moment, short

ROUTE = "/operations/payments"


@dataclass(frozen=True)
class PaymentLine:
    """A payment."""

    address: str
    reference: str
    when: str
    status: str
    review: str
    refunded: str
    sum: str


class PaymentsState(PageState, rx.State):
    """The latest."""

    payments: list[PaymentLine] = []
    only_review: bool = False
    has_more: bool = False

    _cursor: str | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them, and follow every change."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def filter(self, only_review: bool) -> None:  # noqa: FBT001 - a checkbox sends it
        """Show all, or only what a person has to look into."""
        async with acting(self):
            self.only_review = bool(only_review)
            await self._fill()

    @allowed(Audience.STAFF)
    async def more(self) -> None:
        """Show earlier payments."""
        async with acting(self):
            zone = await zone_here(self)
            page = await ask(self, ListPayments, needs_review=self.only_review, cursor=self._cursor)
            self.payments = [*self.payments, *(payment_line(one, zone) for one in page.items)]
            self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    async def _fill(self) -> None:
        follow(self)
        zone = await zone_here(self)
        page = await ask(self, ListPayments, needs_review=self.only_review, limit=30)
        self.payments = [payment_line(one, zone) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


def payment_line(one: PaymentView, zone: str) -> PaymentLine:
    """A payment, to read."""
    return PaymentLine(
        address=f"{ROUTE}/{to_wire('consultation', one.consultation_id)}",
        reference=short(to_wire("payment", one.payment_id)),
        when=moment(one.created_at, zone),
        status=one.status.value.replace("_", " ").capitalize(),
        review=review_words(one.review),
        refunded=amount(one.refunded) if one.refunded else "",
        sum=amount(one.amount),
    )


def page() -> rx.Component:
    """A table."""
    return operations_frame(
        phased(
            PaymentsState,
            stack(
                page_head("Payments", "The latest first."),
                rx.el.p(link("Disputes by their time limit", "/operations/disputes")),
                notices(PaymentsState),
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        id="only-review",
                        checked=PaymentsState.only_review,
                        on_change=PaymentsState.filter,
                    ),
                    rx.el.span("Only what a person has to look into"),
                    class_name="row",
                    html_for="only-review",
                ),
                table(
                    "Payments by patients",
                    ("When", "Payment", "Status", "To look into", "Refunded", "Amount"),
                    rx.foreach(PaymentsState.payments, _payment),
                    amounts=2,
                ),
                rx.cond(
                    PaymentsState.has_more,
                    rx.el.div(button("Show earlier payments", PaymentsState.more)),
                ),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _payment(one: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.when, class_name="number"),
        rx.el.td(link(one.reference, one.address), class_name="reference"),
        rx.el.td(one.status),
        rx.el.td(rx.cond(one.review != "", tag(one.review, tone="wait"))),
        rx.el.td(one.refunded, class_name="amount"),
        rx.el.td(one.sum, class_name="amount"),
    )
