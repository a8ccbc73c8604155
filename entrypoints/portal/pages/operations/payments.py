"""
Money in and out: payments and payouts, with what waits for a person.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.payments.queries import ListPayments, PaymentView
from application.payouts.approval import ResumePayout
from application.payouts.queries import ListPayouts, PayoutView
from application.shared.access import AccessDenied
from domain.shared.ids import PayoutId, from_wire, to_wire
from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import button, has, page_head, stack, table, tag
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


@dataclass(frozen=True)
class PayoutLine:
    """A payout."""

    key: str
    reference: str
    when: str
    status: str
    review: str
    tries: str
    sum: str
    waits: bool


class PaymentsState(PageState, rx.State):
    """The latest of both."""

    payments: list[PaymentLine] = []
    payouts: list[PayoutLine] = []
    sees_payouts: bool = True
    only_review: bool = False
    has_more: bool = False
    deeds: int = 0

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

    @allowed(Audience.STAFF)
    async def resume(self, form: dict[str, Any]) -> None:
        """Let a payout go on that a person has looked into."""
        async with acting(self):
            await ask(
                self,
                ResumePayout,
                payout_id=PayoutId(from_wire("payout", str(form.get("payout", "")))),
                reason=str(form.get("reason", "")),
            )
            await self._fill()
            self.deeds += 1
            self.notice = "The payout goes on."

    async def _fill(self) -> None:
        follow(self)
        zone = await zone_here(self)
        page = await ask(self, ListPayments, needs_review=self.only_review, limit=30)
        self.payments = [payment_line(one, zone) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        try:
            payouts = await ask(self, ListPayouts, needs_review=self.only_review, limit=30)
        except AccessDenied:
            self.sees_payouts = False
            return
        self.payouts = [payout_line(one, zone) for one in payouts.items]


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


def payout_line(one: PayoutView, zone: str) -> PayoutLine:
    """A payout, to read."""
    failure = one.failure.value if one.failure is not None else ""
    return PayoutLine(
        key=to_wire("payout", one.payout_id),
        reference=one.reference or "Not sent yet",
        when=moment(one.requested_at, zone),
        status=one.status.value.replace("_", " ").capitalize(),
        review=(one.review or failure).replace("_", " ").capitalize(),
        tries=str(one.attempts),
        sum=amount(one.amount),
        waits=one.review is not None,
    )


def page() -> rx.Component:
    """Two tables."""
    return operations_frame(
        phased(
            PaymentsState,
            stack(
                page_head("Payments and payouts", "The latest first."),
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
                rx.cond(PaymentsState.sees_payouts, _payouts()),
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


def _payouts() -> rx.Component:
    return rx.fragment(
        table(
            "Payouts to physicians",
            ("When", "At the partner", "Status", "To look into", "Tries", "Amount"),
            rx.foreach(PaymentsState.payouts, _payout),
            amounts=2,
        ),
        rx.cond(
            has(PaymentsState.payouts),
            rx.fragment(rx.foreach(PaymentsState.payouts, _resume)),
        ),
    )


def _payout(one: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.when, class_name="number"),
        rx.el.td(one.reference, class_name="reference"),
        rx.el.td(one.status),
        rx.el.td(rx.cond(one.review != "", tag(one.review, tone="wait"))),
        rx.el.td(one.tries, class_name="amount"),
        rx.el.td(one.sum, class_name="amount"),
    )


def _resume(one: Any) -> rx.Component:
    return rx.cond(
        one.waits,
        rx.el.form(
            rx.el.input(type="hidden", name="payout", value=one.key, read_only=True),
            rx.el.h2(f"Payout of {one.sum}: {one.review}"),
            rx.el.div(
                rx.el.label("What you found", html_for=f"reason-{one.key}"),
                rx.el.input(id=f"reason-{one.key}", name="reason", required=True),
                class_name="field",
            ),
            submit("Let it go on", look="", disabled=PaymentsState.busy),
            on_submit=PaymentsState.resume,
            class_name="card stack",
            key=PaymentsState.deeds,
        ),
    )
